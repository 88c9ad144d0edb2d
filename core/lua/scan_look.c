/* core/lua/scan_look.c - what a function does with names of the desk: what it
 * reads, compares and calls.
 *
 * What cannot be right raises. What may be right after all, because a table
 * may be another's, is a warning.
 */
#include "config.h"
#include "core/lua/libs.h"
#include "core/lua/object.h"
#include "core/lua/register.h"
#include "core/lua/scan_private.h"
#include "core/lua/suggest.h"

/* A key that a function names, which is not there: its line may run weeks from
 * now. It may be no key at all, so it is no error. */
static void
check_named(struct state *s, const char *kind, struct bytes key, int line)
{
	lua_State *L = s->L;
	int top = lua_gettop(L);
	const char *name;

	if (key.len == 0)
		return;
	name = lua_pushlstring(L, key.at, key.len);
	if (!site_has_key(s, kind, name)) {
		buf_clear(&s->scratch);
		buf_printf(&s->scratch, "there is no %s \"%s\"%s", kind, name,
		    site_suggest(L, kind, name));
		scan_warn(s, line);
	}
	lua_settop(L, top);
}

/* Whether a hook takes <word> as a choice: "reopen|new". */
static bool
is_choice(struct bytes word)
{
	for (int hook = 0; hook < HOOK__COUNT; hook++) {
		struct bytes rest = bytes_of(hook_points[hook].chooses);

		while (rest.at != NULL)
			if (bytes_equal(bytes_split(&rest, '|'), word))
				return true;
	}
	return false;
}

/* Whether the file listens to a hook that takes any key as a choice: then no
 * word is known to be wrong. */
static bool
chooses_freely(const struct function *f)
{
	for (f = f->around; f != NULL; f = f->around)
		for (size_t i = 0; i < f->constant_count; i++) {
			enum hook hook = hook_find(f->constants[i]);

			if (hook != HOOK__COUNT &&
			    hook_points[hook].chooses != NULL &&
			    strcmp(hook_points[hook].chooses, "tier") == 0)
				return true;
		}
	return false;
}

/* { queue = "billing" }, event:choose("billing") */
static void
check_keys(const struct place *p)
{
	static const char *const kinds[] = { "queue", "role", "calendar" };
	const struct instruction *i = &p->i;
	const struct function *f = p->f;
	struct bytes name = scan_constant(f, i->op == OP_SELF ? i->c : i->b);
	struct instruction next = { .op = OP_SELF };

	if (!i->k)
		return;
	for (size_t n = 0; i->op == OP_SETFIELD && n < 3; n++)
		if (bytes_is(name, kinds[n]))
			check_named(
			    p->s, kinds[n], scan_constant(f, i->c), p->line);
	if (i->op != OP_SELF || !bytes_is(name, "choose"))
		return;
	if (p->next < f->code_count)
		next = scan_instruction(f, p->next);
	if (next.op == OP_LOADK && next.a == i->a + 2 &&
	    !is_choice(scan_constant(f, next.bx)) && !chooses_freely(f))
		check_named(p->s, "queue", scan_constant(f, next.bx), p->line);
}

bool
scan_is_shared(
    const struct place *p, const struct instruction *i, const char *name)
{
	return i->op == OP_GETTABUP &&
	    scan_reach(p->f, i->b) == REACH_ENVIRONMENT &&
	    (name == NULL || bytes_is(scan_constant(p->f, i->c), name));
}

/* desk.http, on a server that makes no web requests: without this it would be
 * found out on a customer's ticket. */
static void
check_request(const struct place *p)
{
	struct instruction before = scan_before(p);
	bool has_requests = false;

	(void)json_bool(json_get(p->s->site, "has_requests"), &has_requests);
	if (!has_requests && before.a == p->i.b &&
	    bytes_is(scan_constant(p->f, p->i.c), "http") &&
	    scan_is_shared(p, &before, "desk"))
		luaL_error(p->s->L,
		    "%s.lua:%d: desk.http: this server makes no web requests: "
		    "its plugin \"http\" is missing",
		    p->s->loader->file, p->line);
}

/* desk:now(): the table would be the first argument. */
static void
check_colon(const struct place *p)
{
	struct instruction before = scan_before(p);
	struct bytes bytes = scan_constant(p->f, p->i.c);
	const char *name;

	if (!p->i.k || before.a != p->i.b ||
	    !scan_is_shared(p, &before, "desk"))
		return;
	name = lua_pushlstring(p->s->L, bytes.at, bytes.len);
	luaL_error(p->s->L,
	    "%s.lua:%d: desk:%s: write it with a dot: desk.%s(...)",
	    p->s->loader->file, p->line, name, name);
}

/* ticket.priority == "High", which is never so. The table may be another's,
 * so it is no error. */
static void
check_comparison(const struct place *p)
{
	struct state *s = p->s;
	struct instruction before = scan_before(p);
	struct bytes name, word = scan_constant(p->f, p->i.b);
	const struct field_info *field;
	struct suggestion near;

	if (before.op != OP_GETFIELD || before.a != p->i.a || word.len == 0)
		return;
	name = scan_constant(p->f, before.c);
	if (bytes_is(name, "queue")) {
		check_named(s, "queue", word, p->line);
		return;
	}
	field = site_field(
	    s, OBJECT_TICKET, lua_pushlstring(s->L, name.at, name.len));
	near = suggest(lua_pushlstring(s->L, word.at, word.len));
	for (const struct json *w = json_first(field ? field->words : NULL);
	     w != NULL; w = json_next(w)) {
		if (bytes_equal(json_text(w), word))
			field = NULL;
		suggest_try(&near, json_text(w).at);
	}
	if (field != NULL && field->words != NULL) {
		buf_clear(&s->scratch);
		buf_printf(&s->scratch, "%.*s is never \"%.*s\"%s",
		    BYTES_ARG(name), BYTES_ARG(word),
		    suggest_push(s->L, &near));
		scan_warn(s, p->line);
		lua_pop(s->L, 1);
	}
	lua_pop(s->L, 2);
}

/* ---- what is read ---- */

struct member {
	const char *table; /* NULL: of an object */
	enum object_kind kind;
	const char *name;
};

static int
l_member(lua_State *L)
{
	const struct member *m = lua_touserdata(L, 1);

	if (m->table != NULL)
		libs_check_member(L, m->table, m->name);
	else
		object_check_name(L, m->kind, m->name);
	return 0;
}

/* desk.notfy, string.trim: these tables cannot be others. */
static void
check_library(const struct place *p)
{
	struct instruction before = scan_before(p);
	struct bytes table, name = scan_constant(p->f, p->i.c);
	struct member member = { .kind = OBJECT__COUNT };
	lua_State *L = p->s->L;
	int top = lua_gettop(L);
	const char *message;

	if (before.a != p->i.b || !scan_is_shared(p, &before, NULL))
		return;
	table = scan_constant(p->f, before.c);
	member.table = lua_pushlstring(L, table.at, table.len);
	member.name = lua_pushlstring(L, name.at, name.len);
	message = scan_raised(L, l_member, &member);
	if (message != NULL)
		luaL_error(
		    L, "%s.lua:%d: %s", p->s->loader->file, p->line, message);
	lua_settop(L, top);
}

/* event.ticket.priorty, ticket:asign */
static void
check_member(const struct place *p)
{
	struct bytes name = scan_constant(p->f, p->i.c);
	struct member member = { .kind = scan_kind(p, p->i.b) };
	lua_State *L = p->s->L;
	int top = lua_gettop(L);
	const char *message;

	if (member.kind == OBJECT__COUNT || name.len == 0)
		return;
	member.name = lua_pushlstring(L, name.at, name.len);
	message = scan_raised(L, l_member, &member);
	if (message != NULL) {
		buf_clear(&p->s->scratch);
		buf_text(&p->s->scratch, message);
		scan_warn(p->s, p->line);
	}
	lua_settop(L, top);
}

void
scan_look(const struct place *p)
{
	bool is_run = p->f->around != NULL && !p->s->loader->is_test;

	if (p->i.op == OP_SELF)
		check_colon(p);
	if (p->i.op == OP_GETFIELD)
		check_request(p);
	if (!is_run)
		return; /* at once, or in a test: what is wrong is seen */
	switch (p->i.op) {
	case OP_GETFIELD:
		check_library(p);
		check_member(p);
		break;
	case OP_EQK: check_comparison(p); break;
	case OP_SELF: check_member(p); /* fallthrough */
	case OP_SETFIELD: check_keys(p); break;
	case OP_NEWTABLE: scan_table(p); break;
	default: break;
	}
}
