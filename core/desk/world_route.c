/* core/desk/world_route.c - a program elsewhere calls a route of the desk that
 * a test runs on. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/secret.h"
#include "core/desk/route.h"
#include "core/desk/scripts.h"
#include "core/desk/world_private.h"

#include <ctype.h>
#include <stdio.h>

static enum err
read_fields(struct world *world, const struct json *object, bool is_lower,
    struct route_fields *out, size_t more)
{
	struct route_field *at = arena_array(
	    world->arena, struct route_field, json_count(object) + more + 1);

	if (at == NULL)
		return ERR_NOMEM;
	for (const struct json *i = json_first(object); i != NULL;
	     i = json_next(i)) {
		char *name = arena_printf(world->arena, "%s", json_name(i));
		struct buf text = buf_in(world->arena);
		struct json_writer w = json_writer(&text);

		if (name == NULL)
			return ERR_NOMEM;
		for (char *c = name; is_lower && *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		if (json_type(i) == JSON_TEXT)
			buf_bytes(&text, json_text(i));
		else
			json_put_value(&w, i);
		if (text.failed)
			return ERR_NOMEM;
		at[out->count++] = (struct route_field){ bytes_of(name),
			buf_get(&text) };
	}
	out->at = at;
	return ERR_OK;
}

/* The header by which a route knows a request of who has the secret. */
static enum err
sign(struct world *world, struct route_request *request, struct bytes secret)
{
	struct when_set *set = when_set_take(world->site);
	struct buf text = buf_in(world->arena), value = buf_in(world->arena);
	struct route_field *at = (struct route_field *)request->headers.at;
	long long now = clock_read(&world->clock) / CLOCK_SECOND_US;
	enum secret_hmac kind = SECRET_HMAC_SHA256;
	struct bytes header = BYTES(ROUTE_HEADER_OWN);
	const struct script_handler *all;
	uint8_t mac[SECRET_HMAC_MAX];
	size_t count = 0, size;

	if (set != NULL) {
		all = script_set_kind(
		    when_set_scripts(set), SCRIPT_ROUTE, &count);
		for (size_t i = 0; i < count; i++)
			if (bytes_equal(all[i].path, request->path) &&
			    bytes_equal(all[i].method, request->method) &&
			    secret_hmac_from(all[i].verify.hash, &kind) ==
				ERR_OK)
				header = (struct bytes){
					arena_copy(world->arena,
					    all[i].verify.header.at,
					    all[i].verify.header.len),
					all[i].verify.header.len
				};
		when_set_unref(set);
	}
	if (bytes_is(header, ROUTE_HEADER_OWN)) {
		buf_printf(&value, "t=%lld,v1=", now);
		buf_printf(&text, "%lld.", now);
	}
	buf_bytes(&text, request->body);
	size = secret_hmac(kind, secret, buf_get(&text), mac);
	secret_hex_add(&value, (struct bytes){ (const char *)mac, size });
	if (text.failed || value.failed || header.at == NULL)
		return ERR_NOMEM;
	at[request->headers.count++] = (struct route_field){ header,
		buf_get(&value) };
	return ERR_OK;
}

static enum err
read_request(
    struct world *world, const struct json *with, struct route_request *out)
{
	const struct json *json = json_get(with, "json");
	struct buf body = buf_in(world->arena);
	struct json_writer w = json_writer(&body);
	struct bytes secret = json_text(json_get(with, "sign"));
	enum err err;

	out->method = json_text(json_get(with, "method"));
	out->path = json_text(json_get(with, "path"));
	out->address = json_text(json_get(with, "address"));
	if (out->address.len == 0)
		out->address = BYTES("192.0.2.1");
	if (json != NULL) {
		json_put_value(&w, json);
		out->type = BYTES("application/json");
	} else {
		buf_bytes(&body, json_text(json_get(with, "body")));
	}
	if (body.failed)
		return ERR_NOMEM;
	out->body = buf_get(&body);
	err = read_fields(
	    world, json_get(with, "headers"), true, &out->headers, 1);
	if (err == ERR_OK)
		err = read_fields(
		    world, json_get(with, "query"), false, &out->query, 0);
	if (err == ERR_OK)
		err = read_fields(
		    world, json_get(with, "form"), false, &out->form, 0);
	for (size_t i = 0; err == ERR_OK && i < out->headers.count; i++) {
		if (bytes_is(out->headers.at[i].name, "content-type"))
			out->type = out->headers.at[i].value;
		if (bytes_is(out->headers.at[i].name, "idempotency-key"))
			out->key = out->headers.at[i].value;
	}
	return err == ERR_OK && secret.len > 0 ? sign(world, out, secret) : err;
}

static void
put_answer(struct json_writer *w, const struct route_answer *answer)
{
	json_begin_object(w);
	json_member_int(w, "status", answer->status);
	json_key(w, "headers");
	json_begin_object(w);
	for (size_t i = 0; i < answer->header_count; i++) {
		json_key_bytes(w, answer->headers[i].name);
		json_put_text(w, answer->headers[i].value);
	}
	json_end_object(w);
	if (bytes_is(answer->type, "application/json")) {
		json_key(w, "json");
		json_put_raw(w, answer->body);
	} else if (answer->body.len > 0) {
		json_member_text(w, "text", answer->body);
	}
	json_end_object(w);
}

/* What the page answers when it is not run. */
static int
status_of(enum err err)
{
	switch (err) {
	case ERR_NOT_FOUND: return 404;
	case ERR_DENIED: return 401;
	case ERR_INVALID: return 400;
	case ERR_REFUSED: return 500;
	default: return 503;
	}
}

enum err
world_ask_route(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct route_request request = { .method = BYTES_NONE };
	struct route_answer answer = { .status = 0 };
	enum err err = read_request(world, with, &request);

	if (err != ERR_OK)
		return err;
	err = route_run(world->site, &request, world->arena, &answer, why);
	if (err == ERR_NOMEM || err == ERR_IO)
		return err;
	if (err != ERR_OK)
		answer = (struct route_answer){ .status = status_of(err) };
	else
		err = world_settle(world);
	put_answer(w, &answer);
	return err == ERR_NOMEM || err == ERR_IO ? err : ERR_OK;
}
