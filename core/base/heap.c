/* core/base/heap.c - the settings of glibc's malloc. */
#include "config.h"
#include "core/base/heap.h"

#if HAVE_MALLOC_TRIM
#include <malloc.h>

/* Only the first can give back its end. Threads seldom meet in it: small
 * blocks come from a cache that each has, and a request needs few large ones. */
#define HEAPS_MAX 1

void
heap_share(void)
{
	(void)mallopt(M_ARENA_MAX, HEAPS_MAX);
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
