/* plugins/http/address.h - which addresses of the Internet are public.
 *
 * Knows no names, ports or libcurl. Any thread.
 */
#ifndef HOOKDESK_HTTP_ADDRESS_H
#define HOOKDESK_HTTP_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Whether <address> is one that anybody may reach: neither private, shared,
 * loopback, link-local, multicast, reserved or for documentation (RFC 6890 and
 * IANA's registries of special-purpose addresses), nor an IPv6 form that leads
 * to an IPv4 address (mapped, NAT64, 6to4, Teredo), whatever that is. False
 * for other families than IPv4 and IPv6. */
bool address_is_public(const struct sockaddr *address);

#endif
