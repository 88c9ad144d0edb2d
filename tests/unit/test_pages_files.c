/* tests/unit/test_pages_files.c - files that customers send, and get back. */
#include "config.h"
#include "core/web/magic.h"
#include "tests/unit/pages_visitor.h"

#include <dirent.h>

#define BOUNDARY "----boundary"
#define MULTIPART "multipart/form-data; boundary=" BOUNDARY
#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\x6\0\0\0"

static const char *
part(const char *name, const char *value)
{
	return arena_printf(f.desk.arena,
	    "--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\""
	    "\r\n\r\n%s\r\n",
	    name, value);
}

static void
add_file(
    struct buf *body, const char *name, const char *type, struct bytes content)
{
	buf_printf(body,
	    "--" BOUNDARY "\r\nContent-Disposition: form-data; "
	    "name=\"attachment\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n",
	    name, type);
	buf_bytes(body, content);
	buf_text(body, "\r\n");
}

static int
post_parts(const char *path, struct buf *body)
{
	buf_text(body, "--" BOUNDARY "--\r\n");
	pages_header(&f, "CONTENT_TYPE", MULTIPART);
	pages_header(&f, "HTTP_ORIGIN", "https://help.example.com");
	return pages_send(&f, "POST", path, buf_get(body));
}

static void
begin_parts(struct buf *body, const struct shown *shown)
{
	*body = buf_in(f.desk.arena);
	buf_text(body, part("key", shown->key));
	buf_text(body, part("stamp", shown->stamp));
	buf_text(body, part("email", "bob@example.org"));
	buf_text(body, part("subject", "Fire"));
}

static size_t
files_on_disk(void)
{
	char path[PATH_MAX + 8];
	size_t count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/files", f.desk.dir);
	dir = opendir(path);
	if (dir == NULL)
		return 0;
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
		count += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0;
	closedir(dir);
	return count;
}

/* The address of the first file on the page. */
static const char *
file_url(const char *path)
{
	struct bytes body = buf_get(&f.response.body), rest;
	char *mark = arena_printf(f.desk.arena, "href=\"%s/file/", path);
	const char *at = bytes_find(body, bytes_of(mark));

	if (at == NULL)
		return "/none";
	at += strlen("href=\"");
	rest = (struct bytes){ at, (size_t)(body.at + body.len - at) };
	rest = bytes_split(&rest, '"');
	return arena_copy(f.desk.arena, rest.at, rest.len);
}

static bool
file_is(const char *content, size_t len)
{
	char read_back[256];

	return f.response.file_fd >= 0 &&
	    f.response.file_size == (int64_t)len &&
	    pread(f.response.file_fd, read_back, sizeof read_back, 0) ==
	    (ssize_t)len &&
	    memcmp(read_back, content, len) == 0;
}

static void
test_files__come_back_as_they_were_sent(void)
{
	struct shown shown;
	const char *path, *url;
	struct buf body;

	pages_setup(&f);
	shown = open_form("/new");
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Look"));
	add_file(&body, "../../a \\u202egnp.png", "text/html",
	    (struct bytes){ PNG, sizeof PNG - 1 });
	CHECK_INT(post_parts("/new", &body), 303);
	path = ticket_path();
	CHECK_INT(files_on_disk(), 1);
	CHECK_INT(pages_get(&f, path), 200);
	url = file_url(path);
	CHECK_INT(pages_get(&f, url), 200);
	CHECK(file_is(PNG, sizeof PNG - 1));
	CHECK_BYTES(f.response.type, "image/png");
	CHECK(strcmp(pages_got_header(&f, "X-Content-Type-Options"),
		  "nosniff") == 0);
	printf("# not by another ticket's link\n");
	clock_advance(&f.desk.clock, CLOCK_HOUR_US);
	shown = open_form("/new");
	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK "+again")), 303);
	url = arena_printf(
	    f.desk.arena, "%s/%s", ticket_path(), strstr(url, "file/"));
	CHECK_INT(pages_get(&f, url), 404);
	pages_teardown(&f);
}

static void
test_files__that_a_browser_would_run_are_attachments(void)
{
	struct shown shown;
	const char *path;
	struct buf body;

	pages_setup(&f);
	shown = open_form("/new");
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Look"));
	add_file(&body, "a.png", "image/png",
	    BYTES("<!doctype html><script>alert(1)</script>"));
	CHECK_INT(post_parts("/new", &body), 303);
	path = ticket_path();
	CHECK_INT(pages_get(&f, path), 200);
	CHECK_INT(pages_get(&f, file_url(path)), 200);
	CHECK(strncmp(pages_got_header(&f, "Content-Disposition"), "attachment",
		  10) == 0);
	CHECK_BYTES(f.response.type, "application/octet-stream");
	pages_teardown(&f);
}

static void
test_files__are_kept_when_the_form_comes_back(void)
{
	struct shown shown;
	const char *upload;
	struct buf body;

	pages_setup(&f);
	shown = open_form("/new");
	begin_parts(&body, &shown);
	add_file(&body, "a.txt", "text/plain", BYTES("words"));
	CHECK_INT(post_parts("/new", &body), 422);
	CHECK(pages_has(&f, "id=\"e-body\""));
	CHECK(pages_has(&f, "a.txt"));
	upload = pages_input(&f, "upload");
	CHECK_INT(strlen(upload), TOKEN_TEXT_SIZE - 1);

	printf("# taken off again\n");
	begin_parts(&body, &shown);
	buf_text(&body, part("upload", upload));
	buf_text(&body, part("remove", upload));
	CHECK_INT(post_parts("/new", &body), 200);
	CHECK(!pages_has(&f, "a.txt"));

	printf("# sent with it, without a second upload\n");
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Look"));
	buf_text(&body, part("upload", upload));
	buf_text(&body, part("upload", shown.stamp));
	buf_text(&body, part("upload", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	CHECK_INT(post_parts("/new", &body), 303);
	CHECK_INT(pages_get(&f, ticket_path()), 200);
	CHECK(pages_has(&f, "a.txt"));
	CHECK_INT(files_on_disk(), 1);
	pages_teardown(&f);
}

static void
test_files__that_nobody_attached_go_after_a_day(void)
{
	struct shown shown;
	const char *path;
	struct buf body;

	pages_setup(&f);
	shown = open_form("/new");
	begin_parts(&body, &shown);
	add_file(&body, "given-up.txt", "text/plain", BYTES("words"));
	CHECK_INT(post_parts("/new", &body), 422);
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Look"));
	add_file(&body, "kept.txt", "text/plain", BYTES("words"));
	CHECK_INT(post_parts("/new", &body), 303);
	path = ticket_path();
	CHECK_INT(files_on_disk(), 2);
	for (int day = 0; day < 3; day++) {
		clock_advance(&f.desk.clock, CLOCK_DAY_US + CLOCK_SECOND_US);
		desk_run_jobs(&f.desk);
	}
	CHECK_INT(files_on_disk(), 1);
	CHECK_INT(pages_get(&f, path), 200);
	CHECK_INT(pages_get(&f, file_url(path)), 200);
	CHECK(file_is("words", 5));
	pages_teardown(&f);
}

static void
test_files__over_the_limits_lose_nothing_else(void)
{
	struct shown shown;
	struct buf body;

	pages_setup(&f);
	shown = open_form("/new");
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Eleven of them"));
	for (int i = 0; i < 11; i++)
		add_file(&body, "a.txt", "text/plain", BYTES("words"));
	CHECK_INT(post_parts("/new", &body), 422);
	CHECK(pages_has(&f, "Eleven of them"));
	CHECK(pages_has(&f, "aria-invalid=\"true\" aria-describedby=\"h-att"));
	CHECK_INT(files_on_disk(), 10);
	CHECK_INT(count_tickets(), 0);
	pages_teardown(&f);
}

static void
test_files__without_room_answer_503_with_the_words(void)
{
	struct shown shown;
	char path[PATH_MAX + 8];
	struct buf body;

	pages_setup(&f);
	snprintf(path, sizeof path, "%s/files", f.desk.dir);
	MUST(file_remove_tree(path)); /* nothing can be opened there */
	shown = open_form("/new");
	begin_parts(&body, &shown);
	buf_text(&body, part("body", "Precious words"));
	add_file(&body, "a.txt", "text/plain", BYTES("words"));
	CHECK_INT(post_parts("/new", &body), 503);
	CHECK(pages_has(&f, "Precious words"));
	CHECK(atoi(pages_got_header(&f, "Retry-After")) > 0);
	CHECK_INT(count_tickets(), 0);
	pages_teardown(&f);
}

static void
test_magic__looks_at_the_content(void)
{
	static const struct {
		const char *what;
		struct bytes head;
		const char *want;
	} cases[] = {
		{ "nothing", { "", 0 }, "application/octet-stream" },
		{ "text", { "Hello\n", 6 }, "text/plain" },
		{ "umlauts", { "K\xc3\xb6ln\n", 6 }, "text/plain" },
		{ "Latin-1", { "K\xf6ln ist sch\xf6n\n", 14 },
		    "application/octet-stream" },
		{ "a terminal's escape", { "a\x1b[31mred\n", 10 },
		    "application/octet-stream" },
		{ "a picture", { PNG, sizeof PNG - 1 }, "image/png" },
		{ "a page", { "<!doctype html><p>", 18 }, "text/html" },
		{ "SVG",
		    { "<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org"
		      "/2000/svg\"></svg>",
			66 },
		    "image/svg+xml" },
		{ "PDF", { "%PDF-1.7\n", 9 }, "application/pdf" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char type[MAGIC_TYPE_SIZE];

		magic_guess(cases[i].head, type);
		printf("# %s: %s\n", cases[i].what, type);
		CHECK_BYTES(bytes_of(type), cases[i].want);
	}
}

static int
send_one(const struct shown *shown, size_t size)
{
	struct buf body;

	begin_parts(&body, shown);
	buf_text(&body, part("body", "Look at it"));
	add_file(&body, "a.bin", "application/octet-stream",
	    (struct bytes){ arena_alloc(f.desk.arena, size), size });
	return post_parts("/new", &body);
}

/* The site's room for files: the text is kept, and files that went make room
 * again. */
static void
test_files__end_at_the_sites_room(void)
{
	struct act_input input;
	struct shown shown;

	pages_setup(&f);
	desk_add(&f.desk, KIND_SETTING,
	    (const char *const[]){
		"name", "files.max", "value", "3000000", NULL });
	shown = open_form("/new");
	CHECK_INT(send_one(&shown, 2000000), 303);
	shown = open_form("/new");
	CHECK_INT(send_one(&shown, 2000000), 422);
	CHECK(pages_has(&f, "no room for more files here: the limit is 3 MB"));
	CHECK(pages_has(&f, "Look at it"));
	CHECK_INT(files_on_disk(), 1);
	CHECK_INT(count_tickets(), 1);

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = 1;
	desk_set(&f.desk, &input, "place", "trash");
	MUST(desk_do(&f.desk, &input));
	input.verb = VERB_TICKET_REMOVE;
	MUST(desk_do(&f.desk, &input));
	clock_advance(&f.desk.clock, CLOCK_MINUTE_US);
	shown = open_form("/new");
	CHECK_INT(send_one(&shown, 2000000), 303);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_files__end_at_the_sites_room);
	RUN(test_files__come_back_as_they_were_sent);
	RUN(test_files__that_a_browser_would_run_are_attachments);
	RUN(test_files__are_kept_when_the_form_comes_back);
	RUN(test_files__that_nobody_attached_go_after_a_day);
	RUN(test_files__over_the_limits_lose_nothing_else);
	RUN(test_files__without_room_answer_503_with_the_words);
	RUN(test_magic__looks_at_the_content);
	return tap_done();
}
