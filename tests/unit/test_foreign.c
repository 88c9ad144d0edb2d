/* tests/unit/test_foreign.c - nobody reads or changes what is not his.
 *
 * Every route of the program's own table is asked with every method it has, by
 * everybody who could come (a visitor, holders of a link, agents of several
 * roles, programs with several rights), for his own things and for those of a
 * private queue. What is foreign is full of a word that must appear in no
 * answer, is answered as what does not exist, and is the same afterwards.
 *
 * A route that is added is in this test by itself; one with a new {parameter}
 * fails it until params[] says what to put there.
 */
#include "config.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "tests/tap.h"
#include "tests/unit/pages_agent.h"

#include <stdarg.h>

/* In every text of the private queue, and in notes. */
#define SECRET "zqsecretword"
#define NOTE_SECRET "zqnoteword"
#define DRAFT_SECRET "zqdraftword" /* of articles, which agents write */

static struct pages_fixture f;
static struct arena *scratch; /* of one request */

/* What there is: the same twice, once for all and once for few. */
struct thing {
	uint64_t ticket, note_file, reply_file, canned;
	char link[TOKEN_TEXT_SIZE];
};
static struct thing common, hidden;

/* --- the desk --- */

static const char *
text(const char *format, ...)
{
	char out[512];
	va_list args;

	va_start(args, format);
	vsnprintf(out, sizeof out, format, args);
	va_end(args);
	return arena_copy(f.desk.arena, out, strlen(out));
}

static uint64_t
add(enum kind_id kind, const char *const *values)
{
	return desk_add(&f.desk, kind, values);
}
#define ADD(kind, ...) add(kind, (const char *const[]){ __VA_ARGS__, NULL })

/* A stored file with <word> in its name and in it. */
static uint64_t
add_file(const char *word)
{
	static int number;
	const char *disk = text("%032x", ++number);
	struct act_input input;

	MUST(file_replace(
	    text("%s/files/%s", f.desk.dir, disk), 0600, bytes_of(word), NULL));
	act_input_init(&input, VERB_FILE_ADD, KIND_FILE);
	input.actor = actor_system();
	record_set_text(
	    &input.fields, FILE_NAME, bytes_of(text("%s.txt", word)));
	record_set_text(&input.fields, FILE_TYPE, BYTES("text/plain"));
	record_set_text(&input.fields, FILE_DISK, bytes_of(disk));
	record_set_int(&input.fields, FILE_SIZE, (int64_t)strlen(word));
	MUST(desk_do(&f.desk, &input));
	return f.desk.result.record;
}

static void
say(uint64_t ticket, enum verb verb, const char *word, uint64_t file)
{
	struct act_input input;

	act_input_init(&input, verb, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.body = bytes_of(text("%s said", word));
	input.files[0] = file;
	input.file_count = 1;
	MUST(desk_do(&f.desk, &input));
}

/* A ticket of <queue> with a reply, a note, files, a tag and a change. */
static void
add_thing(
    struct thing *out, const char *queue, const char *word, const char *note)
{
	struct act_input input;
	struct site_read read;
	struct record ticket;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = actor_system();
	input.email = bytes_of(text("%s@example.org", queue));
	input.body = bytes_of(text("It is about %s", word));
	input.tags[0] = bytes_of(word);
	input.tag_count = 1;
	desk_set(&f.desk, &input, "subject", text("Subject %s", word));
	desk_set(&f.desk, &input, "queue", queue);
	MUST(desk_do(&f.desk, &input));
	out->ticket = f.desk.result.ticket;
	out->reply_file = add_file(word);
	say(out->ticket, VERB_REPLY_ADD, word, out->reply_file);
	out->note_file = add_file(note);
	say(out->ticket, VERB_NOTE_ADD, note, out->note_file);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = out->ticket;
	desk_set(&f.desk, &input, "subject", text("Again %s", word));
	MUST(desk_do(&f.desk, &input));
	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, out->ticket, &ticket));
	token_make(f.desk.site, &ticket, TOKEN_LINK, out->link);
	site_read_end(&read);
}

enum agent_id { CLERK = 2, READER, NOBODY, INSIDER };

static void
furnish(void)
{
	ADD(KIND_QUEUE, "key", "board", "label", "Board " SECRET, "is_private",
	    "true", "description", SECRET);
	ADD(KIND_ROLE, "key", "reader", "label", "Reader", "rights",
	    "*:see,*:reply,*:assign");
	ADD(KIND_ROLE, "key", "nothing", "label", "Nothing");
	ADD(KIND_ROLE, "key", "insider", "label", "Insider", "rights",
	    "board:all,*:see");
	ADD(KIND_AGENT, "login", "clerk", "name", "Clerk", "email",
	    "clerk@example.com", "role", "agent", "active", "true");
	ADD(KIND_AGENT, "login", "reader", "name", "Reader", "email",
	    "reader@example.com", "role", "reader", "active", "true");
	ADD(KIND_AGENT, "login", "nobody", "name", "Nobody", "email",
	    "nobody@example.com", "role", "nothing", "active", "true");
	ADD(KIND_AGENT, "login", "insider", "name", "Insider", "email",
	    "insider@example.com", "role", "insider", "active", "true");
	add_thing(&common, "general", "usualword", NOTE_SECRET);
	add_thing(&hidden, "board", SECRET, SECRET);
	common.canned = ADD(KIND_CANNED, "title", "Usual", "body", "Hello");
	hidden.canned = ADD(KIND_CANNED, "title", "Own " SECRET, "body",
	    "It is " SECRET, "owner", "insider");
	ADD(KIND_CANNED, "title", "Of the board " SECRET, "body", SECRET,
	    "queue", "board");
	ADD(KIND_FIELD, "key", "seat", "label", "Seat " SECRET, "queue",
	    "board");
	ADD(KIND_ARTICLE, "slug", "draft", "title", "A " DRAFT_SECRET, "body",
	    DRAFT_SECRET);
	ADD(KIND_SETTING, "name", "mail.from", "value",
	    "\"" SECRET "@example.com\"");
	ADD(KIND_TOKEN, "name", "Token " SECRET, "rights", "read");
	desk_script(&f.desk, "look",
	    "desk.action('action', {}, function(ticket)\n"
	    "  ticket:note('Looked.')\n"
	    "  return ticket.subject\n"
	    "end)\n"
	    "desk.panel('panel', {}, function(ticket)\n"
	    "  return { { label = ticket.subject, value = ticket.text } }\n"
	    "end)\n"
	    "desk.route('GET /x/look', {}, function() end)\n");
	desk_run_jobs(&f.desk);
}

/* --- who comes --- */

struct who {
	const char *name;
	uint64_t agent;     /* in the browser; 0: nobody is signed in */
	const char *rights; /* of a program; NULL: it is a browser */
	const char *login;  /* whose program it is */
	bool sees_hidden, sees_notes;
	const char *token;
};

static struct who people[] = {
	{ .name = "a visitor" },
	{ .name = "an agent", .agent = CLERK, .sees_notes = true },
	{ .name = "an agent who reads no notes", .agent = READER },
	{ .name = "an agent without rights", .agent = NOBODY },
	{ .name = "a program of an agent",
	    .rights = "read,write,import",
	    .login = "clerk",
	    .sees_notes = true },
	{ .name = "a program of one who reads no notes",
	    .rights = "read,write",
	    .login = "reader" },
	{ .name = "a program of one without rights",
	    .rights = "read,write,admin",
	    .login = "nobody" },
	{ .name = "a program that only reads, of an agent",
	    .rights = "read",
	    .login = "clerk",
	    .sees_notes = true },
	{ .name = "a program that only imports",
	    .rights = "import",
	    .login = "clerk" },
};
static const struct who insider = { .name = "an insider",
	.agent = INSIDER,
	.sees_hidden = true };

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* --- requests --- */

static int requests;

/* Ask as <who>; returns the status. */
static int
ask(const struct who *who, unsigned method, const char *uri, bool is_api)
{
	static const char *const names[] = { [METHOD_GET] = "GET",
		[METHOD_POST] = "POST",
		[METHOD_PUT] = "PUT",
		[METHOD_PATCH] = "PATCH",
		[METHOD_DELETE] = "DELETE" };
	static char client[32];
	const char *cookie = NULL, *body = "";

	requests++;
	snprintf(client, sizeof client, "198.18.%d.%d", requests >> 8 & 255,
	    requests & 255); /* nobody has to wait */
	f.client = client;
	if (who->agent != 0) /* afresh: the last request may have signed out */
		cookie = pages_cookie(&f, who->agent);
	if (method != METHOD_GET && is_api) {
		body = "{\"body\":\"changed\",\"subject\":\"changed\"}";
		pages_header(&f, "CONTENT_TYPE", "application/json");
	} else if (method != METHOD_GET) {
		const char *csrf = "";

		if (cookie != NULL) {
			pages_get_as(&f, cookie, "/agent/me");
			csrf = pages_csrf(&f);
		}
		body = text("csrf=%s&body=changed&subject=changed&note=changed"
			    "&status=closed&entry=1&canned=%d&insert=1"
			    "&name=board&do=close&ticket=%d&email=x@example.org"
			    "&queue=board&owner=clerk&tags=changed&score=1",
		    csrf, (int)hidden.canned, (int)hidden.ticket);
		pages_header(
		    &f, "CONTENT_TYPE", "application/x-www-form-urlencoded");
		pages_header(&f, "HTTP_ORIGIN", "https://help.example.com");
	}
	if (cookie != NULL)
		pages_header(&f, "HTTP_COOKIE", cookie);
	if (who->token != NULL)
		pages_header(&f, "HTTP_AUTHORIZATION", who->token);
	return pages_send(&f, names[method], uri, bytes_of(body));
}

static bool
answer_has(const char *word)
{
	struct bytes head = response_head(&f.response);
	char content[256];
	ssize_t len;

	if (pages_has(&f, word) || bytes_find(head, bytes_of(word)) != NULL)
		return true;
	if (f.response.file_fd < 0)
		return false;
	len = pread(f.response.file_fd, content, sizeof content, 0);
	return len > 0 &&
	    bytes_find(
		(struct bytes){ content, (size_t)len }, bytes_of(word)) != NULL;
}

/* --- the things, again and again --- */

/* A number that changes when anything of the hidden things does. */
static uint64_t
revisions(void)
{
	static const enum kind_id kinds[] = { KIND_ENTRY, KIND_CANNED,
		KIND_ARTICLE, KIND_TOKEN, KIND_SETTING, KIND_QUEUE, KIND_ROLE,
		KIND_FILE };
	struct site_read read;
	struct record record;
	uint64_t sum = 0;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, hidden.ticket, &record));
	sum = record.rev;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		uint64_t id = 0;

		while (record_next(read.snapshot, kinds[k], &id, &record) ==
		    ERR_OK) {
			if (kinds[k] == KIND_ENTRY &&
			    entry_ticket(id) != hidden.ticket)
				continue;
			if (kinds[k] == KIND_FILE &&
			    record_ref(&record, FILE_TICKET) != hidden.ticket)
				continue;
			sum = sum * 31 + record.rev + id;
		}
	}
	site_read_end(&read);
	return sum;
}

/* --- the routes --- */

#include "tests/unit/foreign_paths.h"

static bool
is_api(const struct route *route)
{
	return route->access == ACCESS_API;
}

static void
check_answer(const struct who *who, unsigned method, const char *uri)
{
	const char *leak = NULL;

	if (!who->sees_hidden && answer_has(SECRET))
		leak = SECRET;
	else if (!who->sees_notes && answer_has(NOTE_SECRET))
		leak = NOTE_SECRET;
	else if (who->agent == 0 && who->rights == NULL &&
	    answer_has(DRAFT_SECRET))
		leak = DRAFT_SECRET;
	if (leak != NULL || f.response.status >= 500)
		printf("# %s: %s %s: %d, shows %s\n", who->name,
		    method_name((enum method)method), uri, f.response.status,
		    leak != NULL ? leak : "nothing");
	CHECK(leak == NULL && f.response.status < 500);
}

/* What would show hidden things in lists; the words themselves are not in it,
 * since pages show again what was asked. */
static const char *const queries[] = { "", "?q=zqsecretwo*", "?q=zqnotewo*",
	"?q=zqdraftwo*", "?q=-is:closed", "?q=place:desk,spam,trash",
	"?q=is:unread", "?limit=200&after=0", "?before=99",
	"?q=customer:board@example.org", "?q=visible_to:insider" };

/* One route, as one person, filled in one way. */
static void
visit(const struct who *who, const struct route *route,
    const struct filling *with)
{
	const char *path = path_of(route->pattern, with);

	if (path == NULL)
		printf("# what is to be put into %s?\n", route->pattern);
	CHECK(path != NULL);
	for (unsigned m = 0; path != NULL && m < METHOD_OTHER; m++) {
		if (!(route->methods >> m & 1))
			continue;
		for (size_t q = 0; q < (m == METHOD_GET ? COUNT(queries) : 1);
		     q++) {
			const char *uri = text("%s%s", path, queries[q]);

			ask(who, m, uri, is_api(route));
			check_answer(who, m, uri);
		}
	}
}

static bool
has_param(const struct route *route, const char *name)
{
	return strstr(route->pattern, text("{%s", name)) != NULL;
}

/* Every record there is of <kind>, by its id and by its key. */
static size_t
ids_of(const struct kind *kind, const char *ids[IDS_MAX])
{
	struct site_read read;
	struct record record;
	uint64_t id = 0;
	size_t count = 0;

	MUST(site_read_begin(f.desk.site, &read));
	while (count + 2 < IDS_MAX && kind->id != KIND_JOB &&
	    kind->id != KIND_EVENT && kind->id != KIND_SESSION &&
	    record_next(read.snapshot, kind->id, &id, &record) == ERR_OK) {
		struct bytes key = record_key(&record);

		ids[count++] = text("%d", (int)id);
		if (key.len > 0)
			ids[count++] = text("%.*s", BYTES_ARG(key));
	}
	site_read_end(&read);
	ids[count++] = "1";
	return count;
}

static void
visit_kinds(const struct who *who, const struct route *route)
{
	for (unsigned k = 1; k < KIND__COUNT; k++) {
		const struct kind *kind = kind_get((enum kind_id)k);
		const char *ids[IDS_MAX];
		size_t count = 1;

		if (kind == NULL)
			continue;
		ids[0] = "1";
		if (has_param(route, "id"))
			count = ids_of(kind, ids);
		for (size_t i = 0; i < count; i++) {
			const struct filling with = { OF_HIDDEN, kind->plural,
				ids[i] };

			visit(who, route, &with);
		}
	}
}

#define EACH_ROUTE(route) \
	for (size_t list_ = 0; list_ < page_routes_count; list_++) \
		for (const struct route *route = page_routes[list_]; \
		     route->pattern != NULL; route++)

static void
begin(void)
{
	pages_setup(&f);
	furnish();
	for (size_t i = 0; i < COUNT(people); i++)
		people[i].token = people[i].rights != NULL ?
		    pages_token(&f, people[i].rights, people[i].login) :
		    NULL;
}

static void
test_routes__show_and_change_nothing_foreign(void)
{
	uint64_t before;

	begin();
	before = revisions();
	for (size_t i = 0; i < COUNT(people); i++) {
		EACH_ROUTE(route)
		{
			struct filling with = { OF_HIDDEN, "tickets", "1" };

			if (has_param(route, "kind"))
				visit_kinds(&people[i], route);
			else
				visit(&people[i], route, &with);
			with.which = OF_COMMON;
			if (!has_param(route, "kind"))
				visit(&people[i], route, &with);
			if (revisions() == before)
				continue;
			printf("# %s changed it by %s\n", people[i].name,
			    route->pattern);
			CHECK(revisions() == before);
			before = revisions();
		}
	}
	printf("# %d requests\n", requests);
	CHECK(requests > 1000);
	pages_teardown(&f);
}

/* The answer with the number that was asked for, and what is of this request
 * alone, taken out. */
static const char *
masked(struct bytes body, const char *number)
{
	const char *const words[] = { number, f.request.id,
		pages_input(&f, "csrf"), pages_input(&f, "key"),
		pages_input(&f, "stamp") };
	struct buf out = buf_in(scratch);

	for (size_t i = 0; i < body.len;) {
		size_t skip = 0;

		for (size_t w = 0; skip == 0 && w < COUNT(words); w++)
			if (bytes_start_with(
				(struct bytes){ body.at + i, body.len - i },
				bytes_of(words[w])))
				skip = strlen(words[w]);
		if (skip == 0)
			buf_char(&out, body.at[i]);
		i += skip > 0 ? skip : 1;
	}
	return buf_string(&out);
}

/* Say where two answers part. */
static void
tell_difference(const char *a, const char *b)
{
	size_t at = 0;

	while (a[at] != '\0' && a[at] == b[at])
		at++;
	at -= at < 60 ? at : 60;
	printf("# ...%.120s...\n# ...%.120s...\n", a + at, b + at);
}

static bool
names_a_thing(const struct who *who, const struct route *route)
{
	static const char *const names[] = { "number", "token", "form",
		"slug" };

	/* customers are the whole desk's, and agents read drafts */
	if (strstr(route->pattern, "/customer/") != NULL ||
	    (who->agent != 0 && has_param(route, "slug")))
		return false;
	for (size_t i = 0; i < COUNT(names); i++)
		if (has_param(route, names[i]))
			return true;
	return false;
}

static void
compare(const struct who *who, unsigned m, const struct route *route)
{
	const struct filling foreign = { OF_HIDDEN, NULL, "1" },
			     none = { OF_NONE, NULL, "1" };
	const char *paths[] = { path_of(route->pattern, &foreign),
		path_of(route->pattern, &none) };
	const char *const numbers[] = { text("%d", (int)hidden.ticket),
		"987654" };
	const char *got[2];
	int status[2];

	for (int i = 0; i < 2; i++) {
		status[i] = ask(who, m, paths[i], is_api(route));
		got[i] = masked(buf_get(&f.response.body), paths[i]);
		for (int n = 0; n < 2; n++) /* "2" is in many places */
			got[i] = masked(bytes_of(got[i]), numbers[n]);
	}
	if (status[0] != status[1] || strcmp(got[0], got[1]) != 0) {
		printf("# %s, %s %s: %d, %d\n", who->name,
		    method_name((enum method)m), route->pattern, status[0],
		    status[1]);
		tell_difference(got[0], got[1]);
	}
	CHECK_INT(status[0], status[1]);
	CHECK(strcmp(got[0], got[1]) == 0);
	CHECK(status[0] == 303 || status[0] >= 400);
}

/* Foreign and unknown are answered by the same page, to the byte. */
static void
test_routes__answer_foreign_as_unknown(void)
{
	begin();
	scratch = arena_create();
	for (size_t i = 0; i < COUNT(people); i++)
		EACH_ROUTE(route)
	for (unsigned m = 0; m < METHOD_OTHER; m++) {
		arena_reset(scratch);
		if (names_a_thing(&people[i], route) &&
		    (route->methods >> m & 1))
			compare(&people[i], m, route);
	}
	arena_destroy(scratch);
	pages_teardown(&f);
}

/* The tests above could not fail if nobody saw these things. */
static void
test_routes__show_their_own(void)
{
	char *ticket, *file;

	begin();
	ticket = (char *)text("/agent/t/%d", (int)hidden.ticket);
	file = (char *)text("%s/file/%d/a.txt", ticket, (int)hidden.note_file);
	CHECK_INT(ask(&insider, METHOD_GET, ticket, false), 200);
	CHECK(answer_has("Again " SECRET));
	CHECK(answer_has("Own " SECRET)); /* the canned reply */
	CHECK_INT(ask(&insider, METHOD_GET, file, false), 200);
	CHECK(answer_has(SECRET));
	CHECK_INT(
	    ask(&insider, METHOD_GET, "/agent?q=zqsecretwo*", false), 200);
	CHECK(answer_has("Again " SECRET));
	ticket = (char *)text("/agent/t/%d", (int)common.ticket);
	file = (char *)text("%s/file/%d/a.txt", ticket, (int)common.note_file);
	CHECK_INT(ask(&people[1], METHOD_GET, ticket, false), 200);
	CHECK(answer_has(NOTE_SECRET " said"));
	CHECK_INT(ask(&people[1], METHOD_GET, file, false), 200);
	CHECK(answer_has(NOTE_SECRET));
	CHECK_INT(
	    ask(&people[1], METHOD_GET, "/agent?q=zqnotewo*", false), 200);
	CHECK(answer_has("Again usualword"));
	/* who reads no notes has the ticket without them */
	CHECK_INT(ask(&people[2], METHOD_GET, ticket, false), 200);
	CHECK(answer_has("usualword said"));
	CHECK_INT(ask(&people[2], METHOD_GET, file, false), 404);
	CHECK_INT(
	    ask(&people[2], METHOD_GET, "/agent?q=zqnotewo*", false), 200);
	CHECK(!answer_has("Again usualword"));
	CHECK_INT(
	    ask(&people[4], METHOD_GET,
		text("/api/v1/tickets/%d/entries", (int)common.ticket), true),
	    200);
	CHECK(answer_has(NOTE_SECRET " said"));
	pages_teardown(&f);
}

/* <format> with its only %s filled in. */
static const char *
replaced(const char *format, const char *word)
{
	size_t at = (size_t)(strstr(format, "%s") - format);

	return text("%.*s%s%s", (int)at, format, word, format + at + 2);
}

/* A private queue is none for those who have no right in it: in filters, when
 * a ticket is moved, and when one is made. */
static void
test_queues__are_unknown_to_strangers(void)
{
	static const struct {
		const char *method, *path, *body;
	} cases[] = {
		{ "GET", "/tickets?q=queue:%s", NULL },
		{ "GET", "/queues/%s", NULL },
		{ "POST", "/tickets",
		    "{\"queue\":\"%s\",\"email\":\"a@example.org\","
		    "\"subject\":\"a\",\"body\":\"b\"}" },
		{ "PATCH", "/tickets/1", "{\"queue\":\"%s\"}" },
	};
	static const char *const queues[] = { "board", "nones" };

	begin();
	scratch = arena_create();
	CHECK_INT(common.ticket, 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got[2];
		int status[2];

		printf("# %s %s\n", cases[i].method, cases[i].path);
		for (size_t q = 0; q < 2; q++) {
			const char *path = cases[i].path, *body = NULL;

			if (cases[i].body == NULL)
				path = replaced(path, queues[q]);
			else
				body = replaced(cases[i].body, queues[q]);
			status[q] = pages_api(
			    &f, people[4].token, cases[i].method, path, body);
			got[q] = masked(buf_get(&f.response.body), queues[q]);
		}
		CHECK_INT(status[0], status[1]);
		CHECK(status[0] >= 400);
		CHECK(strcmp(got[0], got[1]) == 0);
		tell_difference(got[0], got[1]);
	}
	arena_destroy(scratch);
	pages_teardown(&f);
}

/* Who may not come in at all: by the access that the route's row says. */
static void
test_routes__let_nobody_in_without_a_right(void)
{
	static const struct who visitor = { .name = "a visitor" };
	static const struct who clerk = { .name = "an agent", .agent = CLERK };

	begin();
	EACH_ROUTE(route)
	{
		const struct filling with = { OF_COMMON, "queues", "1" };
		const char *path = path_of(route->pattern, &with);

		for (unsigned m = 0; path != NULL && m < METHOD_OTHER; m++) {
			bool is_in = true;
			int status;

			if (!(route->methods >> m & 1))
				continue;
			status = ask(&visitor, m, path, is_api(route));
			if (route->access == ACCESS_API)
				is_in = status != 401;
			else if (route->access != ACCESS_PUBLIC &&
			    route->access != ACCESS_FOREIGN)
				is_in = status != 303 ||
				    strstr(pages_got_header(&f, "Location"),
					"/agent/login") == NULL;
			else
				continue;
			if (is_in)
				printf("# %s: %d\n", route->pattern, status);
			CHECK(!is_in);
			if (route->access != ACCESS_ADMIN)
				continue;
			CHECK_INT(ask(&clerk, m, path, false), 404);
		}
	}
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_routes__show_their_own);
	RUN(test_routes__show_and_change_nothing_foreign);
	RUN(test_routes__answer_foreign_as_unknown);
	RUN(test_queues__are_unknown_to_strangers);
	RUN(test_routes__let_nobody_in_without_a_right);
	return tap_done();
}
