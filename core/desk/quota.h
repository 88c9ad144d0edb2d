/* core/desk/quota.h - what a site may use: mails an hour, bytes of files and of
 * what scripts keep.
 *
 * The site's settings say how much, up to what hookdesk.conf leaves it:
 *   mail.per_hour  mails in an hour. Over it they wait, each for a place of its
 *                  own in the next hours; the last tenth is for answers and
 *                  sign-in links, so that nobody who floods a form silences
 *                  the agents.
 *   files.max      bytes of all attachments together; no limit if not set
 *
 * What scripts keep in desk.store is QUOTA_VALUES_MAX bytes at most.
 *
 * Kept in memory: a restart begins a new hour, and counts the bytes anew.
 */
#ifndef HOOKDESK_DESK_QUOTA_H
#define HOOKDESK_DESK_QUOTA_H

#include "core/desk/site.h"

#define QUOTA_VALUES_MAX (64 * 1000000)

struct quota;

ERR_CHECKED enum err quota_create(struct quota **out);
void quota_destroy(struct quota *quota); /* NULL is allowed */

/* Take a mail's place in this hour: 0, or when to ask again.
 *
 * <count>       to how many it goes, each a mail of his own
 * <is_by_hand>  somebody waits for it: the last tenth is his, too */
int64_t quota_take_mail(
    const struct site_read *read, size_t count, bool is_by_hand);

/* How many mails went out in this hour, and how many may. */
void quota_mails(const struct site_read *read, int64_t *mails, int64_t *most);

/* Tell the admins, once a day at most, that mails wait. ERR_NOT_FOUND if there
 * is nothing to tell. */
ERR_CHECKED enum err quota_tell(struct site *site, struct arena *arena);

/* How many bytes of files there is room for, if <wanted> may come; INT64_MAX
 * without a limit. In *<over> is what to say of more. ERR_IO ... */
ERR_CHECKED enum err quota_file_room(const struct site_read *read,
    int64_t wanted, int64_t *room, struct why *over);

/* ERR_LIMIT, with words in <why>, if there is no room for a file of <bytes>;
 * else they are counted. */
ERR_CHECKED enum err quota_take_file(
    const struct site_read *read, int64_t bytes, struct why *why);

/* ERR_LIMIT, with words in <why>, if there is no room for <bytes> more in
 * desk.store; else they are counted. */
ERR_CHECKED enum err quota_take_value(
    const struct site_read *read, int64_t bytes, struct why *why);

/* How many bytes the scripts keep. ERR_IO ... */
ERR_CHECKED enum err quota_values(const struct site_read *read, int64_t *bytes);

#endif
