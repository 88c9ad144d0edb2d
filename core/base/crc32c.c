/* core/base/crc32c.c - CRC-32C by SSE 4.2 or by eight tables.
 *
 * The polynomial is 0x1EDC6F41, reflected 0x82F63B78 (RFC 3720, 12.1).
 */
#include "config.h"
#include "core/base/crc32c.h"

#include <pthread.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_CRC_INSTRUCTION 1
#else
#define HAVE_CRC_INSTRUCTION 0
#endif

#define REFLECTED_POLYNOMIAL UINT32_C(0x82F63B78)

/* tables[k][b]: the effect of byte <b> with <k> zero bytes behind it. */
static uint32_t tables[8][256];
static int has_instruction;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
prepare(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;

		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^
			    ((crc & 1) ? REFLECTED_POLYNOMIAL : 0);
		tables[0][b] = crc;
	}
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 1; k < 8; k++)
			tables[k][b] = (tables[k - 1][b] >> 8) ^
			    tables[0][tables[k - 1][b] & 0xff];
#if HAVE_CRC_INSTRUCTION
	has_instruction = __builtin_cpu_supports("sse4.2") != 0;
#endif
}

int
crc32c_has_instruction(void)
{
	pthread_once(&once, prepare);
	return has_instruction;
}

static uint32_t
by_table(uint32_t crc, const unsigned char *p, size_t len)
{
	crc = ~crc;
	/* Slicing by 8: the next eight bytes at once, whatever the byte order
	 * of the machine. */
	for (; len >= 8; p += 8, len -= 8) {
		crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 |
		    (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		crc = tables[7][crc & 0xff] ^ tables[6][(crc >> 8) & 0xff] ^
		    tables[5][(crc >> 16) & 0xff] ^ tables[4][crc >> 24] ^
		    tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^
		    tables[0][p[7]];
	}
	while (len-- > 0)
		crc = (crc >> 8) ^ tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}

uint32_t
crc32c_by_table(uint32_t crc, const void *at, size_t len)
{
	pthread_once(&once, prepare);
	return by_table(crc, at, len);
}

#if HAVE_CRC_INSTRUCTION
__attribute__((target("sse4.2"))) uint32_t
crc32c_by_instruction(uint32_t crc, const void *at, size_t len)
{
	const unsigned char *p = at;
	uint64_t wide = ~crc;

	for (; len >= 8; p += 8, len -= 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	while (len-- > 0)
		crc = __builtin_ia32_crc32qi(crc, *p++);
	return ~crc;
}
#else
uint32_t
crc32c_by_instruction(uint32_t crc, const void *at, size_t len)
{
	return crc32c_by_table(crc, at, len);
}
#endif

uint32_t
crc32c(uint32_t crc, const void *at, size_t len)
{
	if (crc32c_has_instruction())
		return crc32c_by_instruction(crc, at, len);
	return by_table(crc, at, len);
}
