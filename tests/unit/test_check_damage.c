/* tests/unit/test_check_damage.c - kinds of damage, each planted below the
 * desk in a site with something of everything: hookdesk check finds it, names
 * it in words and answers 1.
 */
#include "config.h"
#include "core/base/crc32c.h"
#include "core/desk/job.h"
#include "core/model/index.h"
#include "core/model/ticket.h"
#include "tests/unit/check_fixture.h"

#define ANN 1
#define NOBODY_ID 99 /* of what is not there */

static const char script[] =
    "desk.on('note.added', { name = 'keep' }, function(event)\n"
    "  desk.store:set('k', 'v')\n"
    "  event.ticket:after('2d', 'later')\n"
    "end)\n"
    "desk.on('note.added', { name = 'fail' }, function() error('no') end)\n"
    "desk.job('later', function() end)\n";

/* As begin(), and something in each table. */
static void
begin_full(void)
{
	struct act_input input;

	begin();
	store_close(store);
	store = NULL;
	desk_open(&f);
	desk_script(&f, "walk", script);
	act_input_init(&input, VERB_NOTE_ADD, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.body = BYTES("noted");
	input.key = BYTES("once");
	MUST(desk_do(&f, &input));
	desk_run_jobs(&f);
	act_input_init(&input, VERB_TICKET_VIEW, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	MUST(desk_do(&f, &input));
	MUST(store_flush(site_store(f.site)));
	leave_desk();
	index_all();
}

/* ---- planting ---- */

static struct record
read_record(enum kind_id kind, uint64_t id)
{
	struct key key = key_of_record(kind, id);
	struct record record;

	MUST(record_decode(&record, kind, id, read_key(&key)));
	return record;
}

/* What record_put() and record_remove() do, without the rest of an act. */
static void
plant_record(const struct record *old, const struct record *new)
{
	struct change *change;

	MUST(change_create(f.arena, &change));
	if (new != NULL)
		MUST(record_put(change, f.arena, old, new));
	else
		MUST(record_remove(change, f.arena, old));
	MUST(store_commit(store, change, NULL));
}

static uint64_t
last_entry(void)
{
	const struct record record = read_record(KIND_TICKET, ticket);

	return (uint64_t)record_int(&record, TICKET_LAST_ENTRY);
}

static void
remove_entry(uint64_t sequence)
{
	const struct record entry = read_record(
	    KIND_ENTRY, entry_id(ticket, sequence));

	plant_record(&entry, NULL);
}

static void
add_entry(uint64_t number, uint64_t sequence)
{
	struct record entry;

	record_init(&entry, KIND_ENTRY, entry_id(number, sequence));
	record_set_int(&entry, ENTRY_TYPE, ENTRY_IS_EVENT);
	plant_record(NULL, &entry);
}

static void
lose_first_entry(void)
{
	remove_entry(1);
}

static void
lose_last_entry(void)
{
	remove_entry(last_entry());
}

static void
add_entry_behind(void)
{
	add_entry(ticket, last_entry() + 1);
}

static void
add_entry_of_nothing(void)
{
	add_entry(NOBODY_ID, 1);
}

static void
lose_queue(void)
{
	const struct record owner = read_record(KIND_TICKET, ticket);
	const struct record queue = read_record(
	    KIND_QUEUE, record_ref(&owner, TICKET_QUEUE));

	plant_record(&queue, NULL);
}

static void
lose_customer(void)
{
	const struct record customer = read_record(KIND_CUSTOMER, 1);

	plant_record(&customer, NULL);
}

static void
lose_file(void)
{
	const struct record file = read_record(KIND_FILE, 1);

	plant_record(&file, NULL);
}

static void
lose_ticket_of_file(void)
{
	const struct record file = read_record(KIND_FILE, 1);
	struct record other = file;

	record_set_int(&other, FILE_TICKET, NOBODY_ID);
	plant_record(&file, &other);
}

static void
lose_role(void)
{
	const struct record agent = read_record(KIND_AGENT, ANN);
	const struct record role = read_record(
	    KIND_ROLE, record_ref(&agent, AGENT_ROLE));

	plant_record(&role, NULL);
}

/* A key's value with the byte at <at> (from the end) another one. */
static void
flip(const struct key *key, size_t at)
{
	struct bytes value = read_key(key);

	((char *)(uintptr_t)value.at)[value.len - 1 - at] ^= 1;
	write_key(key, value);
}

static void
see_ahead(void)
{
	struct key key;
	char value[8];

	key_seen(&key, ANN, ticket);
	be64_write(value, last_entry() + 1);
	write_key(&key, (struct bytes){ value, sizeof value });
}

static void
see_in_part(void)
{
	struct key key;

	key_seen(&key, ANN, ticket);
	write_key(&key, BYTES("7"));
}

/* A record of a commit that is yet to come, with a checksum that holds. */
static void
write_ahead(void)
{
	struct key key = key_of_record(KIND_TICKET, ticket);
	struct bytes value = read_key(&key);
	char *at = (char *)(uintptr_t)value.at;
	uint32_t sum;

	at[10] = 1; /* of its rev, little-endian */
	sum = crc32c(0, at + 4, value.len - 4);
	memcpy(at, &sum, sizeof sum);
	write_key(&key, value);
}

static struct key
first_key(char table)
{
	const struct key prefix = prefix_of(table);

	return find_key(&prefix, FORWARD);
}

static void
misplace_job(void)
{
	const struct key key = first_key(KEY_JOB_OF);

	flip(&key, 0); /* when it is due */
}

static void
rename_event(void)
{
	const struct key key = first_key(KEY_EVENT_OF);

	flip(&key, 0); /* its hook */
}

static struct key
list_of(const char *term)
{
	struct key key = prefix_of(KEY_SEARCH);

	key_text(&key, bytes_of(term));
	return find_key(&key, FORWARD);
}

/* The list of one word under another one, too. */
static void
add_posting(void)
{
	struct key key = list_of("refund"), other = prefix_of(KEY_SEARCH);

	key_raw(&other, "defund", 6);
	key_raw(&other, key.at + 7, key.len - 7u);
	write_key(&other, read_key(&key));
}

static void
break_list(void)
{
	struct key key = list_of("refund");
	struct bytes value = read_key(&key);

	/* a record's header, and what no list is */
	write_key(&key, (struct bytes){ value.at, RECORD_HEADER_SIZE });
}

static struct key
unique_of(const char *email)
{
	struct key key;

	key_unique(&key, KIND_AGENT, INDEX_AGENT_EMAIL, bytes_of(email));
	return key;
}

static void
lose_unique(void)
{
	const struct key key = unique_of("ann@example.com");

	write_key(&key, BYTES_NONE);
}

static void
add_unique(void)
{
	const struct key key = unique_of("ann@example.com"),
			 other = unique_of("eve@example.com");

	write_key(&other, read_key(&key));
}

/* What an entry of the first index says of its ticket besides. */
static void
lie_in_index(void)
{
	struct key prefix = prefix_of(KEY_INDEX), key;

	key_u8(&prefix, KIND_TICKET);
	key_u8(&prefix, INDEX_TICKET_STATE);
	key = find_key(&prefix, FORWARD);
	flip(&key, 0); /* the queue */
}

static void
cut_text(void)
{
	struct key prefix = prefix_of(KEY_BIG), key;
	struct bytes value;

	key_u8(&prefix, KIND_ENTRY);
	key = find_key(&prefix, BACKWARD);
	value = read_key(&key);

	write_key(&key, (struct bytes){ value.at, RECORD_HEADER_SIZE });
}

static const struct {
	const char *damage;
	void (*plant)(void);
	const char *says;
} cases[] = {
	{ "the first entry is missing", lose_first_entry,
	    "hookdesk: ticket: entry 1 of ticket 1 is missing\n" },
	{ "the newest entry is missing", lose_last_entry,
	    "hookdesk: ticket: entry " },
	{ "an entry too many", add_entry_behind,
	    "hookdesk: ticket: ticket 1 does not know of its entry " },
	{ "an entry without a ticket", add_entry_of_nothing,
	    "hookdesk: ticket: entries are left of ticket 99\n" },
	{ "a queue is missing", lose_queue,
	    "hookdesk: ticket: ticket 1: its \"queue\" leads to queue " },
	{ "a customer is missing", lose_customer,
	    "ticket 1: its \"customer\" leads to customer 1, which is not "
	    "there\n" },
	{ "a file's record is missing", lose_file,
	    "entry 2 of ticket 1: its \"files\" leads to file 1, which is not "
	    "there\n" },
	{ "a file of no ticket", lose_ticket_of_file,
	    "file 1: its \"ticket\" leads to ticket 99, which is not there\n" },
	{ "an agent's role is missing", lose_role,
	    "agent 1: its \"role\" leads to role " },
	{ "seen what is not there", see_ahead,
	    "agent 1 has seen what ticket 1 does not have\n" },
	{ "a seen mark in part", see_in_part,
	    "a mark of what an agent has seen is damaged\n" },
	{ "a commit that never was", write_ahead,
	    ": written by a commit that never was\n" },
	{ "a job elsewhere", misplace_job,
	    " is known to a ticket that has none\n" },
	{ "an event by another name", rename_event,
	    " is not known to its ticket\n" },
	{ "a posting too many", add_posting,
	    "the lists of the search index do not hold the records' words\n" },
	{ "a list in part", break_list, "the search index is damaged\n" },
	{ "a unique key is missing", lose_unique,
	    "hookdesk: index: agent 1 is not in its index \"email\"\n" },
	{ "a unique key too many", add_unique,
	    "index \"email\" has agent 1 where it does not belong\n" },
	{ "an index that says something else", lie_in_index,
	    "ticket 1: the index \"state\" says something else than the "
	    "record\n" },
	{ "a part of a text in part", cut_text,
	    "a part of its text \"body\" is of a wrong size\n" },
};

/* One site for all: what was planted is gone when its file is as it was. */
static void
test_check__names_what_is_damaged(void)
{
	struct buf sound = BUF_INIT;
	char path[PATH_MAX];

	begin_full();
	path_of(path, "data.mdb");
	store_close(store);
	MUST(file_read(path, FIXTURE_MAP, &sound, NULL));
	open_store();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].damage);
		cases[i].plant();
		CHECK_INT(check(), 1);
		CHECK(says(cases[i].says));
		store_close(store);
		MUST(file_replace(path, 0600, buf_get(&sound), NULL));
		open_store();
	}
	CHECK_INT(check(), 0);
	buf_release(&sound);
	end();
}

/* One bit, in the first value of each table that has checksums. */
static void
test_check__reads_every_table(void)
{
	static const char tables[] = {
#define X(id, letter, record, name) letter,
		KEY_TABLES(X)
#undef X
	};

	begin_full();
	CHECK_INT(check(), 0);
	CHECK(says(": 0 faults\n"));
	for (size_t i = 0; i < sizeof tables; i++) {
		const struct key key = first_key(tables[i]);

		if (!key_table_info(tables[i])->is_record ||
		    tables[i] == KEY_META)
			continue; /* what is in META the store itself needs */
		printf("# %s\n", key_table_info(tables[i])->name);
		flip(&key, 0);
		CHECK_INT(check(), 1);
		CHECK(says(": checksum is wrong\n"));
		flip(&key, 0);
	}
	CHECK_INT(check(), 0);
	end();
}

int
main(void)
{
	RUN(test_check__reads_every_table);
	RUN(test_check__names_what_is_damaged);
	return tap_done();
}
