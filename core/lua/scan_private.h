/* core/lua/scan_private.h - what scan.c has read, and scan_look.c looks at.
 *
 * A function's parts are borrowed from the dump, which lives in s->arena.
 */
#ifndef HOOKDESK_LUA_SCAN_PRIVATE_H
#define HOOKDESK_LUA_SCAN_PRIVATE_H

#include "core/lua/state.h"

#include <string.h>

/* Instructions, from lopcodes.h, which Lua does not install. */
enum {
	OP_MOVE = 0,
	OP_LOADK = 3,
	OP_GETUPVAL = 9,
	OP_SETUPVAL = 10,
	OP_GETTABUP = 11,
	OP_GETFIELD = 14,
	OP_SETTABUP = 15,
	OP_SETFIELD = 18,
	OP_NEWTABLE = 19,
	OP_SELF = 20,
	OP_JMP = 56,
	OP_EQK = 60,
	OP_CALL = 68,
	OP_TAILCALL = 69,
	OP_SETLIST = 78,
	OP_EXTRAARG = 82
};

/* One instruction, as far as it is looked at. */
struct instruction {
	unsigned op, a, b, c, bx;
	bool k; /* c, or b of OP_SELF's name, is a constant */
};

struct upvalue {
	bool in_stack; /* a local of the function around, else its upvalue */
	unsigned index;
	struct bytes name;
};

struct local {
	struct bytes name;
	size_t from, to; /* instructions */
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
	struct local *locals; /* in the order in which they begin */
	size_t local_count;
};

/* An instruction where it stands; step through with scan_next(). */
struct place {
	struct state *s;
	const struct function *f;
	size_t next; /* the instruction behind it */
	struct instruction i;
	int line;
	size_t absolute; /* of f->absolute, the next to be used */
};

/* Go to the next instruction; false at the end. */
bool scan_next(struct place *p);

/* What an upvalue is in the end. */
enum reach { REACH_ENVIRONMENT, REACH_FILE_LOCAL, REACH_LOCAL };
enum reach scan_reach(const struct function *f, unsigned index);

/* A warning with the words in s->scratch. */
void scan_warn(struct state *s, int line);

static inline struct instruction
scan_instruction(const struct function *f, size_t pc)
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

static inline struct bytes
scan_constant(const struct function *f, unsigned index)
{
	return index < f->constant_count ? f->constants[index] : BYTES_NONE;
}

/* The instruction before it; one that is none of the above if there is none. */
static inline struct instruction
scan_before(const struct place *p)
{
	return p->next > 1 ? scan_instruction(p->f, p->next - 2) :
			     (struct instruction){ .op = OP_EXTRAARG };
}

/* What the function <f> raises, called with <context>, pushed; NULL: nothing.
 * So what is said at the load is what a run would say. */
const char *scan_raised(lua_State *L, lua_CFunction f, void *context);

/* ---- scan_look.c ---- */

/* Whether what it does with names of the desk can be right. */
void scan_look(const struct place *p);

/* Whether the instruction reads a global: "desk", or NULL for any. */
bool scan_is_shared(
    const struct place *p, const struct instruction *i, const char *name);

/* ---- scan_table.c ---- */

/* p->i makes a table: whether the names in it are those that the function
 * takes to which it is given. */
void scan_table(const struct place *p);

/* What a register holds just before p->i, by its name: event.ticket, or a
 * local "ticket". OBJECT__COUNT if that is not known. */
enum object_kind scan_kind(const struct place *p, unsigned reg);

#endif
