/* core/web/translate.h - the words of each language, and which one to use.
 *
 * The one way to mark a text, wherever it stands; `make update-po` collects
 * them all into www/locale/hookdesk.pot and merges them into the .po files:
 *
 *	Mustache   {{_ Text with {name} }}   {{_c context | Text }}
 *	           {{_n count | {count} ticket | {count} tickets }}
 *	C          tr(lang, "Text with {name}")  tr_context(lang, "c", "Text")
 *	           tr_plural(lang, "{n} ticket", "{n} tickets", n)
 *	           N_("Text") where it is translated elsewhere (why.message)
 *	JavaScript tr("Text with {name}", { name })
 *	           trn("{n} ticket", "{n} tickets", n)
 *	Lua        desk.tr("Text with {name}", { name = ... })
 *	settings   the label and help of each desk.setting{} in scripts/
 *
 * The English text is the msgid. {name} stands for a value and is kept as it
 * is by translators; a translation uses no name that its text has not.
 *
 * How it works: gettext picks catalogues by the process's locale, but a
 * server answers each visitor in his own language. So each language is a text
 * domain of its own, "hookdesk-de", under one pseudo-locale named by LANGUAGE
 * once at start; dgettext() may then be called for any of them by any thread.
 * A context is glued before the text with a \004 byte, as gettext's own
 * tools do.
 */
#ifndef HOOKDESK_WEB_TRANSLATE_H
#define HOOKDESK_WEB_TRANSLATE_H

#include "core/base/bytes.h"

struct arena;

/* Index into languages[]; what requests, views and templates carry. */
enum lang {
	LANG_EN = 0,
	LANG_DE,
	LANG_TR,
	LANG_MS,
	LANG_MN,
	LANG_ZH,
	LANG__COUNT
};

struct language {
	const char *code; /* BCP 47, for <html lang> and negotiation: "de" */
	const char *name; /* in itself: "Deutsch" */
	const char *dir;  /* "ltr" or "rtl", for <html dir> */
};

extern const struct language languages[LANG__COUNT];

/* Load the catalogues <dir>/hookdesk/LC_MESSAGES/hookdesk-CODE.mo. Sets the
 * locale and LANGUAGE of the process: once, in main(), before there are
 * threads. A language without a catalogue is shown in English and is not
 * offered (see translate_has). Returns ERR_IO when the C.UTF-8 locale is
 * missing; then all is English. */
ERR_CHECKED enum err translate_start(const char *dir);

/* Whether there is a catalogue of this language; English always is. */
bool translate_has(unsigned lang);

/* The language of this code ("de", "de-AT", "zh_CN"), as far as its first
 * part tells; LANG__COUNT for one that we do not know. */
unsigned translate_language(struct bytes code);

/* The language to answer in: the first of <chosen> (?lang= or the cookie),
 * the header Accept-Language (RFC 9110, 12.5.4) and <fallback> (the brand's)
 * that has a catalogue. Empty bytes are nothing said. */
unsigned translate_negotiate(
    struct bytes chosen, struct bytes accept_language, unsigned fallback);

/* Translate; static strings, any thread. The text itself when it has no
 * translation. */
const char *tr(unsigned lang, const char *text);
const char *tr_context(unsigned lang, const char *context, const char *text);
const char *tr_plural(
    unsigned lang, const char *one, const char *many, int64_t n);

/* The same in the shape that template_options wants. */
const char *translate_text(
    unsigned lang, const char *context, const char *text);
const char *translate_plural(
    unsigned lang, const char *one, const char *many, int64_t count);

/* A value for {name} in a text. */
struct tr_value {
	const char *name;
	struct bytes value;
};

/* <text> with each {name} replaced; unknown names stay. Nothing is escaped.
 * NUL-terminated in <arena>; {NULL, 0} when memory is exhausted. */
struct bytes tr_fill(struct arena *arena, const char *text,
    const struct tr_value *values, size_t count);

/* A <why> in this language, its {name} and {n} filled; likewise. */
struct bytes tr_why(struct arena *arena, unsigned lang, const struct why *why);

#endif
