/* tests/unit/test_http_address.c - tests of plugins/http/address.c. */
#include "config.h"
#include "plugins/http/address.h"
#include "tests/tap.h"

#include <arpa/inet.h>
#include <string.h>

static bool
is_public(const char *text)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in4 = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &in4.sin_addr) == 1)
		return address_is_public((const struct sockaddr *)&in4);
	CHECK(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
	return address_is_public((const struct sockaddr *)&in6);
}

static void
test_address_is_public__of_each_range(void)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		{ "0.0.0.0", false },
		{ "0.255.255.255", false },
		{ "1.1.1.1", true },
		{ "9.255.255.255", true },
		{ "10.0.0.0", false },
		{ "10.255.255.255", false },
		{ "11.0.0.0", true },
		{ "100.63.255.255", true },
		{ "100.64.0.1", false },
		{ "100.127.255.255", false },
		{ "100.128.0.0", true },
		{ "127.0.0.1", false },
		{ "127.255.255.254", false },
		{ "169.254.169.254", false },
		{ "172.15.255.255", true },
		{ "172.16.0.0", false },
		{ "172.31.255.255", false },
		{ "172.32.0.0", true },
		{ "192.0.0.8", false },
		{ "192.0.2.1", false },
		{ "192.88.99.1", false },
		{ "192.168.1.1", false },
		{ "192.169.0.0", true },
		{ "198.17.255.255", true },
		{ "198.18.0.1", false },
		{ "198.19.255.255", false },
		{ "198.51.100.7", false },
		{ "203.0.113.7", false },
		{ "223.255.255.255", true },
		{ "224.0.0.1", false },
		{ "239.255.255.255", false },
		{ "240.0.0.1", false },
		{ "255.255.255.255", false },
		{ "::", false },
		{ "::1", false },
		{ "::127.0.0.1", false },
		{ "::ffff:127.0.0.1", false },
		{ "::ffff:8.8.8.8", false },
		{ "64:ff9b::7f00:1", false },
		{ "64:ff9b::808:808", false },
		{ "64:ff9b:1::7f00:1", false },
		{ "100::1", false },
		{ "2001::1", false },
		{ "2001:1ff::1", false },
		{ "2001:200::1", true },
		{ "2001:db8::1", false },
		{ "2001:4860:4860::8888", true },
		{ "2002:7f00:1::1", false },
		{ "2606:4700::1111", true },
		{ "3fff::1", false },
		{ "5f00::1", false },
		{ "fc00::1", false },
		{ "fd12:3456:789a::1", false },
		{ "fe80::1", false },
		{ "fec0::1", false },
		{ "ff02::1", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].text);
		CHECK(is_public(cases[i].text) == cases[i].want);
	}
}

static void
test_address_is_public__not_what_is_no_address(void)
{
	struct sockaddr other = { .sa_family = AF_UNIX };

	CHECK(!address_is_public(&other));
}

int
main(void)
{
	RUN(test_address_is_public__of_each_range);
	RUN(test_address_is_public__not_what_is_no_address);
	return tap_done();
}
