/* core/base/thread_memory.c - pointers by thread, freed at its end. */
#include "config.h"
#include "core/base/thread_memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

static _Thread_local void *memory[THREAD_MEMORY__COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key; /* only for its destructor */
static bool has_key;

static void
free_all(void *unused)
{
	(void)unused;
	for (int i = 0; i < THREAD_MEMORY__COUNT; i++) {
		free(memory[i]);
		memory[i] = NULL;
	}
}

static void
prepare(void)
{
	has_key = pthread_key_create(&key, free_all) == 0;
}

void *
thread_memory_get(enum thread_memory which, size_t size)
{
	if (memory[which] != NULL)
		return memory[which];
	pthread_once(&once, prepare);
	if (!has_key || pthread_setspecific(key, memory) != 0)
		return NULL;
	memory[which] = calloc(1, size);
	return memory[which];
}
