/* tests/unit/test_pages_deny.c - event:deny{ field =, message = } at every
 * entrance: 422, the words beside the field, and what was typed is kept.
 */
#include "config.h"
#include "core/model/ticket.h"
#include "tests/unit/pages_agent.h"
#include "tests/unit/pages_visitor.h"

/* Denies what says so: "deny body" in a form, "refuse body" anywhere. */
static const char script[] =
    "local function look(event, word, text)\n"
    "  local field = text:match(word .. ' (%a+)')\n"
    "  if not field then return end\n"
    "  return event:deny{ message = 'No ' .. field .. ' & so on.',\n"
    "    field = field ~= 'all' and field or nil, code = 'not_so' }\n"
    "end\n"
    "desk.on('form.validating', { name = 'form' }, function(event)\n"
    "  return look(event, 'deny', event.ticket.text)\n"
    "end)\n"
    "desk.on('ticket.creating', { name = 'new' }, function(event)\n"
    "  return look(event, 'refuse', event.ticket.text)\n"
    "end)\n"
    "for _, hook in ipairs{ 'reply.receiving', 'reply.sending',\n"
    "    'note.adding' } do\n"
    "  desk.on(hook, { name = hook }, function(event)\n"
    "    return look(event, 'refuse', event.entry.text)\n"
    "  end)\n"
    "end\n";

static void
begin(void)
{
	pages_setup(&f);
	desk_add(&f.desk, KIND_FIELD,
	    (const char *const[]){ "key", "serial", "label", "Serial number",
		"is_public", "true", NULL });
	desk_script(&f.desk, "deny", script);
}

/* The words stand in the field's own place, or in the list for all of it. */
static bool
shows_beside(const char *field)
{
	bool is_for_all = strcmp(field, "all") == 0;
	const char *words = arena_printf(
	    f.desk.arena, "No %s &amp; so on.", field);

	return pages_has(&f,
	    is_for_all ?
		arena_printf(f.desk.arena, "<li>%s</li>", words) :
		arena_printf(f.desk.arena, "id=\"e-%s\">%s</p>", field, words));
}

static void
test_form__shows_what_a_script_denies(void)
{
	static const char *const hooks[] = { "deny", "refuse" };
	static const char *const fields[] = { "name", "email", "subject",
		"body", "serial", "all" };

	begin();
	for (size_t i = 0; i < 2 * sizeof fields / sizeof *fields; i++) {
		const char *field = fields[i / 2], *hook = hooks[i % 2];
		struct shown shown = open_form("/new");
		const char *key = shown.key;

		f.client = arena_printf(f.desk.arena, "192.0.2.%d", (int)i + 1);
		printf("# %s %s\n", hook, field);
		CHECK_INT(pages_post(&f, "/new",
			      fields_of(&shown,
				  arena_printf(f.desk.arena,
				      "name=Bob&email=bob%%40example.org"
				      "&subject=Fi%%22re&serial=X-17"
				      "&body=Please+%s+%s",
				      hook, field))),
		    422);
		CHECK(shows_beside(field));
		CHECK(pages_has(&f, "value=\"bob@example.org\""));
		CHECK(pages_has(&f, "value=\"Fi&quot;re\""));
		CHECK(pages_has(&f, "value=\"X-17\""));
		CHECK(pages_has(&f,
		    arena_printf(f.desk.arena, "\nPlease %s %s</textarea>",
			hook, field)));
		CHECK(strcmp(pages_input(&f, "key"), key) == 0);
		CHECK_INT(count_tickets(), i);
		/* the same form, put right */
		CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 303);
		CHECK_INT(count_tickets(), i + 1);
	}
	pages_teardown(&f);
}

static void
test_api__names_the_field(void)
{
	static const char *const fields[] = { "subject", "body", "email",
		"priority", "all" };
	const char *token;
	int64_t number = 0;

	begin();
	token = pages_token(&f, "read,write", NULL);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const struct json *error, *field;

		printf("# %s\n", fields[i]);
		CHECK_INT(pages_api(&f, token, "POST", "/tickets",
			      arena_printf(f.desk.arena,
				  "{\"subject\":\"Fire\",\"email\":"
				  "\"bob@example.org\","
				  "\"body\":\"refuse %s\"}",
				  fields[i])),
		    422);
		error = json_get(pages_json(&f), "error");
		field = json_get(error, "field");
		CHECK_BYTES(json_text(json_get(error, "code")), "not_so");
		CHECK_BYTES(json_text(json_get(error, "message")),
		    arena_printf(f.desk.arena, "No %s & so on.", fields[i]));
		if (strcmp(fields[i], "all") == 0)
			CHECK_INT(json_type(field), JSON_NULL);
		else
			CHECK_BYTES(json_text(field), fields[i]);
		CHECK_INT(count_tickets(), 0);
	}
	/* a program is no form */
	CHECK_INT(pages_api(&f, token, "POST", "/tickets",
		      "{\"subject\":\"Fire\",\"email\":\"bob@example.org\","
		      "\"body\":\"deny body\"}"),
	    201);
	json_int(json_get(pages_json(&f), "number"), &number);
	CHECK_INT(
	    pages_api(&f, token, "POST",
		arena_printf(f.desk.arena, "/tickets/%d/entries", (int)number),
		"{\"body\":\"refuse body\"}"),
	    422);
	CHECK_BYTES(
	    json_text(json_get(json_get(pages_json(&f), "error"), "field")),
	    "body");
	pages_teardown(&f);
}

/* Those who write on a ticket that is there. */
static void
test_replies__are_kept_when_denied(void)
{
	const char *path, *cookie;

	begin();
	path = ask();
	CHECK_INT(pages_post(&f, arena_printf(f.desk.arena, "%s/reply", path),
		      "body=Please+refuse+body"),
	    422);
	CHECK(shows_beside("body"));
	CHECK(pages_has(&f, "\nPlease refuse body</textarea>"));
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, "/agent/t/1"), 200);
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/t/1/reply", "body=Please+refuse+all"),
	    422);
	CHECK(pages_has(&f, "No all &amp; so on."));
	CHECK(pages_has(&f, "Please refuse all</textarea>"));
	CHECK_INT(pages_post_as(
		      &f, cookie, "/agent/t/1/note", "body=Also+refuse+body"),
	    422);
	CHECK(pages_has(&f, "No body &amp; so on."));
	CHECK(pages_has(&f, "Also refuse body</textarea>"));
	CHECK_INT(pages_post_as(&f, cookie, "/agent/new",
		      "email=eve%40example.org&subject=New&"
		      "body=Please+refuse+subject"),
	    422);
	CHECK(shows_beside("subject"));
	CHECK(pages_has(&f, "Please refuse subject</textarea>"));
	CHECK_INT(desk_field(&f.desk, 1, TICKET_LAST_ENTRY), 1);
	CHECK_INT(count_tickets(), 1);
	pages_teardown(&f);
}

int
main(void)
{
	RUN(test_form__shows_what_a_script_denies);
	RUN(test_api__names_the_field);
	RUN(test_replies__are_kept_when_denied);
	return tap_done();
}
