/* core/base/heap.c - the settings of glibc's malloc. */
#include "config.h"
#include "core/base/heap.h"

#if HAVE_MALLOC_TRIM
#include <malloc.h>

/* Only the first can give back its end. Threads seldom meet in it: small
 * blocks come from a cache that each has, and a request needs few large ones. */
#define HEAPS_MAX 1

/* A page of 64 KiB grows through blocks up to twice that. By default such a
 * block is mapped and unmapped, and what is free at the heap's end is given
 * back, with every request: each time the system clears the pages anew, which
 * was a tenth of a list's time. */
#define MAPPED_FROM (1024 * 1024)
#define KEPT_FREE (4 * 1024 * 1024)

void
heap_share(void)
{
	(void)mallopt(M_ARENA_MAX, HEAPS_MAX);
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_FREE);
}

void
heap_give_back(void)
{
	(void)malloc_trim(0);
}

#else

void
heap_share(void)
{
}

void
heap_give_back(void)
{
}

#endif
