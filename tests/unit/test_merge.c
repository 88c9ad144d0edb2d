/* tests/unit/test_merge.c - a ticket that goes on in another one: who may, what
 * both say, where the customer's link leads, and how it is taken apart.
 */
#include "config.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "tests/tap.h"
#include "tests/unit/pages_agent.h"

#define ANN 1
#define BOB "bob@example.org"

static struct pages_fixture f;
static uint64_t first, second; /* tickets of Bob */

static enum err
merge(uint64_t agent, uint64_t ticket, uint64_t into)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_MERGE, KIND_TICKET);
	input.actor = actor_agent(agent);
	input.subject = ticket;
	input.into = into;
	return desk_do(&f.desk, &input);
}

static void
change(uint64_t ticket, const char *name, const char *text)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	desk_set(&f.desk, &input, name, text);
	MUST(desk_do(&f.desk, &input));
}

static void
note(uint64_t ticket, const char *words)
{
	struct act_input input;

	act_input_init(&input, VERB_NOTE_ADD, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.body = bytes_of(words);
	MUST(desk_do(&f.desk, &input));
}

/* /t/TOKEN of a ticket: as a mail has it, or as the form gives it to whoever
 * has typed the address. */
static const char *
link_of(uint64_t ticket, bool is_mailed)
{
	char token[TOKEN_TEXT_SIZE];
	struct record record, customer;
	struct site_read read;
	struct bytes url;
	const char *path;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&record, TICKET_CUSTOMER), &customer));
	token_make(f.desk.site, &record, TOKEN_LINK, token);
	url = token_mailed_url(
	    f.desk.site, read.directory, &record, &customer, f.desk.arena);
	path = is_mailed ? bytes_find(url, BYTES("/t/")) :
			   arena_printf(f.desk.arena, "/t/%s", token);
	path = arena_printf(f.desk.arena, "%.*s",
	    is_mailed ? (int)(url.at + url.len - path) : (int)strlen(path),
	    path);
	site_read_end(&read);
	return path;
}

static const char *
page_of(uint64_t ticket)
{
	return link_of(ticket, true);
}

static const char *
agent_page(uint64_t ticket)
{
	return arena_printf(
	    f.desk.arena, "/agent/t/%llu", (unsigned long long)ticket);
}

static void
begin(void)
{
	pages_setup(&f);
	first = desk_submit(&f.desk, BOB, "Lamp", "The lamp flickers.");
	MUST(desk_reply(&f.desk, actor_agent(ANN), first, "Since when?"));
	clock_advance(&f.desk.clock, CLOCK_HOUR_US);
	second = desk_submit(&f.desk, BOB, "Lamp again", "Since yesterday!");
	desk_run_jobs(&f.desk);
}

static int64_t
merged_into(uint64_t ticket)
{
	return desk_field(&f.desk, ticket, TICKET_MERGED_INTO);
}

static void
test_merge__closes_one_and_goes_on_in_the_other(void)
{
	begin();
	desk_script(&f.desk, "later",
	    "desk.on('note.added', { name = 'put off' }, function(event)\n"
	    "  event.ticket:after('1h', 'nag')\n"
	    "end)\n"
	    "desk.job('nag', function(ticket) ticket:tag('nagged') end)\n");
	note(second, "Later.");
	note(first, "Later.");
	desk_run_jobs(&f.desk);
	CHECK_INT(desk_field(&f.desk, first, TICKET_STATUS), STATUS_PENDING);
	change(second, "priority", "high");
	MUST(merge(ANN, second, first));
	CHECK_INT(desk_field(&f.desk, second, TICKET_STATUS), STATUS_CLOSED);
	CHECK_INT(merged_into(second), first);
	/* somebody waits for the one that goes on now, as long as before */
	CHECK_INT(desk_field(&f.desk, first, TICKET_STATUS), STATUS_OPEN);
	CHECK_INT(desk_field(&f.desk, first, TICKET_WAITING_SINCE),
	    desk_field(&f.desk, second, TICKET_CREATED));
	/* what was put off is, for the one that goes on */
	clock_advance(&f.desk.clock, 2 * CLOCK_HOUR_US);
	desk_run_jobs(&f.desk);
	CHECK(desk_has_tag(&f.desk, first, "nagged"));
	CHECK(!desk_has_tag(&f.desk, second, "nagged"));
	pages_teardown(&f);
}

static void
test_merge__is_refused_with_the_reason(void)
{
	uint64_t eve, light, third;

	begin();
	eve = desk_submit(&f.desk, "eve@example.org", "Mine", "Private.");
	light = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "light", "active", "true", NULL });
	third = desk_submit(&f.desk, BOB, "Third", "And this.");
	CHECK_INT(merge(ANN, second, second), ERR_INVALID);
	CHECK_BYTES(bytes_of(f.desk.why.field), "into");
	CHECK_INT(merge(ANN, second, 4711), ERR_INVALID);
	printf("# of another customer, who would read it\n");
	CHECK_INT(merge(ANN, eve, second), ERR_INVALID);
	CHECK_INT(merge(ANN, second, eve), ERR_INVALID);
	printf("# by who may not\n");
	CHECK_INT(merge(light, second, first), ERR_DENIED);
	change(third, "place", "trash");
	CHECK_INT(merge(ANN, second, third), ERR_INVALID);
	CHECK_INT(merge(ANN, third, second), ERR_INVALID);
	change(third, "place", "desk");
	MUST(merge(ANN, second, first));
	CHECK_INT(merge(ANN, second, third), ERR_INVALID);
	CHECK_INT(merge(ANN, third, second), ERR_INVALID);
	printf("# a rule forbids it\n");
	desk_script(&f.desk, "rule",
	    "desk.on('ticket.merging', { name = 'no' }, function(event)\n"
	    "  assert(event.ticket.merged_into.number == 1)\n"
	    "  return event:deny{ message = 'Keep them apart.' }\n"
	    "end)\n");
	CHECK_INT(merge(ANN, third, first), ERR_REFUSED);
	CHECK_BYTES(f.desk.result.refusal, "Keep them apart.");
	CHECK_INT(merged_into(third), 0);
	pages_teardown(&f);
}

static void
test_merge__is_shown_in_one_to_the_customer(void)
{
	const char *old;

	begin();
	old = page_of(second);
	CHECK_INT(pages_get(&f, old), 200);
	CHECK(!pages_has(&f, "The lamp flickers."));
	MUST(merge(ANN, second, first));
	CHECK_INT(pages_get(&f, old), 200);
	CHECK(pages_has(&f, "The lamp flickers."));
	CHECK(pages_has(&f, "Since yesterday!"));
	CHECK_INT(pages_get(&f, page_of(first)), 200);
	CHECK(pages_has(&f, "Since yesterday!"));
	/* what is written there joins the one that goes on */
	CHECK_INT(pages_post(&f, arena_printf(f.desk.arena, "%s/reply", old),
		      "body=Still+flickering"),
	    303);
	CHECK_INT(merged_into(second), first);
	CHECK_INT(pages_get(&f, page_of(first)), 200);
	CHECK(pages_has(&f, "Still flickering"));
	pages_teardown(&f);
}

/* Whoever typed Bob's address into the form has a link of what he typed. */
static void
test_merge__shows_a_visitor_what_he_typed_alone(void)
{
	begin();
	MUST(merge(ANN, second, first));
	CHECK_INT(pages_get(&f, link_of(second, false)), 200);
	CHECK(pages_has(&f, "Since yesterday!"));
	CHECK(!pages_has(&f, "The lamp flickers."));
	CHECK_INT(pages_get(&f, link_of(first, false)), 200);
	CHECK(pages_has(&f, "The lamp flickers."));
	CHECK(!pages_has(&f, "Since yesterday!"));
	pages_teardown(&f);
}

static void
test_merge__is_shown_in_one_to_agents(void)
{
	const char *cookie, *path;
	uint64_t bob;

	begin();
	desk_add(&f.desk, KIND_QUEUE,
	    (const char *const[]){
		"key", "board", "label", "Board", "is_private", "true", NULL });
	bob = desk_add(&f.desk, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "name", "Bob", "email",
		"bob@example.com", "active", "yes", "role", "agent", NULL });
	cookie = pages_cookie(&f, ANN);
	CHECK_INT(pages_get_as(&f, cookie, agent_page(second)), 200);
	path = arena_printf(f.desk.arena, "%s/merge", agent_page(second));
	printf("# a number that is none comes back with its reason\n");
	CHECK_INT(pages_post_as(&f, cookie, path, "into=4711"), 422);
	CHECK(pages_has(&f, "There is no ticket 4711 here."));
	CHECK_INT(pages_post_as(&f, cookie, path, "into=%231"), 303);
	CHECK_INT(merged_into(second), first);
	CHECK_INT(pages_get_as(&f, cookie, agent_page(first)), 200);
	CHECK(pages_has(&f, "Since yesterday!"));
	CHECK_INT(pages_get_as(&f, cookie, agent_page(second)), 200);
	CHECK(pages_has(&f, "It goes on in"));
	printf("# not what lies in a queue that is not his\n");
	change(second, "queue", "board");
	cookie = pages_cookie(&f, bob);
	CHECK_INT(pages_get_as(&f, cookie, agent_page(first)), 200);
	CHECK(pages_has(&f, "The lamp flickers."));
	CHECK(!pages_has(&f, "Since yesterday!"));
	pages_teardown(&f);
}

static void
test_merge__is_taken_apart(void)
{
	struct act_input input;

	begin();
	printf("# by opening it again\n");
	MUST(merge(ANN, second, first));
	change(second, "status", "open");
	CHECK_INT(merged_into(second), 0);
	CHECK_INT(pages_get(&f, page_of(second)), 200);
	CHECK(!pages_has(&f, "The lamp flickers."));
	CHECK_INT(pages_get(&f, page_of(first)), 200);
	CHECK(!pages_has(&f, "Since yesterday!"));
	printf("# by taking the change back\n");
	MUST(merge(ANN, second, first));
	act_input_init(&input, VERB_TICKET_UNDO, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = second;
	input.entry = f.desk.result.entry;
	MUST(desk_do(&f.desk, &input));
	CHECK(f.desk.result.left == NULL);
	CHECK_INT(merged_into(second), 0);
	CHECK_INT(desk_field(&f.desk, second, TICKET_STATUS), STATUS_OPEN);
	printf("# because the other one is removed for good\n");
	MUST(merge(ANN, second, first));
	change(first, "place", "trash");
	act_input_init(&input, VERB_TICKET_REMOVE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = first;
	MUST(desk_do(&f.desk, &input));
	CHECK_INT(merged_into(second), 0);
	CHECK_INT(pages_get(&f, page_of(second)), 200);
	CHECK(pages_has(&f, "Since yesterday!"));
	pages_teardown(&f);
}

static void
test_merge__by_a_script_and_a_program(void)
{
	const char *token;

	begin();
	token = pages_token(&f, "read,write", NULL);
	CHECK_INT(
	    pages_api(&f, token, "POST", "/tickets/2/merge", "{\"into\":9}"),
	    422);
	CHECK_INT(pages_api(&f, token, "POST", "/tickets/2/merge",
		      "{\"into\":1,\"why\":\"twice\"}"),
	    200);
	CHECK_INT(merged_into(second), first);
	change(second, "status", "open");
	desk_script(&f.desk, "twice",
	    "desk.on('note.added', { name = 'merge' }, function(event)\n"
	    "  event.ticket:merge(desk.ticket(1))\n"
	    "end)\n"
	    "desk.on('ticket.merged', { name = 'told' }, function(event)\n"
	    "  assert(event.changes.merged_into)\n"
	    "  event.ticket:tag('merged')\n"
	    "end)\n");
	note(second, "Again.");
	desk_run_jobs(&f.desk);
	CHECK_INT(merged_into(second), first);
	CHECK_INT(pages_api(&f, token, "GET", "/tickets/2", NULL), 200);
	CHECK(pages_has(&f, "\"merged_into\":1"));
	CHECK(pages_has(&f, "\"merged\""));
	pages_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_merge__closes_one_and_goes_on_in_the_other);
	RUN(test_merge__is_refused_with_the_reason);
	RUN(test_merge__is_shown_in_one_to_the_customer);
	RUN(test_merge__shows_a_visitor_what_he_typed_alone);
	RUN(test_merge__is_shown_in_one_to_agents);
	RUN(test_merge__is_taken_apart);
	RUN(test_merge__by_a_script_and_a_program);
	return tap_done();
}
