/* core/desk/care.h - what a site does for itself when nothing is due. */
#ifndef HOOKDESK_DESK_CARE_H
#define HOOKDESK_DESK_CARE_H

#include "core/desk/site.h"

struct admin_news;
struct arena;

/* One step of care: index new texts, flush seen marks, forget stale readers,
 * take changed scripts, trim the log. ERR_OK if there may be more to do at
 * once, ERR_NOT_FOUND if all is well for now. */
ERR_CHECKED enum err care_run(struct site *site, struct arena *arena);

/* Leave <news> behind the bell of each active admin. As desk_act(). */
ERR_CHECKED enum err care_tell_admins(
    struct site *site, const struct admin_news *news, struct arena *arena);

#endif
