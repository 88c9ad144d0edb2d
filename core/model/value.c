/* core/model/value.c - a field's value from text and JSON, and to JSON. */
#include "config.h"
#include "core/model/value.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/base/time_text.h"
#include "core/base/utf8.h"
#include "core/model/own.h"

#include <stdio.h>

#define LIST_ITEM_MAX 320 /* bytes of one item of a list of texts */

/* What one value is being set into; passed along instead of five things. */
struct setter {
	struct record *record;
	int slot;
	const struct field *field;
	const struct directory *directory;
	struct arena *arena;
	struct why *why;
};

static enum err
fail(const struct setter *s, const char *message, int64_t n, struct bytes given)
{
	char name[200];
	struct bytes cut = utf8_cut(given, sizeof name - 1);

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(cut));
	return why_set(s->why, ERR_INVALID, s->field->name, message, n, name);
}

static bool
is_key(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_' || c == '.'))
			return false;
	}
	return text.len > 0;
}

/* Bring one text into the form that is kept; <out> lives in the arena. */
static enum err
clean_text(const struct setter *s, struct bytes text, struct bytes *out)
{
	struct buf clean = buf_in(s->arena), key = buf_in(s->arena);
	unsigned flags = s->field->flags;
	size_t max = flags & F_LIST ? LIST_ITEM_MAX : (size_t)s->field->max;
	enum err err;

	if (s->field->type == FIELD_BIGTEXT || flags & F_JSON)
		text_repair(&clean, text);
	else
		text_repair_line(&clean, text);
	if (clean.failed)
		return ERR_NOMEM;
	*out = buf_get(&clean);
	if (out->len == 0)
		return ERR_OK;
	if (flags & F_EMAIL) {
		err = text_email(&key, *out, s->why);
		if (err == ERR_INVALID) {
			if (s->why != NULL)
				why_set(s->why, err, s->field->name,
				    s->why->message, s->why->n, s->why->name);
			return err;
		}
		buf_clear(&clean);
		text_email_key(&clean, buf_get(&key));
		if (err != ERR_OK || clean.failed || key.failed)
			return ERR_NOMEM;
		*out = buf_get(&clean);
	}
	if (flags & F_KEY && !is_key(*out))
		return fail(s,
		    N_("\"{name}\" is no key: only a-z, 0-9, - and _ are."), 0,
		    *out);
	if (max > 0 && out->len > max)
		return fail(s, N_("This is too long: at most {n} bytes."),
		    (int64_t)max, *out);
	return ERR_OK;
}

static enum err
find_ref(const struct setter *s, struct bytes text, int64_t *id)
{
	const struct record *found = directory_find_key(
	    s->directory, s->field->ref, text);

	if (found != NULL) {
		*id = (int64_t)found->id;
		return ERR_OK;
	}
	if (bytes_to_int(text, id) == ERR_OK && *id > 0 &&
	    (!directory_holds(s->field->ref) ||
		directory_find(s->directory, s->field->ref, (uint64_t)*id) !=
		    NULL))
		return ERR_OK;
	return fail(s, N_("There is no \"{name}\" here."), 0, text);
}

/* One number from text: of an enum, a reference, a time ... */
static enum err
number_from_text(const struct setter *s, struct bytes text, int64_t *n)
{
	switch (s->field->type) {
	case FIELD_BOOL:
		*n = bytes_is(text, "true") || bytes_is(text, "1") ||
		    bytes_is(text, "on") || bytes_is(text, "yes");
		if (*n || bytes_is(text, "false") || bytes_is(text, "0") ||
		    bytes_is(text, "off") || bytes_is(text, "no"))
			return ERR_OK;
		return fail(
		    s, N_("Say true or false, not \"{name}\"."), 0, text);
	case FIELD_ENUM:
		*n = field_word(s->field, text);
		if (*n >= 0)
			return ERR_OK;
		return fail(
		    s, N_("\"{name}\" cannot be chosen here."), 0, text);
	case FIELD_REF: return find_ref(s, text, n);
	case FIELD_TIME:
		if (time_text_read(text, n, NULL))
			return ERR_OK;
		return fail(
		    s, N_("\"{name}\" is no date: write 2026-01-31."), 0, text);
	default:
		if (bytes_to_int(text, n) != ERR_OK)
			return fail(s, N_("\"{name}\" is no number."), 0, text);
		if (*n < 0 || (s->field->max > 0 && *n > s->field->max))
			return fail(s, N_("Only 0 to {n} is possible."),
			    s->field->max, text);
		return ERR_OK;
	}
}

/* Add an item to a list that is being built. */
static enum err
add_item(const struct setter *s, struct buf *list, struct bytes text)
{
	struct bytes clean;
	int64_t n;
	enum err err;

	if (s->field->type != FIELD_TEXT) {
		err = number_from_text(s, text, &n);
		if (err == ERR_OK)
			list_add_int(list, n);
		return err;
	}
	err = clean_text(s, text, &clean);
	if (err == ERR_OK && clean.len > 0 &&
	    !list_has_text(buf_get(list), clean))
		list_add_text(list, clean);
	return err;
}

static enum err
set_list(const struct setter *s, struct buf *list)
{
	size_t max = s->field->max > 0 ? (size_t)s->field->max : 100;

	if (list->failed)
		return ERR_NOMEM;
	if (list_count(s->field, buf_get(list)) > max)
		return fail(s, N_("These are too many: at most {n}."),
		    (int64_t)max, BYTES_NONE);
	record_set_text(s->record, s->slot, buf_get(list));
	return ERR_OK;
}

static enum err map_from_text(const struct setter *s, struct bytes text);

static struct setter
setter_of(struct record *record, int slot, const struct directory *directory,
    struct arena *arena, struct why *why)
{
	return (struct setter){ record, slot, &record->kind->fields[slot],
		directory, arena, why };
}

/* Set a value that is no list from text that is not empty. */
static enum err
set_single(const struct setter *s, struct bytes text)
{
	struct bytes clean;
	int64_t n;
	enum err err;

	if (s->field->type == FIELD_TEXT || s->field->type == FIELD_BIGTEXT) {
		err = clean_text(s, text, &clean);
		if (err == ERR_OK)
			record_set_text(s->record, s->slot, clean);
		return err;
	}
	if (s->field->type == FIELD_MAP)
		return map_from_text(s, text);
	err = number_from_text(s, bytes_trim(text), &n);
	if (err == ERR_OK)
		record_set_int(s->record, s->slot, n);
	return err;
}

enum err
value_from_text(struct record *record, int slot, struct bytes text,
    const struct directory *directory, struct arena *arena, struct why *why)
{
	struct setter s = setter_of(record, slot, directory, arena, why);
	struct buf list = buf_in(arena);
	enum err err = ERR_OK;

	if (bytes_trim(text).len == 0) {
		record_clear(record, slot);
		return ERR_OK;
	}
	if (!(s.field->flags & F_LIST))
		return set_single(&s, text);
	while (err == ERR_OK && text.len > 0) {
		struct bytes item = bytes_trim(bytes_split(&text, ','));

		if (item.len > 0)
			err = add_item(&s, &list, item);
	}
	return err == ERR_OK ? set_list(&s, &list) : err;
}

/* The text that a JSON scalar would be if typed; false for others. */
static bool
json_as_text(const struct setter *s, const struct json *json, struct bytes *out)
{
	bool is_true;
	int64_t n;
	char *digits;

	switch (json_type(json)) {
	case JSON_TEXT: *out = json_text(json); return true;
	case JSON_BOOL:
		json_bool(json, &is_true);
		*out = is_true ? BYTES("true") : BYTES("false");
		return s->field->type == FIELD_BOOL;
	case JSON_NUMBER:
		if (s->field->type == FIELD_TEXT ||
		    s->field->type == FIELD_BIGTEXT || !json_int(json, &n))
			return false;
		digits = arena_printf(s->arena, "%lld", (long long)n);
		*out = bytes_of(digits);
		return digits != NULL;
	default: return false;
	}
}

/* The custom field called <name> of the record's kind. */
static enum err
find_own(const struct setter *s, struct bytes name, const struct record **out)
{
	const struct record *of = directory_find_key(
	    s->directory, KIND_FIELD, name);

	if (of == NULL || own_kind(of) != s->record->kind->id)
		return fail(
		    s, N_("There is no custom field \"{name}\"."), 0, name);
	*out = of;
	return ERR_OK;
}

/* Whether <json> is what the map holds already: that stays, whatever the
 * field has become since. */
static bool
is_held(const struct setter *s, const struct record *of, struct bytes value,
    const struct json *json)
{
	struct buf now = buf_in(s->arena), then = buf_in(s->arena);
	struct json_writer a = json_writer(&now), b = json_writer(&then);

	if (value.len == 0)
		return false;
	own_to_json(&a, of, value, json_type(json) == JSON_TEXT);
	json_put_value(&b, json);
	return !now.failed && !then.failed &&
	    bytes_equal(buf_get(&now), buf_get(&then));
}

/* Custom fields: an object by key; null removes one. */
static enum err
map_from_json(const struct setter *s, const struct json *json)
{
	const struct own_reader reader = { s->directory, s->arena, s->why,
		NULL };
	struct bytes map = record_text(s->record, s->slot), value;
	const struct json *member;

	for (member = json_first(json); member != NULL;
	     member = json_next(member)) {
		struct buf next = buf_in(s->arena);
		const struct record *of = NULL;
		enum err err = find_own(s, bytes_of(json_name(member)), &of);

		if (err != ERR_OK)
			return err;
		if (is_held(s, of, map_get(map, of->id), member))
			continue;
		err = own_from_json(&reader, of, member, &value);
		if (err != ERR_OK)
			return err;
		map_set(&next, map, of->id, value);
		if (next.failed)
			return ERR_NOMEM;
		if (next.len > OWN_MAP_MAX)
			return fail(s,
			    N_("This is too long: at most {n} bytes."),
			    OWN_MAP_MAX, BYTES_NONE);
		map = buf_get(&next);
	}
	record_set_text(s->record, s->slot, map);
	return ERR_OK;
}

/* As text it is such an object. */
static enum err
map_from_text(const struct setter *s, struct bytes text)
{
	const struct json *json = NULL;
	enum err err = json_parse(s->arena, text, JSON_BYTES_MAX, &json, NULL);

	if (err == ERR_NOMEM)
		return err;
	if (err != ERR_OK || json_type(json) != JSON_OBJECT)
		return fail(s,
		    N_("Custom fields are given as a JSON object, by their "
		       "names."),
		    0, BYTES_NONE);
	return map_from_json(s, json);
}

/* JSON kept as text, such as a setting's value: it goes out as it came. */
static enum err
set_json(const struct setter *s, const struct json *json)
{
	struct buf text = buf_in(s->arena);
	struct json_writer w = json_writer(&text);

	json_put_value(&w, json);
	if (text.failed)
		return ERR_NOMEM;
	if ((int64_t)text.len > s->field->max)
		return fail(s, N_("This is too long: at most {n} bytes."),
		    s->field->max, BYTES_NONE);
	record_set_text(s->record, s->slot, buf_get(&text));
	return ERR_OK;
}

enum err
value_from_json(struct record *record, int slot, const struct json *json,
    const struct directory *directory, struct arena *arena, struct why *why)
{
	struct setter s = setter_of(record, slot, directory, arena, why);
	struct buf list = buf_in(arena);
	const struct json *item;
	struct bytes text;
	bool is_true = true;
	int64_t n;
	enum err err = ERR_OK;

	if (s.field->flags & F_JSON && json_type(json) != JSON_NULL)
		return set_json(&s, json);
	if (json_type(json) == JSON_NULL ||
	    (json_bool(json, &is_true) && !is_true)) {
		record_clear(record, slot);
		return ERR_OK;
	}
	if (s.field->type == FIELD_MAP && json_type(json) == JSON_OBJECT)
		return map_from_json(&s, json);
	if (s.field->flags & F_LIST && json_type(json) == JSON_LIST) {
		for (item = json_first(json); err == ERR_OK && item != NULL;
		     item = json_next(item)) {
			if (!json_as_text(&s, item, &text))
				return fail(&s,
				    N_("A list of texts is wanted here."), 0,
				    BYTES_NONE);
			err = add_item(&s, &list, text);
		}
		return err == ERR_OK ? set_list(&s, &list) : err;
	}
	if (s.field->type == FIELD_TIME && json_int(json, &n)) {
		record_set_int(record, slot, n * 1000000);
		return ERR_OK;
	}
	if (!json_as_text(&s, json, &text))
		return fail(&s, N_("A value of another type is wanted here."),
		    0, bytes_of(json_type_name(json_type(json))));
	return value_from_text(record, slot, text, directory, arena, why);
}

static void
put_time(struct json_writer *out, int64_t us, bool iso)
{
	char text[TIME_TEXT_SIZE];

	if (!iso) {
		json_put_int(out, us / 1000000);
		return;
	}
	time_text_write(text, us);
	json_put_string(out, text);
}

static void
put_ref(struct json_writer *out, const struct field *field, uint64_t id,
    const struct directory *directory)
{
	const struct record *found = directory_find(directory, field->ref, id);

	if (found != NULL && record_key(found).len > 0)
		json_put_text(out, record_key(found));
	else
		json_put_int(out, (int64_t)id);
}

static void
put_list(struct json_writer *out, const struct field *field, struct bytes rest,
    const struct directory *directory)
{
	struct bytes item;
	int64_t n;

	json_begin_list(out);
	if (field->type == FIELD_TEXT)
		while (list_next_text(&rest, &item))
			json_put_text(out, item);
	else
		while (list_next_int(&rest, &n))
			put_ref(out, field, (uint64_t)n, directory);
	json_end_list(out);
}

static void
put_map(struct json_writer *out, struct bytes rest,
    const struct directory *directory, bool iso)
{
	struct bytes value;
	uint64_t number;

	json_begin_object(out);
	while (map_next(&rest, &number, &value)) {
		const struct record *of = directory_find(
		    directory, KIND_FIELD, number);

		if (of == NULL)
			continue;
		json_key_bytes(out, record_key(of));
		own_to_json(out, of, value, iso);
	}
	json_end_object(out);
}

void
value_to_json(struct json_writer *out, const struct record *record, int slot,
    const struct directory *directory, bool iso)
{
	const struct field *field = &record->kind->fields[slot];
	int64_t n = record_int(record, slot);
	struct bytes text = record_text(record, slot);

	if (field->flags & F_LIST) {
		put_list(out, field, text, directory);
		return;
	}
	switch (field->type) {
	case FIELD_BOOL: json_put_bool(out, n != 0); return;
	case FIELD_INT: json_put_int(out, n); return;
	case FIELD_ENUM:
		json_put_string(out, record_word(record, slot));
		return;
	case FIELD_MAP: put_map(out, text, directory, iso); return;
	default: break;
	}
	if (!record_has(record, slot))
		json_put_null(out);
	else if (field->type == FIELD_TIME)
		put_time(out, n, iso);
	else if (field->type == FIELD_REF)
		put_ref(out, field, (uint64_t)n, directory);
	else if (record->slots[slot].at == NULL)
		json_put_null(out);
	else if (field->flags & F_JSON)
		json_put_raw(out, text);
	else
		json_put_text(out, text);
}

enum err
record_read_texts(struct record *record, struct snapshot *snapshot,
    enum field_see see, struct arena *arena)
{
	for (size_t i = 0; i < record->kind->field_count; i++) {
		const struct field *field = &record->kind->fields[i];
		struct bytes text;
		enum err err;

		if (field->type != FIELD_BIGTEXT || field->see > see ||
		    !record_has(record, (int)i) || record->slots[i].at != NULL)
			continue;
		err = record_bigtext(snapshot, record, (int)i, arena, &text);
		if (err != ERR_OK)
			return err;
		record->slots[i].at = text.at;
	}
	return ERR_OK;
}

void
record_to_json(struct json_writer *out, const struct record *record,
    const struct directory *directory, enum field_see see, bool iso)
{
	for (size_t i = 0; i < record->kind->field_count; i++) {
		if (record->kind->fields[i].see > see)
			continue;
		json_key(out, record->kind->fields[i].name);
		value_to_json(out, record, (int)i, directory, iso);
	}
}

enum err
record_validate(const struct record *record, struct why *why)
{
	for (size_t i = 0; i < record->kind->field_count; i++) {
		const struct field *field = &record->kind->fields[i];

		if (field->flags & F_REQUIRED && !record_has(record, (int)i))
			return why_set(why, ERR_INVALID, field->name,
			    N_("Please fill this in."), 0, NULL);
	}
	return ERR_OK;
}
