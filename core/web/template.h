/* core/web/template.h - Mustache, compiled at load, rendered from C structs.
 *
 * The language is Mustache as its specification says (mustache(5), version
 * 1.4.2), with partials, inheritance, delimiters, dotted names and standalone
 * lines, and without lambdas:
 *
 *	{{name}} {{a.b.c}} {{.}}	escaped text; safe HTML as it is
 *	{{{name}}} {{&name}}		without escaping: for JSON in <script>
 *	{{#name}}...{{/name}}		for each item, or once when true
 *	{{^name}}...{{/name}}		when false or empty
 *	{{! note }}  {{=<% %>=}}
 *	{{>parts/row}}			another template, with this scope
 *	{{<layout}}{{$main}}...{{/main}}{{/layout}}	inheritance
 *	{{$main}}default{{/main}}	a block that heirs may replace
 *
 * A name that no open struct has is shown as nothing and is false; names are
 * looked up from the innermost open section outwards, then in the page, then
 * in the root (core/web/page.h: base, lang, csrf, user ...).
 *
 * Three tags are ours, all for text that people read (core/web/translate.h):
 *
 *	{{_ Text with {name} and {ticket.number} }}
 *	{{_n count | {count} ticket | {count} tickets }}
 *	{{_c context | Text }}
 *
 * The text is the msgid: white space at its ends is dropped, and each run of
 * white space within it is one space, so that long texts may be wrapped. It
 * is escaped as a whole; {dotted.name} in it is looked up in the scope and
 * escaped as well; "{{" cannot occur in it, a lone "{" that is not followed by
 * a name is itself. In {{_n the first part is the name of the number that
 * chooses the form. Markup stays outside of texts. {{_c makes two texts of the
 * same English words that other languages tell apart.
 *
 * The template "agent/inbox" is the file agent/inbox.html below a folder of
 * templates; partials and parents are named the same way, from the root of
 * that folder and without ".html".
 */
#ifndef HOOKDESK_WEB_TEMPLATE_H
#define HOOKDESK_WEB_TEMPLATE_H

#include "core/base/bytes.h"
#include "core/web/view.h"

struct template_set; /* compiled, never changed afterwards */

/* A template's text, when it does not come from a file. */
struct template_source {
	const char *name; /* "agent/inbox" */
	struct bytes text;
};

struct template_options {
	/* Folders with *.html files, at any depth; a template in <site_dir>
	 * takes the place of the one of the same name in <share_dir>. Either
	 * may be NULL; a <site_dir> that is not there is empty. */
	const char *share_dir;
	const char *site_dir;
	/* After those, these take the place of what is there. */
	const struct template_source *sources;
	size_t source_count;
	/* The words for a text: <context> is NULL or that of {{_c}}; returns
	 * a string that outlives the set, or NULL for <text> itself.
	 * translate_text() is the usual one; NULL translates nothing. */
	const char *(*translate)(
	    unsigned lang, const char *context, const char *text);
	/* Which form of the plural: translate_plural() or NULL for English. */
	const char *(*plural)(
	    unsigned lang, const char *one, const char *many, int64_t count);
	/* How many languages: 0..languages-1 are asked of <translate>. */
	unsigned languages;
	/* To the letter of the specification: a partial on a line of its own
	 * is indented as its tag is, and one that is not there is empty. For
	 * HTML both are wrong: the indentation would show in text areas, and
	 * a misspelt partial is an error that should be found at load. */
	bool is_literal;
};

#define TEMPLATE_SIZE_MAX (256 * 1024) /* bytes of one template's text */
#define TEMPLATE_DEPTH_MAX 64 /* partials, sections and parents open at once */
#define TEMPLATE_OUTPUT_MAX (16 * 1024 * 1024) /* bytes rendered */

/* Read and compile all templates: all of them or none.
 *
 * Returns ERR_OK and a set with one holder in *<out>; ERR_INVALID when a
 * template is wrong (<why> says "FILE:LINE: what"), ERR_IO when a folder or a
 * file cannot be read, ERR_LIMIT when one is too large, ERR_NOMEM.
 */
ERR_CHECKED enum err template_set_load(const struct template_options *options,
    struct why *why, struct template_set **out);

/* A set is shared by threads; the last one to release it destroys it. Release
 * takes NULL. */
struct template_set *template_set_hold(struct template_set *set);
void template_set_release(struct template_set *set);

/* True when there is a template of this name. Any thread. */
bool template_exists(const struct template_set *set, const char *name);

/* Render the template <name> for <view> at the end of <out>. Any thread.
 *
 * Returns ERR_OK; ERR_NOT_FOUND when there is no such template; ERR_LIMIT
 * when partials nest or the text grows without end; ERR_NOMEM. On error <out>
 * may hold a part of the page: cut it back or drop it.
 */
ERR_CHECKED enum err template_render(struct template_set *set, const char *name,
    struct view *view, struct buf *out);

/* Add <text> with &, <, >, " and ' as entities. */
void html_escape(struct buf *out, struct bytes text);

/* The same with what stands in <out> from <from> on; what is escaped is copied
 * to <arena>. */
void html_escape_from(struct buf *out, size_t from, struct arena *arena);

#endif
