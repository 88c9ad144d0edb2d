/* core/store/walk.h - read a whole table without holding a snapshot for long.
 *
 * For checks and for what trims: they take their time, and a snapshot that is
 * held keeps the store from using again what was freed since.
 */
#ifndef HOOKDESK_STORE_WALK_H
#define HOOKDESK_STORE_WALK_H

#include "core/store/store.h"

/* What is called for each key: <snapshot> is the one it was read in, and goes
 * with <key> and <value> when it returns. Anything but ERR_OK ends the walk,
 * ERR_NOT_FOUND as if there were no more. */
typedef enum err walk_fn(void *context, struct snapshot *snapshot,
    struct bytes key, struct bytes value);

/* Call <fn> for all keys that begin with <prefix>, in order. What is written
 * meanwhile behind the place where the walk is, is seen.
 *
 * Returns ERR_OK at the end, what <fn> answered, ERR_CORRUPT when keys come
 * in the wrong order (the engine's damage could lead in circles), or what
 * reading gave. */
ERR_CHECKED enum err walk_prefix(
    struct store *store, struct bytes prefix, walk_fn *fn, void *context);

#endif
