/* core/cli/status.c - hookdesk status, reload and resume. */
#include "config.h"
#include "core/cli/held.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/desk/job.h"
#include "core/desk/scripts.h"
#include "core/model/search.h"
#include "core/model/ticket.h"
#include "core/store/store.h"

#include <inttypes.h>

/* Everything that status tells, in order: `text` is how people read it. */
struct facts {
	struct store_status store;
	int64_t open, pending, closed, spam, waiting, jobs, failed;
	size_t texts;
	bool is_served, is_held;
};

/* Jobs that wait or were given up, texts that wait for the search index: up
 * to a limit, it is only a look. */
#define JOBS_COUNTED 10000

static enum err
count_jobs(struct snapshot *snapshot, struct facts *facts)
{
	struct job_at at = { .lane = 0 };
	struct job_run run;
	enum err err = ERR_OK;

	while (err == ERR_OK && facts->failed < JOBS_COUNTED) {
		err = job_next_failed(snapshot, &at, &run);
		facts->failed += err == ERR_OK;
	}
	for (int lane = 0; lane < LANE__COUNT; lane++) {
		struct job_at last;
		int64_t due_us;

		err = job_next(snapshot, (enum job_lane)lane, NULL, INT64_MAX,
		    &run, &due_us);
		while (err == ERR_OK && facts->jobs < JOBS_COUNTED) {
			facts->jobs++;
			last = run.at;
			err = job_next(snapshot, (enum job_lane)lane, &last,
			    INT64_MAX, &run, &due_us);
		}
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
	}
	return ERR_OK;
}

static enum err
gather(struct cli *cli, struct facts *facts)
{
	struct ticket_count *rows = NULL;
	struct site_read read;
	size_t count = 0;
	enum err err = store_status(site_store(cli->site), &facts->store);

	if (err == ERR_OK)
		err = site_read_begin(cli->site, &read);
	if (err != ERR_OK)
		return err;
	err = ticket_counts(read.snapshot, cli->arena, &rows, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		int64_t n = rows[i].count;

		facts->open += rows[i].state == STATE_OPEN ? n : 0;
		facts->pending += rows[i].state == STATE_PENDING ? n : 0;
		facts->closed += rows[i].state == STATE_CLOSED ? n : 0;
		facts->spam += rows[i].state == STATE_SPAM ? n : 0;
		facts->waiting += rows[i].is_waiting ? n : 0;
	}
	if (err == ERR_OK)
		err = count_jobs(read.snapshot, facts);
	if (err == ERR_OK)
		err = search_waiting(
		    read.snapshot, JOBS_COUNTED, &facts->texts);
	site_read_end(&read);
	facts->is_served = cli->is_owner;
	facts->is_held = held_is(site_dir(cli->site));
	return err;
}

int
cli_status(struct cli *cli)
{
	struct facts facts = { .open = 0 };
	struct json_writer w = json_writer(&cli->out);
	bool is_json = cli_option(cli, "json") != NULL;
	enum err err = cli->site != NULL ? gather(cli, &facts) : ERR_OK;
	const struct {
		const char *key, *text;
		int64_t n;
	} rows[] = {
		{ "open", "open tickets", facts.open },
		{ "waiting", "customers waiting", facts.waiting },
		{ "pending", "pending tickets", facts.pending },
		{ "closed", "closed tickets", facts.closed },
		{ "spam", "in spam", facts.spam },
		{ "jobs", "jobs to do", facts.jobs },
		{ "jobs_failed", "jobs set aside", facts.failed },
		{ "texts", "texts to take into the search index",
		    (int64_t)facts.texts },
		{ "commit", "commits so far",
		    (int64_t)facts.store.commit_number },
		{ "used_bytes", "bytes used",
		    (int64_t)facts.store.space.used_bytes },
		{ "disk_free_bytes", "bytes free on the disk",
		    (int64_t)facts.store.disk_free },
	};

	if (cli->site == NULL)
		return cli_each_site(cli);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[0], err, NULL);
	if (is_json) {
		json_begin_object(&w);
		json_member_string(&w, "dir", site_dir(cli->site));
		json_member_string(&w, "version", PACKAGE_VERSION);
		json_member_bool(&w, "served", facts.is_served);
		json_member_bool(&w, "held", facts.is_held);
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			json_member_int(&w, rows[i].key, rows[i].n);
		json_end_object(&w);
		buf_char(&cli->out, '\n');
		return CLI_DONE;
	}
	buf_printf(&cli->out, "%s%s\n",
	    facts.is_served ? "is served" : "is not served",
	    facts.is_held ? ", held: it sends nothing (hookdesk resume)" : "");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		buf_printf(
		    &cli->out, "%14" PRId64 " %s\n", rows[i].n, rows[i].text);
	return CLI_DONE;
}

/* In the owner's process it takes what has changed; without an owner it says
 * what would load, which is as good a check of scripts as any. */
int
cli_reload(struct cli *cli)
{
	struct why why = { .message = "" };
	enum err err;

	if (cli->site == NULL)
		return cli_each_site(cli);
	err = scripts_load(cli->site, &cli->out, &why);
	if (err == ERR_OK && cli->is_owner && cli_desk.reload != NULL)
		err = cli_desk.reload(cli->site, &cli->out, &why);
	return err == ERR_OK ? CLI_DONE :
			       cli_fail_err(cli, cli->args[0], err, &why);
}

enum cli_needs
cli_resume_needs(const struct cli *cli)
{
	return cli->arg_count > 0 && store_owner(cli->args[0]) != 0 ?
	    CLI_ASKS :
	    CLI_NOTHING;
}

/* The owner acts from now on; without one, the next that opens the site. */
int
cli_resume(struct cli *cli)
{
	const char *dir = cli->site != NULL ? site_dir(cli->site) :
					      cli->args[0];
	struct why why = { .message = "" };
	int code = cli_find_site(cli, dir);
	enum err err;

	if (code == CLI_DONE && !held_is(dir))
		code = cli_fail(cli, dir, "this site is not held");
	if (code == CLI_DONE && cli->site == NULL)
		code = cli_be_owner(cli, dir);
	if (code != CLI_DONE)
		return code;
	err = held_release(dir, &why);
	if (err == ERR_OK && cli->is_owner)
		err = site_start_jobs(cli->site);
	return err == ERR_OK ? CLI_DONE : cli_fail_err(cli, dir, err, &why);
}
