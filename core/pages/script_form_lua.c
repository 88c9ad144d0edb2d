/* core/pages/script_form_lua.c - a script's settings as Lua. */
#include "config.h"
#include "core/pages/script_form_private.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/sealed.h"

#include <string.h>

static void
put_lua_text(struct buf *out, struct bytes text)
{
	buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c == '\n')
			buf_text(out, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\%03u", c);
		else
			buf_char(out, (char)c);
	}
	buf_char(out, '"');
}

static bool
is_plain_key(const char *name)
{
	return name[0] != '\0' && (name[0] < '0' || name[0] > '9') &&
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
		"0123456789") == strlen(name);
}

static void
put_lua_key(struct buf *out, const char *name)
{
	if (is_plain_key(name)) {
		buf_text(out, name);
		return;
	}
	buf_char(out, '[');
	put_lua_text(out, bytes_of(name));
	buf_char(out, ']');
}

static void
put_lua(struct buf *out, const struct json *value, int depth)
{
	struct json_writer w = json_writer(out);
	bool is_object = json_type(value) == JSON_OBJECT;

	if (json_type(value) == JSON_TEXT) {
		put_lua_text(out, json_text(value));
		return;
	}
	if (!is_object && json_type(value) != JSON_LIST) {
		if (json_type(value) > JSON_NULL)
			json_put_value(&w, value);
		else
			buf_text(out, "nil");
		return;
	}
	if (json_count(value) == 0) {
		buf_text(out, "{}");
		return;
	}
	buf_text(out, "{ ");
	for (const struct json *i = json_first(value); i != NULL;
	     i = json_next(i)) {
		/* a table of rows has one a line */
		if (depth == 0 && !is_object && json_type(i) == JSON_OBJECT)
			buf_text(out, "\n    ");
		if (is_object) {
			put_lua_key(out, json_name(i));
			buf_text(out, " = ");
		}
		put_lua(out, i, depth + 1);
		buf_text(out, json_next(i) != NULL ? ", " : " ");
	}
	buf_text(out,
	    depth == 0 && !is_object &&
		    json_type(json_first(value)) == JSON_OBJECT ?
		"\n  }" :
		"}");
}

enum err
script_form_lua(const struct script_form *form, struct bytes *out)
{
	struct buf buf = buf_in(form->page->arena);
	const struct json **list;
	enum err err = setting_order(
	    form, form->declared, form->source, "{", &list);

	if (err != ERR_OK)
		return err;
	buf_text(&buf, "{\n");
	for (size_t i = 0; i < json_count(form->declared); i++) {
		const char *name = json_name(list[i]);
		const struct json *value = json_get(form->chosen, name);

		if (sealed_is_declared(form->declared, name)) {
			buf_printf(&buf, "  -- %s\n", name);
			continue;
		}
		if (json_type(value) <= JSON_NULL)
			value = json_get(list[i], "default");
		if (json_type(value) <= JSON_NULL)
			continue;
		buf_text(&buf, "  ");
		put_lua_key(&buf, name);
		buf_text(&buf, " = ");
		put_lua(&buf, value, 0);
		buf_text(&buf, ",\n");
	}
	buf_text(&buf, "}\n");
	*out = buf_get(&buf);
	return buf.failed ? ERR_NOMEM : ERR_OK;
}
