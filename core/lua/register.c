/* core/lua/register.c - desk.on, desk.job, desk.every, desk.cron: what files
 * register; what they offer to people and programs is in offer.c. */
#include "config.h"
#include "core/lua/register.h"
#include "core/base/arena.h"
#include "core/base/cron.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/filter.h"
#include "core/lua/suggest.h"

#include <string.h>

#define NAME_BYTES_MAX 100
#define ORDER_MAX 1000
#define EVERY_MIN_S 60

static const char *const kind_names[REGISTERED_KIND__COUNT] = {
	[REGISTERED_HANDLER] = "handler",
	[REGISTERED_JOB] = "job",
	[REGISTERED_TIMER] = "timer",
	[REGISTERED_ACTION] = "action",
	[REGISTERED_PANEL] = "panel",
	[REGISTERED_ROUTE] = "route",
	[REGISTERED_TEST] = "test",
};

static bool
is_taken(const struct state *s, struct bytes name)
{
	for (size_t i = s->loader->first; i < s->registry.count; i++)
		if (bytes_is(name, s->registry.list[i].name))
			return true;
	return false;
}

static bool
grow(struct state *s)
{
	struct registry *r = &s->registry;
	size_t cap = r->cap == 0 ? 64 : r->cap * 2;
	struct registered *list;

	if (r->count < r->cap)
		return true;
	list = arena_grow(
	    s->fixed, r->list, r->cap * sizeof *list, cap * sizeof *list);
	if (list == NULL)
		return false;
	r->list = list;
	r->cap = cap;
	return true;
}

const char *
register_keep(lua_State *L, const struct buf *text)
{
	const char *copy = text->failed ?
	    NULL :
	    arena_copy(state_of(L)->fixed, text->at, text->len);

	if (copy == NULL)
		luaL_error(L, "not enough memory");
	return copy;
}

struct registered *
registry_add(
    lua_State *L, int index, enum registered_kind kind, struct bytes name)
{
	struct state *s = state_of(L);
	struct registered *r;
	lua_Debug at = { 0 };

	if (!lua_isfunction(L, index))
		raise_type(L, index,
		    push_name(L, kind_names[kind], "what it does"),
		    "a function (f, not f())");
	if (bytes_has(name, '/'))
		luaL_error(L, "\"%s\": a name has no slash", name.at);
	if (is_taken(s, name))
		luaL_error(L,
		    "this file has \"%s\" already: give this one a name of "
		    "its own, { name = ... }",
		    name.at);
	if (s->registry.count >= REGISTERED_MAX)
		luaL_error(L, "over %d handlers and jobs", REGISTERED_MAX);
	if (!grow(s))
		luaL_error(L, "not enough memory");
	r = &s->registry.list[s->registry.count];
	*r = (struct registered){ .kind = kind, .hook = HOOK__COUNT };
	r->file = s->loader->file;
	r->name = arena_copy(s->fixed, name.at, name.len);
	if (r->name == NULL)
		luaL_error(L, "not enough memory");
	if (lua_getstack(L, 1, &at) && lua_getinfo(L, "l", &at))
		r->line = at.currentline;
	lua_pushvalue(L, index);
	r->function = luaL_ref(L, LUA_REGISTRYINDEX);
	s->registry.count++;
	return r;
}

void
registry_cut(struct state *s, size_t first)
{
	while (s->registry.count > first)
		luaL_unref(s->L, LUA_REGISTRYINDEX,
		    s->registry.list[--s->registry.count].function);
}

void
registry_write(const struct state *s, size_t first, struct json_writer *w)
{
	json_begin_list(w);
	for (size_t i = first; i < s->registry.count; i++) {
		const struct registered *r = &s->registry.list[i];

		json_begin_object(w);
		json_member_string(w, "kind", kind_names[r->kind]);
		json_member_string(w, "name", r->name);
		json_member_int(w, "line", r->line);
		if (r->kind == REGISTERED_HANDLER) {
			json_member_string(
			    w, "hook", hook_points[r->hook].name);
			json_member_int(w, "order", r->order);
			json_member_bool(w, "required", r->is_required);
		}
		if (r->when != NULL)
			json_member_string(w, "when", r->when);
		if (r->every_s > 0)
			json_member_int(w, "every", r->every_s);
		if (r->cron != NULL)
			json_member_string(w, "cron", r->cron);
		if (r->zone != NULL)
			json_member_string(w, "zone", r->zone);
		if (r->skips_missed)
			json_member_bool(w, "skip_missed", true);
		if (r->with != NULL) {
			json_key(w, "with");
			json_put_raw(w, bytes_of(r->with));
		}
		json_end_object(w);
	}
	json_end_list(w);
}

void
check_job(lua_State *L, const char *what, const char *name)
{
	struct state *s = state_of(L);
	struct suggestion near = suggest(name);

	for (size_t i = 0; i < s->registry.count; i++) {
		const struct registered *r = &s->registry.list[i];

		if (r->kind != REGISTERED_JOB ||
		    strcmp(r->file, s->run.file) != 0)
			continue;
		if (strcmp(r->name, name) == 0)
			return;
		suggest_try(&near, r->name);
	}
	luaL_error(L, "%s: this file has no job \"%s\"%s", what, name,
	    suggest_push(L, &near));
}

const char *
register_when(lua_State *L, int options, enum filter_use use)
{
	struct state *s = state_of(L);
	const char *copy;

	if (option_push(L, options, "when") == LUA_TNIL) {
		lua_pop(L, 1);
		return NULL;
	}
	buf_clear(&s->scratch);
	s->writer = json_writer(&s->scratch);
	filter_write(L, -1, &s->writer, use, "when");
	copy = register_keep(L, &s->scratch);
	lua_pop(L, 1);
	return copy;
}

/* desk.on(hook, { name =, when = F, order = 50, required = false }, function)
 *
 * hook      a hook point, e.g. "ticket.created"
 * name      unique within the file; the hook's if not given
 * when      F, tested just before the handler, on the act as it stands then
 * order     0 to ORDER_MAX; low ones first, then by file, then by name
 * required  if it fails, the act is refused; -ing hooks only
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_on(lua_State *L)
{
	struct registered *r;
	struct bytes name;
	enum hook hook;
	const char *when;
	int64_t order;
	bool is_required;

	check_phase(L, PHASE_LOAD, "desk.on");
	hook = check_hook(L, 1, "desk.on");
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_ON);
	order = option_whole(L, 2, "order", 0, ORDER_MAX, 50);
	is_required = option_bool(L, 2, "required", false);
	if (is_required && hook_points[hook].kind == HOOK_AFTER)
		return luaL_error(L,
		    "desk.on: \"required\" is for hooks "
		    "before the commit");
	when = register_when(L, 2, FILTER_WHEN);
	if (when != NULL && !hook_holds(hook, BYTES("ticket")))
		return luaL_error(L,
		    "desk.on: \"when\" is about a ticket, and "
		    "\"%s\" has none",
		    hook_points[hook].name);
	name = option_text(L, 2, "name", NAME_BYTES_MAX);
	if (name.at == NULL)
		name = bytes_of(hook_points[hook].name);
	r = registry_add(L, 3, REGISTERED_HANDLER, name);
	r->hook = hook;
	r->order = (int)order;
	r->is_required = is_required;
	r->when = when;
	return 0;
}

/* desk.job(name, function(subject, job) end)
 *
 * What after, at and each start, by its name.
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_job(lua_State *L)
{
	struct bytes name;

	check_phase(L, PHASE_LOAD, "desk.job");
	name = check_text(L, 1, "desk.job: the name", NAME_BYTES_MAX);
	(void)registry_add(L, 2, REGISTERED_JOB, name);
	return 0;
}

/* desk.every("15m", { name = }, function(job) end)
 *
 * At least a minute. Without a name it is "every 15m".
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_every(lua_State *L)
{
	struct bytes name;
	int64_t every_s;

	check_phase(L, PHASE_LOAD, "desk.every");
	every_s = check_duration(L, 1, "desk.every", EVERY_MIN_S);
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_EVERY);
	name = option_text(L, 2, "name", NAME_BYTES_MAX);
	if (name.at == NULL)
		name = bytes_of(
		    lua_pushfstring(L, "every %s", lua_tostring(L, 1)));
	registry_add(L, 3, REGISTERED_TIMER, name)->every_s = every_s;
	return 0;
}

/* A text that outlives the load; NULL for none. */
static const char *
keep_text(lua_State *L, struct bytes text)
{
	char *copy;

	if (text.at == NULL)
		return NULL;
	copy = arena_copy(state_of(L)->fixed, text.at, text.len);
	if (copy == NULL)
		luaL_error(L, "not enough memory");
	return copy;
}

/* The zone in the option, which the server must know. */
static struct bytes
read_zone(lua_State *L, int options)
{
	struct bytes zone = option_text(L, options, "zone", NAME_BYTES_MAX);
	struct json_writer *w;
	bool is_known = false;

	if (zone.at == NULL)
		return zone;
	w = ask_begin_in(L, PHASE_LOAD, "zone", "desk.cron");
	json_member_text(w, "name", zone);
	(void)json_bool(ask_end(L), &is_known);
	if (!is_known)
		luaL_error(L,
		    "desk.cron: there is no time zone \"%s\": write it as "
		    "Europe/Berlin",
		    zone.at);
	return zone;
}

/* desk.cron("30 7 * * 1-5", { name =, zone =, missed = }, function(job) end)
 *
 * text    minute, hour, day of the month, month, day of the week, as in
 *         crontab(5); names such as mon and jan will do
 * zone    whose clocks count; the site's if not given. A time that is left out
 *         in spring comes with the next minute there is, one that comes twice
 *         in autumn counts once
 * missed  "once": what came while nothing could run is made up for by one run;
 *         "skip": it is not
 *
 * Without a name it is "cron 30 7 * * 1-5".
 *
 * Since API 1. At a file's top level.
 */
int
l_desk_cron(lua_State *L)
{
	char fault[CRON_FAULT_SIZE];
	struct bytes text, zone, missed, name;
	struct registered *r;
	struct cron cron;

	check_phase(L, PHASE_LOAD, "desk.cron");
	text = check_text(L, 1, "desk.cron", NAME_BYTES_MAX - 5);
	if (cron_parse(text, &cron, fault) != ERR_OK)
		return luaL_error(L, "desk.cron: \"%s\": %s", text.at, fault);
	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_CRON);
	zone = read_zone(L, 2);
	missed = option_text(L, 2, "missed", 20);
	if (missed.at != NULL && !has_name("once skip", missed.at))
		return luaL_error(L,
		    "desk.cron: missed is \"once\" or \"skip\", not \"%s\"",
		    missed.at);
	name = option_text(L, 2, "name", NAME_BYTES_MAX);
	if (name.at == NULL) /* names have no slashes */
		name = bytes_of(lua_pushfstring(
		    L, "cron %s", luaL_gsub(L, text.at, "/", ":")));
	r = registry_add(L, 3, REGISTERED_TIMER, name);
	r->cron = keep_text(L, text);
	r->zone = keep_text(L, zone);
	r->skips_missed = missed.at != NULL && bytes_is(missed, "skip");
	return 0;
}
