/* tests/unit/test_own.c - custom fields: their types at every entrance, and
 * the index of those that are indexed. */
#include "config.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/job.h"
#include "core/model/index.h"
#include "core/model/index_check.h"
#include "core/model/own.h"
#include "core/model/own_index.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

static uint64_t
add_field(struct desk_fixture *f, const char *key, const char *type,
    const char *words)
{
	const char *const values[] = { "key", key, "label", key, "type", type,
		words != NULL ? "words" : NULL, words, NULL };

	return desk_add(f, KIND_FIELD, values);
}

static enum err
change_field(
    struct desk_fixture *f, uint64_t id, const char *name, const char *value)
{
	struct act_input input;

	act_input_init(&input, VERB_RECORD_UPDATE, KIND_FIELD);
	input.actor = actor_system();
	input.subject = id;
	desk_set(f, &input, name, value);
	if (value[0] == '\0' || strcmp(value, "false") == 0)
		input.cleared |= UINT64_C(1)
		    << kind_slot(input.fields.kind, bytes_of(name));
	return desk_do(f, &input);
}

/* Set custom fields of a ticket from JSON. */
static enum err
set_fields(struct desk_fixture *f, uint64_t ticket, const char *json)
{
	const struct json *parsed;
	struct act_input input;
	struct site_read read;
	struct record old;
	enum err err;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = ticket;
	MUST(json_parse(
	    f->arena, bytes_of(json), JSON_BYTES_MAX, &parsed, NULL));
	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &old));
	record_set_from(&input.fields, TICKET_FIELDS, &old);
	f->why = (struct why){ .message = "" };
	err = value_from_json(&input.fields, TICKET_FIELDS, parsed,
	    read.directory, f->arena, &f->why);
	if (!record_has(&input.fields, TICKET_FIELDS))
		input.cleared |= UINT64_C(1) << TICKET_FIELDS;
	if (err == ERR_OK)
		err = desk_do(f, &input);
	site_read_end(&read);
	return err;
}

/* A ticket's custom fields, as the API or scripts see them. */
static const char *
get_fields(struct desk_fixture *f, uint64_t ticket, bool iso)
{
	struct buf out = buf_in(f->arena);
	struct json_writer w = json_writer(&out);
	struct site_read read;
	struct record record;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	value_to_json(&w, &record, TICKET_FIELDS, read.directory, iso);
	site_read_end(&read);
	return buf_string(&out);
}

static void
test_own__values_are_of_their_type(void)
{
	static const struct {
		const char *type, *words, *given, *shown; /* NULL: refused */
	} cases[] = {
		{ "text", NULL, "\" a \\n b \"", "\"a b\"" },
		{ "text", NULL, "7", "\"7\"" },
		{ "text", NULL, "true", NULL },
		{ "long_text", NULL, "\"a\\nb\"", "\"a\\nb\"" },
		{ "integer", NULL, "\"007\"", "7" },
		{ "integer", NULL, "-12", "-12" },
		{ "integer", NULL, "1.5", NULL },
		{ "integer", NULL, "\"12a\"", NULL },
		{ "integer", NULL, "\"9007199254740993\"", NULL },
		{ "number", NULL, "\"1.50\"", "1.5" },
		{ "number", NULL, "-0.0", "0" },
		{ "number", NULL, "\"0x10\"", NULL },
		{ "number", NULL, "\"inf\"", NULL },
		{ "boolean", NULL, "false", "false" },
		{ "boolean", NULL, "\"yes\"", "true" },
		{ "boolean", NULL, "\"perhaps\"", NULL },
		{ "date", NULL, "\"2026-02-28\"", "\"2026-02-28\"" },
		{ "date", NULL, "\"2026-02-30\"", NULL },
		{ "date", NULL, "\"2026-02-28T10:00\"", NULL },
		{ "time", NULL, "\"2026-01-31T12:30:00+02:00\"",
		    "\"2026-01-31T10:30:00Z\"" },
		{ "time", NULL, "\"2026-01-31 12:30\"",
		    "\"2026-01-31T11:30:00Z\"" },
		{ "time", NULL, "1769855400", "\"2026-01-31T10:30:00Z\"" },
		{ "time", NULL, "\"noon\"", NULL },
		{ "choice", "small,large", "\"large\"", "\"large\"" },
		{ "choice", "small,large", "\"huge\"", NULL },
		{ "choices", "a,b,c", "[\"b\",\"a\",\"b\"]", "[\"b\",\"a\"]" },
		{ "choices", "a,b,c", "\"c, a\"", "[\"c\",\"a\"]" },
		{ "choices", "a,b,c", "[\"d\"]", NULL },
		{ "choices", "a,b,c", "[1]", NULL },
		{ "email", NULL, "\"Bob@Example.ORG\"", "\"bob@example.org\"" },
		{ "email", NULL, "\"bob\"", NULL },
		{ "url", NULL, "\"https://a.test/x\"", "\"https://a.test/x\"" },
		{ "url", NULL, "\"javascript:x\"", NULL },
		{ "url", NULL, "\"https://\"", NULL },
	};
	static const char *const zone[] = { "name", "site.zone", "value",
		"\"Europe/Berlin\"", NULL };
	struct desk_fixture f;
	uint64_t ticket;

	desk_setup(&f);
	desk_add(&f, KIND_SETTING, zone);
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char key[16], given[120], field[40];

		printf("# %s: %s\n", cases[i].type, cases[i].given);
		snprintf(key, sizeof key, "f%d", (int)i);
		add_field(&f, key, cases[i].type, cases[i].words);
		snprintf(
		    given, sizeof given, "{\"%s\":%s}", key, cases[i].given);
		snprintf(field, sizeof field, "fields.%s", key);
		if (cases[i].shown == NULL) {
			CHECK_INT(set_fields(&f, ticket, given), ERR_INVALID);
			CHECK(strcmp(f.why.field, field) == 0);
			continue;
		}
		CHECK_INT(set_fields(&f, ticket, given), ERR_OK);
		snprintf(
		    given, sizeof given, "{\"%s\":%s}", key, cases[i].shown);
		CHECK(strcmp(get_fields(&f, ticket, true), given) == 0);
		/* what was shown may come back */
		CHECK_INT(set_fields(&f, ticket, given), ERR_OK);
		snprintf(given, sizeof given, "{\"%s\":null}", key);
		CHECK_INT(set_fields(&f, ticket, given), ERR_OK);
		CHECK(strcmp(get_fields(&f, ticket, true), "{}") == 0);
	}
	desk_teardown(&f);
}

static void
test_own__limits_are_kept(void)
{
	static const struct {
		const char *type, *name, *value;
		enum err want;
	} cases[] = {
		{ "integer", "min", "0", ERR_OK },
		{ "integer", "max", "1.5", ERR_INVALID },
		{ "date", "max", "2026-12-31", ERR_OK },
		{ "text", "max", "5", ERR_INVALID },
		{ "choice", "words", "", ERR_INVALID },
		{ "integer", "words", "a,b", ERR_INVALID },
	};
	struct desk_fixture f;
	uint64_t ticket, size;

	desk_setup(&f);
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char key[8];

		printf("# %s %s\n", cases[i].type, cases[i].name);
		snprintf(key, sizeof key, "k%d", (int)i);
		size = add_field(&f, key, cases[i].type,
		    strcmp(cases[i].type, "choice") == 0 ? "a,b" : NULL);
		CHECK_INT(change_field(&f, size, cases[i].name, cases[i].value),
		    cases[i].want);
		CHECK(cases[i].want == ERR_OK ||
		    strcmp(f.why.field, cases[i].name) == 0);
	}
	size = add_field(&f, "size", "number", NULL);
	MUST(change_field(&f, size, "min", "-1.5"));
	CHECK_INT(change_field(&f, size, "max", "-2"), ERR_INVALID);
	MUST(change_field(&f, size, "max", "10"));
	CHECK_INT(set_fields(&f, ticket, "{\"size\":-1.6}"), ERR_INVALID);
	CHECK_INT(set_fields(&f, ticket, "{\"size\":10.1}"), ERR_INVALID);
	CHECK_INT(set_fields(&f, ticket, "{\"size\":9}"), ERR_OK);
	desk_teardown(&f);
}

/* A field may become something else: what is kept stays, and reads as text. */
static void
test_own__old_values_stay(void)
{
	struct desk_fixture f;
	uint64_t ticket, field;

	desk_setup(&f);
	field = add_field(&f, "serial", "text", NULL);
	add_field(&f, "colour", "choice", "red,blue");
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	MUST(set_fields(&f, ticket, "{\"serial\":\"A-7\"}"));
	MUST(change_field(&f, field, "type", "integer"));
	CHECK(
	    strcmp(get_fields(&f, ticket, true), "{\"serial\":\"A-7\"}") == 0);
	CHECK_INT(
	    set_fields(&f, ticket, "{\"serial\":\"A-7\",\"colour\":\"red\"}"),
	    ERR_OK);
	CHECK_INT(set_fields(&f, ticket, "{\"serial\":\"A-8\"}"), ERR_INVALID);
	CHECK_INT(set_fields(&f, ticket, "{\"serial\":8}"), ERR_OK);
	CHECK(strcmp(get_fields(&f, ticket, true),
		  "{\"serial\":8,\"colour\":\"red\"}") == 0);
	desk_teardown(&f);
}

/* Taking a change back takes what it added, and no more. */
static void
test_own__changes_are_taken_back(void)
{
	struct act_input input;
	struct desk_fixture f;
	uint64_t ticket;

	desk_setup(&f);
	add_field(&f, "count", "integer", NULL);
	add_field(&f, "due", "time", NULL);
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	MUST(set_fields(&f, ticket, "{\"count\":1}"));
	MUST(set_fields(&f, ticket, "{\"count\":2,\"due\":1769855400}"));
	act_input_init(&input, VERB_TICKET_UNDO, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = ticket;
	input.entry = (uint64_t)desk_field(&f, ticket, TICKET_LAST_ENTRY);
	CHECK_INT(desk_do(&f, &input), ERR_OK);
	CHECK(strcmp(get_fields(&f, ticket, true), "{\"count\":1}") == 0);
	desk_teardown(&f);
}

/* What somebody gives who has read the ticket; he says so later. */
static void
fill(struct desk_fixture *f, uint64_t ticket, const char *json,
    struct act_input *input)
{
	const struct json *parsed;
	struct site_read read;
	struct record old;

	act_input_init(input, VERB_TICKET_UPDATE, KIND_TICKET);
	input->actor = actor_system();
	input->subject = ticket;
	MUST(json_parse(
	    f->arena, bytes_of(json), JSON_BYTES_MAX, &parsed, NULL));
	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &old));
	MUST(act_input_keep_fields(input, &old, f->arena));
	MUST(act_input_json(
	    input, TICKET_FIELDS, parsed, read.directory, f->arena, &f->why));
	site_read_end(&read);
}

static void
test_own__two_at_once_change_two_fields(void)
{
	struct act_input one, other, last;
	struct desk_fixture f;
	uint64_t ticket;

	desk_setup(&f);
	add_field(&f, "a", "text", NULL);
	add_field(&f, "b", "text", NULL);
	add_field(&f, "c", "text", NULL);
	ticket = desk_submit(&f, "bob@example.org", "Fire", "x");
	MUST(set_fields(&f, ticket, "{\"a\":\"1\",\"b\":\"1\",\"c\":\"1\"}"));
	fill(&f, ticket, "{\"a\":\"2\"}", &one);
	fill(&f, ticket, "{\"b\":null}", &other);
	fill(&f, ticket, "{\"c\":\"3\"}", &last);
	MUST(desk_do(&f, &one));
	MUST(desk_do(&f, &other));
	MUST(desk_do(&f, &last));
	CHECK_BYTES(bytes_of(get_fields(&f, ticket, false)),
	    "{\"a\":\"2\",\"c\":\"3\"}");
	desk_teardown(&f);
}

static void
test_own__scripts_have_values_of_the_type(void)
{
	struct desk_fixture f;
	uint64_t ticket;

	desk_setup(&f);
	add_field(&f, "count", "integer", NULL);
	add_field(&f, "due", "time", NULL);
	add_field(&f, "vip", "boolean", NULL);
	add_field(&f, "parts", "choices", "a,b");
	desk_script(&f, "own",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  event.ticket:set{ fields = { count = 3, due = 1769855400,\n"
	    "    vip = false, parts = { 'b' } } }\n"
	    "end)\n"
	    "desk.on('ticket.updated', { name = 'y' }, function(event)\n"
	    "  local f = event.ticket.fields\n"
	    "  if f.count + 1 == 4 and f.due == 1769855400 and\n"
	    "      f.vip == false and f.parts[1] == 'b' then\n"
	    "    event.ticket:tag('right')\n"
	    "  end\n"
	    "end)\n");
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	desk_run_jobs(&f);
	CHECK(strcmp(get_fields(&f, ticket, false),
		  "{\"count\":3,\"due\":1769855400,\"vip\":false,"
		  "\"parts\":[\"b\"]}") == 0);
	/* a handler is not told of what it did itself: change it once more */
	MUST(set_fields(&f, ticket, "{\"parts\":\"b, a\"}"));
	desk_run_jobs(&f);
	{
		struct site_read read;
		struct record record;

		MUST(site_read_begin(f.site, &read));
		MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
		CHECK(list_has_text(
		    record_text(&record, TICKET_TAGS), BYTES("right")));
		site_read_end(&read);
	}
	desk_teardown(&f);
}

/* ---- the index ---- */

static int64_t
state_of(struct desk_fixture *f, uint64_t field)
{
	struct site_read read;
	int64_t state;

	MUST(site_read_begin(f->site, &read));
	state = record_int(
	    directory_find(read.directory, KIND_FIELD, field), FIELD_STATE);
	site_read_end(&read);
	return state;
}

/* How many tickets <q> finds; *<examined> is how many it looked at. */
static size_t
find(struct desk_fixture *f, const char *q, size_t *examined)
{
	struct view_page page = { .count = 0 };
	struct view_reader reader = { .sees_all = true };
	struct site_read read;
	struct filter filter;
	struct why why = { .message = "" };

	MUST(site_read_begin(f->site, &read));
	reader.snapshot = read.snapshot;
	reader.filter.directory = read.directory;
	reader.filter.snapshot = read.snapshot;
	must(filter_from_text(
		 bytes_of(q), &reader.filter, f->arena, &filter, &why),
	    why.message);
	MUST(view_list(&reader, &filter, BYTES_NONE, 50, f->arena, &page));
	site_read_end(&read);
	*examined = page.examined;
	return page.count;
}

static void
on_fault(void *context, const char *what)
{
	printf("# fault: %s\n", what);
}

static uint64_t
faults(struct desk_fixture *f)
{
	struct index_check check = { .fault = on_fault };

	MUST(index_check(site_store(f->site), &check));
	return check.faults;
}

/* How many entries the index of a field has. */
static size_t
entries(struct desk_fixture *f, uint64_t field)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	struct site_read read;
	struct key prefix;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	own_index_prefix(&prefix, field);
	MUST(cursor_open_prefix(
	    read.snapshot, key_get(&prefix), FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK)
		count++;
	cursor_close(&cursor);
	site_read_end(&read);
	return count;
}

/* Write something into the store as nothing else would. */
static void
tamper(struct desk_fixture *f, uint64_t field, const char *value,
    uint64_t ticket, bool is_put)
{
	struct change *change;
	struct key key;

	MUST(change_create(f->arena, &change));
	own_index_prefix(&key, field);
	key_text(&key, bytes_of(value));
	key_int(&key, desk_field(f, ticket, TICKET_UPDATED));
	key_u64(&key, ticket);
	if (is_put)
		change_put(change, key_get(&key), BYTES_NONE);
	else
		change_delete(change, key_get(&key));
	MUST(store_commit(site_store(f->site), change, NULL));
}

static void
test_own_index__is_built_for_old_tickets_and_cleared(void)
{
	struct desk_fixture f;
	uint64_t field, ticket = 0;
	size_t examined;

	desk_setup(&f);
	field = add_field(&f, "order", "integer", NULL);
	for (int i = 0; i < OWN_BATCH_MAX + 30; i++) {
		char json[40];

		ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
		snprintf(json, sizeof json, "{\"order\":%d}", i % 100);
		MUST(set_fields(&f, ticket, json));
	}
	CHECK_INT(find(&f, "fields.order:007", &examined), 6);
	CHECK(examined > 500); /* no index yet */
	MUST(change_field(&f, field, "is_indexed", "true"));
	CHECK_INT(state_of(&f, field), OWN_INDEX_CLEARING);
	MUST(set_fields(&f, ticket, "{\"order\":7}")); /* in between */
	CHECK_INT(find(&f, "fields.order:7", &examined), 7);
	CHECK(examined > 500); /* it is not whole */
	CHECK_INT(faults(&f), 0);
	desk_run_jobs(&f);
	CHECK_INT(state_of(&f, field), OWN_INDEX_READY);
	CHECK_INT(find(&f, "fields.order:7", &examined), 7);
	CHECK_INT(examined, 7);
	CHECK_INT(find(&f, "fields.order:7,8 status:open", &examined), 13);
	CHECK_INT(examined, 13);
	CHECK_INT(faults(&f), 0);
	/* kept by every act */
	MUST(set_fields(&f, ticket, "{\"order\":5000}"));
	CHECK_INT(find(&f, "fields.order:5000", &examined), 1);
	CHECK_INT(find(&f, "fields.order:7", &examined), 6);
	CHECK_INT(examined, 6);
	MUST(desk_reply(&f, actor_agent(1), ticket, "Well"));
	CHECK_INT(find(&f, "fields.order:5000", &examined), 1);
	CHECK_INT(faults(&f), 0);
	/* both ways */
	tamper(&f, field, "5000", ticket, false);
	CHECK_INT(faults(&f), 1);
	tamper(&f, field, "5000", ticket, true);
	tamper(&f, field, "5001", ticket, true);
	CHECK_INT(faults(&f), 1);
	/* off again */
	MUST(change_field(&f, field, "is_indexed", "false"));
	CHECK_INT(find(&f, "fields.order:5001", &examined), 0);
	CHECK(examined > 500);
	desk_run_jobs(&f);
	CHECK_INT(state_of(&f, field), OWN_INDEX_NONE);
	CHECK_INT(faults(&f), 0);
	tamper(&f, field, "5000", ticket, true);
	CHECK_INT(faults(&f), 1);
	desk_teardown(&f);
}

/* A job of a former form of the field, which has come to the last ticket. */
static void
put_stale_job(struct desk_fixture *f, uint64_t field)
{
	struct change *change;
	struct record job;

	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_INDEX);
	record_set_int(&job, JOB_DUE, store_now_us(site_store(f->site)));
	record_set_int(&job, JOB_SUBJECT, (int64_t)field);
	record_set_text(&job, JOB_DATA, BYTES("{\"rev\":1,\"after\":100000}"));
	MUST(change_create(f->arena, &change));
	MUST(job_put(change, f->arena, change_number(change), 0, &job));
	MUST(store_commit(site_store(f->site), change, NULL));
}

/* A job that was written before the field changed again has nothing to do:
 * else it would call whole what another one has just begun. */
static void
test_own_index__begins_anew_with_each_change(void)
{
	struct desk_fixture f;
	uint64_t field, ticket;
	size_t examined;

	desk_setup(&f);
	field = add_field(&f, "parts", "choices", "a,b");
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	MUST(set_fields(&f, ticket, "{\"parts\":[\"a\",\"b\"]}"));
	MUST(change_field(&f, field, "is_indexed", "true"));
	put_stale_job(&f, field);
	MUST(change_field(&f, field, "is_indexed", "false"));
	MUST(change_field(&f, field, "label", "Parts"));
	MUST(change_field(&f, field, "is_indexed", "true"));
	desk_run_jobs(&f);
	CHECK_INT(state_of(&f, field), OWN_INDEX_READY);
	CHECK_INT(find(&f, "fields.parts:b", &examined), 1);
	CHECK_INT(find(&f, "fields.parts:a,b", &examined), 1);
	CHECK_INT(entries(&f, field), 2);
	CHECK_INT(faults(&f), 0);
	{
		struct act_input input;

		act_input_init(&input, VERB_RECORD_REMOVE, KIND_FIELD);
		input.actor = actor_system();
		input.subject = field;
		MUST(desk_do(&f, &input));
		desk_run_jobs(&f);
		CHECK_INT(entries(&f, field), 0);
	}
	desk_teardown(&f);
}

static void
test_own_index__is_for_eight_fields_of_tickets(void)
{
	static const struct {
		const char *of, *type;
	} cases[] = { { "customer", "text" }, { "ticket", "long_text" } };
	struct desk_fixture f;
	uint64_t last = 0;
	char key[12];

	desk_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(key, sizeof key, "n%d", (int)i);
		last = add_field(&f, key, cases[i].type, NULL);
		MUST(change_field(&f, last, "of", cases[i].of));
		CHECK_INT(
		    change_field(&f, last, "is_indexed", "true"), ERR_INVALID);
		CHECK(strcmp(f.why.field, "is_indexed") == 0);
	}
	for (int i = 0; i <= OWN_INDEXED_MAX; i++) {
		snprintf(key, sizeof key, "i%d", i);
		last = add_field(&f, key, "text", NULL);
		CHECK_INT(change_field(&f, last, "is_indexed", "true"),
		    i < OWN_INDEXED_MAX ? ERR_OK : ERR_INVALID);
	}
	CHECK(f.why.n == OWN_INDEXED_MAX);
	desk_teardown(&f);
}

/* An act that read a field before it became indexed is not written after. */
static void
test_own_index__is_missed_by_no_act_on_its_way(void)
{
	struct desk_fixture f;
	struct site_read read;
	struct change *change;
	struct record old, new;
	uint64_t field, ticket;

	desk_setup(&f);
	field = add_field(&f, "order", "integer", NULL);
	ticket = desk_submit(&f, "bob@example.org", "Hi", "x");
	MUST(set_fields(&f, ticket, "{\"order\":1}"));
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &old));
	new = old;
	record_set_text(&new, TICKET_SUBJECT, BYTES("Later"));
	MUST(change_create(f.arena, &change));
	MUST(ticket_put(change, f.arena, read.directory, &old, &new));
	MUST(change_field(&f, field, "is_indexed", "true"));
	CHECK_INT(store_commit(site_store(f.site), change, NULL), ERR_CONFLICT);
	site_read_end(&read);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_own__values_are_of_their_type);
	RUN(test_own__limits_are_kept);
	RUN(test_own__old_values_stay);
	RUN(test_own__changes_are_taken_back);
	RUN(test_own__two_at_once_change_two_fields);
	RUN(test_own__scripts_have_values_of_the_type);
	RUN(test_own_index__is_built_for_old_tickets_and_cleared);
	RUN(test_own_index__begins_anew_with_each_change);
	RUN(test_own_index__is_for_eight_fields_of_tickets);
	RUN(test_own_index__is_missed_by_no_act_on_its_way);
	return tap_done();
}
