/* plugins/http/client.c - one web request, to an address that was looked at. */
#include "config.h"
#include "plugins/http/client.h"

#include "plugins/http/address.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER_MAX 65536 /* bytes of an answer's header */
#define METHOD_MAX 16
#define HOST_SIZE 300
#define PORT_FREE 1024 /* from here on nobody's; below only the web's own */
#define FIELD_SIZE 8192
#define TOKEN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" \
	"!#$%&'*+-.^_`|~" /* RFC 9110, 5.6.2 */

/* Uses the caller's <curl> and <code>; does nothing after an error. */
#define SET(option, value) \
	do { \
		if (code == CURLE_OK) \
			code = curl_easy_setopt(curl, option, value); \
	} while (0)

struct client {
	const struct hd_http_request *request;
	struct hd_http_outcome *outcome;
	CURL *curl;
	CURLU *url;
	struct curl_slist *fields;
	bool is_allowed;  /* host and port are: wherever they lead */
	bool was_private; /* an address was refused */
	bool is_cut;      /* the answer is longer than there is room */
	size_t header_size;
	char error[CURL_ERROR_SIZE];
};

int
client_init(void)
{
	const curl_version_info_data *info;
	bool has_https = false;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -1;
	info = curl_version_info(CURLVERSION_NOW);
	for (size_t i = 0; info->protocols[i] != NULL; i++)
		has_https |= strcmp(info->protocols[i], "https") == 0;
	/* Without it a slow name server would hold us beyond our time. */
	if (has_https && info->features & CURL_VERSION_ASYNCHDNS)
		return 0;
	curl_global_cleanup();
	return -1;
}

void
client_end(void)
{
	curl_global_cleanup();
}

/* --- what libcurl asks us --- */

static curl_socket_t
on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct client *client = arg;

	(void)purpose;
	if (!client->is_allowed && !address_is_public(&address->addr)) {
		client->was_private = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
	    address->protocol);
}

static size_t
on_header(char *at, size_t size, size_t count, void *arg)
{
	struct client *client = arg;

	(void)at;
	client->header_size += size * count;
	return client->header_size <= HEADER_MAX ? size * count : 0;
}

static size_t
on_write(char *at, size_t size, size_t count, void *arg)
{
	struct client *client = arg;
	struct hd_http_outcome *outcome = client->outcome;
	size_t len = size * count, room = outcome->room - outcome->body_size;
	size_t taken = len < room ? len : room;

	memcpy(outcome->body + outcome->body_size, at, taken);
	outcome->body_size += taken;
	client->is_cut = taken < len;
	return taken;
}

/* --- where to --- */

/* Whether "HOST:PORT" is among those that the request allows. */
static bool
is_allowed(const struct client *client, const char *host, const char *port)
{
	char name[HOST_SIZE + 8];

	snprintf(name, sizeof name, "%s:%s", host, port);
	for (size_t i = 0; i < client->request->allowed_count; i++)
		if (strcasecmp(client->request->allowed[i], name) == 0)
			return true;
	return false;
}

/* NULL, or what is wrong with the URL. */
static const char *
read_url(struct client *client)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	const char *fault = NULL;
	CURLUcode code = curl_url_set(client->url, CURLUPART_URL,
	    client->request->url, CURLU_DISALLOW_USER);
	long n = 0;

	if (code == CURLUE_OK)
		code = curl_url_get(client->url, CURLUPART_SCHEME, &scheme, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(client->url, CURLUPART_HOST, &host, 0);
	if (code == CURLUE_OK)
		code = curl_url_get(
		    client->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	if (code == CURLUE_USER_NOT_ALLOWED)
		fault = "a URL with a user or password is not taken";
	else if (code == CURLUE_UNSUPPORTED_SCHEME ||
	    (scheme != NULL && strcmp(scheme, "http") != 0 &&
		strcmp(scheme, "https") != 0))
		fault = "the URL must begin with https:// or http://";
	else if (code != CURLUE_OK || strlen(host) >= HOST_SIZE)
		fault = "this is no URL";
	else
		n = strtol(port, NULL, 10);
	if (fault == NULL) {
		client->is_allowed = is_allowed(client, host, port);
		if (!client->is_allowed && n != 80 && n != 443 && n < PORT_FREE)
			fault = "this port is not one for web requests";
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return fault;
}

/* --- what is said --- */

static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* A line of the header; libcurl leaves out what has nothing after a colon. */
static bool
add_line(struct client *client, const char *line)
{
	struct curl_slist *longer = curl_slist_append(client->fields, line);

	if (longer != NULL)
		client->fields = longer;
	return longer != NULL;
}

/* NULL, or what is wrong with the fields. */
static const char *
add_fields(struct client *client)
{
	const struct hd_http_request *request = client->request;
	bool has_type = false, has_agent = false;
	char line[FIELD_SIZE];

	for (size_t i = 0; i < request->field_count; i++) {
		const char *name = request->fields[i].name;
		const char *value = request->fields[i].value;
		const char *between = value[0] != '\0' ? ": " : ";";

		if (name[0] == '\0' || name[strspn(name, TOKEN)] != '\0' ||
		    !is_clean(value) ||
		    snprintf(line, sizeof line, "%s%s%s", name, between,
			value) >= (int)sizeof line)
			return "a header field is not well formed";
		has_type |= strcasecmp(name, "Content-Type") == 0;
		has_agent |= strcasecmp(name, "User-Agent") == 0;
		if (!add_line(client, line))
			return "out of memory";
	}
	if (!add_line(client, "Expect:") ||
	    (!has_type && !add_line(client, "Content-Type:")) ||
	    (!has_agent &&
		!add_line(client, "User-Agent: hookdesk/" PACKAGE_VERSION)))
		return "out of memory";
	return NULL;
}

static CURLcode
set_body(struct client *client)
{
	const struct hd_http_request *request = client->request;
	CURL *curl = client->curl;
	CURLcode code = CURLE_OK;

	if (request->body != NULL) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)request->body_size);
		SET(CURLOPT_POSTFIELDS, request->body);
	}
	if (strcmp(request->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	SET(CURLOPT_CUSTOMREQUEST, request->method);
	return code;
}

static CURLcode
set_options(struct client *client)
{
	CURL *curl = client->curl;
	CURLcode code = set_body(client);

	SET(CURLOPT_CURLU, client->url);
	SET(CURLOPT_HTTPHEADER, client->fields);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, ""); /* not from the environment */
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* do not wait for the name server */
	SET(CURLOPT_TIMEOUT_MS, (long)client->request->timeout_ms);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_OPENSOCKETDATA, client);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, client);
	SET(CURLOPT_WRITEFUNCTION, on_write);
	SET(CURLOPT_WRITEDATA, client);
	SET(CURLOPT_ERRORBUFFER, client->error);
	return code;
}

/* --- what came of it --- */

static void
fail(struct hd_http_outcome *outcome, enum hd_http_state state, const char *why)
{
	outcome->state = state;
	outcome->status = 0;
	outcome->body_size = 0;
	snprintf(outcome->error, sizeof outcome->error, "%s", why);
	for (char *at = outcome->error; *at != '\0'; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			*at = ' ';
}

static void
judge(struct client *client, CURLcode code)
{
	struct hd_http_outcome *outcome = client->outcome;
	curl_off_t after_s = 0;
	long status = 0;

	if (code != CURLE_OK && !client->is_cut) {
		if (client->was_private)
			fail(outcome, HD_HTTP_REFUSED,
			    "this leads to a private address, which an admin "
			    "must allow first");
		else
			fail(outcome, HD_HTTP_LATER,
			    client->error[0] != '\0' ?
				client->error :
				curl_easy_strerror(code));
		return;
	}
	(void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(client->curl, CURLINFO_RETRY_AFTER, &after_s);
	outcome->state = HD_HTTP_ANSWERED;
	outcome->status = (int)status;
	outcome->is_cut = client->is_cut;
	outcome->retry_after_s = after_s > 0 && after_s < INT32_MAX ?
	    (int)after_s :
	    0;
	outcome->error[0] = '\0';
}

static bool
is_known(const struct hd_http_request *request)
{
	size_t len;

	if (request->abi != HD_ABI ||
	    !HD_HAS(request, struct hd_http_request, timeout_ms))
		return false;
	len = strspn(request->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return len > 0 && len <= METHOD_MAX && request->method[len] == '\0';
}

void
client_perform(
    const struct hd_http_request *request, struct hd_http_outcome *outcome)
{
	struct client client = { .request = request, .outcome = outcome };
	const char *fault = NULL;

	outcome->body_size = 0;
	if (!is_known(request)) {
		fail(outcome, HD_HTTP_REFUSED, "a request of another version");
		return;
	}
	client.curl = curl_easy_init();
	client.url = curl_url();
	if (client.curl == NULL || client.url == NULL) {
		fail(outcome, HD_HTTP_LATER, "out of memory");
		goto out;
	}
	fault = read_url(&client);
	if (fault == NULL)
		fault = add_fields(&client);
	if (fault != NULL) {
		fail(outcome, HD_HTTP_REFUSED, fault);
		goto out;
	}
	if (set_options(&client) != CURLE_OK)
		fail(outcome, HD_HTTP_LATER, "libcurl does not take this");
	else
		judge(&client, curl_easy_perform(client.curl));
out:
	curl_easy_cleanup(client.curl); /* NULL is allowed, here and below */
	curl_slist_free_all(client.fields);
	curl_url_cleanup(client.url);
}
