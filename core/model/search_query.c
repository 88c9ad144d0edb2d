/* core/model/search_query.c - takes a query apart. */
#include "config.h"
#include "core/model/search_query.h"

#include "core/base/arena.h"

/* A part of the query between spaces, or between quotes. */
struct token {
	struct bytes text;
	bool is_not, is_quoted;
	bool is_beginning; /* of words */
};

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cut the next token off *<rest>; false at the end. */
static bool
next_token(struct bytes *rest, struct token *out)
{
	struct bytes text = bytes_trim(*rest);
	size_t len = 0;

	*out = (struct token){ .is_not = false };
	if (text.len == 0)
		return false;
	if (text.at[0] == '-' && text.len > 1 && !is_space(text.at[1])) {
		out->is_not = true;
		text = (struct bytes){ text.at + 1, text.len - 1 };
	}
	if (text.at[0] == '"') {
		text = (struct bytes){ text.at + 1, text.len - 1 };
		out->text = bytes_split(&text, '"');
		out->is_quoted = text.at != NULL; /* else it is still typed */
		*rest = text;
		return true;
	}
	while (len < text.len && !is_space(text.at[len]))
		len++;
	out->text = (struct bytes){ text.at, len };
	out->is_beginning = text.at[len - 1] == '*';
	*rest = (struct bytes){ text.at + len, text.len - len };
	return true;
}

struct adding {
	struct finder *finder;
	const struct token *token;
	size_t count; /* words of the token */
	bool failed;
};

static bool
add_need(void *arg, const struct text_word *word)
{
	struct adding *adding = arg;
	struct finder *f = adding->finder;
	struct need *need = &f->needs[f->need_count];
	char *term;

	adding->count++;
	if (f->need_count == SEARCH_NEEDS_MAX)
		return false;
	term = arena_copy(f->arena, word->term.at, word->term.len);
	if (term == NULL) {
		adding->failed = true;
		return false;
	}
	*need = (struct need){ .term = { term, word->term.len },
		/* Of a Chinese word the index has pairs only. */
		.is_beginning = word->is_single,
		.is_not = adding->token->is_not };
	f->need_count++;
	return true;
}

/* Several words of one token stand together: a phrase. */
static enum err
add_phrase(struct finder *f, const struct token *token, size_t first)
{
	struct phrase *phrase = &f->phrases[f->phrase_count++];
	struct buf text = buf_in(f->arena);

	buf_bytes(&text, token->text);
	if (token->is_beginning)
		buf_char(&text, '*');
	*phrase = (struct phrase){ buf_get(&text), first, token->is_not };
	/* Only all of them together are out, not each of them. */
	for (size_t i = first; token->is_not && i < f->need_count; i++) {
		f->needs[i].is_not = false;
		f->needs[i].is_idle = true;
	}
	return text.failed ? ERR_NOMEM : ERR_OK;
}

static enum err
add_token(struct finder *f, const struct token *token)
{
	struct adding adding = { .finder = f, .token = token };
	size_t first = f->need_count;
	enum err err = text_words(
	    token->text, TEXT_WORDS_QUERY, add_need, &adding);

	if (err != ERR_OK || adding.failed)
		return ERR_NOMEM;
	if (f->need_count == first)
		return ERR_OK;
	if (token->is_beginning)
		f->needs[f->need_count - 1].is_beginning = true;
	if (adding.count > 1)
		return add_phrase(f, token, first);
	/* What is quoted or left out is meant to the letter. */
	f->needs[first].wants_forms = !token->is_quoted && !token->is_not;
	return ERR_OK;
}

enum err
query_parse(struct finder *f, struct bytes words)
{
	struct token token, next;
	bool has_token = next_token(&words, &token);
	enum err err = ERR_OK;

	while (has_token && err == ERR_OK) {
		bool has_next = next_token(&words, &next);

		/* The last word may not be typed to its end. */
		if (!has_next && !token.is_quoted && !token.is_not)
			token.is_beginning = true;
		err = add_token(f, &token);
		token = next;
		has_token = has_next;
	}
	return err;
}
