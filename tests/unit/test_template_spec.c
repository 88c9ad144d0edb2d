/* tests/unit/test_template_spec.c - the Mustache specification's own tests.
 *
 * They are read in place, from ../shared/data/mustache beside the project;
 * without that folder the test is skipped. Lambdas are not ours.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/web/template.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <sys/stat.h>

#define PARTIALS_MAX 8

static const char *
data_file(struct arena *arena, const char *file)
{
	const char *srcdir = getenv("srcdir");

	return arena_printf(arena, "%s/../shared/data/mustache/%s",
	    srcdir != NULL ? srcdir : ".", file);
}

/* The template and its partials as sources; how many. */
static size_t
sources_of(const struct json *test, struct template_source *out)
{
	const struct json *partials = json_get(test, "partials");
	const struct json *partial;
	size_t count = 0;

	out[count++] = (struct template_source){ "main",
		json_text(json_get(test, "template")) };
	for (partial = json_first(partials); partial != NULL;
	     partial = json_next(partial)) {
		if (count == PARTIALS_MAX)
			break;
		out[count++] = (struct template_source){ json_name(partial),
			json_text(partial) };
	}
	return count;
}

static void
try(const struct json *test, struct arena *arena)
{
	struct template_source sources[PARTIALS_MAX];
	struct template_options options = {
		.sources = sources,
		.source_count = sources_of(test, sources),
		.is_literal = true,
	};
	struct view view = { .arena = arena,
		.page = json_get(test, "data"),
		.page_type = &view_json };
	struct bytes expected = json_text(json_get(test, "expected"));
	struct bytes name = json_text(json_get(test, "name"));
	struct template_set *set = NULL;
	struct buf out = buf_in(arena);
	struct why why = { .message = "" };
	enum err err = template_set_load(&options, &why, &set);

	if (err == ERR_OK)
		err = template_render(set, "main", &view, &out);
	CHECK_INT(err, ERR_OK);
	CHECK(bytes_equal(buf_get(&out), expected));
	if (!bytes_equal(buf_get(&out), expected))
		printf("# %.*s: \"%.*s\"\n#   not \"%.*s\" %s %s\n",
		    BYTES_ARG(name), BYTES_ARG(buf_get(&out)),
		    BYTES_ARG(expected), why.message, why.name);
	template_set_release(set);
}

static void
try_file(const char *file, size_t want)
{
	struct arena *arena = arena_create();
	struct buf text = buf_in(arena);
	const struct json *json = NULL, *tests, *test;
	struct why why = { .message = "" };

	CHECK_INT(file_read(data_file(arena, file), 1 << 20, &text, &why), 0);
	CHECK_INT(json_parse(arena, buf_get(&text), 1 << 20, &json, &why), 0);
	tests = json_get(json, "tests");
	CHECK_INT(json_count(tests), want);
	for (test = json_first(tests); test != NULL; test = json_next(test))
		try(test, arena);
	arena_destroy(arena);
}

static void
test_template_spec__comments(void)
{
	try_file("comments.json", 12);
}

static void
test_template_spec__delimiters(void)
{
	try_file("delimiters.json", 14);
}

static void
test_template_spec__interpolation(void)
{
	try_file("interpolation.json", 42);
}

static void
test_template_spec__inverted(void)
{
	try_file("inverted.json", 22);
}

static void
test_template_spec__partials(void)
{
	try_file("partials.json", 12);
}

static void
test_template_spec__sections(void)
{
	try_file("sections.json", 34);
}

static void
test_template_spec__inheritance(void)
{
	try_file("~inheritance.json", 27);
}

int
main(void)
{
	struct arena *arena = arena_create();
	struct stat status;
	int missing = stat(data_file(arena, "sections.json"), &status);

	arena_destroy(arena);
	if (missing) {
		printf("1..0 # SKIP ../shared/data/mustache is not there\n");
		return 0;
	}
	RUN(test_template_spec__comments);
	RUN(test_template_spec__delimiters);
	RUN(test_template_spec__interpolation);
	RUN(test_template_spec__inverted);
	RUN(test_template_spec__partials);
	RUN(test_template_spec__sections);
	RUN(test_template_spec__inheritance);
	return tap_done();
}
