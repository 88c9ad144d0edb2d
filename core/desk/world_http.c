/* core/desk/world_http.c - the web that the desk of a test finds: what the test
 * says, and nothing else. */
#include "config.h"
#define HD_HOST_SIDE
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/world_private.h"
#include "core/plugin.h"

#include <stdio.h>

/* What a URL answers; without a status, nothing does. */
struct world_page {
	struct world_page *next;
	struct bytes url, text;
	int status;
};

/* What was sent, a JSON object. */
struct world_request {
	struct world_request *next;
	struct bytes json;
};

static struct bytes
keep(struct world *world, struct bytes text)
{
	char *copy = arena_copy(
	    world->arena, text.at != NULL ? text.at : "", text.len);

	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

/* Remember it for world.requests; one that is not is no trouble. */
static void
note(struct world *world, const struct hd_http_request *request)
{
	struct world_request *kept = arena_new(
	    world->arena, struct world_request);
	struct buf json = buf_in(world->arena);
	struct json_writer w = json_writer(&json);

	json_begin_object(&w);
	json_member_string(&w, "method", request->method);
	json_member_string(&w, "url", request->url);
	json_key(&w, "headers");
	json_begin_object(&w);
	for (size_t i = 0; i < request->field_count; i++)
		json_member_string(
		    &w, request->fields[i].name, request->fields[i].value);
	json_end_object(&w);
	if (request->body != NULL)
		json_member_text(&w, "body",
		    (struct bytes){ request->body, request->body_size });
	json_end_object(&w);
	if (kept == NULL || json.failed)
		return;
	kept->json = buf_get(&json);
	*world->requests_end = kept;
	world->requests_end = &kept->next;
}

void
world_request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	struct mail_keeper *keeper = arg;
	struct world *world = keeper->owner;
	const struct world_page *page = world->pages;

	note(world, request);
	while (page != NULL && !bytes_is(page->url, request->url))
		page = page->next;
	if (page == NULL || page->status == 0) {
		outcome->state = page == NULL ? HD_HTTP_REFUSED : HD_HTTP_LATER;
		snprintf(outcome->error, sizeof outcome->error, "%s",
		    page == NULL ? "world:http gives no answer to this url" :
				   "nobody answers");
		return;
	}
	outcome->state = HD_HTTP_ANSWERED;
	outcome->status = page->status;
	outcome->body_size = page->text.len < outcome->room ? page->text.len :
							      outcome->room;
	memcpy(outcome->body, page->text.at, outcome->body_size);
}

enum err
world_ask_http(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct world_page *page = arena_new(world->arena, struct world_page);
	const struct json *answer = json_get(with, "answer");
	const struct json *json = json_get(answer, "json");
	struct buf text = buf_in(world->arena);
	struct json_writer text_w = json_writer(&text);
	int64_t status = 200;

	(void)why;
	if (page == NULL)
		return ERR_NOMEM;
	if (json != NULL)
		json_put_value(&text_w, json);
	else
		buf_bytes(&text, json_text(json_get(answer, "text")));
	if (text.failed)
		return ERR_NOMEM;
	if (json_type(answer) == JSON_OBJECT)
		(void)json_int(json_get(answer, "status"), &status);
	else
		status = 0;
	*page = (struct world_page){ .next = world->pages, /* the newest wins */
		.url = keep(world, json_text(json_get(with, "url"))),
		.text = keep(world, buf_get(&text)),
		.status = (int)status };
	world->pages = page;
	json_put_null(w);
	return ERR_OK;
}

enum err
world_ask_requests(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	(void)with;
	(void)why;
	json_begin_list(w);
	for (const struct world_request *r = world->requests; r != NULL;
	     r = r->next)
		json_put_raw(w, r->json);
	json_end_list(w);
	return ERR_OK;
}
