/* core/desk/route.c - requests of programs elsewhere. */
#include "config.h"
#include "core/desk/route.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/desk/webout.h"

#include <stdio.h>
#include <strings.h>

/* Of a body's JSON: the frame to the script host has some levels of its own. */
#define DEPTH_MAX (WIRE_DEPTH_MAX - 8)

/* --- which one --- */

static const struct script_handler *
find_route(struct when_set *set, struct bytes method, struct bytes path)
{
	size_t count = 0;
	const struct script_handler *all = script_set_kind(
	    when_set_scripts(set), SCRIPT_ROUTE, &count);

	for (size_t i = 0; i < count; i++)
		if (bytes_equal(all[i].path, path) &&
		    bytes_equal(all[i].method, method))
			return &all[i];
	return NULL;
}

bool
route_is_there(struct site *site, struct bytes method, struct bytes path,
    struct arena *arena, struct bytes *allow)
{
	struct when_set *set = when_set_take(site);
	struct buf list = buf_in(arena);
	const struct script_handler *all;
	bool is_there = false;
	size_t count = 0;

	if (set == NULL)
		return false;
	all = script_set_kind(when_set_scripts(set), SCRIPT_ROUTE, &count);
	for (size_t i = 0; i < count; i++) {
		if (!bytes_equal(all[i].path, path))
			continue;
		is_there |= bytes_equal(all[i].method, method);
		buf_text(&list, list.len > 0 ? ", " : "");
		buf_bytes(&list, all[i].method);
	}
	when_set_unref(set);
	if (allow != NULL)
		*allow = list.failed ? BYTES_NONE : buf_get(&list);
	return is_there;
}

/* --- is it genuine? --- */

/* The MAC that <text> stands for, <size> bytes; false for what is none. */
static bool
read_mac(struct bytes text, uint8_t *mac, size_t size)
{
	static const enum secret_base64 alphabets[] = { SECRET_BASE64,
		SECRET_BASE64URL };

	if (text.len == 2 * size)
		return secret_hex_to(text, mac, size) == ERR_OK;
	for (size_t i = 0; i < sizeof alphabets / sizeof *alphabets; i++) {
		struct buf raw = BUF_INIT;
		bool is_one = secret_base64_read(&raw, alphabets[i], text) ==
			ERR_OK &&
		    raw.len == size;

		if (is_one)
			memcpy(mac, raw.at, size);
		buf_release(&raw);
		if (is_one)
			return true;
	}
	return false;
}

/* Whether <text> is the MAC of <head> and <body>, one after the other. */
static bool
is_mac(struct bytes text, struct bytes head, struct bytes body,
    struct bytes secret, enum secret_hmac kind)
{
	uint8_t mac[SECRET_HMAC_MAX], given[SECRET_HMAC_MAX] = { 0 };
	struct buf whole = BUF_INIT;
	bool is_one = false;
	size_t size;

	buf_bytes(&whole, head);
	buf_bytes(&whole, body);
	if (!whole.failed) {
		size = secret_hmac(kind, secret, buf_get(&whole), mac);
		is_one = read_mac(text, given, size) &&
		    secret_equal(mac, given, size);
	}
	buf_release(&whole);
	secret_wipe(mac, sizeof mac);
	return is_one;
}

/* t=SECONDS,v1=HEX; there may be several v1, of an old and a new secret. */
static bool
is_signed_at(struct bytes value, struct bytes body, struct bytes secret,
    enum secret_hmac kind, int64_t now_us)
{
	struct bytes rest = value, time = BYTES_NONE;
	int64_t at = 0, now = now_us / CLOCK_SECOND_US;
	char head[32];
	bool is_one = false;

	while (rest.len > 0) {
		struct bytes part = bytes_trim(bytes_split(&rest, ','));

		if (bytes_start_with(part, BYTES("t=")))
			time = (struct bytes){ part.at + 2, part.len - 2 };
	}
	if (bytes_to_int(time, &at) != ERR_OK || at < 0 ||
	    at < now - ROUTE_SIGNED_S || at > now + ROUTE_SIGNED_S)
		return false;
	snprintf(head, sizeof head, "%lld.", (long long)at);
	for (rest = value; rest.len > 0;) {
		struct bytes part = bytes_trim(bytes_split(&rest, ','));

		if (bytes_start_with(part, BYTES("v1=")))
			is_one |= is_mac(
			    (struct bytes){ part.at + 3, part.len - 3 },
			    bytes_of(head), body, secret, kind);
	}
	return is_one;
}

bool
route_is_signed(struct bytes value, struct bytes body, struct bytes secret,
    struct bytes hash, int64_t now_us)
{
	enum secret_hmac kind;
	struct bytes text = bytes_trim(value), rest = text;

	/* so long a value is no MAC: it is not even looked at */
	if (text.len == 0 || text.len > 1000 || secret.len == 0 ||
	    secret_hmac_from(hash, &kind) != ERR_OK)
		return false;
	if (bytes_start_with(text, BYTES("t=")))
		return is_signed_at(text, body, secret, kind, now_us);
	if (bytes_equal(bytes_split(&rest, '='), hash) && rest.at != NULL)
		text = rest;
	return is_mac(text, BYTES_NONE, body, secret, kind);
}

static struct bytes
field_of(const struct route_fields *fields, struct bytes name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->at[i].name.len == name.len &&
		    strncasecmp(fields->at[i].name.at, name.at, name.len) == 0)
			return fields->at[i].value;
	return BYTES_NONE;
}

static enum err
check_signature(struct site *site, const struct script_handler *route,
    const struct route_request *request, struct arena *arena)
{
	struct site_read read;
	struct bytes secret = BYTES_NONE;
	const char *why = "signature";
	enum err err;

	if (route->verify.header.len == 0)
		return ERR_OK;
	err = site_read_begin(site, &read);
	if (err == ERR_OK) {
		err = webout_secret(&read, route->file, route->verify.secret,
		    arena, &secret, NULL);
		if (err == ERR_OK &&
		    !route_is_signed(
			field_of(&request->headers, route->verify.header),
			request->body, secret, route->verify.hash, read.now_us))
			err = ERR_DENIED;
		site_read_end(&read);
	}
	if (err == ERR_DENIED && secret.len == 0)
		why = "no secret is set";
	if (err == ERR_DENIED)
		atomic_fetch_add(&site->routes_refused, 1);
	if (err == ERR_DENIED)
		log_event(LOG_WARN, "route.refused",
		    "route=%.*s client=%.*s why=\"%s\"", BYTES_ARG(route->full),
		    BYTES_ARG(request->address), why);
	return err;
}

uint64_t
routes_refused(struct site *site)
{
	return atomic_load(&site->routes_refused);
}

/* --- what the script is told --- */

static void
put_fields(
    struct json_writer *w, const char *name, const struct route_fields *fields)
{
	json_key(w, name);
	json_begin_object(w);
	for (size_t i = 0; i < fields->count; i++) {
		bool is_first = true;

		for (size_t j = 0; j < i; j++)
			is_first &= !bytes_equal(
			    fields->at[i].name, fields->at[j].name);
		if (!is_first)
			continue;
		json_key_bytes(w, fields->at[i].name);
		json_put_text(w, fields->at[i].value);
	}
	json_end_object(w);
}

static int
depth_of(const struct json *value)
{
	int depth = 0;

	for (const struct json *i = json_first(value); i != NULL;
	     i = json_next(i)) {
		int inner = depth_of(i);

		depth = inner > depth ? inner : depth;
	}
	return depth + 1;
}

static bool
is_json(struct bytes type)
{
	struct bytes rest = type, media = bytes_trim(bytes_split(&rest, ';'));
	static const char plus[] = "+json";

	return (media.len == strlen("application/json") &&
		   strncasecmp(media.at, "application/json", media.len) == 0) ||
	    (media.len > strlen(plus) &&
		strncasecmp(media.at + media.len - strlen(plus), plus,
		    strlen(plus)) == 0);
}

static enum err
put_body(struct json_writer *w, const struct route_request *request,
    struct arena *arena, struct why *why)
{
	const struct json *json = NULL;
	enum err err;

	if (request->form.count > 0)
		put_fields(w, "form", &request->form);
	json_member_text(w, "body", request->body);
	if (!is_json(request->type) || request->body.len == 0)
		return ERR_OK;
	err = json_parse(arena, request->body, ROUTE_BODY_MAX, &json, why);
	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK || depth_of(json) > DEPTH_MAX)
		return why_set(why, ERR_INVALID, NULL,
		    N_("The body is not valid JSON."), 0, NULL);
	json_key(w, "json");
	json_put_value(w, json);
	return ERR_OK;
}

static enum err
write_request(struct buf *out, const struct route_request *request,
    struct arena *arena, struct why *why)
{
	struct json_writer w = json_writer(out);
	enum err err;

	json_key(&w, "request");
	json_begin_object(&w);
	json_member_text(&w, "method", request->method);
	json_member_text(&w, "path", request->path);
	json_member_text(&w, "address", request->address);
	put_fields(&w, "query", &request->query);
	put_fields(&w, "headers", &request->headers);
	err = put_body(&w, request, arena, why);
	json_end_object(&w);
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

/* --- what it answers --- */

/* The host has looked at it; nothing of it is believed. */
static void
read_answer(const struct json *value, struct route_answer *out)
{
	const struct json *json = json_get(value, "json");
	const struct json *text = json_get(value, "text");
	int64_t status = 204;

	(void)json_int(json_get(value, "status"), &status);
	out->status = status >= 200 && status <= 599 ? (int)status : 500;
	if (json != NULL) {
		out->type = BYTES("application/json");
		out->body = json_text(json);
	} else {
		out->type = BYTES("text/plain;charset=utf-8");
		out->body = json_text(text);
	}
	for (const struct json *i = json_first(json_get(value, "headers"));
	     i != NULL &&
	     out->header_count < sizeof out->headers / sizeof *out->headers;
	     i = json_next(i))
		if (offer_is_header(bytes_of(json_name(i))))
			out->headers[out->header_count++] =
			    (struct route_field){ bytes_of(json_name(i)),
				    json_text(i) };
}

static enum err
run(struct site *site, const struct script_handler *route,
    const struct route_request *request, struct arena *arena,
    struct route_answer *out, struct why *why)
{
	struct act_result result = { .ticket = 0 };
	struct buf body = buf_in(arena);
	struct act_input input;
	enum err err = write_request(&body, request, arena, why);

	if (err != ERR_OK)
		return err;
	act_input_init(&input, VERB_ROUTE_RUN, KIND_NONE);
	input.actor = actor_system();
	input.source = SOURCE_API;
	input.name = route->full;
	input.body = buf_get(&body);
	input.key = request->key;
	err = desk_act(site, &input, arena, &result, why);
	if (err != ERR_OK)
		return err;
	*out = (struct route_answer){ .is_repeat = result.is_repeat };
	read_answer(result.answer, out);
	if (result.is_repeat && result.record >= 200 && result.record <= 599)
		out->status = (int)result.record;
	return ERR_OK;
}

enum err
route_run(struct site *site, const struct route_request *request,
    struct arena *arena, struct route_answer *out, struct why *why)
{
	struct when_set *set = when_set_take(site);
	const struct script_handler *route;
	enum err err = ERR_NOT_FOUND;

	if (set == NULL)
		return ERR_NOT_FOUND;
	route = find_route(set, request->method, request->path);
	if (route != NULL)
		err = check_signature(site, route, request, arena);
	if (err == ERR_OK)
		err = run(site, route, request, arena, out, why);
	when_set_unref(set);
	return err;
}
