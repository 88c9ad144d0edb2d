/* core/lua/site.c - the fields and keys of the site, as the server told. */
#include "config.h"
#include "core/base/arena.h"
#include "core/lua/state.h"
#include "core/lua/suggest.h"

#include <string.h>

static const char *const type_names[VALUE_TYPE__COUNT] = {
	[VALUE_BOOL] = "bool",
	[VALUE_INT] = "int",
	[VALUE_TIME] = "time",
	[VALUE_TEXT] = "text",
	[VALUE_ENUM] = "enum",
	[VALUE_REF] = "ref",
	[VALUE_MAP] = "map",
	[VALUE_JSON] = "json",
};

/* A "key" is a reference by key instead of by id: the value tells. */
static enum value_type
type_named(struct bytes name)
{
	if (bytes_is(name, "key"))
		return VALUE_REF;
	for (int i = 0; i < VALUE_TYPE__COUNT; i++)
		if (bytes_is(name, type_names[i]))
			return (enum value_type)i;
	return VALUE_TYPE__COUNT;
}

/* Which references become objects; queues, calendars, roles, teams and brands
 * are known by their keys and stay text. */
static enum object_kind
object_of(const char *kind)
{
	enum object_kind k = object_kind_named(kind);

	return k == OBJECT_QUEUE || k == OBJECT_CALENDAR ? OBJECT__COUNT : k;
}

/* A list of texts as one, with a space between; NULL for no list. */
static enum err
names_read(struct state *s, const struct json *list, const char **out)
{
	struct buf names = buf_in(s->fixed);

	if (json_type(list) != JSON_LIST)
		return ERR_OK;
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i)) {
		if (names.len > 0)
			buf_char(&names, ' ');
		buf_bytes(&names, json_text(i));
	}
	*out = buf_string(&names);
	return names.failed ? ERR_NOMEM : ERR_OK;
}

static enum err
field_read(struct state *s, const struct json *json, struct field_info *out)
{
	out->name = json_text(json_get(json, "name")).at;
	out->type = type_named(json_text(json_get(json, "type")));
	out->of_name = json_text(json_get(json, "of")).at;
	out->of = out->of_name != NULL ? object_of(out->of_name) :
					 OBJECT__COUNT;
	out->words = json_get(json, "words");
	(void)json_bool(json_get(json, "list"), &out->is_list);
	(void)json_bool(json_get(json, "set"), &out->may_set);
	if (out->name == NULL || out->type == VALUE_TYPE__COUNT ||
	    (out->type == VALUE_REF) != (out->of_name != NULL))
		return ERR_INVALID;
	return names_read(s, json_get(json, "names"), &out->names);
}

static enum err
kind_read(struct state *s, const struct json *list, struct kind_info *out)
{
	size_t n = 0, count = json_count(list);
	struct buf names = buf_in(s->fixed);

	out->fields = arena_array(s->fixed, struct field_info, count + 1);
	if (out->fields == NULL)
		return ERR_NOMEM;
	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i)) {
		enum err err = field_read(s, i, &out->fields[n]);

		if (err != ERR_OK)
			return err;
		if (n > 0)
			buf_char(&names, ' ');
		buf_text(&names, out->fields[n++].name);
	}
	out->count = n;
	out->names = buf_string(&names);
	return names.failed ? ERR_NOMEM : ERR_OK;
}

enum err
site_read(struct state *s, const struct json *site)
{
	const struct json *kinds = json_get(site, "kinds");

	if (json_type(kinds) != JSON_OBJECT)
		return ERR_INVALID;
	s->site = site;
	for (int k = 0; k < OBJECT__COUNT; k++) {
		enum err err = kind_read(s,
		    json_get(kinds, object_kind_name((enum object_kind)k)),
		    &s->kinds[k]);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}

const struct field_info *
site_field(const struct state *s, enum object_kind kind, const char *name)
{
	const struct kind_info *info = &s->kinds[kind];

	for (size_t i = 0; i < info->count; i++)
		if (strcmp(info->fields[i].name, name) == 0)
			return &info->fields[i];
	return NULL;
}

static const struct json *
keys_of(const struct state *s, const char *kind)
{
	return json_get(json_get(s->site, "keys"), kind);
}

bool
site_has_key(const struct state *s, const char *kind, const char *key)
{
	const struct json *keys = keys_of(s, kind);

	if (json_type(keys) != JSON_LIST)
		return true;
	for (const struct json *i = json_first(keys); i != NULL;
	     i = json_next(i))
		if (bytes_is(json_text(i), key))
			return true;
	return false;
}

const char *
site_suggest(lua_State *L, const char *kind, const char *key)
{
	struct suggestion near = suggest(key);

	for (const struct json *i = json_first(keys_of(state_of(L), kind));
	     i != NULL; i = json_next(i))
		suggest_try(&near, json_text(i).at);
	return suggest_push(L, &near);
}

void
check_key(lua_State *L, const char *what, const char *kind, const char *key)
{
	if (!site_has_key(state_of(L), kind, key))
		luaL_error(L, "%s: there is no %s \"%s\"%s", what, kind, key,
		    site_suggest(L, kind, key));
}
