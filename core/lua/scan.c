/* core/lua/scan.c - what a compiled file does with names, before it runs.
 *
 * The dump of Lua 5.4 (ldump.c), a function F being
 *
 *   source, line defined, last line, parameters, vararg, stack,
 *   code [ 4 bytes each ], constants, upvalues [ in stack, index, kind ],
 *   functions [ F ], line steps [ 1 byte each ], absolute lines [ pc, line ],
 *   locals [ name, from, to ], names of upvalues
 *
 * with a count before each list, numbers 7 bits a byte, the highest first,
 * the last with its top bit set.
 */
#include "config.h"
#include "core/lua/scan.h"
#include "core/base/arena.h"
#include "core/lua/libs.h"
#include "core/lua/register.h"
#include "core/lua/suggest.h"

#include <string.h>

#if LUA_VERSION_NUM != 504
#error "the dump and the instructions read here are those of Lua 5.4"
#endif

#define HEADER_BYTES 31 /* signature to the sample number */

/* Instructions, from lopcodes.h, which Lua does not install. */
enum {
	OP_LOADK = 3,
	OP_SETUPVAL = 10,
	OP_GETTABUP = 11,
	OP_GETFIELD = 14,
	OP_SETTABUP = 15,
	OP_SETFIELD = 18,
	OP_SELF = 20,
	OP_EQK = 60
};

/* One instruction, as far as it is looked at. */
struct instruction {
	unsigned op, a, b, c, bx;
	bool k; /* c, or b of OP_SELF's name, is a constant */
};

/* Types of constants. */
enum {
	CONSTANT_INT = 0x03,
	CONSTANT_FLOAT = 0x13,
	CONSTANT_SHORT = 0x04,
	CONSTANT_LONG = 0x14
};

#define LINE_IS_ABSOLUTE (-0x80)

struct reader {
	struct state *s;
	const unsigned char *at, *end;
	bool bad; /* cut off: only a mistake of ours makes it so */
};

struct upvalue {
	bool in_stack; /* a local of the function around, else its upvalue */
	unsigned index;
	struct bytes name;
};

struct function {
	const struct function *around; /* NULL: the file itself */
	int line;
	const unsigned char *code;
	size_t code_count;
	struct bytes *constants; /* names; others are empty */
	size_t constant_count;
	struct upvalue *upvalues;
	size_t upvalue_count;
	const signed char *steps;
	size_t step_count;
	int *absolute; /* lines where a step says so, in their order */
	size_t absolute_count;
};

/* What an upvalue is in the end. */
enum reach { REACH_ENVIRONMENT, REACH_FILE_LOCAL, REACH_LOCAL };

static unsigned
read_byte(struct reader *r)
{
	if (r->at >= r->end) {
		r->bad = true;
		return 0;
	}
	return *r->at++;
}

static const unsigned char *
read_block(struct reader *r, size_t len)
{
	const unsigned char *at = r->at;

	if ((size_t)(r->end - r->at) < len) {
		r->bad = true;
		return NULL;
	}
	r->at += len;
	return at;
}

static size_t
read_number(struct reader *r)
{
	size_t n = 0;
	unsigned byte;

	do {
		byte = read_byte(r);
		n = n << 7 | (byte & 0x7f);
	} while ((byte & 0x80) == 0 && !r->bad);
	return n;
}

static struct bytes
read_string(struct reader *r)
{
	size_t len = read_number(r);
	const unsigned char *at;

	if (len == 0)
		return BYTES_NONE;
	at = read_block(r, len - 1);
	return (struct bytes){ (const char *)at, r->bad ? 0 : len - 1 };
}

static void
read_constants(struct reader *r, struct function *f)
{
	f->constant_count = read_number(r);
	f->constants = arena_array(
	    r->s->arena, struct bytes, f->constant_count + 1);
	if (f->constants == NULL) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < f->constant_count && !r->bad; i++) {
		unsigned type = read_byte(r);

		if (type == CONSTANT_INT || type == CONSTANT_FLOAT)
			(void)read_block(r, 8);
		else if (type == CONSTANT_SHORT || type == CONSTANT_LONG)
			f->constants[i] = read_string(r);
	}
}

static void
read_upvalues(struct reader *r, struct function *f)
{
	f->upvalue_count = read_number(r);
	f->upvalues = arena_array(
	    r->s->arena, struct upvalue, f->upvalue_count + 1);
	if (f->upvalues == NULL) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < f->upvalue_count && !r->bad; i++) {
		f->upvalues[i].in_stack = read_byte(r) != 0;
		f->upvalues[i].index = read_byte(r);
		(void)read_byte(r);
	}
}

/* Lines and names, which come behind the functions within. */
static void
read_debug(struct reader *r, struct function *f)
{
	size_t count;

	f->step_count = read_number(r);
	f->steps = (const signed char *)read_block(r, f->step_count);
	f->absolute_count = read_number(r);
	f->absolute = arena_array(r->s->arena, int, f->absolute_count + 1);
	if (f->absolute == NULL) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < f->absolute_count && !r->bad; i++) {
		(void)read_number(r); /* which instruction: in their order */
		f->absolute[i] = (int)read_number(r);
	}
	for (count = read_number(r); count > 0 && !r->bad; count--) {
		(void)read_string(r);
		(void)read_number(r);
		(void)read_number(r);
	}
	count = read_number(r);
	for (size_t i = 0; i < count && i < f->upvalue_count && !r->bad; i++)
		f->upvalues[i].name = read_string(r);
}

static enum reach
reach_of(const struct function *f, unsigned index)
{
	for (;;) {
		const struct upvalue *u;

		if (f->around == NULL)
			return REACH_ENVIRONMENT; /* a file's only upvalue */
		if (index >= f->upvalue_count)
			return REACH_LOCAL;
		u = &f->upvalues[index];
		if (u->in_stack)
			return f->around->around == NULL ? REACH_FILE_LOCAL :
							   REACH_LOCAL;
		index = u->index;
		f = f->around;
	}
}

/* A warning with the words in s->scratch. */
static void
add_warning(struct state *s, int line)
{
	struct json_writer w;
	struct buf *out = &s->loader->warnings;

	if (out->len > SCRIPT_PRINT_MAX)
		return;
	if (out->len > 0)
		buf_char(out, ',');
	w = json_writer(out);
	json_begin_object(&w);
	json_member_int(&w, "line", line);
	json_member_text(&w, "message", buf_get(&s->scratch));
	json_end_object(&w);
}

static void
warn_of_write(struct state *s, int line, struct bytes name)
{
	buf_clear(&s->scratch);
	buf_printf(&s->scratch,
	    "\"%.*s\" is written from within a function: it is forgotten when "
	    "the script host restarts; use desk.store",
	    BYTES_ARG(name));
	add_warning(s, line);
}

static void
check_global(struct state *s, const struct function *f, unsigned constant,
    int line, bool is_write)
{
	lua_State *L = s->L;
	struct bytes bytes = BYTES_NONE;
	const char *name;

	if (constant < f->constant_count)
		bytes = f->constants[constant];
	if (bytes.len == 0)
		return;
	name = lua_pushlstring(L, bytes.at, bytes.len);
	if (is_write && !(f->around == NULL && strcmp(name, "replaces") == 0))
		luaL_error(L,
		    "%s.lua:%d: assigning a global: write \"local "
		    "%s\"",
		    s->loader->file, line, name);
	if (!is_write && !libs_has(L, name, s->loader->is_test))
		luaL_error(L, "%s.lua:%d: there is no \"%s\"%s",
		    s->loader->file, line, name, libs_suggest(L, name));
	lua_pop(L, 1);
}

/* The line of instruction <pc>, from that of the one before it. */
static int
line_of(const struct function *f, size_t pc, int line, size_t *absolute)
{
	if (pc >= f->step_count)
		return line;
	if (f->steps[pc] != LINE_IS_ABSOLUTE)
		return line + f->steps[pc];
	return *absolute < f->absolute_count ? f->absolute[(*absolute)++] :
					       line;
}

static struct instruction
instruction_at(const struct function *f, size_t pc)
{
	uint32_t code;

	memcpy(&code, f->code + pc * 4, 4);
	return (struct instruction){ .op = code & 0x7f,
		.a = code >> 7 & 0xff,
		.k = code >> 15 & 1,
		.b = code >> 16 & 0xff,
		.c = code >> 24,
		.bx = code >> 15 };
}

static struct bytes
constant(const struct function *f, unsigned index)
{
	return index < f->constant_count ? f->constants[index] : BYTES_NONE;
}

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
		add_warning(s, line);
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
check_keys(struct state *s, const struct function *f,
    const struct instruction *i, size_t pc, int line)
{
	static const char *const kinds[] = { "queue", "role", "calendar" };
	struct bytes name = constant(f, i->op == OP_SELF ? i->c : i->b);
	struct instruction next = { .op = OP_SELF };

	if (f->around == NULL || s->loader->is_test || !i->k)
		return;
	for (size_t n = 0; i->op == OP_SETFIELD && n < 3; n++)
		if (bytes_is(name, kinds[n]))
			check_named(s, kinds[n], constant(f, i->c), line);
	if (i->op != OP_SELF || !bytes_is(name, "choose"))
		return;
	if (pc + 1 < f->code_count)
		next = instruction_at(f, pc + 1);
	if (next.op == OP_LOADK && next.a == i->a + 2 &&
	    !is_choice(constant(f, next.bx)) && !chooses_freely(f))
		check_named(s, "queue", constant(f, next.bx), line);
}

/* desk.http, on a server that makes no web requests: without this it would be
 * found out on a customer's ticket. */
static void
check_request(struct state *s, const struct function *f,
    const struct instruction *i, size_t pc, int line)
{
	struct instruction before = { .op = OP_SELF };
	bool has_requests = false;

	(void)json_bool(json_get(s->site, "has_requests"), &has_requests);
	if (has_requests || pc == 0 || !bytes_is(constant(f, i->c), "http"))
		return;
	before = instruction_at(f, pc - 1);
	if (before.op == OP_GETTABUP && before.a == i->b &&
	    reach_of(f, before.b) == REACH_ENVIRONMENT &&
	    bytes_is(constant(f, before.c), "desk"))
		luaL_error(s->L,
		    "%s.lua:%d: desk.http: this server makes no web requests: "
		    "its plugin \"http\" is missing",
		    s->loader->file, line);
}

/* desk:now(): the table would be the first argument. */
static void
check_colon(struct state *s, const struct function *f,
    const struct instruction *i, size_t pc, int line)
{
	struct instruction before = { .op = OP_SELF };
	struct bytes name = constant(f, i->c);

	if (pc > 0 && i->k)
		before = instruction_at(f, pc - 1);
	if (before.op == OP_GETTABUP && before.a == i->b &&
	    reach_of(f, before.b) == REACH_ENVIRONMENT &&
	    bytes_is(constant(f, before.c), "desk"))
		luaL_error(s->L,
		    "%s.lua:%d: desk:%s: write it with a dot: desk.%s(...)",
		    s->loader->file, line,
		    lua_pushlstring(s->L, name.at, name.len),
		    lua_pushlstring(s->L, name.at, name.len));
}

/* ticket.priority == "High", which is never so. The table may be another's,
 * so it is no error. */
static void
check_comparison(struct state *s, const struct function *f,
    const struct instruction *i, size_t pc, int line)
{
	struct instruction before = { .op = OP_SELF };
	struct bytes name, word = constant(f, i->b);
	const struct field_info *field;
	struct suggestion near;

	if (pc > 0)
		before = instruction_at(f, pc - 1);
	if (before.op != OP_GETFIELD || before.a != i->a || word.len == 0 ||
	    s->loader->is_test)
		return;
	name = constant(f, before.c);
	if (bytes_is(name, "queue")) {
		check_named(s, "queue", word, line);
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
		add_warning(s, line);
		lua_pop(s->L, 1);
	}
	lua_pop(s->L, 2);
}

static void
check_code(struct state *s, const struct function *f)
{
	int line = f->line;
	size_t absolute = 0;

	for (size_t pc = 0; pc < f->code_count; pc++) {
		struct instruction i = instruction_at(f, pc);

		line = line_of(f, pc, line, &absolute);
		switch (i.op) {
		case OP_GETTABUP:
			if (reach_of(f, i.b) == REACH_ENVIRONMENT)
				check_global(s, f, i.c, line, false);
			break;
		case OP_SETTABUP:
			if (reach_of(f, i.a) == REACH_ENVIRONMENT)
				check_global(s, f, i.b, line, true);
			break;
		case OP_SETUPVAL:
			if (reach_of(f, i.b) == REACH_FILE_LOCAL &&
			    !s->loader->is_test)
				warn_of_write(s, line, f->upvalues[i.b].name);
			break;
		case OP_GETFIELD: check_request(s, f, &i, pc, line); break;
		case OP_EQK: check_comparison(s, f, &i, pc, line); break;
		case OP_SELF: check_colon(s, f, &i, pc, line); /* fallthrough */
		case OP_SETFIELD: check_keys(s, f, &i, pc, line); break;
		default: break;
		}
	}
}

/* Read a function and those within it, then look at its code. */
static void
scan_function(struct reader *r, const struct function *around)
{
	struct function f = { .around = around };
	size_t count;

	(void)read_string(r);
	f.line = (int)read_number(r);
	(void)read_number(r);
	(void)read_block(r, 3);
	f.code_count = read_number(r);
	if (f.code_count > (size_t)(r->end - r->at) / 4)
		r->bad = true;
	f.code = r->bad ? NULL : read_block(r, f.code_count * 4);
	read_constants(r, &f);
	if (!r->bad)
		read_upvalues(r, &f);
	for (count = read_number(r); count > 0 && !r->bad; count--)
		scan_function(r, &f);
	if (!r->bad)
		read_debug(r, &f);
	if (!r->bad)
		check_code(r->s, &f);
}

static int
write_dump(lua_State *L, const void *at, size_t len, void *context)
{
	struct buf *out = context;

	buf_add(out, at, len);
	return out->failed;
}

void
scan(lua_State *L)
{
	struct state *s = state_of(L);
	struct buf dump = buf_in(s->arena);
	struct reader r = { .s = s };

	if (lua_dump(L, write_dump, &dump, 0) != 0)
		luaL_error(L, "not enough memory");
	r.at = (const unsigned char *)dump.at;
	r.end = r.at + dump.len;
	(void)read_block(&r, HEADER_BYTES);
	(void)read_byte(&r);
	scan_function(&r, NULL);
	if (r.bad || r.at != r.end)
		luaL_error(L, "%s.lua: its names could not be checked",
		    s->loader->file);
}
