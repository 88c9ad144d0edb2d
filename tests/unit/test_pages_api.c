/* tests/unit/test_pages_api.c - what programs do by the API. */
#include "config.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_program.h"

#define TICKET \
	"\"subject\":\"Fire\",\"body\":\"It burns\"," \
	"\"email\":\"bob@example.org\",\"name\":\"Bob\""

static void
test_tokens__are_asked_for(void)
{
	static const char *const values[] = { "name", "old", "rights", "read",
		"expires", "2020-01-01", NULL };
	const char *token, *old;

	pages_setup(&f);
	token = pages_token(&f, "read", NULL);
	desk_add(&f.desk, KIND_TOKEN, values);
	old = arena_printf(
	    f.desk.arena, "Bearer %.*s", BYTES_ARG(f.desk.result.secret));
	CHECK_INT(pages_api(&f, NULL, "GET", "/tickets", NULL), 401);
	CHECK_BYTES(got_error("code"), "unauthorized");
	CHECK(strcmp(pages_got_header(&f, "WWW-Authenticate"), "Bearer") == 0);
	CHECK_INT(pages_api(&f, "Bearer ", "GET", "/tickets", NULL), 401);
	CHECK_INT(pages_api(&f, "Bearer x", "GET", "/tickets", NULL), 401);
	CHECK_INT(pages_api(&f, "Basic x", "GET", "/tickets", NULL), 401);
	CHECK_INT(pages_api(&f, old, "GET", "/tickets", NULL), 401);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets", NULL), 200);
	pages_teardown(&f);
}

static void
test_tokens__do_what_their_rights_say(void)
{
	static const struct {
		const char *rights, *method, *path, *body;
		int want;
	} cases[] = {
		{ "read", "GET", "/tickets", NULL, 200 },
		{ "read", "POST", "/tickets", BODY(TICKET), 403 },
		{ "write", "POST", "/tickets", BODY(TICKET), 201 },
		{ "write", "GET", "/tickets", NULL, 403 },
		{ "read,write", "POST", "/queues",
		    BODY("\"key\":\"a\",\"label\":\"A\""), 403 },
		{ "admin", "POST", "/queues",
		    BODY("\"key\":\"b\",\"label\":\"B\""), 201 },
		{ "read,write", "POST", "/imports/tickets",
		    BODY("\"subject\":\"x\",\"email\":\"a@b.cd\",\"entries\":"
			 "[{\"at\":\"2020-01-01\",\"body\":\"x\"}]"),
		    403 },
		{ "import", "POST", "/imports/tickets",
		    BODY("\"subject\":\"x\",\"email\":\"a@b.cd\",\"entries\":"
			 "[{\"at\":\"2020-01-01\",\"body\":\"x\"}]"),
		    201 },
		{ "read,write", "GET", "/settings", NULL, 403 },
		{ "admin", "GET", "/settings", NULL, 200 },
		{ "read", "GET", "/agents", NULL, 200 },
	};

	pages_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *token = pages_token(&f, cases[i].rights, NULL);

		printf("# %s: %s %s\n", cases[i].rights, cases[i].method,
		    cases[i].path);
		CHECK_INT(pages_api(&f, token, cases[i].method, cases[i].path,
			      cases[i].body),
		    cases[i].want);
	}
	pages_teardown(&f);
}

static void
test_tokens__have_rights_that_there_are(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tokens",
		      BODY("\"name\":\"x\",\"rights\":[\"read\",\"all\"]")),
	    422);
	CHECK_BYTES(got_error("field"), "rights");
	CHECK(bytes_find(got_error("message"), BYTES("\"all\"")) != NULL);
	pages_teardown(&f);
}

static void
test_tickets__are_made_shown_and_changed(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      BODY(TICKET ",\"queue\":\"billing\","
				  "\"priority\":\"high\",\"tags\":[\"a\"],"
				  "\"owner\":\"ann\"")),
	    201);
	CHECK_INT(got_int("number"), 1);
	CHECK_BYTES(got("queue"), "billing");
	CHECK_BYTES(got("priority"), "high");
	CHECK_BYTES(got("owner"), "ann");
	CHECK_BYTES(got("source"), "api");
	CHECK_BYTES(got("email"), "bob@example.org");
	CHECK(
	    bytes_start_with(got("url"), BYTES("https://help.example.com/t/")));
	CHECK_BYTES(got("agent_url"), "https://help.example.com/agent/t/1");
	CHECK_BYTES(json_text(got_first("tags")), "a");

	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"status\":\"closed\",\"tags\":[\"b\",\"c\"],"
			   "\"owner\":null,\"subject\":\"Out\"")),
	    200);
	CHECK_BYTES(got("status"), "closed");
	CHECK_BYTES(got("subject"), "Out");
	CHECK_INT(got_count("tags"), 2);
	CHECK_BYTES(json_text(got_first("tags")), "b");
	CHECK_INT(json_type(json_get(pages_json(&f), "owner")), JSON_NULL);

	printf("# the first word of an enum is set like others\n");
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"status\":\"open\",\"priority\":\"normal\"")),
	    200);
	CHECK_BYTES(got("status"), "open");
	CHECK_BYTES(got("priority"), "normal");
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1", NULL), 200);
	CHECK_BYTES(got("status"), "open");
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/2", NULL), 404);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/x", NULL), 404);
	pages_teardown(&f);
}

static void
test_tickets__have_own_fields_of_their_types(void)
{
	static const char *const order[] = { "key", "order", "label", "Order",
		"type", "integer", "is_indexed", "true", NULL };
	static const char *const gift[] = { "key", "gift", "label", "Gift",
		"type", "boolean", NULL };
	const struct json *fields;
	const char *token;
	bool is_gift = true;
	int64_t n = 0;

	pages_setup(&f);
	desk_add(&f.desk, KIND_FIELD, order);
	desk_add(&f.desk, KIND_FIELD, gift);
	desk_run_jobs(&f.desk);
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      BODY(TICKET ",\"fields\":{\"order\":\"012\"}")),
	    201);
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"fields\":{\"order\":\"x\"}")),
	    422);
	CHECK_BYTES(got_error("field"), "fields.order");
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"fields\":{\"gift\":false}")),
	    200);
	fields = json_get(pages_json(&f), "fields");
	CHECK(json_int(json_get(fields, "order"), &n) && n == 12);
	CHECK(json_bool(json_get(fields, "gift"), &is_gift) && !is_gift);
	CHECK_INT(
	    pages_api(&f, token, "GET", "/tickets?q=fields.order:12", NULL),
	    200);
	CHECK_INT(got_count("tickets"), 1);
	CHECK_INT(
	    pages_api(&f, token, "GET", "/tickets?q=fields.order:1x", NULL),
	    422);
	CHECK_BYTES(got_error("field"), "q");
	pages_teardown(&f);
}

static void
test_tickets__say_what_is_wrong_with_them(void)
{
	static const struct {
		const char *body;
		int status;
		const char *field, *message;
	} cases[] = {
		{ BODY("\"body\":\"x\",\"email\":\"a@b.cd\""), 422, "subject",
		    "Please fill this in." },
		{ BODY("\"subject\":\"\",\"body\":\"x\","
		       "\"email\":\"a@b.cd\""),
		    422, "subject", "Please fill this in." },
		{ BODY("\"subject\":\"x\",\"body\":\"x\""), 422, "email",
		    "Please fill this in." },
		{ BODY("\"subject\":\"x\",\"email\":\"a@b.cd\""), 422, "body",
		    "Please write something." },
		{ BODY(TICKET ",\"queue\":\"nosuch\""), 422, "queue", NULL },
		{ BODY(TICKET ",\"owner\":\"nobody\""), 422, "owner", NULL },
		{ BODY(TICKET ",\"prority\":\"high\""), 422, "prority",
		    "There is no field \"prority\": did you mean "
		    "\"priority\"?" },
		{ BODY(TICKET ",\"zzzzzzzz\":1"), 422, "zzzzzzzz",
		    "There is no field \"zzzzzzzz\"." },
		{ BODY(TICKET ",\"created\":\"2020-01-01\""), 422, "created",
		    "\"created\" cannot be set." },
		{ BODY(TICKET ",\"generation\":1"), 422, "generation", NULL },
		{ BODY(TICKET ",\"tags\":[1]"), 422, "tags", NULL },
		{ BODY(TICKET ",\"format\":\"html\""), 422, "format", NULL },
		{ "[]", 400, NULL, "The body must be a JSON object." },
		{ "{", 400, NULL, NULL },
		{ "{\"a\":1,\"a\":2}", 400, NULL, NULL },
	};
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].body);
		CHECK_INT(
		    pages_api(&f, token, "POST", "/tickets", cases[i].body),
		    cases[i].status);
		if (cases[i].field != NULL)
			CHECK_BYTES(got_error("field"), cases[i].field);
		if (cases[i].message != NULL)
			CHECK_BYTES(got_error("message"), cases[i].message);
		CHECK_BYTES(got_error("code"), "invalid");
	}
	CHECK_INT(pages_api(&f, token, "GET", "/tickets", NULL), 200);
	CHECK_INT(got_count("tickets"), 0);
	pages_teardown(&f);
}

static void
test_tickets__of_one_key_are_made_once(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	for (int i = 0; i < 3; i++) {
		pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "the same one");
		CHECK_INT(
		    pages_api(&f, token, "POST", "/tickets", BODY(TICKET)),
		    201);
		CHECK_INT(got_int("number"), 1);
	}
	pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "another");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets", BODY(TICKET)), 201);
	CHECK_INT(got_int("number"), 2);
	for (int i = 0; i < 2; i++) {
		pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "the same one");
		CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
			      BODY("\"body\":\"Use water\"")),
		    201);
		CHECK_INT(got_int("number"), 2);
	}
	pages_teardown(&f);
}

static void
test_tickets__are_listed_by_filter_words_and_number(void)
{
	static const struct {
		const char *q;
		size_t want;
	} cases[] = {
		{ "", 3 },
		{ "?q=queue%3Abilling", 1 },
		{ "?q=burns", 3 },
		{ "?q=burns+queue%3Abilling", 1 },
		{ "?q=tag%3Ared", 1 },
		{ "?q=%232", 1 },
		{ "?q=%2399", 0 },
		{ "?q=nothing-like-it", 0 },
		{ "?q=status%3Aclosed", 0 },
	};
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets", BODY(TICKET)), 201);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      BODY(TICKET ",\"queue\":\"billing\"")),
	    201);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      BODY(TICKET ",\"tags\":\"red, green\"")),
	    201);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].q);
		CHECK_INT(
		    pages_api(&f, token, "GET",
			arena_printf(f.desk.arena, "/tickets%s", cases[i].q),
			NULL),
		    200);
		CHECK_INT(got_count("tickets"), cases[i].want);
	}
	CHECK_INT(
	    pages_api(&f, token, "GET", "/tickets?q=queue%3Anosuch", NULL),
	    422);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets?after=%00", NULL), 400);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets?after=zzz", NULL), 422);
	pages_teardown(&f);
}

/* Walk all pages of a list of two each; returns how many items came. */
static size_t
walk(const char *token, const char *q)
{
	const char *after = "";
	size_t count = 0;

	for (int i = 0; i < 10; i++) {
		const struct json *next;

		CHECK_INT(pages_api(&f, token, "GET",
			      arena_printf(f.desk.arena,
				  "/tickets?limit=2&q=%s&after=%s", q, after),
			      NULL),
		    200);
		count += got_count("tickets");
		CHECK(got_count("tickets") <= 2);
		next = json_get(pages_json(&f), "after");
		if (json_type(next) != JSON_TEXT)
			return count;
		after = arena_copy(
		    f.desk.arena, json_text(next).at, json_text(next).len);
	}
	return count;
}

static void
test_tickets__are_listed_page_by_page(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	for (int i = 0; i < 5; i++) {
		CHECK_INT(
		    pages_api(&f, token, "POST", "/tickets", BODY(TICKET)),
		    201);
		clock_advance(&f.desk.clock, CLOCK_SECOND_US);
	}
	CHECK_INT(walk(token, ""), 5);
	CHECK_INT(walk(token, "burns"), 5);
	pages_teardown(&f);
}

static void
test_entries__are_answers_and_notes(void)
{
	const char *token;
	const struct json *first;

	pages_setup(&f);
	token = pages_token(&f, "read,write", "ann");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets", BODY(TICKET)), 201);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"type\":\"note\",\"body\":\"hm\"")),
	    201);
	CHECK_BYTES(got("type"), "note");
	CHECK_BYTES(got("agent"), "ann");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"Use *water*\",\"status\":\"closed\"")),
	    201);
	CHECK_BYTES(got("type"), "reply");
	CHECK_BYTES(got("body"), "Use *water*");
	CHECK_BYTES(got("format"), "markdown");
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1", NULL), 200);
	CHECK_BYTES(got("status"), "closed");
	CHECK_INT(
	    pages_api(&f, token, "GET", "/tickets/1/entries?limit=2", NULL),
	    200);
	CHECK_INT(got_count("entries"), 2);
	CHECK_INT(got_int("after"), 2);
	first = got_first("entries");
	CHECK_BYTES(json_text(json_get(first, "by")), "customer");
	CHECK_BYTES(json_text(json_get(first, "body")), "It burns");
	CHECK_INT(pages_api(&f, token, "GET",
		      "/tickets/1/entries?limit=200&after=2", NULL),
	    200);
	CHECK_INT(json_type(json_get(pages_json(&f), "after")), JSON_NULL);

	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"type\":\"change\",\"body\":\"x\"")),
	    422);
	CHECK_BYTES(got_error("field"), "type");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"text\":\"x\"")),
	    422);
	CHECK_BYTES(got_error("field"), "text");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/9/entries",
		      BODY("\"body\":\"x\"")),
	    404);
	printf("# something came since what the program has seen\n");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"x\",\"seen\":1")),
	    409);
	pages_teardown(&f);
}

static void
test_entries__long_ones_come_whole(void)
{
	struct buf body = BUF_INIT;
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	buf_text(
	    &body, "{\"subject\":\"Long\",\"email\":\"a@b.cd\",\"body\":\"");
	for (int i = 0; i < 20000; i++)
		buf_text(&body, "words ");
	buf_text(&body, "end\"}");
	CHECK_INT(
	    pages_api(&f, token, "POST", "/tickets", buf_string(&body)), 201);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1/entries", NULL), 200);
	CHECK_INT(json_text(json_get(got_first("entries"), "body")).len,
	    20000 * 6 + 3);
	for (int i = 0; i < 30000; i++)
		buf_text(&body, "words ");
	CHECK_INT(
	    pages_api(&f, token, "POST", "/tickets", buf_string(&body)), 413);
	buf_release(&body);
	pages_teardown(&f);
}

/* --- foreign tickets --- */

static void
test_agents__see_the_tickets_of_their_queues_only(void)
{
	static const char *const role[] = { "key", "billers", "label",
		"Billers", "rights", "billing:see", NULL };
	static const char *const agent[] = { "login", "bea", "name", "Bea",
		"email", "bea@example.com", "role", "billers", "active", "true",
		NULL };
	const char *all, *own;

	pages_setup(&f);
	desk_add(&f.desk, KIND_ROLE, role);
	desk_add(&f.desk, KIND_AGENT, agent);
	all = pages_token(&f, "read,write", NULL);
	own = pages_token(&f, "read,write", "bea");
	CHECK_INT(pages_api(&f, all, "POST", "/tickets", BODY(TICKET)), 201);
	CHECK_INT(pages_api(&f, all, "POST", "/tickets",
		      BODY(TICKET ",\"queue\":\"billing\"")),
	    201);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets", NULL), 200);
	CHECK_INT(got_count("tickets"), 1);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets?q=burns", NULL), 200);
	CHECK_INT(got_count("tickets"), 1);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets?q=%231", NULL), 200);
	CHECK_INT(got_count("tickets"), 0);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets/1", NULL), 404);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets/1/entries", NULL), 404);
	CHECK_INT(pages_api(&f, own, "PATCH", "/tickets/1",
		      BODY("\"subject\":\"x\"")),
	    404);
	CHECK_INT(pages_api(&f, own, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"x\"")),
	    404);
	CHECK_INT(pages_api(&f, own, "GET", "/tickets/2", NULL), 200);
	CHECK_INT(pages_api(&f, own, "PATCH", "/tickets/2",
		      BODY("\"owner\":\"ann\"")),
	    403);
	CHECK_INT(pages_api(&f, own, "POST", "/tickets/2/entries",
		      BODY("\"body\":\"x\"")),
	    403);
	CHECK_BYTES(got_error("code"), "denied");
	pages_teardown(&f);
}

/* --- imports --- */

#define OLD \
	"\"subject\":\"Old\",\"email\":\"eve@example.org\",\"name\":\"Eve\"," \
	"\"created\":\"2019-03-01T10:00:00.000Z\",\"status\":\"closed\"," \
	"\"tags\":[\"x\"],\"owner\":\"ann\",\"entries\":[" \
	"{\"type\":\"reply\",\"by\":\"customer\"," \
	"\"at\":\"2019-03-01T10:00:00.000Z\",\"body\":\"Help\"}," \
	"{\"type\":\"note\",\"agent\":\"ann\"," \
	"\"at\":\"2019-03-01T11:00:00Z\",\"body\":\"Hm\"}," \
	"{\"by\":\"agent\",\"agent\":\"ann\"," \
	"\"at\":\"2019-03-02T10:00:00Z\",\"body\":\"Done\"}]"

static void
test_imports__keep_times_and_authors(void)
{
	const struct json *entry;
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,import", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/imports/tickets",
		      BODY("\"number\":40," OLD)),
	    201);
	CHECK_INT(got_int("number"), 40);
	CHECK_BYTES(got("created"), "2019-03-01T10:00:00Z");
	CHECK_BYTES(got("updated"), "2019-03-02T10:00:00Z");
	CHECK_BYTES(got("closed_at"), "2019-03-02T10:00:00Z");
	CHECK_BYTES(got("status"), "closed");
	CHECK_BYTES(got("owner"), "ann");
	CHECK_INT(
	    pages_api(&f, token, "GET", "/tickets/40/entries", NULL), 200);
	CHECK_INT(got_count("entries"), 3);
	entry = json_next(got_first("entries"));
	CHECK_BYTES(json_text(json_get(entry, "type")), "note");
	CHECK_BYTES(json_text(json_get(entry, "by")), "agent");
	CHECK_BYTES(json_text(json_get(entry, "agent")), "ann");
	CHECK_BYTES(json_text(json_get(entry, "at")), "2019-03-01T11:00:00Z");
	printf("# a number is given once, and new ones go on behind it\n");
	CHECK_INT(pages_api(&f, token, "POST", "/imports/tickets",
		      BODY("\"number\":40," OLD)),
	    409);
	CHECK_BYTES(got_error("field"), "number");
	CHECK_INT(
	    pages_api(&f, token, "POST", "/imports/tickets", BODY(OLD)), 201);
	CHECK_INT(got_int("number"), 41);
	pages_teardown(&f);
}

static void
test_imports__of_many_tell_of_each(void)
{
	const struct json *item;
	const char *token;
	int64_t n = 0;

	pages_setup(&f);
	token = pages_token(&f, "read,import", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/imports/tickets",
		      "{\"tickets\":[{" OLD "},{\"subject\":\"x\","
		      "\"email\":\"a@b.cd\",\"entries\":[]},7,{" OLD "}]}"),
	    200);
	CHECK_INT(got_count("results"), 4);
	item = got_first("results");
	CHECK(json_int(json_get(item, "number"), &n) && n == 1);
	item = json_next(item);
	CHECK_BYTES(
	    json_text(json_get(json_get(item, "error"), "field")), "entries");
	item = json_next(item);
	CHECK(json_get(item, "error") != NULL);
	item = json_next(item);
	CHECK(json_int(json_get(item, "number"), &n) && n > 1);
	pages_teardown(&f);
}

static void
test_imports__say_what_is_wrong(void)
{
	static const struct {
		const char *entries, *field;
	} cases[] = {
		{ "[]", "entries" },
		{ "{}", "entries" },
		{ "[7]", "entries" },
		{ "[{\"body\":\"x\"}]", "at" },
		{ "[{\"at\":\"soon\",\"body\":\"x\"}]", "at" },
		{ "[{\"at\":\"2020-01-01\"}]", "body" },
		{ "[{\"at\":\"2020-01-01\",\"body\":\"x\",\"by\":\"me\"}]",
		    "by" },
		{ "[{\"at\":\"2020-01-01\",\"body\":\"x\",\"type\":\"event\"}]",
		    "type" },
		{ "[{\"at\":\"2020-01-01\",\"body\":\"x\",\"agent\":\"me\"}]",
		    "agent" },
	};
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "import", NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].entries);
		CHECK_INT(pages_api(&f, token, "POST", "/imports/tickets",
			      arena_printf(f.desk.arena,
				  "{\"subject\":\"x\",\"email\":\"a@b.cd\","
				  "\"entries\":%s}",
				  cases[i].entries)),
		    422);
		CHECK_BYTES(got_error("field"), cases[i].field);
	}
	pages_teardown(&f);
}

/* --- versions --- */

static void
test_versions__keep_two_programs_apart(void)
{
	char path[40];
	const char *token, *etag;
	const struct json *first;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets", BODY(TICKET)), 201);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1", NULL), 200);
	etag = pages_got_header(&f, "ETag");
	etag = arena_copy(f.desk.arena, etag, strlen(etag));
	CHECK(etag[0] == '"' && strlen(etag) > 2);
	pages_header(&f, "HTTP_IF_MATCH", etag);
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"subject\":\"Smoke\"")),
	    200);
	printf("# what was seen before is not what is there now\n");
	pages_header(&f, "HTTP_IF_MATCH", etag);
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"subject\":\"Mist\"")),
	    412);
	CHECK_BYTES(got_error("code"), "stale");
	pages_header(&f, "HTTP_IF_MATCH", "nonsense");
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"subject\":\"Mist\"")),
	    412);
	pages_header(&f, "HTTP_IF_MATCH", "*");
	CHECK_INT(pages_api(&f, token, "PATCH", "/tickets/1",
		      BODY("\"subject\":\"Haze\"")),
	    200);
	printf("# the other kinds alike\n");
	CHECK_INT(pages_api(&f, token, "GET", "/queues/billing", NULL), 200);
	etag = pages_got_header(&f, "ETag");
	etag = arena_copy(f.desk.arena, etag, strlen(etag));
	CHECK_INT(pages_api(&f, token, "PATCH", "/queues/billing",
		      BODY("\"label\":\"Bills\"")),
	    200);
	pages_header(&f, "HTTP_IF_MATCH", etag);
	CHECK_INT(pages_api(&f, token, "PATCH", "/queues/billing",
		      BODY("\"label\":\"Money\"")),
	    412);
	pages_header(&f, "HTTP_IF_MATCH", etag);
	CHECK_INT(pages_api(&f, token, "DELETE", "/queues/billing", NULL), 412);
	printf("# who deletes is told of the scripts that miss it\n");
	desk_script(&f.desk, "sorter",
	    "desk.on('ticket.routing', { name = 'all' }, function(event)\n"
	    "  return event:choose('billing', 'always')\nend)\n");
	CHECK_INT(pages_api(&f, token, "DELETE", "/queues/billing", NULL), 204);
	CHECK(strcmp(pages_got_header(&f, "Hookdesk-Scripts"), "sorter") == 0);
	printf("# who misspells a script is told of it\n");
	CHECK_INT(pages_api(&f, token, "POST", "/settings",
		      BODY("\"name\":\"script/sortr\",\"value\":{}")),
	    201);
	CHECK(strcmp(pages_got_header(&f, "Hookdesk-Warning"),
		  "There is no such script: did you mean \"sorter\"?") == 0);
	snprintf(path, sizeof path, "/settings/%lld", (long long)got_int("id"));
	CHECK_INT(
	    pages_api(&f, token, "PATCH", path, BODY("\"value\":{}")), 200);
	CHECK(
	    strstr(pages_got_header(&f, "Hookdesk-Warning"), "sorter") != NULL);
	printf("# too late an answer is told what came in between\n");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"Water\",\"seen\":1")),
	    409);
	CHECK_BYTES(got_error("code"), "stale");
	first = got_first("entries");
	CHECK_BYTES(json_text(json_get(first, "type")), "change");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"Water\",\"seen\":\"x\"")),
	    422);
	CHECK_BYTES(got_error("field"), "seen");
	pages_teardown(&f);
}

/* --- lists --- */

static void
test_lists__want_numbers_within_limits(void)
{
	static const struct {
		const char *path, *field;
	} cases[] = {
		{ "/tickets?limit=0", "limit" },
		{ "/tickets?limit=many", "limit" },
		{ "/tickets?limit=201", "limit" },
		{ "/queues?limit=501", "limit" },
		{ "/queues?after=x", "after" },
		{ "/tickets/1/entries?after=-1", "after" },
		{ "/tickets/1/entries?limit=", "limit" },
	};
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets", BODY(TICKET)), 201);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].path);
		CHECK_INT(
		    pages_api(&f, token, "GET", cases[i].path, NULL), 422);
		CHECK_BYTES(got_error("field"), cases[i].field);
	}
	pages_teardown(&f);
}

/* --- the description --- */

/* The description's operation of a route with one kind, or as it is. */
static const struct json *
described(const struct json *paths, const char *pattern, const char *kind,
    const char *method)
{
	const char *at = strstr(pattern, "{kind}");
	const char *path = at == NULL ?
	    pattern :
	    arena_printf(f.desk.arena, "%.*s%s%s", (int)(at - pattern), pattern,
		kind, at + strlen("{kind}"));

	return json_get(json_get(paths, path + strlen("/api/v1")), method);
}

static void
test_openapi__has_every_route_and_no_other(void)
{
	static const struct {
		unsigned method;
		const char *name;
	} methods[] = {
		{ ROUTE_GET, "get" },
		{ ROUTE_POST, "post" },
		{ ROUTE_PATCH, "patch" },
		{ ROUTE_PUT, "put" },
		{ ROUTE_DELETE, "delete" },
	};
	size_t routes = 0, kinds = 0, told = 0;
	const struct json *paths;

	pages_setup(&f);
	CHECK_INT(pages_api(&f, NULL, "GET", "/openapi.json", NULL), 200);
	paths = json_get(pages_json(&f), "paths");
	for (size_t i = 0; i < page_routes_count; i++)
		for (const struct route *r = page_routes[i]; r->pattern != NULL;
		     r++) {
			if (r->access != ACCESS_API)
				continue;
			for (size_t m = 0; m < 5; m++) {
				if (!(r->methods & methods[m].method))
					continue;
				printf(
				    "# %s %s\n", methods[m].name, r->pattern);
				CHECK(described(paths, r->pattern, "queues",
					  methods[m].name) != NULL);
				routes++;
			}
		}
	for (const struct json *p = json_first(paths); p != NULL;
	     p = json_next(p)) {
		kinds += strchr(json_name(p) + 1, '/') == NULL &&
		    json_get(p, "post") != NULL;
		told += json_count(p);
	}
	/* /tickets and /files are no kinds of the five calls alike; customers
	 * are not removed */
	kinds -= 2;
	CHECK(kinds >= 12);
	CHECK_INT(told, routes - 5 + kinds * 5 - 1);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_tokens__are_asked_for);
	RUN(test_tokens__do_what_their_rights_say);
	RUN(test_tokens__have_rights_that_there_are);
	RUN(test_tickets__are_made_shown_and_changed);
	RUN(test_tickets__have_own_fields_of_their_types);
	RUN(test_tickets__say_what_is_wrong_with_them);
	RUN(test_tickets__of_one_key_are_made_once);
	RUN(test_tickets__are_listed_by_filter_words_and_number);
	RUN(test_tickets__are_listed_page_by_page);
	RUN(test_entries__are_answers_and_notes);
	RUN(test_entries__long_ones_come_whole);
	RUN(test_agents__see_the_tickets_of_their_queues_only);
	RUN(test_imports__keep_times_and_authors);
	RUN(test_imports__of_many_tell_of_each);
	RUN(test_imports__say_what_is_wrong);
	RUN(test_versions__keep_two_programs_apart);
	RUN(test_lists__want_numbers_within_limits);
	RUN(test_openapi__has_every_route_and_no_other);
	return tap_done();
}
