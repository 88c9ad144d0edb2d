/* core/lua/ticket.c - wishes that change a ticket or a customer.
 *
 * Each function only writes down a wish, which the server checks again and
 * applies after the handler's end, all or nothing.
 */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/filter.h"
#include "core/lua/wish.h"

#define TAGS_MAX 20
#define CAP_MAX 10000

/* ticket:set({ field = value }, why)
 *
 * field  status, queue, priority, subject, language, due, fields; false
 *        clears one; at least one
 * why    shown in the history, optional
 *
 * Since API 1. In -ing handlers for event.ticket, in -ed handlers and jobs.
 */
int
l_ticket_set(lua_State *L)
{
	struct object *ticket = check_own_ticket(L, "ticket:set");
	struct json_writer *w = wish_begin(L, "set", false);

	json_member_int(w, "ticket", ticket->id);
	wish_fields(L, 2, w, OBJECT_TICKET, "ticket:set");
	wish_why(L, 3, w);
	wish_end(L);
	return 0;
}

/* The keys at 2, 3 ... as tags; <name> is the wish. */
static int
write_tags(lua_State *L, const char *name, const char *what)
{
	struct object *ticket = check_own_ticket(L, what);
	int count = lua_gettop(L) - 1;
	struct json_writer *w;

	if (count < 1 || count > TAGS_MAX)
		return luaL_error(L, "%s takes 1 to %d tags", what, TAGS_MAX);
	w = wish_begin(L, name, false);
	json_member_int(w, "ticket", ticket->id);
	json_key(w, "tags");
	json_begin_list(w);
	for (int i = 2; i <= count + 1; i++)
		json_put_text(w, check_key_text(L, i, what));
	json_end_list(w);
	wish_end(L);
	return 0;
}

/* ticket:tag(tag, ...): give it tags, by key.
 *
 * Since API 1. Where ticket:set works.
 */
int
l_ticket_tag(lua_State *L)
{
	return write_tags(L, "tag", "ticket:tag");
}

/* ticket:untag(tag, ...): take tags away; it need not have them.
 *
 * Since API 1. Where ticket:set works.
 */
int
l_ticket_untag(lua_State *L)
{
	return write_tags(L, "untag", "ticket:untag");
}

/* to = agent or false */
static void
assign_to(lua_State *L, struct json_writer *w, int value)
{
	json_key(w, "to");
	if (lua_isboolean(L, value) && !lua_toboolean(L, value))
		json_put_bool(w, false);
	else
		object_write_id(w,
		    object_check(L, value, OBJECT_AGENT, "ticket:assign: to"));
}

/* by = "load" and so on: whom, is found at the commit */
static void
assign_by(lua_State *L, struct json_writer *w)
{
	static const char *const ways[] = { "load", "time_today", "turn",
		NULL };
	struct bytes by = option_text(L, 2, "by", 20);
	bool is_known = by.at == NULL;

	for (int i = 0; ways[i] != NULL; i++)
		is_known = is_known || bytes_is(by, ways[i]);
	if (!is_known)
		luaL_error(L,
		    "ticket:assign: by is \"load\", \"time_today\" "
		    "or \"turn\", not \"%s\"",
		    by.at);
	json_member_text(w, "by", by.at != NULL ? by : BYTES("load"));
	if (option_push(L, 2, "prefer") != LUA_TNIL)
		wish_agents(
		    L, lua_gettop(L), w, "prefer", "ticket:assign: prefer");
	if (option_push(L, 2, "from") != LUA_TNIL) {
		json_key(w, "from");
		agents_filter_write(L, -1, w, "ticket:assign: from");
	}
	if (option_push(L, 2, "cap") != LUA_TNIL)
		json_member_int(w, "cap",
		    check_whole(
			L, lua_gettop(L), "ticket:assign: cap", 1, CAP_MAX));
}

/* ticket:assign({ to = agent | false }, why)
 * ticket:assign{ prefer = agents, from = A, by =, cap = }
 *
 * to      the agent, or false for nobody
 * prefer  agents to take first if they are free
 * from    A, among whom to choose; else those who may answer in the queue
 * by      "load" (fewest open tickets), "time_today" (least worked today) or
 *         "turn" (longest without a new one)
 * cap     nobody with so many open tickets
 *
 * The choice is made at the commit, so that two tickets at once do not go to
 * the same agent. Nobody free: held, and tried again.
 *
 * Since API 1. Where ticket:set works.
 */
int
l_ticket_assign(lua_State *L)
{
	struct object *ticket = check_own_ticket(L, "ticket:assign");
	struct json_writer *w;
	bool is_to;

	lua_settop(L, 3);
	check_options(L, 2, OPTIONS_ASSIGN);
	is_to = option_push(L, 2, "to") != LUA_TNIL;
	lua_pushnil(L);
	if (is_to && lua_next(L, 2) != 0) {
		lua_pop(L, 1);
		if (lua_next(L, 2) != 0)
			return luaL_error(L,
			    "ticket:assign: \"to\" stands "
			    "alone: it is the choice");
	}
	w = wish_begin(L, "assign", false);
	json_member_int(w, "ticket", ticket->id);
	if (is_to) {
		option_push(L, 2, "to");
		assign_to(L, w, lua_gettop(L));
	} else {
		assign_by(L, w);
	}
	wish_why(L, 3, w);
	wish_end(L);
	return 0;
}

/* ticket:link(other, how)
 *
 * how  "duplicate", "related", "parent" or "problem"
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_link(lua_State *L)
{
	static const char *const ways[] = { "duplicate", "related", "parent",
		"problem", NULL };
	struct object *ticket = check_ticket(L, "ticket:link");
	struct object *other = object_check(
	    L, 2, OBJECT_TICKET, "ticket:link: the other");
	struct bytes how = check_text(L, 3, "ticket:link: how", 20);
	bool is_known = false;
	struct json_writer *w;

	for (int i = 0; ways[i] != NULL; i++)
		is_known = is_known || bytes_is(how, ways[i]);
	if (!is_known)
		return luaL_error(L,
		    "ticket:link: how is \"duplicate\", "
		    "\"related\", \"parent\" or \"problem\", "
		    "not \"%s\"",
		    how.at);
	if (other->id == ticket->id)
		return luaL_error(L, "ticket:link: to itself");
	w = wish_begin(L, "link", false);
	json_member_int(w, "ticket", ticket->id);
	json_member_int(w, "other", other->id);
	json_member_text(w, "as", how);
	wish_end(L);
	return 0;
}

/* ticket:merge(into): it is closed, and <into> goes on for it. Of the same
 * customer only.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_merge(lua_State *L)
{
	const struct object *ticket = check_ticket(L, "ticket:merge");
	const struct object *into = object_check(
	    L, 2, OBJECT_TICKET, "ticket:merge: into");
	struct json_writer *w;

	check_phase(L, PHASE_DO, "ticket:merge");
	if (into->id == ticket->id)
		return luaL_error(L, "ticket:merge: into itself");
	w = wish_begin(L, "merge", false);
	json_member_int(w, "ticket", ticket->id);
	json_member_int(w, "other", into->id);
	wish_end(L);
	return 0;
}

/* customer:set({ field = value }, why)
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_customer_set(lua_State *L)
{
	struct object *customer;
	struct json_writer *w;

	check_phase(L, PHASE_DO, "customer:set");
	customer = object_check(L, 1, OBJECT_CUSTOMER, "customer:set");
	w = wish_begin(L, "customer_set", false);
	json_member_int(w, "customer", customer->id);
	wish_fields(L, 2, w, OBJECT_CUSTOMER, "customer:set");
	wish_why(L, 3, w);
	wish_end(L);
	return 0;
}
