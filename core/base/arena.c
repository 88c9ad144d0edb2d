/* core/base/arena.c - chunks in a list, the newest first. */
#include "config.h"
#include "core/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN 16384
#define KEEP_MAX (256 * 1024)
#define ALIGN _Alignof(max_align_t)

struct chunk {
	struct chunk *older;
	size_t size; /* of data */
	size_t used;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct chunk *newest;
	size_t size;
};

static size_t
align_up(size_t n)
{
	return (n + ALIGN - 1) & ~(ALIGN - 1);
}

struct arena *
arena_create(void)
{
	return calloc(1, sizeof(struct arena));
}

static void
drop_until(struct arena *arena, struct chunk *keep)
{
	while (arena->newest != keep && arena->newest != NULL) {
		struct chunk *chunk = arena->newest;

		arena->newest = chunk->older;
		arena->size -= chunk->size;
		free(chunk);
	}
}

void
arena_destroy(struct arena *arena)
{
	if (arena == NULL)
		return;
	drop_until(arena, NULL);
	free(arena);
}

/* Keeps the largest chunk under KEEP_MAX, so that a server that has seen a
 * page of its usual size does not ask malloc for it again. */
void
arena_reset(struct arena *arena)
{
	struct chunk *best = NULL, *chunk, *older;

	for (chunk = arena->newest; chunk != NULL; chunk = chunk->older)
		if (chunk->size <= KEEP_MAX &&
		    (best == NULL || chunk->size > best->size))
			best = chunk;
	for (chunk = arena->newest; chunk != NULL; chunk = older) {
		older = chunk->older;
		if (chunk != best)
			free(chunk);
	}
	arena->newest = best;
	arena->size = 0;
	if (best != NULL) {
		best->older = NULL;
		best->used = 0;
		arena->size = best->size;
	}
}

static struct chunk *
add_chunk(struct arena *arena, size_t need)
{
	size_t size = CHUNK_MIN;
	struct chunk *chunk;

	if (arena->newest != NULL)
		size = arena->newest->size * 2;
	if (size > KEEP_MAX)
		size = KEEP_MAX;
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof *chunk)
		return NULL;
	chunk = malloc(sizeof *chunk + size);
	if (chunk == NULL)
		return NULL;
	chunk->older = arena->newest;
	chunk->size = size;
	chunk->used = 0;
	arena->newest = chunk;
	arena->size += size;
	return chunk;
}

void *
arena_alloc_raw(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->newest;
	void *block;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = align_up(size > 0 ? size : 1);
	if (chunk == NULL || chunk->size - chunk->used < size) {
		chunk = add_chunk(arena, size);
		if (chunk == NULL)
			return NULL;
	}
	block = chunk->data + chunk->used;
	chunk->used += size;
	return block;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *block = arena_alloc_raw(arena, size);

	if (block != NULL)
		memset(block, 0, size);
	return block;
}

void *
arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	struct chunk *chunk = arena->newest;
	size_t had = align_up(old_size > 0 ? old_size : 1);
	void *block;

	if (new_size <= old_size)
		return old;
	if (old != NULL && chunk != NULL && new_size <= SIZE_MAX / 2 &&
	    (char *)old + had == chunk->data + chunk->used &&
	    align_up(new_size) - had <= chunk->size - chunk->used) {
		chunk->used += align_up(new_size) - had;
		return old;
	}
	block = arena_alloc_raw(arena, new_size);
	if (block != NULL && old_size > 0)
		memcpy(block, old, old_size);
	return block;
}

char *
arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_alloc_raw(arena, len + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return NULL;
	text = arena_alloc_raw(arena, (size_t)len + 1);
	if (text == NULL)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

struct arena_mark
arena_mark(struct arena *arena)
{
	struct chunk *chunk = arena->newest;

	return (struct arena_mark){ chunk, chunk != NULL ? chunk->used : 0 };
}

void
arena_rewind(struct arena *arena, struct arena_mark mark)
{
	drop_until(arena, mark.chunk);
	if (arena->newest != NULL)
		arena->newest->used = mark.used;
}

size_t
arena_size(const struct arena *arena)
{
	return arena->size;
}
