/* core/desk/health.c - handlers that fail mostly rest for a while. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/care.h"
#include "core/desk/run.h"
#include "core/desk/site_private.h"

#include <stdio.h>
#include <stdlib.h>

#define RUNS_KEPT 10
#define RUNS_BAD 6 /* of the last RUNS_KEPT: then it rests */
#define REST_FIRST_US CLOCK_MINUTE_US
#define REST_MAX_US CLOCK_HOUR_US

/* An hour of a handler's runs. */
struct hour {
	int64_t number; /* since 1970 */
	unsigned runs, failed;
	int64_t took_us;
};

struct patient {
	struct patient *next;
	struct hour hours[24];
	unsigned runs; /* a bit a run, the newest lowest; 1 is bad */
	int64_t rest_us, until_us;
	bool is_news; /* it rests, and the admins do not know yet */
	char error[400];
	size_t len;
	char name[];
};

struct health {
	pthread_mutex_t lock;
	struct patient *patients;
};

enum err
health_create(struct health **out)
{
	struct health *health = calloc(1, sizeof *health);

	if (health == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&health->lock, NULL);
	*out = health;
	return ERR_OK;
}

void
health_destroy(struct health *health)
{
	if (health == NULL)
		return;
	while (health->patients != NULL) {
		struct patient *p = health->patients;

		health->patients = p->next;
		free(p);
	}
	pthread_mutex_destroy(&health->lock);
	free(health);
}

static struct patient *
find(struct health *health, struct bytes name)
{
	struct patient *p;

	for (p = health->patients; p != NULL; p = p->next)
		if (bytes_equal(name, (struct bytes){ p->name, p->len }))
			return p;
	return NULL;
}

static struct patient *
add(struct health *health, struct bytes name)
{
	struct patient *p = calloc(1, sizeof *p + name.len + 1);

	if (p == NULL)
		return NULL;
	memcpy(p->name, name.at, name.len);
	p->len = name.len;
	p->next = health->patients;
	health->patients = p;
	return p;
}

/* It begins to rest, or goes on with it. */
static void
rest(struct patient *p, struct bytes error, int64_t now_us)
{
	if (p->rest_us == 0) {
		p->is_news = true;
		snprintf(p->error, sizeof p->error, "%.*s", BYTES_ARG(error));
	}
	p->rest_us = p->rest_us == 0 ? REST_FIRST_US : 2 * p->rest_us;
	if (p->rest_us > REST_MAX_US)
		p->rest_us = REST_MAX_US;
	p->until_us = now_us + p->rest_us;
	log_event(LOG_WARN, "script.rests", "handler=%.*s seconds=%lld",
	    (int)p->len, p->name, (long long)(p->rest_us / CLOCK_SECOND_US));
}

static void
count(struct patient *p, const struct script_outcome *outcome, int64_t now_us)
{
	int64_t number = now_us / CLOCK_HOUR_US;
	struct hour *hour = &p->hours[number % 24];

	if (hour->number != number)
		*hour = (struct hour){ .number = number };
	hour->runs++;
	hour->failed += outcome->error.len > 0;
	hour->took_us += outcome->wall_us;
}

void
handler_note(struct site *site, const struct script_handler *handler,
    const struct script_outcome *outcome, int64_t now_us)
{
	const struct site_past *past = site->options.past;
	struct health *health = site->health;
	bool is_bad = script_is_waited_for(handler) ?
	    outcome->was_killed && !outcome->was_cut :
	    outcome->error.len > 0;
	struct patient *p;

	pthread_mutex_lock(&health->lock);
	p = find(health, handler->full);
	if (p == NULL)
		p = add(health, handler->full);
	if (p != NULL) {
		count(p, outcome, now_us);
		p->runs = (p->runs << 1 | is_bad) & ((1u << RUNS_KEPT) - 1);
		if (!is_bad) {
			p->rest_us = 0;
			p->until_us = 0;
			p->is_news = false;
		} else if (__builtin_popcount(p->runs) >= RUNS_BAD) {
			rest(p, outcome->error, now_us);
		}
	}
	pthread_mutex_unlock(&health->lock);
	if (past != NULL)
		past->ran(past->arg, handler, outcome, now_us);
}

bool
health_rests(struct health *health, struct bytes handler, int64_t now_us,
    int64_t *until_us)
{
	struct patient *p;
	bool rests;

	pthread_mutex_lock(&health->lock);
	p = find(health, handler);
	rests = p != NULL && p->until_us > now_us;
	if (rests && until_us != NULL)
		*until_us = p->until_us;
	pthread_mutex_unlock(&health->lock);
	return rests;
}

void
health_state(struct health *health, struct bytes handler, int64_t now_us,
    struct handler_state *out)
{
	int64_t number = now_us / CLOCK_HOUR_US;
	struct patient *p;

	*out = (struct handler_state){ .runs = 0 };
	pthread_mutex_lock(&health->lock);
	p = find(health, handler);
	for (size_t i = 0; p != NULL && i < 24; i++) {
		if (p->hours[i].number + 24 <= number)
			continue;
		out->runs += p->hours[i].runs;
		out->failed += p->hours[i].failed;
		out->took_us += p->hours[i].took_us;
	}
	if (p != NULL && p->until_us > now_us)
		out->rests_us = p->until_us;
	pthread_mutex_unlock(&health->lock);
}

size_t
health_resting(struct health *health, int64_t now_us)
{
	size_t count = 0;

	pthread_mutex_lock(&health->lock);
	for (struct patient *p = health->patients; p != NULL; p = p->next)
		count += p->until_us > now_us;
	pthread_mutex_unlock(&health->lock);
	return count;
}

void
health_wake(struct health *health)
{
	pthread_mutex_lock(&health->lock);
	for (struct patient *p = health->patients; p != NULL; p = p->next)
		p->until_us = 0;
	pthread_mutex_unlock(&health->lock);
}

static enum err
take_news(struct health *health, struct arena *arena, struct admin_news *out)
{
	struct patient *p;
	const char *error = NULL, *title = NULL;

	pthread_mutex_lock(&health->lock);
	for (p = health->patients; p != NULL && !p->is_news; p = p->next)
		;
	if (p != NULL) {
		error = arena_copy(arena, p->error, strlen(p->error));
		title = arena_printf(arena,
		    "%.*s fails mostly and is switched off for a while",
		    (int)p->len, p->name);
		p->is_news = error == NULL || title == NULL;
	}
	pthread_mutex_unlock(&health->lock);
	if (p == NULL)
		return ERR_NOT_FOUND;
	if (error == NULL || title == NULL)
		return ERR_NOMEM;
	*out = (struct admin_news){ bytes_of(title), bytes_of(error) };
	return ERR_OK;
}

enum err
health_tell(struct site *site, struct arena *arena)
{
	struct admin_news news;
	enum err err = take_news(site->health, arena, &news);

	return err == ERR_OK ? care_tell_admins(site, &news, arena) : err;
}
