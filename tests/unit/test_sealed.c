/* tests/unit/test_sealed.c - secret settings of scripts are kept sealed. */
#include "config.h"
#include "core/desk/sealed.h"
#include "tests/unit/desk_fixture.h"

#define SCRIPT \
	"local s = desk.settings{ token = { type = 'string', secret = true }, " \
	"open = { type = 'string' } }\n" \
	"desk.on('ticket.creating', { name = 'a' }, function(event)\n" \
	"  if s.token == 'tr\"ue' then event.ticket:tag('told') end\nend)\n"

static struct desk_fixture f;

static void
give(const char *value)
{
	struct act_input input;
	struct site_read read;
	const struct record *old;

	act_input_init(&input, VERB_RECORD_ADD, KIND_SETTING);
	input.actor = actor_system();
	MUST(site_read_begin(f.site, &read));
	old = directory_find_key(
	    read.directory, KIND_SETTING, BYTES("script/chat"));
	if (old != NULL) {
		input.verb = VERB_RECORD_UPDATE;
		input.subject = old->id;
	} else {
		record_set_text(
		    &input.fields, SETTING_NAME, BYTES("script/chat"));
	}
	site_read_end(&read);
	record_set_text(&input.fields, SETTING_VALUE, bytes_of(value));
	MUST(desk_do(&f, &input));
}

static struct bytes
kept(void)
{
	struct site_read read;
	struct bytes value;

	MUST(site_read_begin(f.site, &read));
	value = directory_setting(read.directory, "script/chat");
	value.at = arena_copy(f.arena, value.at, value.len);
	site_read_end(&read);
	return value;
}

static bool
is_told(void)
{
	uint64_t number;
	struct record ticket;
	struct site_read read;
	bool is_it;

	must(scripts_load(f.site, NULL, &f.why), f.why.message);
	number = desk_submit(&f, "wanda@example.org", "Smoke", "It smokes.");
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	is_it = list_has_text(record_text(&ticket, TICKET_TAGS), BYTES("told"));
	site_read_end(&read);
	return is_it;
}

static bool
is_kept_sealed(void)
{
	struct bytes value = kept();

	printf("# %.*s\n", BYTES_ARG(value));
	return bytes_find(value, BYTES("tr\\\"ue")) == NULL &&
	    bytes_find(value, BYTES("\"token\":\"sealed:")) != NULL &&
	    bytes_find(value, BYTES("\"open\":\"seen\"")) != NULL;
}

static void
test_settings__of_scripts_keep_secrets_sealed(void)
{
	desk_setup(&f);
	desk_script(&f, "chat", SCRIPT);
	give("{\"token\":\"tr\\\"ue\",\"open\":\"seen\"}");
	CHECK(is_kept_sealed());
	CHECK(is_told());
	/* as it is kept it is taken again */
	give(arena_printf(f.arena, "%.*s", BYTES_ARG(kept())));
	CHECK(is_kept_sealed());
	CHECK(is_told());
	desk_teardown(&f);
}

/* Given before there was a script to say that it is secret. */
static void
test_load__seals_what_was_given_before(void)
{
	desk_setup(&f);
	give("{\"token\":\"tr\\\"ue\",\"open\":\"seen\"}");
	CHECK(!is_kept_sealed());
	desk_script(&f, "chat", SCRIPT);
	CHECK(is_kept_sealed());
	CHECK(is_told());
	CHECK(!scripts_have_changed(f.site)); /* they were told the same */
	desk_teardown(&f);
}

static void
test_load__leaves_out_what_another_site_sealed(void)
{
	desk_setup(&f);
	desk_script(&f, "chat", SCRIPT);
	give(
	    "{\"token\":\"sealed:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	    "AAAAAAAAAAAAAAAAAAAA\",\"open\":\"seen\"}");
	CHECK(!is_told());
	CHECK(bytes_find(kept(), BYTES("sealed:AAAA")) != NULL);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_settings__of_scripts_keep_secrets_sealed);
	RUN(test_load__seals_what_was_given_before);
	RUN(test_load__leaves_out_what_another_site_sealed);
	return tap_done();
}
