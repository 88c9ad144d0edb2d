/* plugins/http/http.c - the plugin "http": web requests for scripts. */
#include "config.h"

#include "plugins/http/client.h"

#include <stdio.h>

static const struct hd_http_client client = {
	.abi = HD_ABI,
	.size = sizeof client,
	.name = "http",
	.perform = client_perform,
};

static int
start(const struct hd_host *host, char *why, size_t why_size)
{
	if (!HD_HAS(host, struct hd_host, add_http_client)) {
		snprintf(why, why_size, "this hookdesk knows no web requests");
		return -1;
	}
	if (client_init() != 0) {
		snprintf(why, why_size, "libcurl cannot speak HTTPS");
		return -1;
	}
	if (host->add_http_client(host, &client) != 0) {
		snprintf(why, why_size, "another plugin makes web requests");
		client_end();
		return -1;
	}
	return 0;
}

const struct hd_plugin hd_plugin = {
	.abi = HD_ABI,
	.size = sizeof hd_plugin,
	.name = "http",
	.version = PACKAGE_VERSION,
	.description = "Makes the web requests of scripts.",
	.start = start,
	.stop = client_end,
};
