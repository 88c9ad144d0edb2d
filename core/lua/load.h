/* core/lua/load.h - takes files, and runs what they have registered. */
#ifndef HOOKDESK_LUA_LOAD_H
#define HOOKDESK_LUA_LOAD_H

#include "core/lua/state.h"

/* WIRE_LOAD: take one file; s->out becomes the WIRE_LOADED frame. */
void load_file(struct state *s, const struct json *file);

/* WIRE_CALL: run one handler, job or test; s->out becomes the WIRE_DONE or
 * WIRE_FAILED frame. ERR_INVALID if there is none of that id. */
ERR_CHECKED enum err call_run(struct state *s, const struct json *call);

/* What went wrong in the last protected call: its words, cut and without
 * control characters, and the place. Pops the error value. */
struct failure {
	struct bytes message;   /* in the run's arena */
	struct bytes traceback; /* the same; may be empty */
	struct bytes file;
	int line; /* 0: unknown */
};
void failure_take(struct state *s, int status, struct failure *out);
/* lua_pcall's message handler: notes the place and the traceback. */
int l_failure_handler(lua_State *L);

#endif
