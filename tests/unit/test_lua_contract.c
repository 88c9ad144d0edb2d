/* tests/unit/test_lua_contract.c - the names that scripts are promised, spelled
 * out: what is renamed or lost fails here, whatever the tables of core/lua and
 * the types of scripts/desk.d.lua agree on between themselves.
 *
 * Not listed: world:mail, for this version takes no mail. */
#include "config.h"
#include "core/desk/body.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "tests/unit/desk_fixture.h"

/* Names with one space between. */
static const struct {
	const char *what;
	const luaL_Reg *const *methods; /* of OBJECT_... */
	const luaL_Reg *table;
	enum object_kind kind;
	const char *names;
} functions[] = {
	{ "desk", NULL, api_desk, 0,
	    "on job every cron action panel route settings ticket customer "
	    "agent queue organisation tickets count agents articles each "
	    "notify mail http word_in render tr date now ago calendar hmac" },
	{ "store", NULL, api_store, 0, "get set add" },
	{ "json", NULL, api_json, 0, "encode decode" },
	{ "event", NULL, api_event, 0, "deny choose stop" },
	{ "ticket", api_methods, NULL, OBJECT_TICKET,
	    "set tag untag assign reply mail survey note after at cancel link "
	    "merge entries similar" },
	{ "customer", api_methods, NULL, OBJECT_CUSTOMER, "set note" },
	{ "agent", api_methods, NULL, OBJECT_AGENT, "may" },
	{ "calendar", api_methods, NULL, OBJECT_CALENDAR,
	    "is_open next_open add between" },
	{ "world", NULL, api_world, 0,
	    "submit reply close advance http action request" },
};

static const struct {
	const char *function, *names;
} options[] = {
	{ "desk.on", "name when order required" },
	{ "desk.every", "name" },
	{ "desk.cron", "name zone missed" },
	{ "desk.action", "label icon key when ask" },
	{ "desk.panel", "title when" },
	{ "panel.row", "label value link" },
	{ "desk.route", "name verify" },
	{ "desk.route.verify", "header secret hash" },
	{ "route.answer", "status json" },
	{ "desk.settings",
	    "type label help default required secret min max words columns" },
	{ "event:deny", "message field code" },
	{ "filter",
	    "queue status priority owner tag source language customer "
	    "organisation tier fields except created_after created_before "
	    "waiting_over visible_to q changed actor sort limit" },
	{ "agents", "queue role skill grade available active" },
	{ "ticket:assign", "to prefer from by cap" },
	{ "ticket:reply", "text template vars as close" },
	{ "ticket:mail", "template vars to" },
	{ "ticket:note", "mention" },
	{ "ticket:after", "unless paused_when calendar data" },
	{ "ticket:at", "unless data" },
	{ "ticket:entries", "kind from limit" },
	{ "desk.articles", "q language limit" },
	{ "desk.notify", "title text ticket urgent" },
	{ "desk.mail", "to template vars" },
	{ "desk.http", "method url headers json body sign answer ticket data" },
	{ "desk.test.world", "now zone agents queues settings" },
};

static const struct {
	const char *kind, *names;
} fields[] = {
	{ "ticket",
	    "number url agent_url subject text status priority queue tags "
	    "language source owner customer organisation participants fields "
	    "created updated waiting_since answered_at closed_at due replies" },
	{ "customer",
	    "email addresses name language zone verified vip tier organisation "
	    "fields last_agent surveyed_at created" },
	{ "agent",
	    "login name email language zone active available load time_today "
	    "grade skills role" },
};

/* What ticket:set{} and customer:set{} may name. */
static const struct {
	const char *kind, *names;
} set[] = {
	{ "ticket", "status queue priority subject language due fields" },
	{ "customer", "name language zone vip tier fields" },
};

static const char event_fields[] =
    "hook id at source actor ticket entry customer changes answer cause";
static const char job_fields[] = "data due answer";
static const char request_fields[] =
    "method path query headers form json body address";

/* Each name of <names> is one for which <has> says so. */
static void
each(const char *what, const char *names,
    bool (*has)(const void *of, const char *name), const void *of)
{
	struct bytes rest = bytes_of(names);

	while (rest.at != NULL) {
		struct bytes one = bytes_split(&rest, ' ');
		char name[64];

		snprintf(name, sizeof name, "%.*s", BYTES_ARG(one));
		if (!has(of, name))
			printf("# %s has no \"%s\"\n", what, name);
		CHECK(has(of, name));
	}
}

static bool
has_function(const void *of, const char *name)
{
	for (const luaL_Reg *f = of; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return true;
	return false;
}

static void
test_contract__has_every_function(void)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		each(functions[i].what, functions[i].names, has_function,
		    functions[i].methods != NULL ?
			functions[i].methods[functions[i].kind] :
			functions[i].table);
}

static bool
is_option(const void *of, const char *name)
{
	return has_name(of, name);
}

static void
test_contract__has_every_option(void)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const char *names = NULL;

		for (int o = 0; o < OPTIONS__COUNT; o++)
			if (strcmp(option_lists[o].function,
				options[i].function) == 0)
				names = option_lists[o].names;
		printf("# %s\n", options[i].function);
		CHECK(names != NULL);
		if (names != NULL)
			each(options[i].function, options[i].names, is_option,
			    names);
	}
}

static bool
is_in(const void *of, const char *name)
{
	for (const char *const *n = of; *n != NULL; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

static void
test_contract__has_every_field_of_events_and_jobs(void)
{
	each("event", event_fields, is_in, api_event_fields);
	each("job", job_fields, is_in, api_job_fields);
	each("request", request_fields, is_option, api_request_fields);
}

static bool
is_told(const void *of, const char *name)
{
	for (const struct json *i = json_first(of); i != NULL; i = json_next(i))
		if (bytes_is(json_text(json_get(i, "name")), name))
			return true;
	return false;
}

static bool
may_be_set(const void *of, const char *name)
{
	bool is_one = false;

	for (const struct json *i = json_first(of); i != NULL; i = json_next(i))
		if (bytes_is(json_text(json_get(i, "name")), name))
			(void)json_bool(json_get(i, "set"), &is_one);
	return is_one;
}

static void
test_contract__has_every_field_of_records(void)
{
	const struct json *site = NULL, *kinds;
	struct desk_fixture f;
	struct site_read read;
	struct buf hello;

	desk_setup(&f);
	hello = buf_in(f.arena);
	MUST(site_read_begin(f.site, &read));
	MUST(body_hello(&hello, read.directory, true));
	site_read_end(&read);
	MUST(json_parse(f.arena, buf_get(&hello), 1024 * 1024, &site, NULL));
	kinds = json_get(site, "kinds");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		each(fields[i].kind, fields[i].names, is_told,
		    json_get(kinds, fields[i].kind));
	for (size_t i = 0; i < sizeof set / sizeof *set; i++)
		each(set[i].kind, set[i].names, may_be_set,
		    json_get(kinds, set[i].kind));
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_contract__has_every_function);
	RUN(test_contract__has_every_option);
	RUN(test_contract__has_every_field_of_events_and_jobs);
	RUN(test_contract__has_every_field_of_records);
	return tap_done();
}
