/* core/base/arena.h - memory that is given back all at once.
 *
 * What one request needs lives in its arena. One thread uses an arena at a
 * time. Blocks are never given back singly; arena_reset() keeps the first
 * chunk for the next request, so that a warm arena costs no malloc.
 */
#ifndef HOOKDESK_BASE_ARENA_H
#define HOOKDESK_BASE_ARENA_H

#include "core/base/err.h"

#include <stddef.h>

struct arena;

/* A point in an arena to go back to; plain value, see arena_mark(). */
struct arena_mark {
	void *chunk;
	size_t used;
};

/* NULL when memory is exhausted. Give it back with arena_destroy(). */
struct arena *arena_create(void);

/* NULL is allowed. */
void arena_destroy(struct arena *arena);

/* Forget all blocks; keeps up to 256 KiB for the next user. */
void arena_reset(struct arena *arena);

/* <size> bytes aligned for any type, zeroed; NULL when memory is exhausted.
 * Lives until the arena is reset, rewound before it, or destroyed. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, not zeroed: for what is written at once. */
void *arena_alloc_raw(struct arena *arena, size_t size);

/* Grow the block <old> of <old_size> bytes, in place when it was the last
 * one given out, else by copying; NULL when memory is exhausted (then <old>
 * is as it was). */
void *arena_grow(
    struct arena *arena, void *old, size_t old_size, size_t new_size);

/* NUL-terminated copies; NULL when memory is exhausted. */
char *arena_copy(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* Remember this point, and forget everything allocated since it. */
struct arena_mark arena_mark(struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Bytes taken from the system at the moment. */
size_t arena_size(const struct arena *arena);

/* An array of <count> zeroed <type>s, with the product checked. */
#define arena_array(arena, type, count) \
	((size_t)(count) > SIZE_MAX / sizeof(type) ? \
		NULL : \
		(type *)arena_alloc(arena, (size_t)(count) * sizeof(type)))
#define arena_new(arena, type) ((type *)arena_alloc(arena, sizeof(type)))

#endif
