/* core/desk/control.h - the control socket of a site that is being served.
 *
 * One process owns a site. Commands that write ask the owner, through the
 * unix socket "control.sock" (0600) in the site's folder: one line of JSON
 * each way, then it is closed. What the lines mean is between the caller and
 * the handler; this file knows only how they travel.
 */
#ifndef HOOKDESK_DESK_CONTROL_H
#define HOOKDESK_DESK_CONTROL_H

#include "core/base/bytes.h"

#define CONTROL_REQUEST_MAX (1024 * 1024)
#define CONTROL_ANSWER_MAX (16 * 1024 * 1024)

struct control;

/* Answer <request> (one JSON value) by adding one to <answer>, without line
 * breaks. In the control's own thread, one at a time. */
typedef void control_handler(
    void *arg, struct bytes request, struct buf *answer);

/* Listen in the folder <dir>, whose lock the caller holds, in a thread of its
 * own. Takes the place of a socket that a dead owner left. ERR_LIMIT when the
 * path is too long for a socket (about 95 bytes), ERR_IO, ERR_NOMEM. */
ERR_CHECKED enum err control_start(const char *dir, control_handler *handler,
    void *arg, struct control **out, struct why *why);
/* Ends the request being answered first. NULL is allowed. */
void control_stop(struct control *control);

/* Ask the owner of the site in <dir>: add its answer to <answer>.
 *
 * <wait_ms>  for the whole of it
 *
 * ERR_NOT_FOUND when nobody listens; ERR_DENIED when it is another user's;
 * ERR_LIMIT for a request over CONTROL_REQUEST_MAX; ERR_TIMEOUT; ERR_IO when
 * the owner went away in the middle, ERR_NOMEM. */
ERR_CHECKED enum err control_call(
    const char *dir, struct bytes request, int wait_ms, struct buf *answer);

#endif
