/* core/base/thread_memory.h - memory that each thread has of its own.
 *
 * For caches of some size. As thread-local variables they would be zeroed, and
 * so taken, for each thread that begins, also for those that never use them: a
 * site has four.
 */
#ifndef HOOKDESK_BASE_THREAD_MEMORY_H
#define HOOKDESK_BASE_THREAD_MEMORY_H

#include <stddef.h>

enum thread_memory {
	THREAD_TIMES = 0, /* core/web/template_time.c */
	THREAD_WORDS,     /* core/web/translate.c */
	THREAD_MEMORY__COUNT
};

/* The calling thread's <which>, of <size> bytes, always the same; zeroed when
 * it is asked for first, and given back when the thread ends. NULL when memory
 * is exhausted. */
void *thread_memory_get(enum thread_memory which, size_t size);

#endif
