/* core/desk/act_version.c - versions of scripts' files: saved, found. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/utf8.h"
#include "core/desk/acts.h"
#include "core/desk/scripts.h"
#include "core/desk/version.h"
#include "core/script/wire.h"

/* The newest version of a file as this act knows it. */
struct head {
	struct record record;
	bool is_there;
};

static enum err
find_head(struct work *work, struct bytes file, struct head *head)
{
	enum err err = version_newest(work->read.snapshot, file, &head->record);

	head->is_there = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static int64_t
head_number(const struct head *head)
{
	return head->is_there ? record_int(&head->record, VERSION_NUMBER) : 0;
}

static bool
head_is_gone(const struct head *head)
{
	return !head->is_there || record_int(&head->record, VERSION_IS_REMOVED);
}

/* One more version of <file>; <head> is it from then on. */
static enum err
add(struct work *work, struct bytes file, struct head *head,
    enum version_origin origin, struct touched **out)
{
	int64_t number = head_number(head) + 1;
	char *key = arena_printf(
	    work->arena, "%.*s/%lld", BYTES_ARG(file), (long long)number);
	struct touched *t;
	enum err err = key != NULL ? work_create(work, KIND_VERSION, &t) :
				     ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	record_set_text(&t->new, VERSION_FILE, file);
	record_set_int(&t->new, VERSION_NUMBER, number);
	record_set_text(&t->new, VERSION_KEY, bytes_of(key));
	record_set_int(&t->new, VERSION_AT, work->read.now_us);
	record_set_int(&t->new, VERSION_ORIGIN, origin);
	*out = t;
	return ERR_OK;
}

static void
set_text(struct touched *t, struct bytes text, struct bytes hash)
{
	record_set_text(&t->new, VERSION_TEXT, text);
	record_set_text(&t->new, VERSION_HASH, hash);
}

/* What it was made from is what its last version was made from; the first of
 * the site's own in the place of a shipped one is made from that. */
static void
inherit_original(struct touched *t, const struct head *head)
{
	if (!head->is_there)
		return;
	if (record_int(&head->record, VERSION_ORIGIN) == ORIGIN_SHIPPED) {
		record_set_text(&t->new, VERSION_ORIGINAL,
		    record_text(&head->record, VERSION_FILE));
		record_set_text(&t->new, VERSION_ORIGINAL_HASH,
		    record_text(&head->record, VERSION_HASH));
		return;
	}
	record_set_from(&t->new, VERSION_ORIGINAL, &head->record);
	record_set_from(&t->new, VERSION_ORIGINAL_HASH, &head->record);
}

/* ---- saved ---- */

static enum err
check_saving(struct work *work, const struct head *head)
{
	const struct script_saving *s = work->input->saving;

	/* A name that a file has already is as good as any. */
	if (!head->is_there && !script_name_is_good(s->name))
		return work_fail(work, ERR_INVALID, "name",
		    N_("A script's name has small letters, digits, - and _, "
		       "begins with a letter, and is {n} characters at most."),
		    SCRIPT_NAME_MAX, BYTES_NONE);
	if (s->has_seen && s->seen != head_number(head))
		return work_fail(work, ERR_STALE, NULL,
		    N_("Somebody else changed this in the meantime."), 0,
		    BYTES_NONE);
	if (s->is_removal)
		return s->over[0] != '\0' ? ERR_OK : ERR_NOT_FOUND;
	if (s->text.len > SCRIPT_SOURCE_MAX)
		return work_fail(work, ERR_INVALID, "source",
		    N_("A script has {n} KiB at most."),
		    SCRIPT_SOURCE_MAX / 1024, BYTES_NONE);
	if (!utf8_is_valid(s->text) || bytes_has(s->text, '\0'))
		return work_fail(work, ERR_INVALID, "source",
		    N_("A script is text in UTF-8, without NUL bytes."), 0,
		    BYTES_NONE);
	if (s->note.len > VERSION_NOTE_MAX)
		return work_fail(work, ERR_INVALID, "note",
		    N_("A note has {n} bytes at most."), VERSION_NOTE_MAX,
		    BYTES_NONE);
	return ERR_OK;
}

/* The shipped text that it is made from is kept as a version, too: after an
 * upgrade there is no other copy of it. */
static enum err
keep_original(struct work *work, struct head *head, struct bytes hash)
{
	const struct script_saving *s = work->input->saving;
	bool is_its_own = bytes_equal(s->original, s->name);
	struct bytes known;
	struct head other;
	struct touched *t;
	enum err err = version_original(
	    work->read.snapshot, s->original, hash, work->arena, &known);

	if (err != ERR_NOT_FOUND)
		return err;
	other = *head;
	err = is_its_own ? ERR_OK : find_head(work, s->original, &other);
	if (err == ERR_OK)
		err = add(work, s->original, &other, ORIGIN_SHIPPED, &t);
	if (err != ERR_OK)
		return err;
	set_text(t, s->original_text, hash);
	if (is_its_own)
		*head = (struct head){ t->new, true };
	return ERR_OK;
}

static enum err
fill_saved(struct work *work, struct head *head, struct bytes hash)
{
	const struct script_saving *s = work->input->saving;
	char original_hash[VERSION_HASH_SIZE];
	struct bytes kept = BYTES_NONE;
	struct touched *t;
	enum err err = ERR_OK;

	if (s->original.len > 0) {
		version_hash(s->original_text, original_hash);
		kept = work_copy(work, bytes_of(original_hash), &err);
		if (err == ERR_OK)
			err = keep_original(work, head, kept);
	}
	if (err == ERR_OK)
		err = add(work, s->name, head, s->origin, &t);
	if (err != ERR_OK)
		return err;
	set_text(t, s->is_removal ? BYTES_NONE : s->text, hash);
	record_set_text(&t->new, VERSION_NOTE, s->note);
	record_set_int(&t->new, VERSION_IS_REMOVED, s->is_removal);
	record_set_int(&t->new, VERSION_IS_WAITING, true);
	record_set_text(&t->new, VERSION_OVER, bytes_of(s->over));
	record_set_int(&t->new, VERSION_SINCE, s->again);
	record_set_int(&t->new, VERSION_HAS_RUN, s->has_run);
	record_set_int(&t->new, VERSION_PASSED, s->passed);
	record_set_int(&t->new, VERSION_FAILED, s->failed);
	if (work->actor.kind == BY_AGENT)
		record_set_int(
		    &t->new, VERSION_AGENT, (int64_t)work->actor.agent);
	inherit_original(t, head);
	if (s->original.len > 0) {
		record_set_text(&t->new, VERSION_ORIGINAL, s->original);
		record_set_text(&t->new, VERSION_ORIGINAL_HASH, kept);
	}
	work->result->record = (uint64_t)record_int(&t->new, VERSION_NUMBER);
	return ERR_OK;
}

/* Whether it is at work, or waits until somebody has tried it. */
static enum err
switch_saved(struct work *work)
{
	const struct script_saving *s = work->input->saving;
	struct touched *script;
	uint64_t id;
	enum err err;

	if (s->is_removal || script_name_is_test(s->name) ||
	    (!s->begins_off && !s->switches_on))
		return ERR_OK;
	err = record_lookup(
	    work->read.snapshot, INDEX_SCRIPT_NAME, s->name, &id);
	if (err == ERR_OK)
		err = work_load(work, KIND_SCRIPT, id, &script);
	else if (err == ERR_NOT_FOUND)
		err = work_create(work, KIND_SCRIPT, &script);
	if (err != ERR_OK)
		return err;
	record_set_text(&script->new, SCRIPT_NAME, s->name);
	if (s->switches_on)
		record_clear(&script->new, SCRIPT_IS_OFF);
	else if (!record_has(&script->old, SCRIPT_NAME))
		record_set_int(&script->new, SCRIPT_IS_OFF, true);
	else if (record_int(&script->old, SCRIPT_IS_OFF))
		record_clear(&script->new, SCRIPT_IS_SHIPPED);
	if (record_int(&script->new, SCRIPT_IS_OFF)) {
		record_clear(&script->new, SCRIPT_SETTINGS);
		if (s->settings.len > 0 && s->settings.len <= SETTINGS_MAX)
			record_set_text(
			    &script->new, SCRIPT_SETTINGS, s->settings);
	}
	return ERR_OK;
}

enum err
act_script_save(struct work *work)
{
	const struct script_saving *s = work->input->saving;
	char text_hash[VERSION_HASH_SIZE] = "";
	struct bytes hash;
	struct head head;
	enum err err = desk_may(
	    work->read.directory, &work->actor, work->input->verb, NULL);

	if (err == ERR_OK)
		err = find_head(work, s->name, &head);
	if (err == ERR_OK)
		err = check_saving(work, &head);
	if (err != ERR_OK)
		return err;
	if (!s->is_removal)
		version_hash(s->text, text_hash);
	hash = work_copy(work, bytes_of(text_hash), &err);
	if (err != ERR_OK)
		return err;
	/* Just what is there: nothing to be kept. */
	if (!head_is_gone(&head) && !s->is_removal && !s->takes_original &&
	    bytes_is(hash, s->over) &&
	    bytes_equal(record_text(&head.record, VERSION_HASH), hash)) {
		work->result->record = (uint64_t)head_number(&head);
		return switch_saved(work);
	}
	err = fill_saved(work, &head, hash);
	return err == ERR_OK ? switch_saved(work) : err;
}

/* ---- found ---- */

static const struct script_disk *
disk_of(const struct script_load *load, struct bytes name)
{
	for (size_t i = 0; i < load->disk_count; i++)
		if (bytes_equal(load->disk[i].name, name))
			return &load->disk[i];
	return NULL;
}

/* The hash of the site's own file of this name; empty if there is none. */
static struct bytes
own_hash(const struct script_load *load, struct bytes name)
{
	const struct script_disk *disk = disk_of(load, name);

	return disk != NULL && !disk->is_shipped ? bytes_of(disk->hash) :
						   BYTES_NONE;
}

/* What waited is written by now, or will never be: the file was changed, or a
 * later version took its place. */
static enum err
end_waiting(struct work *work, const struct record *waiting, bool *still_waits)
{
	const struct script_load *load = work->input->loaded;
	struct bytes file = record_text(waiting, VERSION_FILE);
	struct bytes now = own_hash(load, file);
	struct head head;
	struct touched *t;
	enum err err = find_head(work, file, &head);

	if (err != ERR_OK)
		return err;
	*still_waits = head.is_there && head.record.id == waiting->id &&
	    bytes_equal(now, record_text(waiting, VERSION_OVER)) &&
	    !bytes_equal(now, record_text(waiting, VERSION_HASH));
	if (*still_waits)
		return ERR_OK;
	err = work_load(work, KIND_VERSION, waiting->id, &t);
	if (err != ERR_OK)
		return err;
	record_clear(&t->new, VERSION_IS_WAITING);
	record_clear(&t->new, VERSION_OVER);
	return ERR_OK;
}

/* Files that wait still are not compared: what lies there is known. */
static enum err
end_all_waiting(struct work *work, struct bytes **waiting, size_t *count)
{
	struct newest_query query = { .kind = KIND_VERSION,
		.index = INDEX_VERSION_WAITING,
		.limit = 200 };
	struct newest_page page;
	enum err err = records_newest(
	    work->read.snapshot, &query, work->arena, &page);

	if (err != ERR_OK)
		return err;
	*waiting = arena_array(work->arena, struct bytes, page.count + 1);
	if (*waiting == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < page.count; i++) {
		bool waits = false;

		err = end_waiting(work, &page.records[i], &waits);
		if (err == ERR_OK && waits)
			(*waiting)[(*count)++] = record_text(
			    &page.records[i], VERSION_FILE);
	}
	return err;
}

static bool
is_among(const struct bytes *list, size_t count, struct bytes name)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i], name))
			return true;
	return false;
}

/* Shipped and switched off: until somebody wants it, what came with hookdesk
 * is not kept once more in each site. */
static bool
is_unused(const struct script_load *load, const struct script_disk *disk,
    const struct head *head)
{
	return disk->is_shipped && !head->is_there &&
	    is_among(load->off, load->off_count, disk->name);
}

/* Of one act; what does not fit is kept by the next load. */
#define FOUND_BYTES_MAX (2 * 1024 * 1024)

/* A file that is not what its newest version says is a version of its own. */
static enum err
keep_found(struct work *work, const struct script_disk *disk, size_t *bytes)
{
	struct head head;
	struct touched *t;
	enum err err;

	if (disk->text.at == NULL)
		return ERR_OK;
	err = find_head(work, disk->name, &head);
	if (err != ERR_OK || is_unused(work->input->loaded, disk, &head))
		return err;
	if (!head_is_gone(&head) &&
	    bytes_is(record_text(&head.record, VERSION_HASH), disk->hash))
		return ERR_OK;
	err = add(work, disk->name, &head,
	    disk->is_shipped ? ORIGIN_SHIPPED : ORIGIN_DISK, &t);
	if (err != ERR_OK)
		return err;
	*bytes += disk->text.len;
	set_text(t, disk->text, bytes_of(disk->hash));
	if (!disk->is_shipped)
		inherit_original(t, &head);
	return ERR_OK;
}

/* A file that has versions and is there no more. */
static enum err
keep_gone(struct work *work, struct bytes file)
{
	struct head head;
	struct touched *t;
	enum err err = find_head(work, file, &head);

	if (err != ERR_OK || head_is_gone(&head))
		return err;
	err = add(work, file, &head, ORIGIN_DISK, &t);
	if (err != ERR_OK)
		return err;
	record_set_int(&t->new, VERSION_IS_REMOVED, true);
	inherit_original(t, &head);
	return ERR_OK;
}

enum err
act_versions_keep(struct work *work)
{
	const struct script_load *load = work->input->loaded;
	struct bytes *waiting = NULL, file = BYTES_NONE;
	size_t count = 0, bytes = 0;
	enum err err;

	if (load->disk == NULL)
		return ERR_OK;
	err = end_all_waiting(work, &waiting, &count);
	for (size_t i = 0; err == ERR_OK && i < load->disk_count; i++)
		if (!is_among(waiting, count, load->disk[i].name) &&
		    bytes < FOUND_BYTES_MAX)
			err = keep_found(work, &load->disk[i], &bytes);
	while (err == ERR_OK) {
		err = version_next_file(
		    work->read.snapshot, file, work->arena, &file);
		if (err == ERR_OK && disk_of(load, file) == NULL &&
		    !is_among(waiting, count, file))
			err = keep_gone(work, file);
	}
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}
