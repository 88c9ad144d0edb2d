/* core/script/set.c - what a script host has loaded. */
#include "config.h"
#include "core/script/set.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/zone.h"
#include "core/script/offers.h"

#include <stdatomic.h>
#include <stdlib.h>

static const char *const kind_names[SCRIPT_KIND__COUNT] = {
	[SCRIPT_HANDLER] = "handler",
	[SCRIPT_JOB] = "job",
	[SCRIPT_TIMER] = "timer",
	[SCRIPT_ACTION] = "action",
	[SCRIPT_PANEL] = "panel",
	[SCRIPT_ROUTE] = "route",
	[SCRIPT_TEST] = "test",
};

static enum err
copy(struct arena *arena, struct bytes from, struct bytes *to)
{
	char *at = arena_copy(arena, from.at != NULL ? from.at : "", from.len);

	if (at == NULL)
		return ERR_NOMEM;
	*to = (struct bytes){ at, from.len };
	return ERR_OK;
}

enum err
script_set_create(struct bytes site, struct bytes settings, uint64_t version,
    struct script_set **out)
{
	struct script_set *set = calloc(1, sizeof *set);
	enum err err = ERR_NOMEM;

	if (set == NULL)
		return ERR_NOMEM;
	set->refs = 1;
	set->version = version;
	set->arena = arena_create();
	if (set->arena != NULL)
		err = copy(set->arena, site, &set->site);
	if (err == ERR_OK)
		err = copy(set->arena, settings, &set->settings);
	if (err != ERR_OK) {
		script_set_unref(set);
		return err;
	}
	*out = set;
	return ERR_OK;
}

struct script_set *
script_set_ref(struct script_set *set)
{
	atomic_fetch_add(&set->refs, 1);
	return set;
}

void
script_set_unref(struct script_set *set)
{
	if (set == NULL || atomic_fetch_sub(&set->refs, 1) != 1)
		return;
	arena_destroy(set->arena);
	free(set);
}

/* Room for one more in an array of <size> bytes each. */
static bool
grow(struct arena *arena, void **list, size_t count, size_t *cap, size_t size)
{
	size_t new_cap = *cap == 0 ? 16 : *cap * 2;
	void *new;

	if (count < *cap)
		return true;
	new = arena_grow(arena, *list, *cap * size, new_cap * size);
	if (new == NULL)
		return false;
	*list = new;
	*cap = new_cap;
	return true;
}

static enum script_kind
kind_named(struct bytes name)
{
	for (int i = 0; i < SCRIPT_KIND__COUNT; i++)
		if (bytes_is(name, kind_names[i]))
			return (enum script_kind)i;
	return SCRIPT_KIND__COUNT;
}

/* What desk.cron says, if it was that. */
static enum err
read_cron(
    struct script_set *set, const struct json *json, struct script_handler *out)
{
	struct bytes zone = json_text(json_get(json, "zone"));
	char fault[CRON_FAULT_SIZE];
	enum err err = copy(
	    set->arena, json_text(json_get(json, "cron")), &out->cron_text);

	(void)json_bool(json_get(json, "skip_missed"), &out->skips_missed);
	if (err == ERR_OK && out->cron_text.len > 0)
		err = cron_parse(out->cron_text, &out->cron, fault);
	if (err != ERR_OK || zone.len == 0)
		return err;
	out->zone = zone_get(zone.at); /* texts of JSON end with NUL */
	return out->zone != NULL ? ERR_OK : ERR_INVALID;
}

/* What an action, a panel or a route was given besides. */
static enum err
read_offer(
    struct script_set *set, const struct json *with, struct script_handler *out)
{
	const struct json *verify = json_get(with, "verify");
	const struct json *ask = json_get(with, "ask");
	struct buf schema = buf_in(set->arena);
	struct json_writer w = json_writer(&schema);
	struct {
		const struct json *in;
		const char *name;
		struct bytes *to;
	} const texts[] = {
		{ with, "label", &out->label },
		{ with, "icon", &out->icon },
		{ with, "key", &out->key },
		{ with, "method", &out->method },
		{ with, "path", &out->path },
		{ verify, "header", &out->verify.header },
		{ verify, "secret", &out->verify.secret },
		{ verify, "hash", &out->verify.hash },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof texts / sizeof *texts;
	     i++)
		err = copy(set->arena,
		    json_text(json_get(texts[i].in, texts[i].name)),
		    texts[i].to);
	if (err != ERR_OK || out->kind != SCRIPT_ROUTE) {
		if (ask != NULL)
			json_put_value(&w, ask);
		out->ask = buf_get(&schema);
		return schema.failed ? ERR_NOMEM : err;
	}
	return offer_is_path(out->path) &&
		(verify == NULL ||
		    (out->verify.header.len > 0 && out->verify.hash.len > 0)) ?
	    ERR_OK :
	    ERR_INVALID;
}

static enum err
read_handler(struct script_set *set, struct bytes file, const struct json *json,
    struct script_handler *out)
{
	struct bytes name = json_text(json_get(json, "name"));
	int64_t line = 0, order = 0, every_s = 0;
	const char *full;
	enum err err;

	out->kind = kind_named(json_text(json_get(json, "kind")));
	out->hook = HOOK__COUNT;
	if (out->kind == SCRIPT_KIND__COUNT || name.len == 0)
		return ERR_INVALID;
	if (out->kind == SCRIPT_HANDLER) {
		out->hook = hook_find(json_text(json_get(json, "hook")));
		if (out->hook == HOOK__COUNT)
			return ERR_INVALID;
	}
	(void)json_int(json_get(json, "line"), &line);
	(void)json_int(json_get(json, "order"), &order);
	(void)json_int(json_get(json, "every"), &every_s);
	(void)json_bool(json_get(json, "required"), &out->is_required);
	if (out->kind == SCRIPT_TIMER) {
		err = read_cron(set, json, out);
		if (err != ERR_OK)
			return err;
		if (out->cron_text.len == 0 && every_s < 60)
			return ERR_INVALID;
	}
	if (out->kind >= SCRIPT_ACTION && out->kind <= SCRIPT_ROUTE) {
		err = read_offer(set, json_get(json, "with"), out);
		if (err != ERR_OK)
			return err;
	}
	out->line = (int)line;
	out->order = (int)order;
	out->every_us = every_s * CLOCK_SECOND_US;
	full = arena_printf(
	    set->arena, "%.*s/%.*s", BYTES_ARG(file), BYTES_ARG(name));
	if (full == NULL)
		return ERR_NOMEM;
	out->full = bytes_of(full);
	out->file = (struct bytes){ full, file.len };
	out->name = (struct bytes){ full + file.len + 1, name.len };
	err = copy(set->arena, json_text(json_get(json, "when")), &out->when);
	return err;
}

enum err
script_set_add(struct script_set *set, struct bytes name, struct bytes text,
    const struct json *loaded)
{
	const struct json *list = json_get(loaded, "handlers");
	struct script_source source = { .handlers = json_count(list) };
	unsigned id = (unsigned)set->handler_count;
	enum err err;

	if (json_type(list) != JSON_LIST)
		return ERR_INVALID;
	err = copy(set->arena, name, &source.name);
	if (err == ERR_OK)
		err = copy(set->arena, text, &source.text);
	if (err == ERR_OK)
		err = copy(set->arena, json_text(json_get(loaded, "replaces")),
		    &source.replaces);
	if (err != ERR_OK)
		return err;
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i)) {
		struct script_handler handler = { .id = id++ };

		err = read_handler(set, source.name, i, &handler);
		if (err != ERR_OK)
			return err;
		if (!grow(set->arena, (void **)&set->handlers,
			set->handler_count, &set->handler_cap, sizeof handler))
			return ERR_NOMEM;
		set->handlers[set->handler_count++] = handler;
	}
	err = secrets_add(&set->secrets, set->arena, source.name,
	    json_text(json_get(loaded, "settings")), set->settings);
	if (err != ERR_OK)
		return err;
	if (!grow(set->arena, (void **)&set->sources, set->source_count,
		&set->source_cap, sizeof source))
		return ERR_NOMEM;
	set->sources[set->source_count++] = source;
	return ERR_OK;
}

/* Whether one of the two files takes the other's place. */
static bool
is_in_place_of(const struct script_set *set, struct bytes other,
    struct bytes name, struct bytes replaces)
{
	if (bytes_equal(other, replaces))
		return true;
	for (size_t i = 0; i < set->source_count; i++)
		if (bytes_equal(set->sources[i].name, other))
			return bytes_equal(set->sources[i].replaces, name);
	return false;
}

/* Whether <one> and what <json> says want the same route, or the same key. */
static bool
is_clash(const struct script_handler *one, const struct json *json)
{
	enum script_kind kind = kind_named(json_text(json_get(json, "kind")));
	const struct json *with = json_get(json, "with");

	if (one->kind != kind)
		return false;
	if (kind == SCRIPT_ACTION)
		return one->key.len > 0 &&
		    bytes_equal(one->key, json_text(json_get(with, "key")));
	return kind == SCRIPT_ROUTE &&
	    bytes_equal(one->method, json_text(json_get(with, "method"))) &&
	    bytes_equal(one->path, json_text(json_get(with, "path")));
}

static void
put_clash(
    struct buf *out, const struct script_handler *one, const struct json *json)
{
	if (one->kind == SCRIPT_ROUTE)
		buf_printf(out, "\"%.*s\": the route %.*s %.*s is",
		    BYTES_ARG(json_text(json_get(json, "name"))),
		    BYTES_ARG(one->method), BYTES_ARG(one->path));
	else
		buf_printf(out, "\"%.*s\": the key \"%.*s\" is",
		    BYTES_ARG(json_text(json_get(json, "name"))),
		    BYTES_ARG(one->key));
	buf_printf(out, " that of \"%.*s\" (%.*s.lua:%d)", BYTES_ARG(one->full),
	    BYTES_ARG(one->file), one->line);
}

enum err
script_set_clash(const struct script_set *set, struct bytes name,
    const struct json *loaded, struct buf *out, int *line)
{
	struct bytes replaces = json_text(json_get(loaded, "replaces"));
	const struct json *i = json_first(json_get(loaded, "handlers"));
	int64_t at = 0;

	for (; i != NULL && out->len == 0; i = json_next(i))
		for (size_t h = 0; h < set->handler_count; h++) {
			const struct script_handler *one = &set->handlers[h];

			if (!is_clash(one, i) ||
			    is_in_place_of(set, one->file, name, replaces))
				continue;
			(void)json_int(json_get(i, "line"), &at);
			*line = (int)at;
			put_clash(out, one, i);
			break;
		}
	return out->failed ? ERR_NOMEM : ERR_OK;
}

void
script_set_replace(struct script_set *set, struct bytes name)
{
	for (size_t i = 0; i < set->source_count; i++)
		if (bytes_equal(set->sources[i].name, name))
			set->sources[i].is_replaced = true;
}

static bool
is_replaced(const struct script_set *set, struct bytes file)
{
	for (size_t i = 0; i < set->source_count; i++)
		if (set->sources[i].is_replaced &&
		    bytes_equal(set->sources[i].name, file))
			return true;
	return false;
}

/* By kind and hook, then as they run: order, file, name. */
static int
compare(const void *left, const void *right)
{
	const struct script_handler *a = left, *b = right;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->hook != b->hook)
		return a->hook < b->hook ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	c = bytes_compare(a->file, b->file);
	if (c == 0 && a->kind == SCRIPT_TEST) /* as they stand in the file */
		return a->id < b->id ? -1 : 1;
	return c != 0 ? c : bytes_compare(a->name, b->name);
}

void
script_set_finish(struct script_set *set)
{
	size_t kept = 0;

	for (size_t i = 0; i < set->handler_count; i++)
		if (!is_replaced(set, set->handlers[i].file))
			set->handlers[kept++] = set->handlers[i];
	set->handler_count = kept;
	if (kept > 0)
		qsort(set->handlers, kept, sizeof *set->handlers, compare);
	for (size_t i = kept; i-- > 0;) {
		enum hook hook = set->handlers[i].hook;

		set->kind_first[set->handlers[i].kind] = i;
		set->kind_count[set->handlers[i].kind]++;
		if (hook == HOOK__COUNT)
			continue;
		set->first[hook] = i;
		set->count[hook]++;
	}
}

const struct script_handler *
script_set_all(const struct script_set *set, size_t *count)
{
	*count = set->handler_count;
	return set->handlers;
}

const struct script_handler *
script_set_on(const struct script_set *set, enum hook hook, size_t *count)
{
	*count = set->count[hook];
	return set->count[hook] > 0 ? set->handlers + set->first[hook] : NULL;
}

const struct script_handler *
script_set_kind(
    const struct script_set *set, enum script_kind kind, size_t *count)
{
	*count = set->kind_count[kind];
	return *count > 0 ? set->handlers + set->kind_first[kind] : NULL;
}

const struct script_handler *
script_set_find(
    const struct script_set *set, enum script_kind kind, struct bytes full)
{
	for (size_t i = 0; i < set->handler_count; i++)
		if (set->handlers[i].kind == kind &&
		    bytes_equal(set->handlers[i].full, full))
			return &set->handlers[i];
	return NULL;
}

uint64_t
script_set_version(const struct script_set *set)
{
	return set->version;
}
