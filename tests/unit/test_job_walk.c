/* tests/unit/test_job_walk.c - which job is whose, in core/desk/job_walk.c. */
#include "config.h"
#include "core/desk/job_walk.h"
#include "core/desk/run.h"
#include "tests/unit/desk_fixture.h"

/* One who takes jobs: his snapshot, and what he has. */
struct taker {
	struct site_read read;
	struct job_run run;
	struct claim *claim;
	enum err err;
};

static struct desk_fixture f;
static struct job_walk walk;

static void
setup(void)
{
	desk_setup(&f);
	desk_script(&f, "t",
	    "desk.on('ticket.created', { name = 'seen' }, function(event)\n"
	    "  event.ticket:note('seen')\n"
	    "end)\n");
	job_walk_init(&walk, f.site, LANE_SCRIPTS);
}

static void
teardown(void)
{
	job_walk_destroy(&walk);
	desk_teardown(&f);
}

static void
submit(const char *emails)
{
	for (; *emails != '\0'; emails++) {
		char email[] = "x@example.org";

		email[0] = *emails;
		if (desk_submit(&f, email, "x", "x") == 0)
			abort();
	}
}

/* The number of the ticket whose job he gets; 0 for none. */
static int
take(struct taker *taker)
{
	uint64_t ended = job_walk_ended(&walk);
	int64_t due_us;

	MUST(site_read_begin(f.site, &taker->read));
	taker->err = job_walk_take(&walk, taker->read.snapshot,
	    taker->read.now_us, ended, &taker->run, &taker->claim, &due_us);
	if (taker->claim == NULL) {
		site_read_end(&taker->read);
		return 0;
	}
	return (int)record_ref(&taker->run.job, JOB_TICKET);
}

static void
give(struct taker *taker, bool runs)
{
	if (runs)
		MUST(job_run(f.site, &taker->read, &taker->run, f.arena));
	site_read_end(&taker->read);
	job_walk_give(&walk, taker->claim, runs);
}

static void
test_job_walk__keeps_each_customers_order(void)
{
	struct taker one, two, three;

	setup();
	submit("aabac");
	CHECK_INT(take(&one), 1);
	CHECK_INT(take(&two), 3); /* past the second of a */
	CHECK_INT(take(&three), 5);
	give(&one, true);
	CHECK_INT(take(&one), 2);
	CHECK_INT(one.err, ERR_OK);
	give(&three, true);
	CHECK_INT(take(&three), 0); /* all that is left is being run */
	give(&two, true);
	give(&one, true);
	CHECK_INT(take(&one), 4);
	give(&one, true);
	CHECK_INT(take(&one), 0);
	CHECK_INT(one.err, ERR_NOT_FOUND);
	teardown();
}

/* What was given back unrun comes again in the next walk, after the others. */
static void
test_job_walk__comes_back_to_what_did_not_run(void)
{
	static const struct {
		int ticket;
		bool runs;
	} want[] = { { 1, false }, { 3, true }, { 4, false }, { 1, false },
		{ 4, false } };
	struct taker one, two;

	setup();
	submit("abaa");
	CHECK_INT(take(&one), 1);
	CHECK_INT(take(&two), 2);
	give(&two, true);
	CHECK_INT(take(&two), 0); /* the end; it begins again */
	give(&one, false);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		CHECK_INT(take(&one), want[i].ticket);
		give(&one, want[i].runs);
	}
	CHECK_INT(take(&one), 0);
	CHECK_INT(one.err, ERR_NOT_FOUND);
	teardown();
}

/* A snapshot that is older than the end of another run may show what is gone.
 */
static void
test_job_walk__tells_when_a_job_may_be_gone(void)
{
	struct taker one, two;
	uint64_t ended;
	int64_t due_us;

	setup();
	submit("ab");
	CHECK_INT(take(&one), 1);
	ended = job_walk_ended(&walk);
	MUST(site_read_begin(f.site, &two.read));
	give(&one, true);
	two.err = job_walk_take(&walk, two.read.snapshot, two.read.now_us,
	    ended, &two.run, &two.claim, &due_us);
	CHECK_INT(two.err, ERR_STALE);
	CHECK(two.claim != NULL);
	give(&two, false);
	teardown();
}

/* Nobody searches the whole backlog of one customer for somebody else. */
static void
test_job_walk__gives_up_after_many_of_the_same(void)
{
	struct taker one, two;
	int got = 0;

	setup();
	for (int i = 0; i < 300; i++)
		submit("a");
	submit("b");
	CHECK_INT(take(&one), 1);
	CHECK_INT(take(&two), 0);
	CHECK_INT(two.err, ERR_BUSY);
	CHECK_INT(take(&two), 301); /* it goes on where it was */
	give(&two, true);
	give(&one, true);
	for (int i = 2; i <= 300; i++) {
		got += take(&one) == i;
		give(&one, true);
	}
	CHECK_INT(got, 299);
	teardown();
}

static void
test_job_walk__has_one_turn_for_nobodys(void)
{
	struct claim *one, *two;

	setup();
	MUST(job_walk_claim(&walk, job_walk_ended(&walk), &one));
	CHECK_INT(job_walk_claim(&walk, job_walk_ended(&walk), &two), ERR_BUSY);
	CHECK(two == NULL);
	job_walk_give(&walk, one, true);
	CHECK_INT(job_walk_claim(&walk, 0, &two), ERR_STALE);
	job_walk_give(&walk, two, false);
	teardown();
}

int
main(void)
{
	RUN(test_job_walk__keeps_each_customers_order);
	RUN(test_job_walk__comes_back_to_what_did_not_run);
	RUN(test_job_walk__tells_when_a_job_may_be_gone);
	RUN(test_job_walk__gives_up_after_many_of_the_same);
	RUN(test_job_walk__has_one_turn_for_nobodys);
	return tap_done();
}
