/* core/model/directory.c - the small kinds of a site, held in memory. */
#include "config.h"
#include "core/model/directory.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/setting.h"

#include <stdatomic.h>
#include <stdlib.h>

/* The kinds held, and the slots that order and name their records. */
static const struct held {
	enum kind_id kind;
	int key, label, position; /* slots; -1 if none */
} held[] = {
	{ KIND_AGENT, AGENT_LOGIN, AGENT_NAME, -1 },
	{ KIND_ROLE, ROLE_KEY, ROLE_LABEL, -1 },
	{ KIND_TEAM, TEAM_KEY, TEAM_LABEL, -1 },
	{ KIND_BRAND, BRAND_KEY, BRAND_NAME, -1 },
	{ KIND_QUEUE, QUEUE_KEY, QUEUE_LABEL, QUEUE_POSITION },
	{ KIND_CANNED, -1, CANNED_TITLE, -1 },
	{ KIND_SETTING, SETTING_NAME, SETTING_NAME, -1 },
	{ KIND_SCRIPT, SCRIPT_NAME, SCRIPT_NAME, -1 },
	{ KIND_FIELD, FIELD_KEY, FIELD_LABEL, FIELD_POSITION },
	{ KIND_TOKEN, -1, TOKEN_NAME, -1 },
	{ KIND_CALENDAR, CALENDAR_KEY, CALENDAR_NAME, -1 },
};
#define HELD_COUNT (sizeof held / sizeof *held)

struct shelf {
	const struct record **by_id, **by_key, **shown;
	size_t count;
};

struct directory {
	atomic_uint references;
	struct arena *arena;
	uint64_t version;
	struct shelf shelves[HELD_COUNT];
	struct bytes *texts; /* of settings that are one, in by_id order */
	/* bits of enum right: a row for each role in by_id order, a column
	 * for each queue in by_id order */
	uint8_t *rights;
};

static const struct held *
held_of(enum kind_id kind)
{
	for (size_t i = 0; i < HELD_COUNT; i++)
		if (held[i].kind == kind)
			return &held[i];
	return NULL;
}

bool
directory_holds(enum kind_id kind)
{
	return held_of(kind) != NULL;
}

/* A record that depends on no snapshot: bytes and big texts are copied. */
static enum err
copy_record(struct snapshot *snapshot, const struct record *from,
    struct arena *arena, const struct record **out)
{
	struct record *copy = arena_new(arena, struct record);
	struct bytes text;
	enum err err;

	if (copy == NULL)
		return ERR_NOMEM;
	text.len = from->raw.len;
	text.at = arena_copy(arena, from->raw.at, from->raw.len);
	if (text.at == NULL)
		return ERR_NOMEM;
	err = record_decode(copy, from->kind->id, from->id, text);
	for (size_t i = 0; err == ERR_OK && i < copy->kind->field_count; i++) {
		if (copy->kind->fields[i].type != FIELD_BIGTEXT ||
		    !record_has(copy, (int)i))
			continue;
		err = record_bigtext(snapshot, copy, (int)i, arena, &text);
		if (err == ERR_OK)
			copy->slots[i].at = text.at;
	}
	if (err == ERR_OK)
		*out = copy;
	return err;
}

struct bytes
record_key(const struct record *record)
{
	const struct held *h = held_of(record->kind->id);

	if (h != NULL && h->key >= 0)
		return record_text(record, h->key);
	if (record->kind->id == KIND_CUSTOMER)
		return record_text(record, CUSTOMER_EMAIL);
	return BYTES_NONE;
}

struct bytes
record_label(const struct record *record)
{
	const struct held *h = held_of(record->kind->id);

	if (h != NULL)
		return record_text(record, h->label);
	switch (record->kind->id) {
	case KIND_CUSTOMER:
		return record_has(record, CUSTOMER_NAME) ?
		    record_text(record, CUSTOMER_NAME) :
		    record_text(record, CUSTOMER_EMAIL);
	case KIND_ORGANISATION: return record_text(record, ORGANISATION_NAME);
	case KIND_TICKET: return record_text(record, TICKET_SUBJECT);
	case KIND_ARTICLE: return record_text(record, ARTICLE_TITLE);
	default: return BYTES_NONE;
	}
}

static int
compare_keys(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;

	return bytes_compare(record_key(*x), record_key(*y));
}

static int
compare_positions(const void *a, const void *b)
{
	const struct record *const *x = a, *const *y = b;
	int slot = held_of((*x)->kind->id)->position;
	int64_t m = record_int(*x, slot), n = record_int(*y, slot);

	/* without a position it comes behind those with one */
	m = m != 0 ? m : INT64_MAX;
	n = n != 0 ? n : INT64_MAX;
	if (m != n)
		return m < n ? -1 : 1;
	return bytes_compare(record_label(*x), record_label(*y));
}

static const struct record **
sorted(struct arena *arena, const struct shelf *shelf,
    int (*compare)(const void *, const void *))
{
	size_t size = shelf->count * sizeof *shelf->by_id;
	const struct record **copy = arena_alloc_raw(arena, size);

	if (copy == NULL)
		return NULL;
	if (size > 0) {
		memcpy(copy, shelf->by_id, size);
		qsort(copy, shelf->count, sizeof *copy, compare);
	}
	return copy;
}

static enum err
fill_shelf(struct snapshot *snapshot, struct arena *arena, const struct held *h,
    struct shelf *shelf)
{
	struct record record;
	size_t cap = 0;
	uint64_t id = 0;
	enum err err;

	while ((err = record_next(snapshot, h->kind, &id, &record)) == ERR_OK) {
		if (shelf->count == cap) {
			size_t more = cap > 0 ? cap * 2 : 16;
			const struct record **grown = arena_grow(arena,
			    shelf->by_id, cap * sizeof *grown,
			    more * sizeof *grown);

			if (grown == NULL)
				return ERR_NOMEM;
			shelf->by_id = grown;
			cap = more;
		}
		err = copy_record(
		    snapshot, &record, arena, &shelf->by_id[shelf->count]);
		if (err != ERR_OK)
			return err;
		shelf->count++;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	shelf->by_key = shelf->shown = shelf->by_id;
	if (h->key >= 0)
		shelf->by_key = sorted(arena, shelf, compare_keys);
	if (h->position >= 0)
		shelf->shown = sorted(arena, shelf, compare_positions);
	return shelf->by_key == NULL && shelf->count > 0 ? ERR_NOMEM : ERR_OK;
}

static const struct shelf *
shelf_of(const struct directory *directory, enum kind_id kind)
{
	const struct held *h = held_of(kind);

	return h != NULL ? &directory->shelves[h - held] : NULL;
}

/* The position of <id> in by_id order, or -1. */
static ptrdiff_t
position_of(const struct shelf *shelf, uint64_t id)
{
	size_t lo = 0, hi = shelf->count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (shelf->by_id[mid]->id == id)
			return (ptrdiff_t)mid;
		if (shelf->by_id[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

const struct record *
directory_find(
    const struct directory *directory, enum kind_id kind, uint64_t id)
{
	const struct shelf *shelf = shelf_of(directory, kind);
	ptrdiff_t i = shelf != NULL ? position_of(shelf, id) : -1;

	return i >= 0 ? shelf->by_id[i] : NULL;
}

const struct record *
directory_find_key(
    const struct directory *directory, enum kind_id kind, struct bytes key)
{
	const struct shelf *shelf = shelf_of(directory, kind);
	size_t lo = 0, hi;

	if (shelf == NULL || held_of(kind)->key < 0)
		return NULL;
	hi = shelf->count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int order = bytes_compare(record_key(shelf->by_key[mid]), key);

		if (order == 0)
			return shelf->by_key[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct record *const *
directory_all(
    const struct directory *directory, enum kind_id kind, size_t *count)
{
	const struct shelf *shelf = shelf_of(directory, kind);

	*count = shelf != NULL ? shelf->count : 0;
	return shelf != NULL ? shelf->shown : NULL;
}

/* Fill a role's row: "*:see,reply" counts for queues that are not private and
 * not named by an item of their own. */
static void
fill_rights(const struct shelf *queues, const struct record *role, uint8_t *row)
{
	struct bytes rest = record_text(role, ROLE_RIGHTS), item;

	while (list_next_text(&rest, &item)) {
		struct bytes key = bytes_trim(bytes_split(&item, ':'));
		unsigned bits = right_bits(item);

		for (size_t q = 0; q < queues->count; q++) {
			const struct record *queue = queues->by_id[q];

			if (bytes_equal(key, record_key(queue)) ||
			    (bytes_is(key, "*") &&
				!record_int(queue, QUEUE_IS_PRIVATE)))
				row[q] |= (uint8_t)bits;
		}
	}
	for (size_t q = 0; q < queues->count; q++)
		if (record_int(role, ROLE_IS_ADMIN))
			row[q] = RIGHT_ALL;
}

static enum err
fill_all_rights(struct directory *directory)
{
	const struct shelf *roles = shelf_of(directory, KIND_ROLE);
	const struct shelf *queues = shelf_of(directory, KIND_QUEUE);

	directory->rights = arena_array(
	    directory->arena, uint8_t, roles->count * queues->count + 1);
	if (directory->rights == NULL)
		return ERR_NOMEM;
	for (size_t r = 0; r < roles->count; r++)
		fill_rights(queues, roles->by_id[r],
		    directory->rights + r * queues->count);
	return ERR_OK;
}

/* The texts that settings are, without the escapes of JSON: whoever asks for
 * one need have no memory for it. */
static enum err
read_texts(struct directory *directory)
{
	const struct shelf *settings = shelf_of(directory, KIND_SETTING);

	directory->texts = arena_array(
	    directory->arena, struct bytes, settings->count + 1);
	if (directory->texts == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < settings->count; i++) {
		struct bytes value = record_text(
		    settings->by_id[i], SETTING_VALUE);
		const struct json *json = NULL;

		if (value.len == 0 || value.at[0] != '"')
			continue; /* a number, or all that a script has */
		if (json_parse(directory->arena, value, JSON_BYTES_MAX, &json,
			NULL) == ERR_NOMEM)
			return ERR_NOMEM;
		directory->texts[i] = json_text(json);
	}
	return ERR_OK;
}

enum err
directory_create(struct snapshot *snapshot, struct directory **out)
{
	static atomic_uint_least64_t versions;
	struct arena *arena = arena_create();
	struct directory *directory = NULL;
	enum err err = ERR_NOMEM;

	if (arena != NULL)
		directory = arena_new(arena, struct directory);
	if (directory == NULL)
		goto out;
	directory->arena = arena;
	directory->version = atomic_fetch_add(&versions, 1) + 1;
	atomic_init(&directory->references, 1);
	err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < HELD_COUNT; i++)
		err = fill_shelf(
		    snapshot, arena, &held[i], &directory->shelves[i]);
	if (err == ERR_OK)
		err = fill_all_rights(directory);
	if (err == ERR_OK)
		err = read_texts(directory);
out:
	if (err == ERR_OK)
		*out = directory;
	else
		arena_destroy(arena);
	return err;
}

struct directory *
directory_ref(struct directory *directory)
{
	atomic_fetch_add_explicit(
	    &directory->references, 1, memory_order_relaxed);
	return directory;
}

void
directory_unref(struct directory *directory)
{
	if (directory != NULL &&
	    atomic_fetch_sub(&directory->references, 1) == 1)
		arena_destroy(directory->arena);
}

uint64_t
directory_version(const struct directory *directory)
{
	return directory->version;
}

/* The agent's role, or NULL for who is unknown or not active. */
static const struct record *
role_of(const struct directory *directory, uint64_t agent)
{
	const struct record *found = directory_find(
	    directory, KIND_AGENT, agent);

	if (found == NULL || !record_int(found, AGENT_ACTIVE))
		return NULL;
	return directory_find(
	    directory, KIND_ROLE, record_ref(found, AGENT_ROLE));
}

unsigned
directory_rights(
    const struct directory *directory, uint64_t agent, uint64_t queue)
{
	const struct shelf *roles = shelf_of(directory, KIND_ROLE);
	const struct shelf *queues = shelf_of(directory, KIND_QUEUE);
	const struct record *role = role_of(directory, agent);
	ptrdiff_t q;

	if (role == NULL)
		return 0;
	if (record_int(role, ROLE_IS_ADMIN))
		return RIGHT_ALL;
	q = position_of(queues, queue);
	if (q < 0)
		return 0;
	return directory
	    ->rights[(size_t)position_of(roles, role->id) * queues->count +
		(size_t)q];
}

bool
directory_knows_queue(const struct directory *directory, uint64_t agent,
    const struct record *queue)
{
	return !record_int(queue, QUEUE_IS_PRIVATE) ||
	    directory_rights(directory, agent, queue->id) != 0;
}

bool
directory_is_admin(const struct directory *directory, uint64_t agent)
{
	const struct record *role = role_of(directory, agent);

	return role != NULL && record_int(role, ROLE_IS_ADMIN);
}

struct bytes
directory_setting(const struct directory *directory, const char *name)
{
	const struct record *setting = directory_find_key(
	    directory, KIND_SETTING, bytes_of(name));

	return setting != NULL ? record_text(setting, SETTING_VALUE) :
				 BYTES_NONE;
}

struct bytes
directory_setting_text(const struct directory *directory, const char *name)
{
	const struct record *setting = directory_find_key(
	    directory, KIND_SETTING, bytes_of(name));

	return setting == NULL ?
	    BYTES_NONE :
	    directory->texts[position_of(
		shelf_of(directory, KIND_SETTING), setting->id)];
}

const struct record *
directory_brand(const struct directory *directory, uint64_t queue)
{
	const struct shelf *brands = shelf_of(directory, KIND_BRAND);
	const struct record *found = directory_find(
	    directory, KIND_QUEUE, queue);

	if (found != NULL)
		found = directory_find(
		    directory, KIND_BRAND, record_ref(found, QUEUE_BRAND));
	if (found != NULL)
		return found;
	return brands->count > 0 ? brands->by_id[0] : NULL;
}

const struct record *
directory_default_queue(const struct directory *directory)
{
	const struct shelf *queues = shelf_of(directory, KIND_QUEUE);
	const struct record *found = directory_find_key(
	    directory, KIND_QUEUE, setting_text(directory, CHOICE_QUEUE, NULL));

	if (found != NULL)
		return found;
	for (size_t i = 0; i < queues->count; i++)
		if (record_int(queues->by_id[i], QUEUE_HAS_FORM))
			return queues->by_id[i];
	return queues->count > 0 ? queues->by_id[0] : NULL;
}
