/* core/lua/calendar.c - desk.calendar: questions about business time. The
 * server has the calendars and the time zones. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/object.h"

/* The key at 1, of a queue or a calendar; NULL if there is nothing. */
static const char *
check_calendar_key(lua_State *L)
{
	const char *what = "desk.calendar", *near;
	struct state *s = state_of(L);
	struct object *queue;
	struct bytes key;

	if (lua_isnoneornil(L, 1))
		return NULL;
	queue = object_any(L, 1);
	if (queue != NULL)
		return object_check(L, 1, OBJECT_QUEUE, what)->key;
	key = check_key_text(L, 1, what);
	if (site_has_key(s, "queue", key.at) ||
	    site_has_key(s, "calendar", key.at))
		return key.at;
	near = site_suggest(L, "queue", key.at);
	if (*near == '\0')
		near = site_suggest(L, "calendar", key.at);
	luaL_error(L, "%s: there is no queue or calendar \"%s\"%s", what,
	    key.at, near);
	return NULL;
}

/* desk.calendar(queue_or_name): the calendar of a queue, or the one of this
 * key; the site's if nothing is given. nil if the site has none at all.
 *
 * Since API 1. In handlers, jobs and tests.
 */
int
l_desk_calendar(lua_State *L)
{
	const char *key = check_calendar_key(L);
	struct json_writer *w = ask_begin(L, "calendar", "desk.calendar");
	const struct json *answer;

	if (key != NULL)
		json_member_string(w, "key", key);
	answer = ask_end(L);
	object_know(state_of(L), OBJECT_CALENDAR, answer);
	object_push_record(L, OBJECT_CALENDAR, answer);
	return 1;
}

static int64_t
check_time(lua_State *L, int index, const char *what)
{
	if (lua_type(L, index) != LUA_TNUMBER)
		raise_type(L, index, what, "a time in UTC seconds");
	return (int64_t)lua_tonumber(L, index);
}

/* Begin a question about the calendar at 1 and the time at 2. */
static struct json_writer *
begin(lua_State *L, const char *question, const char *what)
{
	struct object *calendar = object_check(L, 1, OBJECT_CALENDAR, what);
	int64_t at = check_time(L, 2, what);
	struct json_writer *w = ask_begin(L, question, what);

	json_member_string(w, "calendar", calendar->key);
	json_member_int(w, "at", at);
	return w;
}

/* Push the whole number that is the answer. */
static int
end(lua_State *L)
{
	int64_t n = 0;

	(void)json_int(ask_end(L), &n);
	lua_pushinteger(L, n);
	return 1;
}

/* calendar:is_open(at): whether it is open then. Since API 1. */
int
l_calendar_is_open(lua_State *L)
{
	bool is_open = false;

	(void)begin(L, "calendar.is_open", "calendar:is_open");
	(void)json_bool(ask_end(L), &is_open);
	lua_pushboolean(L, is_open);
	return 1;
}

/* calendar:next_open(at): when it opens next; <at> itself if it is open then.
 *
 * Since API 1.
 */
int
l_calendar_next_open(lua_State *L)
{
	(void)begin(L, "calendar.next_open", "calendar:next_open");
	return end(L);
}

/* calendar:add(at, duration): when that has passed since <at>.
 *
 * duration  "30bm", "3bh" or "1bd"; others count by the clock
 *
 * Since API 1.
 */
int
l_calendar_add(lua_State *L)
{
	struct json_writer *w;

	(void)check_span(L, 3, "calendar:add", 0);
	w = begin(L, "calendar.add", "calendar:add");
	json_member_string(w, "duration", lua_tostring(L, 3));
	return end(L);
}

/* calendar:between(a, b): for how many seconds it is open between the two;
 * negative if b is the earlier one.
 *
 * Since API 1.
 */
int
l_calendar_between(lua_State *L)
{
	int64_t to = check_time(L, 3, "calendar:between");
	struct json_writer *w = begin(
	    L, "calendar.between", "calendar:between");

	json_member_int(w, "to", to);
	return end(L);
}
