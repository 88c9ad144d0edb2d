/* core/desk/world_private.h - shared by core/desk/world*.c only. */
#ifndef HOOKDESK_DESK_WORLD_PRIVATE_H
#define HOOKDESK_DESK_WORLD_PRIVATE_H

#include "core/base/json_write.h"
#include "core/base/zone.h"
#include "core/desk/act.h"
#include "core/desk/mail_keep.h"
#include "core/desk/scratch.h"
#include "core/desk/world.h"

#include <limits.h>

struct world {
	int64_t id;
	const struct world_options *options;
	struct arena *arena; /* lives as long as the world */
	struct scratch scratch;
	struct clock clock;
	const struct zone *zone;
	struct site *site;
	struct mail_keeper keeper;
	bool asked_for_failures;
	uint64_t first_agent;
	struct world_page *pages;       /* of world_http.c */
	struct world_request *requests; /* the first one first */
	struct world_request **requests_end;
	struct world *next;
};

struct worlds {
	struct world_options options;
	struct world *first, *current;
	int64_t last_id;
};

/* world.c: make a desk as <with> says; words in <why>. */
ERR_CHECKED enum err world_create(struct worlds *worlds,
    const struct json *with, struct world **out, struct why *why);
void world_destroy(struct world *world);
/* Run what is due now. */
ERR_CHECKED enum err world_settle(struct world *world);
/* An act with the usual error words. */
ERR_CHECKED enum err world_act(struct world *world,
    const struct act_input *input, struct act_result *result, struct why *why);
/* Give a field of <input> by its name, as text. */
ERR_CHECKED enum err world_set(struct world *world, struct act_input *input,
    const char *name, struct bytes text, struct why *why);

/* world_ask.c: how many handlers and jobs failed, each counted once, with
 * words added to <words> and objects to <w> (either may be NULL). */
ERR_CHECKED enum err world_failed(struct world *world, struct json_writer *w,
    struct buf *words, size_t *count);

/* world_set.c: what tests have an admin do. */
ERR_CHECKED enum err world_ask_set(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why);
ERR_CHECKED enum err world_ask_add(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why);
/* world_route.c: what programs elsewhere ask of it. */
ERR_CHECKED enum err world_ask_route(struct world *world,
    const struct json *with, struct json_writer *w, struct why *why);

/* world_http.c: desk_output.request of a world, whose arg is its keeper; and
 * what tests ask. */
void world_request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome);
ERR_CHECKED enum err world_ask_http(struct world *world,
    const struct json *with, struct json_writer *w, struct why *why);
ERR_CHECKED enum err world_ask_requests(struct world *world,
    const struct json *with, struct json_writer *w, struct why *why);

#endif
