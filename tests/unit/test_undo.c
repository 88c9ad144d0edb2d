/* tests/unit/test_undo.c - taking a change back is a change like any other:
 * rights, rules of scripts, owners who may see the queue, keys that are gone.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1

static struct desk_fixture f;

/* One field of a ticket by an agent; the number of the change's entry. */
static uint64_t
change(uint64_t ticket, const char *name, const char *text)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	desk_set(&f, &input, name, text);
	MUST(desk_do(&f, &input));
	return f.result.entry;
}

static uint64_t
give(uint64_t ticket, uint64_t agent)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_ASSIGN, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.agent = agent;
	MUST(desk_do(&f, &input));
	return f.result.entry;
}

static enum err
undo(uint64_t agent, uint64_t ticket, uint64_t entry)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_UNDO, KIND_TICKET);
	input.actor = actor_agent(agent);
	input.subject = ticket;
	input.entry = entry;
	return desk_do(&f, &input);
}

/* All that <script> did since ever. */
static enum err
undo_script(const char *script)
{
	struct act_input input;

	act_input_init(&input, VERB_SCRIPT_UNDO, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.body = bytes_of(script);
	return desk_do(&f, &input);
}

static void
act_on(enum verb verb, enum kind_id kind, uint64_t id, const char *name,
    const char *text)
{
	struct act_input input;

	act_input_init(&input, verb, kind);
	input.actor = actor_system();
	input.subject = id;
	if (name != NULL) {
		int slot = kind_slot(input.fields.kind, bytes_of(name));

		MUST(act_input_text(
		    &input, slot, bytes_of(text), NULL, f.arena, &f.why));
	}
	MUST(desk_do(&f, &input));
}

/* Lou's role: in every queue the given rights, or in some of them. */
static uint64_t
add_lou(const char *rights)
{
	desk_add(&f, KIND_ROLE,
	    (const char *const[]){
		"key", "some", "label", "Some", "rights", rights, NULL });
	return desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "some", "active", "true", NULL });
}

static void
test_undo__asks_the_rules(void)
{
	uint64_t number, entry;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	entry = change(number, "priority", "urgent");
	desk_script(&f, "keep",
	    "desk.on('ticket.updating', { name = 'urgent' }, function(event)\n"
	    "  if event.changes.priority.to == 'normal' then\n"
	    "    return event:deny{ message = 'It stays urgent.' }\n"
	    "  end\n"
	    "end)\n");
	CHECK_INT(undo(ANN, number, entry), ERR_REFUSED);
	CHECK_BYTES(f.result.refusal, "It stays urgent.");
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_URGENT);
	desk_script(&f, "keep",
	    "desk.on('ticket.updating', { name = 'tag' }, function(event)\n"
	    "  event.ticket:tag('calmed')\n"
	    "end)\n");
	MUST(undo(ANN, number, entry));
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(undo(ANN, number, entry), ERR_EXISTS);
	/* the entry that undoes is Ann's own, the rule's comes behind it */
	CHECK_INT(undo(ANN, number, f.result.entry), ERR_NOT_FOUND);
	desk_teardown(&f);
}

static void
test_undo__asks_before_a_ticket_is_trash_again(void)
{
	uint64_t number, entry;

	desk_setup(&f);
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	MUST(undo(ANN, number, change(number, "place", "trash")));
	entry = f.result.entry;
	desk_script(&f, "keep",
	    "desk.on('ticket.deleting', { name = 'never' }, function(event)\n"
	    "  return event:deny{ message = 'Nothing is deleted here.' }\n"
	    "end)\n");
	CHECK_INT(undo(ANN, number, entry), ERR_REFUSED);
	CHECK_INT(desk_field(&f, number, TICKET_PLACE), PLACE_DESK);
	desk_teardown(&f);
}

static void
test_undo__asks_who_may_own_it(void)
{
	uint64_t number, lou, entry;

	desk_setup(&f);
	lou = add_lou("*:see,*:note,*:reply,*:assign,*:manage");
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	give(number, lou);
	entry = give(number, ANN);
	act_on(VERB_RECORD_UPDATE, KIND_AGENT, lou, "active", "false");
	CHECK_INT(undo(ANN, number, entry), ERR_INVALID);
	CHECK(strcmp(f.why.field, "owner") == 0);
	CHECK_INT(desk_field(&f, number, TICKET_OWNER), ANN);
	act_on(VERB_RECORD_UPDATE, KIND_AGENT, lou, "active", "true");
	desk_script(&f, "keep",
	    "desk.on('ticket.assigning', { name = 'no' }, function(event)\n"
	    "  return event:deny{ message = 'Not to Lou.' }\n"
	    "end)\n");
	CHECK_INT(undo(ANN, number, entry), ERR_REFUSED);
	CHECK_INT(desk_field(&f, number, TICKET_OWNER), ANN);
	desk_script(&f, "keep", "");
	MUST(undo(ANN, number, entry));
	CHECK_INT(desk_field(&f, number, TICKET_OWNER), lou);
	desk_teardown(&f);
}

static void
test_undo__owner_who_does_not_see_the_old_queue_lets_go(void)
{
	uint64_t number, lou, entry, secret;

	desk_setup(&f);
	secret = desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "secret", "label", "Secret",
		"is_private", "true", NULL });
	lou = add_lou("*:see,*:note,*:reply,*:assign,*:manage");
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	change(number, "queue", "secret");
	entry = change(number, "queue", "general");
	give(number, lou);
	/* he does not even know of that queue */
	CHECK_INT(undo(lou, number, entry), ERR_INVALID);
	CHECK(strcmp(f.why.field, "queue") == 0);
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 1);
	MUST(undo(ANN, number, entry));
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), secret);
	CHECK_INT(desk_field(&f, number, TICKET_OWNER), 0);
	desk_teardown(&f);
}

static void
test_undo__needs_the_right_to_what_comes_back(void)
{
	struct act_input input;
	uint64_t number, lou, entry, rated;

	desk_setup(&f);
	lou = add_lou("*:see,*:manage");
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	entry = change(number, "priority", "urgent");
	CHECK_INT(undo(lou, number, entry), ERR_INVALID);
	CHECK(strstr(f.why.message, "may not change") != NULL);
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_URGENT);
	act_input_init(&input, VERB_TICKET_RATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = number;
	input.rating = 1;
	MUST(desk_do(&f, &input));
	rated = entry + 1;
	CHECK_INT(undo(ANN, number, rated), ERR_INVALID); /* the customer's */
	CHECK_INT(desk_field(&f, number, TICKET_RATING), 1);
	desk_teardown(&f);
}

static void
test_undo__leaves_what_is_gone_and_says_so(void)
{
	struct act_input input;
	uint64_t number, entry, extra;

	desk_setup(&f);
	extra = desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "extra", "label", "Extra", NULL });
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	change(number, "queue", "extra");
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	desk_set(&f, &input, "queue", "billing");
	desk_set(&f, &input, "priority", "urgent");
	desk_set(&f, &input, "language", "de");
	MUST(desk_do(&f, &input));
	entry = f.result.entry;
	change(number, "language", "tr");
	act_on(VERB_RECORD_REMOVE, KIND_QUEUE, extra, NULL, NULL);
	MUST(undo(ANN, number, entry));
	CHECK_INT(f.result.undone, 1);
	CHECK_INT(desk_field(&f, number, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(desk_field(&f, number, TICKET_QUEUE), 2);
	CHECK_BYTES(f.result.left->field, "queue");
	CHECK(!f.result.left->is_changed);
	CHECK(strcmp(f.result.left->why.name, "extra") == 0);
	CHECK_BYTES(f.result.left->next->field, "language");
	CHECK(f.result.left->next->is_changed);
	CHECK(f.result.left->next->next == NULL);
	desk_teardown(&f);
}

static void
set_custom(uint64_t number, const char *json)
{
	const struct json *value;
	struct act_input input;
	struct site_read read;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = number;
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &input.fields));
	input.fields.has &= UINT64_C(1) << TICKET_FIELDS;
	MUST(json_parse(f.arena, bytes_of(json), 1000, &value, NULL));
	MUST(act_input_json(
	    &input, TICKET_FIELDS, value, read.directory, f.arena, &f.why));
	MUST(desk_do(&f, &input));
	site_read_end(&read);
}

static void
test_undo__takes_custom_fields_back_one_by_one(void)
{
	static const char *const keys[][2] = { { "order", "text" },
		{ "size", "text" }, { "colour", "text" }, { "count", "number" },
		{ "is_new", "boolean" } };
	uint64_t number, entry;
	struct site_read read;
	struct record ticket;
	struct buf text;

	desk_setup(&f);
	text = (struct buf)buf_in(f.arena);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		desk_add(&f, KIND_FIELD,
		    (const char *const[]){ "of", "ticket", "key", keys[i][0],
			"label", "Label", "type", keys[i][1], NULL });
	number = desk_submit(&f, "bob@example.org", "Hello", "x");
	set_custom(number, "{\"order\":\"1\",\"count\":1}");
	set_custom(number,
	    "{\"order\":\"2\",\"size\":\"big\",\"colour\":\"red\","
	    "\"count\":2,\"is_new\":true}");
	entry = f.result.entry;
	set_custom(number, "{\"colour\":\"blue\"}");
	MUST(undo(ANN, number, entry));
	CHECK_INT(f.result.undone, 4);
	CHECK_BYTES(f.result.left->field, "fields.colour");
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	{
		struct json_writer w = json_writer(&text);

		value_to_json(
		    &w, &ticket, TICKET_FIELDS, read.directory, false);
	}
	CHECK_BYTES(buf_get(&text),
	    "{\"order\":\"1\",\"colour\":\"blue\",\"count\":1}");
	site_read_end(&read);
	desk_teardown(&f);
}

static const char mover[] =
    "desk.on('ticket.created', { name = 'move' }, function(event)\n"
    "  event.ticket:set({ queue = 'billing', priority = 'urgent' }, 'why')\n"
    "end)\n";

static void
test_undo_script__obeys_the_rules_as_one_act(void)
{
	uint64_t one, two;

	desk_setup(&f);
	desk_script(&f, "mover", mover);
	one = desk_submit(&f, "al@example.org", "Hello", "x");
	two = desk_submit(&f, "bob@example.org", "Special", "x");
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, two, TICKET_QUEUE), 2);
	desk_script(&f, "keep",
	    "desk.on('ticket.updating', { name = 'special' }, function(event)\n"
	    "  if event.ticket.subject == 'Special' then\n"
	    "    return event:deny{ message = 'It is special.' }\n"
	    "  end\n"
	    "end)\n");
	CHECK_INT(undo_script("mover"), ERR_REFUSED);
	CHECK(strstr(f.why.name, "It is special.") != NULL);
	CHECK(strstr(f.why.name,
		  arena_printf(f.arena, "#%llu", (unsigned long long)two)) !=
	    NULL);
	CHECK_INT(desk_field(&f, one, TICKET_QUEUE), 2); /* all or nothing */
	CHECK_INT(desk_field(&f, two, TICKET_QUEUE), 2);
	desk_script(&f, "keep", "");
	MUST(undo_script("mover"));
	CHECK_INT(f.result.undone, 2);
	CHECK(f.result.left == NULL);
	CHECK_INT(desk_field(&f, one, TICKET_QUEUE), 1);
	CHECK_INT(desk_field(&f, two, TICKET_PRIORITY), PRIORITY_NORMAL);
	desk_teardown(&f);
}

static void
test_undo_script__leaves_what_is_gone_and_goes_on(void)
{
	uint64_t one, two, extra;

	desk_setup(&f);
	extra = desk_add(&f, KIND_QUEUE,
	    (const char *const[]){ "key", "extra", "label", "Extra", NULL });
	one = desk_submit(&f, "al@example.org", "Hello", "x");
	two = desk_submit(&f, "bob@example.org", "Hello", "x");
	change(one, "queue", "extra");
	desk_script(&f, "mover",
	    "desk.on('ticket.updated', { name = 'move',\n"
	    "    when = { changed = 'language' } }, function(event)\n"
	    "  event.ticket:set({ queue = 'billing', priority = 'urgent' })\n"
	    "end)\n");
	change(one, "language", "de");
	change(two, "language", "de");
	desk_run_jobs(&f);
	CHECK_INT(desk_field(&f, one, TICKET_QUEUE), 2);
	act_on(VERB_RECORD_REMOVE, KIND_QUEUE, extra, NULL, NULL);
	MUST(undo_script("mover"));
	CHECK_INT(f.result.undone, 2);
	CHECK_INT(desk_field(&f, two, TICKET_QUEUE), 1);
	CHECK_INT(desk_field(&f, one, TICKET_QUEUE), 2);
	CHECK_INT(desk_field(&f, one, TICKET_PRIORITY), PRIORITY_NORMAL);
	CHECK_INT(f.result.left->ticket, one);
	CHECK_BYTES(f.result.left->field, "queue");
	CHECK(f.result.left->next == NULL);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_undo__asks_the_rules);
	RUN(test_undo__asks_before_a_ticket_is_trash_again);
	RUN(test_undo__asks_who_may_own_it);
	RUN(test_undo__owner_who_does_not_see_the_old_queue_lets_go);
	RUN(test_undo__needs_the_right_to_what_comes_back);
	RUN(test_undo__leaves_what_is_gone_and_says_so);
	RUN(test_undo__takes_custom_fields_back_one_by_one);
	RUN(test_undo_script__obeys_the_rules_as_one_act);
	RUN(test_undo_script__leaves_what_is_gone_and_goes_on);
	return tap_done();
}
