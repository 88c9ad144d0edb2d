/* core/base/random.h - bytes that nobody can guess, from the kernel.
 *
 * Any thread may call it.
 */
#ifndef HOOKDESK_BASE_RANDOM_H
#define HOOKDESK_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill <len> bytes at <out>. A kernel that refuses ends the process: without
 * random bytes every token would be a hole. */
void random_bytes(void *out, size_t len);

/* Any number, all alike. */
uint64_t random_u64(void);

/* A number below <n>, all alike; <n> is at least 1. */
uint64_t random_below(uint64_t n);

#endif
