/* tests/unit/test_sites.c - sites of one server that are closed when nobody
 * asks for them: others may write then, and jobs that are due later run.
 */
#include "config.h"
#include "core/cli/sites.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/secret.h"
#include "core/cli/cli.h"
#include "core/cli/held.h"
#include "core/desk/runner.h"
#include "core/desk/site_create.h"
#include "core/pages/pages.h"
#include "core/web/site.h"
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MAX_US (20 * CLOCK_SECOND_US)

static char root[PATH_MAX];
static struct sites *sites;
static struct web_shared *shared;
static struct arena *arena;

static const char *
dir_of(const char *name)
{
	return arena_printf(arena, "%s/%s", root, name);
}

static void
make_site(const char *name)
{
	struct site_founding founding = { .dir = dir_of(name),
		.name = BYTES("Example"),
		.admin = BYTES("ann@example.com"),
		.base_url = BYTES("https://help.example.com"),
		.is_unsynced = true };
	struct why why = { .message = "" };

	must(site_create(&founding, &why), why.message);
	MUST(held_release(founding.dir, &why));
}

static enum err
send_job(void *arg, struct site *site, const struct record *job,
    struct arena *mail, struct bytes *message_id, struct why *why)
{
	(void)arg, (void)site, (void)job, (void)mail, (void)why;
	*message_id = BYTES("x@example.com");
	return ERR_OK;
}

static const struct desk_output output = { .send = send_job };

static void
begin(void)
{
	struct sites_options options = { .root = root,
		.threads = 2,
		.map_size = FIXTURE_MAP,
		.min_free_set = true,
		.output = &output,
		.idle_s = 1 };
	char share[PATH_MAX];
	struct why why = { .message = "" };

	MUST(secret_init());
	MUST(file_temp_folder(root, sizeof root));
	arena = arena_create();
	make_site("alpha");
	make_site("beta");
	snprintf(share, sizeof share, "%s/www", path_get(PATH_DATADIR));
	must(web_shared_create(
		 share, page_routes, page_routes_count, &why, &shared),
	    why.message);
	options.shared = shared;
	MUST(sites_create(&options, &sites));
}

static void
end(void)
{
	sites_destroy(sites);
	web_shared_destroy(shared);
	arena_destroy(arena);
	MUST(file_remove_tree(root));
}

static struct web_site *
take(const char *name)
{
	struct why why = { .message = "" };
	struct web_site *site = NULL;

	must(sites_take(sites, bytes_of(name), &site, &why), why.message);
	return site;
}

/* Open it as a command does that is nobody's server; NULL while the server has
 * it. */
static struct site *
open_outside(const char *name)
{
	struct site_options options = { .dir = dir_of(name),
		.no_scripts = true,
		.map_size = FIXTURE_MAP,
		.min_free_set = true,
		.is_unsynced = true };
	struct why why;
	struct site *site = NULL;
	enum err err = site_open(&options, &site, &why);

	CHECK(err == ERR_OK || err == ERR_BUSY);
	return err == ERR_OK ? site : NULL;
}

static bool
is_open(const char *name)
{
	struct site *site = open_outside(name);

	site_close(site);
	return site == NULL;
}

/* Let the server take care until <name> is open, or closed. */
static void
care_until(const char *name, bool wanted)
{
	int64_t until_us = clock_monotonic_us() + WAIT_MAX_US;

	while (is_open(name) != wanted && clock_monotonic_us() < until_us) {
		nanosleep(
		    &(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
		sites_care(sites);
	}
	CHECK(is_open(name) == wanted);
}

static int
run_command(
    const char *verb, const char *what, const char *name, const char *object)
{
	char *argv[6] = { NULL };
	const char *words[] = { "hookdesk", verb, what, dir_of(name), object };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		argv[i] = arena_copy(arena, words[i], strlen(words[i]));
	return cli_main(5, argv);
}

static bool
has_agent(struct site *desk, const char *email)
{
	struct site_read read;
	struct record agent;
	enum err err;

	MUST(site_read_begin(desk, &read));
	err = record_find_by(read.snapshot, KIND_AGENT, INDEX_AGENT_EMAIL,
	    bytes_of(email), &agent);
	site_read_end(&read);
	return err == ERR_OK;
}

static void
test_site__is_given_back_when_idle(void)
{
	struct web_site *site;

	begin();
	CHECK(!is_open("alpha"));
	site = take("alpha");
	CHECK(is_open("alpha"));
	/* not while it is used, however long */
	nanosleep(
	    &(struct timespec){ .tv_sec = 1, .tv_nsec = 50 * 1000 * 1000 },
	    NULL);
	sites_care(sites);
	CHECK(is_open("alpha"));
	sites_give(sites, site);
	care_until("alpha", false);
	/* whoever is no server may write now, and the next request sees it */
	CHECK_INT(
	    run_command("agent", "add", "alpha", "new@example.com"), CLI_DONE);
	site = take("alpha");
	CHECK(is_open("alpha"));
	CHECK(has_agent(web_site_desk(site), "new@example.com"));
	/* and through the server that has it */
	CHECK_INT(run_command("agent", "add", "alpha", "newer@example.com"),
	    CLI_DONE);
	CHECK(has_agent(web_site_desk(site), "newer@example.com"));
	sites_give(sites, site);
	CHECK(!is_open("beta")); /* nobody asked for it */
	end();
}

/* ---- jobs ---- */

static void
do_act(struct site *desk, struct act_input *input, struct act_result *result)
{
	struct why why = { .message = "" };

	input->actor = actor_system();
	must(desk_act(desk, input, arena, result, &why), why.message);
}

/* The ticket is pending until <seconds> from now: a job opens it then. */
static void
put_off(struct site *desk, uint64_t ticket, int seconds)
{
	struct act_input input;
	struct act_result result;

	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.subject = ticket;
	record_set_int(&input.fields, TICKET_STATUS, STATUS_PENDING);
	record_set_int(&input.fields, TICKET_DUE,
	    site_now_us(desk) + seconds * CLOCK_SECOND_US);
	do_act(desk, &input, &result);
}

static uint64_t
add_ticket(struct site *desk)
{
	struct act_input input;
	struct act_result result;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.email = BYTES("bob@example.org");
	input.body = BYTES("Later");
	record_set_text(&input.fields, TICKET_SUBJECT, BYTES("Later"));
	do_act(desk, &input, &result);
	return result.ticket;
}

static bool
is_open_ticket(const char *name, uint64_t ticket)
{
	struct web_site *site = take(name);
	struct site_read read;
	struct record record;

	MUST(site_read_begin(web_site_desk(site), &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	site_read_end(&read);
	sites_give(sites, site);
	return record_int(&record, TICKET_STATUS) == STATUS_OPEN;
}

static bool
was_closed(const struct buf *log, const char *name)
{
	const char *line = arena_printf(
	    arena, "event=site.closed site=%s\n", dir_of(name));

	return bytes_find(buf_get(log), bytes_of(line)) != NULL;
}

/* One site has a job in a minute and some seconds: it is closed, and opened
 * for it. The other has one in half a minute: closing it is not worth it. */
static void
test_site__is_opened_for_its_jobs(void)
{
	struct web_site *alpha, *beta;
	struct buf log = BUF_INIT;
	struct site *outside;
	int64_t until_us;
	uint64_t ticket;
	const char *path;
	int fd;

	begin();
	path = dir_of("log");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	log_set_fd(fd);
	log_set_level(LOG_INFO); /* commands say less */
	alpha = take("alpha");
	beta = take("beta");
	ticket = add_ticket(web_site_desk(alpha));
	put_off(web_site_desk(alpha), ticket, 63);
	put_off(web_site_desk(beta), add_ticket(web_site_desk(beta)), 30);
	sites_give(sites, alpha);
	sites_give(sites, beta);
	care_until("alpha", false);
	outside = open_outside("alpha");
	CHECK(outside != NULL);
	if (outside != NULL) /* so that nobody has to wait for so long */
		put_off(outside, ticket, 0);
	site_close(outside);
	care_until("alpha", true);
	until_us = clock_monotonic_us() + WAIT_MAX_US;
	while (
	    !is_open_ticket("alpha", ticket) && clock_monotonic_us() < until_us)
		nanosleep(&(struct timespec){ .tv_nsec = 5000000 }, NULL);
	CHECK(is_open_ticket("alpha", ticket));
	log_set_fd(2);
	close(fd);
	MUST(file_read(path, 1 << 20, &log, NULL));
	CHECK(was_closed(&log, "alpha") && !was_closed(&log, "beta"));
	buf_release(&log);
	end();
}

/* ---- a site of a newer hookdesk ---- */

static void
raise_format(const char *name)
{
	struct site *site = open_outside(name);
	const uint32_t format = STORE_FORMAT + 1;
	struct snapshot *snapshot;
	struct change *change;
	struct bytes value;
	struct key key;
	char *copy;

	MUST(store_snapshot(site_store(site), &snapshot));
	key_meta(&key, "store");
	MUST(snapshot_get(snapshot, key_get(&key), &value));
	copy = arena_copy(arena, value.at, value.len);
	memcpy(copy + RECORD_HEADER_SIZE, &format, sizeof format);
	MUST(change_create(arena, &change));
	change_put_record(
	    change, key_get(&key), (struct bytes){ copy, value.len });
	snapshot_release(snapshot);
	MUST(store_commit(site_store(site), change, NULL));
	site_close(site);
}

static void
test_site__of_a_newer_hookdesk_stays_closed(void)
{
	struct why why = { .message = "" };
	struct web_site *site = NULL;

	begin();
	raise_format("alpha");
	sites_open_all(sites);
	CHECK_INT(sites_take(sites, BYTES("alpha"), &site, &why), ERR_NEWER);
	CHECK_INT(why.n, STORE_FORMAT + 1);
	sites_give(sites, take("beta"));
	end();
}

int
main(void)
{
	RUN(test_site__is_given_back_when_idle);
	RUN(test_site__is_opened_for_its_jobs);
	RUN(test_site__of_a_newer_hookdesk_stays_closed);
	return tap_done();
}
