/* tests/unit/test_translate.c - catalogues, negotiation, placeholders.
 *
 * The catalogues are made here, byte by byte (gettext manual, "The Format of
 * GNU MO Files"), so that the test needs no tools.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/web/translate.h"
#include "tests/tap.h"

#include <pthread.h>
#include <stdio.h>

struct message {
	const char *id;
	size_t id_len;
	const char *text;
	size_t text_len;
};

#define M(id, text) \
	{ \
		id, sizeof(id) - 1, text, sizeof(text) - 1 \
	}

/* Sorted by id, as msgfmt does. */
static const struct message german[] = {
	M("",
	    "Content-Type: text/plain; charset=UTF-8\n"
	    "Plural-Forms: nplurals=2; plural=(n != 1);\n"),
	M("Hello", "Grüß Gott"),
	M("verb\004Reply", "Antworten"),
	M("{n} ticket\0{n} tickets", "{n} Ticket\0{n} Tickets (de)"),
};
static const struct message turkish[] = {
	M("",
	    "Content-Type: text/plain; charset=UTF-8\n"
	    "Plural-Forms: nplurals=1; plural=0;\n"),
	M("Hello", "Merhaba"),
	M("{n} ticket\0{n} tickets", "{n} talep"),
};

static void
add_u32(struct buf *out, size_t n)
{
	uint32_t word = (uint32_t)n;

	buf_add(out, &word, 4);
}

static void
write_catalogue(
    const char *dir, const char *code, const struct message *at, size_t count)
{
	struct buf out = BUF_INIT;
	char path[600];
	size_t offset = 28 + 16 * count;

	add_u32(&out, 0x950412de);
	add_u32(&out, 0);
	add_u32(&out, count);
	add_u32(&out, 28);
	add_u32(&out, 28 + 8 * count);
	add_u32(&out, 0);
	add_u32(&out, 0);
	for (size_t i = 0; i < count; offset += at[i++].id_len + 1) {
		add_u32(&out, at[i].id_len);
		add_u32(&out, offset);
	}
	for (size_t i = 0; i < count; offset += at[i++].text_len + 1) {
		add_u32(&out, at[i].text_len);
		add_u32(&out, offset);
	}
	for (size_t i = 0; i < count; i++)
		buf_add(&out, at[i].id, at[i].id_len + 1);
	for (size_t i = 0; i < count; i++)
		buf_add(&out, at[i].text, at[i].text_len + 1);
	snprintf(path, sizeof path, "%s/hookdesk/LC_MESSAGES", dir);
	CHECK_INT(file_make_folders(path, 0755, NULL), ERR_OK);
	snprintf(path, sizeof path, "%s/hookdesk/LC_MESSAGES/hookdesk-%s.mo",
	    dir, code);
	CHECK_INT(file_replace(path, 0644, buf_get(&out), NULL), ERR_OK);
	buf_release(&out);
}

static void
test_tr__knows_texts_by_their_words(void)
{
	char text[8] = "Hello";

	CHECK_BYTES(bytes_of(tr(LANG_DE, text)), "Grüß Gott");
	CHECK_BYTES(bytes_of(tr(LANG_DE, text)), "Grüß Gott");
	CHECK_BYTES(bytes_of(tr(LANG_TR, text)), "Merhaba");
	memcpy(text, "Jello", 5);
	CHECK(tr(LANG_DE, text) == text);
	memcpy(text, "Hallo", 5);
	CHECK(tr(LANG_DE, text) == text);
	memcpy(text, "Hello", 5);
	CHECK_BYTES(bytes_of(tr(LANG_DE, text)), "Grüß Gott");
}

static void
test_tr__answers_in_several_languages(void)
{
	CHECK_BYTES(bytes_of(tr(LANG_DE, "Hello")), "Grüß Gott");
	CHECK_BYTES(bytes_of(tr(LANG_TR, "Hello")), "Merhaba");
	CHECK_BYTES(bytes_of(tr(LANG_EN, "Hello")), "Hello");
	CHECK_BYTES(bytes_of(tr(LANG_ZH, "Hello")), "Hello");
	CHECK_BYTES(bytes_of(tr(999, "Hello")), "Hello");
	CHECK_BYTES(bytes_of(tr(LANG_DE, "")), "");
	CHECK_BYTES(bytes_of(tr(LANG_DE, "not there")), "not there");
	CHECK(translate_has(LANG_EN) && translate_has(LANG_DE));
	CHECK(!translate_has(LANG_ZH) && !translate_has(LANG__COUNT));
}

static void
test_tr_context__tells_two_meanings_apart(void)
{
	CHECK_BYTES(
	    bytes_of(tr_context(LANG_DE, "verb", "Reply")), "Antworten");
	CHECK_BYTES(bytes_of(tr_context(LANG_DE, "noun", "Reply")), "Reply");
}

static void
test_tr_plural__follows_the_language(void)
{
	const char *one = "{n} ticket", *many = "{n} tickets";

	CHECK_BYTES(bytes_of(tr_plural(LANG_DE, one, many, 1)), "{n} Ticket");
	CHECK_BYTES(
	    bytes_of(tr_plural(LANG_DE, one, many, 0)), "{n} Tickets (de)");
	CHECK_BYTES(bytes_of(tr_plural(LANG_TR, one, many, 1)), "{n} talep");
	CHECK_BYTES(bytes_of(tr_plural(LANG_TR, one, many, 5)), "{n} talep");
	CHECK_BYTES(bytes_of(tr_plural(LANG_EN, one, many, 1)), one);
	CHECK_BYTES(bytes_of(tr_plural(LANG_ZH, one, many, 2)), many);
}

static void *
ask_often(void *ctx)
{
	bool *is_wrong = ctx;

	for (int i = 0; i < 20000; i++)
		if (strcmp(tr(LANG_DE, "Hello"), "Grüß Gott") != 0 ||
		    strcmp(tr(LANG_TR, "Hello"), "Merhaba") != 0)
			*is_wrong = true;
	return NULL;
}

static void
test_tr__may_be_called_by_all_threads(void)
{
	pthread_t threads[4];
	bool is_wrong[4] = { false };

	for (int i = 0; i < 4; i++)
		CHECK_INT(
		    pthread_create(&threads[i], NULL, ask_often, &is_wrong[i]),
		    0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CHECK(!is_wrong[i]);
	}
}

static void
test_translate_negotiate__takes_the_best_there_is(void)
{
	static const struct {
		const char *chosen, *accept;
		unsigned fallback, want;
	} cases[] = {
		{ "", "", LANG_EN, LANG_EN },
		{ "", "", LANG_DE, LANG_DE },
		{ "", "", LANG_ZH, LANG_EN }, /* no catalogue */
		{ "de", "tr", LANG_EN, LANG_DE },
		{ "zh", "tr", LANG_EN, LANG_TR },
		{ "xx", "de-AT", LANG_EN, LANG_DE },
		{ "", "tr;q=0.5, de;q=0.9", LANG_EN, LANG_DE },
		{ "", "de;q=0.1,en;q=0.05", LANG_TR, LANG_DE },
		{ "", "fr, es;q=0.9, DE_ch;q=0.2", LANG_EN, LANG_DE },
		{ "", "de;q=0, *", LANG_TR, LANG_TR },
		{ "", "deutsch", LANG_EN, LANG_EN },
		{ "", ",,;q=,de;q=1.0000000000000000", LANG_EN, LANG_DE },
		{ "d", "t", LANG_EN, LANG_EN },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(translate_negotiate(bytes_of(cases[i].chosen),
			      bytes_of(cases[i].accept), cases[i].fallback),
		    cases[i].want);
}

static void
test_tr_fill__replaces_what_it_knows(void)
{
	static const struct tr_value values[] = {
		{ "name", { "Ada {n}", 7 } },
		{ "n", { "3", 1 } },
	};
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "{name}", "Ada {n}" },
		{ "a {n} b {n}", "a 3 b 3" },
		{ "{x} {n", "{x} {n" },
		{ "{{n}}", "{3}" },
		{ "}{}{n}", "}{}3" },
	};
	struct arena *arena = arena_create();
	struct why why = {
		.message = "{name} is over {n}", .n = 5, .name = "body"
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_BYTES(
		    tr_fill(arena, cases[i].text, values, 2), cases[i].want);
	CHECK_BYTES(tr_why(arena, LANG_DE, &why), "body is over 5");
	arena_destroy(arena);
}

int
main(void)
{
	char dir[512];

	CHECK_INT(file_temp_folder(dir, sizeof dir), ERR_OK);
	write_catalogue(dir, "de", german, sizeof german / sizeof *german);
	write_catalogue(dir, "tr", turkish, sizeof turkish / sizeof *turkish);
	CHECK_INT(translate_start(dir), ERR_OK);
	RUN(test_tr__answers_in_several_languages);
	RUN(test_tr__knows_texts_by_their_words);
	RUN(test_tr_context__tells_two_meanings_apart);
	RUN(test_tr_plural__follows_the_language);
	RUN(test_tr__may_be_called_by_all_threads);
	RUN(test_translate_negotiate__takes_the_best_there_is);
	RUN(test_tr_fill__replaces_what_it_knows);
	CHECK_INT(file_remove_tree(dir), ERR_OK);
	return tap_done();
}
