/* tests/unit/test_shipped.c - which scripts a desk has at work, and what the
 * shipped ones lean on. */
#include "config.h"
#include "core/desk/job.h"
#include "core/desk/scripts.h"
#include "tests/unit/desk_fixture.h"

#include <sys/stat.h>

/* How a script stands: "on", "off", or "unknown"; "shipped " before it. */
static const char *
state_of(struct desk_fixture *f, const char *name)
{
	const struct record *script;
	struct site_read read;
	const char *state = "unknown";

	MUST(site_read_begin(f->site, &read));
	script = directory_find_key(
	    read.directory, KIND_SCRIPT, bytes_of(name));
	if (script != NULL && record_int(script, SCRIPT_IS_SHIPPED))
		state = record_int(script, SCRIPT_IS_OFF) ? "shipped off" :
							    "shipped on";
	else if (script != NULL)
		state = record_int(script, SCRIPT_IS_OFF) ? "off" : "on";
	site_read_end(&read);
	return state;
}

static void
switch_script(struct desk_fixture *f, const char *name, bool is_on)
{
	struct act_input input;
	struct site_read read;

	act_input_init(&input, VERB_SCRIPT_SWITCH, KIND_SCRIPT);
	input.actor = actor_system();
	input.is_off = !is_on;
	MUST(site_read_begin(f->site, &read));
	input.subject =
	    directory_find_key(read.directory, KIND_SCRIPT, bytes_of(name))->id;
	site_read_end(&read);
	MUST(desk_do(f, &input));
	MUST(scripts_load(f->site, NULL, &f->why));
}

/* A desk whose share folder is one of its own. */
static void
open_with_share(struct desk_fixture *f, char share[PATH_MAX + 8])
{
	struct site_options options = { .dir = f->dir,
		.share_dir = share,
		.clock = &f->clock,
		.is_unsynced = true,
		.map_size = FIXTURE_MAP,
		.min_free_set = true };

	site_close(f->site);
	snprintf(share, PATH_MAX + 8, "%s/share", f->dir);
	must(site_open(&options, &f->site, &f->why), f->why.message);
}

static void
test_load__begins_shipped_scripts_switched_off(void)
{
	static const char tagger[] =
	    "desk.on('ticket.creating', { name = 'tag' }, function(event)\n"
	    "  event.ticket:tag('%s')\n"
	    "end)\n";
	struct desk_fixture f;
	char share[PATH_MAX + 8], path[PATH_MAX + 64];
	static const char *const names[] = { "routing", "later" };

	desk_setup(&f);
	snprintf(path, sizeof path, "%s/share", f.dir);
	CHECK(mkdir(path, 0700) == 0);
	snprintf(path, sizeof path, "%s/share/scripts", f.dir);
	CHECK(mkdir(path, 0700) == 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/share/scripts/%s.lua", f.dir,
		    names[i]);
		MUST(file_replace(path, 0600,
		    bytes_of(arena_printf(f.arena, tagger, names[i])), NULL));
	}
	open_with_share(&f, share);
	CHECK_BYTES(bytes_of(state_of(&f, "routing")), "shipped on");
	CHECK_BYTES(bytes_of(state_of(&f, "later")), "shipped off");
	CHECK(desk_has_tag(
	    &f, desk_submit(&f, "c@example.org", "a", "b"), "routing"));
	CHECK(!desk_has_tag(
	    &f, desk_submit(&f, "c@example.org", "a", "b"), "later"));

	switch_script(&f, "later", true);
	CHECK_BYTES(bytes_of(state_of(&f, "later")), "shipped on");
	CHECK(desk_has_tag(
	    &f, desk_submit(&f, "c@example.org", "a", "b"), "later"));
	switch_script(&f, "later", false);
	MUST(scripts_load(f.site, NULL, &f.why));
	CHECK_BYTES(bytes_of(state_of(&f, "later")), "shipped off");

	/* A file of the site's own takes its place, and is at work. */
	desk_script(&f, "later", arena_printf(f.arena, tagger, "mine"));
	CHECK_BYTES(bytes_of(state_of(&f, "later")), "on");
	CHECK(desk_has_tag(
	    &f, desk_submit(&f, "c@example.org", "a", "b"), "mine"));
	switch_script(&f, "later", false);
	MUST(scripts_load(f.site, NULL, &f.why));
	CHECK_BYTES(bytes_of(state_of(&f, "later")), "off");
	desk_teardown(&f);
}

static void
test_spam_scoring__takes_a_score(void)
{
	struct desk_fixture f;
	uint64_t low, high;

	desk_setup(&f);
	desk_script(&f, "spam",
	    "desk.on('spam.scoring', { name = 'score' }, function(event)\n"
	    "  return event:choose(#event.ticket.subject, 'its length')\n"
	    "end)\n");
	low = desk_submit(&f, "c@example.org", "four", "b");
	high = desk_submit(&f, "c@example.org",
	    "More than a hundred characters in a line, which is what this "
	    "test takes for spam, as nobody in his right mind would.",
	    "b");
	CHECK_INT(desk_field(&f, low, TICKET_SPAM_SCORE), 4);
	CHECK_INT(desk_field(&f, low, TICKET_PLACE), PLACE_DESK);
	CHECK_INT(desk_field(&f, high, TICKET_SPAM_SCORE), 116);
	CHECK_INT(desk_field(&f, high, TICKET_PLACE), PLACE_SPAM);
	desk_teardown(&f);
}

static void
test_mail__goes_to_addresses_that_the_settings_name(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct job_at at = { .number = 0 };
	struct job_run run;

	desk_setup(&f);
	desk_script(&f, "report",
	    "local settings = desk.settings { to = { type = 'string',\n"
	    "  default = 'default@example.net' } }\n"
	    "desk.on('ticket.created', { name = 'r' }, function(event)\n"
	    "  desk.mail { to = event.ticket.subject, template = 'mail' }\n"
	    "end)\n");
	(void)desk_add(&f, KIND_SETTING,
	    (const char *const[]){ "name", "script/report", "value",
		"{\"to\":\"boss@example.net\"}", NULL });
	MUST(scripts_load(f.site, NULL, &f.why));
	(void)desk_submit(&f, "c@example.org", "boss@example.net", "b");
	desk_run_jobs(&f);
	MUST(site_read_begin(f.site, &read));
	CHECK(job_next_failed(read.snapshot, &at, &run) == ERR_NOT_FOUND);
	site_read_end(&read);

	(void)desk_submit(&f, "c@example.org", "oss@example.net", "b");
	for (int i = 0; i < 40; i++) { /* until it is given up */
		clock_set(&f.clock,
		    clock_read(&f.clock) + 12 * 3600 * CLOCK_SECOND_US);
		desk_run_jobs(&f);
	}
	at = (struct job_at){ .number = 0 };
	MUST(site_read_begin(f.site, &read));
	CHECK(job_next_failed(read.snapshot, &at, &run) == ERR_OK);
	CHECK(bytes_find(record_text(&run.job, JOB_ERROR),
		  BYTES("is not in this script's settings")) != NULL);
	site_read_end(&read);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_load__begins_shipped_scripts_switched_off);
	RUN(test_spam_scoring__takes_a_score);
	RUN(test_mail__goes_to_addresses_that_the_settings_name);
	return tap_done();
}
