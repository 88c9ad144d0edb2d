/* core/base/heap.c - the settings of glibc's malloc. */
#include "config.h"
#include "core/base/heap.h"

#if HAVE_MALLOC_TRIM
#include <malloc.h>

/* Two: small blocks come from caches that each thread has, so that threads
 * seldom meet; and only the first can give back its end. */
#define HEAPS_MAX 2

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
