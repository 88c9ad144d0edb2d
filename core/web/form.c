/* core/web/form.c - the body of a request as fields and files. */
#include "config.h"
#include "core/web/form.h"

#include "core/base/arena.h"
#include "core/base/utf8.h"

#include <stdio.h>
#include <strings.h>

#define FILE_NAME_MAX 200
#define READ_SIZE 32768

const struct form_limits form_limits_default = {
	.fields_max = 200,
	.field_bytes_max = 256 * 1024,
	.total_bytes_max = 1024 * 1024,
	.files_max = 20,
	.file_bytes_max = 25 * 1024 * 1024,
	.files_bytes_max = 50 * 1024 * 1024,
};

/* A multipart form while it comes in. */
struct reader {
	struct arena *arena;
	const struct form_limits *limits;
	const struct form_sink *sink;
	struct form form;
	size_t field_cap, file_cap;
	size_t field_bytes;
	int64_t file_bytes;
	struct why *why;
	int status; /* what an event wants answered */

	/* The part that is open. */
	struct bytes name;
	bool is_file, is_open;
	struct form_file file;
	struct buf value;
};

struct bytes
form_file_label(struct arena *arena, struct bytes name)
{
	struct buf out = buf_in(arena);
	const char *at, *end = name.at + name.len;
	bool is_bad = false;

	for (at = name.at; at < end; at++)
		if (*at == '/' || *at == '\\')
			name.at = at + 1;
	for (at = name.at; at < end;) {
		uint32_t c = utf8_next(&at, end, &is_bad);

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == UTF8_BAD ||
		    utf8_turns_direction(c))
			continue;
		utf8_add(&out, c);
	}
	name = utf8_cut(bytes_trim(buf_get(&out)), FILE_NAME_MAX);
	if (name.len == 0 || bytes_is(name, ".") || bytes_is(name, ".."))
		name = BYTES("file");
	name.at = out.failed ? NULL : arena_copy(arena, name.at, name.len);
	return name.at != NULL ? name : BYTES_NONE;
}

static int
refuse(struct why *why, int status, const char *message, struct bytes field,
    int64_t n)
{
	char name[48];

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(field));
	why_set(why, ERR_LIMIT, name, message, n, NULL);
	return status;
}

/* The same from within an event: stops the parser. */
static enum err
stop(struct reader *r, int status, const char *message, int64_t n)
{
	r->status = refuse(r->why, status, message, r->name, n);
	return ERR_LIMIT;
}

static enum err
no_memory(struct reader *r)
{
	r->status = 503;
	return ERR_NOMEM;
}

static bool
grow(struct arena *arena, void *array, size_t count, size_t *cap,
    size_t item_size)
{
	void **items = array, *grown;
	size_t more = *cap > 0 ? *cap * 2 : 16;

	if (count < *cap)
		return true;
	grown = arena_grow(arena, *items, *cap * item_size, more * item_size);
	if (grown == NULL)
		return false;
	*items = grown;
	*cap = more;
	return true;
}

static enum err
on_begin(void *ctx, const struct multipart_part *part)
{
	struct reader *r = ctx;

	if (r->form.fields.count + r->form.file_count >= r->limits->fields_max)
		return stop(r, 413, N_("The form has too many fields"),
		    (int64_t)r->limits->fields_max);
	r->name.at = arena_copy(r->arena, part->name.at, part->name.len);
	r->name.len = part->name.len;
	r->is_file = part->is_file;
	r->value = buf_in(r->arena);
	if (r->name.at == NULL)
		return no_memory(r);
	if (!utf8_is_valid(r->name))
		return stop(r, 400, N_("The form is malformed"), 0);
	if (!part->is_file)
		return ERR_OK;
	r->file = (struct form_file){ .field = r->name };
	r->file.name = form_file_label(r->arena, part->file_name);
	r->file.type.at = arena_copy(r->arena, part->type.at, part->type.len);
	r->file.type.len = part->type.len;
	return r->file.name.at != NULL && r->file.type.at != NULL ?
	    ERR_OK :
	    no_memory(r);
}

/* The first bytes of a file: only now is it worth a place. */
static enum err
open_file(struct reader *r)
{
	enum err err;

	if (r->sink == NULL)
		return stop(r, 413, N_("Files cannot be sent here"), 0);
	if (r->form.file_count >= r->limits->files_max)
		return stop(r, 413, N_("At most {n} files can be sent at once"),
		    (int64_t)r->limits->files_max);
	if (!grow(r->arena, &r->form.files, r->form.file_count, &r->file_cap,
		sizeof *r->form.files))
		return no_memory(r);
	err = r->sink->open(r->sink->ctx, &r->file, &r->file.handle);
	if (err != ERR_OK) {
		r->status = err == ERR_LIMIT ? 413 : 503;
		return err;
	}
	r->is_open = true;
	return ERR_OK;
}

static enum err
add_file_data(struct reader *r, struct bytes piece)
{
	enum err err = r->is_open ? ERR_OK : open_file(r);

	if (err != ERR_OK)
		return err;
	r->file.size_bytes += (int64_t)piece.len;
	r->file_bytes += (int64_t)piece.len;
	if (r->file.size_bytes > r->limits->file_bytes_max)
		return stop(r, 413, N_("A file may have at most {n} bytes"),
		    r->limits->file_bytes_max);
	if (r->file_bytes > r->limits->files_bytes_max)
		return stop(r, 413,
		    N_("All files together may have at most {n} bytes"),
		    r->limits->files_bytes_max);
	err = r->sink->write(r->sink->ctx, r->file.handle, piece);
	if (err != ERR_OK)
		r->status = err == ERR_LIMIT ? 413 : 503;
	return err;
}

static enum err
on_data(void *ctx, struct bytes piece)
{
	struct reader *r = ctx;

	if (r->is_file)
		return add_file_data(r, piece);
	r->field_bytes += piece.len;
	if (r->value.len + piece.len > r->limits->field_bytes_max ||
	    r->field_bytes > r->limits->total_bytes_max)
		return stop(r, 413, N_("This text is too long"),
		    (int64_t)r->limits->field_bytes_max);
	buf_bytes(&r->value, piece);
	return r->value.failed ? no_memory(r) : ERR_OK;
}

/* CR LF is how forms send line ends; LF is how we keep them. */
static struct bytes
with_plain_line_ends(struct bytes value)
{
	char *to = (char *)(uintptr_t)value.at;
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (value.at[i] != '\r')
			to[len++] = value.at[i];
		else if (i + 1 == value.len || value.at[i + 1] != '\n')
			to[len++] = '\n';
	}
	return (struct bytes){ value.at, len };
}

static enum err
end_field(struct reader *r)
{
	struct params *fields = &r->form.fields;
	struct bytes value = buf_get(&r->value);

	if (!utf8_is_valid(value) ||
	    (value.len > 0 && memchr(value.at, 0, value.len) != NULL))
		return stop(r, 400, N_("This is not UTF-8 text"), 0);
	if (!grow(r->arena, &fields->at, fields->count, &r->field_cap,
		sizeof *fields->at))
		return no_memory(r);
	fields->at[fields->count++] = (struct param){ r->name,
		with_plain_line_ends(value) };
	return ERR_OK;
}

static enum err
on_end(void *ctx)
{
	struct reader *r = ctx;
	enum err err;

	if (!r->is_file)
		return end_field(r);
	if (!r->is_open)
		return ERR_OK; /* an input left empty */
	err = r->sink->close(r->sink->ctx, r->file.handle);
	if (err != ERR_OK) {
		r->status = 503;
		return err;
	}
	r->is_open = false;
	r->form.files[r->form.file_count++] = r->file;
	return ERR_OK;
}

/* Nobody will use what came so far. */
static void
drop_files(struct reader *r)
{
	if (r->is_open)
		r->sink->drop(r->sink->ctx, r->file.handle);
	for (size_t i = 0; i < r->form.file_count; i++)
		r->sink->drop(r->sink->ctx, r->form.files[i].handle);
}

static int
read_multipart(struct request *request, struct reader *r, struct bytes boundary)
{
	struct multipart_events events = { on_begin, on_data, on_end, r };
	struct multipart *m = arena_alloc_raw(request->arena, sizeof *m);
	char *piece = arena_alloc_raw(request->arena, READ_SIZE);
	int64_t left = request->content_length;
	enum err err = ERR_OK;
	long got = 0;

	if (m == NULL || piece == NULL)
		return 503;
	multipart_init(m, boundary, &events);
	while (err == ERR_OK && left > 0) {
		got = request->body.read(request->body.ctx, piece,
		    left < READ_SIZE ? (size_t)left : READ_SIZE);
		if (got <= 0)
			return refuse(r->why, 400,
			    N_("The form did not arrive whole"), BYTES_NONE, 0);
		left -= got;
		err = multipart_feed(m, (struct bytes){ piece, (size_t)got });
	}
	if (err == ERR_OK)
		err = multipart_finish(m);
	if (err == ERR_OK)
		return 0;
	if (r->status != 0)
		return r->status;
	return refuse(r->why, err == ERR_LIMIT ? 413 : 400,
	    N_("The form is malformed"), BYTES_NONE, 0);
}

static int
read_urlencoded(struct request *request, const struct form_limits *limits,
    struct form *form, struct why *why)
{
	struct bytes body;
	/* Three bytes at most stand for one, plus names and signs. */
	size_t max = limits->total_bytes_max * 3 + limits->fields_max * 256;
	int status = request_read_body(request, max, &body);

	if (status == 0)
		status = params_parse(
		    request->arena, body, limits->fields_max, &form->fields);
	if (status != 0)
		return refuse(why, status,
		    status == 413 ? N_("The form is too long") :
				    N_("The form is malformed"),
		    BYTES_NONE, 0);
	for (size_t i = 0; i < form->fields.count; i++) {
		struct param *field = &form->fields.at[i];

		if (field->value.len > limits->field_bytes_max)
			return refuse(why, 413, N_("This text is too long"),
			    field->name, (int64_t)limits->field_bytes_max);
		field->value = with_plain_line_ends(field->value);
	}
	return 0;
}

static bool
is_urlencoded(struct bytes type)
{
	struct bytes media = bytes_trim(bytes_split(&type, ';'));
	static const char want[] = "application/x-www-form-urlencoded";

	return media.len == sizeof want - 1 &&
	    strncasecmp(media.at, want, media.len) == 0;
}

int
form_read(struct request *request, const struct form_limits *limits,
    const struct form_sink *sink, struct form *form, struct why *why)
{
	struct bytes boundary = multipart_boundary(request->content_type);
	struct reader r = { .arena = request->arena,
		.limits = limits,
		.sink = sink,
		.why = why };
	struct form out = { .files = NULL };
	int64_t max = limits->files_bytes_max +
	    (int64_t)limits->total_bytes_max +
	    (int64_t)(limits->fields_max + 1) *
		(MULTIPART_HEADER_MAX + MULTIPART_BOUNDARY_MAX);
	int status;

	if (boundary.at != NULL) {
		/* What is far too long need not be read to be refused. */
		if (request->content_length > max)
			return refuse(why, 413,
			    N_("All files together may have at most {n} bytes"),
			    BYTES_NONE, limits->files_bytes_max);
		status = read_multipart(request, &r, boundary);
		if (status != 0)
			drop_files(&r);
		out = r.form;
	} else if (is_urlencoded(request->content_type)) {
		status = read_urlencoded(request, limits, &out, why);
	} else if (request->content_length == 0 &&
	    request->content_type.len == 0) {
		status = 0;
	} else {
		status = refuse(why, 415,
		    N_("This kind of form is not understood"), BYTES_NONE, 0);
	}
	if (status == 0)
		*form = out;
	return status;
}
