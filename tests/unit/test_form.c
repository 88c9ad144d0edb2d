/* tests/unit/test_form.c - forms, urlencoded and multipart, in all pieces. */
#include "config.h"
#include "core/web/form.h"
#include "core/base/arena.h"
#include "tests/tap.h"

#define B "----b0undary"

struct source {
	struct bytes left;
	size_t step; /* bytes given at a time */
};

static long
read_source(void *ctx, char *at, size_t size)
{
	struct source *source = ctx;

	if (size > source->step)
		size = source->step;
	if (size > source->left.len)
		size = source->left.len;
	if (size == 0)
		return -1;
	memcpy(at, source->left.at, size);
	source->left.at += size;
	source->left.len -= size;
	return (long)size;
}

/* A sink that keeps what it is given, and counts. */
struct sink {
	struct buf content[8];
	int opened, closed, dropped;
	int fail_at; /* the n-th call fails; 0: none */
	int calls;
};

static enum err
count_call(struct sink *sink)
{
	return ++sink->calls == sink->fail_at ? ERR_FULL : ERR_OK;
}

static enum err
sink_open(void *ctx, const struct form_file *file, void **handle)
{
	struct sink *sink = ctx;
	enum err err = count_call(sink);

	(void)file;
	if (err == ERR_OK)
		*handle = &sink->content[sink->opened++];
	return err;
}

static enum err
sink_write(void *ctx, void *handle, struct bytes part)
{
	buf_bytes(handle, part);
	return count_call(ctx);
}

static enum err
sink_close(void *ctx, void *handle)
{
	struct sink *sink = ctx;

	(void)handle;
	sink->closed++;
	return count_call(sink);
}

static void
sink_drop(void *ctx, void *handle)
{
	(void)handle;
	((struct sink *)ctx)->dropped++;
}

static struct arena *arena;
static struct form form;
static struct sink sink;
static struct why why;

static void
clear_sink(int fail_at)
{
	for (int i = 0; i < 8; i++)
		buf_release(&sink.content[i]);
	sink = (struct sink){ .fail_at = fail_at };
}

static int
read_form(const char *type, struct bytes body, size_t step,
    const struct form_limits *limits)
{
	struct source source = { body, step };
	struct request request = { .arena = arena,
		.content_type = bytes_of(type),
		.content_length = (int64_t)body.len,
		.body = { read_source, &source } };
	const struct form_sink to = { sink_open, sink_write, sink_close,
		sink_drop, &sink };

	form = (struct form){ .files = NULL };
	return form_read(&request, limits, &to, &form, &why);
}

#define MULTIPART "multipart/form-data; boundary=" B

static const char good[] =
    "--" B "\r\nContent-Disposition: form-data; name=\"subject\"\r\n\r\n"
    "Hello\r\n-----b0undarX\r\nthere\r\n"
    "--" B "\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
    "--" B "\r\nContent-Disposition: form-data; name=\"attachment\"; "
    "filename=\"C:\\dir\\a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
    "line\r\n-\r\n--\r\n------b0undar\r\r\n"
    "\r\n--" B "\r\nContent-Disposition: form-data; name=\"attachment\"; "
    "filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n"
    "--" B "--\r\nepilogue";

static void
test_form_read__multipart_in_pieces_of_any_size(void)
{
	arena = arena_create();
	for (size_t step = 1; step < sizeof good + 1; step++) {
		clear_sink(0);
		CHECK_INT(read_form(MULTIPART,
			      (struct bytes){ good, sizeof good - 1 }, step,
			      &form_limits_default),
		    0);
		CHECK_INT(form.fields.count, 2);
		CHECK_BYTES(
		    form_get(&form, "subject"), "Hello\n-----b0undarX\nthere");
		CHECK_BYTES(form_get(&form, "empty"), "");
		CHECK_INT(form.file_count, 1);
		if (form.file_count != 1)
			break;
		CHECK_BYTES(form.files[0].field, "attachment");
		CHECK_BYTES(form.files[0].name, "a.txt");
		CHECK_BYTES(form.files[0].type, "text/plain");
		CHECK_BYTES(buf_get(&sink.content[0]),
		    "line\r\n-\r\n--\r\n------b0undar\r\r\n");
		CHECK_INT(form.files[0].size_bytes, sink.content[0].len);
		CHECK_INT(sink.opened, 1);
		CHECK_INT(sink.closed, 1);
		CHECK_INT(sink.dropped, 0);
		arena_reset(arena);
	}
	clear_sink(0);
	arena_destroy(arena);
}

static void
test_form_read__refuses_multipart_that_is_cut_off(void)
{
	size_t end = sizeof good - 1 - strlen("\r\nepilogue");

	arena = arena_create();
	for (size_t len = 0; len < end; len++) {
		clear_sink(0);
		CHECK_INT(read_form(MULTIPART, (struct bytes){ good, len },
			      4096, &form_limits_default),
		    400);
		CHECK_INT(sink.opened, sink.dropped);
		arena_reset(arena);
	}
	clear_sink(0);
	arena_destroy(arena);
}

static void
test_form_read__drops_files_when_the_sink_fails(void)
{
	int status = 503, n;

	arena = arena_create();
	for (n = 1; status == 503; n++) {
		clear_sink(n);
		status = read_form(MULTIPART,
		    (struct bytes){ good, sizeof good - 1 }, 7,
		    &form_limits_default);
		CHECK(status == 503 || status == 0);
		CHECK_INT(sink.dropped, status == 0 ? 0 : sink.opened);
	}
	CHECK(n > 4);
	clear_sink(0);
	arena_destroy(arena);
}

#define PART(header, body) "--" B "\r\n" header "\r\n\r\n" body "\r\n"
#define FIELD "Content-Disposition: form-data; name=\"a\""
#define AFILE FIELD "; filename=\"f\""
#define END "--" B "--\r\n"

static void
test_form_read__keeps_its_limits(void)
{
	static const struct form_limits limits = { 3, 8, 12, 2, 8, 12 };
	static const struct {
		const char *why, *body;
		int status;
	} cases[] = {
		{ "at the limits",
		    PART(FIELD, "12345678") PART(AFILE, "12345678")
			PART(AFILE, "1234") END,
		    0 },
		{ "a field too long", PART(FIELD, "123456789") END, 413 },
		{ "fields too long",
		    PART(FIELD, "12345678") PART(FIELD, "12345") END, 413 },
		{ "a file too long", PART(AFILE, "123456789") END, 413 },
		{ "files too long",
		    PART(AFILE, "12345678") PART(AFILE, "12345") END, 413 },
		{ "too many files",
		    PART(AFILE, "1") PART(AFILE, "1") PART(AFILE, "1") END,
		    413 },
		{ "too many parts",
		    PART(FIELD, "1") PART(FIELD, "") PART(FIELD, "")
			PART(FIELD, "") END,
		    413 },
		{ "no name", PART("Content-Disposition: form-data", "") END,
		    400 },
		{ "no disposition", PART("Content-Type: a/b", "") END, 400 },
		{ "no form-data",
		    PART("Content-Disposition: attachment; name=\"a\"", "") END,
		    400 },
		{ "no colon", PART("nonsense", "") END, 400 },
		{ "not UTF-8", PART(FIELD, "\xff") END, 400 },
		{ "no boundary at all", "nothing here", 400 },
		{ "junk behind a boundary", "--" B "junk\r\n", 400 },
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].why);
		clear_sink(0);
		CHECK_INT(read_form(MULTIPART, bytes_of(cases[i].body), 4096,
			      &limits),
		    cases[i].status);
		if (cases[i].status != 0)
			CHECK_INT(sink.opened, sink.dropped);
		arena_reset(arena);
	}
	clear_sink(0);
	arena_destroy(arena);
}

static void
test_form_read__limits_a_parts_header(void)
{
	struct buf body = BUF_INIT;

	arena = arena_create();
	buf_text(&body, "--" B "\r\n");
	for (int i = 0; i <= MULTIPART_HEADER_MAX; i++)
		buf_char(&body, 'x');
	CHECK_INT(
	    read_form(MULTIPART, buf_get(&body), 4096, &form_limits_default),
	    413);
	buf_release(&body);
	arena_destroy(arena);
}

static void
test_form_read__urlencoded(void)
{
	static const struct form_limits limits = { 3, 8, 100, 0, 0, 0 };
	static const struct {
		const char *body;
		int status;
		const char *a;
	} cases[] = {
		{ "a=1&b=2", 0, "1" },
		{ "a=x%0D%0Ay%0Dz", 0, "x\ny\nz" },
		{ "a=%C3%BC+%2B", 0, "\xc3\xbc +" },
		{ "&&a=1&", 0, "1" },
		{ "b&a", 0, "" },
		{ "a=123456789", 413, NULL },
		{ "a&b&c&d", 413, NULL },
		{ "a=%", 400, NULL },
		{ "a=%ff", 400, NULL },
		{ "a=%00", 400, NULL },
	};

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].body);
		CHECK_INT(read_form("application/x-www-form-urlencoded; "
				    "charset=utf-8",
			      bytes_of(cases[i].body), 3, &limits),
		    cases[i].status);
		if (cases[i].status == 0)
			CHECK_BYTES(form_get(&form, "a"), cases[i].a);
	}
	CHECK_INT(read_form("text/plain", BYTES("a=1"), 9, &limits), 415);
	CHECK_INT(read_form("", BYTES(""), 9, &limits), 0);
	CHECK_INT(
	    read_form("multipart/form-data", BYTES("x"), 9, &limits), 415);
	arena_destroy(arena);
}

static void
test_multipart_boundary__follows_rfc_2046(void)
{
	static const struct {
		const char *type, *want;
	} cases[] = {
		{ "multipart/form-data; boundary=abc", "abc" },
		{ "Multipart/Form-Data;charset=x; Boundary=\"a b\"", "a b" },
		{ "multipart/form-data; boundary=\"a b \"", NULL },
		{ "multipart/form-data; boundary=", NULL },
		{ "multipart/form-data; boundary=\"", NULL },
		{ "multipart/form-data; boundary=a\x01", NULL },
		{ "multipart/form-data", NULL },
		{ "multipart/mixed; boundary=abc", NULL },
		{ "", NULL },
		{ "multipart/form-data; boundary="
		  "0123456789012345678901234567890123456789012345678901234567890"
		  "123456789",
		    "012345678901234567890123456789012345678901234567890123456"
		    "7890123456789" },
		{ "multipart/form-data; boundary="
		  "0123456789012345678901234567890123456789012345678901234567890"
		  "1234567890",
		    NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bytes got = multipart_boundary(bytes_of(cases[i].type));

		CHECK((got.at != NULL) == (cases[i].want != NULL));
		if (cases[i].want != NULL)
			CHECK_BYTES(got, cases[i].want);
	}
}

static void
test_form_file_label__is_only_a_label(void)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a.txt", "a.txt" },
		{ "C:\\x\\a.txt", "a.txt" },
		{ "../../etc/passwd", "passwd" },
		{ "", "file" },
		{ "..", "file" },
		{ "/", "file" },
		{ " a\x01\r\n.exe ", "a.exe" },
		{ "a\xe2\x80\xae"
		  "gpj.exe",
		    "agpj.exe" },
		{ "\xff\xfe", "file" },
		{ "\xc3\xbc.pdf", "\xc3\xbc.pdf" },
		{ "NUL\x7f", "NUL" },
	};
	char name[500];

	arena = arena_create();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_BYTES(form_file_label(arena, bytes_of(cases[i].name)),
		    cases[i].want);
	memset(name, 'x', sizeof name);
	CHECK_INT(
	    form_file_label(arena, (struct bytes){ name, sizeof name }).len,
	    200);
	arena_destroy(arena);
}

int
main(void)
{
	RUN(test_form_read__multipart_in_pieces_of_any_size);
	RUN(test_form_read__refuses_multipart_that_is_cut_off);
	RUN(test_form_read__drops_files_when_the_sink_fails);
	RUN(test_form_read__keeps_its_limits);
	RUN(test_form_read__limits_a_parts_header);
	RUN(test_form_read__urlencoded);
	RUN(test_multipart_boundary__follows_rfc_2046);
	RUN(test_form_file_label__is_only_a_label);
	return tap_done();
}
