/* tests/unit/test_desk_scripts.c - a desk with scripts: hooks, jobs, timers.
 */
#include "config.h"
#include "core/base/paths.h"
#include "core/cli/output.h"
#include "core/desk/job.h"
#include "core/desk/quota.h"
#include "core/model/ticket.h"
#include "core/web/translate.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */

/* The text of the newest entry of a type, or its reason if it has none. */
static const char *
last_entry(struct desk_fixture *f, uint64_t ticket, enum entry_type type)
{
	uint64_t sequence = 0;
	struct site_read read;
	struct record entry;
	const char *text = "";

	MUST(site_read_begin(f->site, &read));
	while (
	    timeline_next(read.snapshot, ticket, &sequence, &entry) == ERR_OK) {
		struct bytes found = record_text(&entry,
		    type == ENTRY_IS_EVENT      ? ENTRY_EVENT :
			type == ENTRY_IS_CHANGE ? ENTRY_SCRIPT :
						  ENTRY_BODY);

		if (record_int(&entry, ENTRY_TYPE) == (int64_t)type)
			text = arena_copy(f->arena, found.at, found.len);
	}
	site_read_end(&read);
	return text;
}

static size_t
count_failed(struct desk_fixture *f)
{
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (job_next_failed(read.snapshot, &at, &run) == ERR_OK) {
		printf("# set aside: %.*s: %.*s\n",
		    BYTES_ARG(record_text(&run.job, JOB_NAME)),
		    BYTES_ARG(record_text(&run.job, JOB_ERROR)));
		count++;
	}
	site_read_end(&read);
	return count;
}

static void
test_routing__chooses_the_queue_with_its_reason(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "route",
	    "desk.on('ticket.routing', { name = 'words' }, function(event)\n"
	    "  local word = desk.word_in({ event.ticket.subject,\n"
	    "      event.ticket.text }, { 'refund', 'iade' })\n"
	    "  if word then\n"
	    "    event.ticket:set({ priority = 'high' }, 'the word ' .. word)\n"
	    "    return event:choose('billing', 'the word ' .. word)\n"
	    "  end\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "A Refund!", "please");
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_HIGH);
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 2);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_CHANGE), "route/words") ==
	    0);
	number = desk_submit(&f, "bob@example.org", "Hello", "nothing");
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 1);
	desk_teardown(&f);
}

static void
test_deny__shows_its_words_and_stores_nothing(void)
{
	struct desk_fixture f;

	desk_setup(&f);
	desk_script(&f, "check",
	    "desk.on('form.validating', { name = 'length' },\n"
	    "function(event)\n"
	    "  if #event.ticket.text < 10 then\n"
	    "    return event:deny{ field = 'body',\n"
	    "        message = 'Tell us a little more.' }\n"
	    "  end\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hi", "short") == 0);
	CHECK_BYTES(f.result.refusal, "Tell us a little more.");
	CHECK(strcmp(f.why.field, "body") == 0);
	CHECK(desk_submit(&f, "bob@example.org", "Hi", "long enough now") != 0);
	desk_teardown(&f);
}

static void
test_mail__stops_no_answer(void)
{
	struct desk_fixture f;
	struct act_input input;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "confirm",
	    "desk.on('ticket.created', { name = 'mail' }, function(event)\n"
	    "  event.ticket:mail{ template = 'confirmation' }\n"
	    "end)\n"
	    "desk.on('reply.received', { name = 'note' }, function(event)\n"
	    "  event.ticket:note('He wrote again.')\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hello", "one");
	desk_run_jobs(&f);
	CHECK(last_entry(&f, number, ENTRY_IS_EVENT)[0] != '\0');
	act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	input.body = BYTES("an answer");
	input.seen = 1;
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	printf("# what a script notes does\n");
	input.seen = (uint64_t)desk_field(&f, number, TICKET_LAST_ENTRY);
	MUST(desk_reply(&f,
	    (struct actor){ .kind = BY_CUSTOMER, .ticket = number }, number,
	    "two"));
	CHECK_INT(desk_do(&f, &input), ERR_STALE);
	input.seen = (uint64_t)desk_field(&f, number, TICKET_LAST_ENTRY);
	desk_run_jobs(&f);
	CHECK_INT(desk_do(&f, &input), ERR_STALE);
	desk_teardown(&f);
}

static void
test_after__runs_once_and_notes(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "greet",
	    "desk.on('ticket.created', { name = 'note' }, function(event)\n"
	    "  event.ticket:note('seen ' .. event.ticket.number)\n"
	    "  event.ticket:tag('new')\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	desk_run_jobs(&f);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_NOTE),
		  arena_printf(
		      f.arena, "seen %llu", (unsigned long long)number)) == 0);
	CHECK_INT(count_failed(&f), 0);
	desk_teardown(&f);
}

static void
test_timer__fires_unless_something_came(void)
{
	struct desk_fixture f;
	uint64_t waiting, answered;

	desk_setup(&f);
	desk_script(&f, "remind",
	    "desk.on('ticket.waiting', { name = 'start' }, function(event)\n"
	    "  event.ticket:after('6h', 'remind',\n"
	    "      { unless = { 'ticket.answered', 'ticket.closed' } })\n"
	    "end)\n"
	    "desk.job('remind', function(ticket)\n"
	    "  ticket:set({ priority = 'urgent' }, 'six hours')\n"
	    "  ticket:assign{ by = 'load' }\n"
	    "end)\n");
	waiting = desk_submit(&f, "bob@example.org", "One", "text");
	answered = desk_submit(&f, "eve@example.org", "Two", "text");
	desk_run_jobs(&f);
	clock_advance(&f.clock, CLOCK_HOUR_US);
	MUST(desk_reply(&f, actor_agent(ANN), answered, "there"));
	clock_advance(&f.clock, 6 * CLOCK_HOUR_US);
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, waiting, TICKET_PRIORITY), PRIORITY_URGENT);
	CHECK_INT(desk_field(&f, waiting, TICKET_OWNER), ANN);
	CHECK_INT(desk_field(&f, answered, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(count_failed(&f), 0);
	desk_teardown(&f);
}

static void
test_circle__ends_with_a_report(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "ping",
	    "desk.on('ticket.updated', { name = 'a' }, function(event)\n"
	    "  event.ticket:tag('a' .. event.ticket.agent_replies)\n"
	    "  event.ticket:set({ priority = 'high' })\n"
	    "end)\n");
	desk_script(&f, "pong",
	    "desk.on('ticket.updated', { name = 'b' }, function(event)\n"
	    "  event.ticket:set({ priority = 'low' })\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	MUST(desk_reply(&f, actor_agent(ANN), number, "go"));
	desk_run_jobs(&f);
	CHECK(count_failed(&f) > 0);
	desk_teardown(&f);
}

static void
test_failing__is_set_aside_and_others_go_on(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "bad",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  error('no luck')\n"
	    "end)\n");
	desk_script(&f, "good",
	    "desk.on('ticket.created', { name = 'y' }, function(event)\n"
	    "  event.ticket:tag('fine')\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	CHECK_INT(count_failed(&f), 1);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_CHANGE), "good/y") == 0);
	desk_teardown(&f);
}

static void
test_store__counts_once_a_run(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct record value;

	desk_setup(&f);
	desk_script(&f, "count",
	    "desk.on('ticket.created', { name = 'n' }, function(event)\n"
	    "  desk.store:add('tickets', 1)\n"
	    "end)\n");
	for (int i = 0; i < 5; i++)
		CHECK(desk_submit(&f, "bob@example.org", "Hi", "text") != 0);
	desk_run_jobs(&f);
	MUST(site_read_begin(f.site, &read));
	MUST(record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
	    BYTES("count/tickets"), &value));
	CHECK_BYTES(record_text(&value, VALUE_VALUE), "5");
	site_read_end(&read);
	desk_teardown(&f);
}

static void
test_mail__is_queued_or_withheld_with_why(void)
{
	struct desk_fixture f;
	uint64_t number = 0;

	desk_setup(&f);
	desk_script(&f, "auto",
	    "desk.on('ticket.created', { name = 'mail' }, function(event)\n"
	    "  event.ticket:mail{ template = 'confirmation',\n"
	    "      to = 'customer' }\n"
	    "end)\n");
	desk_add(&f, KIND_CUSTOMER,
	    (const char *const[]){
		"email", "bob@example.org", "verified", "true", NULL });
	for (int i = 0; i < 5; i++)
		number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_EVENT),
		  "autoreply.sent") == 0);
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_EVENT),
		  "autoreply.withheld") == 0);
	CHECK_INT(count_failed(&f), 0);
	desk_teardown(&f);
}

static void
test_every__runs_at_its_times(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct record value;

	desk_setup(&f);
	desk_script(&f, "tick",
	    "desk.every('1h', { name = 'hour' }, function(job)\n"
	    "  desk.store:add('hours', 1)\n"
	    "end)\n");
	for (int i = 0; i < 3; i++) {
		clock_advance(&f.clock, CLOCK_HOUR_US);
		desk_run_jobs(&f);
		desk_run_jobs(&f);
	}
	MUST(site_read_begin(f.site, &read));
	MUST(record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
	    BYTES("tick/hours"), &value));
	CHECK_BYTES(record_text(&value, VALUE_VALUE), "3");
	site_read_end(&read);
	desk_teardown(&f);
}

/* A failed -ing handler's changes are dropped, the agent's account stays. */
static void
test_before__drops_all_that_a_failed_handler_wished(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	struct record entry;
	uint64_t number, sequence = 1;

	desk_setup(&f);
	desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "active", "true", NULL });
	desk_script(&f, "bad",
	    "desk.on('ticket.updating', { name = 'x' }, function(event)\n"
	    "  event.ticket:set({ priority = 'high' })\n"
	    "  event.ticket:assign{ to = desk.agent('lou') }\n"
	    "end)\n");
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "status", "closed");
	MUST(desk_do(&f, &input));
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_field(&f, number, TICKET_STATUS), STATUS_CLOSED);
	MUST(site_read_begin(f.site, &read));
	MUST(timeline_next(read.snapshot, number, &sequence, &entry));
	CHECK_INT(record_int(&entry, ENTRY_BY), BY_AGENT);
	CHECK(!record_has(&entry, ENTRY_SCRIPT));
	CHECK(record_has(&entry, ENTRY_CHANGES));
	CHECK_INT(timeline_next(read.snapshot, number, &sequence, &entry),
	    ERR_NOT_FOUND);
	site_read_end(&read);
	desk_teardown(&f);
}

static void
test_load__keeps_the_last_good_version(void)
{
	struct desk_fixture f;
	uint64_t number;

	desk_setup(&f);
	desk_script(&f, "tagger",
	    "desk.on('ticket.created', { name = 't' }, function(event)\n"
	    "  event.ticket:tag('good')\n"
	    "end)\n");
	desk_script(&f, "tagger", "desk.on('ticket.created', {\n");
	site_close(f.site);
	desk_open(&f);
	number = desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	CHECK(strcmp(last_entry(&f, number, ENTRY_IS_CHANGE), "tagger/t") == 0);
	desk_teardown(&f);
}

static void
test_scripts_have_changed__sees_new_keys_and_settings(void)
{
	static const char *const queue[] = { "key", "sales", "label", "Sales",
		NULL };
	static const char *const setting[] = { "name", "script/pick", "value",
		"{\"to\":\"sales\"}", NULL };
	static const char *const other[] = { "name", "mail.user", "value",
		"\"desk\"", NULL };
	struct desk_fixture f;

	desk_setup(&f);
	desk_script(&f, "pick",
	    "local settings = desk.settings{ to = { type = 'queue' } }\n"
	    "desk.on('ticket.routing', { name = 'to' }, function(event)\n"
	    "  if settings.to then return event:choose(settings.to) end\n"
	    "end)\n");
	CHECK(!scripts_have_changed(f.site));
	desk_add(&f, KIND_SETTING, other);
	CHECK(!scripts_have_changed(f.site));
	desk_add(&f, KIND_QUEUE, queue);
	CHECK(scripts_have_changed(f.site));
	MUST(scripts_load(f.site, NULL, &f.why));
	CHECK(!scripts_have_changed(f.site));
	desk_add(&f, KIND_SETTING, setting);
	CHECK(scripts_have_changed(f.site));
	MUST(scripts_load(f.site, NULL, &f.why));
	CHECK_INT(desk_field(&f, desk_submit(&f, "bob@example.org", "Hi", "x"),
		      TICKET_QUEUE),
	    3);
	desk_teardown(&f);
}

/* What a script says in the reader's language, with what it fills in; what
 * has no translation is said as it is. */
static void
test_tr__says_it_in_the_readers_language(void)
{
	struct desk_fixture f;
	struct site_options options = { .dir = f.dir,
		.share_dir = f.dir,
		.clock = &f.clock,
		.is_unsynced = true,
		.map_size = FIXTURE_MAP,
		.min_free_set = true,
		.output = &output_quiet };
	struct site_read read;
	struct record value;

	MUST(translate_start(path_get(PATH_LOCALEDIR)));
	desk_setup(&f);
	site_close(f.site);
	MUST(site_open(&options, &f.site, &f.why));
	desk_script(&f, "say",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  local vars = { name = 'Lou' }\n"
	    "  local text = '{name} may not see this queue.'\n"
	    "  local said = {}\n"
	    "  for _, language in ipairs{ 'en', 'de', 'de-at', 'ms', 'xx' } "
	    "do\n"
	    "    said[#said + 1] = desk.tr(text, vars, language)\n"
	    "  end\n"
	    "  said[#said + 1] = desk.tr('Owner')\n"
	    "  said[#said + 1] = desk.tr('No such {name}', vars, 'de')\n"
	    "  desk.store:set('said', table.concat(said, '/'))\n"
	    "end)\n");
	CHECK(desk_submit(&f, "bob@example.org", "Hello", "text") != 0);
	desk_run_jobs(&f);
	MUST(site_read_begin(f.site, &read));
	MUST(record_find_by(read.snapshot, KIND_VALUE, INDEX_VALUE_NAME,
	    BYTES("say/said"), &value));
	CHECK_BYTES(record_text(&value, VALUE_VALUE),
	    "\"Lou may not see this queue./"
	    "Lou darf diese Warteschlange nicht sehen./"
	    "Lou darf diese Warteschlange nicht sehen./"
	    "Lou may not see this queue./"
	    "Lou may not see this queue./"
	    "Owner/"
	    "No such Lou\"");
	site_read_end(&read);
	desk_teardown(&f);
}

#define FILLERS 150 /* runs; each keeps 30 times 16 000 bytes */

/* Set aside for this reason. */
static int
refused_for(struct desk_fixture *f, const char *words)
{
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;
	int count = 0;

	MUST(site_read_begin(f->site, &read));
	while (job_next_failed(read.snapshot, &at, &run) == ERR_OK)
		count += bytes_find(record_text(&run.job, JOB_ERROR),
			     bytes_of(words)) != NULL;
	site_read_end(&read);
	return count;
}

static void
test_store__keeps_so_much_and_no_more(void)
{
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	int64_t bytes = 0;
	int refused;

	desk_fixture_map = 512 * 1024 * 1024;
	desk_setup(&f);
	desk_script(&f, "t",
	    "desk.on('ticket.created', { name = 'fill' }, function(event)\n"
	    "  local ticket, text = event.ticket, ('x'):rep(16000)\n"
	    "  for i = 1, 30 do\n"
	    "    desk.store:set(ticket.number .. ' ' .. i,\n"
	    "      ticket.subject == 'Fill' and text)\n"
	    "  end\n"
	    "end)\n"
	    "desk.on('ticket.closed', { name = 'free' }, function(event)\n"
	    "  for i = 1, 30 do\n"
	    "    desk.store:set(event.ticket.number .. ' ' .. i, nil)\n"
	    "  end\n"
	    "end)\n");
	for (int i = 0; i < FILLERS; i++) {
		CHECK(desk_submit(&f, "eve@example.org", "Fill", "x") != 0);
		desk_run_jobs(&f);
		arena_reset(f.arena);
	}
	refused = refused_for(&f, "desk.store is full");
	printf("# %d runs were refused\n", refused);
	CHECK(refused > 0 && refused < FILLERS / 4);
	MUST(site_read_begin(f.site, &read));
	MUST(quota_values(&read, &bytes));
	site_read_end(&read);
	CHECK(bytes <= QUOTA_VALUES_MAX && bytes > QUOTA_VALUES_MAX * 9 / 10);
	/* what is removed makes room again, after a while */
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = 1;
	desk_set(&f, &input, "status", "closed");
	MUST(desk_do(&f, &input));
	desk_run_jobs(&f);
	clock_advance(&f.clock, CLOCK_MINUTE_US);
	CHECK(desk_submit(&f, "eve@example.org", "Fill", "x") != 0);
	desk_run_jobs(&f);
	CHECK_INT(refused_for(&f, "desk.store is full"), refused);
	desk_teardown(&f);
	desk_fixture_map = FIXTURE_MAP;
}

int
main(void)
{
	RUN(test_tr__says_it_in_the_readers_language);
	RUN(test_routing__chooses_the_queue_with_its_reason);
	RUN(test_deny__shows_its_words_and_stores_nothing);
	RUN(test_mail__stops_no_answer);
	RUN(test_after__runs_once_and_notes);
	RUN(test_timer__fires_unless_something_came);
	RUN(test_circle__ends_with_a_report);
	RUN(test_failing__is_set_aside_and_others_go_on);
	RUN(test_store__counts_once_a_run);
	RUN(test_mail__is_queued_or_withheld_with_why);
	RUN(test_every__runs_at_its_times);
	RUN(test_before__drops_all_that_a_failed_handler_wished);
	RUN(test_load__keeps_the_last_good_version);
	RUN(test_scripts_have_changed__sees_new_keys_and_settings);
	RUN(test_store__keeps_so_much_and_no_more);
	return tap_done();
}
