/* core/desk/dry_read.c - what a step of a dry run has left on the scratch
 * site: its run, and all that was written behind the commit before it.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/dry_run_private.h"
#include "core/desk/job.h"
#include "core/desk/trace.h"
#include "core/model/value.h"

#define RUNS_MAX 200 /* of one step: its own, and the -ing handlers it met */

static const struct {
	const char *name, *words;
} kinds[DRY__COUNT] = {
	[DRY_CHOICE] = { "choice", N_("Choice") },
	[DRY_REFUSAL] = { "refusal", N_("Refusal") },
	[DRY_STOP] = { "stop", N_("Stop") },
	[DRY_SAID] = { "said", N_("Told") },
	[DRY_CHANGE] = { "change", N_("Change") },
	[DRY_REPLY] = { "reply", N_("Answer") },
	[DRY_NOTE] = { "note", N_("Internal note") },
	[DRY_EVENT] = { "event", N_("Event") },
	[DRY_CUSTOMER] = { "customer", N_("Customer") },
	[DRY_MAIL] = { "mail", N_("Mail") },
	[DRY_NOTICE] = { "notice", N_("Notification") },
	[DRY_TIMER] = { "timer", N_("Timer") },
	[DRY_CANCEL] = { "cancel", N_("Timer taken back") },
	[DRY_EACH] = { "each", N_("Run for each") },
	[DRY_REQUEST] = { "request", N_("Web request") },
	[DRY_STORE] = { "store", N_("Memory") },
	[DRY_ALSO] = { "also", N_("Also ran") },
	[DRY_WAKES] = { "wakes", N_("Would run next") },
	[DRY_PRINT] = { "print", N_("Printed") },
	[DRY_QUESTION] = { "question", N_("Question") },
};

const char *
dry_kind_name(enum dry_kind kind)
{
	return kinds[kind].name;
}

const char *
dry_kind_words(enum dry_kind kind)
{
	return kinds[kind].words;
}

const char *
dry_state_name(enum dry_state state)
{
	static const char *const names[DRY_STATE__COUNT] = {
		[DRY_RAN] = "ran",
		[DRY_NOT_HELD] = "not held",
		[DRY_NOT_REACHED] = "not reached",
		[DRY_LEFT_OUT] = "left out",
	};

	return names[state];
}

/* The reading of one step. */
struct reading {
	struct drying *d;
	struct dry_step *step;
	struct dry_item **end;
	struct site_read read;
	enum err err; /* the first one: ERR_NOMEM */
};

static struct bytes
keep(struct reading *r, struct bytes text)
{
	char *copy = arena_copy(
	    r->d->arena, text.at != NULL ? text.at : "", text.len);

	if (copy == NULL)
		r->err = ERR_NOMEM;
	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

/* All texts of <item> are kept. */
static void
add(struct reading *r, const struct dry_item *item)
{
	struct dry_item *kept = arena_new(r->d->arena, struct dry_item);

	if (kept == NULL) {
		r->err = ERR_NOMEM;
		return;
	}
	*kept = *item;
	kept->next = NULL;
	kept->what = keep(r, item->what);
	kept->from = keep(r, item->from);
	kept->to = keep(r, item->to);
	kept->text = keep(r, item->text);
	kept->why = keep(r, item->why);
	kept->by = keep(r, item->by);
	*r->end = kept;
	r->end = &kept->next;
}

/* As people read it. */
static struct bytes
plain(struct reading *r, const struct json *value)
{
	struct buf out = buf_in(r->d->arena);

	json_put_plain(&out, value);
	if (out.failed)
		r->err = ERR_NOMEM;
	return buf_get(&out);
}

/* --- the run --- */

static void
add_verdict(struct reading *r, const struct json *result, bool *has_ended)
{
	const struct json *choose = json_get(result, "choose");
	const struct json *deny = json_get(result, "deny");
	const struct json *stop = json_get(result, "stop");
	struct bytes said = json_text(json_get(result, "value"));

	if (choose != NULL)
		add(r,
		    &(struct dry_item){ .kind = DRY_CHOICE,
			.to = plain(r, json_get(choose, "value")),
			.why = json_text(json_get(choose, "why")) });
	if (deny != NULL)
		add(r,
		    &(struct dry_item){ .kind = DRY_REFUSAL,
			.to = json_text(json_get(deny, "message")),
			.what = json_text(json_get(deny, "field")),
			.why = json_text(json_get(deny, "code")) });
	if (stop != NULL)
		add(r,
		    &(struct dry_item){ .kind = DRY_STOP,
			.why = json_text(json_get(stop, "why")) });
	if (said.len > 0 && r->step->error.len == 0)
		add(r, &(struct dry_item){ .kind = DRY_SAID, .to = said });
	*has_ended = choose != NULL || deny != NULL || stop != NULL;
}

/* Two wishes take something away, which leaves nothing to be found. */
static void
add_removals(struct reading *r, const struct json *wishes)
{
	const struct json *wish;

	for (wish = json_first(wishes); wish != NULL; wish = json_next(wish)) {
		struct bytes name = json_text(json_get(wish, "do"));
		const struct json *value = json_get(wish, "value");
		bool is_true = true;

		if (bytes_is(name, "cancel"))
			add(r,
			    &(struct dry_item){ .kind = DRY_CANCEL,
				.what = json_text(json_get(wish, "job")) });
		if (bytes_is(name, "store_set") && json_bool(value, &is_true) &&
		    !is_true)
			add(r,
			    &(struct dry_item){ .kind = DRY_STORE,
				.what = json_text(json_get(wish, "key")) });
	}
}

/* What was printed and asked, behind all that was done. */
static void
add_talk(struct reading *r, struct bytes conversation, const struct json *end)
{
	const struct json *line = json_first(json_get(end, "print"));

	for (; line != NULL; line = json_next(line))
		add(r,
		    &(struct dry_item){
			.kind = DRY_PRINT, .text = json_text(line) });
	while (conversation.len > 0) {
		struct bytes text = bytes_split(&conversation, '\n');

		if (bytes_start_with(text, BYTES("{\"ask\":")))
			add(r,
			    &(struct dry_item){ .kind = DRY_QUESTION,
				.what = text,
				.text = bytes_split(&conversation, '\n') });
	}
}

/* The last line of a conversation: the result. */
static enum err
result_of(struct reading *r, struct bytes conversation, const struct json **out)
{
	struct bytes line = BYTES_NONE;
	enum err err;

	*out = NULL;
	while (conversation.len > 0)
		line = bytes_split(&conversation, '\n');
	err = json_parse(r->d->arena, line, JSON_BYTES_MAX, out, NULL);
	return err == ERR_NOMEM ? err : ERR_OK;
}

/* Another handler that ran on the way; why it failed, or refused. */
static enum err
add_also(struct reading *r, const struct trace_run *run)
{
	struct dry_item item = { .kind = DRY_ALSO,
		.by = run->name,
		.what = run->hook,
		.why = run->error };
	const struct json *result;
	struct trace_run whole;
	enum err err = ERR_OK;

	if (run->outcome == OUTCOME_REFUSED) {
		err = trace_find(&r->read, run->id, r->d->arena, &whole);
		if (err == ERR_OK)
			err = result_of(r, whole.conversation, &result);
		if (err == ERR_OK)
			item.why = json_text(
			    json_get(json_get(result, "deny"), "message"));
	}
	add(r, &item);
	return err;
}

/* --- what was written --- */

static void
add_changes(struct reading *r, enum dry_kind kind, struct bytes changes,
    const struct dry_item *like)
{
	struct dry_item item = *like;
	const struct json *object, *member;

	if (changes.len == 0 ||
	    json_parse(r->d->arena, changes, JSON_BYTES_MAX, &object, NULL) !=
		ERR_OK)
		return;
	item.kind = kind;
	for (member = json_first(object); member != NULL;
	     member = json_next(member)) {
		const struct json *from = json_first(member);

		item.what = bytes_of(json_name(member));
		item.from = plain(r, from);
		item.to = plain(r, json_next(from));
		add(r, &item);
	}
}

static enum err
read_entry(struct reading *r, const struct record *entry)
{
	uint64_t ticket = entry_ticket(entry->id);
	struct dry_item item = { .why = record_text(entry, ENTRY_WHY),
		.by = record_text(entry, ENTRY_SCRIPT),
		.ticket = ticket != r->d->options->ticket ? ticket : 0 };
	enum err err = ERR_OK;

	switch (record_int(entry, ENTRY_TYPE)) {
	case ENTRY_IS_CHANGE:
		add_changes(
		    r, DRY_CHANGE, record_text(entry, ENTRY_CHANGES), &item);
		return ERR_OK;
	case ENTRY_IS_EVENT:
		item.kind = DRY_EVENT;
		item.what = record_text(entry, ENTRY_EVENT);
		break;
	default:
		item.kind = record_int(entry, ENTRY_TYPE) == ENTRY_IS_NOTE ?
		    DRY_NOTE :
		    DRY_REPLY;
		err = record_bigtext(
		    r->read.snapshot, entry, ENTRY_BODY, r->d->arena, &item.to);
	}
	add(r, &item);
	return err;
}

static enum err
read_notice(struct reading *r, const struct record *notice)
{
	const struct record *agent = directory_find(
	    r->read.directory, KIND_AGENT, record_ref(notice, NOTICE_AGENT));
	struct dry_item item = { .kind = DRY_NOTICE,
		.what = record_text(notice, NOTICE_TITLE) };
	enum err err = record_bigtext(
	    r->read.snapshot, notice, NOTICE_TEXT, r->d->arena, &item.text);

	if (agent != NULL)
		item.to = record_label(agent);
	add(r, &item);
	return err;
}

/* Not what the desk itself remembers, which begins with "!". */
static enum err
read_value(struct reading *r, const struct record *value)
{
	struct bytes name = record_text(value, VALUE_NAME);

	if (!bytes_start_with(name, BYTES("!")))
		add(r,
		    &(struct dry_item){ .kind = DRY_STORE,
			.what = name,
			.to = record_text(value, VALUE_VALUE) });
	return ERR_OK;
}

/* The notes are no part of what is told of a change. */
static enum err
read_customer(struct reading *r, const struct record *customer)
{
	struct site *site = r->d->site;
	struct dry_item item = { .kind = DRY_CUSTOMER, .what = BYTES("notes") };
	struct site_read below;
	struct record old;
	enum err err = site_read_begin(site, &below);

	if (err != ERR_OK)
		return err;
	err = record_find(below.snapshot, KIND_CUSTOMER, customer->id, &old);
	if (err == ERR_OK)
		err = record_bigtext(below.snapshot, &old, CUSTOMER_NOTES,
		    r->d->arena, &item.from);
	if (err == ERR_OK)
		err = record_bigtext(r->read.snapshot, customer, CUSTOMER_NOTES,
		    r->d->arena, &item.to);
	if (err == ERR_OK && !bytes_equal(item.from, item.to))
		add(r, &item);
	site_read_end(&below);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
hear_record(void *context, struct bytes key, struct bytes value)
{
	static const struct {
		enum kind_id kind;
		enum err (*read)(struct reading *r, const struct record *);
	} readers[] = {
		{ KIND_ENTRY, read_entry },
		{ KIND_NOTICE, read_notice },
		{ KIND_VALUE, read_value },
		{ KIND_CUSTOMER, read_customer },
	};
	struct reading *r = context;

	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
		struct record record;
		enum err err;

		if ((uint8_t)key.at[1] != readers[i].kind)
			continue;
		err = record_decode(&record, readers[i].kind,
		    be64_read(key.at + key.len - 8), value);
		if (err != ERR_OK || record.rev <= r->d->commit)
			return err;
		return readers[i].read(r, &record);
	}
	return ERR_OK;
}

/* A customer's changed fields are told of by an event alone. */
static enum err
hear_event(void *context, struct bytes key, struct bytes value)
{
	uint64_t number = be64_read(key.at + key.len - 8);
	struct reading *r = context;
	struct record event;
	enum err err = record_decode(&event, KIND_EVENT, number, value);

	if (err != ERR_OK || numbered_commit(number) <= r->d->commit ||
	    !bytes_is(record_text(&event, EVENT_HOOK),
		hook_points[HOOK_CUSTOMER_UPDATED].name))
		return err;
	add_changes(r, DRY_CUSTOMER, record_text(&event, EVENT_CHANGES),
	    &(struct dry_item){ .by = record_text(&event, EVENT_SCRIPT) });
	return ERR_OK;
}

static enum err
show_request(struct reading *r, const struct job_run *run)
{
	struct dry_item item = { .kind = DRY_REQUEST };
	const struct json *wish;
	enum err err = json_parse(r->d->arena, record_text(&run->job, JOB_DATA),
	    JSON_BYTES_MAX, &wish, NULL);

	if (err != ERR_OK)
		return err;
	item.what = json_text(json_get(wish, "method"));
	item.to = json_text(json_get(wish, "url"));
	item.text = json_text(json_get(wish, "body"));
	add(r, &item);
	return ERR_OK;
}

static enum err
hear_job(void *context, struct bytes key, struct bytes value)
{
	struct reading *r = context;
	struct job_run run;
	enum err err = job_read(key, value, &run);
	struct dry_item item;

	if (err != ERR_OK || numbered_commit(run.at.number) <= r->d->commit)
		return err;
	item = (struct dry_item){ .what = record_text(&run.job, JOB_NAME) };
	switch (record_int(&run.job, JOB_TYPE)) {
	case JOB_TIMER:
		item.kind = DRY_TIMER;
		item.at_us = run.at.due_us;
		break;
	case JOB_EACH:
		item.kind = DRY_EACH;
		item.to = bytes_of(arena_printf(r->d->arena, "%.*s %lld",
		    BYTES_ARG(record_text(&run.job, JOB_SUBJECT_KIND)),
		    (long long)(record_int(&run.job, JOB_TICKET) +
			record_int(&run.job, JOB_SUBJECT))));
		break;
	case JOB_HTTP: return show_request(r, &run);
	case JOB_HANDLER:
		item = (struct dry_item){ .kind = DRY_WAKES, .by = item.what };
		break;
	default: return ERR_OK;
	}
	add(r, &item);
	return ERR_OK;
}

static enum err
read_written(struct reading *r)
{
	static const struct {
		enum key_table table;
		enum err (*hear)(void *, struct bytes, struct bytes);
	} tables[] = {
		{ KEY_RECORD, hear_record },
		{ KEY_EVENT, hear_event },
		{ KEY_JOB, hear_job },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof tables / sizeof *tables;
	     i++) {
		struct key prefix;

		key_begin(&prefix, tables[i].table);
		err = store_written(site_store(r->d->scratch), key_get(&prefix),
		    tables[i].hear, r);
	}
	return err;
}

static void
add_mails(struct reading *r)
{
	for (const struct kept_mail *m = *r->d->mails; m != NULL; m = m->next)
		add(r,
		    &(struct dry_item){ .kind = DRY_MAIL,
			.to = m->to,
			.what = m->subject,
			.text = m->text,
			.why = m->error });
}

/* The step's own run among those that came of it, or NULL. */
static const struct trace_run *
own_run(const struct reading *r, const struct trace_run *runs, size_t count)
{
	for (size_t i = count; i > 0; i--)
		if (runs[i - 1].id > r->d->trace &&
		    bytes_equal(runs[i - 1].name, r->step->handler))
			return &runs[i - 1];
	return NULL;
}

static enum err
read_step(struct reading *r, bool *has_run, bool *has_ended)
{
	struct trace_run *runs, whole = { .id = 0 };
	const struct trace_run *own;
	const struct json *result = NULL;
	size_t count;
	enum err err = trace_newest(
	    &r->read, BYTES_NONE, RUNS_MAX, r->d->arena, &runs, &count);

	if (err != ERR_OK)
		return err;
	own = own_run(r, runs, count);
	*has_run = own != NULL;
	if (own != NULL) {
		err = trace_find(&r->read, own->id, r->d->arena, &whole);
		if (err == ERR_OK)
			err = result_of(r, whole.conversation, &result);
		r->step->error = keep(r, own->error);
		r->step->cpu_us = own->cpu_us;
		r->step->wall_us = own->wall_us;
	}
	if (err != ERR_OK)
		return err;
	add_verdict(r, result, has_ended);
	if (r->step->error.len == 0)
		add_removals(r, json_get(result, "wishes"));
	err = read_written(r);
	add_mails(r);
	for (size_t i = count; err == ERR_OK && i > 0; i--)
		if (runs[i - 1].id > r->d->trace && &runs[i - 1] != own)
			err = add_also(r, &runs[i - 1]);
	add_talk(r, whole.conversation, result);
	return err;
}

enum err
dry_read(
    struct drying *d, struct dry_step *step, bool *has_run, bool *has_ended)
{
	struct reading r = { .d = d, .step = step, .end = &step->items };
	enum err err = site_read_begin(d->scratch, &r.read);

	if (err != ERR_OK)
		return err;
	err = read_step(&r, has_run, has_ended);
	site_read_end(&r.read);
	return err == ERR_OK ? r.err : err;
}
