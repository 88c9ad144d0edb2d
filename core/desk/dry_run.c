/* core/desk/dry_run.c - runs a script's handlers on a scratch site. */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/act_try.h"
#include "core/desk/dry_run_private.h"
#include "core/desk/job.h"
#include "core/desk/offer.h"
#include "core/desk/run.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"

#define MAILS_MAX 64 /* of one step */
/* The handlers of one event, all together: so long a moment of the real store
 * is held. */
#define GROUP_US CLOCK_SECOND_US
/* Ids of runs here, so that those of the real site are told from them. */
#define TRACES_FROM (UINT64_C(1) << 48)

/* A handler that is to run, and what for. */
struct candidate {
	const struct script_handler *handler;
	struct record event;
	uint64_t commit; /* that raised the event; UINT64_MAX: it is made up */
	struct dry_step *step;
};

struct bytes
dry_script_name(struct bytes path)
{
	static const struct bytes end = { ".lua", 4 };

	for (size_t i = path.len; i > 0; i--)
		if (path.at[i - 1] == '/') {
			path = (struct bytes){ path.at + i, path.len - i };
			break;
		}
	if (path.len <= end.len ||
	    memcmp(path.at + path.len - end.len, end.at, end.len) != 0)
		return BYTES_NONE;
	path.len -= end.len;
	return path;
}

/* --- the scratch site --- */

static enum err
open_scratch(struct drying *d, struct site *site)
{
	struct site_options options = site->options;
	enum err err = mail_keeper_open(
	    &d->keeper, d->arena, site->options.output, d->options->renderer);

	options.dir = site->dir;
	options.below = site;
	options.tried = &d->options->file;
	options.is_read_only = false;
	options.has_jobs = false;
	options.no_scripts = true; /* loaded below, where it tells */
	options.output = &d->keeper.output;
	options.limits = (struct site_limits){ 0 };
	if (err == ERR_OK)
		err = site_open(&options, &d->scratch, d->why);
	if (err != ERR_OK)
		return err;
	store_raise_id(d->scratch->store, KIND_TRACE, TRACES_FROM);
	return scripts_load(d->scratch, NULL, d->why);
}

/* Why the script does not load; empty if it does. */
static enum err
read_load_error(struct drying *d, struct bytes *out)
{
	const struct record *script;
	struct site_read read;
	struct bytes error = BYTES_NONE;
	char *copy;
	enum err err = site_read_begin(d->scratch, &read);

	if (err != ERR_OK)
		return err;
	script = directory_find_key(
	    read.directory, KIND_SCRIPT, d->options->file.name);
	if (script != NULL)
		error = record_text(script, SCRIPT_ERROR);
	copy = arena_copy(d->arena, error.at, error.len);
	site_read_end(&read);
	*out = (struct bytes){ copy, error.len };
	return copy != NULL ? ERR_OK : ERR_NOMEM;
}

/* --- the events --- */

/* The last recorded event of <hook> about a subject. ERR_NOT_FOUND. */
static enum err
last_event(struct drying *d, struct snapshot *snapshot, enum kind_id kind,
    uint64_t subject, enum hook hook, struct record *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, name, value;
	struct key prefix, at;
	uint64_t number = 0;
	enum err err;

	key_event_of(&prefix, (uint8_t)kind, subject);
	err = cursor_open_prefix(snapshot, key_get(&prefix), BACKWARD, &cursor);
	while (err == ERR_OK && number == 0) {
		err = cursor_next(&cursor, &key, &name);
		if (err == ERR_OK && bytes_is(name, hook_points[hook].name))
			number = be64_read(key.at + key.len - 8);
	}
	cursor_close(&cursor);
	if (err != ERR_OK)
		return err;
	key_begin(&at, KEY_EVENT);
	key_u64(&at, number);
	err = snapshot_get(snapshot, key_get(&at), &value);
	if (err != ERR_OK)
		return err;
	value.at = arena_copy(d->arena, value.at, value.len);
	if (value.at == NULL)
		return ERR_NOMEM;
	return record_decode(out, KIND_EVENT, number, value);
}

/* What is recorded after an act that asks a -ing hook. */
static enum hook
told_by(enum hook hook)
{
	static const struct {
		enum hook asks, tells;
	} table[] = {
		{ HOOK_FORM_VALIDATING, HOOK_TICKET_CREATED },
		{ HOOK_SPAM_SCORING, HOOK_TICKET_CREATED },
		{ HOOK_TICKET_CREATING, HOOK_TICKET_CREATED },
		{ HOOK_TICKET_ROUTING, HOOK_TICKET_CREATED },
		{ HOOK_TIER_SELECTING, HOOK_TICKET_CREATED },
		{ HOOK_TICKET_ASSIGNING, HOOK_TICKET_ASSIGNED },
		{ HOOK_TICKET_UPDATING, HOOK_TICKET_UPDATED },
		{ HOOK_TICKET_REOPENING, HOOK_REPLY_RECEIVED },
		{ HOOK_TICKET_MERGING, HOOK_TICKET_MERGED },
		{ HOOK_REPLY_RECEIVING, HOOK_REPLY_RECEIVED },
		{ HOOK_REPLY_SENDING, HOOK_REPLY_SENT },
		{ HOOK_NOTE_ADDING, HOOK_NOTE_ADDED },
		{ HOOK_AGENT_SIGNING_IN, HOOK_AGENT_SIGNED_IN },
		{ HOOK_SURVEY_SENDING, HOOK_AUTOREPLY_SENT },
		{ HOOK_MAIL_SENDING, HOOK_MAIL_SENT },
		{ HOOK_AUTOREPLY_SENDING, HOOK_AUTOREPLY_SENT },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].asks == hook)
			return table[i].tells;
	return hook;
}

/* The newest entry of what the hook is about: a note, or a message. */
static uint64_t
newest_entry(
    struct snapshot *snapshot, const struct record *ticket, enum hook hook)
{
	int64_t type = hook == HOOK_NOTE_ADDING || hook == HOOK_NOTE_ADDED ||
		hook == HOOK_AGENT_MENTIONED ?
	    ENTRY_IS_NOTE :
	    ENTRY_IS_REPLY;
	struct record entry;

	for (uint64_t n = (uint64_t)record_int(ticket, TICKET_LAST_ENTRY);
	     n > 0 &&
	     record_find(snapshot, KIND_ENTRY, entry_id(ticket->id, n),
		 &entry) == ERR_OK;
	     n--)
		if (record_int(&entry, ENTRY_TYPE) == type)
			return n;
	return 0;
}

/* One as if it happened now, without a change or any other part. */
static void
make_up(const struct site_read *read, const struct record *ticket,
    enum hook hook, struct record *event)
{
	record_init(event, KIND_EVENT, 0);
	record_set_text(event, EVENT_HOOK, bytes_of(hook_points[hook].name));
	record_set_int(event, EVENT_AT, read->now_us);
	record_set_int(event, EVENT_BY, BY_SYSTEM);
	record_set_int(event, EVENT_SOURCE, record_int(ticket, TICKET_SOURCE));
	record_set_int(
	    event, EVENT_CUSTOMER, record_int(ticket, TICKET_CUSTOMER));
	record_set_int(event, EVENT_TICKET, (int64_t)ticket->id);
	if (hook_holds(hook, BYTES("agent")))
		record_set_int(
		    event, EVENT_AGENT, record_int(ticket, TICKET_OWNER));
	if (hook_holds(hook, BYTES("entry")))
		record_set_int(event, EVENT_ENTRY,
		    (int64_t)newest_entry(read->snapshot, ticket, hook));
}

static enum err
find_event(struct drying *d, const struct site_read *read,
    const struct record *ticket, struct candidate *c)
{
	enum hook hook = told_by(c->handler->hook);
	enum err err = last_event(
	    d, read->snapshot, KIND_TICKET, ticket->id, hook, &c->event);

	if (err == ERR_NOT_FOUND)
		err = last_event(d, read->snapshot, KIND_CUSTOMER,
		    record_ref(ticket, TICKET_CUSTOMER), hook, &c->event);
	if (err == ERR_OK)
		c->commit = numbered_commit(c->event.id);
	if (err == ERR_NOT_FOUND) {
		make_up(read, ticket, c->handler->hook, &c->event);
		c->step->is_made_up = true;
		err = ERR_OK;
	}
	c->step->at_us = record_int(&c->event, EVENT_AT);
	c->step->has_event = true;
	return err;
}

/* --- the handlers --- */

static bool
is_wanted(
    const struct dry_options *options, const struct script_handler *handler)
{
	if (!bytes_equal(handler->file, options->file.name))
		return false;
	if (handler->kind == SCRIPT_JOB || handler->kind == SCRIPT_TIMER)
		return bytes_equal(handler->name, options->job);
	if (handler->kind == SCRIPT_ACTION)
		return bytes_equal(handler->name, options->action);
	return handler->kind == SCRIPT_HANDLER && options->job.len == 0 &&
	    options->action.len == 0 &&
	    (options->hook == HOOK__COUNT || options->hook == handler->hook) &&
	    (options->handler.len == 0 ||
		bytes_equal(options->handler, handler->name));
}

static enum err
add_candidate(struct drying *d, const struct site_read *read,
    const struct record *ticket, const struct script_handler *handler,
    struct candidate *c)
{
	struct dry_step *step = arena_new(d->arena, struct dry_step);
	char *full = arena_copy(d->arena, handler->full.at, handler->full.len);

	if (step == NULL || full == NULL)
		return ERR_NOMEM;
	*c = (struct candidate){
		.handler = handler, .commit = UINT64_MAX, .step = step
	};
	step->handler = (struct bytes){ full, handler->full.len };
	step->hook = handler->kind == SCRIPT_HANDLER ?
	    bytes_of(hook_points[handler->hook].name) :
	    handler->kind == SCRIPT_ACTION ? BYTES("action") :
					     BYTES("job");
	step->order = handler->order;
	step->line = handler->line;
	return handler->kind == SCRIPT_HANDLER ?
	    find_event(d, read, ticket, c) :
	    ERR_OK;
}

/* Into <out>, those of the earliest event first, else in the order in which
 * they run. */
static enum err
gather(struct drying *d, struct script_set *set, struct candidate **out,
    size_t *count)
{
	size_t handlers = 0;
	const struct script_handler *all = script_set_all(set, &handlers);
	struct candidate *found = arena_array(
	    d->arena, struct candidate, handlers + 1);
	struct site_read read;
	struct record ticket;
	enum err err = found != NULL ? site_read_begin(d->scratch, &read) :
				       ERR_NOMEM;

	*count = 0;
	*out = found;
	if (err != ERR_OK)
		return err;
	err = record_find(
	    read.snapshot, KIND_TICKET, d->options->ticket, &ticket);
	if (err == ERR_NOT_FOUND)
		err = why_set(d->why, err, NULL, N_("There is no ticket {n}."),
		    (int64_t)d->options->ticket, NULL);
	for (size_t i = 0; err == ERR_OK && i < handlers; i++) {
		struct candidate c;
		size_t at = *count;

		if (!is_wanted(d->options, &all[i]))
			continue;
		err = add_candidate(d, &read, &ticket, &all[i], &c);
		for (; at > 0 && found[at - 1].commit > c.commit; at--)
			found[at] = found[at - 1];
		found[at] = c;
		++*count;
	}
	site_read_end(&read);
	if (err == ERR_OK && *count == 0)
		err = why_set(d->why, ERR_NOT_FOUND, NULL,
		    N_("The script has no such handler."), 0, NULL);
	return err;
}

/* --- one step --- */

static enum err
act(struct drying *d, const struct act_trial *trial, struct act_result *result)
{
	struct act_input input;

	act_input_init(&input, VERB_TRY_STEP, KIND_NONE);
	input.actor = actor_system();
	input.source = (enum source)record_int(trial->event, EVENT_SOURCE);
	input.subject = d->options->ticket;
	input.trial = trial;
	return desk_act(d->scratch, &input, d->arena, result, d->why);
}

static bool
asks_before(const struct candidate *c)
{
	return c->handler->kind == SCRIPT_HANDLER &&
	    hook_points[c->handler->hook].kind == HOOK_BEFORE;
}

/* The site as it is, with the ticket as it was. An event of the customer may
 * be older than the ticket, which then stays as it is. */
static enum err
begin_group(
    struct drying *d, const struct candidate *c, const struct candidate *end)
{
	struct act_trial trial = {
		.step = TRIAL_REWIND, .event = &c->event, .handler = c->handler
	};
	struct act_result result;
	struct buf left = buf_in(d->arena);
	enum err err = store_forget(d->scratch->store);

	d->until_us = clock_monotonic_us() + GROUP_US;
	if (err == ERR_OK)
		err = site_refresh_directory(d->scratch);
	if (err != ERR_OK || c->commit == UINT64_MAX ||
	    record_ref(&c->event, EVENT_TICKET) != d->options->ticket)
		return err;
	for (const struct candidate *i = c; i < end && i->commit == c->commit;
	     i++)
		trial.is_again |= asks_before(i);
	err = act(d, &trial, &result);
	if (err != ERR_OK)
		return err;
	for (const struct act_left *l = result.left; l != NULL; l = l->next) {
		buf_text(&left, left.len > 0 ? ", " : "");
		buf_bytes(&left, l->field);
	}
	c->step->is_rewound = true;
	c->step->left = buf_get(&left);
	return left.failed ? ERR_NOMEM : ERR_OK;
}

/* As raise.c does when the event is raised. */
static enum err
holds(struct drying *d, struct when_set *set, const struct candidate *c,
    bool *out)
{
	struct filter_reader reader;
	struct filter_subject subject;
	struct site_read read;
	struct record ticket;
	enum err err = site_read_begin(d->scratch, &read);

	*out = false;
	if (err != ERR_OK)
		return err;
	reader = (struct filter_reader){ .directory = read.directory,
		.snapshot = read.snapshot,
		.now_us = read.now_us };
	subject = (struct filter_subject){ .snapshot = read.snapshot,
		.reader = &reader,
		.actor = (enum actor_kind)record_int(&c->event, EVENT_BY) };
	subject.changed = event_changed(
	    d->arena, record_text(&c->event, EVENT_CHANGES));
	if (record_has(&c->event, EVENT_TICKET))
		err = record_find(read.snapshot, KIND_TICKET,
		    record_ref(&c->event, EVENT_TICKET), &ticket);
	if (err == ERR_OK) {
		if (record_has(&c->event, EVENT_TICKET))
			subject.ticket = &ticket;
		*out = when_holds(set, c->handler, &subject) &&
		    !bytes_equal(
			c->handler->full, record_text(&c->event, EVENT_SCRIPT));
	}
	site_read_end(&read);
	return err;
}

/* Jobs that were written on the scratch site. */
struct found_jobs {
	uint64_t commit; /* written behind this one */
	struct job_at at[MAILS_MAX];
	size_t count;
};

static enum err
hear_job(void *context, struct bytes key, struct bytes value)
{
	struct found_jobs *found = context;
	struct job_run run;
	enum err err = job_read(key, value, &run);

	if (err == ERR_OK && numbered_commit(run.at.number) > found->commit &&
	    found->count < MAILS_MAX)
		found->at[found->count++] = run.at;
	return err;
}

static enum err
run_jobs(struct drying *d, enum job_lane lane, uint64_t behind)
{
	struct found_jobs found = { .commit = behind };
	struct key prefix;
	enum err err;

	key_begin(&prefix, KEY_JOB);
	key_u8(&prefix, (uint8_t)lane);
	err = store_written(
	    d->scratch->store, key_get(&prefix), hear_job, &found);
	for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
		struct site_read read;
		struct job_run run;

		err = site_read_begin(d->scratch, &read);
		if (err != ERR_OK)
			break;
		err = job_find(read.snapshot, &found.at[i], &run);
		if (err == ERR_OK)
			err = job_run(d->scratch, &read, &run, d->arena);
		site_read_end(&read);
		if (err == ERR_BUSY) /* without a renderer mails wait */
			err = ERR_OK;
	}
	return err;
}

/* desk.every, desk.cron: no job is written for them. */
static enum err
run_timer(struct drying *d, const struct script_handler *timer)
{
	struct site_read read;
	struct job_run run;
	enum err err = site_read_begin(d->scratch, &read);

	if (err != ERR_OK)
		return err;
	err = timer_begin(&read, d->arena, timer, read.now_us, &run);
	if (err == ERR_OK)
		err = job_run(d->scratch, &read, &run, d->arena);
	site_read_end(&read);
	return err;
}

/* A refusal is an answer, too. */
static enum err
ask(struct drying *d, const struct candidate *c)
{
	struct act_trial trial = {
		.step = TRIAL_ASK, .event = &c->event, .handler = c->handler
	};
	struct act_result result;
	enum err err = act(d, &trial, &result);

	return err == ERR_REFUSED ? ERR_OK : err;
}

/* Who chooses an action: the ticket's owner, or the first agent who may. */
static uint64_t
who_may_choose(const struct drying *d, const struct site_read *read,
    const struct record *ticket)
{
	uint64_t queue = record_ref(ticket, TICKET_QUEUE);
	uint64_t owner = record_ref(ticket, TICKET_OWNER);
	const struct record *const *all;
	size_t count;

	if (d->options->agent != 0)
		return d->options->agent;
	if (directory_rights(read->directory, owner, queue) & RIGHT_REPLY)
		return owner;
	all = directory_all(read->directory, KIND_AGENT, &count);
	for (size_t i = 0; i < count; i++)
		if (directory_rights(read->directory, all[i]->id, queue) &
		    RIGHT_REPLY)
			return all[i]->id;
	return 0;
}

/* Why it failed, into the step. ERR_NOMEM, ERR_IO ... are ours. */
static enum err
choose(struct drying *d, const struct candidate *c, uint64_t agent)
{
	struct act_result result = { .ticket = 0 };
	struct act_input input;
	struct why why = { .message = "" };
	enum err err;

	act_input_init(&input, VERB_ACTION_RUN, KIND_TICKET);
	input.actor = actor_agent(agent);
	input.source = SOURCE_AGENT;
	input.subject = d->options->ticket;
	input.name = c->step->handler;
	input.body = d->options->input;
	err = desk_act(d->scratch, &input, d->arena, &result, &why);
	if (err == ERR_OK || err == ERR_NOMEM || err == ERR_IO)
		return err;
	c->step->error = result.error;
	if (result.error.len == 0) {
		char words[512];

		c->step->error = bytes_of(arena_printf(
		    d->arena, "%s", why_text(&why, words, sizeof words)));
	}
	return ERR_OK;
}

/* An action, if it is offered for the ticket. */
static enum err
call_action(struct drying *d, struct when_set *set, const struct candidate *c)
{
	struct site_read read;
	struct record ticket;
	uint64_t agent = 0;
	bool is_offered = false;
	enum err err = site_read_begin(d->scratch, &read);

	if (err != ERR_OK)
		return err;
	err = record_find(
	    read.snapshot, KIND_TICKET, d->options->ticket, &ticket);
	if (err == ERR_OK) {
		agent = who_may_choose(d, &read, &ticket);
		is_offered = offer_is_for(set, c->handler, &read, &ticket);
	}
	site_read_end(&read);
	return err == ERR_OK && is_offered ? choose(d, c, agent) : err;
}

static enum err
call(struct drying *d, struct when_set *set, const struct candidate *c)
{
	const struct script_handler *handler = c->handler;
	struct act_trial trial = {
		.step = TRIAL_QUEUE, .event = &c->event, .handler = handler
	};
	struct act_result result;
	bool does_hold = true;
	enum err err = ERR_OK;

	if (handler->kind == SCRIPT_TIMER)
		return run_timer(d, handler);
	if (handler->kind == SCRIPT_ACTION)
		return call_action(d, set, c);
	if (handler->kind == SCRIPT_HANDLER) {
		if (asks_before(c))
			return ask(d, c);
		err = holds(d, set, c, &does_hold);
	}
	if (err != ERR_OK || !does_hold)
		return err;
	err = act(d, &trial, &result);
	return err == ERR_OK ? run_jobs(d, LANE_SCRIPTS,
				   store_commit_number(d->scratch->store) - 1) :
			       err;
}

static enum err
run_step(struct drying *d, struct when_set *set, const struct candidate *c,
    bool *has_ended)
{
	bool has_run = false;
	enum err err;

	d->commit = store_commit_number(d->scratch->store);
	d->trace = store_next_id(d->scratch->store, KIND_TRACE);
	d->mails = d->keeper.mails_end;
	err = call(d, set, c);
	if (err == ERR_OK)
		err = run_jobs(d, LANE_OUTSIDE, d->commit);
	if (err == ERR_OK)
		err = dry_read(d, c->step, &has_run, has_ended);
	has_run |= c->step->error.len > 0; /* it was refused before */
	c->step->state = has_run ? DRY_RAN : DRY_NOT_HELD;
	return err;
}

static enum err
run_all(struct drying *d, struct when_set *set, struct dry_run *out)
{
	struct dry_step **end = &out->steps;
	const struct candidate *last = NULL;
	struct candidate *all;
	size_t count;
	bool has_ended = false;
	enum err err = gather(d, when_set_scripts(set), &all, &count);

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		const struct candidate *c = &all[i];

		*end = c->step;
		end = &c->step->next;
		if (last == NULL || last->commit != c->commit) {
			err = begin_group(d, c, all + count);
		} else {
			c->step->is_rewound = last->step->is_rewound;
			c->step->left = last->step->left;
		}
		if (last == NULL || last->commit != c->commit ||
		    last->handler->hook != c->handler->hook)
			has_ended = false;
		last = c;
		if (has_ended && !c->handler->is_required)
			c->step->state = DRY_NOT_REACHED;
		else if (clock_monotonic_us() > d->until_us)
			c->step->state = DRY_LEFT_OUT;
		else if (err == ERR_OK)
			err = run_step(d, set, c, &has_ended);
	}
	return err;
}

enum err
dry_run(struct site *site, const struct dry_options *options,
    struct arena *arena, struct dry_run *out, struct why *why)
{
	struct drying *d = arena_new(arena, struct drying);
	struct when_set *set = NULL;
	enum err err;

	*out = (struct dry_run){ .steps = NULL };
	if (d == NULL)
		return ERR_NOMEM;
	d->site = site;
	d->options = options;
	d->arena = arena;
	d->why = why;
	err = open_scratch(d, site);
	if (err == ERR_OK)
		err = read_load_error(d, &out->load_error);
	if (err == ERR_OK && out->load_error.len == 0) {
		set = when_set_take(d->scratch);
		err = set != NULL ?
		    run_all(d, set, out) :
		    why_set(why, ERR_NOT_FOUND, NULL,
			N_("The script has no such handler."), 0, NULL);
	}
	when_set_unref(set);
	site_close(d->scratch);
	mail_keeper_close(&d->keeper);
	return err;
}
