/* core/lua/filter.h - filters F and A of the API, checked and written down. */
#ifndef HOOKDESK_LUA_FILTER_H
#define HOOKDESK_LUA_FILTER_H

#include "core/lua/state.h"

/* Where a filter stands decides which names it may have. */
enum filter_use {
	FILTER_LOOK_UP, /* sort and limit */
	FILTER_WHEN,    /* changed and actor */
	FILTER_OFFER    /* none of them */
};

/* Write the table at <index> as a filter F; raises, naming <what>, for
 * unknown names, keys and words. */
void filter_write(lua_State *L, int index, struct json_writer *w,
    enum filter_use use, const char *what);
/* The same for A: which agents. */
void agents_filter_write(
    lua_State *L, int index, struct json_writer *w, const char *what);

#endif
