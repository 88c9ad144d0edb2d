/* tests/fuzz/fuzz_form.c - whatever body a form has, it is read or refused.
 *
 * The first byte tells in what pieces the rest comes; the same bytes in other
 * pieces must give the same fields and files. See fuzz_markdown.c for how it
 * is built.
 */
#include "config.h"
#include "core/web/form.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	const uint8_t *at;
	size_t left, step;
};

static long
read_source(void *ctx, char *at, size_t size)
{
	struct source *source = ctx;

	if (size > source->step)
		size = source->step;
	if (size > source->left)
		size = source->left;
	memcpy(at, source->at, size);
	source->at += size;
	source->left -= size;
	return size > 0 ? (long)size : -1;
}

/* Files are counted and summed, so that two readings can be compared. */
struct sink {
	int open, kept;
	uint64_t sum;
};

static enum err
sink_open(void *ctx, const struct form_file *file, void **handle)
{
	struct sink *sink = ctx;

	if (file->name.len == 0 || file->name.len > 200 ||
	    !utf8_is_valid(file->name) ||
	    memchr(file->name.at, '/', file->name.len) != NULL)
		abort();
	sink->open++;
	sink->kept++;
	*handle = sink;
	return ERR_OK;
}

static enum err
sink_write(void *ctx, void *handle, struct bytes part)
{
	struct sink *sink = ctx;

	if (handle != ctx || sink->open < 1)
		abort();
	for (size_t i = 0; i < part.len; i++)
		sink->sum = sink->sum * 31 + (unsigned char)part.at[i];
	return ERR_OK;
}

static enum err
sink_close(void *ctx, void *handle)
{
	(void)handle;
	((struct sink *)ctx)->open--;
	return ERR_OK;
}

static void
sink_drop(void *ctx, void *handle)
{
	(void)handle;
	((struct sink *)ctx)->kept--;
}

static int
read_form(struct arena *arena, const char *type, struct source source,
    struct form *form, struct sink *sink)
{
	static const struct form_limits limits = { 20, 5000, 20000, 5, 5000,
		20000 };
	const struct form_sink to = { sink_open, sink_write, sink_close,
		sink_drop, sink };
	struct request request = { .arena = arena,
		.content_type = bytes_of(type),
		.content_length = (int64_t)source.left,
		.body = { read_source, &source } };
	struct why why;
	int status = form_read(&request, &limits, &to, form, &why);

	if (status != 0 && status != 400 && status != 413 && status != 503)
		abort();
	if (status != 0 && sink->kept != 0)
		abort(); /* a file that nobody will use was kept */
	if (status == 0 && sink->open != 0)
		abort();
	for (size_t i = 0; status == 0 && i < form->fields.count; i++)
		if (!utf8_is_valid(form->fields.at[i].value))
			abort();
	return status;
}

static void
compare(const char *type, const uint8_t *data, size_t size, size_t step)
{
	struct arena *arena = arena_create();
	struct form a = { .files = NULL }, b = { .files = NULL };
	struct sink sink_a = { 0 }, sink_b = { 0 };
	struct source source = { data, size, step };
	int status = read_form(arena, type, source, &a, &sink_a);

	source.step = SIZE_MAX;
	if (read_form(arena, type, source, &b, &sink_b) != status ||
	    (status == 0 &&
		(a.fields.count != b.fields.count ||
		    a.file_count != b.file_count || sink_a.sum != sink_b.sum)))
		abort();
	for (size_t i = 0; status == 0 && i < a.fields.count; i++)
		if (!bytes_equal(a.fields.at[i].value, b.fields.at[i].value) ||
		    !bytes_equal(a.fields.at[i].name, b.fields.at[i].name))
			abort();
	arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	compare("multipart/form-data; boundary=B", data + 1, size - 1,
	    data[0] + 1u);
	compare("application/x-www-form-urlencoded", data + 1, size - 1,
	    data[0] + 1u);
	return 0;
}
