/* core/lua/scan_table.c - the names in tables that functions give to the desk:
 * ticket:set { priorty = "high" }.
 *
 * Such a line may run weeks from now, on a customer's ticket. The table is
 * made in one register, and its names are put there, until the call that
 * takes it: the first whose function lies below.
 */
#include "config.h"
#include "core/lua/check.h"
#include "core/lua/register.h"
#include "core/lua/scan_private.h"
#include "core/lua/wish.h"

/* ---- what a register holds ---- */

/* The local in a register, in its scope. */
static struct bytes
local_name(const struct function *f, size_t pc, unsigned reg)
{
	for (size_t i = 0; i < f->local_count && f->locals[i].from <= pc; i++)
		if (pc < f->locals[i].to && reg-- == 0)
			return f->locals[i].name;
	return BYTES_NONE;
}

/* A variable's name; "" if the register is none, or an upvalue just read. */
static struct bytes
variable_name(const struct function *f, size_t pc, unsigned reg)
{
	struct bytes name = local_name(f, pc, reg);
	struct instruction before;

	if (name.len > 0 || pc == 0)
		return name;
	before = scan_instruction(f, pc - 1);
	if (before.op == OP_GETUPVAL && before.a == reg &&
	    before.b < f->upvalue_count)
		return f->upvalues[before.b].name;
	return BYTES_NONE;
}

/* What has a ticket, a customer. */
static bool
is_holder(struct bytes variable)
{
	return bytes_is(variable, "event") || bytes_is(variable, "ticket");
}

enum object_kind
scan_kind(const struct place *p, unsigned reg)
{
	size_t pc = p->next - 1;
	struct instruction before = scan_before(p);
	struct bytes name = variable_name(p->f, pc, reg);

	if (name.len == 0 && before.op == OP_GETFIELD && before.a == reg &&
	    is_holder(variable_name(p->f, pc - 1, before.b)))
		name = scan_constant(p->f, before.c);
	if (bytes_is(name, "ticket"))
		return OBJECT_TICKET;
	return bytes_is(name, "customer") ? OBJECT_CUSTOMER : OBJECT__COUNT;
}

/* ---- what a function takes ---- */

/* A function that takes a table of names. */
struct taker {
	bool is_set; /* fields, of <kind>; else: */
	enum object_kind kind;
	enum options options;
	bool is_sure; /* it is the desk's own, without a doubt */
	unsigned reg; /* where it is */
};

/* A filter's names are those of all who take one. */
static enum options
options_of(struct bytes name, bool is_desk)
{
	static const struct {
		const char *name;
		bool is_desk;
		enum options options;
	} filters[] = {
		{ "tickets", true, OPTIONS_FILTER },
		{ "count", true, OPTIONS_FILTER },
		{ "each", true, OPTIONS_FILTER },
		{ "agents", true, OPTIONS_AGENTS },
		{ "similar", false, OPTIONS_FILTER },
	};

	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
		if (filters[i].is_desk == is_desk &&
		    bytes_is(name, filters[i].name))
			return filters[i].options;
	for (int o = 0; o < OPTIONS__COUNT; o++) {
		const char *function = option_lists[o].function;
		size_t len = strcspn(function, ":.");

		if (function[len] == (is_desk ? '.' : ':') &&
		    bytes_is(name, function + len + 1) &&
		    !bytes_is((struct bytes){ function, len }, "world"))
			return (enum options)o;
	}
	return OPTIONS__COUNT;
}

/* The function in a register, from the instruction that put it there, before
 * the one at <pc>; false if it takes no table of names. */
static bool
find_taker(const struct place *p, size_t pc, unsigned reg, struct taker *out)
{
	struct place at = *p;
	struct bytes name;

	do {
		if (pc == 0)
			return false;
		at.i = scan_instruction(p->f, --pc);
	} while (at.i.a != reg || at.i.op == OP_JMP || at.i.op == OP_EXTRAARG);
	at.next = pc + 1;
	name = scan_constant(p->f, at.i.c);
	*out = (struct taker){ .kind = OBJECT__COUNT, .reg = reg };
	if (at.i.op == OP_GETFIELD && pc > 0) {
		struct instruction before = scan_before(&at);

		out->is_sure = before.a == at.i.b &&
		    scan_is_shared(p, &before, "desk");
	}
	if (out->is_sure || (at.i.op == OP_SELF && at.i.k))
		out->options = options_of(name, out->is_sure);
	else
		return false;
	out->is_set = !out->is_sure && bytes_is(name, "set");
	if (out->is_set)
		out->kind = scan_kind(&at, at.i.b);
	return out->is_set || out->options != OPTIONS__COUNT;
}

/* The call that takes the table that p->i has made, and its function; false if
 * it is kept, or put into another table. */
static bool
find_call(const struct place *p, struct taker *out)
{
	unsigned table = p->i.a;
	struct place at = *p;

	while (scan_next(&at)) {
		const struct instruction *i = &at.i;

		if (i->op == OP_JMP || i->op == OP_EXTRAARG)
			continue;
		if ((i->op == OP_SETFIELD && i->a < table && !i->k &&
			i->c == table) ||
		    (i->op == OP_SETLIST && i->a < table))
			return false;
		if ((i->op == OP_CALL || i->op == OP_TAILCALL) && i->a < table)
			return (i->b == 0 || table < i->a + i->b) &&
			    find_taker(p, p->next - 1, i->a, out);
	}
	return false;
}

/* ---- the names ---- */

struct entry {
	const struct taker *taker;
	const char *name, *word;
};

static int
l_entry(lua_State *L)
{
	const struct entry *e = lua_touserdata(L, 1);

	if (e->taker->is_set)
		wish_check_field(L, e->taker->kind, e->name, e->word);
	else
		check_option(L, e->taker->options, e->name);
	return 0;
}

/* Whose fields they are, is not known: only what none has is wrong. */
static bool
is_settable(const struct state *s, const char *name)
{
	for (int kind = 0; kind < OBJECT__COUNT; kind++) {
		const struct field_info *field = site_field(
		    s, (enum object_kind)kind, name);

		if (field != NULL && field->may_set)
			return true;
	}
	return false;
}

static void
check_entry(const struct place *p, const struct taker *taker)
{
	struct bytes name = scan_constant(p->f, p->i.b), word = BYTES_NONE;
	struct taker sure = *taker;
	struct entry entry = { .taker = &sure };
	lua_State *L = p->s->L;
	int top = lua_gettop(L);
	const char *message = NULL;

	entry.name = lua_pushlstring(L, name.at, name.len);
	if (p->i.k)
		word = scan_constant(p->f, p->i.c);
	if (word.len > 0)
		entry.word = lua_pushlstring(L, word.at, word.len);
	if (taker->is_set && taker->kind == OBJECT__COUNT) {
		sure.kind = OBJECT_TICKET;
		if (is_settable(p->s, entry.name))
			name = BYTES_NONE;
	}
	if (name.len > 0)
		message = scan_raised(L, l_entry, &entry);
	if (message != NULL && taker->is_sure)
		luaL_error(
		    L, "%s.lua:%d: %s", p->s->loader->file, p->line, message);
	if (message != NULL) {
		buf_clear(&p->s->scratch);
		buf_text(&p->s->scratch, message);
		scan_warn(p->s, p->line);
	}
	lua_settop(L, top);
}

void
scan_table(const struct place *p)
{
	unsigned table = p->i.a;
	struct place at = *p;
	struct taker taker;

	if (!find_call(p, &taker))
		return;
	if (taker.is_set && table != taker.reg + 2)
		return; /* desk.store:set("key", { ... }) */
	while (scan_next(&at)) {
		const struct instruction *i = &at.i;

		if ((i->op == OP_CALL || i->op == OP_TAILCALL) && i->a < table)
			return;
		if (i->op == OP_SETFIELD && i->a == table)
			check_entry(&at, &taker);
	}
}
