/* core/lua/state.c - the Lua state with its capped allocator, and runs. */
#include "config.h"
#include "core/lua/state.h"
#include "core/base/arena.h"

#include <stdlib.h>
#include <string.h>

/* Lua's own free() and realloc(), but never over MEMORY_MAX. Lua takes NULL
 * as "not enough memory", collects its garbage, asks once more, and raises.
 */
static void *
capped_alloc(void *context, void *old, size_t old_size, size_t new_size)
{
	struct state *s = context;
	void *new;

	if (old == NULL)
		old_size = 0; /* then it is a type, not a size */
	if (new_size == 0) {
		free(old);
		s->memory -= old_size;
		return NULL;
	}
	if (new_size > old_size && new_size - old_size > MEMORY_MAX - s->memory)
		return NULL;
	new = realloc(old, new_size);
	if (new != NULL)
		s->memory += new_size - old_size;
	return new;
}

enum err
state_create(int fd, struct state **out)
{
	struct state *s = calloc(1, sizeof *s);

	if (s == NULL)
		return ERR_NOMEM;
	s->fd = fd;
	s->fixed = arena_create();
	s->arena = arena_create();
	s->L = lua_newstate(capped_alloc, s);
	if (s->fixed == NULL || s->arena == NULL || s->L == NULL) {
		arena_destroy(s->fixed);
		arena_destroy(s->arena);
		if (s->L != NULL)
			lua_close(s->L);
		free(s);
		return ERR_NOMEM;
	}
	*(struct state **)lua_getextraspace(s->L) = s;
	*out = s;
	return ERR_OK;
}

void
run_begin(struct state *s, enum phase phase, enum hook hook)
{
	memset(&s->run, 0, offsetof(struct run, known));
	s->run.phase = phase;
	s->run.hook = hook;
	s->run_number++;
	s->fresh++;
	s->wishes_whole = 0;
	buf_clear(&s->wishes);
	buf_clear(&s->verdict);
	buf_clear(&s->value);
	buf_clear(&s->print);
}

void
run_end(struct state *s)
{
	s->run.phase = PHASE_NONE;
	s->run_number++;
}

static const char *const object_names[OBJECT__COUNT] = {
	[OBJECT_TICKET] = "ticket",
	[OBJECT_CUSTOMER] = "customer",
	[OBJECT_AGENT] = "agent",
	[OBJECT_ENTRY] = "entry",
	[OBJECT_QUEUE] = "queue",
	[OBJECT_ORGANISATION] = "organisation",
	[OBJECT_ARTICLE] = "article",
	[OBJECT_CALENDAR] = "calendar",
};

const char *
object_kind_name(enum object_kind kind)
{
	return object_names[kind];
}

enum object_kind
object_kind_named(const char *name)
{
	for (int i = 0; i < OBJECT__COUNT; i++)
		if (strcmp(object_names[i], name) == 0)
			return (enum object_kind)i;
	return OBJECT__COUNT;
}
