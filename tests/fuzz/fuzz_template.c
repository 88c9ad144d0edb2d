/* tests/fuzz/fuzz_template.c - whatever a site's template says, it ends.
 *
 * The input is up to three templates, cut at the byte 0x1e. See
 * fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/web/template.h"
#include "core/base/arena.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct item {
	struct bytes text;
	int64_t n;
	struct view_list list;
};

static const struct view_field item_fields[];
static const struct view_type item_type = { "item", item_fields };
static const struct view_field item_fields[] = {
	{ "a", VIEW_TEXT, offsetof(struct item, text) },
	{ "n", VIEW_INT, offsetof(struct item, n) },
	{ "t", VIEW_TIME, offsetof(struct item, n) },
	{ "l", VIEW_LIST, offsetof(struct item, list), .type = &item_type },
	{ NULL },
};

/* All that a template can do with an item's text is to show it escaped. */
static void
check(struct bytes html)
{
	if (bytes_find(html, BYTES("<evil")) != NULL)
		abort();
}

static void
try(const struct template_source *sources, size_t count, bool is_literal)
{
	struct template_options options = { .sources = sources,
		.source_count = count,
		.is_literal = is_literal };
	struct item inner[2] = {
		{ .text = BYTES("<evil\"'&>"), .n = 1 },
		{ .text = BYTES_NONE, .n = INT64_MIN },
	};
	struct item item = { BYTES("<evil>"), 1772442000123456,
		VIEW_LIST_OF(inner, 2) };
	struct view view = {
		.arena = arena_create(), .page = &item, .page_type = &item_type
	};
	struct template_set *set = NULL;
	struct buf out = BUF_INIT;
	struct why why;
	bool has_raw = false;
	enum err err;

	for (size_t i = 0; i < count; i++)
		has_raw = has_raw ||
		    bytes_find(sources[i].text, BYTES("{{{")) != NULL ||
		    memchr(sources[i].text.at, '&', sources[i].text.len) !=
			NULL ||
		    bytes_find(sources[i].text, BYTES("evil")) != NULL ||
		    memchr(sources[i].text.at, '=', sources[i].text.len) !=
			NULL;
	if (template_set_load(&options, &why, &set) == ERR_OK) {
		err = template_render(set, "a", &view, &out);
		if (err != ERR_OK && err != ERR_LIMIT)
			abort();
		if (!has_raw)
			check(buf_get(&out));
	}
	template_set_release(set);
	buf_release(&out);
	arena_destroy(view.arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a", "b", "c" };
	struct bytes rest = { (const char *)data, size };
	struct template_source sources[3];
	size_t count = 0;

	if (size > 4096)
		return 0;
	do {
		sources[count] = (struct template_source){ names[count],
			bytes_split(&rest, 0x1e) };
		if (sources[count].text.at == NULL)
			sources[count].text = BYTES("");
		count++;
	} while (rest.at != NULL && count < 3);
	try(sources, count, false);
	try(sources, count, true);
	return 0;
}
