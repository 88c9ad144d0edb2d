/* tests/unit/test_pages_own.c - custom fields on the pages of agents, and what
 * customers read of theirs. */
#include "config.h"
#include "core/model/own.h"
#include "core/model/ticket.h"
#include "core/web/translate.h"
#include "tests/unit/pages_agent.h"
#include "tests/unit/pages_visitor.h"

/* A field, with up to one more value; its id. */
static uint64_t
add_field(const char *key, const char *label, const char *type,
    const char *name, const char *value)
{
	return desk_add(&f.desk, KIND_FIELD,
	    (const char *const[]){
		"key", key, "label", label, "type", type, name, value, NULL });
}

/* What a record has of a custom field; lives with the desk's arena. */
static const char *
kept(enum kind_id kind, uint64_t id, uint64_t field)
{
	struct site_read read;
	struct record record;
	struct bytes value;
	const char *copy;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, kind, id, &record));
	value = map_get(
	    record_text(&record, kind_slot(record.kind, BYTES("fields"))),
	    field);
	copy = value.len == 0 ? "" :
				arena_copy(f.desk.arena, value.at, value.len);
	site_read_end(&read);
	return copy;
}

static int64_t
last_entry(void)
{
	return desk_field(&f.desk, 1, TICKET_LAST_ENTRY);
}

static const char *
begin(void)
{
	pages_setup(&f);
	desk_submit(&f.desk, "bob@example.org", "Printer", "It burns.");
	return pages_cookie(&f, ANN);
}

static void
test_ticket__shows_and_sets_them(void)
{
	const char *cookie = begin();
	uint64_t order = add_field("order", "Order number", "text", NULL, NULL);
	int64_t before;

	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f,
	    "<label class=\"prop-label\" for=\"f-fields.order\">"
	    "Order number</label>"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
		      "key=a&tags=&fields.order=A-17"),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, order), "A-17") == 0);
	before = last_entry();
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "name=\"fields.order\" value=\"A-17\""));
	printf("# all that changes at once is one entry\n");
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
		      "key=b&tags=&fields.order=A-18&priority=high"),
	    303);
	CHECK_INT(last_entry(), before + 1);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "Order number: <s class=\"event-from\">A-17</s>"));
	CHECK(pages_has(&f, "<span class=\"event-to\">A-18</span>"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/undo",
		      arena_printf(f.desk.arena, "key=c&entry=%lld",
			  (long long)last_entry())),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, order), "A-17") == 0);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_PRIORITY), PRIORITY_NORMAL);
	printf("# emptied, it is gone\n");
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK_INT(
	    pages_post_as(&f, cookie, "/agent/t/1/set", "key=d&fields.order="),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, order), "") == 0);
	pages_teardown(&f);
}

/* What each type is typed into, what it becomes, and how entries tell it. */
#define OWN "fields.own="
static void
test_ticket__sets_each_type(void)
{
	static const struct {
		const char *type, *words, *input, *typed, *kept, *told;
	} cases[] = {
		{ "integer", NULL, "type=\"number\"", OWN "017", "17", "17<" },
		{ "number", NULL, "step=\"any\"", OWN "2500.5", "2500.5",
		    "2.500,5<" },
		{ "boolean", NULL, "type=\"checkbox\"", OWN "&" OWN "1", "true",
		    "Ja<" },
		{ "date", NULL, "type=\"date\"", OWN "2026-02-03", "2026-02-03",
		    "3. Feb. 2026<" },
		{ "time", NULL, "type=\"datetime-local\"",
		    OWN "2026-02-03T10:20", "2026-02-03T09:20:00Z",
		    "3. Februar 2026 um 10:20<" },
		{ "choice", "a,b", "<select", OWN "b", "b", "b<" },
		{ "choices", "a,b,c", "type=\"checkbox\"",
		    OWN "&" OWN "c&" OWN "a", "c\na", "c, a<" },
		{ "long_text", NULL, "<textarea", OWN "x%0D%0Ay", "x\ny",
		    "x\ny<" },
		{ "email", NULL, "type=\"email\"", OWN "A%40B.example",
		    "a@b.example", "a@b.example<" },
		{ "url", NULL, "type=\"url\"", OWN "https://b.example/?a",
		    "https://b.example/?a", "https://b.example/?a<" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *cookie = begin();
		uint64_t own = add_field("own", "Own", cases[i].type,
		    cases[i].words != NULL ? "words" : NULL, cases[i].words);
		int64_t entry;

		printf("# %s\n", cases[i].type);
		desk_add(&f.desk, KIND_SETTING,
		    (const char *const[]){ "name", "site.zone", "value",
			"\"Europe/Berlin\"", NULL });
		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK(pages_has(&f, cases[i].input));
		CHECK_INT(
		    pages_post_as(&f, cookie, "/agent/t/1/set",
			arena_printf(f.desk.arena, "key=a&%s", cases[i].typed)),
		    303);
		CHECK(strcmp(kept(KIND_TICKET, 1, own), cases[i].kept) == 0);
		entry = last_entry();
		pages_header(&f, "HTTP_ACCEPT_LANGUAGE", "de");
		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK(pages_has(&f,
		    arena_printf(
			f.desk.arena, "event-to\">%s", cases[i].told)));
		printf("# sent as it was shown, it changes nothing\n");
		CHECK_INT(
		    pages_post_as(&f, cookie, "/agent/t/1/set",
			arena_printf(f.desk.arena, "key=b&%s", cases[i].typed)),
		    303);
		CHECK_INT(last_entry(), entry);
		pages_teardown(&f);
	}
}

/* What is wrong is said beside the field, and all that was typed stays. */
static void
test_ticket__keeps_what_was_typed(void)
{
	const char *cookie = begin();
	uint64_t size = add_field("size", "Size", "integer", "max", "9");
	uint64_t name = add_field("name", "Name", "text", NULL, NULL);

	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
		      "key=a&owner=ann&status=pending&priority=high&tags=new"
		      "&fields.size=10&fields.name=Bob"),
	    422);
	CHECK(pages_has(&f, "<p class=\"error\" id=\"e-fields.size\">"));
	CHECK(pages_has(&f, "value=\"10\" max=\"9\""));
	CHECK(pages_has(&f, "name=\"fields.name\" value=\"Bob\""));
	CHECK(pages_has(&f, "name=\"tags\" value=\"new\""));
	CHECK(pages_has(&f, "<option value=\"ann\" selected>"));
	CHECK(pages_has(&f, "<option value=\"pending\" selected>"));
	CHECK(pages_has(&f, "<option value=\"high\" selected>"));
	CHECK_INT(desk_field(&f.desk, 1, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_field(&f.desk, 1, TICKET_OWNER), 0);
	CHECK(strcmp(kept(KIND_TICKET, 1, name), "") == 0);
	printf("# an input that takes only numbers would hide a word\n");
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/t/1/set", "key=a&fields.size=ten"),
	    422);
	CHECK(pages_has(&f, "name=\"fields.size\" value=\"ten\" aria-invalid"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
		      "key=a&tags=new&fields.size=9&fields.name=Bob"),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, size), "9") == 0);
	pages_teardown(&f);
}

/* A field that has changed since leaves what was kept alone. */
static void
test_ticket__leaves_what_no_longer_fits(void)
{
	static const struct {
		const char *typed, *words, *shown, *sent;
	} cases[] = {
		{ "choice", "a,b", "<option value=\"old\" selected>", "old" },
		{ "choices", "a,b", "value=\"old\" checked", "old" },
		{ "integer", NULL, "name=\"fields.own\" value=\"old\"", "old" },
		{ "boolean", NULL, "name=\"fields.own\" value=\"old\"", "old" },
		{ "date", NULL, "name=\"fields.own\" value=\"old\"", "old" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *cookie = begin();
		uint64_t own = add_field("own", "Own", "text", NULL, NULL);
		struct act_input input;
		int64_t entry;

		printf("# %s\n", cases[i].typed);
		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK_INT(pages_post_as(
			      &f, cookie, "/agent/t/1/set", "key=a&" OWN "old"),
		    303);
		entry = last_entry();
		act_input_init(&input, VERB_RECORD_UPDATE, KIND_FIELD);
		input.actor = actor_system();
		input.subject = own;
		desk_set(&f.desk, &input, "type", cases[i].typed);
		if (cases[i].words != NULL)
			desk_set(&f.desk, &input, "words", cases[i].words);
		MUST(desk_do(&f.desk, &input));
		CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
		CHECK(pages_has(&f, cases[i].shown));
		CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
			      "key=b&" OWN "&" OWN "old"),
		    303);
		CHECK_INT(last_entry(), entry);
		CHECK(strcmp(kept(KIND_TICKET, 1, own), "old") == 0);
		pages_teardown(&f);
	}
}

static void
test_ticket__shows_other_queues_fields_with_a_value(void)
{
	const char *cookie = begin();
	uint64_t own = add_field("own", "Own", "text", "queue", "billing");

	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(!pages_has(&f, "fields.own"));
	CHECK_INT(
	    pages_post_as(&f, cookie, "/agent/t/1/set", "key=a&" OWN "early"),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, own), "") == 0);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK_INT(
	    pages_post_as(&f, cookie, "/agent/t/1/set", "key=b&queue=billing"),
	    303);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "fields.own"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/t/1/set",
		      "key=c&queue=general&" OWN "17"),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 1, own), "17") == 0);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "name=\"fields.own\" value=\"17\""));
	pages_teardown(&f);
}

/* Who may only read sees what there is, and cannot set it. */
static void
test_ticket__is_set_by_who_may(void)
{
	const char *ann = begin(), *eve;
	uint64_t own = add_field("own", "Own", "url", NULL, NULL);

	desk_add(&f.desk, KIND_ROLE,
	    (const char *const[]){
		"key", "reader", "label", "Reader", "rights", "*:see", NULL });
	eve = pages_cookie(&f,
	    desk_add(&f.desk, KIND_AGENT,
		(const char *const[]){ "login", "eve", "name", "Eve", "email",
		    "eve@example.com", "active", "yes", "role", "reader",
		    NULL }));
	CHECK_INT(pages_get_as(&f, eve, "/agent/t/1"), 200);
	CHECK(!pages_has(&f, "Own"));
	CHECK_INT(pages_get_as(&f, ann, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(&f, ann, "/agent/t/1/set",
		      "key=a&" OWN "https://b.example/"),
	    303);
	CHECK_INT(pages_get_as(&f, eve, "/agent/t/1"), 200);
	CHECK(!pages_has(&f, "fields.own"));
	CHECK(pages_has(&f, "<dt>Own</dt>"));
	CHECK(pages_has(&f, "<a href=\"https://b.example/\" rel="));
	CHECK_INT(pages_post_as(&f, eve, "/agent/t/1/set",
		      "key=b&" OWN "https://eve.example/"),
	    403);
	CHECK(strcmp(kept(KIND_TICKET, 1, own), "https://b.example/") == 0);
	pages_teardown(&f);
}

static void
test_customer__has_them_on_the_card(void)
{
	const char *cookie = begin();
	uint64_t own = add_field(
	    "own", "Contract", "integer", "of", "customer");

	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "for=\"f-fields.own\">Contract</label>"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/customer/1/note",
		      "key=a&ticket=1&back=/agent/t/1&note=Nice&" OWN "x"),
	    422);
	CHECK(pages_has(&f, "id=\"e-fields.own\""));
	CHECK(pages_has(&f, "name=\"fields.own\" value=\"x\""));
	CHECK(pages_has(&f, "\nNice</textarea>"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/customer/1/note",
		      "key=a&ticket=1&back=/agent/t/1&note=Nice&" OWN "17"),
	    303);
	CHECK(strcmp(kept(KIND_CUSTOMER, 1, own), "17") == 0);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK(pages_has(&f, "type=\"number\" value=\"17\""));
	CHECK(pages_has(&f, "\nNice</textarea>"));
	printf("# a form that has only the note leaves them\n");
	CHECK_INT(pages_post_as(&f, cookie, "/agent/customer/1/note",
		      "key=b&ticket=1&back=/agent/t/1&note=Kind"),
	    303);
	CHECK(strcmp(kept(KIND_CUSTOMER, 1, own), "17") == 0);
	pages_teardown(&f);
}

static void
test_new__asks_for_the_queues_fields(void)
{
#define NEW "key=k&from=customer&email=b%40x.example&subject=S&body=B"
	const char *cookie = begin();
	uint64_t order = desk_add(&f.desk, KIND_FIELD,
	    (const char *const[]){ "key", "order", "label", "Order", "queue",
		"billing", "is_required", "true", NULL });

	CHECK_INT(pages_get_as(&f, cookie, "/agent/new"), 200);
	CHECK(!pages_has(&f, "fields.order"));
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/new", NEW "&queue=billing&again=1"),
	    200);
	CHECK(pages_has(&f, "fields.order"));
	CHECK(pages_has(&f, "value=\"b@x.example\""));
	CHECK_INT(
	    pages_post_as(&f, cookie, "/agent/new", NEW "&queue=billing"), 422);
	CHECK(pages_has(&f, "Please fill in: Order"));
	CHECK(pages_has(&f, "id=\"e-fields.order\""));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      NEW "&queue=billing&fields.order=A-1"),
	    303);
	CHECK(strcmp(kept(KIND_TICKET, 2, order), "A-1") == 0);
	pages_teardown(&f);
}

/* Nobody learns of a queue that he may not know. */
static void
test_new__asks_nothing_of_hidden_queues(void)
{
	const char *ann = begin(), *eve;

	desk_add(&f.desk, KIND_QUEUE,
	    (const char *const[]){ "key", "board", "label", "The board",
		"is_private", "true", NULL });
	add_field("salary", "Salary", "integer", "queue", "board");
	desk_add(&f.desk, KIND_ROLE,
	    (const char *const[]){ "key", "money", "label", "Money", "rights",
		"billing:all,general:all", NULL });
	eve = pages_cookie(&f,
	    desk_add(&f.desk, KIND_AGENT,
		(const char *const[]){ "login", "eve", "name", "Eve", "email",
		    "eve@example.com", "active", "yes", "role", "money",
		    NULL }));
	CHECK_INT(pages_get_as(&f, ann, "/agent/new?queue=board"), 200);
	CHECK(pages_has(&f, "Salary"));
	CHECK_INT(pages_get_as(&f, eve, "/agent/new?queue=board"), 200);
	CHECK(!pages_has(&f, "Salary"));
	CHECK_INT(pages_get_as(&f, eve, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(&f, eve, "/agent/t/1/set",
		      "key=a&tags=&queue=board&status=pending"),
	    422);
	CHECK(!pages_has(&f, "The board"));
	CHECK(pages_has(&f, "<option value=\"general\" selected>"));
	CHECK(pages_has(&f, "<option value=\"pending\" selected>"));
	pages_teardown(&f);
}

/* The customer's own page says what was answered, and nothing internal. */
static void
test_private_page__says_what_was_answered(void)
{
	struct shown shown;
	const char *path, *cookie;

	pages_setup(&f);
	cookie = pages_cookie(&f, ANN);
	desk_add(&f.desk, KIND_FIELD,
	    (const char *const[]){ "key", "order", "label", "Order number",
		"is_public", "true", NULL });
	desk_add(&f.desk, KIND_FIELD,
	    (const char *const[]){ "key", "gift", "label", "A gift", "type",
		"boolean", "is_public", "true", NULL });
	add_field("grade", "Grade", "text", NULL, NULL);
	shown = open_form("/new");
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "&order=A-17")), 303);
	path = ticket_path();
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/t/1/set", "key=a&fields.grade=bad"),
	    303);
	pages_header(&f, "HTTP_ACCEPT_LANGUAGE", "de");
	CHECK_INT(pages_get(&f, path), 200);
	CHECK(pages_has(&f, "<dt>Order number</dt>"));
	CHECK(pages_has(&f, ">A-17</dd>"));
	CHECK(pages_has(&f, ">Nein</dd>"));
	CHECK(!pages_has(&f, "Grade"));
	pages_teardown(&f);
}

int
main(void)
{
	MUST(translate_start(path_get(PATH_LOCALEDIR)));
	RUN(test_ticket__shows_and_sets_them);
	RUN(test_ticket__sets_each_type);
	RUN(test_ticket__keeps_what_was_typed);
	RUN(test_ticket__leaves_what_no_longer_fits);
	RUN(test_ticket__shows_other_queues_fields_with_a_value);
	RUN(test_ticket__is_set_by_who_may);
	RUN(test_customer__has_them_on_the_card);
	RUN(test_new__asks_for_the_queues_fields);
	RUN(test_new__asks_nothing_of_hidden_queues);
	RUN(test_private_page__says_what_was_answered);
	return tap_done();
}
