/* core/web/translate.c - gettext for many languages at a time. */
#include "config.h"
#include "core/web/translate.h"

#include "core/base/arena.h"
#include "core/base/thread_memory.h"

#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PSEUDO_LOCALE "hookdesk"
#define CONTEXT_MAX 1024 /* bytes of a text with its context */
#define KEPT 256         /* translations a thread keeps; 256 of 64 bytes */
#define ACCEPT_MAX 32 /* languages of an Accept-Language that are looked at */

const struct language languages[LANG__COUNT] = {
	[LANG_EN] = { "en", "English", "ltr" },
	[LANG_DE] = { "de", "Deutsch", "ltr" },
	[LANG_TR] = { "tr", "Türkçe", "ltr" },
	[LANG_MS] = { "ms", "Bahasa Melayu", "ltr" },
	[LANG_MN] = { "mn", "Монгол", "ltr" },
	[LANG_ZH] = { "zh", "中文", "ltr" },
};

static const char *const domains[LANG__COUNT] = {
	[LANG_EN] = "hookdesk-en",
	[LANG_DE] = "hookdesk-de",
	[LANG_TR] = "hookdesk-tr",
	[LANG_MS] = "hookdesk-ms",
	[LANG_MN] = "hookdesk-mn",
	[LANG_ZH] = "hookdesk-zh",
};

static _Atomic unsigned available = 1u << LANG_EN;

struct kept {
	const char *translated; /* the catalogue's; NULL: the text itself */
	unsigned lang;          /* and 1; 0: free */
	char text[52];
};

enum err
translate_start(const char *dir)
{
	char path[PATH_MAX];

	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		return ERR_IO;
	if (setenv("LANGUAGE", PSEUDO_LOCALE, 1) != 0)
		return ERR_NOMEM;
	for (unsigned i = 0; i < LANG__COUNT; i++) {
		if (bindtextdomain(domains[i], dir) == NULL ||
		    bind_textdomain_codeset(domains[i], "UTF-8") == NULL)
			return ERR_NOMEM;
		snprintf(path, sizeof path, "%s/%s/LC_MESSAGES/%s.mo", dir,
		    PSEUDO_LOCALE, domains[i]);
		if (access(path, R_OK) == 0)
			available |= 1u << i;
	}
	return ERR_OK;
}

bool
translate_has(unsigned lang)
{
	return lang < LANG__COUNT && (available & 1u << lang) != 0;
}

static bool
is_same_letter(char a, char b)
{
	return (a | 0x20) == (b | 0x20);
}

unsigned
translate_language(struct bytes code)
{
	for (unsigned lang = 0; lang < LANG__COUNT; lang++) {
		const char *own = languages[lang].code;

		if (code.len >= 2 && is_same_letter(code.at[0], own[0]) &&
		    is_same_letter(code.at[1], own[1]) &&
		    (code.len == 2 || code.at[2] == '-' || code.at[2] == '_'))
			return lang;
	}
	return LANG__COUNT;
}

/* The q of "de;q=0.8" in thousandths; 1000 when none is said. */
static int
quality(struct bytes params)
{
	int thousandths = 0, scale = 1000;

	params = bytes_trim(params);
	if (params.len < 3 || (params.at[0] | 0x20) != 'q' ||
	    params.at[1] != '=')
		return 1000;
	for (size_t i = 2; i < params.len && scale > 0; i++) {
		if (params.at[i] == '.')
			continue;
		if (params.at[i] < '0' || params.at[i] > '9')
			break;
		thousandths += (params.at[i] - '0') * scale;
		scale /= 10;
	}
	return thousandths;
}

/* The best of an Accept-Language; LANG__COUNT when it names none of ours. */
static unsigned
accepted(struct bytes header)
{
	unsigned best = LANG__COUNT;
	int best_quality = 0;

	for (int i = 0; header.at != NULL && i < ACCEPT_MAX; i++) {
		struct bytes rest = bytes_split(&header, ',');
		struct bytes tag = bytes_trim(bytes_split(&rest, ';'));
		unsigned lang = translate_language(tag);
		int q = quality(rest);

		if (translate_has(lang) && q > best_quality) {
			best = lang;
			best_quality = q;
		}
	}
	return best;
}

unsigned
translate_negotiate(
    struct bytes chosen, struct bytes accept_language, unsigned fallback)
{
	unsigned lang = translate_language(chosen);

	if (!translate_has(lang))
		lang = accepted(accept_language);
	if (!translate_has(lang))
		lang = fallback;
	return translate_has(lang) ? lang : LANG_EN;
}

/* What gettext said, kept by each thread: it takes a lock and searches a tree,
 * and a list asks for the same few words for each of its rows. Found by the
 * text's address, known by its words: an address may be used again. */
static const char *
look_up(unsigned lang, const char *text)
{
	struct kept *list = thread_memory_get(
	    THREAD_WORDS, KEPT * sizeof *list);
	struct kept *kept;
	size_t len;

	if (list == NULL)
		return dgettext(domains[lang], text);
	kept = &list[((uintptr_t)text / 4 + lang * 41) % KEPT];
	if (kept->lang == lang + 1 && strcmp(kept->text, text) == 0)
		return kept->translated != NULL ? kept->translated : text;
	len = strlen(text);
	if (len >= sizeof kept->text)
		return dgettext(domains[lang], text);
	kept->translated = dgettext(domains[lang], text);
	kept->lang = lang + 1;
	memcpy(kept->text, text, len + 1);
	if (kept->translated != text)
		return kept->translated;
	kept->translated = NULL; /* itself, wherever it will lie */
	return text;
}

/* An empty msgid is gettext's name for a catalogue's header. */
const char *
tr(unsigned lang, const char *text)
{
	if (!translate_has(lang) || *text == '\0')
		return text;
	return look_up(lang, text);
}

const char *
tr_context(unsigned lang, const char *context, const char *text)
{
	char glued[CONTEXT_MAX];
	const char *found;
	int len = snprintf(glued, sizeof glued, "%s\004%s", context, text);

	if (!translate_has(lang) || len >= (int)sizeof glued)
		return text;
	found = dgettext(domains[lang], glued);
	return found != glued ? found : text;
}

const char *
tr_plural(unsigned lang, const char *one, const char *many, int64_t n)
{
	unsigned long count = n < 0 ? 0 - (unsigned long)n : (unsigned long)n;

	if (!translate_has(lang))
		return count == 1 ? one : many;
	return dngettext(domains[lang], one, many, count);
}

const char *
translate_text(unsigned lang, const char *context, const char *text)
{
	return context != NULL ? tr_context(lang, context, text) :
				 tr(lang, text);
}

const char *
translate_plural(
    unsigned lang, const char *one, const char *many, int64_t count)
{
	return tr_plural(lang, one, many, count);
}

struct bytes
tr_fill(struct arena *arena, const char *text, const struct tr_value *values,
    size_t count)
{
	struct buf out = buf_in(arena);
	struct bytes rest = bytes_of(text);

	while (rest.len > 0) {
		const char *open = memchr(rest.at, '{', rest.len);
		const char *close = open != NULL ?
		    memchr(open, '}', rest.len - (size_t)(open - rest.at)) :
		    NULL;
		struct bytes name;
		size_t i = 0;

		if (close == NULL)
			break;
		name = (struct bytes){ open + 1, (size_t)(close - open) - 1 };
		while (i < count && !bytes_is(name, values[i].name))
			i++;
		if (i < count) {
			buf_add(&out, rest.at, (size_t)(open - rest.at));
			buf_bytes(&out, values[i].value);
		} else {
			close = open; /* a brace of the text's own */
			buf_add(&out, rest.at, (size_t)(open - rest.at) + 1);
		}
		rest.len -= (size_t)(close + 1 - rest.at);
		rest.at = close + 1;
	}
	buf_bytes(&out, rest);
	buf_string(&out);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

struct bytes
tr_why(struct arena *arena, unsigned lang, const struct why *why)
{
	char digits[24];
	struct tr_value values[] = {
		{ "name", bytes_of(why->name) },
		{ "n", BYTES_NONE },
	};

	snprintf(digits, sizeof digits, "%lld", (long long)why->n);
	values[1].value = bytes_of(digits);
	return tr_fill(arena, tr(lang, why->message), values, 2);
}
