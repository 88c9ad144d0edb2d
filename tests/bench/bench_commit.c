/* tests/bench/bench_commit.c - what commits and reads of the store cost.
 *
 *   bench_commit [--dir DIR] [--seconds N] [--threads N] [--records N]
 *
 * Threads commit changes like those of a new ticket: a record of 600 bytes,
 * 8 index entries, 2 counters, an event and a job. Batch limits of 1 and of
 * 256 take turns in one run, so that both meet the same disk. Then N records
 * are read as pages do it: 50 by id with their checksums, at random and the
 * newest, and 50 over an index.
 */
#include "config.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/store/store.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define RECORD_SIZE 600
#define INDEXES 8
#define PAGE_ROWS 50
#define TURNS 3
#define KIND 1

static struct {
	const char *dir;
	int seconds, threads, records;
} options = { NULL, 2, 64, 100000 };

static void
must(enum err err, const char *what)
{
	if (err == ERR_OK)
		return;
	fprintf(stderr, "bench_commit: %s: %s\n", what, err_name(err));
	exit(1);
}
#define MUST(call) must(call, #call)

static double
cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* --- a change like that of a new ticket --- */

static void
ticket_change(struct change *c, uint64_t id, int64_t now_us, uint64_t spread)
{
	static const char text[RECORD_SIZE] = "a ticket";
	static const char small[RECORD_HEADER_SIZE + 60] = "an event";
	unsigned n_event = change_number(c), n_job = change_number(c);
	struct key key;

	key_record(&key, KIND, id);
	change_guard_rev(c, key_get(&key), 0);
	change_put_record(
	    c, key_get(&key), (struct bytes){ text, sizeof text });
	for (uint8_t i = 0; i < INDEXES; i++) {
		key_index(&key, KIND, i);
		if (i > 0) /* index 0 is by time alone */
			key_u64(&key, spread >> (8 * i) & 63);
		key_int(&key, now_us);
		key_u64(&key, id);
		change_put(c, key_get(&key), BYTES_NONE);
	}
	for (uint8_t i = 0; i < 2; i++) {
		key_count(&key, i);
		key_u64(&key, spread & 7);
		change_add(c, key_get(&key), 1);
	}
	change_put_numbered(c, BYTES("e"), n_event, BYTES_NONE,
	    (struct bytes){ small, sizeof small }, true);
	key_job(&key, now_us);
	change_put_numbered(c, key_get(&key), n_job, BYTES_NONE,
	    (struct bytes){ small, sizeof small }, true);
}

/* --- commits --- */

struct turn {
	struct store *store;
	_Atomic bool stop;
	_Atomic uint64_t commits;
};

static void *
commit_all_the_time(void *arg)
{
	struct turn *turn = arg;
	struct arena *arena = arena_create();
	uint64_t commits = 0;

	while (!atomic_load_explicit(&turn->stop, memory_order_relaxed)) {
		struct change *c = NULL;

		arena_reset(arena);
		MUST(change_create(arena, &c));
		ticket_change(c, store_next_id(turn->store, KIND),
		    store_now_us(turn->store), random_u64());
		MUST(store_commit(turn->store, c, NULL));
		commits++;
	}
	atomic_fetch_add(&turn->commits, commits);
	arena_destroy(arena);
	return NULL;
}

struct result {
	double per_second, cpu_us, group;
};

static struct result
run_turn(const char *dir, unsigned batch_limit)
{
	struct store_options store_options = STORE_OPTIONS(dir);
	struct turn turn = { .store = NULL };
	struct store_status before, after;
	pthread_t *threads = calloc((size_t)options.threads, sizeof *threads);
	int64_t begin_us, took_us;
	double cpu;

	store_options.batch_limit = batch_limit;
	MUST(store_open(&store_options, &turn.store, NULL));
	MUST(store_status(turn.store, &before));
	cpu = cpu_us();
	begin_us = clock_monotonic_us();
	for (int i = 0; i < options.threads; i++)
		if (pthread_create(
			&threads[i], NULL, commit_all_the_time, &turn) != 0)
			must(ERR_NOMEM, "pthread_create");
	while (
	    clock_monotonic_us() - begin_us < options.seconds * CLOCK_SECOND_US)
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	atomic_store(&turn.stop, true);
	for (int i = 0; i < options.threads; i++)
		pthread_join(threads[i], NULL);
	took_us = clock_monotonic_us() - begin_us;
	cpu = cpu_us() - cpu;
	MUST(store_status(turn.store, &after));
	store_close(turn.store);
	free(threads);
	return (struct result){
		.per_second = (double)turn.commits * 1e6 / (double)took_us,
		.cpu_us = cpu / (double)turn.commits,
		.group = (double)turn.commits /
		    (double)(after.batches - before.batches),
	};
}

static void
bench_commits(const char *dir)
{
	static const unsigned limits[] = { 1, STORE_BATCH_MAX };
	double sum[2] = { 0, 0 };

	printf("%d threads, changes of 14 keys, synced\n", options.threads);
	for (int turn = 0; turn < TURNS; turn++)
		for (int i = 0; i < 2; i++) {
			struct result r = run_turn(dir, limits[i]);

			printf("  batch limit %3u  %8.0f commits/s  "
			       "%6.1f us CPU each  %5.1f a sync\n",
			    limits[i], r.per_second, r.cpu_us, r.group);
			sum[i] += r.per_second;
		}
	printf("  256 against 1: %.1fx\n", sum[1] / sum[0]);
}

/* --- reads --- */

static void
fill(struct store *store, uint64_t first)
{
	struct arena *arena = arena_create();

	for (int done = 0; done < options.records;) {
		struct change *c = NULL;

		arena_reset(arena);
		MUST(change_create(arena, &c));
		/* Many in one change: this is not what is measured. */
		for (int i = 0; i < 500 && done < options.records; i++)
			ticket_change(c, first + (uint64_t)done++,
			    store_now_us(store), random_u64());
		MUST(store_commit(store, c, NULL));
	}
	arena_destroy(arena);
}

static void
read_by_id(struct snapshot *s, uint64_t id)
{
	struct bytes value;
	struct key key;

	key_record(&key, KIND, id);
	MUST(snapshot_get(s, key_get(&key), &value));
	MUST(record_check(value, NULL));
}

static void
page_at_random(struct snapshot *s, uint64_t first)
{
	for (int i = 0; i < PAGE_ROWS; i++)
		read_by_id(s, first + random_below((uint64_t)options.records));
}

static void
page_of_newest(struct snapshot *s, uint64_t first)
{
	for (int i = 1; i <= PAGE_ROWS; i++)
		read_by_id(s, first + (uint64_t)(options.records - i));
}

static void
page_by_index(struct snapshot *s, uint64_t first)
{
	struct bytes key, value;
	struct cursor cursor;
	struct key prefix;

	(void)first;
	key_index(&prefix, KIND, 0);
	MUST(cursor_open_prefix(s, key_get(&prefix), BACKWARD, &cursor));
	for (int i = 0; i < PAGE_ROWS; i++) {
		MUST(cursor_next(&cursor, &key, &value));
		read_by_id(s, be64_read(key.at + key.len - 8));
	}
	cursor_close(&cursor);
}

static void
steps_of_index(struct snapshot *s, uint64_t first)
{
	struct bytes key, value;
	struct cursor cursor;
	struct key prefix;

	(void)first;
	key_index(&prefix, KIND, 0);
	MUST(cursor_open_prefix(s, key_get(&prefix), FORWARD, &cursor));
	for (int i = 0; i < PAGE_ROWS; i++)
		MUST(cursor_next(&cursor, &key, &value));
	cursor_close(&cursor);
}

static void
nothing(struct snapshot *s, uint64_t first)
{
	(void)s;
	(void)first;
}

static void
bench_reads(const char *dir)
{
	static const struct {
		const char *what;
		void (*page)(struct snapshot *s, uint64_t first);
	} pages[] = {
		{ "a snapshot alone", nothing },
		{ "50 records at random", page_at_random },
		{ "50 newest records", page_of_newest },
		{ "50 steps over an index", steps_of_index },
		{ "50 newest by index, with records", page_by_index },
	};
	struct store_options store_options = STORE_OPTIONS(dir);
	struct store *store;
	uint64_t first;

	MUST(store_open(&store_options, &store, NULL));
	first = store_next_id(store, KIND);
	store_raise_id(store, KIND, first + (uint64_t)options.records);
	fill(store, first);
	printf("%d more records of %d bytes; checksums compared\n",
	    options.records, RECORD_SIZE);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		int64_t begin_us = clock_monotonic_us(), took_us;
		int rounds = 0;

		do {
			struct snapshot *s;

			MUST(store_snapshot(store, &s));
			pages[i].page(s, first);
			snapshot_release(s);
			rounds++;
			took_us = clock_monotonic_us() - begin_us;
		} while (took_us < CLOCK_SECOND_US / 2);
		printf("  %-34s %8.2f us\n", pages[i].what,
		    (double)took_us / rounds);
	}
	store_close(store);
}

static void
options_read(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		struct bytes name = bytes_of(argv[i]);
		int n = atoi(argv[i + 1]);

		if (bytes_is(name, "--dir"))
			options.dir = argv[i + 1];
		else if (bytes_is(name, "--seconds") && n > 0)
			options.seconds = n;
		else if (bytes_is(name, "--threads") && n > 0)
			options.threads = n;
		else if (bytes_is(name, "--records") && n >= PAGE_ROWS)
			options.records = n;
		else
			argc = 0; /* not understood */
	}
	if (argc % 2 == 1)
		return;
	fputs("usage: bench_commit [--dir DIR] [--seconds N] [--threads N] "
	      "[--records N]\n",
	    stderr);
	exit(2);
}

int
main(int argc, char **argv)
{
	struct store_options store_options;
	struct store *store;
	char dir[PATH_MAX];

	options_read(argc, argv);
	if (options.dir != NULL)
		setenv("TMPDIR", options.dir, 1);
	MUST(file_temp_folder(dir, sizeof dir));
	store_options = STORE_OPTIONS(dir);
	store_options.create = true;
	MUST(store_open(&store_options, &store, NULL));
	store_close(store);
	bench_commits(dir);
	bench_reads(dir);
	MUST(file_remove_tree(dir));
	return 0;
}
