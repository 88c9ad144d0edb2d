/* core/desk/assign.c - which agent gets a ticket, chosen at the commit.
 *
 * The choice reads counters and agents that the same change writes or guards
 * (the chosen agent's record is rewritten with the time), so that of two
 * tickets at once the second meets a conflict and chooses again.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/ops.h"
#include "core/desk/query.h"
#include "core/desk/spent.h"

struct candidate {
	const struct record *agent;
	int64_t load;    /* open tickets */
	int64_t spent_s; /* worked today; where that is asked for */
	int64_t turn;    /* when a ticket was last given to him */
};

/* What a choice is made by: fewer is better. */
struct way {
	const char *name, *reason;
	size_t measure; /* offset of an int64_t of the candidate */
};

static const struct way ways[] = {
	{ "load", "has the fewest", offsetof(struct candidate, load) },
	{ "time_today", "worked least today",
	    offsetof(struct candidate, spent_s) },
	{ "turn", "next in turn", offsetof(struct candidate, turn) },
};

struct choice {
	struct work *work;
	const struct assign_policy *policy;
	const struct touched *ticket;
	const struct way *way; /* NULL: the first of the preferred */
	struct ticket_count *rows;
	size_t count;
};

static const struct way *
way_named(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	return NULL;
}

static int64_t
load_of(const struct ticket_count *rows, size_t count, uint64_t agent)
{
	int64_t load = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].owner == agent && rows[i].state == STATE_OPEN)
			load += rows[i].count;
	return load;
}

/* Whether the agent may and can take it: here, free, able to answer. */
static bool
is_able(const struct choice *choice, const struct record *agent)
{
	const struct directory *directory = choice->work->read.directory;
	uint64_t queue = record_ref(&choice->ticket->new, TICKET_QUEUE);

	return record_int(agent, AGENT_ACTIVE) &&
	    record_int(agent, AGENT_AVAILABLE) &&
	    directory_rights(directory, agent->id, queue) & RIGHT_REPLY &&
	    query_agent_fits(directory, agent, choice->policy->from);
}

static int64_t
measure_of(const struct way *way, const struct candidate *c)
{
	return *(const int64_t *)((const char *)c + way->measure);
}

static bool
is_better(
    const struct way *way, const struct candidate *a, const struct candidate *b)
{
	int64_t of_a = measure_of(way, a), of_b = measure_of(way, b);

	if (of_a != of_b)
		return of_a < of_b;
	if (a->turn != b->turn)
		return a->turn < b->turn;
	return a->agent->id < b->agent->id;
}

/* "an important customer, has the fewest: Anna (2 open)" */
static enum err
explain(const struct choice *choice, const char *words,
    const struct candidate *c, struct bytes *reason)
{
	struct buf out = buf_in(choice->work->arena);

	buf_bytes(&out, choice->policy->why);
	if (out.len > 0 && words[0] != '\0')
		buf_text(&out, ", ");
	buf_text(&out, words);
	if (c != NULL) {
		buf_printf(&out, ": %.*s (%lld open",
		    BYTES_ARG(record_label(c->agent)), (long long)c->load);
		if (choice->way == way_named("time_today"))
			buf_printf(&out, ", %lld min today",
			    (long long)c->spent_s / 60);
		buf_char(&out, ')');
	}
	if (out.failed)
		return ERR_NOMEM;
	*reason = buf_get(&out);
	return ERR_OK;
}

/* The agent as he is now: his last turn comes from this act's snapshot, not
 * from the directory, which may be older. Sets *<agent> to NULL when he cannot
 * take it or has enough. */
static enum err
fill_candidate(const struct choice *choice, const struct record *agent,
    struct candidate *out)
{
	struct work *work = choice->work;
	struct touched *person;
	enum err err = ERR_OK;

	out->agent = NULL;
	if (!is_able(choice, agent))
		return ERR_OK;
	out->load = load_of(choice->rows, choice->count, agent->id);
	if (choice->policy->cap > 0 && out->load >= choice->policy->cap)
		return ERR_OK;
	err = work_load(work, KIND_AGENT, agent->id, &person);
	if (err != ERR_OK)
		return err;
	out->turn = record_int(&person->new, AGENT_LAST_ASSIGNED_AT);
	out->spent_s = 0;
	if (choice->way == way_named("time_today"))
		err = spent_today(
		    &work->read, agent->id, work->arena, &out->spent_s);
	out->agent = agent;
	return err;
}

/* The first of those preferred who is free. */
static enum err
choose_preferred(const struct choice *choice, struct candidate *out)
{
	const struct assign_policy *policy = choice->policy;
	enum err err = ERR_OK;

	for (size_t i = 0;
	     err == ERR_OK && out->agent == NULL && i < policy->prefer_count;
	     i++) {
		const struct record *wanted = directory_find(
		    choice->work->read.directory, KIND_AGENT,
		    policy->prefer[i]);

		if (wanted != NULL)
			err = fill_candidate(choice, wanted, out);
	}
	return err;
}

static enum err
choose_best(const struct choice *choice, struct candidate *best)
{
	struct candidate one = { .agent = NULL };
	const struct record *const *agents;
	size_t count;
	enum err err = ERR_OK;

	agents = directory_all(
	    choice->work->read.directory, KIND_AGENT, &count);
	for (size_t i = 0; err == ERR_OK && choice->way != NULL && i < count;
	     i++) {
		err = fill_candidate(choice, agents[i], &one);
		if (err == ERR_OK && one.agent != NULL &&
		    (best->agent == NULL || is_better(choice->way, &one, best)))
			*best = one;
	}
	return err;
}

enum err
assign_choose(struct work *work, const struct touched *ticket,
    const struct assign_policy *policy, uint64_t *agent, struct bytes *reason)
{
	struct choice choice = { work, policy, ticket, way_named(policy->by),
		NULL, 0 };
	struct candidate best = { .agent = NULL };
	const char *words;
	enum err err = ticket_counts(
	    work->read.snapshot, work->arena, &choice.rows, &choice.count);

	*agent = 0;
	if (err == ERR_OK)
		err = choose_preferred(&choice, &best);
	words = policy->why.len > 0 ? "" : "preferred";
	if (err == ERR_OK && best.agent == NULL) {
		err = choose_best(&choice, &best);
		words = choice.way != NULL ? choice.way->reason : "";
	}
	if (err != ERR_OK)
		return err;
	if (best.agent == NULL)
		return explain(&choice, "nobody is free", NULL, reason);
	*agent = best.agent->id;
	return explain(&choice, words, &best, reason);
}
