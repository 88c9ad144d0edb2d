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
#include "core/lua/scan_private.h"

#if LUA_VERSION_NUM != 504
#error "the dump and the instructions read here are those of Lua 5.4"
#endif

#define HEADER_BYTES 31 /* signature to the sample number */

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

static void
read_locals(struct reader *r, struct function *f)
{
	f->local_count = read_number(r);
	f->locals = arena_array(r->s->arena, struct local, f->local_count + 1);
	if (f->locals == NULL) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < f->local_count && !r->bad; i++) {
		f->locals[i].name = read_string(r);
		f->locals[i].from = read_number(r);
		f->locals[i].to = read_number(r);
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
	read_locals(r, f);
	count = r->bad ? 0 : read_number(r);
	for (size_t i = 0; i < count && i < f->upvalue_count && !r->bad; i++)
		f->upvalues[i].name = read_string(r);
}

enum reach
scan_reach(const struct function *f, unsigned index)
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

void
scan_warn(struct state *s, int line)
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

const char *
scan_raised(lua_State *L, lua_CFunction f, void *context)
{
	int status;

	lua_pushcfunction(L, f);
	lua_pushlightuserdata(L, context);
	status = lua_pcall(L, 1, 0, 0);
	if (status == LUA_OK)
		return NULL;
	if (status != LUA_ERRRUN)
		lua_error(L);
	return lua_tostring(L, -1);
}

static void
warn_of_write(struct state *s, int line, struct bytes name)
{
	buf_clear(&s->scratch);
	buf_printf(&s->scratch,
	    "\"%.*s\" is written from within a function: it is forgotten when "
	    "the script host restarts; use desk.store",
	    BYTES_ARG(name));
	scan_warn(s, line);
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

bool
scan_next(struct place *p)
{
	const struct function *f = p->f;
	size_t pc = p->next;

	if (pc >= f->code_count)
		return false;
	p->i = scan_instruction(f, pc);
	p->next = pc + 1;
	if (pc >= f->step_count)
		return true;
	if (f->steps[pc] != LINE_IS_ABSOLUTE)
		p->line += f->steps[pc];
	else if (p->absolute < f->absolute_count)
		p->line = f->absolute[p->absolute++];
	return true;
}

static void
check_code(struct state *s, const struct function *f)
{
	struct place p = { .s = s, .f = f, .line = f->line };

	while (scan_next(&p)) {
		const struct instruction *i = &p.i;

		if (i->op == OP_GETTABUP &&
		    scan_reach(f, i->b) == REACH_ENVIRONMENT)
			check_global(s, f, i->c, p.line, false);
		else if (i->op == OP_SETTABUP &&
		    scan_reach(f, i->a) == REACH_ENVIRONMENT)
			check_global(s, f, i->b, p.line, true);
		else if (i->op == OP_SETUPVAL && !s->loader->is_test &&
		    scan_reach(f, i->b) == REACH_FILE_LOCAL)
			warn_of_write(s, p.line, f->upvalues[i->b].name);
		else
			scan_look(&p);
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
