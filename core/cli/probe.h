/* core/cli/probe.h - what programs that watch a server ask: /healthz (does the
 * process answer), /readyz (does the desk take work), /metrics. */
#ifndef HOOKDESK_CLI_PROBE_H
#define HOOKDESK_CLI_PROBE_H

#include "core/base/bytes.h"
#include "core/desk/site.h"
#include "core/web/fcgi.h"

/* Whether the address <uri>, as the web server gave it, may be one of them:
 * for all others no more has to be looked at. */
bool probe_is_likely(const char *uri);

/* What is asked about. */
struct probed {
	struct bytes name;     /* as the web server calls the site; or empty */
	struct site *site;     /* NULL: it could not be opened, */
	const struct why *why; /* for this reason */
	const struct fcgi_stats *stats;
};

/* Answer if <uri> is one of them below where the site is mounted; false, and
 * nothing sent, if it is not. Of a site that could not be opened only the end
 * of <uri> counts. */
bool probe_answer(
    struct fcgi_exchange *exchange, const char *uri, const struct probed *of);

#endif
