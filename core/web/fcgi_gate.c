/* core/web/fcgi_gate.c - who may run when not all may.
 *
 * Two limits: long bodies hold at most half the workers, and one site holds
 * at most so many. Who must wait is queued, and taken from there by the worker
 * that has just made room. Ordinary requests of a single site pass without a
 * lock.
 */
#include "config.h"
#include "core/web/fcgi_private.h"

#include <stdlib.h>

enum err
gate_init(struct gate *gate, unsigned threads, unsigned site_max)
{
	gate->long_max = threads > 1 ? threads / 2 : 1;
	gate->site_max = site_max < threads ? site_max : 0;
	gate->sites = calloc(threads, sizeof *gate->sites);
	if (gate->sites == NULL)
		return ERR_NOMEM;
	if (pthread_mutex_init(&gate->lock, NULL) != 0) {
		free(gate->sites);
		gate->sites = NULL;
		return ERR_NOMEM;
	}
	return ERR_OK;
}

void
gate_release(struct gate *gate)
{
	if (gate->sites == NULL)
		return;
	pthread_mutex_destroy(&gate->lock);
	free(gate->sites);
}

/* Only sites with workers are listed, so there are never more than those. */
static struct gate_site *
find_site(struct gate *gate, uint64_t site)
{
	for (unsigned i = 0; i < gate->site_count; i++)
		if (gate->sites[i].site == site)
			return &gate->sites[i];
	return NULL;
}

static bool
is_free_for(struct gate *gate, const struct conn *conn)
{
	const struct gate_site *site;

	if (conn->is_long && gate->long_used >= gate->long_max)
		return false;
	if (gate->site_max == 0)
		return true;
	site = find_site(gate, conn->site);
	return site == NULL || site->used < gate->site_max;
}

static void
enter(struct gate *gate, struct conn *conn)
{
	struct gate_site *site;

	conn->is_in_gate = true;
	conn->is_long_in_gate = conn->is_long;
	gate->long_used += conn->is_long;
	if (gate->site_max == 0)
		return;
	site = find_site(gate, conn->site);
	if (site == NULL) {
		site = &gate->sites[gate->site_count++];
		*site = (struct gate_site){ .site = conn->site };
	}
	site->used++;
}

static void
leave(struct gate *gate, struct conn *conn)
{
	struct gate_site *site;

	conn->is_in_gate = false;
	gate->long_used -= conn->is_long_in_gate;
	if (gate->site_max == 0)
		return;
	site = find_site(gate, conn->site);
	if (--site->used == 0)
		*site = gate->sites[--gate->site_count];
}

static void
set_state(struct conn *conn, enum conn_state state)
{
	atomic_store(&conn->state,
	    conn_generation(conn) << CONN_STATE_BITS | (uint64_t)state);
}

static enum gate_result
queue(struct gate *gate, struct conn *conn)
{
	if (!conn_keep_input(conn))
		return GATE_FAILED;
	conn->next = NULL;
	if (gate->last != NULL)
		gate->last->next = conn;
	else
		gate->first = conn;
	gate->last = conn;
	set_state(conn, CONN_WAITING);
	return GATE_QUEUED;
}

enum gate_result
gate_enter(struct gate *gate, struct conn *conn)
{
	enum gate_result result = GATE_OPEN;

	if (!conn->is_long && gate->site_max == 0)
		return GATE_OPEN;
	pthread_mutex_lock(&gate->lock);
	if (is_free_for(gate, conn))
		enter(gate, conn);
	else
		result = queue(gate, conn);
	pthread_mutex_unlock(&gate->lock);
	return result;
}

static struct conn *
unlink_after(struct gate *gate, struct conn *before)
{
	struct conn **link = before != NULL ? &before->next : &gate->first;
	struct conn *conn = *link;

	*link = conn->next;
	if (gate->last == conn)
		gate->last = before;
	conn->next = NULL;
	set_state(conn, CONN_BUSY);
	return conn;
}

struct conn *
gate_leave(struct gate *gate, struct conn *conn)
{
	struct conn *found = NULL, *before = NULL;

	if (!conn->is_in_gate)
		return NULL;
	pthread_mutex_lock(&gate->lock);
	leave(gate, conn);
	for (struct conn *c = gate->first; c != NULL; before = c, c = c->next)
		if (is_free_for(gate, c)) {
			found = unlink_after(gate, before);
			enter(gate, found);
			break;
		}
	pthread_mutex_unlock(&gate->lock);
	return found;
}

struct conn *
gate_expired(struct gate *gate, int64_t now_us)
{
	struct conn *found = NULL, *before = NULL;

	pthread_mutex_lock(&gate->lock);
	for (struct conn *c = gate->first; c != NULL; before = c, c = c->next)
		if (atomic_load(&c->deadline_us) < now_us) {
			found = unlink_after(gate, before);
			break;
		}
	pthread_mutex_unlock(&gate->lock);
	return found;
}
