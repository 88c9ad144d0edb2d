/* core/desk/replay_back.c - a replay in the background. */
#include "config.h"
#include "core/desk/replay_back.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/desk/site_private.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT_MAX 300 /* bytes that are kept of each text */

/* Tickets on their way into an arena. */
struct keeping {
	struct arena *arena;
	struct replay_kept *first, **end;
	size_t count;
	bool has_failed; /* memory ran out */
};

struct replay_back {
	pthread_mutex_t lock;
	pthread_t thread;
	bool has_thread;
	enum replay_state state;
	struct site *site;
	struct arena *arena; /* of the last one; the thread's while it runs */
	struct replay_order order;
	struct keeping kept;
	struct replay_report report;
	struct why why;
	int64_t began_us;
	atomic_bool is_stopping;
	atomic_uint_least64_t done, total;
	pthread_mutex_t short_lock; /* one short replay at a time */
};

/* --- keeping --- */

static struct bytes
keep(struct keeping *k, struct bytes text)
{
	struct bytes cut = utf8_cut(text, TEXT_MAX);
	char *copy = arena_copy(
	    k->arena, cut.at != NULL ? cut.at : "", cut.len);

	k->has_failed |= copy == NULL;
	return copy != NULL ? (struct bytes){ copy, cut.len } : BYTES_NONE;
}

static void
keep_differences(struct keeping *k, const struct replay_ticket *from,
    struct replay_ticket *to)
{
	const struct replay_difference **end = &to->differences;

	*end = NULL;
	for (const struct replay_difference *d = from->differences; d != NULL;
	     d = d->next) {
		struct replay_difference *copy = arena_new(
		    k->arena, struct replay_difference);

		k->has_failed |= copy == NULL;
		if (copy == NULL)
			return;
		*copy = *d;
		copy->next = NULL;
		copy->name = keep(k, d->name);
		copy->from = keep(k, d->from);
		copy->to = keep(k, d->to);
		copy->by = keep(k, d->by);
		*end = copy;
		end = (const struct replay_difference **)&copy->next;
	}
}

static void
tell(void *arg, const struct replay_ticket *ticket)
{
	struct keeping *k = arg;
	struct replay_kept *kept;
	struct why *why = NULL;

	if (k->count == REPLAY_KEPT_MAX || k->has_failed)
		return;
	kept = arena_new(k->arena, struct replay_kept);
	if (ticket->why_not != NULL)
		why = arena_new(k->arena, struct why);
	if (kept == NULL || (ticket->why_not != NULL && why == NULL)) {
		k->has_failed = true;
		return;
	}
	kept->ticket = *ticket;
	kept->ticket.subject = keep(k, ticket->subject);
	if (why != NULL)
		*why = *ticket->why_not;
	kept->ticket.why_not = why;
	keep_differences(k, ticket, &kept->ticket);
	*k->end = kept;
	k->end = &kept->next;
	k->count++;
}

static struct bytes
copy_text(struct arena *arena, struct bytes text, enum err *err)
{
	char *copy = arena_copy(
	    arena, text.at != NULL ? text.at : "", text.len);

	if (copy == NULL)
		*err = ERR_NOMEM;
	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

/* --- the thread --- */

static bool
progress(void *arg, uint64_t done, uint64_t total)
{
	struct keeping *k = arg;
	struct replay_back *back = (struct replay_back *)((char *)k -
	    offsetof(struct replay_back, kept));

	atomic_store(&back->done, done);
	atomic_store(&back->total, total);
	return atomic_load(&back->is_stopping);
}

static void *
run(void *arg)
{
	struct replay_back *back = arg;
	struct replay_options options = { .file = &back->order.file,
		.since_us = back->order.since_us,
		.lead_us = REPLAY_LEAD_US,
		.tell = tell,
		.progress = progress,
		.arg = &back->kept };
	struct replay_report report;
	struct why why = { .message = "" };
	enum err err;

	/* on Linux a thread has a priority of its own */
	(void)setpriority(
	    PRIO_PROCESS, (id_t)syscall(SYS_gettid), SITE_PAST_NICENESS);
	err = replay_run(back->site, &options, back->arena, &report, &why);
	if (err == ERR_OK && back->kept.has_failed)
		err = ERR_NOMEM;
	if (err != ERR_OK && why.message[0] == '\0')
		why_set(&why, err, NULL, err_message(err), 0, NULL);
	pthread_mutex_lock(&back->lock);
	back->report = report;
	back->why = why;
	back->state = err == ERR_OK ? REPLAY_DONE : REPLAY_BROKEN;
	pthread_mutex_unlock(&back->lock);
	return NULL;
}

enum err
replay_back_create(struct replay_back **out)
{
	struct replay_back *back = calloc(1, sizeof *back);

	if (back == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&back->lock, NULL);
	pthread_mutex_init(&back->short_lock, NULL);
	*out = back;
	return ERR_OK;
}

void
replay_back_destroy(struct replay_back *back)
{
	if (back == NULL)
		return;
	atomic_store(&back->is_stopping, true);
	if (back->has_thread)
		pthread_join(back->thread, NULL);
	arena_destroy(back->arena);
	pthread_mutex_destroy(&back->short_lock);
	pthread_mutex_destroy(&back->lock);
	free(back);
}

/* With the lock, and no thread that runs. */
static enum err
prepare(struct replay_back *back, struct site *site,
    const struct replay_order *order)
{
	enum err err = ERR_OK;

	if (back->has_thread)
		pthread_join(back->thread, NULL);
	back->has_thread = false;
	back->state = REPLAY_NONE;
	arena_destroy(back->arena);
	back->arena = arena_create();
	if (back->arena == NULL)
		return ERR_NOMEM;
	back->site = site;
	back->order = *order;
	back->order.file.name = copy_text(back->arena, order->file.name, &err);
	back->order.file.text = copy_text(back->arena, order->file.text, &err);
	back->order.file.good = BYTES_NONE;
	back->kept = (struct keeping){ .arena = back->arena };
	back->kept.end = &back->kept.first;
	back->began_us = site_now_us(site);
	atomic_store(&back->is_stopping, false);
	atomic_store(&back->done, 0);
	atomic_store(&back->total, 0);
	return err;
}

enum err
replay_begin(struct site *site, const struct replay_order *order)
{
	struct replay_back *back = site->replay;
	enum err err = ERR_BUSY;

	pthread_mutex_lock(&back->lock);
	if (back->state != REPLAY_RUNS) {
		err = prepare(back, site, order);
		if (err == ERR_OK &&
		    pthread_create(&back->thread, NULL, run, back) != 0)
			err = ERR_NOMEM;
		back->has_thread = err == ERR_OK;
		if (err == ERR_OK)
			back->state = REPLAY_RUNS;
	}
	pthread_mutex_unlock(&back->lock);
	return err;
}

void
replay_end(struct site *site)
{
	atomic_store(&site->replay->is_stopping, true);
}

/* --- looking --- */

static enum err
copy_report(struct arena *arena, const struct replay_report *from,
    struct replay_report *to)
{
	struct replay_error **end = &to->errors;
	enum err err = ERR_OK;

	*to = *from;
	to->load_error = copy_text(arena, from->load_error, &err);
	to->changed = copy_text(arena, from->changed, &err);
	to->slowest = copy_text(arena, from->slowest, &err);
	*end = NULL;
	for (const struct replay_error *e = from->errors;
	     err == ERR_OK && e != NULL; e = e->next) {
		struct replay_error *copy = arena_new(
		    arena, struct replay_error);

		if (copy == NULL)
			return ERR_NOMEM;
		*copy = (struct replay_error){ .count = e->count };
		copy->handler = copy_text(arena, e->handler, &err);
		copy->message = copy_text(arena, e->message, &err);
		*end = copy;
		end = &copy->next;
	}
	return err;
}

enum err
replay_look(struct site *site, struct arena *arena, struct replay_status *out)
{
	struct replay_back *back = site->replay;
	struct keeping k = { .arena = arena };
	enum err err = ERR_OK;

	*out = (struct replay_status){ .why = { .message = "" } };
	k.end = &k.first;
	pthread_mutex_lock(&back->lock);
	out->state = back->state;
	if (back->state == REPLAY_NONE)
		goto out;
	out->script = copy_text(arena, back->order.file.name, &err);
	out->is_draft = back->order.is_draft;
	out->since_us = back->order.since_us;
	out->began_us = back->began_us;
	out->is_stopping = atomic_load(&back->is_stopping);
	out->done = atomic_load(&back->done);
	out->total = atomic_load(&back->total);
	if (back->state == REPLAY_RUNS)
		goto out;
	out->why = back->why;
	if (back->state == REPLAY_BROKEN)
		goto out;
	if (err == ERR_OK)
		err = copy_report(arena, &back->report, &out->report);
	for (struct replay_kept *i = back->kept.first; i != NULL; i = i->next)
		tell(&k, &i->ticket);
	out->tickets = k.first;
	if (k.has_failed)
		err = ERR_NOMEM;
out:
	pthread_mutex_unlock(&back->lock);
	return err;
}

/* --- a short one --- */

enum err
replay_short(struct site *site, const struct script_file *file,
    struct arena *arena, struct replay_report *report,
    struct replay_kept **tickets, struct why *why)
{
	struct keeping k = { .arena = arena };
	struct replay_options options = { .file = file,
		.against = REPLAY_AT_WORK,
		.since_us = site_now_us(site) - 90 * CLOCK_DAY_US,
		.ticket_limit = REPLAY_SHORT_TICKETS,
		.budget_us = REPLAY_SHORT_US,
		.tell = tell,
		.arg = &k };
	struct replay_back *back = site->replay;
	enum err err;

	k.end = &k.first;
	if (pthread_mutex_trylock(&back->short_lock) != 0)
		return ERR_BUSY;
	err = replay_run(site, &options, arena, report, why);
	pthread_mutex_unlock(&back->short_lock);
	*tickets = k.first;
	return err == ERR_OK && k.has_failed ? ERR_NOMEM : err;
}
