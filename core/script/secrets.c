/* core/script/secrets.c - the secret settings of scripts. */
#include "config.h"
#include "core/script/secrets.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"

#define HIDDEN "[secret]"

static enum err
add(struct secrets *secrets, struct arena *arena, struct bytes text)
{
	struct bytes *list = secrets->list;
	size_t cap = secrets->cap == 0 ? 8 : secrets->cap * 2;

	if (secrets->count == secrets->cap) {
		list = arena_grow(arena, list, secrets->cap * sizeof *list,
		    cap * sizeof *list);
		if (list == NULL)
			return ERR_NOMEM;
		secrets->list = list;
		secrets->cap = cap;
	}
	list[secrets->count].at = arena_copy(arena, text.at, text.len);
	list[secrets->count].len = text.len;
	return list[secrets->count++].at != NULL ? ERR_OK : ERR_NOMEM;
}

/* As it is, and as JSON writes it if that is something else. */
static enum err
add_both(struct secrets *secrets, struct arena *arena, struct bytes text)
{
	struct buf quoted = buf_in(arena);
	struct json_writer w = json_writer(&quoted);
	struct bytes inner;
	enum err err;

	if (text.len < SECRET_SHORT)
		return ERR_OK;
	json_put_text(&w, text);
	if (quoted.failed)
		return ERR_NOMEM;
	inner = (struct bytes){ quoted.at + 1, quoted.len - 2 };
	err = add(secrets, arena, text);
	if (err == ERR_OK && !bytes_equal(inner, text))
		err = add(secrets, arena, inner);
	return err;
}

/* What is parsed is not kept. */
static enum err
add_all(struct secrets *secrets, struct arena *arena, struct arena *parsed,
    struct bytes name, struct bytes schema, struct bytes settings)
{
	char *file = arena_copy(parsed, name.at, name.len);
	const struct json *rows = NULL, *all = NULL;
	enum err err = file != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK)
		err = json_parse(parsed, schema, JSON_BYTES_MAX, &rows, NULL);
	if (err == ERR_OK)
		err = json_parse(parsed, settings, JSON_BYTES_MAX, &all, NULL);
	for (const struct json *row = json_first(rows);
	     err == ERR_OK && row != NULL; row = json_next(row)) {
		const struct json *chosen = json_get(
		    json_get(all, file), json_name(row));
		bool is_secret = false;

		(void)json_bool(json_get(row, "secret"), &is_secret);
		if (!is_secret)
			continue;
		err = add_both(secrets, arena, json_text(chosen));
		if (err == ERR_OK)
			err = add_both(secrets, arena,
			    json_text(json_get(row, "default")));
	}
	return err;
}

enum err
secrets_add(struct secrets *secrets, struct arena *arena, struct bytes name,
    struct bytes schema, struct bytes settings)
{
	struct arena *parsed;
	enum err err;

	if (schema.len == 0)
		return ERR_OK;
	parsed = arena_create();
	if (parsed == NULL)
		return ERR_NOMEM;
	err = add_all(secrets, arena, parsed, name, schema, settings);
	arena_destroy(parsed);
	return err;
}

/* The secret that begins at <text>; the longest, if one begins another. */
static size_t
length_at(const struct secrets *secrets, struct bytes text)
{
	size_t longest = 0;

	for (size_t i = 0; i < secrets->count; i++)
		if (secrets->list[i].len > longest &&
		    bytes_start_with(text, secrets->list[i]))
			longest = secrets->list[i].len;
	return longest;
}

void
secrets_hide(const struct secrets *secrets, struct bytes text, struct buf *out)
{
	size_t start = 0, at = 0;

	while (secrets->count > 0 && at < text.len) {
		size_t len = length_at(
		    secrets, (struct bytes){ text.at + at, text.len - at });

		if (len == 0) {
			at++;
			continue;
		}
		buf_add(out, text.at + start, at - start);
		buf_text(out, HIDDEN);
		at += len;
		start = at;
	}
	buf_add(out, text.at + start, text.len - start);
}
