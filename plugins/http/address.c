/* plugins/http/address.c - which addresses of the Internet are public. */
#include "config.h"
#include "plugins/http/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint8_t start[16]; /* the first <bits> of it count */
	int bits;
};

/* IPv4: all but these are public. */
static const struct range special4[] = {
	{ { 0 }, 8 },             /* this network */
	{ { 10 }, 8 },            /* private */
	{ { 100, 64 }, 10 },      /* behind carriers' NAT */
	{ { 127 }, 8 },           /* loopback */
	{ { 169, 254 }, 16 },     /* link-local, clouds' metadata */
	{ { 172, 16 }, 12 },      /* private */
	{ { 192, 0, 0 }, 24 },    /* protocols */
	{ { 192, 0, 2 }, 24 },    /* documentation */
	{ { 192, 31, 196 }, 24 }, /* AS112 */
	{ { 192, 52, 193 }, 24 }, /* AMT */
	{ { 192, 88, 99 }, 24 },  /* 6to4 relays */
	{ { 192, 168 }, 16 },     /* private */
	{ { 192, 175, 48 }, 24 }, /* AS112 */
	{ { 198, 18 }, 15 },      /* benchmarks */
	{ { 198, 51, 100 }, 24 }, /* documentation */
	{ { 203, 0, 113 }, 24 },  /* documentation */
	{ { 224 }, 3 },           /* multicast, reserved, broadcast */
};

/* IPv6: of what is handed out (2000::/3) all but these are public. Outside of
 * it are loopback, IPv4-mapped, NAT64, local and multicast addresses. */
static const struct range global6 = { { 0x20 }, 3 };
static const struct range special6[] = {
	{ { 0x20, 0x01 }, 23 },                /* protocols, Teredo */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },    /* documentation */
	{ { 0x20, 0x02 }, 16 },                /* 6to4 */
	{ { 0x26, 0x20, 0, 0x4f, 0x80 }, 48 }, /* AS112 */
	{ { 0x3f, 0xfe }, 16 },                /* the old 6bone */
	{ { 0x3f, 0xff }, 20 },                /* documentation */
};

static bool
is_within(const uint8_t *address, const struct range *range)
{
	int whole = range->bits / 8, rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	return memcmp(address, range->start, (size_t)whole) == 0 &&
	    (rest == 0 || ((address[whole] ^ range->start[whole]) & mask) == 0);
}

static bool
is_in_any(const uint8_t *address, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_within(address, &ranges[i]))
			return true;
	return false;
}

bool
address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in4, address, sizeof in4);
		return !is_in_any((const uint8_t *)&in4.sin_addr, special4,
		    sizeof special4 / sizeof *special4);
	case AF_INET6:
		memcpy(&in6, address, sizeof in6);
		return is_within(in6.sin6_addr.s6_addr, &global6) &&
		    !is_in_any(in6.sin6_addr.s6_addr, special6,
			sizeof special6 / sizeof *special6);
	default: return false;
	}
}
