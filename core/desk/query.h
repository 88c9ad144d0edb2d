/* core/desk/query.h - answers to the questions a script's run asks. */
#ifndef HOOKDESK_DESK_QUERY_H
#define HOOKDESK_DESK_QUERY_H

#include "core/desk/site.h"
#include "core/script/host.h"

/* The context of query_ask(): what a run reads from. */
struct query {
	const struct site_read *read;
	struct arena *arena;
	struct bytes script; /* "routing": whose desk.store it is */
};

/* A script_ask: see wire.h, questions. */
enum err query_ask(void *context, struct bytes question,
    const struct json *with, struct buf *answer, struct why *why);

#endif
