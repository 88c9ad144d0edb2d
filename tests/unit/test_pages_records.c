/* tests/unit/test_pages_records.c - the API's other kinds and description. */
#include "config.h"
#include "tests/unit/pages_program.h"

static void
test_records__of_each_kind_are_added_changed_and_removed(void)
{
	static const struct {
		const char *kind, *add, *patch, *key;
		bool stays;
	} cases[] = {
		{ "customers", "\"email\":\"eve@example.org\",\"name\":\"E\"",
		    "\"vip\":true", "eve@example.org", true },
		{ "organisations",
		    "\"name\":\"Acme\",\"domains\":[\"acme.de\"]",
		    "\"tier\":\"gold\"", "acme.de", false },
		{ "agents",
		    "\"login\":\"cy\",\"name\":\"Cy\",\"email\":\"c@d.ef\","
		    "\"password\":\"long enough\"",
		    "\"active\":true", "cy", false },
		{ "roles", "\"key\":\"r\",\"label\":\"R\"",
		    "\"rights\":[\"*:see\"]", "r", false },
		{ "teams", "\"key\":\"t\",\"label\":\"T\"", "\"lead\":\"ann\"",
		    "t", false },
		{ "brands", "\"key\":\"b\",\"name\":\"B\"",
		    "\"color\":\"#123456\"", "b", false },
		{ "queues", "\"key\":\"q\",\"label\":\"Q\"",
		    "\"has_form\":true", "q", false },
		{ "calendars",
		    "\"key\":\"c\",\"name\":\"C\","
		    "\"monday\":[\"08:00-12:00\"]",
		    "\"holidays\":[\"12-25 Christmas Day\"]", "c", false },
		{ "canned", "\"title\":\"Hi\",\"body\":\"Hello\"",
		    "\"queue\":\"billing\"", NULL, false },
		{ "articles", "\"slug\":\"a\",\"title\":\"A\",\"body\":\"*a*\"",
		    "\"is_published\":true", "a", false },
		{ "settings", "\"name\":\"mail.verify\",\"value\":true",
		    "\"value\":false", "mail.verify", false },
		{ "fields", "\"key\":\"f\",\"label\":\"F\"",
		    "\"is_public\":true", "f", false },
		{ "tokens", "\"name\":\"n\",\"rights\":[\"read\"]",
		    "\"rights\":[]", NULL, false },
	};
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *list = arena_printf(f.desk.arena, "/%s", cases[i].kind);
		char *one;

		printf("# %s\n", cases[i].kind);
		CHECK_INT(pages_api(&f, token, "POST", list,
			      arena_printf(f.desk.arena, "{%s}", cases[i].add)),
		    201);
		one = arena_printf(
		    f.desk.arena, "%s/%lld", list, (long long)got_int("id"));
		CHECK_INT(pages_api(&f, token, "GET", one, NULL), 200);
		CHECK(json_get(pages_json(&f), "token") == NULL);
		CHECK(!pages_has(&f, "argon2"));
		CHECK_INT(
		    pages_api(&f, token, "PATCH", one,
			arena_printf(f.desk.arena, "{%s}", cases[i].patch)),
		    200);
		if (cases[i].key != NULL)
			CHECK_INT(pages_api(&f, token, "GET",
				      arena_printf(f.desk.arena, "%s/%s", list,
					  cases[i].key),
				      NULL),
			    200);
		CHECK_INT(pages_api(&f, token, "GET", list, NULL), 200);
		CHECK(got_count(cases[i].kind) > 0);
		CHECK_INT(pages_api(&f, token, "DELETE", one, NULL),
		    cases[i].stays ? 405 : 204);
		CHECK_INT(pages_api(&f, token, "GET", one, NULL),
		    cases[i].stays ? 200 : 404);
	}
	CHECK_INT(pages_api(&f, token, "GET", "/sessions", NULL), 404);
	CHECK_INT(pages_api(&f, token, "GET", "/jobs", NULL), 404);
	pages_teardown(&f);
}

static void
test_records__tokens_are_shown_once_and_work(void)
{
	const char *token, *made;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/tokens",
		      BODY("\"name\":\"n\",\"rights\":[\"read\"]")),
	    201);
	made = arena_printf(
	    f.desk.arena, "Bearer %.*s", BYTES_ARG(got("token")));
	CHECK_INT(pages_api(&f, made, "GET", "/tickets", NULL), 200);
	CHECK_INT(pages_api(&f, made, "GET", "/tokens", NULL), 403);
	pages_teardown(&f);
}

static void
test_records__the_mail_servers_password_is_kept_sealed(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/settings",
		      BODY("\"name\":\"mail.password\","
			   "\"value\":\"swordfish\"")),
	    201);
	CHECK(!pages_has(&f, "swordfish"));
	CHECK(bytes_start_with(got("value"), BYTES("sealed:")));
	CHECK_INT(pages_api(&f, token, "PATCH", "/settings/mail.password",
		      BODY("\"value\":\"swordfish2\"")),
	    200);
	CHECK(!pages_has(&f, "swordfish"));
	pages_teardown(&f);
}

static void
test_records__names_that_are_taken_are_refused(void)
{
	const char *token;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	CHECK_INT(pages_api(&f, token, "POST", "/queues",
		      BODY("\"key\":\"billing\",\"label\":\"Again\"")),
	    409);
	CHECK_BYTES(got_error("code"), "exists");
	CHECK_INT(pages_api(&f, token, "POST", "/queues",
		      BODY("\"key\":\"No Key\",\"label\":\"x\"")),
	    422);
	CHECK_BYTES(got_error("field"), "key");
	CHECK_INT(pages_api(&f, token, "POST", "/customers",
		      BODY("\"email\":\"a@b.cd\"")),
	    201);
	CHECK_INT(pages_api(&f, token, "POST", "/customers",
		      BODY("\"email\":\"A@B.CD\"")),
	    409);
	CHECK_INT(
	    pages_api(&f, token, "GET", "/customers/A%40B.cd", NULL), 200);
	CHECK_INT(pages_api(&f, token, "GET", "/customers?q=cd", NULL), 200);
	CHECK_INT(got_count("customers"), 1);
	CHECK_INT(pages_api(&f, token, "GET", "/queues?q=x", NULL), 422);
	pages_teardown(&f);
}

static void
test_records__are_listed_page_by_page(void)
{
	const char *token;
	int64_t after = 0;
	size_t count = 0;

	pages_setup(&f);
	token = pages_token(&f, "admin", NULL);
	for (int i = 0; i < 5; i++)
		CHECK_INT(pages_api(&f, token, "POST", "/customers",
			      arena_printf(f.desk.arena,
				  "{\"email\":\"c%d@example.org\"}", i)),
		    201);
	for (int i = 0; i < 4 && after >= 0; i++) {
		CHECK_INT(
		    pages_api(&f, token, "GET",
			arena_printf(f.desk.arena,
			    "/customers?limit=2&after=%lld", (long long)after),
			NULL),
		    200);
		count += got_count("customers");
		after = got_int("after"); /* -1 at the end */
	}
	CHECK_INT(count, 5);
	CHECK_INT(after, -1);
	pages_teardown(&f);
}

/* --- the description --- */

static void
test_openapi__names_every_path_and_field(void)
{
	const struct json *json, *paths, *schemas, *ticket;

	pages_setup(&f);
	CHECK_INT(pages_get(&f, "/api/v1/openapi.json"), 200);
	json = pages_json(&f);
	CHECK(json != NULL);
	paths = json_get(json, "paths");
	for (size_t i = 0; i < page_routes_count; i++) {
		const struct route *route = page_routes[i];

		for (; route->pattern != NULL; route++) {
			struct bytes path = bytes_of(route->pattern);

			if (!bytes_start_with(path, BYTES("/api/v1/")) ||
			    bytes_find(path, BYTES("{kind}")) != NULL ||
			    bytes_find(path, BYTES("openapi")) != NULL)
				continue;
			printf("# %s\n", route->pattern);
			CHECK(json_get(paths,
				  route->pattern + strlen("/api/v1")) != NULL);
		}
	}
	CHECK(json_get(json_get(paths, "/queues/{id}"), "patch") != NULL);
	CHECK(json_get(json_get(paths, "/customers/{id}"), "delete") == NULL);
	schemas = json_get(json_get(json, "components"), "schemas");
	ticket = json_get(json_get(schemas, "ticket"), "properties");
	for (size_t i = 0; i < kind_get(KIND_TICKET)->field_count; i++) {
		const struct field *field = &kind_get(KIND_TICKET)->fields[i];

		CHECK((json_get(ticket, field->name) != NULL) ==
		    (field->see < SEE_NOBODY));
	}
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_records__of_each_kind_are_added_changed_and_removed);
	RUN(test_records__tokens_are_shown_once_and_work);
	RUN(test_records__the_mail_servers_password_is_kept_sealed);
	RUN(test_records__names_that_are_taken_are_refused);
	RUN(test_records__are_listed_page_by_page);
	RUN(test_openapi__names_every_path_and_field);
	return tap_done();
}
