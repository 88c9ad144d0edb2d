/* tests/unit/test_pages_customer.c - what customers do, from form to rating. */
#include "config.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "core/web/translate.h"
#include "tests/tap.h"
#include "core/store/store_private.h"
#include "core/web/page.h"
#include "tests/unit/pages_visitor.h"

static void
test_form__makes_a_ticket_with_a_private_page(void)
{
	const char *path;

	pages_setup(&f);
	path = ask();
	CHECK_INT(strlen(path), 3 + TOKEN_TEXT_SIZE - 1);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK(pages_has(&f, "Fire"));
	CHECK(pages_has(&f, "It burns"));
	CHECK(pages_has(&f, "bob@example.org") == false);
	CHECK_INT(count_tickets(), 1);
	pages_teardown(&f);
}

static void
test_form__sent_twice_makes_one_ticket(void)
{
	static const char *const order[] = { "key", "order", "label", "Order",
		"is_public", "true", NULL };
	struct shown shown;
	const char *first, *second, *third;

	pages_setup(&f);
	shown = open_form("/new");
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 303);
	first = ticket_path();
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 303);
	second = ticket_path();
	CHECK(strcmp(first, second) == 0);
	CHECK_INT(count_tickets(), 1);
	printf("# changed after going back: another question\n");
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "+brightly")), 303);
	third = ticket_path();
	CHECK(strcmp(first, third) != 0);
	CHECK_INT(count_tickets(), 2);
	printf("# of a field of the site's own, too\n");
	desk_add(&f.desk, KIND_FIELD, order);
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "&order=1")), 303);
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "&order=1")), 303);
	CHECK_INT(count_tickets(), 3);
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "&order=2")), 303);
	CHECK_INT(count_tickets(), 4);
	pages_teardown(&f);
}

static void
test_form__says_what_is_wrong_and_keeps_what_was_typed(void)
{
	static const struct {
		const char *what, *fields, *sees;
	} cases[] = {
		{ "no address", "email=nobody&subject=Fire&body=It+burns",
		    "id=\"e-email\"" },
		{ "no subject", "email=b%40example.org&body=It+burns",
		    "id=\"e-subject\"" },
		{ "no words", "email=b%40example.org&subject=Fire&body=+",
		    "id=\"e-body\"" },
		{ "nothing at all", "name=Bob", "id=\"e-email\"" },
		{ "a list that names its fields", "name=Bob",
		    ">Please fill in: Your e-mail address</a>" },
	};

	pages_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct shown shown = open_form("/new/billing");

		printf("# %s\n", cases[i].what);
		CHECK_INT(pages_post(&f, "/new/billing",
			      fields_of(&shown, cases[i].fields)),
		    422);
		CHECK(pages_has(&f, cases[i].sees));
		CHECK(pages_has(&f, "class=\"notice notice-bad"));
		CHECK(strcmp(pages_input(&f, "key"), shown.key) == 0);
		clock_advance(&f.desk.clock, CLOCK_HOUR_US);
	}
	printf("# a wrong address is told to whoever is too quick as well\n");
	CHECK_INT(pages_post(&f, "/new",
		      "email=x&subject=A+%26+%3Cb%3E&body=%3C%2Ftextarea%3E"),
	    422);
	CHECK(pages_has(&f, "id=\"e-email\""));
	CHECK(pages_has(&f, "value=\"A &amp; &lt;b&gt;\""));
	CHECK(pages_has(&f, "&lt;/textarea&gt;"));
	CHECK_INT(count_tickets(), 0);
	pages_teardown(&f);
}

static void
test_form__asks_again_whoever_may_be_a_robot(void)
{
	struct shown shown;
	const char *fast;

	pages_setup(&f);
	CHECK_INT(pages_get(&f, "/new"), 200);
	shown = (struct shown){ pages_input(&f, "key"),
		pages_input(&f, "stamp") };
	printf("# faster than anybody types\n");
	fast = fields_of(&shown, ASK);
	CHECK_INT(pages_post(&f, "/new", fast), 422);
	CHECK(strcmp(pages_input(&f, "stamp"), shown.stamp) == 0);
	clock_advance(&f.desk.clock, 5 * CLOCK_SECOND_US);
	CHECK_INT(pages_post(&f, "/new", fast), 303);

	printf("# the field that nobody sees\n");
	shown = open_form("/new");
	CHECK_INT(
	    pages_post(&f, "/new", fields_of(&shown, ASK "&website=buy")), 422);
	CHECK(!pages_has(&f, "value=\"buy\""));

	printf("# without a stamp, with a made-up one, with an old one\n");
	CHECK_INT(pages_post(&f, "/new", ASK), 422);
	CHECK_INT(pages_post(&f, "/new",
		      ASK "&stamp=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
	    422);
	clock_advance(&f.desk.clock, 2 * CLOCK_DAY_US);
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 422);
	CHECK(strcmp(pages_input(&f, "stamp"), shown.stamp) != 0);
	CHECK_INT(count_tickets(), 1);
	pages_teardown(&f);
}

static void
test_form__is_filled_in_by_its_address(void)
{
	pages_setup(&f);
	CHECK_INT(
	    pages_get(&f, "/new?subject=Order+%3C17%3E&email=a%40b.c"), 200);
	CHECK(pages_has(&f, "value=\"Order &lt;17&gt;\""));
	CHECK(pages_has(&f, "value=\"a@b.c\""));
	CHECK_INT(pages_get(&f, "/new/nosuch"), 404);
	CHECK_INT(pages_post(&f, "/new/nosuch", ASK), 404);
	pages_teardown(&f);
}

static void
test_form__keeps_the_sites_own_fields(void)
{
	static const char *const order[] = { "key", "order", "label", "Order",
		"is_public", "true", "is_required", "true", NULL };
	static const char *const size[] = { "key", "size", "label", "Size",
		"is_public", "true", "words", "small,large", NULL };
	static const char *const secret[] = { "key", "secret", "label",
		"Secret", NULL };
	struct site_read read;
	struct record ticket;
	struct shown shown;
	uint64_t number, id;

	pages_setup(&f);
	id = desk_add(&f.desk, KIND_FIELD, order);
	desk_add(&f.desk, KIND_FIELD, size);
	number = desk_add(&f.desk, KIND_FIELD, secret);
	shown = open_form("/new");
	CHECK(pages_has(&f, "name=\"order\""));
	CHECK(!pages_has(&f, "name=\"secret\""));
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 422);
	CHECK(pages_has(&f, "id=\"e-order\""));
	CHECK(pages_has(&f, "Please fill in: Order</"));
	CHECK_INT(pages_post(
		      &f, "/new", fields_of(&shown, ASK "&order=17&size=huge")),
	    422);
	CHECK(pages_has(&f, "id=\"e-size\""));
	CHECK_INT(pages_post(&f, "/new",
		      fields_of(&shown, ASK "&order=17&size=large&secret=x")),
	    303);
	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, 1, &ticket));
	CHECK_BYTES(map_get(record_text(&ticket, TICKET_FIELDS), id), "17");
	CHECK_INT(map_get(record_text(&ticket, TICKET_FIELDS), number).len, 0);
	site_read_end(&read);
	pages_teardown(&f);
}

/* What each type is in the browser, and what comes of it. */
static void
test_form__asks_by_type(void)
{
	static const struct {
		const char *type, *words, *input, *typed, *kept;
	} cases[] = {
		{ "integer", NULL, "type=\"number\" value=\"\" min=\"1\"", "0",
		    NULL },
		{ "integer", NULL, "step=\"1\"", "07", "7" },
		{ "number", NULL, "step=\"any\"", "2.50", "2.5" },
		{ "date", NULL, "type=\"date\"", "2026-02-30", NULL },
		{ "time", NULL, "type=\"datetime-local\"", "2026-02-03T10:20",
		    "2026-02-03T10:20:00Z" },
		{ "boolean", NULL, "type=\"checkbox\"", "1", "true" },
		{ "boolean", NULL, "type=\"checkbox\"", "", "false" },
		{ "choices", "a,b,c", "type=\"checkbox\"", "b&own=c", "b\nc" },
		{ "choice", "a,b", "<option value=\"b\">", "b", "b" },
		{ "long_text", NULL, "<textarea", "x%0Ay", "x\ny" },
		{ "email", NULL, "type=\"email\"", "nobody", NULL },
		{ "url", NULL, "type=\"url\"", "x.test", NULL },
	};
	struct site_read read;
	struct record ticket;
	struct shown shown;
	char typed[200];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const bool has_min = i == 0;
		const char *const values[] = { "key", "own", "label", "Own",
			"is_public", "true", "type", cases[i].type,
			has_min                    ? "min" :
			    cases[i].words != NULL ? "words" :
						     NULL,
			has_min ? "1" : cases[i].words, NULL };
		uint64_t id;

		printf("# %s: %s\n", cases[i].type, cases[i].typed);
		pages_setup(&f);
		id = desk_add(&f.desk, KIND_FIELD, values);
		shown = open_form("/new");
		CHECK(pages_has(&f, cases[i].input));
		snprintf(typed, sizeof typed, "%s&own=%s", ASK, cases[i].typed);
		CHECK_INT(pages_post(&f, "/new", fields_of(&shown, typed)),
		    cases[i].kept != NULL ? 303 : 422);
		if (cases[i].kept == NULL) {
			CHECK(pages_has(&f, "id=\"e-own\""));
			pages_teardown(&f);
			continue;
		}
		MUST(site_read_begin(f.desk.site, &read));
		MUST(record_find(read.snapshot, KIND_TICKET, 1, &ticket));
		CHECK_BYTES(map_get(record_text(&ticket, TICKET_FIELDS), id),
		    cases[i].kept);
		site_read_end(&read);
		pages_teardown(&f);
	}
}

static void
test_form__refuses_floods_and_keeps_the_words(void)
{
	struct shown shown;
	int status = 0;

	pages_setup(&f);
	shown = open_form("/new");
	for (int i = 0; i < 50 && status != 429; i++)
		status = pages_post(&f, "/new", fields_of(&shown, ASK));
	CHECK_INT(status, 429);
	CHECK(pages_has(&f, "It burns"));
	CHECK(atoi(pages_got_header(&f, "Retry-After")) > 0);
	printf("# somebody else is not concerned\n");
	f.client = "192.0.2.2";
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 303);
	pages_teardown(&f);
}

/* --- the private page --- */

static void
test_ticket__shows_what_is_public_only(void)
{
	struct act_input note;
	const char *path;

	pages_setup(&f);
	path = ask();
	act_input_init(&note, VERB_NOTE_ADD, KIND_TICKET);
	note.actor = actor_agent(1);
	note.subject = 1;
	note.body = BYTES("he is lying");
	MUST(desk_do(&f.desk, &note));
	MUST(desk_reply(&f.desk, actor_agent(1), 1, "Use water"));
	CHECK_INT(pages_get(&f, path), 200);
	CHECK(pages_has(&f, "Use water"));
	CHECK(pages_has(&f, "Ann Lee"));
	CHECK(!pages_has(&f, "lying"));
	pages_teardown(&f);
}

static void
test_ticket__is_not_found_by_any_other_link(void)
{
	char wrong[TOKEN_TEXT_SIZE + 8];
	struct act_input input;
	const char *path;

	pages_setup(&f);
	path = ask();
	for (size_t i = 3; i < strlen(path); i++) {
		snprintf(wrong, sizeof wrong, "%s", path);
		wrong[i] = wrong[i] == 'B' ? 'C' : 'B';
		CHECK_INT(pages_get(&f, wrong), 404);
	}
	CHECK_INT(pages_get(&f, "/t/short"), 404);
	snprintf(wrong, sizeof wrong, "%s/reply", "/t/short");
	CHECK_INT(pages_post(&f, wrong, "body=Hello"), 404);
	printf("# nor by its own, once it is revoked\n");
	act_input_init(&input, VERB_TICKET_LINKS_REVOKE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = 1;
	MUST(desk_do(&f.desk, &input));
	CHECK_INT(pages_get(&f, path), 404);
	pages_teardown(&f);
}

static const char *
below(const char *path, const char *what)
{
	return arena_printf(f.desk.arena, "%s/%s", path, what);
}

static struct record
ticket_now(struct site_read *read)
{
	struct record ticket;

	MUST(site_read_begin(f.desk.site, read));
	MUST(record_find(read->snapshot, KIND_TICKET, 1, &ticket));
	return ticket;
}

static void
test_ticket__is_answered_closed_reopened_and_rated(void)
{
	struct site_read read;
	struct record ticket;
	const char *path;

	pages_setup(&f);
	path = ask();
	MUST(desk_reply(&f.desk, actor_agent(1), 1, "Use water"));
	CHECK_INT(pages_post(&f, below(path, "reply"), "body=It+helped"), 303);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK(pages_has(&f, "It helped"));
	ticket = ticket_now(&read);
	CHECK_INT(record_int(&ticket, TICKET_STATUS), STATUS_OPEN);
	CHECK_INT(record_int(&ticket, TICKET_CUSTOMER_REPLIES), 2);
	site_read_end(&read);

	CHECK_INT(pages_post(&f, below(path, "reply"), "body=++"), 422);
	CHECK(pages_has(&f, "id=\"e-body\""));

	CHECK_INT(pages_post(&f, below(path, "close"), "key=abc"), 303);
	ticket = ticket_now(&read);
	CHECK_INT(record_int(&ticket, TICKET_STATUS), STATUS_CLOSED);
	site_read_end(&read);

	CHECK_INT(pages_post(&f, below(path, "reopen"), "key=abd"), 303);
	ticket = ticket_now(&read);
	CHECK_INT(record_int(&ticket, TICKET_STATUS), STATUS_OPEN);
	site_read_end(&read);

	clock_advance(&f.desk.clock, CLOCK_HOUR_US);
	CHECK_INT(pages_post(&f, below(path, "close"), "key=abe"), 303);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK(pages_has(&f, "id=\"rate\""));
	CHECK_INT(pages_get(&f, below(path, "rate")), 405);
	CHECK_INT(
	    pages_get(&f, arena_printf(f.desk.arena, "%s?score=2", path)), 200);
	ticket = ticket_now(&read);
	CHECK_INT(record_int(&ticket, TICKET_RATING), 0);
	site_read_end(&read);
	CHECK_INT(
	    pages_post(&f, below(path, "rate"), "score=9&comment=Hm"), 422);
	CHECK(pages_has(&f, "Hm</textarea>"));
	CHECK_INT(
	    pages_post(&f, below(path, "rate"), "score=5&comment=Warm%21"),
	    303);
	ticket = ticket_now(&read);
	CHECK_INT(record_int(&ticket, TICKET_RATING), 5);
	CHECK_BYTES(record_text(&ticket, TICKET_RATING_COMMENT), "Warm!");
	site_read_end(&read);
	pages_teardown(&f);
}

static void
test_ticket__takes_no_posts_from_other_sites(void)
{
	const char *path;

	pages_setup(&f);
	path = ask();
	pages_header(&f, "CONTENT_TYPE", "application/x-www-form-urlencoded");
	pages_header(&f, "HTTP_ORIGIN", "https://evil.example");
	CHECK_INT(
	    pages_send(&f, "POST", below(path, "close"), BYTES("key=abc")),
	    403);
	pages_teardown(&f);
}

/* --- templates and what they are given --- */

/* What was logged in <fd> about names that no page gives, in the arena. */
static const char *
missing_names(int fd)
{
	struct buf all = buf_in(f.desk.arena);
	char part[4096];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, part, sizeof part)) > 0)
		buf_add(&all, part, (size_t)n);
	return bytes_find(buf_get(&all), BYTES("event=template.missing")) !=
		NULL ?
	    buf_string(&all) :
	    "";
}

static void
test_templates__are_given_every_name_they_have(void)
{
	static const char *const article[] = { "slug", "a", "title", "A",
		"body", "*a*", "is_published", "true", NULL };
	static const char *const order[] = { "key", "order", "label", "Order",
		"is_public", "true", NULL };
	char name[] = "/tmp/hookdesk-log-XXXXXX", www[PATH_MAX + 64];
	int fd = mkstemp(name);
	const char *path, *none;

	CHECK(fd >= 0);
	unlink(name);
	pages_setup(&f);
	desk_add(&f.desk, KIND_ARTICLE, article);
	desk_add(&f.desk, KIND_FIELD, order);
	path = ask();
	MUST(desk_reply(&f.desk, actor_agent(1), 1, "Use water"));
	log_set_fd(fd);
	log_set_level(LOG_DEBUG);
	CHECK_INT(pages_get(&f, "/"), 200);
	CHECK_INT(pages_get(&f, "/new/billing"), 200);
	CHECK_INT(pages_post(&f, "/new", "email=x"), 422);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK_INT(pages_post(&f, below(path, "close"), "key=abc"), 303);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK_INT(pages_get(&f, "/kb/a"), 200);
	CHECK_INT(pages_get(&f, "/kb/a?voted=1"), 200);
	CHECK_INT(pages_get(&f, "/search?q=a"), 200);
	CHECK_INT(pages_get(&f, "/search?q=nothing"), 200);
	CHECK_INT(pages_get(&f, "/my"), 200);
	CHECK_INT(pages_post(&f, "/my", "email=x"), 422);
	CHECK_INT(pages_post(&f, "/my", "email=x%40example.org"), 200);
	CHECK_INT(pages_get(&f, "/nowhere"), 404);
	none = missing_names(fd);
	printf("%s%s", *none != '\0' ? "# " : "", none);
	CHECK(*none == '\0');

	printf("# one that is planted is seen\n");
	snprintf(www, sizeof www, "%s/www/templates/customer", f.desk.dir);
	MUST(file_make_folders(www, 0700, NULL));
	snprintf(
	    www, sizeof www, "%s/www/templates/customer/my.html", f.desk.dir);
	MUST(file_replace(www, 0600, BYTES("{{nosuch}}"), NULL));
	MUST(web_site_reload(f.site, &f.desk.why));
	CHECK_INT(pages_get(&f, "/my"), 200);
	CHECK(*missing_names(fd) != '\0');
	log_set_level(LOG_INFO);
	log_set_fd(2);
	close(fd);
	pages_teardown(&f);
}

/* --- portal, articles, my requests --- */

static void
test_portal__shows_forms_and_articles(void)
{
	static const char *const water[] = { "slug", "water", "title",
		"Putting out fires", "body", "Use **water**.", "is_published",
		"true", NULL };
	static const char *const draft[] = { "slug", "draft", "title",
		"Not yet", "body", "Secret plan", NULL };

	pages_setup(&f);
	desk_add(&f.desk, KIND_ARTICLE, water);
	desk_add(&f.desk, KIND_ARTICLE, draft);
	CHECK_INT(pages_get(&f, "/"), 200);
	CHECK(pages_has(&f, "/new/billing\""));
	CHECK(pages_has(&f, "Putting out fires"));
	CHECK(!pages_has(&f, "Not yet"));
	CHECK_INT(pages_get(&f, "/kb/draft"), 404);
	CHECK_INT(pages_get(&f, "/kb/nosuch"), 404);
	CHECK_INT(pages_get(&f, "/kb/water"), 200);
	CHECK(pages_has(&f, "Putting out fires"));
	CHECK_INT(pages_post(&f, "/kb/water/vote", "helpful=yes"), 303);
	CHECK_INT(pages_post(&f, "/kb/draft/vote", "helpful=yes"), 404);
	pages_teardown(&f);
}

static void
test_portal__of_a_brand_shows_its_own(void)
{
	static const char *const brand[] = { "key", "shop", "name", "Shop",
		"base_url", "https://shop.example.com", "greeting",
		"Welcome, shoppers", NULL };
	static const char *const orders[] = { "key", "orders", "label",
		"Orders", "brand", "shop", "has_form", "true", NULL };
	static const char *const article[] = { "slug", "size", "title", "Sizes",
		"body", "Small", "is_published", "true", "brand", "shop",
		NULL };

	pages_setup(&f);
	desk_add(&f.desk, KIND_BRAND, brand);
	desk_add(&f.desk, KIND_QUEUE, orders);
	desk_add(&f.desk, KIND_ARTICLE, article);
	CHECK_INT(pages_get(&f, "/"), 200);
	CHECK(!pages_has(&f, "/new/orders"));
	CHECK(!pages_has(&f, "Sizes"));
	CHECK_INT(pages_get(&f, "/new/orders"), 404);
	CHECK_INT(pages_get(&f, "/kb/size"), 404);
	f.host = "shop.example.com";
	CHECK_INT(pages_get(&f, "/"), 200);
	CHECK(pages_has(&f, "Welcome, shoppers"));
	CHECK(pages_has(&f, "/new/orders"));
	CHECK(pages_has(&f, "Sizes"));
	CHECK(!pages_has(&f, "/new/billing"));
	CHECK_INT(pages_get(&f, "/new/billing"), 404);
	CHECK_INT(pages_get(&f, "/kb/size"), 200);
	CHECK_INT(pages_get(&f, "/new"), 200);
	pages_teardown(&f);
}

static void
test_search__finds_published_articles_and_marks_the_words(void)
{
	static const char *const water[] = { "slug", "water", "title",
		"Putting out fires", "body", "Use <water>, not oil.",
		"is_published", "true", NULL };
	static const char *const draft[] = { "slug", "draft", "title",
		"Not yet", "body", "Other water", NULL };
	const struct json *list;

	pages_setup(&f);
	desk_add(&f.desk, KIND_ARTICLE, water);
	desk_add(&f.desk, KIND_ARTICLE, draft);
	CHECK_INT(pages_get(&f, "/search?q=water"), 200);
	CHECK(pages_has(&f, "Putting out fires"));
	CHECK(pages_has(&f, "&lt;<mark>water</mark>&gt;"));
	CHECK(!pages_has(&f, "Not yet"));
	CHECK_INT(pages_get(&f, "/search?q=%3Cnothing%3E"), 200);
	CHECK(pages_has(&f, "&lt;nothing&gt;"));
	CHECK_INT(pages_get(&f, "/suggest?q=wat"), 200);
	list = json_get(pages_json(&f), "articles");
	CHECK_INT(json_count(list), 1);
	CHECK_BYTES(json_text(json_get(json_first(list), "url")), "/kb/water");
	pages_teardown(&f);
}

static void
test_my__answers_the_same_for_everybody(void)
{
	struct buf known = BUF_INIT, unknown = BUF_INIT;
	const char *fields;

	pages_setup(&f);
	ask();
	CHECK_INT(pages_get(&f, "/my"), 200);
	fields = arena_printf(
	    f.desk.arena, "key=%s&email=", pages_input(&f, "key"));
	CHECK_INT(
	    pages_post(&f, "/my",
		arena_printf(f.desk.arena, "%sbob%%40example.org", fields)),
	    200);
	CHECK(pages_has(&f, "bob@example.org"));
	buf_bytes(&known, buf_get(&f.response.body));
	CHECK_INT(
	    pages_post(&f, "/my",
		arena_printf(f.desk.arena, "%stom%%40example.org", fields)),
	    200);
	buf_bytes(&unknown, buf_get(&f.response.body));
	CHECK_INT(known.len, unknown.len);
	CHECK_INT(pages_post(&f, "/my", "email=nobody"), 422);
	CHECK(pages_has(&f, "id=\"e-email\""));
	buf_release(&known);
	buf_release(&unknown);
	pages_teardown(&f);
}

/* What a disk or a store that is closed refuses is refused alike by all
 * entrances, and when to come again is said. */
static void
test_trouble__is_a_503_everywhere(void)
{
	const char *link, *reply, *token;
	struct shown shown;
	struct store *store;

	pages_setup(&f);
	store = site_store(f.desk.site);
	link = ask();
	reply = arena_printf(f.desk.arena, "%s/reply", link);
	token = pages_token(&f, "read,write", NULL);
	shown = open_form("/new");
	atomic_store(&store->state, STORE_FAILED);
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 503);
	CHECK(pages_got_header(&f, "Retry-After")[0] != '\0');
	CHECK_INT(pages_post(&f, reply, "key=k&body=Hello"), 503);
	CHECK(pages_got_header(&f, "Retry-After")[0] != '\0');
	CHECK_INT(pages_get(&f, link), 503);
	CHECK(pages_got_header(&f, "Retry-After")[0] != '\0');
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      "{\"subject\":\"a\",\"body\":\"b\","
		      "\"email\":\"bob@example.org\"}"),
	    503);
	CHECK(pages_got_header(&f, "Retry-After")[0] != '\0');
	atomic_store(&store->state, STORE_OPEN);
	CHECK_INT(page_status(ERR_IO), 503); /* of a commit that did not sync */
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_trouble__is_a_503_everywhere);
	RUN(test_form__makes_a_ticket_with_a_private_page);
	RUN(test_form__sent_twice_makes_one_ticket);
	RUN(test_form__says_what_is_wrong_and_keeps_what_was_typed);
	RUN(test_form__asks_again_whoever_may_be_a_robot);
	RUN(test_form__is_filled_in_by_its_address);
	RUN(test_form__keeps_the_sites_own_fields);
	RUN(test_form__asks_by_type);
	RUN(test_form__refuses_floods_and_keeps_the_words);
	RUN(test_ticket__shows_what_is_public_only);
	RUN(test_ticket__is_not_found_by_any_other_link);
	RUN(test_ticket__is_answered_closed_reopened_and_rated);
	RUN(test_ticket__takes_no_posts_from_other_sites);
	RUN(test_templates__are_given_every_name_they_have);
	RUN(test_portal__shows_forms_and_articles);
	RUN(test_portal__of_a_brand_shows_its_own);
	RUN(test_search__finds_published_articles_and_marks_the_words);
	RUN(test_my__answers_the_same_for_everybody);
	return tap_done();
}
