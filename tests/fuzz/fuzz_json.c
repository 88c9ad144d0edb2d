/* tests/fuzz/fuzz_json.c - what is read as JSON is the same written again.
 *
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(struct bytes text)
{
	if (!utf8_is_valid(text) || text.at[text.len] != '\0' ||
	    memchr(text.at, 0, text.len) != NULL)
		abort();
}

/* Every value is one of the types, no deeper and no larger than promised. */
static void
walk(const struct json *value, unsigned depth)
{
	int64_t n;

	if (depth > JSON_DEPTH_MAX || json_type(value) == JSON_NONE ||
	    json_type(value) >= JSON_TYPE__COUNT)
		abort();
	if (json_int(value, &n) && (n > JSON_INT_MAX || n < -JSON_INT_MAX))
		abort();
	if (json_type(value) == JSON_TEXT)
		check_text(json_text(value));
	for (const struct json *item = json_first(value); item != NULL;
	     item = json_next(item)) {
		check_text(bytes_of(json_name(item)));
		if (json_type(value) == JSON_OBJECT &&
		    json_get(value, json_name(item)) != item)
			abort(); /* a name that is there twice */
		walk(item, depth + 1);
	}
}

static struct bytes
written(struct arena *arena, const struct json *value)
{
	struct buf out = buf_in(arena);
	struct json_writer w = json_writer(&out);

	json_put_value(&w, value);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size }, once, twice;
	struct arena *arena = arena_create();
	const struct json *json = NULL;

	if (json_parse(arena, text, JSON_BYTES_MAX, &json, NULL) == ERR_OK) {
		walk(json, 0);
		once = written(arena, json);
		if (json_parse(arena, once, 8 * JSON_BYTES_MAX, &json, NULL) !=
		    ERR_OK)
			abort();
		twice = written(arena, json);
		if (!bytes_equal(once, twice))
			abort();
	}
	arena_destroy(arena);
	return 0;
}
