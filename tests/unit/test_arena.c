/* tests/unit/test_arena.c - memory that is given back all at once. */
#include "config.h"
#include "core/base/arena.h"
#include "tests/tap.h"

#include <stdint.h>
#include <string.h>

static void
test_arena_alloc__is_aligned_and_zeroed(void)
{
	struct arena *arena = arena_create();

	for (size_t size = 0; size < 40000; size = size * 2 + 1) {
		char *block = arena_alloc(arena, size);

		CHECK((uintptr_t)block % _Alignof(max_align_t) == 0);
		for (size_t i = 0; i < size; i++)
			if (block[i] != 0)
				CHECK(block[i] == 0);
		memset(block, 'x', size);
	}
	arena_destroy(arena);
}

static void
test_arena_reset__keeps_a_chunk_and_no_more(void)
{
	struct arena *arena = arena_create();
	size_t kept;

	for (int i = 0; i < 1000; i++)
		CHECK(arena_alloc(arena, 4096) != NULL);
	arena_reset(arena);
	kept = arena_size(arena);
	CHECK(kept > 0 && kept <= 256 * 1024);
	CHECK(arena_alloc(arena, kept / 2) != NULL);
	CHECK_INT(arena_size(arena), kept);
	arena_destroy(arena);
}

static void
test_arena_rewind__forgets_what_came_later(void)
{
	struct arena *arena = arena_create();
	char *first = arena_copy(arena, "first", 5);
	struct arena_mark mark = arena_mark(arena);
	size_t size = arena_size(arena);

	CHECK(arena_alloc(arena, 100000) != NULL);
	arena_rewind(arena, mark);
	CHECK_INT(arena_size(arena), size);
	CHECK(strcmp(first, "first") == 0);
	arena_destroy(arena);
}

static void
test_arena_grow__grows_the_last_block_in_place(void)
{
	struct arena *arena = arena_create();
	char *block = arena_alloc_raw(arena, 10), *other;

	memcpy(block, "123456789", 10);
	CHECK(arena_grow(arena, block, 10, 1000) == block);
	other = arena_alloc_raw(arena, 1);
	CHECK(other >= block + 1000);
	other = arena_grow(arena, block, 1000, 2000);
	CHECK(other != block && strcmp(other, "123456789") == 0);
	arena_destroy(arena);
}

static void
test_arena_alloc__refuses_what_overflows(void)
{
	struct arena *arena = arena_create();

	CHECK(arena_alloc_raw(arena, SIZE_MAX) == NULL);
	CHECK(arena_array(arena, int64_t, SIZE_MAX / 4) == NULL);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_arena_alloc__is_aligned_and_zeroed);
	RUN(test_arena_reset__keeps_a_chunk_and_no_more);
	RUN(test_arena_rewind__forgets_what_came_later);
	RUN(test_arena_grow__grows_the_last_block_in_place);
	RUN(test_arena_alloc__refuses_what_overflows);
	return tap_done();
}
