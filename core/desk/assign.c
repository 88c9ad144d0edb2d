/* core/desk/assign.c - which agent gets a ticket, chosen at the commit.
 *
 * The choice reads counters and agents that the same change writes or guards
 * (the chosen agent's record is rewritten with the time), so that of two
 * tickets at once the second meets a conflict and chooses again.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/ops.h"

struct candidate {
	const struct record *agent;
	int64_t load; /* open tickets */
	int64_t turn; /* when a ticket was last given to him */
};

static int64_t
load_of(const struct ticket_count *rows, size_t count, uint64_t agent)
{
	int64_t load = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].owner == agent && rows[i].state == STATE_OPEN)
			load += rows[i].count;
	return load;
}

static bool
has_skill(const struct record *agent, struct bytes skill)
{
	return skill.len == 0 ||
	    list_has_text(record_text(agent, AGENT_SKILLS), skill);
}

static bool
has_role(const struct directory *directory, const struct record *agent,
    struct bytes role)
{
	const struct record *found = directory_find(
	    directory, KIND_ROLE, record_ref(agent, AGENT_ROLE));

	return role.len == 0 ||
	    (found != NULL && bytes_equal(record_key(found), role));
}

/* Whether the agent may and can take it: here, free, able to answer. */
static bool
is_able(const struct directory *directory, const struct touched *ticket,
    const struct assign_policy *policy, const struct record *agent)
{
	uint64_t queue = record_ref(&ticket->new, TICKET_QUEUE);
	const struct record *other = directory_find_key(
	    directory, KIND_QUEUE, policy->queue);

	if (!record_int(agent, AGENT_ACTIVE) ||
	    !record_int(agent, AGENT_AVAILABLE))
		return false;
	if (!(directory_rights(directory, agent->id, queue) & RIGHT_REPLY))
		return false;
	if (policy->queue.len > 0 &&
	    (other == NULL ||
		!(directory_rights(directory, agent->id, other->id) &
		    RIGHT_REPLY)))
		return false;
	return has_skill(agent, policy->skill) &&
	    has_role(directory, agent, policy->role) &&
	    record_int(agent, AGENT_GRADE) >= policy->grade;
}

static bool
is_better(const struct candidate *a, const struct candidate *b, bool by_turn)
{
	if (!by_turn && a->load != b->load)
		return a->load < b->load;
	if (a->turn != b->turn)
		return a->turn < b->turn;
	return a->agent->id < b->agent->id;
}

static enum err
explain(struct work *work, const char *words, const struct candidate *c,
    struct bytes *reason)
{
	char *text = c->agent != NULL ?
	    arena_printf(work->arena, "%s: %.*s (%lld open)", words,
		BYTES_ARG(record_label(c->agent)), (long long)c->load) :
	    arena_printf(work->arena, "%s", words);

	if (text == NULL)
		return ERR_NOMEM;
	*reason = bytes_of(text);
	return ERR_OK;
}

/* The agent as he is now: his last turn comes from this act's snapshot, not
 * from the directory, which may be older. */
static enum err
fill_candidate(struct work *work, const struct record *agent,
    const struct ticket_count *rows, size_t count, struct candidate *out)
{
	struct touched *person;
	enum err err = work_load(work, KIND_AGENT, agent->id, &person);

	if (err != ERR_OK)
		return err;
	*out = (struct candidate){ agent, load_of(rows, count, agent->id),
		record_int(&person->new, AGENT_LAST_ASSIGNED_AT) };
	return ERR_OK;
}

enum err
assign_choose(struct work *work, const struct touched *ticket,
    const struct assign_policy *policy, uint64_t *agent, struct bytes *reason)
{
	bool by_turn = policy->by != NULL && strcmp(policy->by, "turn") == 0;
	struct candidate best = { NULL, 0, 0 }, one;
	const struct record *const *agents;
	struct ticket_count *rows;
	size_t count, agent_count;
	enum err err = ticket_counts(
	    work->read.snapshot, work->arena, &rows, &count);

	if (err != ERR_OK)
		return err;
	*agent = 0;
	agents = directory_all(work->read.directory, KIND_AGENT, &agent_count);
	for (size_t i = 0; i < policy->prefer_count; i++) {
		const struct record *wanted = directory_find(
		    work->read.directory, KIND_AGENT, policy->prefer[i]);

		if (wanted == NULL ||
		    !is_able(work->read.directory, ticket, policy, wanted))
			continue;
		err = fill_candidate(work, wanted, rows, count, &one);
		if (err != ERR_OK)
			return err;
		if (policy->cap > 0 && one.load >= policy->cap)
			continue;
		*agent = wanted->id;
		return explain(work, "knows the customer", &one, reason);
	}
	for (size_t i = 0; policy->by != NULL && i < agent_count; i++) {
		if (!is_able(work->read.directory, ticket, policy, agents[i]))
			continue;
		err = fill_candidate(work, agents[i], rows, count, &one);
		if (err != ERR_OK)
			return err;
		if (policy->cap > 0 && one.load >= policy->cap)
			continue;
		if (best.agent == NULL || is_better(&one, &best, by_turn))
			best = one;
	}
	if (best.agent == NULL)
		return explain(work, "nobody is free", &best, reason);
	*agent = best.agent->id;
	return explain(
	    work, by_turn ? "it is his turn" : "has the fewest", &best, reason);
}
