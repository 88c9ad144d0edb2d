/* core/pages/script_form_value.c - one value of a script's settings: as text,
 * as JSON, as a choice. */
#include "config.h"
#include "core/pages/script_form_private.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"

bool
setting_may_be_empty(struct bytes type)
{
	return bytes_is(type, "string") || bytes_is(type, "text") ||
	    bytes_is(type, "url") || bytes_is(type, "template") ||
	    bytes_is(type, "list");
}

struct bytes
setting_text_of(
    struct page *page, const struct json *value, const char *between)
{
	struct buf out = buf_in(page->arena);
	struct json_writer w = json_writer(&out);
	bool is_on;

	if (json_bool(value, &is_on))
		return is_on ? BYTES("1") : BYTES("0");
	if (json_type(value) == JSON_TEXT)
		return json_text(value);
	if (json_type(value) == JSON_LIST) {
		for (const struct json *i = json_first(value); i != NULL;
		     i = json_next(i)) {
			buf_text(&out, out.len > 0 ? between : "");
			buf_bytes(&out, setting_text_of(page, i, between));
		}
	} else if (json_type(value) > JSON_NULL) {
		json_put_value(&w, value);
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

static bool
is_number(struct page *page, struct bytes text)
{
	const struct json *json = NULL;
	double n;

	return json_parse(page->arena, text, 100, &json, NULL) == ERR_OK &&
	    json_number(json, &n);
}

static void
put_list(struct json_writer *w, struct bytes text, char between)
{
	json_begin_list(w);
	while (text.len > 0) {
		struct bytes item = bytes_trim(bytes_split(&text, between));

		if (item.len > 0)
			json_put_text(w, item);
	}
	json_end_list(w);
}

void
setting_put(struct page *page, struct json_writer *w, struct bytes type,
    struct bytes text, char between)
{
	if (bytes_is(type, "list"))
		put_list(w, text, between);
	else if (bytes_is(type, "boolean"))
		json_put_bool(w, bytes_is(text, "1"));
	else if ((bytes_is(type, "integer") || bytes_is(type, "number")) &&
	    is_number(page, bytes_trim(text)))
		json_put_raw(w, bytes_trim(text));
	else if (bytes_is(type, "text"))
		json_put_text(w, text);
	else
		json_put_text(w, bytes_trim(text));
}

/* ---- choices ---- */

enum err
setting_choices(const struct script_form *form, struct bytes type,
    const struct json *words, struct bytes value, struct view_list *out)
{
	static const struct {
		const char *type;
		enum kind_id kind;
	} kinds[] = { { "queue", KIND_QUEUE }, { "agent", KIND_AGENT },
		{ "calendar", KIND_CALENDAR } };
	const struct field *priority =
	    &kind_get(KIND_TICKET)->fields[TICKET_PRIORITY];
	size_t count = 0, n = 0, most = json_count(words) + 16;
	const struct record *const *all = NULL;
	struct choice *choices;
	bool is_there = value.len == 0;

	for (size_t i = 0; i < 3; i++)
		if (bytes_is(type, kinds[i].type))
			all = directory_all(
			    form->directory, kinds[i].kind, &count);
	choices = arena_array(form->page->arena, struct choice, most + count);
	if (choices == NULL)
		return ERR_NOMEM;
	choices[n++] = (struct choice){ BYTES(""), BYTES("–"), is_there };
	for (size_t i = 0; i < count; i++)
		choices[n++] = (struct choice){ record_key(all[i]),
			record_label(all[i]), false };
	for (const struct json *i = json_first(words); i != NULL;
	     i = json_next(i))
		choices[n++] = (struct choice){ json_text(i), json_text(i),
			false };
	for (int i = 0;
	     bytes_is(type, "priority") && priority->words[i] != NULL; i++)
		choices[n++] = (struct choice){ bytes_of(priority->words[i]),
			bytes_of(agent_priority_label(form->page, i)), false };
	for (size_t i = 1; i < n; i++) {
		choices[i].is_chosen = bytes_equal(choices[i].value, value);
		is_there |= choices[i].is_chosen;
	}
	if (!is_there) /* one that is gone meanwhile is still shown */
		choices[n++] = (struct choice){ value, value, true };
	*out = VIEW_LIST_OF(choices, n);
	return ERR_OK;
}

bool
setting_has_choices(struct bytes type)
{
	static const char *const types[] = { "queue", "agent", "calendar",
		"priority", "word" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (bytes_is(type, types[i]))
			return true;
	return false;
}

/* Columns have no labels of their own. */
struct bytes
setting_label_of(struct page *page, const char *name)
{
	char *label = arena_copy(page->arena, name, strlen(name));

	if (label == NULL)
		return BYTES_NONE;
	for (char *c = label; *c != '\0'; c++)
		*c = *c == '_' ? ' ' : *c;
	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 32);
	return bytes_of(label);
}

size_t
setting_place(struct bytes source, const char *name, const char *next)
{
	struct bytes word = bytes_of(name), rest = source;
	const char *at;

	while ((at = bytes_find(rest, word)) != NULL) {
		const char *end = at + word.len, *last = source.at + source.len;
		bool is_begin = at == source.at ||
		    strchr(" \t\n{,;\"", at[-1]) != NULL;

		while (end < last && strchr(" \t\"]", *end) != NULL)
			end++;
		if (end < last && *end == '=')
			end++;
		else
			is_begin = false;
		while (end < last && strchr(" \t\n", *end) != NULL)
			end++;
		if (is_begin && end < last && strchr(next, *end) != NULL)
			return (size_t)(at - source.at);
		rest.len -= (size_t)(at + 1 - rest.at);
		rest.at = at + 1;
	}
	return source.len;
}

enum err
setting_order(const struct script_form *form, const struct json *object,
    struct bytes source, const char *next, const struct json ***out)
{
	size_t count = json_count(object), n = 0;
	const struct json **list = arena_array(
	    form->page->arena, const struct json *, count + 1);

	if (list == NULL)
		return ERR_NOMEM;
	for (const struct json *i = json_first(object); i != NULL;
	     i = json_next(i)) {
		size_t place = setting_place(source, json_name(i), next),
		       at = n++;

		while (at > 0 &&
		    setting_place(source, json_name(list[at - 1]), next) >
			place) {
			list[at] = list[at - 1];
			at--;
		}
		list[at] = i;
	}
	*out = list;
	return ERR_OK;
}
