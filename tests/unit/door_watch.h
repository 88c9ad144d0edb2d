/* tests/unit/door_watch.h - a watch at the one door, desk_act().
 *
 * For a program linked with --wrap=desk_act and --wrap=trim_run: every act of
 * the desk that is watched is counted by its verb and the entrance it came
 * through. Between two acts nothing that a desk holds may change: what does is
 * a stray. Trimming may take away what is kept for a while only. Each commit
 * that changes a ticket must leave entries that say who did it.
 *
 * One thread.
 */
#ifndef HOOKDESK_TESTS_DOOR_WATCH_H
#define HOOKDESK_TESTS_DOOR_WATCH_H

#include "core/base/crc32c.h"
#include "core/desk/trim.h"
#include "core/model/ticket.h"
#include "tests/unit/desk_fixture.h"

enum entrance {
	IN_NONE,
	IN_WEB,
	IN_API,
	IN_CLI,
	IN_LUA,
	IN_DESK,
	ENTRANCE__COUNT
};

static struct {
	struct site *site; /* NULL: nothing is watched */
	enum entrance entrance;
	unsigned done[VERB__COUNT][ENTRANCE__COUNT]; /* acts that changed
							something */
	unsigned strays, nameless;
	unsigned depth; /* acts within acts: traces that are kept */
	uint64_t sum;
} watch;

enum err __real_desk_act(struct site *site, const struct act_input *input,
    struct arena *arena, struct act_result *result, struct why *why);
enum err __wrap_desk_act(struct site *site, const struct act_input *input,
    struct arena *arena, struct act_result *result, struct why *why);

enum err __real_trim_run(struct trim *trim, struct store *store,
    const char *dir, struct arena *arena);
enum err __wrap_trim_run(struct trim *trim, struct store *store,
    const char *dir, struct arena *arena);

/* Tables that others than acts may write: what the store keeps for itself,
 * what is derived behind the commit, what may be lost. */
static inline bool
watch_is_free(char table)
{
	return table == KEY_META || table == KEY_SEARCH || table == KEY_SEEN;
}

/* What is trimmed with time. */
static inline bool
watch_is_passing(struct bytes key)
{
	char kind = key.len > 1 ? key.at[1] : 0;

	switch (key.at[0]) {
	case KEY_EVENT:
	case KEY_EVENT_OF:
	case KEY_ONCE: return true;
	case KEY_RECORD:
	case KEY_BIG:
	case KEY_INDEX:
	case KEY_UNIQUE:
		return kind == KIND_TRACE || kind == KIND_NOTICE ||
		    kind == KIND_SESSION;
	default: return false;
	}
}

/* A sum over all that the desk holds; or of what lasts alone. */
static inline uint64_t
watch_sum(struct site *site, bool lasts)
{
	struct bytes key, value;
	struct cursor cursor;
	struct site_read read;
	uint64_t sum = 0;

	MUST(site_read_begin(site, &read));
	MUST(cursor_open(
	    read.snapshot, BYTES_NONE, BYTES_NONE, FORWARD, &cursor));
	while (cursor_next(&cursor, &key, &value) == ERR_OK) {
		if (watch_is_free(key.at[0]) ||
		    (lasts && watch_is_passing(key)))
			continue;
		sum = sum * 31 + crc32c(0, key.at, key.len);
		sum = sum * 31 + crc32c(0, value.at, value.len);
	}
	cursor_close(&cursor);
	site_read_end(&read);
	return sum;
}

/* Whether anybody has written since the last act; it is counted. */
static inline bool
watch_look(void)
{
	uint64_t sum = watch_sum(watch.site, false);
	bool is_stray = sum != watch.sum;

	watch.strays += is_stray;
	watch.sum = sum;
	return is_stray;
}

static inline void
watch_begin(struct site *site)
{
	memset(&watch, 0, sizeof watch);
	watch.site = site;
	watch.sum = watch_sum(site, false);
}

/* Whether an entry says who made it, and a script's why. */
static inline bool
watch_is_signed(const struct record *entry, const struct act_input *input)
{
	const struct actor *actor = &input->actor;

	if (record_int(entry, ENTRY_BY) == BY_SCRIPT)
		return record_text(entry, ENTRY_SCRIPT).len > 0 &&
		    record_text(entry, ENTRY_HOOK).len > 0 &&
		    (input->verb != VERB_SCRIPT_RUN ||
			record_int(entry, ENTRY_CAUSE) != 0);
	if (input->verb == VERB_IMPORT) /* as it is told */
		return record_has(entry, ENTRY_AT);
	if (input->verb == VERB_TICKET_CREATE &&
	    record_int(entry, ENTRY_BY) == BY_CUSTOMER) /* who asks */
		return record_has(entry, ENTRY_CUSTOMER) &&
		    record_ref(entry, ENTRY_AGENT) == actor->agent &&
		    record_ref(entry, ENTRY_PROGRAM) == actor->program;
	return record_int(entry, ENTRY_BY) == (int64_t)actor->kind &&
	    record_ref(entry, ENTRY_AGENT) == actor->agent &&
	    record_ref(entry, ENTRY_PROGRAM) == actor->program &&
	    (actor->kind != BY_CUSTOMER || record_has(entry, ENTRY_CUSTOMER));
}

/* The entries of <ticket> behind <sequence> are signed, and there are some. */
static inline bool
watch_has_account(const struct site_read *read, uint64_t ticket,
    uint64_t sequence, const struct act_input *input)
{
	struct record entry;
	bool has_one = false;

	while (timeline_next(read->snapshot, ticket, &sequence, &entry) ==
	    ERR_OK) {
		if (!watch_is_signed(&entry, input))
			return false;
		has_one = true;
	}
	return has_one;
}

/* Every ticket that <commit> changed tells by whom. */
static inline void
watch_accounts(const struct site_read *before, const struct act_input *input,
    uint64_t commit)
{
	struct site_read read;
	struct record ticket, old;
	uint64_t id = 0, seen;

	MUST(site_read_begin(watch.site, &read));
	while (
	    record_next(read.snapshot, KIND_TICKET, &id, &ticket) == ERR_OK) {
		if (ticket.rev != commit)
			continue;
		seen = record_find(before->snapshot, KIND_TICKET, id, &old) ==
			ERR_OK ?
		    (uint64_t)record_int(&old, TICKET_LAST_ENTRY) :
		    0;
		if (watch_has_account(&read, id, seen, input))
			continue;
		printf("# %s of #%d: no entry says by whom\n",
		    verb_name(input->verb), (int)id);
		watch.nameless++;
	}
	site_read_end(&read);
}

enum err
__wrap_desk_act(struct site *site, const struct act_input *input,
    struct arena *arena, struct act_result *result, struct why *why)
{
	bool is_watched = site == watch.site && watch.depth == 0;
	struct site_read before;
	enum err err;

	/* of a scratch site, which may be another thread's */
	if (site != watch.site && input->verb != VERB_TRY_STEP)
		return __real_desk_act(site, input, arena, result, why);
	if (is_watched && watch_look())
		printf("# before %s: somebody wrote around the door\n",
		    verb_name(input->verb));
	if (is_watched)
		MUST(site_read_begin(site, &before));
	watch.depth += site == watch.site;
	err = __real_desk_act(site, input, arena, result, why);
	watch.depth -= site == watch.site;
	/* of a dry run's scratch site, too: only it has such acts */
	if ((site == watch.site || input->verb == VERB_TRY_STEP) &&
	    err == ERR_OK && result->commit != 0)
		watch.done[input->verb][watch.entrance]++;
	if (!is_watched)
		return err;
	watch.sum = watch_sum(site, false);
	if (err == ERR_OK && result->commit != 0)
		watch_accounts(&before, input, result->commit);
	site_read_end(&before);
	return err;
}

enum err
__wrap_trim_run(struct trim *trim, struct store *store, const char *dir,
    struct arena *arena)
{
	uint64_t lasting;
	enum err err;

	if (watch.site == NULL || store != site_store(watch.site))
		return __real_trim_run(trim, store, dir, arena);
	watch_look();
	lasting = watch_sum(watch.site, true);
	err = __real_trim_run(trim, store, dir, arena);
	watch.strays += watch_sum(watch.site, true) != lasting;
	watch.sum = watch_sum(watch.site, false);
	return err;
}

#endif
