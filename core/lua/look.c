/* core/lua/look.c - look-ups: questions that give objects. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/filter.h"
#include "core/lua/object.h"

#define ENTRIES_MAX 200

/* Ask <question> with one text, and push the object that is the answer. */
static int
one_by_text(lua_State *L, const char *question, const char *member,
    enum object_kind kind)
{
	const struct json *answer;
	struct json_writer *w;
	struct bytes text;
	const char *what;

	lua_settop(L, 1);
	what = lua_pushfstring(L, "desk.%s", question);
	text = check_text(L, 1, what, OBJECT_KEY_MAX);
	w = ask_begin(L, question, what);
	json_member_text(w, member, text);
	answer = ask_end(L);
	object_know(state_of(L), kind, answer);
	object_push_record(L, kind, answer);
	return 1;
}

/* desk.ticket(number): the ticket, or nil.
 *
 * Since API 1. In handlers, jobs and tests, as all look-ups.
 */
int
l_desk_ticket(lua_State *L)
{
	int64_t number = check_whole(
	    L, 1, "desk.ticket: the number", 1, JSON_INT_MAX);
	struct json_writer *w = ask_begin(L, "ticket", "desk.ticket");

	json_member_int(w, "number", number);
	object_push_record(L, OBJECT_TICKET, ask_end(L));
	return 1;
}

/* desk.customer(address): who has this mail address, or nil. Since API 1. */
int
l_desk_customer(lua_State *L)
{
	return one_by_text(L, "customer", "address", OBJECT_CUSTOMER);
}

/* desk.agent(login): the agent, or nil. Since API 1. */
int
l_desk_agent(lua_State *L)
{
	return one_by_text(L, "agent", "login", OBJECT_AGENT);
}

/* desk.queue(key): the queue's record, or nil. Since API 1. */
int
l_desk_queue(lua_State *L)
{
	return one_by_text(L, "queue", "key", OBJECT_QUEUE);
}

/* desk.organisation(domain): whose people write from it, or nil. Since API 1.
 */
int
l_desk_organisation(lua_State *L)
{
	return one_by_text(L, "organisation", "domain", OBJECT_ORGANISATION);
}

/* The iterator of desk.tickets. Upvalues: the filter's JSON, the item that
 * comes next (or NULL), the cursor behind the page (or nil), the run. */
enum { UP_FILTER = 1, UP_ITEM, UP_CURSOR, UP_RUN };

static const struct json *
ask_page(lua_State *L, const char *filter, const char *cursor)
{
	struct json_writer *w = ask_begin(L, "tickets", "desk.tickets");

	json_key(w, "filter");
	json_put_raw(w, bytes_of(filter));
	if (cursor != NULL)
		json_member_string(w, "after", cursor);
	return ask_end(L);
}

static const struct json *
first_item(const struct json *page)
{
	return json_first(json_get(page, "items"));
}

static void
push_item(lua_State *L, const struct json *item)
{
	lua_pushlightuserdata(L, (void *)(uintptr_t)item);
}

static int
l_tickets_next(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *item = lua_touserdata(L, lua_upvalueindex(UP_ITEM));
	const struct json *page;

	if ((uint64_t)lua_tointeger(L, lua_upvalueindex(UP_RUN)) !=
	    s->run_number)
		return luaL_error(L,
		    "desk.tickets: kept from a run that is "
		    "over");
	if (item == NULL && lua_isstring(L, lua_upvalueindex(UP_CURSOR))) {
		page = ask_page(L, lua_tostring(L, lua_upvalueindex(UP_FILTER)),
		    lua_tostring(L, lua_upvalueindex(UP_CURSOR)));
		lua_pushstring(L, json_text(json_get(page, "next")).at);
		lua_replace(L, lua_upvalueindex(UP_CURSOR));
		item = first_item(page);
	}
	push_item(L, json_next(item));
	lua_replace(L, lua_upvalueindex(UP_ITEM));
	object_push_record(L, OBJECT_TICKET, item);
	return 1;
}

/* The filter at 1 as JSON, pushed. */
static const char *
push_filter(lua_State *L, const char *what)
{
	struct state *s = state_of(L);

	lua_settop(L, 1);
	buf_clear(&s->scratch);
	s->scratch_writer = json_writer(&s->scratch);
	filter_write(L, 1, &s->scratch_writer, FILTER_LOOK_UP, what);
	if (s->scratch.failed)
		luaL_error(L, "%s: not enough memory", what);
	return lua_pushlstring(L, s->scratch.at, s->scratch.len);
}

/* desk.tickets(F): for ticket in desk.tickets{ ... } do ... end
 *
 * Page by page, newest first; each page is a question of the run's
 * SCRIPT_ASKS_MAX.
 *
 * Since API 1.
 */
int
l_desk_tickets(lua_State *L)
{
	struct state *s = state_of(L);
	const char *filter = push_filter(L, "desk.tickets");
	const struct json *page = ask_page(L, filter, NULL);

	push_item(L, first_item(page));
	lua_pushstring(L, json_text(json_get(page, "next")).at);
	lua_pushinteger(L, (lua_Integer)s->run_number);
	lua_pushcclosure(L, l_tickets_next, UP_RUN);
	return 1;
}

/* desk.count(F): how many match; over 1 000 it says 1 001. Since API 1. */
int
l_desk_count(lua_State *L)
{
	const char *filter = push_filter(L, "desk.count");
	struct json_writer *w = ask_begin(L, "count", "desk.count");
	int64_t count = 0;

	json_key(w, "filter");
	json_put_raw(w, bytes_of(filter));
	(void)json_int(ask_end(L), &count);
	lua_pushinteger(L, count);
	return 1;
}

/* Push the records of <list> as a list of objects. */
static int
push_objects(lua_State *L, enum object_kind kind, const struct json *list)
{
	int n = 0;

	lua_createtable(L, (int)json_count(list), 0);
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i)) {
		object_know(state_of(L), kind, i);
		object_push_record(L, kind, i);
		lua_rawseti(L, -2, ++n);
	}
	return 1;
}

/* desk.agents(A): a list of those who fit, by login. Since API 1. */
int
l_desk_agents(lua_State *L)
{
	struct json_writer *w;

	lua_settop(L, 1);
	w = ask_begin(L, "agents", "desk.agents");
	json_key(w, "filter");
	agents_filter_write(L, 1, w, "desk.agents");
	return push_objects(L, OBJECT_AGENT, ask_end(L));
}

/* desk.articles{ q =, language =, limit = }: a list, the best first. Since
 * API 1. */
int
l_desk_articles(lua_State *L)
{
	struct bytes q, language;
	int64_t limit;
	struct json_writer *w;

	check_options(L, 1, OPTIONS_ARTICLES);
	q = option_text(L, 1, "q", 400);
	language = option_text(L, 1, "language", 16);
	limit = option_whole(L, 1, "limit", 1, 50, 10);
	w = ask_begin(L, "articles", "desk.articles");
	if (q.at != NULL)
		json_member_text(w, "q", q);
	if (language.at != NULL)
		json_member_text(w, "language", language);
	json_member_int(w, "limit", limit);
	return push_objects(L, OBJECT_ARTICLE, ask_end(L));
}

/* ticket:entries{ kind =, from =, limit = }: a list, the oldest first.
 *
 * kind  "reply", "note", "change" or "event"; all if not given
 * from  "customer", "agent", "script" or "system"
 *
 * Since API 1.
 */
int
l_ticket_entries(lua_State *L)
{
	struct object *ticket = object_check(
	    L, 1, OBJECT_TICKET, "ticket:entries");
	struct bytes kind, from;
	int64_t limit;
	struct json_writer *w;

	check_options(L, 2, OPTIONS_ENTRIES);
	kind = option_text(L, 2, "kind", 20);
	from = option_text(L, 2, "from", 20);
	limit = option_whole(L, 2, "limit", 1, ENTRIES_MAX, ENTRIES_MAX);
	w = ask_begin(L, "entries", "ticket:entries");
	json_member_int(w, "ticket", ticket->id);
	if (kind.at != NULL)
		json_member_text(w, "kind", kind);
	if (from.at != NULL)
		json_member_text(w, "from", from);
	json_member_int(w, "limit", limit);
	return push_objects(L, OBJECT_ENTRY, ask_end(L));
}

/* Upvalues: the item that comes next, and the run. */
static int
l_similar_next(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *item = lua_touserdata(L, lua_upvalueindex(1));
	double likeness = 0;

	if ((uint64_t)lua_tointeger(L, lua_upvalueindex(2)) != s->run_number)
		return luaL_error(L,
		    "ticket:similar: kept from a run that is "
		    "over");
	push_item(L, json_next(item));
	lua_replace(L, lua_upvalueindex(1));
	object_push_record(L, OBJECT_TICKET, json_get(item, "ticket"));
	(void)json_number(json_get(item, "likeness"), &likeness);
	lua_pushnumber(L, likeness);
	return 2;
}

/* ticket:similar(F): for other, likeness in ticket:similar{ ... } do
 *
 * likeness  0 to 1; the most similar comes first
 *
 * Since API 1.
 */
int
l_ticket_similar(lua_State *L)
{
	struct state *s = state_of(L);
	struct object *ticket = object_check(
	    L, 1, OBJECT_TICKET, "ticket:similar");
	struct json_writer *w = ask_begin(L, "similar", "ticket:similar");

	lua_settop(L, 2);
	json_member_int(w, "ticket", ticket->id);
	json_key(w, "filter");
	filter_write(L, 2, w, FILTER_LOOK_UP, "ticket:similar");
	push_item(L, json_first(ask_end(L)));
	lua_pushinteger(L, (lua_Integer)s->run_number);
	lua_pushcclosure(L, l_similar_next, 2);
	return 1;
}

/* agent:may(verb, ticket_or_queue): true or false
 *
 * verb  "see", "note", "reply", "assign" or "manage"
 *
 * Since API 1.
 */
int
l_agent_may(lua_State *L)
{
	struct object *agent = object_check(L, 1, OBJECT_AGENT, "agent:may");
	struct bytes verb = check_text(L, 2, "agent:may: the verb", 20);
	struct json_writer *w;
	bool may = false;

	if (lua_type(L, 3) == LUA_TSTRING)
		check_key(L, "agent:may", "queue",
		    check_key_text(L, 3, "agent:may: the queue").at);
	else
		(void)object_check(
		    L, 3, OBJECT_TICKET, "agent:may: of what it");
	w = ask_begin(L, "may", "agent:may");
	json_key(w, "agent");
	object_write_id(w, agent);
	json_member_text(w, "verb", verb);
	if (lua_type(L, 3) == LUA_TSTRING)
		json_member_string(w, "queue", lua_tostring(L, 3));
	else
		json_member_int(
		    w, "ticket", ((struct object *)lua_touserdata(L, 3))->id);
	(void)json_bool(ask_end(L), &may);
	lua_pushboolean(L, may);
	return 1;
}
