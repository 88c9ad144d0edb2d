/* tests/unit/test_template.c - templates over plain structs, and our tags. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/base/zone.h"
#include "core/web/template.h"
#include "core/web/translate.h"
#include "tests/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct person {
	struct bytes name;
	const char *city;
};

struct row {
	int64_t number;
	struct bytes subject, html;
	int64_t at_us;
	bool is_new;
	uint32_t size;
	const struct person *owner;
	struct person customer;
	struct view_list tags;
};

static void
row_url(const void *self, struct view *view, struct value *out)
{
	const struct row *row = self;
	const char *url = arena_printf(
	    view->arena, "/t/%lld", (long long)row->number);

	value_text(out, bytes_of(url));
}

static const struct view_field person_fields[] = {
	{ "name", VIEW_TEXT, offsetof(struct person, name) },
	{ "city", VIEW_CSTR, offsetof(struct person, city) },
	{ NULL },
};
static const struct view_type person_type = { "person", person_fields };

static const struct view_field row_fields[] = {
	{ "number", VIEW_INT, offsetof(struct row, number) },
	{ "subject", VIEW_TEXT, offsetof(struct row, subject) },
	{ "html", VIEW_HTML, offsetof(struct row, html) },
	{ "at", VIEW_TIME, offsetof(struct row, at_us) },
	{ "new", VIEW_BOOL, offsetof(struct row, is_new) },
	{ "size", VIEW_UINT32, offsetof(struct row, size) },
	{ "owner", VIEW_OBJECT, offsetof(struct row, owner),
	    .type = &person_type },
	{ "customer", VIEW_INSIDE, offsetof(struct row, customer),
	    .type = &person_type },
	{ "tags", VIEW_LIST, offsetof(struct row, tags), .type = &view_text },
	{ "url", VIEW_GET, .get = row_url },
	{ NULL },
};
static const struct view_type row_type = { "row", row_fields };

struct root {
	const char *base;
};

static const struct view_field root_fields[] = {
	{ "base", VIEW_CSTR, offsetof(struct root, base) },
	{ NULL },
};
static const struct view_type root_type = { "root", root_fields };

static const struct bytes tags[] = { { "vip", 3 }, { "a&b", 3 } };
static const struct person berta = { { "Berta <b>", 9 }, "Bonn" };
static const struct row sample = {
	.number = 412,
	.subject = { "\"1\" < 2 & 'x'", 13 },
	.html = { "<b>bold</b>", 11 },
	.at_us = INT64_C(1772442000123456), /* 2026-03-02 09:00:00 UTC */
	.is_new = true,
	.size = 7,
	.owner = &berta,
	.customer = { { "Ada", 3 }, NULL },
	.tags = { tags, 2, sizeof *tags, false },
};
static const struct root root = { "/support" };

static struct arena *arena;

/* <text>, as a template, shown for <row> in <lang>; in the arena. */
static const char *
show(const struct template_options *given, const char *text,
    const struct row *row, unsigned lang)
{
	struct template_source source = { "main", bytes_of(text) };
	struct template_options options = *given;
	struct template_set *set = NULL;
	struct buf out = buf_in(arena);
	struct why why = { .message = "" };
	struct view view = { .arena = arena,
		.lang = lang,
		.now_us = row->at_us + INT64_C(3600000000),
		.page = row,
		.page_type = &row_type,
		.root = &root,
		.root_type = &root_type };
	enum err err;

	options.sources = &source;
	options.source_count = 1;
	err = template_set_load(&options, &why, &set);
	if (err == ERR_OK)
		err = template_render(set, "main", &view, &out);
	template_set_release(set);
	return err == ERR_OK ? buf_string(&out) : err_name(err);
}

static const char *
plain(const char *text)
{
	static const struct template_options none = { 0 };

	return show(&none, text, &sample, 0);
}

static void
test_template_render__reads_members_in_place(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "{{number}}", "412" },
		{ "{{subject}}", "&quot;1&quot; &lt; 2 &amp; &#39;x&#39;" },
		{ "{{{subject}}}", "\"1\" < 2 & 'x'" },
		{ "{{html}} {{{html}}}", "<b>bold</b> <b>bold</b>" },
		{ "{{#new}}new{{/new}}{{^new}}old{{/new}}", "new" },
		{ "{{size}}", "7" },
		{ "{{owner.name}}", "Berta &lt;b&gt;" },
		{ "{{#owner}}{{city}} {{number}}{{/owner}}", "Bonn 412" },
		{ "{{customer.name}}[{{customer.city}}]", "Ada[]" },
		{ "{{#tags}}<{{.}}>{{/tags}}", "<vip><a&amp;b>" },
		{ "{{url}}", "/t/412" },
		{ "{{base}}", "/support" },
		{ "{{#tags}}{{base}}{{/tags}}", "/support/support" },
		{ "{{nothing}}{{owner.nothing}}{{number.x}}", "" },
		{ "{{at.iso}}", "2026-03-02T09:00:00Z" },
		{ "{{#at}}yes{{/at}}", "yes" },
		{ "{{#nothing}}a{{/nothing}}{{^nothing}}b{{/nothing}}c", "bc" },
		{ "{{#tags}}a{{/tags}}{{^tags}}b{{/tags}}c", "aac" },
		{ "{{#owner}}a{{/owner}}{{^owner}}b{{/owner}}c", "ac" },
		{ "{{#owner.x}}a{{/owner.x}}{{^owner.y}}b{{/owner.y}}", "b" },
		{ "{{#new}}a{{/new}} {{^new}}b{{/new}}c", "a c" },
		{ "{{#new}}a{{/new}}{{!-}}{{^new}}b{{/new}}c", "ac" },
		{ "{{#new}}{{^nothing}}b{{/nothing}}{{/new}}"
		  "{{^nothing}}c{{/nothing}}",
		    "bc" },
		{ "{{#x}}a{{#new}}b{{/new}}{{/x}}{{^new}}c{{/new}}"
		  "{{^x}}{{#new}}d{{/new}}{{^new}}e{{/new}}{{/x}}",
		    "d" },
		{ "{{#tags}}{{#new}}{{.}}{{/new}}{{^new}}x{{/new}}{{/tags}}",
		    "vipa&amp;b" },
		{ "a{{! one }}b{{! two }}c{{#new}}{{! three }}{{/new}}d",
		    "abcd" },
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_BYTES(bytes_of(plain(cases[i].text)), cases[i].want);
	arena_destroy(arena);
}

static void
test_template_render__shows_times_as_readers_do(void)
{
	static const struct template_options none = { .languages =
							  LANG__COUNT };
	struct row old = sample;

	arena = arena_create();
	CHECK_BYTES(
	    bytes_of(show(&none, "{{at}} {{at.short}}", &sample, LANG_DE)),
	    "09:00 09:00");
	CHECK_BYTES(bytes_of(show(&none, "{{at.date}}", &sample, LANG_DE)),
	    "2. März 2026");
	CHECK_BYTES(bytes_of(show(&none, "{{at.long}}", &sample, LANG_DE)),
	    "2. März 2026 um 09:00");
	/* Again, from what was kept, and for other minutes and languages. */
	for (int i = 0; i < 3000; i++) {
		struct template_options lang = none;
		const char *got, *want;
		struct buf icu = buf_in(arena);

		old.at_us += INT64_C(60000000) * 431;
		text_date(&icu, languages[i % 3].code, zone_utc(),
		    TEXT_DATE_LONG, old.at_us, 0);
		got = show(&lang, "{{{at.long}}}", &old, (unsigned)i % 3);
		want = buf_string(&icu);
		CHECK_BYTES(bytes_of(got), want);
	}
	old.at_us = sample.at_us - INT64_C(86400000000) * 500;
	CHECK(strstr(show(&none, "{{at.relative}}", &old, LANG_DE), "vor") !=
	    NULL);
	arena_destroy(arena);
}

static void
test_template_render__shows_nothing_for_what_is_empty(void)
{
	static const struct template_options none = { 0 };
	static const struct row empty = { 0 };

	arena = arena_create();
	CHECK_BYTES(bytes_of(show(&none,
			"[{{at}}{{at.iso}}{{owner}}{{owner.name}}{{subject}}"
			"{{#owner}}x{{/owner}}{{#tags}}x{{/tags}}"
			"{{#number}}x{{/number}}{{#at}}x{{/at}}]{{number}}",
			&empty, 0)),
	    "[]0");
	arena_destroy(arena);
}

static const char *
to_german(unsigned lang, const char *context, const char *text)
{
	if (lang == 1 && context == NULL &&
	    strcmp(text, "Hello {owner.name} & all of #{number}") == 0)
		return "#{number}: Hallo {owner.name} & alle {nothing}";
	if (lang == 1 && context != NULL && strcmp(context, "verb") == 0)
		return "Antworten";
	return NULL;
}

static const char *
german_plural(unsigned lang, const char *one, const char *many, int64_t n)
{
	if (lang != 1)
		return n == 1 ? one : many;
	return n == 1 ? "{size} Eintrag" : "{size} Einträge & {url}";
}

static void
test_template_render__translates(void)
{
	static const struct template_options german = {
		.translate = to_german, .plural = german_plural, .languages = 2
	};
	static const struct {
		const char *text, *english, *german;
	} cases[] = {
		{ "<{{_ Hello {owner.name}\n\t& all of #{number} }}>",
		    "<Hello Berta &lt;b&gt; &amp; all of #412>",
		    "<#412: Hallo Berta &lt;b&gt; &amp; alle >" },
		{ "{{_c verb | Reply }}", "Reply", "Antworten" },
		{ "{{_c noun | Reply }}", "Reply", "Reply" },
		{ "{{_n size | {size} entry | {size} of {url} }}",
		    "7 of /t/412", "7 Einträge &amp; /t/412" },
		{ "{{_ {number}}}", "412", "412" },
		{ "{{_ { {} {1} {a. }}", "{ {} {1} {a.", "{ {} {1} {a." },
		{ "{{_lower}}", "", "" },
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_BYTES(bytes_of(show(&german, cases[i].text, &sample, 0)),
		    cases[i].english);
		CHECK_BYTES(bytes_of(show(&german, cases[i].text, &sample, 1)),
		    cases[i].german);
		CHECK_BYTES(bytes_of(show(&german, cases[i].text, &sample, 99)),
		    cases[i].english);
	}
	arena_destroy(arena);
}

static void
test_template_set_load__says_where_it_is_wrong(void)
{
	static const struct {
		const char *text, *where;
	} cases[] = {
		{ "a\n{{#x}}\n", "main:2" },
		{ "a\n\n{{/x}}\n", "main:3" },
		{ "{{#x}}\n{{#y}}{{/x}}{{/y}}", "main:2" },
		{ "\n{{x", "main:2" },
		{ "{{x y}}", "main:1" },
		{ "{{}}", "main:1" },
		{ "{{a..b}}", "main:1" },
		{ "{{=x=}}", "main:1" },
		{ "{{>nowhere}}", "main:1" },
		{ "{{<nowhere}}{{/nowhere}}", "main:1" },
		{ "\n\n{{<main}}{{x}}{{/main}}", "main:3" },
		{ "{{_ }}", "main:1" },
		{ "{{_n count | one }}", "main:1" },
		{ "{{_n | one | two }}", "main:1" },
		{ "{{! never closed", "main:1" },
		{ "bad \xff", "main" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct template_source source = { "main",
			bytes_of(cases[i].text) };
		struct template_options options = { .sources = &source,
			.source_count = 1 };
		struct template_set *set = NULL;
		struct why why = { .message = "" };

		CHECK_INT(template_set_load(&options, &why, &set), ERR_INVALID);
		CHECK(set == NULL);
		CHECK_BYTES(bytes_of(why.name), cases[i].where);
	}
}

static void
test_template_render__ends_what_does_not_end(void)
{
	static const char *const cases[] = {
		"{{>main}}",
		"{{<main}}{{/main}}",
		"{{#number}}{{>main}}{{/number}}",
		"{{$a}}{{<main}}{{$a}}{{>main}}{{/a}}{{/main}}{{/a}}",
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_BYTES(bytes_of(plain(cases[i])), "limit");
	arena_destroy(arena);
}

static void
note_missing(struct view *view, const char *where, const char *name)
{
	struct buf *seen = view->missing_ctx;

	buf_printf(seen, "%s %s;", where, name);
}

static void
test_template_render__tells_names_that_nobody_has(void)
{
	struct template_source source = { "main",
		BYTES("{{number}}\n{{nubmer}}{{#tags}}{{x.y}}{{/tags}}"
		      "{{customer.nmae}}{{customer.city.x}}") };
	struct template_options options = { .sources = &source,
		.source_count = 1 };
	struct template_set *set = NULL;
	struct buf out = BUF_INIT, seen = BUF_INIT;
	struct view view = { .page = &sample,
		.page_type = &row_type,
		.missing = note_missing,
		.missing_ctx = &seen };

	view.arena = arena = arena_create();
	CHECK_INT(template_set_load(&options, NULL, &set), ERR_OK);
	CHECK_INT(template_render(set, "main", &view, &out), ERR_OK);
	CHECK_BYTES(buf_get(&seen),
	    "main:2 nubmer;main:2 x.y;main:2 x.y;"
	    "main:2 customer.nmae;");
	CHECK_INT(template_render(set, "other", &view, &out), ERR_NOT_FOUND);
	template_set_release(set);
	buf_release(&seen);
	buf_release(&out);
	arena_destroy(arena);
}

struct crowd {
	pthread_t thread;
	struct template_set *set;
	int wrong;
};

static void *
render_often(void *arg)
{
	struct crowd *crowd = arg;
	struct view view = {
		.arena = arena_create(), .page = &sample, .page_type = &row_type
	};
	struct buf out = BUF_INIT;

	for (int i = 0; i < 500; i++) {
		buf_clear(&out);
		if (template_render(crowd->set, "main", &view, &out) !=
			ERR_OK ||
		    !bytes_is(buf_get(&out), "412 Bonn vip 2026-03-02"))
			crowd->wrong++;
		template_set_release(template_set_hold(crowd->set));
	}
	buf_release(&out);
	arena_destroy(view.arena);
	template_set_release(crowd->set);
	return NULL;
}

static void
test_template_render__may_be_called_by_all_threads(void)
{
	struct template_source source = { "main",
		BYTES("{{number}} {{#owner}}{{city}}{{/owner}} "
		      "{{#tags}}{{#new}}{{/new}}{{/tags}}vip 2026-03-02") };
	struct template_options options = { .sources = &source,
		.source_count = 1 };
	struct template_set *set = NULL;
	struct crowd crowd[4] = { 0 };

	CHECK_INT(template_set_load(&options, NULL, &set), ERR_OK);
	for (int i = 0; i < 4; i++) {
		crowd[i].set = template_set_hold(set);
		CHECK_INT(pthread_create(
			      &crowd[i].thread, NULL, render_often, &crowd[i]),
		    0);
	}
	template_set_release(set);
	for (int i = 0; i < 4; i++) {
		pthread_join(crowd[i].thread, NULL);
		CHECK_INT(crowd[i].wrong, 0);
	}
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	const char *path = arena_printf(arena, "%s/%s", dir, name);

	CHECK_INT(file_replace(path, 0644, bytes_of(text), NULL), ERR_OK);
}

static void
test_template_set_load__lets_a_site_replace_templates(void)
{
	char share[256], site[256];
	struct template_options options = { .share_dir = share,
		.site_dir = site };
	struct template_set *set = NULL;
	struct why why = { .message = "" };
	struct buf out = BUF_INIT;
	struct view view = { 0 };

	view.arena = arena = arena_create();
	CHECK_INT(file_temp_folder(share, sizeof share), ERR_OK);
	CHECK_INT(file_temp_folder(site, sizeof site), ERR_OK);
	CHECK_INT(file_make_folders(
		      arena_printf(arena, "%s/part", share), 0755, NULL),
	    ERR_OK);
	write_file(share, "part/head.html", "ours");
	write_file(share, "page.html", "{{>part/head}} body");
	write_file(share, "page.html~", "{{#broken}}");
	CHECK_INT(template_set_load(&options, &why, &set), ERR_OK);
	CHECK_INT(template_render(set, "page", &view, &out), ERR_OK);
	CHECK_BYTES(buf_get(&out), "ours body");
	CHECK(template_exists(set, "part/head"));
	CHECK(!template_exists(set, "part"));

	CHECK_INT(
	    file_make_folders(arena_printf(arena, "%s/part", site), 0755, NULL),
	    ERR_OK);
	write_file(site, "part/head.html", "theirs");
	template_set_release(set);
	set = NULL;
	CHECK_INT(template_set_load(&options, &why, &set), ERR_OK);
	buf_clear(&out);
	CHECK_INT(template_render(set, "page", &view, &out), ERR_OK);
	CHECK_BYTES(buf_get(&out), "theirs body");
	template_set_release(set);
	set = NULL;

	write_file(site, "part/head.html", "{{#broken}}");
	CHECK_INT(template_set_load(&options, &why, &set), ERR_INVALID);
	CHECK(set == NULL);
	CHECK(strstr(why.name, "part/head.html:1") != NULL);
	options.share_dir = "/nonexistent";
	CHECK_INT(template_set_load(&options, &why, &set), ERR_IO);
	CHECK_INT(file_remove_tree(share), ERR_OK);
	CHECK_INT(file_remove_tree(site), ERR_OK);
	buf_release(&out);
	arena_destroy(arena);
}

static void
test_template_set_load__takes_what_we_ship(void)
{
	char dir[512];
	struct template_options options = { .share_dir = dir };
	struct template_set *set = NULL;
	struct why why = { .message = "", .name = "" };

	snprintf(dir, sizeof dir, "%s/www/templates", path_get(PATH_DATADIR));
	CHECK_INT(template_set_load(&options, &why, &set), ERR_OK);
	if (set == NULL)
		printf("# %s %s\n", why.message, why.name);
	else
		CHECK(template_exists(set, "agent/inbox"));
	template_set_release(set);
}

static void
test_html_escape__finds_each_wherever_it_stands(void)
{
	static const char *const pairs[][2] = { { "&", "&amp;" },
		{ "<", "&lt;" }, { ">", "&gt;" }, { "\"", "&quot;" },
		{ "'", "&#39;" }, { "=", "=" }, { "\xc3", "\xc3" } };
	struct arena *copies = arena_create();
	struct buf got = BUF_INIT, want = BUF_INIT;
	char text[40];
	int bad = 0;

	for (size_t len = 1; len <= sizeof text; len++) {
		for (size_t i = 0; i < len * 7; i++) {
			const char *const *pair = pairs[i % 7];
			char *copy = malloc(len); /* so that it ends there */

			memset(text, 'x', sizeof text);
			text[i / 7] = pair[0][0];
			memcpy(copy, text, len);
			buf_clear(&got);
			html_escape(&got, (struct bytes){ copy, len });
			buf_clear(&want);
			buf_add(&want, text, i / 7);
			buf_text(&want, pair[1]);
			buf_add(&want, text + i / 7 + 1, len - i / 7 - 1);
			bad += !bytes_equal(buf_get(&got), buf_get(&want));
			buf_clear(&got);
			buf_add(&got, copy, len);
			html_escape_from(&got, 0, copies);
			bad += !bytes_equal(buf_get(&got), buf_get(&want));
			free(copy);
		}
	}
	CHECK_INT(bad, 0);
	arena_destroy(copies);
	buf_release(&got);
	buf_release(&want);
}

int
main(void)
{
	RUN(test_html_escape__finds_each_wherever_it_stands);
	RUN(test_template_render__reads_members_in_place);
	RUN(test_template_render__shows_times_as_readers_do);
	RUN(test_template_render__shows_nothing_for_what_is_empty);
	RUN(test_template_render__translates);
	RUN(test_template_set_load__says_where_it_is_wrong);
	RUN(test_template_render__ends_what_does_not_end);
	RUN(test_template_render__tells_names_that_nobody_has);
	RUN(test_template_render__may_be_called_by_all_threads);
	RUN(test_template_set_load__lets_a_site_replace_templates);
	RUN(test_template_set_load__takes_what_we_ship);
	return tap_done();
}
