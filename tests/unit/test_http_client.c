/* tests/unit/test_http_client.c - tests of plugins/http/client.c, against a
 * server in a thread and a name service of our own. */
#include "config.h"
#include "plugins/http/client.h"
#include "tests/http/httpd.h"
#include "tests/tap.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static struct httpd *httpd;
static char allowed_name[64], room[65536];
static const char *const allowed[] = { allowed_name };

/* --- the name service: libcurl finds this one before the C library's --- */

/* What a name resolves to; the second time, <again> if it is given. */
static const struct name {
	const char *name, *first, *also, *again;
} names[] = {
	{ "private.test", "127.0.0.1", NULL, NULL },
	{ "both.test", "127.0.0.1", "10.0.0.1", NULL },
	{ "mapped.test", "::ffff:127.0.0.1", NULL, NULL },
	{ "rebinding.test", "203.0.114.1", NULL, "127.0.0.1" },
	{ "allowed.test", "127.0.0.1", NULL, NULL },
};
static int asked[sizeof names / sizeof *names];

static struct addrinfo *
make_address(const char *text, const char *service, struct addrinfo *next)
{
	struct sockaddr_in6 *in6 = calloc(1, sizeof *in6);
	struct sockaddr_in *in4 = calloc(1, sizeof *in4);
	struct addrinfo *info = calloc(1, sizeof *info);
	in_port_t port = htons((in_port_t)atoi(service));

	info->ai_socktype = SOCK_STREAM;
	info->ai_next = next;
	if (inet_pton(AF_INET, text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = port;
		info->ai_addr = (struct sockaddr *)in4;
		info->ai_addrlen = sizeof *in4;
		free(in6);
	} else {
		CHECK(inet_pton(AF_INET6, text, &in6->sin6_addr) == 1);
		in6->sin6_family = AF_INET6;
		in6->sin6_port = port;
		info->ai_addr = (struct sockaddr *)in6;
		info->ai_addrlen = sizeof *in6;
		free(in4);
	}
	info->ai_family = info->ai_addr->sa_family;
	return info;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **out)
{
	(void)hints;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct name *name = &names[i];
		bool is_again = name->again != NULL && asked[i]++ > 0;

		if (strcasecmp(name->name, node) != 0)
			continue;
		*out = name->also == NULL ?
		    NULL :
		    make_address(name->also, service, NULL);
		*out = make_address(
		    is_again ? name->again : name->first, service, *out);
		return 0;
	}
	return EAI_NONAME;
}

void
freeaddrinfo(struct addrinfo *info)
{
	while (info != NULL) {
		struct addrinfo *next = info->ai_next;

		free(info->ai_addr);
		free(info);
		info = next;
	}
}

/* --- asking --- */

static struct hd_http_outcome
perform(struct hd_http_request *request)
{
	struct hd_http_outcome outcome = { .abi = HD_ABI,
		.size = sizeof outcome,
		.body = room,
		.room = sizeof room };

	request->abi = HD_ABI;
	request->size = sizeof *request;
	if (request->timeout_ms == 0)
		request->timeout_ms = 5000;
	client_perform(request, &outcome);
	return outcome;
}

/* scheme://HOST:PORT/ of our server. */
static const char *
url_of(const char *scheme, const char *host)
{
	static char url[200];

	snprintf(
	    url, sizeof url, "%s://%s:%d/", scheme, host, httpd_port(httpd));
	return url;
}

static struct hd_http_outcome
get(const char *url)
{
	struct hd_http_request request = { .method = "GET",
		.url = url,
		.allowed = allowed,
		.allowed_count = 1 };

	return perform(&request);
}

/* Only 127.0.0.1 under exactly this name and port is allowed. */
static void
allow(const char *host)
{
	snprintf(allowed_name, sizeof allowed_name, "%s:%d", host,
	    httpd_port(httpd));
}

/* --- what goes out and comes back --- */

static void
test_client_perform__says_what_it_is_given(void)
{
	static const struct hd_http_field fields[] = {
		{ "X-Desk", "two words" },
		{ "X-Empty", "" },
		{ "content-type", "application/json" },
	};
	struct hd_http_request request = { .method = "POST",
		.url = url_of("http", "127.0.0.1"),
		.fields = fields,
		.field_count = 3,
		.body = "{\"a\":1}",
		.body_size = 7,
		.allowed = allowed,
		.allowed_count = 1 };
	struct hd_http_outcome outcome;
	const char *said;

	allow("127.0.0.1");
	outcome = perform(&request);
	CHECK_INT(outcome.state, HD_HTTP_ANSWERED);
	CHECK_INT(outcome.status, 200);
	CHECK_INT(outcome.body_size, 2);
	CHECK(memcmp(room, "ok", 2) == 0);
	said = httpd_request(httpd);
	CHECK(strncmp(said, "POST / HTTP/1.1\r\n", 17) == 0);
	CHECK(strstr(said, "\r\nX-Desk: two words\r\n") != NULL);
	CHECK(strstr(said, "\r\nX-Empty:\r\n") != NULL);
	CHECK(strstr(said, "\r\ncontent-type: application/json\r\n") != NULL);
	CHECK(strstr(said, "\r\nContent-Length: 7\r\n") != NULL);
	CHECK(strstr(said, "Cookie") == NULL && strstr(said, "Expect") == NULL);
	CHECK(strstr(said, "\r\n\r\n{\"a\":1}") != NULL);
}

static void
test_client_perform__each_method(void)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH",
		"DELETE", "HEAD" };

	allow("127.0.0.1");
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		struct hd_http_request request = { .method = methods[i],
			.url = url_of("http", "127.0.0.1"),
			.body = i >= 1 && i <= 3 ? "" : NULL,
			.allowed = allowed,
			.allowed_count = 1 };
		size_t len = strlen(methods[i]);

		CHECK_INT(perform(&request).state, HD_HTTP_ANSWERED);
		CHECK(strncmp(httpd_request(httpd), methods[i], len) == 0);
	}
}

static void
test_client_perform__refuses_what_would_break_the_header(void)
{
	static const struct hd_http_field bad[] = {
		{ "X-A", "b\r\nHost: evil.test" },
		{ "X-A", "b\nc" },
		{ "X-A", "\x7f" },
		{ "X A", "b" },
		{ "X-A:", "b" },
		{ "X-A\r\nX-B", "b" },
		{ "", "b" },
	};
	size_t before = httpd_count(httpd);

	allow("127.0.0.1");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct hd_http_request request = { .method = "GET",
			.url = url_of("http", "127.0.0.1"),
			.fields = &bad[i],
			.field_count = 1,
			.allowed = allowed,
			.allowed_count = 1 };

		CHECK_INT(perform(&request).state, HD_HTTP_REFUSED);
	}
	CHECK_INT(httpd_count(httpd), before);
}

static void
test_client_perform__tells_status_and_retry_after(void)
{
	struct hd_http_outcome outcome;

	allow("127.0.0.1");
	httpd_say(httpd,
	    "HTTP/1.1 503 Busy\r\nRetry-After: 90\r\nContent-Length: 4\r\n"
	    "\r\nbusy");
	outcome = get(url_of("http", "127.0.0.1"));
	CHECK_INT(outcome.state, HD_HTTP_ANSWERED);
	CHECK_INT(outcome.status, 503);
	CHECK_INT(outcome.retry_after_s, 90);
	CHECK_INT(outcome.body_size, 4);
}

static void
test_client_perform__cuts_a_long_answer(void)
{
	static char answer[100 + 2 * sizeof room];
	size_t head = (size_t)snprintf(answer, sizeof answer,
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", 2 * sizeof room);
	struct hd_http_outcome outcome;

	allow("127.0.0.1");
	memset(answer + head, 'x', sizeof answer - head - 1);
	httpd_say(httpd, answer);
	outcome = get(url_of("http", "127.0.0.1"));
	CHECK_INT(outcome.state, HD_HTTP_ANSWERED);
	CHECK_INT(outcome.body_size, sizeof room);
	CHECK(outcome.is_cut);
}

static void
test_client_perform__refuses_an_endless_header(void)
{
	static char answer[100000] = "HTTP/1.1 200 OK\r\nX-A: ";

	allow("127.0.0.1");
	for (size_t i = strlen(answer); i < sizeof answer - 9; i += 9)
		memcpy(answer + i, "y\r\nX-AA: ", 9);
	httpd_say(httpd, answer);
	CHECK_INT(get(url_of("http", "127.0.0.1")).state, HD_HTTP_LATER);
}

static void
test_client_perform__gives_up_in_time(void)
{
	struct hd_http_request request = { .method = "GET",
		.url = url_of("http", "127.0.0.1"),
		.allowed = allowed,
		.allowed_count = 1,
		.timeout_ms = 50 };

	allow("127.0.0.1");
	httpd_say(httpd, HTTPD_STALL);
	CHECK_INT(perform(&request).state, HD_HTTP_LATER);
}

static void
test_client_perform__uses_no_proxy_of_the_environment(void)
{
	allow("127.0.0.1");
	setenv("http_proxy", "http://192.0.2.1:9/", 1);
	setenv("ALL_PROXY", "http://192.0.2.1:9/", 1);
	CHECK_INT(get(url_of("http", "127.0.0.1")).state, HD_HTTP_ANSWERED);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void
test_client_perform__wants_a_certificate(void)
{
	static const char *const left[] = { "key.pem", "cert.pem", "port" };
	const char *source = getenv("HOOKDESK_DATADIR");
	char dir[] = "/tmp/hookdesk-https-XXXXXX", text[600];
	struct hd_http_outcome outcome;
	FILE *server, *said;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(text, sizeof text, "%s/port", dir);
	CHECK(mkfifo(text, 0600) == 0);
	snprintf(text, sizeof text,
	    "exec node '%s/tests/http/tls_server.mjs' %s >%s/port",
	    source != NULL ? source : "..", dir, dir);
	server = popen(text, "w");
	snprintf(text, sizeof text, "%s/port", dir);
	said = fopen(text, "r");
	CHECK(server != NULL && said != NULL &&
	    fgets(text, sizeof text, said) != NULL);
	snprintf(allowed_name, sizeof allowed_name, "127.0.0.1:%d", atoi(text));
	snprintf(text, sizeof text, "https://%s/", allowed_name);
	outcome = get(text);
	CHECK_INT(outcome.state, HD_HTTP_LATER);
	CHECK(strstr(outcome.error, "certificate") != NULL);
	CHECK_INT(outcome.body_size, 0);
	pclose(server);
	fclose(said);
	for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
		snprintf(text, sizeof text, "%s/%s", dir, left[i]);
		unlink(text);
	}
	rmdir(dir);
}

/* --- where it must not go --- */

/* None of these reaches the server, which listens on 127.0.0.1. */
static void
check_refused(const char *url)
{
	size_t before = httpd_count(httpd);

	CHECK_INT(get(url).state, HD_HTTP_REFUSED);
	CHECK_INT(httpd_count(httpd), before);
}

static void
test_ssrf__plain_addresses(void)
{
	allow("other.test");
	check_refused(url_of("http", "127.0.0.1"));
	check_refused(url_of("http", "127.1.2.3"));
	check_refused(url_of("http", "0.0.0.0"));
	check_refused(url_of("http", "10.0.0.1"));
	check_refused(url_of("https", "169.254.169.254"));
}

static void
test_ssrf__decimal_octal_and_hexadecimal_addresses(void)
{
	allow("other.test");
	check_refused(url_of("http", "2130706433"));
	check_refused(url_of("http", "0177.0.0.1"));
	check_refused(url_of("http", "0x7f.0.0.1"));
	check_refused(url_of("http", "0x7f000001"));
	check_refused(url_of("http", "127.1"));
	check_refused(url_of("http", "%31%32%37.0.0.1"));
}

static void
test_ssrf__addresses_of_ipv6(void)
{
	allow("other.test");
	check_refused(url_of("http", "[::1]"));
	check_refused(url_of("http", "[::]"));
	check_refused(url_of("http", "[::ffff:127.0.0.1]"));
	check_refused(url_of("http", "[::ffff:7f00:1]"));
	check_refused(url_of("http", "[64:ff9b::7f00:1]"));
	check_refused(url_of("http", "[2002:7f00:1::]"));
	check_refused(url_of("http", "[fe80::1]"));
}

static void
test_ssrf__localhost(void)
{
	allow("other.test");
	check_refused(url_of("http", "localhost"));
	check_refused(url_of("http", "a.localhost"));
}

static void
test_ssrf__userinfo(void)
{
	allow("allowed.test");
	check_refused(url_of("http", "allowed.test@127.0.0.1"));
	check_refused(url_of("http", "allowed.test:80@127.0.0.1"));
	check_refused(url_of("http", "a:b@allowed.test"));
}

static void
test_ssrf__names_of_private_addresses(void)
{
	allow("other.test");
	check_refused(url_of("http", "private.test"));
	check_refused(url_of("http", "mapped.test"));
}

static void
test_ssrf__names_of_two_addresses(void)
{
	allow("other.test");
	check_refused(url_of("http", "both.test"));
}

/* Public when it is first asked for, ours from then on: what is connected to
 * is what was checked, so that neither answer leads here. */
static void
test_ssrf__names_that_change_their_address(void)
{
	struct hd_http_request request = { .method = "GET",
		.url = url_of("http", "rebinding.test"),
		.timeout_ms = 50 };
	size_t before = httpd_count(httpd);

	CHECK_INT(perform(&request).state, HD_HTTP_LATER);
	check_refused(url_of("http", "rebinding.test"));
	CHECK_INT(httpd_count(httpd), before);
}

static void
test_ssrf__redirects(void)
{
	char answer[200];
	size_t before = httpd_count(httpd);
	struct hd_http_outcome outcome;

	allow("allowed.test");
	snprintf(answer, sizeof answer,
	    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n"
	    "Content-Length: 0\r\n\r\n",
	    httpd_port(httpd));
	httpd_say(httpd, answer);
	outcome = get(url_of("http", "allowed.test"));
	CHECK_INT(outcome.state, HD_HTTP_ANSWERED);
	CHECK_INT(outcome.status, 302);
	CHECK_INT(httpd_count(httpd), before + 1);
}

static void
test_ssrf__ports(void)
{
	allow("other.test");
	check_refused("http://rebinding.test:25/");
	check_refused("http://rebinding.test:22/");
	check_refused("https://rebinding.test:0/");
	check_refused("http://rebinding.test:99999/");
	/* What is allowed is a host at a port. */
	allow("127.0.0.1");
	check_refused("http://127.0.0.1:1/");
	check_refused(url_of("http", "localhost"));
}

static void
test_ssrf__other_schemes(void)
{
	allow("other.test");
	check_refused("file:///etc/passwd");
	check_refused("ftp://rebinding.test/");
	check_refused("gopher://rebinding.test:70/");
	check_refused("dict://rebinding.test:11211/");
	check_refused("//rebinding.test/");
	check_refused("rebinding.test");
	check_refused("http://");
	check_refused("http://re binding.test/");
	check_refused("http://rebinding.test/a\r\nX-A: b");
	check_refused("");
}

static void
test_ssrf__what_is_allowed_by_name_is_reached(void)
{
	allow("allowed.test");
	CHECK_INT(get(url_of("http", "Allowed.test")).status, 200);
}

int
main(void)
{
	httpd = httpd_start();
	if (httpd == NULL || client_init() != 0) {
		printf("Bail out! no server\n");
		return 1;
	}
	RUN(test_client_perform__says_what_it_is_given);
	RUN(test_client_perform__each_method);
	RUN(test_client_perform__refuses_what_would_break_the_header);
	RUN(test_client_perform__uses_no_proxy_of_the_environment);
	RUN(test_ssrf__plain_addresses);
	RUN(test_ssrf__decimal_octal_and_hexadecimal_addresses);
	RUN(test_ssrf__addresses_of_ipv6);
	RUN(test_ssrf__localhost);
	RUN(test_ssrf__userinfo);
	RUN(test_ssrf__names_of_private_addresses);
	RUN(test_ssrf__names_of_two_addresses);
	RUN(test_ssrf__names_that_change_their_address);
	RUN(test_ssrf__ports);
	RUN(test_ssrf__other_schemes);
	RUN(test_ssrf__what_is_allowed_by_name_is_reached);
	RUN(test_ssrf__redirects);
	RUN(test_client_perform__tells_status_and_retry_after);
	RUN(test_client_perform__cuts_a_long_answer);
	RUN(test_client_perform__refuses_an_endless_header);
	RUN(test_client_perform__wants_a_certificate);
	RUN(test_client_perform__gives_up_in_time);
	httpd_stop(httpd);
	client_end();
	return tap_done();
}
