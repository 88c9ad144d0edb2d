/* core/pages/api_given.c - what a call of the API gives: fields and options. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/suggest.h"
#include "core/model/value.h"
#include "core/pages/api.h"
#include "core/pages/upload.h"

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
unknown_name(const char *name, const char *like, struct why *why)
{
	char text[200];

	if (like == NULL)
		return why_set(why, ERR_INVALID, name,
		    N_("There is no field \"{name}\"."), 0, name);
	snprintf(text, sizeof text, "%.60s\": did you mean \"%s", name, like);
	return why_set(why, ERR_INVALID, name,
	    N_("There is no field \"{name}\"?"), 0, text);
}

/* A field that can be given, or one of <extras>, with a name like it. */
static const char *
similar_name(
    const struct kind *kind, const char *const *extras, const char *name)
{
	struct suggestion near = suggest(name);

	for (; *extras != NULL; extras++)
		suggest_try(&near, *extras);
	for (size_t i = 0; i < kind->field_count; i++)
		if (kind->fields[i].set < SET_SYSTEM)
			suggest_try(&near, kind->fields[i].name);
	return near.best;
}

enum err
api_names(const struct json *object, const char *const *known, struct why *why)
{
	for (const struct json *m = json_first(object); m != NULL;
	     m = json_next(m)) {
		struct suggestion near = suggest(json_name(m));

		if (is_extra(known, json_name(m)))
			continue;
		for (size_t i = 0; known[i] != NULL; i++)
			suggest_try(&near, known[i]);
		return unknown_name(json_name(m), near.best, why);
	}
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
			return unknown_name(
			    name, similar_name(kind, extras, name), why);
		if (kind->fields[slot].set == SET_SYSTEM)
			return why_set(why, ERR_INVALID, name,
			    N_("\"{name}\" cannot be set."), 0, name);
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
api_seen(const struct json *object, uint64_t *seen, struct why *why)
{
	const struct json *value = json_get(object, "seen");
	int64_t n = 0;

	if (value != NULL && json_type(value) != JSON_NULL &&
	    (!json_int(value, &n) || n < 0))
		return why_set(why, ERR_INVALID, "seen",
		    N_("This is the number of an entry."), 0, NULL);
	*seen = (uint64_t)n;
	return ERR_OK;
}

enum err
api_files(struct page *page, const struct json *object, struct act_input *input,
    struct why *why)
{
	struct bytes refs[ACT_FILES_MAX];
	size_t count;
	enum err err = api_texts(
	    object, "files", refs, ACT_FILES_MAX, &count, why);

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = upload_find(
		    page, refs[i], &input->files[input->file_count++]);
		if (err == ERR_NOT_FOUND)
			err = why_set(why, ERR_INVALID, "files",
			    N_("There is no such upload, or it is attached "
			       "already."),
			    0, NULL);
	}
	return err;
}

/* The version in If-Match: "17"; one that no record has for what is none. */
static uint64_t
version_of(struct bytes etag)
{
	int64_t n;

	if (bytes_is(etag, "*"))
		return 0;
	if (etag.len > 2 && etag.at[0] == '"' && etag.at[etag.len - 1] == '"') {
		etag.at++;
		etag.len -= 2;
		if (bytes_to_int(etag, &n) == ERR_OK && n > 0)
			return (uint64_t)n;
	}
	return UINT64_MAX;
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
		return why_set(&page->why, ERR_INVALID, "Idempotency-Key",
		    N_("This is too long: at most {n} characters."),
		    ONCE_KEY_MAX, NULL);
	if (page->request->if_match.len > 0)
		input->seen_rev = version_of(page->request->if_match);
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

/* A number of the query, up to <max>; false with the answer written. */
static bool
query_number(
    struct page *page, const char *name, int64_t min, int64_t max, int64_t *out)
{
	struct why why = { .message = "" };
	int64_t n;

	if (!params_has(&page->request->query, name))
		return true;
	if (bytes_to_int(request_query(page->request, name), &n) == ERR_OK &&
	    n >= min && n <= max) {
		*out = n;
		return true;
	}
	api_fail(page,
	    why_set(&why, ERR_INVALID, name,
		N_("This is a whole number, at most {n}."), max, NULL),
	    &why, NULL);
	return false;
}

bool
api_limit(struct page *page, size_t max, size_t *out)
{
	int64_t n = (int64_t)*out;

	if (!query_number(page, "limit", 1, (int64_t)max, &n))
		return false;
	*out = (size_t)n;
	return true;
}

bool
api_after(struct page *page, uint64_t *out)
{
	int64_t n = (int64_t)*out;

	if (!query_number(page, "after", 0, INT64_MAX, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}
