/* core/web/template_words.c - {{_ }}, {{_c }} and {{_n }}: translated text.
 *
 * A plain text is translated into every language when the set is loaded, and
 * cut there into pieces of escaped HTML and places for values; a plural must
 * wait for its number.
 */
#include "config.h"
#include "core/web/template_private.h"

static bool
is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name_char(char c)
{
	return is_name_start(c) || (c >= '0' && c <= '9') || c == '.';
}

size_t
template_hole(struct bytes text, size_t from, size_t *at)
{
	for (size_t i = from; i + 2 < text.len; i++) {
		size_t end = i + 1;

		if (text.at[i] != '{' || !is_name_start(text.at[end]))
			continue;
		while (end < text.len && is_name_char(text.at[end]))
			end++;
		if (end < text.len && text.at[end] == '}' &&
		    text.at[end - 1] != '.') {
			*at = i;
			return end + 1 - i;
		}
	}
	return 0;
}

/* White space at the ends dropped, runs of it within made one space. */
static char *
normalise(struct arena *arena, struct bytes text)
{
	char *out = arena_alloc_raw(arena, text.len + 1);
	size_t len = 0;

	if (out == NULL)
		return NULL;
	text = bytes_trim(text);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == ' ' || (c >= '\t' && c <= '\r')) {
			if (out[len - 1] == ' ')
				continue;
			c = ' ';
		}
		out[len++] = c;
	}
	out[len] = '\0';
	return out;
}

static bool
add_piece(struct template_set *set, struct pieces *pieces, size_t *cap,
    struct piece piece)
{
	if (!template_grow(set, &pieces->at, pieces->count, cap, sizeof piece))
		return false;
	pieces->at[pieces->count++] = piece;
	return true;
}

/* Cut <text> into <pieces>. */
static bool
cut(struct template_set *set, struct bytes text, struct pieces *pieces)
{
	size_t from = 0, at = 0, cap = 0, len;
	bool is_bad = false;

	do {
		struct buf html = buf_in(set->arena);

		len = template_hole(text, from, &at);
		if (len == 0)
			at = text.len;
		html_escape(&html, (struct bytes){ text.at + from, at - from });
		if (html.failed ||
		    (html.len > 0 &&
			!add_piece(set, pieces, &cap,
			    (struct piece){ buf_get(&html), -1 })))
			return false;
		if (len > 0) {
			uint32_t path = template_path(set,
			    (struct bytes){ text.at + at + 1, len - 2 },
			    &is_bad);

			if (!is_bad &&
			    (path == UINT32_MAX ||
				!add_piece(set, pieces, &cap,
				    (struct piece){
					BYTES_NONE, (int32_t)path })))
				return false;
		}
		from = at + len;
	} while (len > 0);
	return true;
}

static bool
translate_all(struct template_set *set, struct words *words)
{
	const char *first = NULL;

	words->by_lang = arena_array(set->arena, struct pieces, set->languages);
	if (words->by_lang == NULL)
		return false;
	for (unsigned lang = 0; lang < set->languages; lang++) {
		const char *text = NULL;

		if (set->translate != NULL)
			text = set->translate(lang, words->context, words->one);
		if (text == NULL)
			text = words->one;
		if (lang == 0)
			first = text;
		if (lang > 0 && strcmp(text, first) == 0)
			words->by_lang[lang] = words->by_lang[0];
		else if (!cut(set, bytes_of(text), &words->by_lang[lang]))
			return false;
	}
	return true;
}

static bool
collect_holes(struct template_set *set, struct words *words, const char *form)
{
	struct bytes text = bytes_of(form);
	size_t cap = words->hole_count, at = 0, len;
	bool is_bad = false;

	for (size_t from = 0; (len = template_hole(text, from, &at)) > 0;
	     from = at + len) {
		struct hole hole = { { text.at + at + 1, len - 2 }, 0 };

		hole.path = template_path(set, hole.name, &is_bad);
		if (is_bad)
			continue;
		if (hole.path == UINT32_MAX ||
		    !template_grow(set, &words->holes, words->hole_count, &cap,
			sizeof hole))
			return false;
		words->holes[words->hole_count++] = hole;
	}
	return true;
}

/* {{_n count | one | many }} */
static enum err
add_plural(struct template_set *set, struct words *words, struct bytes rest,
    const char **problem)
{
	struct bytes count = bytes_trim(bytes_split(&rest, '|'));
	struct bytes one = bytes_split(&rest, '|');
	bool is_bad = false;

	if (rest.at == NULL || bytes_has(rest, '|') || count.len == 0) {
		*problem = N_("{name}: a plural is {{_n count | one | many }}");
		return ERR_INVALID;
	}
	words->one = normalise(set->arena, one);
	words->many = normalise(set->arena, rest);
	words->count_path = template_path(set, count, &is_bad);
	if (is_bad) {
		*problem = N_("{name}: a name in a tag is misspelt");
		return ERR_INVALID;
	}
	if (words->one == NULL || words->many == NULL ||
	    words->count_path == UINT32_MAX ||
	    !collect_holes(set, words, words->one) ||
	    !collect_holes(set, words, words->many))
		return ERR_NOMEM;
	return ERR_OK;
}

enum err
template_words_add(struct template_set *set, char mark, struct bytes tag,
    const char **problem, uint32_t *out)
{
	struct words words = { 0 };
	struct bytes rest = tag, context;
	enum err err;

	if (!template_grow(set, &set->words, set->words_count, &set->words_cap,
		sizeof words))
		return ERR_NOMEM;
	if (mark == 'n') {
		err = add_plural(set, &words, rest, problem);
		if (err != ERR_OK)
			return err;
	} else {
		if (mark == 'c') {
			context = bytes_split(&rest, '|');
			words.context = normalise(set->arena, context);
			if (words.context == NULL)
				return ERR_NOMEM;
		}
		if (bytes_trim(rest).len == 0) {
			*problem = N_("{name}: a text to translate is empty");
			return ERR_INVALID;
		}
		words.one = normalise(set->arena, rest);
		if (words.one == NULL || !translate_all(set, &words))
			return ERR_NOMEM;
	}
	set->words[set->words_count] = words;
	*out = (uint32_t)set->words_count++;
	return ERR_OK;
}

struct bytes
template_words_plural(const struct template_set *set, const struct words *words,
    unsigned lang, int64_t count)
{
	const char *text = NULL;

	if (set->plural != NULL)
		text = set->plural(lang, words->one, words->many, count);
	if (text == NULL)
		text = count == 1 ? words->one : words->many;
	return bytes_of(text);
}
