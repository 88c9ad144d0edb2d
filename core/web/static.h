/* core/web/static.h - style sheets, scripts and icons, served from memory.
 *
 * Files of www/css, www/js and www/icons are read at start; a site's own take
 * the place of ours. Their URL carries the version of all of them, so they are
 * kept by browsers for a year.
 */
#ifndef HOOKDESK_WEB_STATIC_H
#define HOOKDESK_WEB_STATIC_H

#include "core/base/bytes.h"

struct request;
struct response;
struct static_set;

#define STATIC_FILE_MAX (2 * 1024 * 1024)
#define STATIC_FILES_MAX 2000

/* Read css/, js/ and icons/ below <share_dir> and <site_dir> (NULL allowed).
 * ERR_IO, ERR_LIMIT, ERR_NOMEM; <why> names the file. */
ERR_CHECKED enum err static_set_load(const char *share_dir,
    const char *site_dir, struct why *why, struct static_set **out);
struct static_set *static_set_hold(struct static_set *set);
void static_set_release(struct static_set *set);

/* Of all files together; letters and digits. Borrowed. */
struct bytes static_version(const struct static_set *set);

bool static_has(const struct static_set *set, const char *path);

/* Answer for "css/app.css". Returns 0 or 404. The body is copied. */
int static_answer(const struct static_set *set, const struct request *request,
    struct bytes path, struct response *response);

#endif
