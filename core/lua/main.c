/* core/lua/main.c - hookdesk-script: runs one site's scripts for the server.
 *
 * Started by the server with a socket on descriptor 0, over which everything
 * goes (core/script/wire.h). It locks itself in before it reads a script, and
 * ends when the socket does.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/lua/libs.h"
#include "core/lua/load.h"
#include "core/lua/sandbox.h"
#include "core/lua/state.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int
l_open(lua_State *L)
{
	libs_open(L);
	return 0;
}

/* WIRE_SITE: what it tells stays for good. */
static enum err
take_site(struct state *s, const struct json *json)
{
	enum err err = site_read(s, json_get(json, "site"));

	if (err != ERR_OK)
		return err;
	s->settings = json_get(json, "settings");
	buf_clear(&s->out);
	(void)wire_begin(&s->out, WIRE_LOADED);
	buf_text(&s->out, "{}");
	wire_end(&s->out, 0);
	return ERR_OK;
}

/* Answer one frame: s->out is what to send back. */
static enum err
handle(struct state *s, enum wire_type type, struct bytes text)
{
	struct arena *arena = type == WIRE_SITE ? s->fixed : s->arena;
	const struct json *json = NULL;
	enum err err = json_parse(arena, text, WIRE_TO_HOST_MAX, &json, NULL);

	if (err != ERR_OK)
		return err;
	if ((s->site == NULL) != (type == WIRE_SITE))
		return ERR_INVALID; /* first the site, and once */
	switch (type) {
	case WIRE_SITE: return take_site(s, json);
	case WIRE_LOAD: load_file(s, json); return ERR_OK;
	case WIRE_CALL: return call_run(s, json);
	default: return ERR_INVALID;
	}
}

static int
serve(struct state *s)
{
	for (;;) {
		enum wire_type type = WIRE_SITE;
		struct bytes text = BYTES_NONE;
		enum err err = wire_read(
		    s->fd, &s->in, WIRE_TO_HOST_MAX, 0, &type, &text);

		if (err == ERR_NOT_FOUND)
			return SCRIPT_EXIT_END;
		if (err == ERR_OK)
			err = handle(s, type, text);
		if (err == ERR_OK && s->out.failed)
			err = ERR_NOMEM;
		if (err == ERR_OK)
			err = wire_write(s->fd, buf_get(&s->out), 0);
		if (err == ERR_NOMEM)
			return SCRIPT_EXIT_NOMEM;
		if (err != ERR_OK)
			return SCRIPT_EXIT_WIRE;
		arena_reset(s->arena);
	}
}

int
main(int argc, char **argv)
{
	struct state *s = NULL;
	struct stat socket;

	if (argc != 1 || fstat(0, &socket) != 0 || !S_ISSOCK(socket.st_mode)) {
		fputs("hookdesk-script: hookdesk starts it; there is nothing "
		      "to run by hand\n",
		    stderr);
		return 2;
	}
	if (sandbox_lock() != ERR_OK)
		return SCRIPT_EXIT_SANDBOX;
	if (state_create(0, &s) != ERR_OK)
		return SCRIPT_EXIT_NOMEM;
	lua_pushcfunction(s->L, l_open);
	if (lua_pcall(s->L, 0, 0, 0) != LUA_OK)
		return SCRIPT_EXIT_NOMEM;
	_exit(serve(s)); /* nothing to tidy up: the memory goes with us */
}
