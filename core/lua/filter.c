/* core/lua/filter.c - filters F and A of the API, checked and written down. */
#include "config.h"
#include "core/lua/filter.h"
#include "core/lua/check.h"
#include "core/lua/object.h"
#include "core/lua/suggest.h"
#include "core/lua/value.h"

#define ITEMS_MAX 100
#define FILTER_TEXT_MAX 400
#define LIMIT_MAX 1000

struct rule;

/* Write the single value at <index>; <what> names it. */
typedef void write_one(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what);

struct rule {
	const char *name;
	write_one *write;
	const char *of; /* kind of a key, or ticket field of a word */
	bool is_single; /* no list */
	bool only_when; /* not in look-ups */
	bool only_look_up;
};

static void
write_key(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	struct bytes key = check_key_text(L, index, what);

	check_key(L, what, rule->of, key.at);
	json_put_text(w, key);
}

static void
check_word(
    lua_State *L, const struct json *words, const char *what, struct bytes word)
{
	struct suggestion near = suggest(word.at);

	for (const struct json *i = json_first(words); i != NULL;
	     i = json_next(i)) {
		if (bytes_equal(json_text(i), word))
			return;
		suggest_try(&near, json_text(i).at);
	}
	luaL_error(L, "%s: \"%s\" is none of its words%s", what, word.at,
	    suggest_push(L, &near));
}

static void
write_word(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	struct state *s = state_of(L);
	const struct field_info *field = site_field(s, OBJECT_TICKET, rule->of);
	struct bytes word = check_text(L, index, what, 64);

	if (field != NULL && field->words != NULL)
		check_word(L, field->words, what, word);
	json_put_text(w, word);
}

static void
write_free_key(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	json_put_text(w, check_key_text(L, index, what));
}

static void
write_plain(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	json_put_text(w, check_text(L, index, what, FILTER_TEXT_MAX));
}

static void
write_agent(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	if (lua_type(L, index) == LUA_TSTRING) {
		struct bytes login = check_text(L, index, what, 64);

		check_key(L, what, "agent", login.at);
		json_put_text(w, login);
	} else {
		object_write_id(w, object_check(L, index, OBJECT_AGENT, what));
	}
}

/* owner = false: nobody's. */
static void
write_owner(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	if (lua_isboolean(L, index) && !lua_toboolean(L, index))
		json_put_bool(w, false);
	else
		write_agent(L, index, w, rule, what);
}

/* A customer or organisation: the object, an address or domain. */
static void
write_party(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	if (lua_type(L, index) == LUA_TSTRING)
		write_plain(L, index, w, rule, what);
	else
		object_write_id(w,
		    object_check(L, index, object_kind_named(rule->of), what));
}

static void
write_time(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	if (lua_type(L, index) != LUA_TNUMBER)
		raise_type(L, index, what, "a time in UTC seconds");
	json_put_int(w, (int64_t)lua_tonumber(L, index));
}

static void
write_duration(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	(void)check_duration(L, index, what, 1);
	json_put_text(w, check_text(L, index, what, 20));
}

static void
write_limit(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	json_put_int(w, check_whole(L, index, what, 1, LIMIT_MAX));
}

static void
write_flag(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	if (!lua_isboolean(L, index))
		raise_type(L, index, what, "true or false");
	json_put_bool(w, lua_toboolean(L, index) != 0);
}

static void
write_one_of(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	struct bytes word = check_text(L, index, what, 64);
	struct bytes rest = bytes_of(rule->of);

	while (rest.at != NULL)
		if (bytes_equal(bytes_split(&rest, '|'), word)) {
			json_put_text(w, word);
			return;
		}
	luaL_error(
	    L, "%s must be one of %s, not \"%s\"", what, rule->of, word.at);
}

static void
write_changed(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	struct state *s = state_of(L);
	struct bytes name = check_text(L, index, what, 64);

	if (site_field(s, OBJECT_TICKET, name.at) == NULL)
		luaL_error(L, "%s: a ticket has no \"%s\"%s", what, name.at,
		    suggest_name(L, s->kinds[OBJECT_TICKET].names, name.at));
	json_put_text(w, name);
}

/* Custom fields: a table of names, each with a word or a list. */
static void
write_fields(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	struct state *s = state_of(L);
	const struct field_info *field = site_field(s, OBJECT_TICKET, "fields");

	if (!lua_istable(L, index))
		raise_type(L, index, what, "a table");
	json_begin_object(w);
	lua_pushnil(L);
	while (lua_next(L, index) != 0) {
		struct bytes name = check_text(L, lua_gettop(L) - 1, what, 64);

		if (field != NULL && field->names != NULL &&
		    !has_name(field->names, name.at))
			luaL_error(L, "%s: there is no custom field \"%s\"%s",
			    what, name.at,
			    suggest_name(L, field->names, name.at));
		json_key_bytes(w, name);
		value_write(L, -1, w, what);
		lua_pop(L, 1);
	}
	json_end_object(w);
}

static write_one write_except;

static const struct rule ticket_rules[] = {
	{ "queue", write_key, "queue", false, false, false },
	{ "status", write_word, "status", false, false, false },
	{ "priority", write_word, "priority", false, false, false },
	{ "owner", write_owner, NULL, false, false, false },
	{ "tag", write_free_key, NULL, false, false, false },
	{ "source", write_word, "source", false, false, false },
	{ "language", write_free_key, NULL, false, false, false },
	{ "customer", write_party, "customer", false, false, false },
	{ "organisation", write_party, "organisation", false, false, false },
	{ "tier", write_free_key, NULL, false, false, false },
	{ "fields", write_fields, NULL, true, false, false },
	{ "except", write_except, NULL, true, false, false },
	{ "created_after", write_time, NULL, true, false, false },
	{ "created_before", write_time, NULL, true, false, false },
	{ "waiting_over", write_duration, NULL, true, false, false },
	{ "visible_to", write_agent, NULL, true, false, false },
	{ "q", write_plain, NULL, true, false, true },
	{ "changed", write_changed, NULL, false, true, false },
	{ "actor", write_one_of, "customer|agent|script|system", false, true,
	    false },
	{ "sort", write_one_of, "updated|waiting", true, false, true },
	{ "limit", write_limit, NULL, true, false, true },
	{ NULL, NULL, NULL, false, false, false },
};

static const struct rule agent_rules[] = {
	{ "queue", write_key, "queue", true, false, false },
	{ "role", write_key, "role", false, false, false },
	{ "skill", write_free_key, NULL, false, false, false },
	{ "grade", write_limit, NULL, false, false, false },
	{ "available", write_flag, NULL, true, false, false },
	{ "active", write_flag, NULL, true, false, false },
	{ NULL, NULL, NULL, false, false, false },
};

static void
write_rule(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	const char *name = push_name(L, what, rule->name);
	int n;

	json_key(w, rule->name);
	if (rule->is_single || !lua_istable(L, index)) {
		rule->write(L, index, w, rule, name);
	} else {
		n = check_list(L, index, name, ITEMS_MAX);
		if (n == 0)
			luaL_error(L, "%s is an empty list", name);
		json_begin_list(w);
		for (int i = 1; i <= n; i++) {
			lua_geti(L, index, i);
			rule->write(L, lua_gettop(L), w, rule, name);
			lua_pop(L, 1);
		}
		json_end_list(w);
	}
	lua_pop(L, 1);
}

static void
write_rules(lua_State *L, int index, struct json_writer *w,
    const struct rule *rules, enum filter_use use, const char *what)
{
	index = lua_absindex(L, index);
	luaL_checkstack(L, 12, "too deep");
	json_begin_object(w);
	for (const struct rule *r = rules; r->name != NULL; r++) {
		if (option_push(L, index, r->name) != LUA_TNIL) {
			if (r->only_when && use != FILTER_WHEN)
				luaL_error(L,
				    "%s: \"%s\" works only in desk.on's when",
				    what, r->name);
			if (r->only_look_up && use != FILTER_LOOK_UP)
				luaL_error(L,
				    "%s: \"%s\" works only in "
				    "look-ups",
				    what, r->name);
			write_rule(L, lua_gettop(L), w, r, what);
		}
		lua_pop(L, 1);
	}
	json_end_object(w);
}

/* What must not be so: a filter again. Its depth is that of the Lua stack. */
static void
write_except(lua_State *L, int index, struct json_writer *w,
    const struct rule *rule, const char *what)
{
	check_options(L, index, OPTIONS_FILTER);
	if (w->depth > WIRE_DEPTH_MAX / 2)
		luaL_error(L, "%s is too deep", what);
	write_rules(L, index, w, ticket_rules, FILTER_WHEN, what);
}

void
filter_write(lua_State *L, int index, struct json_writer *w,
    enum filter_use use, const char *what)
{
	index = lua_absindex(L, index);
	check_options(L, index, OPTIONS_FILTER);
	write_rules(L, index, w, ticket_rules, use, what);
}

void
agents_filter_write(
    lua_State *L, int index, struct json_writer *w, const char *what)
{
	index = lua_absindex(L, index);
	check_options(L, index, OPTIONS_AGENTS);
	write_rules(L, index, w, agent_rules, FILTER_LOOK_UP, what);
}
