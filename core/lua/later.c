/* core/lua/later.c - wishes for later: timers, runs of their own, and what is
 * kept between runs. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/filter.h"
#include "core/lua/register.h"
#include "core/lua/value.h"
#include "core/lua/wish.h"

#define AFTER_MIN_S 60 /* so that circles of timers turn slowly */
#define UNLESS_MAX 10
#define KEY_BYTES_MAX 64
#define EACH_MAX 1000
#define STORE_KEY_MAX 200

/* The job at <index> of this file, as a member "job": "file/name". */
static void
write_job(lua_State *L, int index, struct json_writer *w, const char *what)
{
	struct state *s = state_of(L);
	struct bytes name;

	if (lua_isfunction(L, index))
		luaL_error(L,
		    "%s: a job is given by its name: desk.job(\"name\", "
		    "function(ticket, job) ... end) at the top level",
		    what);
	name = check_text(L, index, push_name(L, what, "the job"), 100);
	check_job(L, what, name.at);
	json_member_string(
	    w, "job", lua_pushfstring(L, "%s/%s", s->run.file, name.at));
	lua_pop(L, 1);
}

/* The options that timers share, from the table at <options>. */
static void
write_timer(lua_State *L, int options, struct json_writer *w, const char *what)
{
	if (option_push(L, options, "unless") != LUA_TNIL) {
		int list = lua_gettop(L);
		int n = check_list(
		    L, list, push_name(L, what, "unless"), UNLESS_MAX);

		json_key(w, "unless");
		json_begin_list(w);
		for (int i = 1; i <= n; i++) {
			enum hook hook;

			lua_geti(L, list, i);
			hook = check_hook(L, lua_gettop(L), "unless");
			if (hook_points[hook].kind != HOOK_AFTER)
				luaL_error(L,
				    "%s: unless names what "
				    "happened, not \"%s\"",
				    what, hook_points[hook].name);
			json_put_string(w, hook_points[hook].name);
			lua_pop(L, 1);
		}
		json_end_list(w);
	}
	if (option_push(L, options, "paused_when") != LUA_TNIL) {
		json_key(w, "paused_when");
		filter_write(L, -1, w, FILTER_LOOK_UP, "paused_when");
	}
	if (option_push(L, options, "data") != LUA_TNIL) {
		int data = lua_gettop(L);

		json_key(w, "data");
		value_write(L, data, w, push_name(L, what, "data"));
	}
}

/* ticket:after(duration, job, { unless = hooks, paused_when = F, calendar =,
 *     data = })
 *
 * duration     "15m", "6h", "2d"; business time "30bm", "2bh", "1bd"; at least
 *              a minute
 * job          of this file; the same job on the same ticket is replaced
 * unless       hooks: if one of these happened since, the job is not run
 * paused_when  F: while the ticket is so, the time stands still
 * calendar     by which business time counts; else the queue's, else the site's
 * data         job.data
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_after(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:after");
	struct bytes calendar;
	struct json_writer *w;

	(void)check_span(L, 2, "ticket:after", AFTER_MIN_S);
	lua_settop(L, 4);
	check_options(L, 4, OPTIONS_AFTER);
	calendar = option_text(L, 4, "calendar", KEY_BYTES_MAX);
	if (calendar.len > 0)
		check_key(L, "ticket:after: calendar", "calendar", calendar.at);
	w = wish_begin(L, "after", false);
	json_member_int(w, "ticket", ticket->id);
	json_member_string(w, "duration", lua_tostring(L, 2));
	if (calendar.len > 0)
		json_member_text(w, "calendar", calendar);
	write_job(L, 3, w, "ticket:after");
	write_timer(L, 4, w, "ticket:after");
	wish_end(L);
	return 0;
}

/* ticket:at(time, job, { unless = hooks, data = })
 *
 * time  UTC seconds; at least a minute from now
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_at(lua_State *L)
{
	struct state *s = state_of(L);
	struct object *ticket = check_ticket(L, "ticket:at");
	struct json_writer *w;
	int64_t at;

	if (lua_type(L, 2) != LUA_TNUMBER)
		raise_type(L, 2, "ticket:at", "a time in UTC seconds");
	at = (int64_t)lua_tonumber(L, 2);
	if (at < s->run.now_us / 1000000 + AFTER_MIN_S)
		return luaL_error(L, "ticket:at: that is not a minute ahead");
	lua_settop(L, 4);
	check_options(L, 4, OPTIONS_AT);
	w = wish_begin(L, "at", false);
	json_member_int(w, "ticket", ticket->id);
	json_member_int(w, "time", at);
	write_job(L, 3, w, "ticket:at");
	write_timer(L, 4, w, "ticket:at");
	wish_end(L);
	return 0;
}

/* ticket:cancel(job): the job is no longer run; it need not be pending.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_cancel(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:cancel");
	struct json_writer *w = wish_begin(L, "cancel", false);

	json_member_int(w, "ticket", ticket->id);
	write_job(L, 2, w, "ticket:cancel");
	wish_end(L);
	return 0;
}

/* A list of objects; the server runs the job once for each. */
static void
write_items(lua_State *L, int list, int n, struct json_writer *w)
{
	json_key(w, "items");
	json_begin_list(w);
	for (int i = 1; i <= n; i++) {
		struct object *object;

		lua_geti(L, list, i);
		object = object_any(L, lua_gettop(L));
		if (object == NULL)
			raise_type(L, lua_gettop(L), "desk.each: an item",
			    "a ticket, a customer or an agent");
		json_begin_object(w);
		json_member_string(w, "kind", object_kind_name(object->kind));
		json_key(w, "id");
		object_write_id(w, object);
		json_end_object(w);
		lua_pop(L, 1);
	}
	json_end_list(w);
}

/* desk.each(list_or_filter, job, data): one run of the job for each, with its
 * own limits, commit and retry.
 *
 * list  up to EACH_MAX tickets, customers or agents; none for an empty one
 * F     or a filter: the tickets that match at the commit
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_desk_each(lua_State *L)
{
	struct json_writer *w;
	int n;

	check_phase(L, PHASE_DO, "desk.each");
	lua_settop(L, 3);
	n = check_list(L, 1, "desk.each", EACH_MAX);
	lua_pushnil(L);
	if (n == 0 && lua_next(L, 1) == 0)
		return 0;
	lua_settop(L, 3);
	w = wish_begin(L, "each", false);
	if (n > 0) {
		write_items(L, 1, n, w);
	} else {
		json_key(w, "filter");
		filter_write(L, 1, w, FILTER_LOOK_UP, "desk.each");
	}
	write_job(L, 2, w, "desk.each");
	if (!lua_isnil(L, 3)) {
		json_key(w, "data");
		value_write(L, 3, w, "desk.each: data");
	}
	wish_end(L);
	return 0;
}

/* Methods are called with a colon: desk.store:get(key). */
static struct bytes
check_store_key(lua_State *L, const char *what)
{
	lua_settop(L, 3);
	if (!lua_istable(L, 1))
		luaL_error(L, "%s: write it with a colon", what);
	return check_text(L, 2, push_name(L, what, "the key"), STORE_KEY_MAX);
}

/* desk.store:get(key): what this file has kept under it, or nil. A run whose
 * value is another one by the time it is done is begun anew, so that two runs
 * at once both count.
 *
 * Since API 1. In handlers and jobs.
 */
int
l_store_get(lua_State *L)
{
	struct bytes key = check_store_key(L, "desk.store:get");
	struct json_writer *w = ask_begin(L, "store", "desk.store:get");

	json_member_text(w, "key", key);
	value_push(L, ask_end(L));
	return 1;
}

/* desk.store:set(key, value): false or nil removes it.
 *
 * Since API 1. In -ed handlers and jobs; kept with the run's other changes.
 */
int
l_store_set(lua_State *L)
{
	struct bytes key;
	struct json_writer *w;

	check_phase(L, PHASE_DO, "desk.store:set");
	key = check_store_key(L, "desk.store:set");
	w = wish_begin(L, "store_set", false);
	json_member_text(w, "key", key);
	json_key(w, "value");
	if (lua_toboolean(L, 3))
		value_write(L, 3, w, "desk.store:set");
	else
		json_put_bool(w, false);
	wish_end(L);
	return 0;
}

/* desk.store:add(key, n): adds to a whole number; two at once both count.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_store_add(lua_State *L)
{
	struct bytes key;
	struct json_writer *w;
	int64_t n;

	check_phase(L, PHASE_DO, "desk.store:add");
	key = check_store_key(L, "desk.store:add");
	n = check_whole(L, 3, "desk.store:add", -JSON_INT_MAX, JSON_INT_MAX);
	w = wish_begin(L, "store_add", false);
	json_member_text(w, "key", key);
	json_member_int(w, "n", n);
	wish_end(L);
	return 0;
}
