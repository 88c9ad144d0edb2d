/* plugins/http/client.h - one web request, to an address that was looked at.
 *
 * Whoever writes the URL is not trusted: it must not lead to what only this
 * machine or its network can reach. libcurl asks for each socket with the very
 * address that it will connect to, so what is checked there is what is reached,
 * however the name was written and whatever it resolves to the next time. No
 * redirect is followed, no proxy, cookie or password of the machine is used.
 */
#ifndef HOOKDESK_HTTP_CLIENT_H
#define HOOKDESK_HTTP_CLIENT_H

#include "core/plugin.h"

/* Once for the process; not 0 if libcurl cannot do it. */
int client_init(void);
void client_end(void);

/* hd_http_client.perform() of core/plugin.h. Any thread. */
void client_perform(
    const struct hd_http_request *request, struct hd_http_outcome *outcome);

#endif
