/* core/lua/call.c - runs one handler, job, timer, action, panel, route or
 * test. */
#include "config.h"
#include "core/base/arena.h"
#include "core/lua/check.h"
#include "core/lua/event.h"
#include "core/lua/load.h"
#include "core/lua/object.h"
#include "core/lua/offer.h"
#include "core/lua/register.h"

#define COLLECT_OVER (MEMORY_MAX / 2) /* then garbage is collected at once */

static enum phase
phase_of(const struct registered *r)
{
	switch (r->kind) {
	case REGISTERED_HANDLER:
		return hook_points[r->hook].kind == HOOK_BEFORE ? PHASE_BEFORE :
								  PHASE_AFTER;
	case REGISTERED_TEST: return PHASE_TEST;
	case REGISTERED_PANEL: return PHASE_LOOK;
	default: return PHASE_JOB;
	}
}

/* The records that the body brings. */
static void
know_body(struct state *s, const struct json *body)
{
	const struct json *known = json_get(body, "known");

	for (int k = 0; k < OBJECT__COUNT; k++)
		object_know(s, (enum object_kind)k,
		    json_get(body, object_kind_name((enum object_kind)k)));
	for (const struct json *i = json_first(known); i != NULL;
	     i = json_next(i)) {
		const struct json *kind = json_first(i);
		enum object_kind k = OBJECT__COUNT;

		if (json_type(kind) == JSON_TEXT)
			k = object_kind_named(json_text(kind).at);
		if (k != OBJECT__COUNT)
			object_know(s, k, json_next(kind));
	}
}

/* The arguments of the function on the stack; returns how many. */
static int
push_arguments(struct state *s, const struct registered *r)
{
	lua_State *L = s->L;
	const struct json *subject = json_get(s->run.body, "subject");
	enum object_kind kind;

	switch (r->kind) {
	case REGISTERED_HANDLER: event_push(L); return 1;
	case REGISTERED_TIMER: job_push(L, r->name); return 1;
	case REGISTERED_JOB: break;
	case REGISTERED_ACTION:
	case REGISTERED_PANEL:
	case REGISTERED_ROUTE: return offer_push_arguments(L, r);
	default: return 0;
	}
	kind = json_type(subject) == JSON_TEXT ?
	    object_kind_named(json_text(subject).at) :
	    OBJECT__COUNT;
	if (kind == OBJECT__COUNT)
		lua_pushnil(L);
	else
		object_push_record(
		    L, kind, json_get(s->run.body, object_kind_name(kind)));
	job_push(L, r->name);
	return 2;
}

/* A handler returns nothing, or what a verdict gave it. */
static void
check_result(lua_State *L, const struct registered *r)
{
	struct state *s = state_of(L);
	bool is = is_verdict(L, 1);

	if (r->kind == REGISTERED_TEST)
		return;
	if (r->kind >= REGISTERED_ACTION && r->kind <= REGISTERED_ROUTE) {
		offer_check_result(L, r);
		return;
	}
	if (is && s->run.verdict != NULL)
		return;
	if (!lua_isnoneornil(L, 1))
		luaL_error(L,
		    "%s.lua:%d: \"%s\" must return nothing, or what "
		    "event:deny{}, event:choose() or event:stop() "
		    "gave, not %s",
		    r->file, r->line, r->name, type_words(L, 1));
	if (s->run.verdict != NULL)
		luaL_error(L,
		    "%s.lua:%d: \"%s\" calls event:%s but does not "
		    "return it: write \"return event:%s\"",
		    r->file, r->line, r->name, s->run.verdict, s->run.verdict);
}

/* Called protected, with the handler as a light userdata. */
static int
l_run(lua_State *L)
{
	struct state *s = state_of(L);
	const struct registered *r = lua_touserdata(L, 1);
	int count;

	lua_settop(L, 0);
	lua_rawgeti(L, LUA_REGISTRYINDEX, r->function);
	count = push_arguments(s, r);
	lua_call(L, count, 1);
	check_result(L, r);
	return 0;
}

static void
write_print(struct state *s, struct json_writer *w)
{
	if (s->print.len == 0 || s->print.failed)
		return;
	json_key(w, "print");
	json_begin_list(w);
	json_put_raw(w, buf_get(&s->print));
	json_end_list(w);
}

static void
write_done(struct state *s)
{
	struct json_writer w = json_writer(&s->out);

	(void)wire_begin(&s->out, WIRE_DONE);
	json_begin_object(&w);
	json_key(&w, "wishes");
	json_begin_list(&w);
	if (s->wishes_whole > 0)
		json_put_raw(
		    &w, (struct bytes){ s->wishes.at, s->wishes_whole });
	json_end_list(&w);
	if (s->run.verdict != NULL) {
		json_key(&w, s->run.verdict);
		json_put_raw(&w, buf_get(&s->verdict));
	}
	if (s->value.len > 0) {
		json_key(&w, "value");
		json_put_raw(&w, buf_get(&s->value));
	}
	write_print(s, &w);
	json_end_object(&w);
}

static void
write_failed(struct state *s, const struct registered *r, int status)
{
	struct json_writer w = json_writer(&s->out);
	struct failure failure;

	failure_take(s, status, &failure);
	(void)wire_begin(&s->out, WIRE_FAILED);
	json_begin_object(&w);
	json_member_text(&w, "message", failure.message);
	if (failure.line == 0) { /* then where the handler stands */
		failure.line = r->line;
		failure.file = bytes_of(r->file);
	}
	json_member_text(&w, "file", failure.file);
	json_member_int(&w, "line", failure.line);
	if (failure.traceback.len > 0)
		json_member_text(&w, "traceback", failure.traceback);
	write_print(s, &w);
	json_end_object(&w);
}

enum err
call_run(struct state *s, const struct json *call)
{
	const struct json *body = json_get(call, "body");
	struct registered *r;
	int64_t id = -1, now_us = 0;
	int status;

	if (!json_int(json_get(call, "handler"), &id) || id < 0 ||
	    (size_t)id >= s->registry.count ||
	    !json_int(json_get(call, "now"), &now_us))
		return ERR_INVALID;
	r = &s->registry.list[id];
	run_begin(s, phase_of(r), r->hook);
	s->run.file = r->file;
	s->run.body = body;
	s->run.now_us = now_us;
	s->failed_line = 0;
	know_body(s, body);
	lua_settop(s->L, 0);
	lua_pushcfunction(s->L, l_failure_handler);
	lua_pushcfunction(s->L, l_run);
	lua_pushlightuserdata(s->L, r);
	status = lua_pcall(s->L, 1, 0, 1);
	buf_clear(&s->out);
	if (status == LUA_OK)
		write_done(s);
	else
		write_failed(s, r, status);
	wire_end(&s->out, 0);
	lua_settop(s->L, 0);
	run_end(s);
	if (s->memory > COLLECT_OVER)
		lua_gc(s->L, LUA_GCCOLLECT);
	return s->out.failed ? ERR_NOMEM : ERR_OK;
}
