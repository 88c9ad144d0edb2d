/* core/web/template_value.c - reads the members of plain structs. */
#include "config.h"
#include "core/web/template_private.h"

#include "core/base/json.h"
#include "core/base/json_write.h"

#include <assert.h>

static void
text_self(const void *self, struct view *view, struct value *out)
{
	(void)view;
	value_text(out, *(const struct bytes *)self);
}

static void
cstr_self(const void *self, struct view *view, struct value *out)
{
	(void)view;
	value_text(out, bytes_of(*(const char *const *)self));
}

static void
int_self(const void *self, struct view *view, struct value *out)
{
	(void)view;
	value_int(out, *(const int64_t *)self);
}

const struct view_type view_text = { "text", NULL, .self = text_self };
const struct view_type view_cstr = { "text", NULL, .self = cstr_self };
const struct view_type view_int = { "number", NULL, .self = int_self };

/* The items of a JSON list as an array: lists are walked by their index. */
static void
json_items(const struct json *json, struct view *view, struct value *out)
{
	size_t count = json_count(json), i = 0;
	const struct json **items = arena_array(
	    view->arena, const struct json *, count);

	if (items == NULL)
		return;
	for (const struct json *item = json_first(json); item != NULL;
	     item = json_next(item))
		items[i++] = item;
	value_list(out, &view_json, VIEW_LIST_OF_POINTERS(items, count));
}

static void
json_digits(const struct json *json, struct view *view, struct value *out)
{
	struct buf digits = buf_in(view->arena);
	struct json_writer writer = json_writer(&digits);
	double n = 0;
	int64_t whole;

	if (json_int(json, &whole)) {
		value_int(out, whole);
	} else if (json_number(json, &n)) {
		json_put_number(&writer, n);
		value_text(out, buf_get(&digits));
	}
}

static void
json_self(const void *self, struct view *view, struct value *out)
{
	const struct json *json = self;
	bool truth = false;

	switch (json_type(json)) {
	case JSON_TEXT: value_text(out, json_text(json)); break;
	case JSON_BOOL:
		json_bool(json, &truth);
		value_bool(out, truth);
		break;
	case JSON_NUMBER: json_digits(json, view, out); break;
	case JSON_LIST: json_items(json, view, out); break;
	case JSON_OBJECT: value_object(out, &view_json, json); break;
	default: break;
	}
}

static bool
json_find(
    const void *self, struct view *view, struct bytes name, struct value *out)
{
	const struct json *member = json_get(self, name.at);

	if (member == NULL)
		return false;
	json_self(member, view, out);
	return true;
}

const struct view_type view_json = { "json", NULL, json_find, json_self };

/* Add the map of <type> at <slot>, which was free when we looked. */
static const uint8_t *
map_type(struct template_set *set, const struct view_type *type, size_t slot)
{
	struct type_map *map = NULL, *there;
	uint8_t *fields = NULL;

	pthread_mutex_lock(&set->types_lock);
	while ((there = atomic_load_explicit(
		    &set->types[slot], memory_order_acquire)) != NULL &&
	    there->type != type)
		slot = (slot + 1) % TEMPLATE_TYPES_MAX;
	if (there != NULL) {
		fields = there->fields;
		goto out;
	}
	map = arena_new(set->types_arena, struct type_map);
	fields = arena_alloc_raw(set->types_arena, set->name_count);
	if (map == NULL || fields == NULL) {
		fields = NULL;
		goto out;
	}
	memset(fields, NO_FIELD, set->name_count);
	for (size_t i = 0; type->fields != NULL && type->fields[i].name != NULL;
	     i++) {
		assert(i < NO_FIELD);
		for (size_t n = 0; n < set->name_count; n++)
			if (bytes_is(set->names[n], type->fields[i].name))
				fields[n] = (uint8_t)i;
	}
	*map = (struct type_map){ type, fields };
	atomic_store_explicit(&set->types[slot], map, memory_order_release);
out:
	pthread_mutex_unlock(&set->types_lock);
	return fields;
}

const uint8_t *
template_type_find(struct template_set *set, const struct view_type *type)
{
	size_t slot = template_type_slot(type);

	/* A slot stays free as long as types are fewer than slots: they are
	 * static tables of ours, counted in dozens. */
	for (size_t tried = 0; tried < TEMPLATE_TYPES_MAX - 1; tried++) {
		const struct type_map *map = atomic_load_explicit(
		    &set->types[slot], memory_order_acquire);

		if (map == NULL)
			return map_type(set, type, slot);
		if (map->type == type)
			return map->fields;
		slot = (slot + 1) % TEMPLATE_TYPES_MAX;
	}
	return NULL;
}
