/* tests/unit/test_setting.c - the settings of a site, and the rights of roles:
 * what the door lets in, and what those who read them get. */
#include "config.h"
#include "core/base/json.h"
#include "core/model/setting.h"
#include "tests/unit/desk_fixture.h"

static enum err
set(struct desk_fixture *f, const char *name, const char *value)
{
	struct act_input input;

	f->why = (struct why){ .message = "" };
	act_input_init(&input, VERB_RECORD_ADD, KIND_SETTING);
	input.actor = actor_system();
	record_set_text(&input.fields, SETTING_NAME, bytes_of(name));
	record_set_text(&input.fields, SETTING_VALUE, bytes_of(value));
	return desk_do(f, &input);
}

/* The words that the last act was refused with. */
static bool
said(struct desk_fixture *f, const char *words)
{
	char text[400];

	return strcmp(why_text(&f->why, text, sizeof text), words) == 0;
}

static void
test_settings__take_what_their_table_says(void)
{
	static const struct {
		const char *name, *value;
		enum err want;
		const char *field;
	} cases[] = {
		{ "tickets.queue", "\"billing\"", ERR_OK, "" },
		{ "tickets.answer_time", "\"soon\"", ERR_OK, "" },
		{ "site.zone", "\"Europe/Berlin\"", ERR_OK, "" },
		{ "mail.tls", "\"none\"", ERR_OK, "" },
		{ "mail.tls/main", "\"\"", ERR_OK, "" },
		{ "mail.verify", "false", ERR_OK, "" },
		{ "mail.size_max", "1000000", ERR_OK, "" },
		{ "mail.per_hour", "1", ERR_OK, "" },
		{ "mail.per_hour/main", "1", ERR_INVALID, "name" },
		{ "files.max", "1000000000000", ERR_OK, "" },
		{ "mail.from", "\"desk@example.com\"", ERR_OK, "" },
		{ "mail.transport", "null", ERR_OK, "" },
		{ "mail.trnsport", "\"folder\"", ERR_INVALID, "name" },
		{ "counter", "1", ERR_INVALID, "name" },
		{ "site.zone/main", "\"UTC\"", ERR_INVALID, "name" },
		{ "mail.tls/elsewhere", "\"none\"", ERR_INVALID, "name" },
		{ "tickets.queue", "\"nowhere\"", ERR_INVALID, "value" },
		{ "tickets.answer_time", "2", ERR_INVALID, "value" },
		{ "tickets.answer_time/main", "\"<b>\"", ERR_OK, "" },
		{ "mail.user", "\"DOMAIN\\\\user\"", ERR_OK, "" },
		{ "mail.user", "\"a\\r\\nQUIT\"", ERR_INVALID, "value" },
		{ "mail.user", "\"a\\u007f\"", ERR_INVALID, "value" },
		{ "site.zone", "\"Mars/Base\"", ERR_INVALID, "value" },
		{ "mail.tls", "\"always\"", ERR_INVALID, "value" },
		{ "mail.verify", "\"no\"", ERR_INVALID, "value" },
		{ "mail.size_max", "999999", ERR_INVALID, "value" },
		{ "mail.size_max", "100000001", ERR_INVALID, "value" },
		{ "mail.size_max", "\"1 GB\"", ERR_INVALID, "value" },
		{ "mail.from", "\"nobody\"", ERR_INVALID, "value" },
		{ "mail.ca_file", "\"ca.pem\"", ERR_INVALID, "value" },
		{ "mail.transport", "\"gopher://x\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"wiki.intranet:8080 [::1]:65535 \"", ERR_OK,
		    "" },
		{ "http.allowed", "\"wiki.intranet\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"wiki:0\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"wiki:65536\"", ERR_INVALID, "value" },
		{ "http.allowed", "\":80\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"::1:80\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"http://wiki:80\"", ERR_INVALID, "value" },
		{ "http.allowed", "\"a:80,b:80\"", ERR_INVALID, "value" },
		{ "mail.user", "no JSON", ERR_INVALID, "value" },
	};
	struct desk_fixture f;

	desk_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s: %s\n", cases[i].name, cases[i].value);
		CHECK_INT(
		    set(&f, cases[i].name, cases[i].value), cases[i].want);
		CHECK(strcmp(f.why.field, cases[i].field) == 0);
	}
	CHECK_INT(set(&f, "mail.trnsport", "\"folder\""), ERR_INVALID);
	CHECK(said(
	    &f, "There is no such setting: did you mean \"mail.transport\"?"));
	CHECK_INT(set(&f, "site.zone/main", "\"UTC\""), ERR_INVALID);
	CHECK(
	    said(&f, "\"site.zone\" is for the whole site, not for a brand."));
	CHECK_INT(set(&f, "mail.tls/main", "\"all\""), ERR_INVALID);
	CHECK(said(
	    &f, "One of these is wanted here: required, opportunistic, none."));
	CHECK_INT(set(&f, "mail.size_max", "1"), ERR_INVALID);
	CHECK(said(&f, "A number from 1000000 to 100000000 is wanted here."));
	desk_teardown(&f);
}

static void
test_settings__are_the_brands_then_the_sites_then_the_usual(void)
{
	static const char *const other[] = { "key", "other", "name", "Other",
		NULL };
	const struct record *main, *second;
	struct desk_fixture f;
	struct site_read read;

	desk_setup(&f);
	desk_add(&f, KIND_BRAND, other);
	CHECK_INT(set(&f, "mail.verify/other", "false"), ERR_OK);
	CHECK_INT(set(&f, "mail.size_max", "2000000"), ERR_OK);
	CHECK_INT(set(&f, "mail.user", "\"desk\""), ERR_OK);
	CHECK_INT(set(&f, "mail.user/other", "\"\""), ERR_OK);
	MUST(site_read_begin(f.site, &read));
	main = directory_find_key(read.directory, KIND_BRAND, BYTES("main"));
	second = directory_find_key(read.directory, KIND_BRAND, BYTES("other"));
	CHECK(setting_int(read.directory, CHOICE_MAIL_VERIFY, NULL) == 1);
	CHECK(setting_int(read.directory, CHOICE_MAIL_VERIFY, main) == 1);
	CHECK(setting_int(read.directory, CHOICE_MAIL_VERIFY, second) == 0);
	CHECK_INT(
	    setting_int(read.directory, CHOICE_MAIL_SIZE_MAX, second), 2000000);
	CHECK(bytes_is(
	    setting_text(read.directory, CHOICE_MAIL_USER, second), "desk"));
	CHECK(bytes_is(
	    setting_text(read.directory, CHOICE_MAIL_TLS, main), "required"));
	CHECK(bytes_is(setting_text(read.directory, CHOICE_ZONE, NULL), "UTC"));
	site_read_end(&read);
	desk_teardown(&f);
}

/* What JSON has to escape comes out as it was typed. */
static void
test_settings__are_read_without_escapes(void)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ "\"DOMAIN\\\\user\"", "DOMAIN\\user" },
		{ "\"\\\"Ann\\\" <ann>\"", "\"Ann\" <ann>" },
		{ "\"\\u00e4/\\u003c\"", "\xc3\xa4/<" },
		{ "\"\"", "" },
		{ "null", "" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct desk_fixture f;
		struct site_read read;

		printf("# %s\n", cases[i].json);
		desk_setup(&f);
		CHECK_INT(set(&f, "mail.user", cases[i].json), ERR_OK);
		MUST(site_read_begin(f.site, &read));
		CHECK_BYTES(
		    setting_text(read.directory, CHOICE_MAIL_USER, NULL),
		    cases[i].text);
		site_read_end(&read);
		desk_teardown(&f);
	}
}

/* Whoever brings a password: it is not to be read in the store. */
static void
test_settings__secrets_are_sealed_by_the_door(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct bytes kept;
	char again[300];

	desk_setup(&f);
	CHECK_INT(set(&f, "mail.password", "\"s3c\\\"ret\""), ERR_OK);
	MUST(site_read_begin(f.site, &read));
	kept = setting_text(read.directory, CHOICE_MAIL_PASSWORD, NULL);
	CHECK(bytes_start_with(kept, BYTES("sealed:")));
	CHECK(memmem(kept.at, kept.len, "s3c", 3) == NULL);
	snprintf(again, sizeof again, "\"%.*s\"", BYTES_ARG(kept));
	site_read_end(&read);
	/* as an import of what was exported brings it */
	CHECK_INT(set(&f, "mail.password/main", again), ERR_OK);
	MUST(site_read_begin(f.site, &read));
	kept = directory_setting(read.directory, "mail.password/main");
	CHECK(bytes_is(kept, again));
	site_read_end(&read);
	desk_teardown(&f);
}

static void
test_settings__of_a_script_are_those_it_declares(void)
{
	struct desk_fixture f;

	desk_setup(&f);
	CHECK_INT(set(&f, "script/later", "{\"any\":1}"), ERR_OK);
	CHECK(f.result.warning.message == NULL); /* there are none yet */
	CHECK_INT(set(&f, "script/later", "[]"), ERR_INVALID);
	desk_script(&f, "pick",
	    "desk.settings{\n"
	    "  after = { type = 'duration', default = '2h' },\n"
	    "  times = { type = 'integer', min = 1, max = 5 },\n"
	    "  how = { type = 'word', words = { 'soft', 'loud' } } }\n");
	CHECK_INT(set(&f, "script/pick", "{\"aftr\":\"1h\"}"), ERR_INVALID);
	CHECK(said(&f, "There is no such setting: did you mean \"after\"?"));
	CHECK_INT(set(&f, "script/pick", "{\"after\":1}"), ERR_INVALID);
	CHECK(said(&f, "A value of the type duration is wanted here."));
	CHECK_INT(set(&f, "script/pick", "{\"times\":1.5}"), ERR_INVALID);
	CHECK_INT(set(&f, "script/pick", "{\"times\":6}"), ERR_INVALID);
	CHECK(said(&f, "It is 5 at most."));
	CHECK_INT(set(&f, "script/pick", "{\"how\":\"quick\"}"), ERR_INVALID);
	CHECK(said(&f, "One of these is wanted here: soft, loud."));
	CHECK(strcmp(f.why.field, "how") == 0);
	CHECK_INT(set(&f, "script/pick",
		      "{\"after\":\"1h\",\"times\":5,\"how\":null}"),
	    ERR_OK);
	CHECK(f.result.warning.message == NULL);
	printf("# of none, it is said\n");
	CHECK_INT(set(&f, "script/pik", "{}"), ERR_OK);
	f.why = f.result.warning;
	CHECK(said(&f, "There is no such script: did you mean \"pick\"?"));
	CHECK_INT(set(&f, "script/elsewhere", "{}"), ERR_OK);
	f.why = f.result.warning;
	CHECK(said(&f, "There is no script \"elsewhere\" yet."));
	desk_teardown(&f);
}

static void
test_roles__have_rights_that_there_are(void)
{
	static const struct {
		const char *rights, *words; /* NULL: taken */
	} cases[] = {
		{ "*:see", NULL },
		{ "billing:all", NULL },
		{ "*:sea", "There is no such right: did you mean \"see\"?" },
		{ "*:everything",
		    "There is no right \"everything\": choose among see, "
		    "note, reply, assign, manage and all." },
		{ "reply",
		    "Rights are written as QUEUE:RIGHT, for example *:see." },
	};
	struct act_input input;
	struct desk_fixture f;
	char key[8];

	desk_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].rights);
		act_input_init(&input, VERB_RECORD_ADD, KIND_ROLE);
		input.actor = actor_system();
		snprintf(key, sizeof key, "r%d", (int)i);
		desk_set(&f, &input, "key", key);
		desk_set(&f, &input, "label", key);
		desk_set(&f, &input, "rights", cases[i].rights);
		CHECK_INT(desk_do(&f, &input),
		    cases[i].words == NULL ? ERR_OK : ERR_INVALID);
		CHECK(cases[i].words == NULL || said(&f, cases[i].words));
	}
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_settings__take_what_their_table_says);
	RUN(test_settings__are_the_brands_then_the_sites_then_the_usual);
	RUN(test_settings__are_read_without_escapes);
	RUN(test_settings__secrets_are_sealed_by_the_door);
	RUN(test_settings__of_a_script_are_those_it_declares);
	RUN(test_roles__have_rights_that_there_are);
	return tap_done();
}
