/* tests/unit/nomem.h - make the n-th allocation fail.
 *
 * Replaces malloc() and its kin for the whole program, the libraries' calls
 * included. A test sets <calls> to 0 and <fail_at> to n, and back to 0 when
 * it is done; there were fewer than n when <calls> stayed below it. <blocks>
 * is what is given out and not given back: what leaks makes it grow.
 *
 * One thread allocates. Where sanitizers bring an allocator of their own
 * NOMEM_WORKS is 0, and the test is skipped.
 */
#ifndef HOOKDESK_TESTS_NOMEM_H
#define HOOKDESK_TESTS_NOMEM_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    !defined(__GLIBC__)
#define NOMEM_WORKS 0
#else
#define NOMEM_WORKS 1

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *at);

static long calls, fail_at; /* 0: none */
static long blocks;         /* given out and not given back */

static bool
fails(void)
{
	if (++calls != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	void *at = fails() ? NULL : __libc_malloc(size);

	blocks += at != NULL;
	return at;
}

void *
calloc(size_t n, size_t size)
{
	void *at = fails() ? NULL : __libc_calloc(n, size);

	blocks += at != NULL;
	return at;
}

void *
realloc(void *old, size_t size)
{
	void *at = fails() ? NULL : __libc_realloc(old, size);

	blocks += at != NULL && old == NULL;
	return at;
}

void
free(void *at)
{
	blocks -= at != NULL;
	__libc_free(at);
}

#endif
#endif
