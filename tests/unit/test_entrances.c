/* tests/unit/test_entrances.c - a walk through all entrances and all verbs
 * finds no second way to change a desk.
 *
 * The tables of the program itself are walked: the routes of pages and API,
 * the verbs of the command line, the wishes of scripts. Each has its deed in
 * door_deeds.h; door_watch.h looks who changes what. What a deed changed of
 * its ticket is then taken back from the timeline. A row that is added to one
 * of those tables fails here until it has a deed, and so does a verb that no
 * entrance reaches.
 */
#include "config.h"
#include "core/base/json_write.h"
#include "core/cli/verbs.h"
#include "core/desk/run.h"
#include "core/desk/wishes.h"
#include "core/model/index_check.h"
#include "core/model/search.h"
#include "tests/unit/door_deeds.h"

/* Nobody wrote but by acts, and each told who did it. */
static void
check_watch(const char *what)
{
	bool is_stray = watch_look();

	watch.entrance = IN_NONE;
	if (is_stray || watch.strays + watch.nameless > 0)
		printf("# by %s\n", what);
	CHECK_INT(watch.strays, 0);
	CHECK_INT(watch.nameless, 0);
	watch.strays = watch.nameless = 0;
}

/* --- taken back --- */

#define CHANGES_MAX 20

/* The changes in the ticket's timeline after the entry <seen>, the newest
 * first. */
static size_t
changes_since(uint64_t seen, uint64_t changes[CHANGES_MAX])
{
	struct site_read read;
	struct record entry;
	size_t count = 0;

	MUST(site_read_begin(desk->site, &read));
	while (count < CHANGES_MAX &&
	    timeline_next(read.snapshot, number, &seen, &entry) == ERR_OK)
		if (record_int(&entry, ENTRY_TYPE) == ENTRY_IS_CHANGE) {
			memmove(
			    changes + 1, changes, count++ * sizeof *changes);
			changes[0] = entry_sequence(entry.id);
		}
	site_read_end(&read);
	return count;
}

/* The ticket as it was before its deed, to be compared and returned to. */
struct before {
	struct site_read read;
	struct record ticket;
};

/* Not removed for good. */
static bool
is_there(void)
{
	struct site_read read;
	struct record ticket;
	enum err err;

	MUST(site_read_begin(desk->site, &read));
	err = record_find(read.snapshot, KIND_TICKET, number, &ticket);
	site_read_end(&read);
	return err == ERR_OK;
}

static void
remember(struct before *before)
{
	MUST(site_read_begin(desk->site, &before->read));
	MUST(record_find(
	    before->read.snapshot, KIND_TICKET, number, &before->ticket));
}

static void
check_taken_back(const struct before *before, const char *what)
{
	const struct kind *kind = kind_get(KIND_TICKET);
	struct site_read read;
	struct record now;

	MUST(site_read_begin(desk->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &now));
	for (size_t i = 0; i < kind->field_count; i++) {
		if (!(kind->fields[i].flags & F_LOGGED) ||
		    record_same(&before->ticket, &now, (int)i))
			continue;
		printf("# %s: %s is not what it was\n", what,
		    kind->fields[i].name);
		CHECK(record_same(&before->ticket, &now, (int)i));
	}
	site_read_end(&read);
}

/* Take back all that happened to the ticket since, as an agent does; <want> is
 * the answer: what a customer said of us is not his to change. */
static void
take_back(struct before *before, const char *what, enum err want)
{
	uint64_t changes[CHANGES_MAX];
	size_t count = 0;

	if (is_there())
		count = changes_since(
		    (uint64_t)record_int(&before->ticket, TICKET_LAST_ENTRY),
		    changes);
	for (size_t i = 0; i < count; i++) {
		struct act_input input;

		act_input_init(&input, VERB_TICKET_UNDO, KIND_TICKET);
		input.actor = actor_agent(ANN);
		input.subject = number;
		input.entry = changes[i];
		CHECK_INT(desk_do(desk, &input), want);
	}
	if (want == ERR_OK && is_there())
		check_taken_back(before, what);
	site_read_end(&before->read);
}

/* --- routes --- */

static const char *const methods[] = { [METHOD_GET] = "GET",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE" };

/* Ask as somebody who may. <cookie> may be NULL. */
static void
ask(const struct route *route, unsigned method, const char *path,
    const char *body, const char *cookie)
{
	static char client[32];
	static int requests;
	bool is_api = route->access == ACCESS_API;

	requests++;
	snprintf(client, sizeof client, "198.18.%d.%d", requests >> 8 & 255,
	    requests & 255); /* nobody has to wait */
	f.client = client;
	if (is_api) {
		static const char *token;

		if (token == NULL)
			token = pages_token(
			    &f, "read,write,import,admin", NULL);
		pages_header(&f, "HTTP_AUTHORIZATION", token);
	} else if (cookie != NULL) {
		pages_header(&f, "HTTP_COOKIE", cookie);
	}
	if (body != NULL)
		pages_header(&f, "CONTENT_TYPE",
		    !is_api ? "application/x-www-form-urlencoded" :
			strncmp(body, "--", 2) == 0 ? "multipart/form-data; "
						      "boundary=xx" :
						      "application/json");
	if (body != NULL && !is_api)
		pages_header(&f, "HTTP_ORIGIN", "https://help.example.com");
	watch.entrance = is_api ? IN_API : IN_WEB;
	pages_send(&f, methods[method], path, bytes_of(body));
}

/* Do a deed of the table at its route. */
static void
perform(const struct deed *deed, const struct route *route)
{
	const char *path, *body, *cookie = NULL;
	unsigned way = route->access == ACCESS_API ? IN_API : IN_WEB;
	struct before before;
	unsigned done = 0;

	begin_ticket();
	if (deed->have != NULL)
		deed->have();
	path = filled(deed->path != NULL ? deed->path : deed->pattern);
	body = deed->body != NULL ? filled(deed->body) : NULL;
	if (way == IN_WEB && route->access != ACCESS_PUBLIC) {
		cookie = pages_cookie(&f, ANN);
		pages_get_as(&f, cookie, "/agent/me");
		if (body != NULL)
			body = arena_printf(
			    desk->arena, "csrf=%s&%s", pages_csrf(&f), body);
	}
	if (deed->verb == VERB_SESSION_RENEW)
		clock_advance(&desk->clock, CLOCK_DAY_US);
	remember(&before);
	if (deed->verb < VERB__COUNT)
		done = watch.done[deed->verb][way];
	ask(route, deed->method, path, body, cookie);
	watch.entrance = IN_DESK;
	desk_run_jobs(desk);
	check_watch(path);
	if (deed->verb < VERB__COUNT && watch.done[deed->verb][way] == done) {
		printf("# %s %s: %d, and no %s\n", methods[deed->method], path,
		    f.response.status, verb_name(deed->verb));
		CHECK(watch.done[deed->verb][way] > done);
	}
	take_back(&before, path, deed->undo);
	check_watch("taking back");
}

/* A path of the pattern of a page that is only read. */
static const char *
path_to_read(const char *pattern)
{
	static const struct {
		const char *name, *value;
	} params[] = { { "kind", "queues" }, { "id", "1" }, { "slug", "how" },
		{ "form", "general" }, { "name", "walk" }, { "rest", "walk" } };
	struct buf path = buf_in(desk->arena);

	while (*pattern != '\0') {
		size_t len = strcspn(pattern, "{"), i = 0;

		buf_add(&path, pattern, len);
		pattern += len;
		if (*pattern == '\0')
			break;
		len = strcspn(++pattern, "}*");
		while (i < sizeof params / sizeof *params &&
		    !bytes_is((struct bytes){ pattern, len }, params[i].name))
			i++;
		if (i < sizeof params / sizeof *params)
			buf_text(&path, params[i].value);
		else
			buf_printf(&path, "{%.*s}", (int)len, pattern);
		pattern += strcspn(pattern, "}") + 1;
	}
	return filled(buf_string(&path));
}

/* Whatever is read changes nothing but by acts. */
static void
read_page(const struct route *route)
{
	const char *path = path_to_read(route->pattern), *cookie = NULL;

	if (route->access == ACCESS_AGENT || route->access == ACCESS_ADMIN)
		cookie = pages_cookie(&f, ANN);
	ask(route, METHOD_GET, path, NULL, cookie);
	if (f.response.status >= 500 || strchr(path, '{') != NULL)
		printf("# %s: %d\n", path, f.response.status);
	CHECK(f.response.status < 500 && strchr(path, '{') == NULL);
	check_watch(path);
}

static void
walk_route(const struct route *route)
{
	for (unsigned m = 0; m < METHOD_OTHER; m++) {
		bool has_deed = false;

		if (!(route->methods >> m & 1))
			continue;
		if (m == METHOD_GET)
			read_page(route);
		for (size_t i = 0; i < DEEDS; i++) {
			if (deeds[i].method != m ||
			    strcmp(deeds[i].pattern, route->pattern) != 0)
				continue;
			perform(&deeds[i], route);
			has_deed = true;
		}
		if (m == METHOD_GET || has_deed)
			continue;
		printf("# no deed for %s %s\n", methods[m], route->pattern);
		CHECK(has_deed);
	}
}

static void
test_routes__change_a_desk_by_acts(void)
{
	begin_ticket();
	for (size_t list = 0; list < page_routes_count; list++)
		for (const struct route *route = page_routes[list];
		     route->pattern != NULL; route++)
			walk_route(route);
}

/* --- wishes --- */

/* Whether one of the last runs went well and has <mark>. */
static bool
has_run(const char *mark)
{
	struct trace_run *runs;
	struct site_read read;
	bool is_there = false;
	size_t count;

	MUST(site_read_begin(desk->site, &read));
	MUST(trace_newest(&read, BYTES("walk"), 4, desk->arena, &runs, &count));
	for (size_t i = 0; i < count; i++) {
		struct trace_run run;

		MUST(trace_find(&read, runs[i].id, desk->arena, &run));
		is_there |= run.outcome == OUTCOME_OK &&
		    bytes_find(run.conversation, bytes_of(mark)) != NULL;
		if (run.error.len > 0)
			printf("# %s: %.*s\n", mark, BYTES_ARG(run.error));
	}
	site_read_end(&read);
	return is_there;
}

static void
do_wish(size_t i)
{
	unsigned *done = &watch.done[VERB_SCRIPT_RUN][IN_LUA];
	unsigned before_it = *done;
	struct before before;
	const char *mark = arena_printf(
	    desk->arena, "\"do\":\"%s\"", wishes[i].wish);

	begin_ticket();
	remember(&before);
	act(VERB_NOTE_ADD, KIND_NONE, actor_agent(ANN), number, NULL, NULL,
	    arena_printf(desk->arena, "do %s", wishes[i].wish));
	watch.entrance = IN_LUA;
	desk_run_jobs(desk);
	check_watch(mark);
	CHECK(*done > before_it);
	CHECK(has_run(mark));
	take_back(&before, mark, ERR_OK);
	check_watch("taking back");
}

static void
test_wishes__change_a_desk_by_acts(void)
{
	for (size_t n = 0; wish_name(n) != NULL; n++) {
		size_t i = 0;

		while (i < WISHES && strcmp(wishes[i].wish, wish_name(n)) != 0)
			i++;
		if (i < WISHES)
			do_wish(i);
		else
			printf("# no deed for the wish %s\n", wish_name(n));
		CHECK(i < WISHES);
	}
}

/* --- the command line --- */

/* What the owner of the site is asked to run; words apart by blanks, _ for a
 * blank. */
static const struct {
	const char *verb, *line;
	enum verb act;
} lines[] = {
	{ "agent", "add DIR carl@example.com", VERB_RECORD_ADD },
	{ "agent", "link DIR carl@example.com", VERB_LINK_CREATE },
	{ "queue", "add DIR Calls", VERB_RECORD_ADD },
	{ "queue", "set DIR calls --label Phone", VERB_RECORD_UPDATE },
	{ "queue", "remove DIR calls", VERB_RECORD_REMOVE },
	{ "customer", "add DIR cora@example.org", VERB_RECORD_ADD },
	{ "customer", "set DIR cora@example.org --name Cora",
	    VERB_CUSTOMER_UPDATE },
	{ "token", "add DIR Program", VERB_RECORD_ADD },
	{ "role", "add DIR Temps", VERB_RECORD_ADD },
	{ "organisation", "add DIR Works --domains works.example.org",
	    VERB_RECORD_ADD },
	{ "canned", "add DIR Hello --body Hello", VERB_RECORD_ADD },
	{ "article", "add DIR Why --body So", VERB_RECORD_ADD },
	{ "team", "add DIR Night", VERB_RECORD_ADD },
	{ "brand", "add DIR Second", VERB_RECORD_ADD },
	{ "calendar", "add DIR Nights --monday 22:00-06:00", VERB_RECORD_ADD },
	{ "field", "add DIR Colour", VERB_RECORD_ADD },
	{ "setting", "set DIR mail.tls --value none", VERB_RECORD_ADD },
	{ "reload", "DIR", VERB__COUNT },
	{ "status", "DIR", VERB__COUNT },
	{ "snippet", "nginx DIR", VERB__COUNT },
	{ "export", "DIR", VERB__COUNT },
	{ "import", "DIR", VERB_IMPORT },
	{ "script", "set DIR typed FILE", VERB_SCRIPT_SAVE },
	{ "script", "rollback DIR walk 1", VERB__COUNT },
	{ "script", "versions DIR typed", VERB__COUNT },
	{ "script", "remove DIR typed", VERB_SCRIPT_SAVE },
	{ "try", "DIR DIR/try.lua --ticket {number}", VERB_TRY_STEP },
	{ "replay", "DIR DIR/try.lua", VERB_TRY_STEP },
};

/* Those that make a site, copy one, read, or write a file of their own: no
 * desk that is open is changed by them. */
static const char *const others[] = { "init", "serve", "check", "backup",
	"restore", "resume", "script", "test", "doctor", "mail" };

/* Import is for an owner without a server: it runs with this process's site
 * and reads what export would have written. */
static int
run_import(const struct cli_verb *verb)
{
	static const char text[] =
	    "{\"kind\":\"ticket\",\"subject\":\"Old\","
	    "\"email\":\"wanda@example.org\",\"entries\":"
	    "[{\"at\":\"2020-01-01\",\"body\":\"x\"}]}\n"
	    "{\"kind\":\"team\",\"key\":\"day\",\"label\":\"Day\"}\n";
	struct cli cli = { .verb = verb,
		.args = { desk->dir },
		.arg_count = 1,
		.arena = desk->arena,
		.site = desk->site };
	char path[PATH_MAX + 8];
	int code;

	snprintf(path, sizeof path, "%s/in", desk->dir);
	MUST(file_replace(path, 0600, bytes_of(text), NULL));
	if (freopen(path, "r", stdin) == NULL)
		return CLI_FAILED;
	code = verb->run(&cli);
	printf("%s", cli.err.len > 0 ? buf_string(&cli.err) : "");
	buf_release(&cli.out);
	buf_release(&cli.err);
	return code;
}

static int
run_by_owner(const char *verb, const char *line)
{
	struct buf request = buf_in(desk->arena), answer = buf_in(desk->arena);
	struct json_writer w = json_writer(&request);
	struct bytes rest = bytes_of(filled(line));
	const struct json *json = NULL;
	int64_t code = CLI_FAILED;

	json_begin_object(&w);
	json_key(&w, "args");
	json_begin_list(&w);
	json_put_string(&w, verb);
	while (rest.len > 0) {
		struct bytes word = bytes_split(&rest, ' ');

		if (bytes_start_with(word, BYTES("DIR"))) /* DIR/x, too */
			word = bytes_of(arena_printf(desk->arena, "%s%.*s",
			    desk->dir, (int)word.len - 3, word.at + 3));
		json_put_text(&w, word);
	}
	json_end_list(&w);
	json_end_object(&w);
	cli_answer(desk->site, buf_get(&request), &answer);
	MUST(json_parse(desk->arena, buf_get(&answer), 1 << 24, &json, NULL));
	json_int(json_get(json, "exit"), &code);
	if (code != CLI_DONE)
		printf("# %s %s: %.*s", verb, line,
		    BYTES_ARG(json_text(json_get(json, "err"))));
	return (int)code;
}

static bool
run_lines(const struct cli_verb *verb)
{
	bool has_line = false;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		unsigned done = 0;

		if (strcmp(lines[i].verb, verb->name) != 0)
			continue;
		if (lines[i].act < VERB__COUNT)
			done = watch.done[lines[i].act][IN_CLI];
		watch.entrance = IN_CLI;
		CHECK_INT(verb->needs == CLI_OWNS ?
			run_import(verb) :
			run_by_owner(verb->name, lines[i].line),
		    CLI_DONE);
		check_watch(lines[i].line);
		if (lines[i].act < VERB__COUNT)
			CHECK(watch.done[lines[i].act][IN_CLI] > done);
		has_line = true;
	}
	return has_line;
}

static void
test_command_line__changes_a_desk_by_acts(void)
{
	char path[PATH_MAX + 8];

	snprintf(path, sizeof path, "%s/try.lua", desk->dir);
	MUST(file_replace(path, 0600,
	    BYTES("desk.on('ticket.created', { name = 'n' }, function(event)\n"
		  "  event.ticket:note('x')\n"
		  "end)\n"),
	    NULL));
	begin_ticket();
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		bool is_known = run_lines(v);

		for (size_t i = 0; i < sizeof others / sizeof *others; i++)
			is_known |= strcmp(others[i], v->name) == 0;
		if (!is_known)
			printf("# no line for %s\n", v->name);
		CHECK(is_known);
	}
}

/* --- the desk itself --- */

static void
test_desk__changes_itself_by_acts(void)
{
	static const char *const order[] = { "key", "order", "label", "Order",
		"is_indexed", "true", NULL };

	watch.entrance = IN_DESK;
	begin_ticket();
	for (int i = 0; i < 10; i++) /* until it rests */
		note("fail");
	while (health_tell(desk->site, desk->arena) == ERR_OK)
		;
	desk_add(desk, KIND_FIELD, order);
	clock_advance(&desk->clock, 3 * CLOCK_DAY_US);
	desk_run_jobs(desk); /* uploads that nobody attached; the index */
	check_watch("the desk");
}

/* --- all of it --- */

static void
test_verbs__are_all_reached(void)
{
	for (int verb = 0; verb < VERB__COUNT; verb++) {
		unsigned sum = 0;

		for (int way = IN_WEB; way < ENTRANCE__COUNT; way++)
			sum += watch.done[verb][way];
		if (sum == 0)
			printf("# %s is reached by nobody\n",
			    verb_name((enum verb)verb));
		CHECK(sum > 0);
	}
}

static void
on_fault(void *context, const char *what)
{
	(void)context;
	printf("# %s\n", what);
	CHECK(what == NULL);
}

/* After all that was done and taken back. */
static void
test_desk__is_sound(void)
{
	struct index_check check = { .fault = on_fault };
	struct store *store = site_store(desk->site);

	MUST(index_check(store, &check));
	MUST(bigtext_check(store, &check));
	MUST(ticket_check(store, on_fault, NULL));
	MUST(job_check(store, on_fault, NULL));
	MUST(search_check(store, on_fault, NULL));
}

/* The walk above could not fail if the watch slept. */
static void
test_watch__sees_who_writes_around_the_door(void)
{
	struct change *change;
	struct site_read read;
	struct record ticket;

	begin_ticket();
	MUST(site_read_begin(desk->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	MUST(change_create(desk->arena, &change));
	{
		struct record changed = ticket;

		record_set_int(&changed, TICKET_PRIORITY, PRIORITY_HIGH);
		MUST(ticket_put(
		    change, desk->arena, read.directory, &ticket, &changed));
	}
	MUST(store_commit(site_store(desk->site), change, NULL));
	site_read_end(&read);
	CHECK(watch_look());
	CHECK_INT(watch.strays, 1);
	watch.strays = 0;
}

int
main(void)
{
	setup();
	RUN(test_routes__change_a_desk_by_acts);
	RUN(test_wishes__change_a_desk_by_acts);
	RUN(test_command_line__changes_a_desk_by_acts);
	RUN(test_desk__changes_itself_by_acts);
	RUN(test_verbs__are_all_reached);
	RUN(test_desk__is_sound);
	RUN(test_watch__sees_who_writes_around_the_door);
	pages_teardown(&f);
	return tap_done();
}
