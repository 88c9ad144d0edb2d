/* tests/unit/test_lua_types.c - scripts/desk.d.lua names what there is: the
 * functions, options, hooks and fields of the tables in core/lua and
 * core/script, and nothing else. */
#include "config.h"

#include "core/base/paths.h"
#include "core/desk/body.h"
#include "core/lua/api.h"
#include "core/lua/check.h"
#include "tests/unit/desk_fixture.h"

static char types[128 * 1024]; /* desk.d.lua */

static void
read_types(void)
{
	char path[PATH_MAX];
	struct buf text = BUF_INIT;

	snprintf(
	    path, sizeof path, "%s/scripts/desk.d.lua", path_get(PATH_DATADIR));
	MUST(file_read(path, sizeof types - 1, &text, NULL));
	memcpy(types, text.at, text.len);
	buf_release(&text);
}

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* The line "function PREFIXname(" at or behind <from>; the name in <out>. */
static const char *
next_function(const char *from, const char *prefix, char out[64])
{
	char wanted[64];
	size_t len;

	snprintf(wanted, sizeof wanted, "\nfunction %s", prefix);
	len = strlen(wanted);
	while ((from = strstr(from, wanted)) != NULL) {
		size_t n = 0;

		from += len;
		while (is_name_char(from[n]) && n < 63) {
			out[n] = from[n];
			n++;
		}
		out[n] = '\0';
		if (from[n] == '(')
			return from;
	}
	return NULL;
}

static bool
has_function(const luaL_Reg *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return true;
	return false;
}

static void
check_functions(const char *prefix, const luaL_Reg *table)
{
	const char *at = types;
	char name[64];
	size_t count = 0;

	for (const luaL_Reg *f = table; f->name != NULL; f++) {
		bool found = false;

		for (at = types; (at = next_function(at, prefix, name));)
			found = found || strcmp(name, f->name) == 0;
		if (!found)
			printf("# %s%s has no types\n", prefix, f->name);
		CHECK(found);
	}
	for (at = types; (at = next_function(at, prefix, name)); count++) {
		if (!has_function(table, name))
			printf("# there is no %s%s\n", prefix, name);
		CHECK(has_function(table, name));
	}
	printf("# %s: %zu functions\n", prefix, count);
}

static void
test_types__name_every_function(void)
{
	static const luaL_Reg test[] = { { "world", l_world_create },
		{ NULL, NULL } };

	check_functions("desk.", api_desk);
	check_functions("store:", api_store);
	check_functions("json.", api_json);
	check_functions("event:", api_event);
	check_functions("ticket:", api_methods[OBJECT_TICKET]);
	check_functions("customer:", api_methods[OBJECT_CUSTOMER]);
	check_functions("agent:", api_methods[OBJECT_AGENT]);
	check_functions("calendar:", api_methods[OBJECT_CALENDAR]);
	check_functions("world:", api_world);
	check_functions("test.", test);
	check_functions("", api_test);
}

/* Whether the text has it as a word of its own. */
static bool
has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at += len)
		if (!is_name_char(at[-1]) && !is_name_char(at[len]))
			return true;
	return false;
}

/* Else luacheck would warn of what there is. */
static void
test_luacheckrc__names_every_function(void)
{
	static const luaL_Reg *const tables[] = { api_desk, api_store, api_json,
		api_test };
	char path[PATH_MAX];
	struct buf text = BUF_INIT;

	snprintf(path, sizeof path, "%s/scripts/.luacheckrc",
	    path_get(PATH_DATADIR));
	MUST(file_read(path, sizeof types - 1, &text, NULL));
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		for (const luaL_Reg *f = tables[i]; f->name != NULL; f++) {
			if (!has_word(buf_string(&text), f->name))
				printf("# %s is missing\n", f->name);
			CHECK(has_word(buf_string(&text), f->name));
		}
	buf_release(&text);
}

/* The fields of a class, with one space between; "" if there is none. */
static const char *
class_fields(const char *class)
{
	static char out[4096];
	char head[128];
	const char *at;
	size_t len = 0;

	snprintf(head, sizeof head, "\n---@class %s\n", class);
	at = strstr(types, head);
	out[0] = '\0';
	if (at == NULL)
		return out;
	at += strlen(head);
	while (strncmp(at, "---@field ", 10) == 0) {
		at += 10;
		if (len > 0)
			out[len++] = ' ';
		while (is_name_char(*at) && len < sizeof out - 2)
			out[len++] = *at++;
		at = strchr(at, '\n') + 1;
	}
	out[len] = '\0';
	return out;
}

/* Both have the same names; the order does not count. */
static bool
is_same_set(const char *a, const char *b)
{
	struct bytes rest = bytes_of(a);
	bool is_same = strlen(a) == strlen(b);

	while (rest.at != NULL && rest.len > 0) {
		struct bytes one = bytes_split(&rest, ' ');
		char name[64];

		snprintf(name, sizeof name, "%.*s", BYTES_ARG(one));
		if (has_name(b, name))
			continue;
		printf("# \"%s\" is in one only\n", name);
		is_same = false;
	}
	return is_same;
}

static void
test_types__name_every_option(void)
{
	for (int i = 0; i < OPTIONS__COUNT; i++) {
		char class[64];

		snprintf(class, sizeof class, "%s", option_lists[i].function);
		for (char *c = class; *c != '\0'; c++)
			*c = *c == ':' ? '.' : *c;
		printf("# %s\n", class);
		CHECK(is_same_set(option_lists[i].names, class_fields(class)));
	}
}

static const char *
join(const char *const *names)
{
	static char out[2048];
	size_t len = 0;

	out[0] = '\0';
	for (; *names != NULL; names++)
		len += (size_t)snprintf(out + len, sizeof out - len, "%s%s",
		    len > 0 ? " " : "", *names);
	return out;
}

static void
test_types__name_the_fields_of_events_and_jobs(void)
{
	CHECK(is_same_set(join(api_event_fields), class_fields("Event")));
	CHECK(is_same_set(join(api_job_fields), class_fields("Job")));
	CHECK(is_same_set(join(api_world_fields), class_fields("World")));
	CHECK(is_same_set(api_request_fields, class_fields("route.request")));
}

static void
test_types__name_every_hook(void)
{
	const char *at = strstr(types, "---@alias Hook\n");
	int count = 0;

	CHECK(at != NULL);
	at += strlen("---@alias Hook\n");
	for (; strncmp(at, "---| \"", 6) == 0; count++) {
		const char *end = strchr(at + 6, '"');
		struct bytes name = { at + 6, (size_t)(end - at - 6) };

		printf("# %.*s\n", BYTES_ARG(name));
		CHECK(count < HOOK__COUNT &&
		    bytes_is(name, hook_points[count].name));
		at = strchr(at, '\n') + 1;
	}
	CHECK_INT(count, HOOK__COUNT);
}

/* Whether the server tells of such a field. */
static bool
is_told(const struct json *site, const char *kind, const char *field)
{
	const struct json *list = json_get(json_get(site, "kinds"), kind);

	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i))
		if (bytes_is(json_text(json_get(i, "name")), field))
			return true;
	return false;
}

static void
test_types__name_fields_that_the_server_tells(void)
{
	static const char *const classes[][2] = { { "Ticket", "ticket" },
		{ "Customer", "customer" }, { "Agent", "agent" },
		{ "Entry", "entry" }, { "Queue", "queue" },
		{ "Organisation", "organisation" }, { "Article", "article" },
		{ "Calendar", "calendar" } };
	struct desk_fixture f;
	struct site_read read;
	const struct json *site = NULL;
	struct buf hello;

	desk_setup(&f);
	hello = buf_in(f.arena);
	MUST(site_read_begin(f.site, &read));
	MUST(body_hello(&hello, read.directory, true));
	site_read_end(&read);
	MUST(json_parse(f.arena, buf_get(&hello), 1024 * 1024, &site, NULL));
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		struct bytes rest = bytes_of(class_fields(classes[i][0]));

		CHECK(rest.len > 0);
		while (rest.at != NULL && rest.len > 0) {
			struct bytes one = bytes_split(&rest, ' ');
			char name[64];

			snprintf(name, sizeof name, "%.*s", BYTES_ARG(one));
			if (!is_told(site, classes[i][1], name))
				printf("# %s.%s\n", classes[i][1], name);
			CHECK(is_told(site, classes[i][1], name));
		}
	}
	desk_teardown(&f);
}

int
main(void)
{
	read_types();
	RUN(test_types__name_every_function);
	RUN(test_luacheckrc__names_every_function);
	RUN(test_types__name_every_option);
	RUN(test_types__name_the_fields_of_events_and_jobs);
	RUN(test_types__name_every_hook);
	RUN(test_types__name_fields_that_the_server_tells);
	return tap_done();
}
