/* tests/unit/test_store_commit.c - group commit under many threads. */
#include "config.h"

#include "core/base/log.h"
#include "tests/unit/fault_engine.h"
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define THREADS 16

struct worker {
	pthread_t thread;
	struct fixture *f;
	struct arena *arena;
	int id;
	uint64_t ids[256];
	unsigned ok, conflicts, busy, full, others;
};

static void
workers_run(struct fixture *f, struct worker *workers, int n,
    void *(*run)(void *worker))
{
	for (int i = 0; i < n; i++) {
		workers[i] =
		    (struct worker){ .f = f, .id = i, .arena = arena_create() };
		if (pthread_create(
			&workers[i].thread, NULL, run, &workers[i]) != 0)
			must(ERR_NOMEM, "pthread_create");
	}
	for (int i = 0; i < n; i++) {
		pthread_join(workers[i].thread, NULL);
		arena_destroy(workers[i].arena);
	}
}

/* Commit and count the answer. */
static enum err
commit(struct worker *w, struct change *change)
{
	enum err err = store_commit(w->f->store, change, NULL);

	switch (err) {
	case ERR_OK: w->ok++; break;
	case ERR_CONFLICT: w->conflicts++; break;
	case ERR_BUSY: w->busy++; break;
	case ERR_FULL: w->full++; break;
	default: w->others++; break;
	}
	return err;
}

static struct change *
worker_change(struct worker *w)
{
	struct change *change = NULL;

	arena_reset(w->arena);
	MUST(change_create(w->arena, &change));
	return change;
}

/* --- numbers, counts and ids --- */

#define EVENTS 200

static void *
log_events(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < EVENTS; i++) {
		struct change *c = worker_change(w);
		char text[32];

		snprintf(text, sizeof text, "%d %d", w->id, i);
		for (int k = 0; k < 3; k++)
			change_put_numbered(c, BYTES("e"), change_number(c),
			    BYTES_NONE, bytes_of(text), false);
		change_add(c, BYTES("c sum"), 1);
		w->ids[i] = store_next_id(w->f->store, 1);
		commit(w, c);
	}
	return NULL;
}

/* A reader of the log, who goes on from the last number that he saw. */
struct reader {
	struct fixture *f;
	_Atomic bool stop;
	uint64_t seen, last;
	bool went_back;
};

static void
read_some(struct reader *r)
{
	struct snapshot *s = NULL;
	struct bytes key, value;
	struct cursor cursor;
	char from[9] = { 'e' };

	MUST(store_snapshot(r->f->store, &s));
	be64_write(from + 1, r->last + 1);
	MUST(cursor_open(s, (struct bytes){ from, sizeof from }, BYTES("f"),
	    FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK) {
		uint64_t number = be64_read(key.at + 1);

		r->went_back |= number <= r->last;
		r->last = number;
		r->seen++;
	}
	cursor_close(&cursor);
	snapshot_release(s);
}

static void *
read_log(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(&r->stop)) {
		read_some(r);
		sched_yield();
	}
	read_some(r);
	return NULL;
}

static int
compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_store_commit__numbers_are_unique_and_none_is_missed(void)
{
	static struct worker workers[THREADS];
	static uint64_t ids[THREADS * EVENTS];
	struct fixture f;
	struct reader reader = { .f = &f };
	pthread_t thread;
	size_t n = 0;

	fixture_init(&f);
	CHECK_INT(pthread_create(&thread, NULL, read_log, &reader), 0);
	workers_run(&f, workers, THREADS, log_events);
	atomic_store(&reader.stop, true);
	pthread_join(thread, NULL);

	CHECK_INT(reader.seen, THREADS * EVENTS * 3);
	CHECK(!reader.went_back);
	CHECK_INT(get_count(&f, "c sum"), THREADS * EVENTS);
	CHECK_INT(store_commit_number(f.store), THREADS * EVENTS);
	for (int i = 0; i < THREADS; i++) {
		CHECK_INT(workers[i].ok, EVENTS);
		for (int k = 0; k < EVENTS; k++)
			ids[n++] = workers[i].ids[k];
	}
	qsort(ids, n, sizeof *ids, compare_u64);
	for (size_t i = 0; i < n; i++)
		CHECK_INT(ids[i], i + 1);
	fixture_release(&f);
}

/* --- one winner --- */

#define ROUNDS 50
#define RIVALS 8

static pthread_barrier_t rivals;

/* All read the record, then all write it with one more. */
static void *
increment(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct change *c = worker_change(w);
		struct snapshot *s = NULL;
		struct bytes value = BYTES_NONE;
		char text[RECORD_HEADER_SIZE + 8] = { 0 };
		uint64_t n = 0;

		MUST(store_snapshot(w->f->store, &s));
		if (snapshot_get(s, BYTES("r1"), &value) == ERR_OK)
			memcpy(&n, value.at + RECORD_HEADER_SIZE, 8);
		n++;
		memcpy(text + RECORD_HEADER_SIZE, &n, 8);
		change_guard_rev(c, BYTES("r1"), record_rev(value));
		snapshot_release(s);
		change_put_record(
		    c, BYTES("r1"), (struct bytes){ text, sizeof text });
		pthread_barrier_wait(&rivals);
		commit(w, c);
		pthread_barrier_wait(&rivals);
	}
	return NULL;
}

static void
test_change_guard_rev__lets_one_of_many_win(void)
{
	static struct worker workers[RIVALS];
	struct fixture f;
	unsigned conflicts = 0, ok = 0;
	uint64_t n = 0;

	fixture_init(&f);
	pthread_barrier_init(&rivals, NULL, RIVALS);
	workers_run(&f, workers, RIVALS, increment);
	pthread_barrier_destroy(&rivals);
	for (int i = 0; i < RIVALS; i++) {
		conflicts += workers[i].conflicts;
		ok += workers[i].ok;
	}
	CHECK_INT(ok, ROUNDS);
	CHECK_INT(conflicts, (RIVALS - 1) * ROUNDS);
	memcpy(&n, get_text(&f, "r1").at + RECORD_HEADER_SIZE, 8);
	CHECK_INT(n, ROUNDS);
	fixture_release(&f);
}

/* --- batches, with the engine's commits held up --- */

static struct {
	struct store *store;
	unsigned want;  /* that wait, before the next commit goes on */
	bool held_once; /* only the first commit is held */
} hold;

static void
hold_commit(void *context)
{
	struct store_status status;

	(void)context;
	if (hold.held_once)
		return;
	hold.held_once = true;
	do {
		sched_yield();
		MUST(store_status(hold.store, &status));
	} while (status.waiting < hold.want);
}

static void
fault_fixture(struct fixture *f, unsigned batch_limit, uint64_t map_size)
{
	fixture_prepare(f);
	f->options.engine = &engine_fault;
	f->options.batch_limit = batch_limit;
	if (map_size != 0)
		f->options.map_size = map_size;
	fixture_open(f);
	fault_clear();
	hold.store = f->store;
	hold.held_once = false;
	fault_on_commit(hold_commit, NULL);
}

/* One put of the key "k<id>". */
static void *
put_one(void *arg)
{
	struct worker *w = arg;
	struct change *c = worker_change(w);
	char key[40];

	snprintf(key, sizeof key, "k%d", w->id);
	change_put(c, bytes_of(key), BYTES("x"));
	commit(w, c);
	return NULL;
}

static void
test_store_commit__groups_those_who_wait(void)
{
	static const struct {
		unsigned batch_limit, at_most, at_least;
	} cases[] = { { 0, 2, 1 }, { 1, 32, 32 }, { 8, 5, 4 } };
	static struct worker workers[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;
		struct store_status status;

		fault_fixture(&f, cases[i].batch_limit, 0);
		hold.want = 32; /* the first commit waits for all of them */
		workers_run(&f, workers, 32, put_one);
		MUST(store_status(f.store, &status));
		CHECK_INT(status.commits, 32);
		printf("# limit %u: %u syncs\n", cases[i].batch_limit,
		    fault_calls(FAULT_COMMIT));
		CHECK(fault_calls(FAULT_COMMIT) <= cases[i].at_most);
		CHECK(fault_calls(FAULT_COMMIT) >= cases[i].at_least);
		CHECK_INT(status.batches, fault_calls(FAULT_COMMIT));
		CHECK_INT(status.waiting, 0);
		fault_clear();
		fixture_release(&f);
	}
}

static void
test_store_commit__too_many_are_busy(void)
{
	static struct worker workers[STORE_WAITING_MAX + 20];
	struct fixture f;
	unsigned ok = 0, busy = 0;

	fault_fixture(&f, 0, 0);
	hold.want = STORE_WAITING_MAX;
	workers_run(&f, workers, STORE_WAITING_MAX + 20, put_one);
	for (int i = 0; i < STORE_WAITING_MAX + 20; i++) {
		ok += workers[i].ok;
		busy += workers[i].busy;
	}
	CHECK_INT(ok + busy, STORE_WAITING_MAX + 20);
	CHECK(ok >= STORE_WAITING_MAX);
	CHECK_INT(store_commit_number(f.store), ok);
	fault_clear();
	fixture_release(&f);
}

/* The first four put 256 KiB, the others a byte. */
static void *
put_large_or_small(void *arg)
{
	static char big[ENGINE_VALUE_MAX];
	struct worker *w = arg;
	struct change *c = worker_change(w);
	char key[40];

	change_is_housekeeping(c);
	for (int i = 0; i < (w->id < 4 ? 4 : 1); i++) {
		snprintf(key, sizeof key, "k%d %d", w->id, i);
		change_put(c, bytes_of(key),
		    (struct bytes){ big, w->id < 4 ? sizeof big : 1 });
	}
	commit(w, c);
	return NULL;
}

static void
test_store_commit__what_does_not_fit_fails_alone(void)
{
	static struct worker workers[20];
	struct fixture f;
	unsigned ok = 0, full = 0;

	/* Room for one or two of the large ones, and for all small ones. */
	fault_fixture(&f, 0, 1 << 20);
	hold.want = 20;
	workers_run(&f, workers, 20, put_large_or_small);
	for (int i = 0; i < 20; i++) {
		char key[40];
		bool is_there;

		ok += workers[i].ok;
		full += workers[i].full;
		CHECK_INT(workers[i].ok + workers[i].full, 1);
		if (i >= 4)
			CHECK_INT(workers[i].ok, 1);
		for (int k = 0; k < (i < 4 ? 4 : 1); k++) {
			snprintf(key, sizeof key, "k%d %d", i, k);
			is_there = !bytes_is(get_text(&f, key), "(none)");
			CHECK_INT(is_there, workers[i].ok);
		}
	}
	CHECK(full >= 1 && ok >= 16);
	CHECK_INT(store_state(f.store), STORE_OPEN);
	fault_clear();
	fixture_release(&f);
}

/* --- every call of the engine fails once --- */

/* Eight changes by four threads, each all there or not at all. */
static void *
put_pairs(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 2; i++) {
		struct change *c = worker_change(w);
		char text[40];

		snprintf(text, sizeof text, "%d %d", w->id, i);
		change_guard_absent(c, BYTES("no such key"));
		for (char k = 'a'; k <= 'b'; k++) {
			char key[48];

			snprintf(key, sizeof key, "%c%s", k, text);
			change_put_record(c, bytes_of(key),
			    (struct bytes){ "123456789012 text", 17 });
		}
		change_add(c, BYTES("c all"), 1);
		change_delete(c, BYTES("no such key"));
		w->ids[i] = (uint64_t)commit(w, c);
	}
	return NULL;
}

/* <may_be_there>: after an error too. */
static void
check_pairs(struct fixture *f, const struct worker *workers, bool may_be_there)
{
	int64_t there = 0;

	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 2; k++) {
			char a[40], b[40];
			bool has_a, has_b, ok = workers[i].ids[k] == ERR_OK;

			snprintf(a, sizeof a, "a%d %d", i, k);
			snprintf(b, sizeof b, "b%d %d", i, k);
			has_a = bytes_is(get_record(f, a, NULL), " text");
			has_b = bytes_is(get_record(f, b, NULL), " text");
			CHECK_INT(has_a, has_b);
			CHECK(has_a || !ok);
			CHECK(ok || !has_a || may_be_there);
			there += has_a;
		}
	CHECK_INT(get_count(f, "c all"), there);
	CHECK_INT(store_commit_number(f->store), there);
}

static void
sweep(enum fault fault, enum err err)
{
	static struct worker workers[4];
	unsigned failed = 0;

	for (unsigned nth = 1; nth <= 24; nth++) {
		struct fixture f;

		fixture_prepare(&f);
		f.options.engine = &engine_fault;
		fixture_open(&f);
		fault_clear();
		fault_set(fault, nth, 1, err);
		workers_run(&f, workers, 4, put_pairs);
		for (int i = 0; i < 4; i++)
			failed += 2 - workers[i].ok;
		fault_clear();
		fixture_reopen(&f);
		check_pairs(&f, workers, fault == FAULT_SYNC);
		CHECK_INT(put_text(&f, "after", "all"), ERR_OK);
		fixture_release(&f);
	}
	/* FULL is tried again in halves: a single one may hit nobody. */
	CHECK(failed > 0 || err == ERR_FULL);
	printf("# fault %d, %s: %u told\n", fault, err_name(err), failed);
}

static void
test_store_commit__no_false_answer_when_a_call_fails(void)
{
	static const enum fault faults[] = { FAULT_BEGIN, FAULT_TXN_GET,
		FAULT_PUT, FAULT_DELETE, FAULT_COMMIT, FAULT_SYNC };
	static const enum err errs[] = { ERR_IO, ERR_FULL, ERR_NOMEM,
		ERR_CORRUPT };

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		for (size_t k = 0; k < sizeof errs / sizeof *errs; k++)
			if (faults[i] != FAULT_SYNC || errs[k] == ERR_CORRUPT)
				sweep(faults[i], errs[k]);
}

int
main(void)
{
	/* Damage that a test makes is no news. */
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	RUN(test_store_commit__numbers_are_unique_and_none_is_missed);
	RUN(test_change_guard_rev__lets_one_of_many_win);
	RUN(test_store_commit__groups_those_who_wait);
	RUN(test_store_commit__too_many_are_busy);
	RUN(test_store_commit__what_does_not_fit_fails_alone);
	RUN(test_store_commit__no_false_answer_when_a_call_fails);
	return tap_done();
}
