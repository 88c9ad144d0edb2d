/* tests/unit/test_fcgi_scan.c - records as they come in, good and bad. */
#include "config.h"
#include "core/web/fcgi_scan.h"

#include "tests/tap.h"

#include <stdlib.h>

/* "\1" type id(2) len(2) padding 0 */
#define HEAD(type, id, len, padding) "\1" type "\0" id "\0" len padding "\0"
#define BEGIN HEAD("\1", "\1", "\x08", "\0") "\0\1\0\0\0\0\0\0"
#define BEGIN_KEEP HEAD("\1", "\1", "\x08", "\0") "\0\1\1\0\0\0\0\0"
#define PARAMS \
	HEAD("\4", "\1", "\x05", "\3") \
	"\1\2Axy" \
	"\0\0\0"
#define PARAMS_END HEAD("\4", "\1", "\0", "\0")
#define BODY \
	HEAD("\5", "\1", "\x03", "\1") \
	"abc" \
	"\0"
#define BODY_END HEAD("\5", "\1", "\0", "\0")
#define ABORT HEAD("\2", "\1", "\0", "\0")
#define REQUEST BEGIN PARAMS PARAMS_END BODY BODY_END

struct scan_case {
	const char *why;
	struct bytes bytes;
	enum fcgi_scan_result want;
	size_t at; /* checked when it is not 0 */
	int reply_type, reply_status;
};

#define B(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

static const struct scan_case cases[] = {
	{ "nothing", B(""), FCGI_SCAN_MORE },
	{ "half a header", B("\1\1\0"), FCGI_SCAN_MORE },
	{ "a request", B(REQUEST), FCGI_SCAN_WHOLE, sizeof REQUEST - 1 },
	{ "another behind it", B(REQUEST BEGIN), FCGI_SCAN_WHOLE,
	    sizeof REQUEST - 1 },
	{ "no end of the body", B(BEGIN PARAMS PARAMS_END BODY),
	    FCGI_SCAN_MORE },
	{ "padding yet to come",
	    B(BEGIN PARAMS PARAMS_END HEAD("\5", "\1", "\0", "\4") "\0\0"),
	    FCGI_SCAN_MORE },
	{ "parameters in two records",
	    B(BEGIN HEAD("\4", "\1", "\2", "\0") "\1\2" HEAD(
		"\4", "\1", "\3", "\0") "Axy" PARAMS_END BODY_END),
	    FCGI_SCAN_WHOLE },
	{ "no parameters", B(BEGIN PARAMS_END BODY_END), FCGI_SCAN_WHOLE },
	{ "another request's records are passed over",
	    B(BEGIN HEAD("\4", "\2", "\3", "\0") "xxx" PARAMS PARAMS_END HEAD(
		"\5", "\2", "\0", "\0") BODY_END),
	    FCGI_SCAN_WHOLE },
	{ "what is left of one that is over",
	    B(ABORT HEAD("\5", "\1", "\0", "\0") REQUEST), FCGI_SCAN_WHOLE },
	{ "another version", B("\2\1\0\1\0\x08\0\0\0\1\0\0\0\0\0\0"),
	    FCGI_SCAN_BAD },
	{ "a web browser", B("GET / HTTP/1.1\r\n\r\n"), FCGI_SCAN_BAD },
	{ "a short BEGIN", B(HEAD("\1", "\1", "\2", "\0") "\0\1"),
	    FCGI_SCAN_BAD },
	{ "the same BEGIN twice", B(BEGIN BEGIN), FCGI_SCAN_BAD },
	{ "a body before the parameters", B(BEGIN BODY), FCGI_SCAN_BAD },
	{ "parameters after the parameters", B(BEGIN PARAMS PARAMS_END PARAMS),
	    FCGI_SCAN_BAD },
	{ "a record for web servers", B(BEGIN HEAD("\6", "\1", "\0", "\0")),
	    FCGI_SCAN_BAD },
	{ "a name that is cut off",
	    B(BEGIN HEAD("\4", "\1", "\3", "\0") "\5\0A" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "a value that is cut off",
	    B(BEGIN HEAD("\4", "\1", "\4", "\0") "\1\5Ax" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "a length that is cut off",
	    B(BEGIN HEAD("\4", "\1", "\3", "\0") "\1\x80\0" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "two gigabytes of value",
	    B(BEGIN HEAD(
		"\4", "\1", "\6", "\0") "\1\xff\xff\xff\xffz" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "no name", B(BEGIN HEAD("\4", "\1", "\3", "\0") "\0\1x" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "a NUL in a value",
	    B(BEGIN HEAD("\4", "\1", "\4", "\0") "\1\1A\0" PARAMS_END),
	    FCGI_SCAN_BAD },
	{ "a role that is not ours",
	    B(HEAD("\1", "\1", "\x08", "\0") "\0\2\0\0\0\0\0\0"), FCGI_SCAN_BAD,
	    0, 3, FCGI_END_UNKNOWN_ROLE },
	{ "taken back", B(BEGIN PARAMS ABORT), FCGI_SCAN_ABORTED,
	    sizeof(BEGIN PARAMS ABORT) - 1, 3, FCGI_END_COMPLETE },
	{ "two at a time",
	    B(BEGIN HEAD("\1", "\2", "\x08", "\0") "\0\1\0\0\0\0\0\0"),
	    FCGI_SCAN_REPLY, 0, 3, FCGI_END_CANT_MULTIPLEX },
	{ "a question we do not know", B(HEAD("\x20", "\0", "\0", "\0")),
	    FCGI_SCAN_REPLY, 0, 11, 0 },
};

static void
check_case(const struct scan_case *c, size_t step)
{
	struct fcgi_scan scan = { 0 };
	enum fcgi_scan_result got = FCGI_SCAN_MORE;
	/* Sized exactly, so that a sanitizer sees a read past the end. */
	char *at = malloc(c->bytes.len > 0 ? c->bytes.len : 1);
	size_t len = 0;

	if (at == NULL)
		abort();
	memcpy(at, c->bytes.at, c->bytes.len);
	while (got == FCGI_SCAN_MORE && len < c->bytes.len) {
		len = len + step < c->bytes.len ? len + step : c->bytes.len;
		got = fcgi_scan(&scan, at, len, 100);
	}
	CHECK_INT(got, c->want);
	if (c->at != 0)
		CHECK_INT(scan.at, c->at);
	CHECK_INT(scan.reply_len > 0 ? scan.reply[1] : 0, c->reply_type);
	if (c->reply_type == 3)
		CHECK_INT(scan.reply[12], c->reply_status);
	free(at);
}

static void
test_fcgi_scan__tells_good_from_bad(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].why);
		check_case(&cases[i], SIZE_MAX / 2);
		check_case(&cases[i], 1); /* however it comes */
		check_case(&cases[i], 7);
	}
}

#define FIRST \
	HEAD("\4", "\1", "\3", "\5") \
	"\1\2A" \
	"\0\0\0\0\0"
#define SECOND \
	HEAD("\4", "\1", "\x08", "\1") \
	"xy\3\1BCDz" \
	"\0"

static void
test_fcgi_scan__gathers_the_parameters(void)
{
	static const char request[] =
	    BEGIN_KEEP FIRST SECOND PARAMS_END BODY BODY_END;
	struct fcgi_scan scan = { 0 };
	char at[sizeof request];

	memcpy(at, request, sizeof request);
	CHECK_INT(fcgi_scan(&scan, at, sizeof request - 1, 9), FCGI_SCAN_WHOLE);
	CHECK(scan.is_keep && scan.has_params);
	CHECK_INT(scan.id, 1);
	CHECK_INT(scan.params_len, 11);
	CHECK_BYTES(fcgi_scan_param(&scan, at, "A"), "xy");
	CHECK_BYTES(fcgi_scan_param(&scan, at, "BCD"), "z");
	CHECK(fcgi_scan_param(&scan, at, "B").at == NULL);
	CHECK(memcmp(at + scan.body_at, BODY, sizeof BODY - 1) == 0);
}

static void
test_fcgi_scan__answers_what_it_can_do(void)
{
	static const char asked[] =
	    HEAD("\x09", "\0", "\x37", "\0") "\x0e\0FCGI_MAX_CONNS"
					     "\x0f\0FCGI_MPXS_CONNS"
					     "\5\0OTHER"
					     "\x0d\0FCGI_MAX_REQS";
	static const char want[] = "\x0e\4FCGI_MAX_CONNS4096"
				   "\x0f\1FCGI_MPXS_CONNS0"
				   "\x0d\4FCGI_MAX_REQS4096";
	struct fcgi_scan scan = { 0 };
	char at[sizeof asked];

	memcpy(at, asked, sizeof asked);
	CHECK_INT(
	    fcgi_scan(&scan, at, sizeof asked - 1, 4096), FCGI_SCAN_REPLY);
	CHECK_INT(scan.reply[1], FCGI_TYPE_GET_VALUES_RESULT);
	CHECK_INT(scan.reply_len, 8 + sizeof want - 1);
	CHECK_INT(scan.reply[5], sizeof want - 1);
	CHECK(memcmp(scan.reply + 8, want, sizeof want - 1) == 0);
	CHECK_INT(fcgi_scan(&scan, at, sizeof asked - 1, 4096), FCGI_SCAN_MORE);
	CHECK_INT(scan.reply_len, 0);
}

int
main(void)
{
	RUN(test_fcgi_scan__tells_good_from_bad);
	RUN(test_fcgi_scan__gathers_the_parameters);
	RUN(test_fcgi_scan__answers_what_it_can_do);
	return tap_done();
}
