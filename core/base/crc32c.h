/* core/base/crc32c.h - the checksum of records (CRC-32C, RFC 3720 B.4).
 *
 * Uses the processor's instruction where there is one, a table otherwise.
 * Any thread may call it.
 */
#ifndef HOOKDESK_BASE_CRC32C_H
#define HOOKDESK_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The checksum of what <crc> stands for followed by <len> bytes at <at>;
 * begin with 0. crc32c(crc32c(0, a), b) is that of a and b joined. */
uint32_t crc32c(uint32_t crc, const void *at, size_t len);

/* The two ways to compute it, for the tests that compare them. The first may
 * be called only where crc32c_has_instruction(). */
uint32_t crc32c_by_instruction(uint32_t crc, const void *at, size_t len);
uint32_t crc32c_by_table(uint32_t crc, const void *at, size_t len);
int crc32c_has_instruction(void);

#endif
