/* core/desk/sealed.h - secret settings as they are kept: sealed with the
 * site's key, "sealed:BASE64".
 *
 * A backup has the key beside them; what an export has of them opens in no
 * other site. Any thread.
 */
#ifndef HOOKDESK_DESK_SEALED_H
#define HOOKDESK_DESK_SEALED_H

#include "core/base/bytes.h"

struct arena;
struct json;
struct json_writer;
struct site;

bool sealed_is(struct bytes text);

/* <plain> sealed, in <arena>; what is sealed already, as it is. ERR_NOMEM. */
ERR_CHECKED enum err sealed_make(const struct site *site, struct bytes plain,
    struct arena *arena, struct bytes *out);

/* And back; what is not sealed, as it is. ERR_CORRUPT if another site sealed
 * it, ERR_NOMEM. */
ERR_CHECKED enum err sealed_open(const struct site *site, struct bytes text,
    struct arena *arena, struct bytes *out);

/* Whether the script's schema <declared> says that setting <name> is secret. */
bool sealed_is_declared(const struct json *declared, const char *name);

/* Write a script's settings, an object, with those sealed that <declared> (may
 * be NULL) says are secret. *<has_changed> (may be NULL): some were not.
 * ERR_NOMEM. */
ERR_CHECKED enum err sealed_put_settings(const struct site *site,
    const struct json *settings, const struct json *declared,
    struct arena *arena, struct json_writer *out, bool *has_changed);

/* Write them opened, as scripts get them. A secret that another site sealed is
 * left out, as if it had never been given; that is logged. ERR_NOMEM. */
ERR_CHECKED enum err sealed_put_opened(const struct site *site,
    struct bytes script, const struct json *settings, struct arena *arena,
    struct json_writer *out);

#endif
