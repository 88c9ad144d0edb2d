/* core/pages/api_given.c - what a call of the API gives: fields and options. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/value.h"
#include "core/pages/api.h"

#include <stdio.h>

#define ONCE_KEY_MAX 200 /* bytes of an Idempotency-Key */

static bool
is_extra(const char *const *extras, const char *name)
{
	for (; *extras != NULL; extras++)
		if (strcmp(*extras, name) == 0)
			return true;
	return false;
}

static enum err
unknown_name(const struct kind *kind, const char *name, struct why *why)
{
	int like = kind_slot_like(kind, bytes_of(name));
	char text[200];

	if (like < 0)
		return why_set(why, ERR_INVALID, name,
		    N_("There is no field \"{name}\"."), 0, name);
	snprintf(text, sizeof text, "%.60s\": did you mean \"%s", name,
	    kind->fields[like].name);
	return why_set(why, ERR_INVALID, name,
	    N_("There is no field \"{name}\"?"), 0, text);
}

/* JSON kept as text, such as a setting's value. */
static enum err
set_json(struct page *page, struct record *record, int slot,
    const struct json *value)
{
	struct buf text = buf_in(page->arena);
	struct json_writer w = json_writer(&text);

	json_put_value(&w, value);
	if (text.failed)
		return ERR_NOMEM;
	record_set_text(record, slot, buf_get(&text));
	return ERR_OK;
}

enum err
api_fill(struct page *page, const struct directory *directory,
    const struct json *object, const char *const *extras,
    struct act_input *input, struct why *why)
{
	struct record *record = &input->fields;
	const struct kind *kind = record->kind;
	enum err err = ERR_OK;

	for (const struct json *m = json_first(object);
	     err == ERR_OK && m != NULL; m = json_next(m)) {
		const char *name = json_name(m);
		int slot;

		if (is_extra(extras, name))
			continue;
		slot = kind_slot(kind, bytes_of(name));
		if (slot < 0 || kind->fields[slot].see == SEE_NOBODY)
			return unknown_name(kind, name, why);
		if (kind->fields[slot].set == SET_SYSTEM)
			return why_set(why, ERR_INVALID, name,
			    N_("\"{name}\" cannot be set."), 0, name);
		if (kind->fields[slot].flags & F_JSON)
			err = set_json(page, record, slot, m);
		else
			err = value_from_json(
			    record, slot, m, directory, page->arena, why);
		if (err == ERR_OK && !record_has(record, slot))
			input->cleared |= UINT64_C(1) << slot;
	}
	return err;
}

enum err
api_text(const struct json *object, const char *name, struct bytes *out,
    struct why *why)
{
	const struct json *value = json_get(object, name);

	*out = json_text(value);
	if (value == NULL || json_type(value) == JSON_TEXT ||
	    json_type(value) == JSON_NULL)
		return ERR_OK;
	return why_set(
	    why, ERR_INVALID, name, N_("\"{name}\" must be a text."), 0, name);
}

enum err
api_texts(const struct json *object, const char *name, struct bytes *out,
    size_t max, size_t *count, struct why *why)
{
	const struct json *value = json_get(object, name), *item;
	struct bytes rest = json_text(value);
	bool is_list = json_type(value) == JSON_LIST;

	*count = 0;
	if (value == NULL || json_type(value) == JSON_NULL)
		return ERR_OK;
	if (!is_list && json_type(value) != JSON_TEXT)
		return why_set(why, ERR_INVALID, name,
		    N_("\"{name}\" must be a list of texts."), 0, name);
	item = json_first(value);
	while (is_list ? item != NULL : rest.at != NULL) {
		struct bytes text = is_list ?
		    json_text(item) :
		    bytes_trim(bytes_split(&rest, ','));

		if (is_list && json_type(item) != JSON_TEXT)
			return why_set(why, ERR_INVALID, name,
			    N_("\"{name}\" must be a list of texts."), 0, name);
		if (is_list)
			item = json_next(item);
		if (text.len == 0)
			continue;
		if (*count == max)
			return why_set(why, ERR_INVALID, name,
			    N_("These are too many: at most {n}."),
			    (int64_t)max, name);
		out[(*count)++] = text;
	}
	return ERR_OK;
}

enum err
api_agent(const struct directory *directory, const struct json *object,
    const char *name, uint64_t *out, struct why *why)
{
	const struct json *value = json_get(object, name);
	const struct record *agent = NULL;
	char shown[80];
	int64_t id = 0;

	*out = 0;
	if (value == NULL || json_type(value) == JSON_NULL)
		return ERR_OK;
	if (json_int(value, &id))
		agent = directory_find(directory, KIND_AGENT, (uint64_t)id);
	else
		agent = directory_find_key(
		    directory, KIND_AGENT, json_text(value));
	if (agent != NULL) {
		*out = agent->id;
		return ERR_OK;
	}
	if (id != 0)
		snprintf(shown, sizeof shown, "%lld", (long long)id);
	else
		snprintf(
		    shown, sizeof shown, "%.*s", BYTES_ARG(json_text(value)));
	return why_set(why, ERR_INVALID, name,
	    N_("There is no agent \"{name}\"."), 0, shown);
}

enum err
api_format(const struct json *object, enum body_format otherwise,
    enum body_format *out, struct why *why)
{
	struct bytes name;
	enum err err = api_text(object, "format", &name, why);

	if (err != ERR_OK)
		return err;
	*out = otherwise;
	if (name.len == 0)
		return ERR_OK;
	*out = bytes_is(name, "text") ? FORMAT_TEXT : FORMAT_MARKDOWN;
	if (bytes_is(name, "text") || bytes_is(name, "markdown"))
		return ERR_OK;
	return why_set(why, ERR_INVALID, "format", N_("Choose one of: {name}."),
	    0, "text, markdown");
}

enum err
api_input(struct page *page, const struct actor *actor, enum verb verb,
    enum kind_id kind, struct act_input *input)
{
	struct bytes key = page->request->idempotency_key;

	act_input_init(input, verb, kind);
	input->actor = *actor;
	input->source = SOURCE_API;
	input->address = page->request->client;
	if (key.len > ONCE_KEY_MAX)
		return ERR_INVALID;
	/* a key counts for the place it is used at as well: for the same key
	 * sent to another path the answer would be nonsense */
	if (key.len > 0 && page->request->method == METHOD_POST) {
		input->key = bytes_of(arena_printf(page->arena, "%.*s %.*s",
		    BYTES_ARG(page->request->path), BYTES_ARG(key)));
		if (input->key.at == NULL)
			return ERR_NOMEM;
	}
	return ERR_OK;
}

size_t
api_limit(struct page *page, size_t otherwise, size_t max)
{
	int64_t limit = params_int(
	    &page->request->query, "limit", (int64_t)otherwise);

	if (limit < 1)
		return 1;
	return limit > (int64_t)max ? max : (size_t)limit;
}
