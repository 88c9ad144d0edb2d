/* core/lua/text.c - words, times, and texts that the server renders. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/object.h"
#include "core/lua/value.h"
#include "core/lua/words.h"

#define TEXTS_MAX 20
#define WORDS_MAX 1000
#define WORD_MAX 200
#define TEMPLATE_TEXT_MAX 65536

/* Fold the text at <index> into <out>, with a line end in front, which no
 * word crosses; nil is no text. */
static void
fold_text(lua_State *L, int index, struct buf *out)
{
	struct bytes text;

	if (lua_isnil(L, index))
		return;
	if (lua_type(L, index) != LUA_TSTRING)
		raise_type(L, index, "desk.word_in: the text",
		    "text, or a list of texts");
	text.at = lua_tolstring(L, index, &text.len);
	buf_char(out, '\n');
	words_fold(out, text);
}

/* desk.word_in(text_or_list, words): the first of the words that is in the
 * text, or in one of the texts; else nil.
 *
 * words  whole words and phrases; "refund*" is the beginning of one; Chinese
 *        is found anywhere
 *
 * Since API 1. Anywhere.
 */
int
l_desk_word_in(lua_State *L)
{
	struct state *s = state_of(L);
	struct buf *text = &s->scratch, *word = &s->scratch_word;
	int n;

	lua_settop(L, 2);
	buf_clear(text);
	if (lua_istable(L, 1)) {
		for (int i = 1; i <= TEXTS_MAX; i++) {
			lua_geti(L, 1, i);
			fold_text(L, 3, text);
			lua_settop(L, 2);
		}
	} else {
		fold_text(L, 1, text);
	}
	n = check_list(L, 2, "desk.word_in: the words", WORDS_MAX);
	for (int i = 1; i <= n; i++) {
		lua_geti(L, 2, i);
		buf_clear(word);
		words_fold(
		    word, check_text(L, 3, "desk.word_in: a word", WORD_MAX));
		if (text->failed || word->failed)
			return luaL_error(L, "desk.word_in: not enough memory");
		if (words_find(buf_get(text), buf_get(word)))
			return 1;
		lua_settop(L, 2);
	}
	lua_pushnil(L);
	return 1;
}

/* Ask for a text made of that at 1, variables at 2 and a language at 3. */
static int
ask_text(lua_State *L, const char *question, const char *member, size_t max)
{
	struct json_writer *w;
	struct bytes text;
	const char *what;

	lua_settop(L, 3);
	what = lua_pushfstring(L, "desk.%s", question);
	text = check_text(L, 1, what, max);
	w = ask_begin(L, question, what);
	json_member_text(w, member, text);
	if (!lua_isnil(L, 2)) {
		json_key(w, "vars");
		value_write(L, 2, w, what);
	}
	if (!lua_isnil(L, 3))
		json_member_text(w, "language", check_key_text(L, 3, what));
	value_push(L, ask_end(L));
	return 1;
}

/* desk.render(template, vars, language): a template of the site's, filled in.
 *
 * Since API 1. In handlers and jobs, as desk.tr and desk.date.
 */
int
l_desk_render(lua_State *L)
{
	return ask_text(L, "render", "template", 100);
}

/* desk.tr(text, vars, language): the text in that language, "{name}" in it
 * replaced. Since API 1. */
int
l_desk_tr(lua_State *L)
{
	return ask_text(L, "tr", "text", TEMPLATE_TEXT_MAX);
}

/* desk.date(time, style, reader)
 *
 * time    UTC seconds
 * style   "short", "long" or "relative"
 * reader  a customer or an agent: in his language and time zone
 *
 * Since API 1.
 */
int
l_desk_date(lua_State *L)
{
	struct object *reader;
	struct json_writer *w;

	lua_settop(L, 3);
	if (lua_type(L, 1) != LUA_TNUMBER)
		raise_type(L, 1, "desk.date", "a time in UTC seconds");
	if (!has_name("short long relative",
		check_text(L, 2, "desk.date: the style", 20).at))
		return luaL_error(L,
		    "desk.date: the style is \"short\", "
		    "\"long\" or \"relative\"");
	reader = object_any(L, 3);
	if (!lua_isnil(L, 3) && reader == NULL)
		raise_type(
		    L, 3, "desk.date: the reader", "a customer or an agent");
	w = ask_begin(L, "date", "desk.date");
	json_member_int(w, "time", (int64_t)lua_tonumber(L, 1));
	json_member_string(w, "style", lua_tostring(L, 2));
	if (reader != NULL) {
		json_key(w, "reader");
		value_write(L, 3, w, "desk.date");
	}
	value_push(L, ask_end(L));
	return 1;
}

/* desk.now(): UTC seconds by the site's clock, the same during a whole run.
 *
 * Since API 1. In handlers, jobs and tests.
 */
int
l_desk_now(lua_State *L)
{
	check_phase(L, PHASE_RUN, "desk.now");
	lua_pushinteger(L, state_of(L)->run.now_us / 1000000);
	return 1;
}

/* desk.ago(duration): UTC seconds so long before now. Since API 1. */
int
l_desk_ago(lua_State *L)
{
	int64_t seconds = check_duration(L, 1, "desk.ago", 0);

	check_phase(L, PHASE_RUN, "desk.ago");
	lua_pushinteger(L, state_of(L)->run.now_us / 1000000 - seconds);
	return 1;
}

/* desk.hmac(hash, secret, text): hexadecimal.
 *
 * hash  "sha256" or "sha512"
 *
 * Since API 1. In handlers and jobs.
 */
int
l_desk_hmac(lua_State *L)
{
	static const char *const members[] = { "hash", "secret", "text" };
	struct json_writer *w;

	lua_settop(L, 3);
	for (int i = 0; i < 3; i++)
		(void)check_text(L, i + 1, members[i], TEMPLATE_TEXT_MAX);
	w = ask_begin(L, "hmac", "desk.hmac");
	for (int i = 0; i < 3; i++)
		json_member_string(w, members[i], lua_tostring(L, i + 1));
	value_push(L, ask_end(L));
	return 1;
}
