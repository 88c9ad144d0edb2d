/* tests/unit/test_pages_api_files.c - attachments by the API. */
#include "config.h"
#include "tests/unit/pages_program.h"

#define TICKET \
	"\"subject\":\"Fire\",\"body\":\"It burns\"," \
	"\"email\":\"bob@example.org\",\"name\":\"Bob\""

static int
send_file(const char *token, const char *name, const char *content)
{
	char *body = arena_printf(f.desk.arena,
	    "--xx\r\nContent-Disposition: form-data; name=\"attachment\"; "
	    "filename=\"%s\"\r\nContent-Type: text/plain\r\n\r\n%s\r\n"
	    "--xx--\r\n",
	    name, content);

	pages_header(&f, "HTTP_AUTHORIZATION", token);
	pages_header(&f, "CONTENT_TYPE", "multipart/form-data; boundary=xx");
	return pages_send(&f, "POST", "/api/v1/files", bytes_of(body));
}

/* The reference of the first file sent; lives with the desk. */
static const char *
got_upload(void)
{
	struct bytes ref = json_text(json_get(got_first("files"), "upload"));

	return arena_copy(f.desk.arena, ref.at, ref.len);
}

static void
test_files__are_sent_attached_and_fetched(void)
{
	const struct json *file;
	const char *token, *ref, *path;
	struct bytes url;

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(send_file(token, "smoke.txt", "It burns."), 201);
	CHECK_BYTES(
	    json_text(json_get(got_first("files"), "name")), "smoke.txt");
	ref = got_upload();
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      arena_printf(f.desk.arena,
			  "{" TICKET ",\"files\":[\"%s\"]}", ref)),
	    201);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1/entries", NULL), 200);
	file = json_first(json_get(got_first("entries"), "files"));
	CHECK_BYTES(json_text(json_get(file, "name")), "smoke.txt");
	CHECK_BYTES(json_text(json_get(file, "type")), "text/plain");
	url = json_text(json_get(file, "url"));
	CHECK(bytes_start_with(
	    url, BYTES("https://help.example.com/api/v1/files/")));
	path = arena_copy(f.desk.arena, url.at, url.len);
	path += strlen("https://help.example.com/api/v1");
	CHECK_INT(pages_api(&f, token, "GET", path, NULL), 200);
	CHECK_INT(f.response.file_size, strlen("It burns."));
	CHECK_INT(pages_api(&f, token, "GET", "/files/999", NULL), 404);
	CHECK_INT(pages_api(&f, token, "GET", "/files/x", NULL), 404);

	printf("# an upload is attached once, and no other number is one\n");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      arena_printf(f.desk.arena,
			  "{\"body\":\"x\",\"files\":[\"%s\"]}", ref)),
	    422);
	CHECK_BYTES(got_error("field"), "files");
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"x\",\"files\":[\"1\"]")),
	    422);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      BODY("\"body\":\"x\",\"files\":[1]")),
	    422);
	CHECK_INT(send_file(token, "more.txt", "Still."), 201);
	ref = got_upload();
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/1/entries",
		      arena_printf(f.desk.arena,
			  "{\"type\":\"note\",\"body\":\"x\","
			  "\"files\":[\"%s\"]}",
			  ref)),
	    201);
	file = json_first(json_get(pages_json(&f), "files"));
	CHECK_BYTES(json_text(json_get(file, "name")), "more.txt");
	pages_teardown(&f);
}

static void
test_files__are_kept_from_others(void)
{
	static char large[1000002];
	static const char *const role[] = { "key", "billers", "label",
		"Billers", "rights", "billing:see", NULL };
	static const char *const agent[] = { "login", "bea", "name", "Bea",
		"email", "bea@example.com", "role", "billers", "active", "true",
		NULL };
	const char *token, *own;
	int64_t id = 0;

	pages_setup(&f);
	desk_add(&f.desk, KIND_ROLE, role);
	desk_add(&f.desk, KIND_AGENT, agent);
	token = pages_token(&f, "read,write", NULL);
	own = pages_token(&f, "read,write", "bea");
	CHECK_INT(send_file(pages_token(&f, "read", NULL), "a", "b"), 403);
	CHECK_INT(send_file("Bearer x", "a", "b"), 401);
	CHECK_INT(send_file(token, "a.txt", "b"), 201);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      arena_printf(f.desk.arena,
			  "{" TICKET ",\"files\":[\"%s\"]}", got_upload())),
	    201);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/1/entries", NULL), 200);
	json_int(
	    json_get(json_first(json_get(got_first("entries"), "files")), "id"),
	    &id);
	CHECK(id > 0);
	CHECK_INT(pages_api(&f, own, "GET",
		      arena_printf(f.desk.arena, "/files/%d", (int)id), NULL),
	    404);
	printf("# what is attached to nothing yet is nobody's\n");
	CHECK_INT(send_file(token, "b.txt", "b"), 201);
	CHECK_INT(
	    pages_api(&f, token, "GET",
		arena_printf(f.desk.arena, "/files/%d", (int)id + 1), NULL),
	    404);
	printf("# a form without a file\n");
	CHECK_INT(pages_api(&f, token, "POST", "/files", BODY("\"a\":1")), 415);
	pages_header(&f, "HTTP_AUTHORIZATION", token);
	pages_header(&f, "CONTENT_TYPE", "multipart/form-data; boundary=xx");
	CHECK_INT(pages_send(&f, "POST", "/api/v1/files",
		      BYTES("--xx\r\nContent-Disposition: form-data; "
			    "name=\"a\"\r\n\r\nb\r\n--xx--\r\n")),
	    422);
	CHECK_BYTES(got_error("field"), "attachment");
	printf("# more than the site may keep\n");
	desk_add(&f.desk, KIND_SETTING,
	    (const char *const[]){
		"name", "files.max", "value", "1000000", NULL });
	memset(large, 'x', sizeof large - 1);
	CHECK_INT(send_file(token, "c.txt", large), 413);
	CHECK_BYTES(got_error("field"), "attachment");
	pages_teardown(&f);
}

static void
test_files__of_one_key_are_kept_once(void)
{
	const char *token, *refs[2];

	pages_setup(&f);
	token = pages_token(&f, "read,write", NULL);
	for (int i = 0; i < 2; i++) {
		pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "the same one");
		CHECK_INT(send_file(token, "a.txt", "b"), 201);
		refs[i] = got_upload();
	}
	CHECK(strcmp(refs[0], refs[1]) == 0);
	pages_header(&f, "HTTP_IDEMPOTENCY_KEY", "another");
	CHECK_INT(send_file(token, "a.txt", "b"), 201);
	CHECK(strcmp(refs[0], got_upload()) != 0);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_files__are_sent_attached_and_fetched);
	RUN(test_files__are_kept_from_others);
	RUN(test_files__of_one_key_are_kept_once);
	return tap_done();
}
