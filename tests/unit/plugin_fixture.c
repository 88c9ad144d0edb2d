/* tests/unit/plugin_fixture.c - small plugins, good and bad, for test_plugin.
 *
 * Built once for each kind; the build defines which.
 *
 *   FIXTURE_NAME   its name, a string
 *   FIXTURE_ABI    the ABI it says it was built for
 *   FIXTURE_SIZE   the size it says its struct has
 *   FIXTURE_FAILS  it adds a transport and then fails to start
 */
#include "core/plugin.h"

#include <stdio.h>

#ifndef FIXTURE_ABI
#define FIXTURE_ABI HD_ABI
#endif
#ifndef FIXTURE_SIZE
#define FIXTURE_SIZE sizeof(struct hd_plugin)
#endif
#ifndef FIXTURE_FAILS
#define FIXTURE_FAILS 0
#endif

static void *
open_session(const struct hd_mail_settings *settings, char *why, size_t size)
{
	(void)settings;
	snprintf(why, size, "a fixture");
	return NULL;
}

static void
send_mail(
    void *session, const struct hd_mail *mail, struct hd_mail_outcome *outcome)
{
	(void)session;
	(void)mail;
	outcome->state = HD_MAIL_LATER;
}

static void
close_session(void *session)
{
	(void)session;
}

static const struct hd_mail_transport transport = {
	.abi = HD_ABI,
	.size = sizeof transport,
	.name = FIXTURE_NAME,
	.open = open_session,
	.send = send_mail,
	.close = close_session,
};

static const struct hd_mail_transport incomplete = {
	.abi = HD_ABI,
	.size = sizeof transport,
	.name = "incomplete",
	.open = open_session,
};

static void
perform(const struct hd_http_request *request, struct hd_http_outcome *outcome)
{
	(void)request;
	outcome->state = HD_HTTP_LATER;
}

static const struct hd_http_client client = {
	.abi = HD_ABI,
	.size = sizeof client,
	.name = FIXTURE_NAME,
	.perform = perform,
};

static const struct hd_http_client idle = {
	.abi = HD_ABI,
	.size = sizeof idle,
	.name = "idle",
};

static int
start(const struct hd_host *host, char *why, size_t why_size)
{
	if (host->abi != HD_ABI || host->add_mail_transport(host, NULL) == 0 ||
	    host->add_mail_transport(host, &incomplete) == 0) {
		snprintf(why, why_size, "the host is too trusting");
		return -1;
	}
	if (host->add_mail_transport(host, &transport) != 0 ||
	    host->add_mail_transport(host, &transport) == 0) {
		snprintf(why, why_size, "the name is not unique");
		return -1;
	}
	if (host->add_http_client(host, &idle) == 0 ||
	    host->add_http_client(host, &client) != 0 ||
	    host->add_http_client(host, &client) == 0) {
		snprintf(why, why_size, "the client is not one");
		return -1;
	}
	if (FIXTURE_FAILS)
		snprintf(why, why_size, "out of stamps");
	return FIXTURE_FAILS;
}

const struct hd_plugin hd_plugin = {
	.abi = FIXTURE_ABI,
	.size = FIXTURE_SIZE,
	.name = FIXTURE_NAME,
	.version = "1",
	.description = "A fixture.",
	.start = start,
};
