/* core/desk/mailout_private.h - shared by core/desk/mailout*.c only. */
#ifndef HOOKDESK_DESK_MAILOUT_PRIVATE_H
#define HOOKDESK_DESK_MAILOUT_PRIVATE_H

#define HD_HOST_SIDE
#include "core/desk/mailout.h"
#include "core/model/setting.h"
#include "core/plugin.h"

#define MAILOUT_TO_MAX 64 /* recipients of one job */

/* What a setting of mail says for a brand, NUL-terminated, in <arena>; "" if
 * it says nothing, NULL when memory ran out. */
const char *mailout_setting(const struct directory *directory,
    const struct record *brand, enum setting_id id, struct arena *arena);

/* mailout_send.c: sessions that are kept, and where to. Fills *<outcome>, or
 * returns why nothing could be handed over, with words in <why>. */
ERR_CHECKED enum err mailout_hand_over(struct mailout *mailout,
    const struct hd_mail_settings *settings, const struct hd_mail *mail,
    struct hd_mail_outcome *outcome, struct why *why);

/* The settings of a brand. The texts live in <arena>. */
ERR_CHECKED enum err mailout_settings(struct mailout *mailout,
    const struct site_read *read, const struct record *brand,
    struct arena *arena, struct hd_mail_settings *out, struct why *why);

const struct mail_renderer *mailout_renderer(const struct mailout *mailout);
bool mailout_is_kept(const struct mailout *mailout);

/* mailout.c: one mail of a job, ready. All in the arena. */
struct mailout_letter {
	struct hd_mail mail;
	struct hd_mail_address to[MAILOUT_TO_MAX];
	struct hd_mail_field fields[3];
	const char *references[12];
	struct hd_mail_settings settings;
};

#endif
