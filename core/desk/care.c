/* core/desk/care.c - upkeep of a site. */
#include "config.h"
#include "core/desk/care.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/quota.h"
#include "core/desk/run.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/model/search.h"
#include "core/script/host.h"

#define FLUSH_US (5 * CLOCK_SECOND_US)
#define STALE_US CLOCK_MINUTE_US
#define SCRIPTS_US (2 * CLOCK_SECOND_US)
#define INDEX_US (2 * CLOCK_SECOND_US)
#define INDEX_MORE 50 /* after a batch of so many there may be more */
#define IDLE_US (10 * CLOCK_MINUTE_US)

/* Whether <every_us> have passed since *<last>; then it is now. */
static bool
is_time(int64_t *last, int64_t every_us)
{
	int64_t now = clock_monotonic_us();

	if (now - *last < every_us)
		return false;
	*last = now;
	return true;
}

/* One batch of texts into the search index. Until it comes queries read what
 * is not indexed yet, so a batch is made for what gathers in a while. */
static enum err
index_texts(struct site *site, struct arena *arena)
{
	struct snapshot *snapshot = NULL;
	struct change *change = NULL;
	size_t taken = 0;
	enum err err = store_snapshot(site->store, &snapshot);

	if (err == ERR_OK)
		err = change_create(arena, &change);
	if (err == ERR_OK)
		err = search_index(
		    snapshot, change, arena, SEARCH_BATCH_MAX, &taken);
	snapshot_release(snapshot);
	if (err == ERR_OK && taken > 0)
		err = store_commit(site->store, change, NULL);
	site->care.has_texts = err == ERR_OK && taken >= INDEX_MORE;
	return err;
}

enum err
care_tell_admins(
    struct site *site, const struct admin_news *news, struct arena *arena)
{
	struct why why = { .message = "" };
	struct act_result result;
	struct act_input input;

	act_input_init(&input, VERB_ADMINS_TELL, KIND_NONE);
	input.actor = actor_system();
	input.source = SOURCE_SCRIPT;
	input.news = news;
	return desk_act(site, &input, arena, &result, &why);
}

enum err
care_run(struct site *site, struct arena *arena)
{
	struct care_times *times = &site->care;
	struct why why = { .message = "" };
	char words[400];
	int count;
	enum err err;

	if (times->has_texts || is_time(&times->index, INDEX_US)) {
		err = index_texts(site, arena);
		if (err != ERR_OK)
			log_event(LOG_WARN, "site.index", "site=%s why=%s",
			    site->dir, err_name(err));
	}
	if (is_time(&times->flush, FLUSH_US) &&
	    store_flush(site->store) != ERR_OK)
		log_event(LOG_WARN, "site.flush", "site=%s", site->dir);
	if (is_time(&times->stale, STALE_US)) {
		if (store_clear_stale(site->store, &count) != ERR_OK)
			log_event(LOG_WARN, "site.stale", "site=%s", site->dir);
		script_host_rest(site->scripts, IDLE_US);
	}
	if (is_time(&times->scripts, SCRIPTS_US) &&
	    scripts_have_changed(site) &&
	    scripts_load(site, NULL, &why) != ERR_OK)
		log_event(LOG_ERROR, "scripts.load", "site=%s why=%s",
		    site->dir, why_text(&why, words, sizeof words));
	while ((err = health_tell(site, arena)) == ERR_OK)
		;
	if (err == ERR_NOT_FOUND)
		err = quota_tell(site, arena);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		log_event(LOG_WARN, "admins.tell", "site=%s why=%s", site->dir,
		    err_name(err));
	err = trim_run(&times->trim, site->store, site->dir, arena);
	/* CONFLICT: somebody else was at it; another time will do. */
	if (err != ERR_OK && err != ERR_NOT_FOUND && err != ERR_CONFLICT)
		log_event(LOG_WARN, "site.trim", "site=%s why=%s", site->dir,
		    err_name(err));
	return err == ERR_OK || times->has_texts ? ERR_OK : ERR_NOT_FOUND;
}
