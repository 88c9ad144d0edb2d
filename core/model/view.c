/* core/model/view.c - pages of tickets: a plan, ranges, one merged walk.
 *
 * A plan is up to RANGES_MAX ranges of one index, each fixed up to the time
 * that it is sorted by. Their walks are merged by the last 16 bytes of the
 * keys (time, id), which is also what the page's cursor holds.
 */
#include "config.h"
#include "core/model/view.h"
#include "core/base/arena.h"
#include "core/model/index.h"
#include "core/model/own.h"
#include "core/model/own_index.h"
#include "core/model/seen.h"
#include "core/model/ticket.h"
#include "core/model/view_search.h"

#define RANGES_MAX 24
#define POSITION_SIZE 16 /* time and id, as in the keys */

struct range {
	struct key prefix;
	struct cursor cursor;
	struct bytes head; /* the next key; empty at the end */
	struct bytes gist; /* and its value, see index.h */
};

struct walk {
	const struct view_reader *reader;
	const struct filter *filter;
	struct arena *arena;
	enum direction direction;
	struct range *ranges;
	size_t range_count;
	char last[POSITION_SIZE]; /* given out last */
	bool has_last;
	bool has_place; /* the filter says where; else the desk is meant */
	const struct filter_term *planned; /* holds for all of the ranges */
};

/* The positive term on this slot that lists numbers, or NULL. */
static const struct filter_term *
term_on(const struct filter *filter, enum filter_op op, int slot)
{
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct filter_term *term = &filter->terms[i];

		if (term->op == op && term->slot == slot && !term->is_not)
			return term;
	}
	return NULL;
}

static bool
has_place(const struct filter *filter)
{
	for (size_t i = 0; i < filter->term_count; i++)
		if (filter->terms[i].op == FILTER_ANY_OF &&
		    filter->terms[i].slot == TICKET_PLACE)
			return true;
	return false;
}

static bool
allows(const struct filter_term *term, int64_t n)
{
	if (term == NULL)
		return true;
	for (size_t i = 0; i < term->number_count; i++)
		if (term->numbers[i] == n)
			return true;
	return false;
}

/* The states that the filter's place and status leave possible, as bits. */
static unsigned
states_of(const struct filter *filter)
{
	const struct filter_term *place = term_on(
	    filter, FILTER_ANY_OF, TICKET_PLACE);
	const struct filter_term *status = term_on(
	    filter, FILTER_ANY_OF, TICKET_STATUS);
	unsigned states = 0;

	if (place == NULL || allows(place, PLACE_DESK))
		for (unsigned s = STATUS_OPEN; s <= STATUS_CLOSED; s++)
			if (allows(status, s))
				states |= 1u << s;
	if (has_place(filter)) {
		if (allows(place, PLACE_SPAM))
			states |= 1u << STATE_SPAM;
		if (allows(place, PLACE_TRASH))
			states |= 1u << STATE_TRASH;
	}
	return states;
}

static enum err
add_range(struct walk *walk, const struct key *prefix)
{
	if (walk->range_count == RANGES_MAX)
		return ERR_LIMIT;
	walk->ranges[walk->range_count].prefix = *prefix;
	walk->ranges[walk->range_count].cursor =
	    (struct cursor){ .snapshot = NULL };
	walk->range_count++;
	return ERR_OK;
}

/* A range for each possible state behind <begun>. */
static enum err
add_states(struct walk *walk, const struct key *begun)
{
	unsigned states = states_of(walk->filter);
	enum err err = ERR_OK;

	for (unsigned s = 0; err == ERR_OK && s < STATE__COUNT; s++) {
		struct key prefix = *begun;

		if (!(states >> s & 1))
			continue;
		key_u8(&prefix, (uint8_t)s);
		err = add_range(walk, &prefix);
	}
	return err;
}

/* Custom fields, instead of a slot: by how many values there may be. */
enum { OWN_MANY, OWN_FEW };

/* Ways to narrow the walk, the most selective first. */
static const struct way {
	enum index_id index;
	enum filter_op op;
	int slot;         /* or OWN_MANY, OWN_FEW */
	bool has_state;   /* the state follows in the index */
	bool wants_owner; /* not for "owner:none": that is most of a desk */
} ways[] = {
	{ INDEX_TICKET_CUSTOMER, FILTER_ANY_OF, TICKET_CUSTOMER, false, false },
	{ INDEX_TICKET_OWN, FILTER_FIELD, OWN_MANY, false, false },
	{ INDEX_TICKET_OWNER, FILTER_ANY_OF, TICKET_OWNER, true, true },
	{ INDEX_TICKET_ORGANISATION, FILTER_ANY_OF, TICKET_ORGANISATION, false,
	    true },
	{ INDEX_TICKET_TAG, FILTER_HAS_ANY, TICKET_TAGS, false, false },
	{ INDEX_TICKET_OWN, FILTER_FIELD, OWN_FEW, false, false },
	{ INDEX_TICKET_QUEUE, FILTER_ANY_OF, TICKET_QUEUE, true, false },
	{ INDEX_TICKET_OWNER, FILTER_ANY_OF, TICKET_OWNER, true, false },
};

/* The positive term on a custom field that has an index, or NULL. */
static const struct filter_term *
own_term(const struct walk *walk, int how_many)
{
	const struct directory *directory = walk->reader->filter.directory;

	for (size_t i = 0; i < walk->filter->term_count; i++) {
		const struct filter_term *term = &walk->filter->terms[i];
		enum own_type type;

		if (term->op != FILTER_FIELD || term->is_not ||
		    !own_index_is_ready(directory, walk->reader->snapshot,
			(uint64_t)term->slot))
			continue;
		type = own_type(directory_find(
		    directory, KIND_FIELD, (uint64_t)term->slot));
		if ((type == OWN_BOOL || type == OWN_CHOICE ||
			type == OWN_CHOICES) == (how_many == OWN_FEW))
			return term;
	}
	return NULL;
}

static enum err
plan_way(
    struct walk *walk, const struct way *way, const struct filter_term *term)
{
	const struct kind *kind = kind_get(KIND_TICKET);
	bool is_text = term->text_count > 0;
	size_t count = is_text ? term->text_count : term->number_count;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct key prefix;

		key_index(&prefix, KIND_TICKET, (uint8_t)way->index);
		if (way->op == FILTER_FIELD)
			index_key_own(
			    &prefix, (uint64_t)term->slot, term->texts[i]);
		else if (is_text)
			index_key_text(&prefix, term->texts[i]);
		else
			index_key_int(&prefix, kind, (uint8_t)way->slot,
			    term->numbers[i]);
		err = way->has_state ? add_states(walk, &prefix) :
				       add_range(walk, &prefix);
	}
	return err;
}

/* Choose the ranges. A way that would need too many of them is passed over;
 * the last resort, states alone, is five ranges at most. */
static enum err
plan(struct walk *walk)
{
	struct key prefix;

	walk->direction = BACKWARD;
	if (walk->filter->by_waiting) {
		walk->direction = FORWARD;
		key_index(&prefix, KIND_TICKET, INDEX_TICKET_WAITING);
		return add_range(walk, &prefix);
	}
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		const struct filter_term *term = ways[i].op == FILTER_FIELD ?
		    own_term(walk, ways[i].slot) :
		    term_on(walk->filter, ways[i].op, ways[i].slot);

		if (term == NULL || (ways[i].wants_owner && allows(term, 0)))
			continue;
		if (plan_way(walk, &ways[i], term) == ERR_OK) {
			/* of custom fields an index has the beginning only */
			walk->planned = term->op != FILTER_FIELD ? term : NULL;
			return ERR_OK;
		}
		walk->range_count = 0;
	}
	key_index(&prefix, KIND_TICKET, INDEX_TICKET_STATE);
	return add_states(walk, &prefix);
}

static enum err
step(struct range *range)
{
	enum err err = cursor_next(&range->cursor, &range->head, &range->gist);

	if (err == ERR_NOT_FOUND) {
		range->head = BYTES_NONE;
		return ERR_OK;
	}
	return err;
}

/* Open the ranges at the page's beginning: behind <after>, if there is one. */
static enum err
open_ranges(struct walk *walk, const char *after)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < walk->range_count; i++) {
		struct range *range = &walk->ranges[i];
		struct key lo = range->prefix, hi = range->prefix;

		key_after(&hi);
		if (after != NULL && walk->direction == BACKWARD) {
			hi = range->prefix;
			key_raw(&hi, after, POSITION_SIZE);
		} else if (after != NULL) {
			key_raw(&lo, after, POSITION_SIZE);
			key_u8(&lo, 0);
		}
		err = cursor_open(walk->reader->snapshot, key_get(&lo),
		    key_get(&hi), walk->direction, &range->cursor);
		if (err == ERR_OK)
			err = step(range);
	}
	return err;
}

static const char *
position(struct bytes key)
{
	return key.at + key.len - POSITION_SIZE;
}

/* The range whose head comes next, or NULL at the end. */
static struct range *
next_range(struct walk *walk)
{
	struct range *best = NULL;

	for (size_t i = 0; i < walk->range_count; i++) {
		struct range *range = &walk->ranges[i];
		int order;

		if (range->head.len == 0)
			continue;
		if (best == NULL) {
			best = range;
			continue;
		}
		order = memcmp(
		    position(range->head), position(best->head), POSITION_SIZE);
		if (walk->direction == BACKWARD ? order > 0 : order < 0)
			best = range;
	}
	return best;
}

static bool
has_right(const struct view_reader *reader, uint64_t queue, enum right right)
{
	return reader->sees_all ||
	    (directory_rights(
		 reader->filter.directory, reader->filter.agent, queue) &
		right) != 0;
}

bool
view_sees(const struct view_reader *reader, const struct record *ticket)
{
	return has_right(reader, record_ref(ticket, TICKET_QUEUE), RIGHT_SEE);
}

bool
view_sees_notes(const struct view_reader *reader, const struct record *ticket)
{
	return has_right(reader, record_ref(ticket, TICKET_QUEUE), RIGHT_NOTE);
}

static bool
wants_seen(const struct filter *filter)
{
	for (size_t i = 0; i < filter->term_count; i++)
		if (filter->terms[i].op == FILTER_UNREAD)
			return true;
	return false;
}

static bool
wanted(const struct walk *walk, const struct record *ticket)
{
	const struct view_reader *reader = walk->reader;
	struct filter_subject subject = { .ticket = ticket,
		.snapshot = reader->snapshot,
		.reader = &reader->filter };

	if (!walk->has_place && record_int(ticket, TICKET_PLACE) != PLACE_DESK)
		return false;
	if (!view_sees(reader, ticket))
		return false;
	if (wants_seen(walk->filter))
		subject.seen = seen_get(reader->snapshot, walk->arena,
		    reader->filter.agent, ticket->id);
	return filter_matches(walk->filter, &subject);
}

bool
view_wants(const struct view_reader *reader, const struct filter *filter,
    struct arena *arena, const struct record *ticket)
{
	const struct walk walk = { .reader = reader,
		.filter = filter,
		.arena = arena,
		.has_place = has_place(filter) };

	return wanted(&walk, ticket);
}

enum verdict { UNWANTED, WANTED, UNKNOWN };

/* What an index entry alone tells. */
static enum verdict
judge(const struct walk *walk, struct bytes gist)
{
	const struct filter *filter = walk->filter;
	enum verdict verdict = filter->except == NULL ? WANTED : UNKNOWN;
	int64_t n;

	if (!index_gist_int(gist, TICKET_PLACE, &n))
		return UNKNOWN;
	if (!walk->has_place && n != PLACE_DESK)
		return UNWANTED;
	if (!index_gist_int(gist, TICKET_QUEUE, &n) ||
	    !has_right(walk->reader, (uint64_t)n, RIGHT_SEE))
		return UNWANTED;
	for (size_t i = 0; i < filter->term_count; i++) {
		const struct filter_term *term = &filter->terms[i];

		if (term == walk->planned)
			continue;
		if (term->op != FILTER_ANY_OF ||
		    !index_gist_int(gist, term->slot, &n))
			verdict = UNKNOWN;
		else if (allows(term, n) == term->is_not)
			return UNWANTED;
	}
	return verdict;
}

/* The id of the next entry, and what it says; each ticket once.
 * ERR_NOT_FOUND at the end, ERR_LIMIT after VIEW_EXAMINE_MAX. */
static enum err
next_entry(
    struct walk *walk, size_t *examined, uint64_t *id, struct bytes *gist)
{
	for (;;) {
		struct range *range = next_range(walk);
		bool is_twice;
		enum err err;

		if (range == NULL)
			return ERR_NOT_FOUND;
		if (*examined == VIEW_EXAMINE_MAX)
			return ERR_LIMIT;
		is_twice = walk->has_last &&
		    memcmp(walk->last, position(range->head), POSITION_SIZE) ==
			0;
		memcpy(walk->last, position(range->head), POSITION_SIZE);
		walk->has_last = true;
		*gist = range->gist;
		err = step(range);
		if (err != ERR_OK)
			return err;
		if (is_twice)
			continue;
		++*examined;
		*id = be64_read(walk->last + 8);
		return ERR_OK;
	}
}

/* The next wanted ticket, into <out> unless that is NULL: then it is read only
 * if its entry does not tell enough. */
static enum err
next_ticket(struct walk *walk, size_t *examined, struct record *out)
{
	struct record ticket;
	struct bytes gist;
	uint64_t id;
	enum err err;

	while ((err = next_entry(walk, examined, &id, &gist)) == ERR_OK) {
		enum verdict verdict = judge(walk, gist);
		struct record *into = out != NULL ? out : &ticket;

		if (verdict == UNWANTED)
			continue;
		if (verdict == WANTED && out == NULL)
			return ERR_OK;
		err = record_find(
		    walk->reader->snapshot, KIND_TICKET, id, into);
		if (err != ERR_OK)
			return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
		if (verdict == WANTED || wanted(walk, into))
			return ERR_OK;
	}
	return err;
}

static enum err
parse_cursor(struct bytes after, char *out)
{
	if (after.len != 2 * POSITION_SIZE)
		return ERR_INVALID;
	for (size_t i = 0; i < after.len; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *at = memchr(digits, after.at[i], 16);

		if (at == NULL)
			return ERR_INVALID;
		if (i % 2 == 0)
			out[i / 2] = (char)((at - digits) << 4);
		else
			out[i / 2] |= (char)(at - digits);
	}
	return ERR_OK;
}

static enum err
write_cursor(struct arena *arena, const char *at, struct bytes *out)
{
	char *text = arena_alloc_raw(arena, 2 * POSITION_SIZE + 1);

	if (text == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < POSITION_SIZE; i++) {
		static const char digits[] = "0123456789abcdef";

		text[2 * i] = digits[(unsigned char)at[i] >> 4];
		text[2 * i + 1] = digits[at[i] & 15];
	}
	text[2 * POSITION_SIZE] = '\0';
	*out = (struct bytes){ text, 2 * POSITION_SIZE };
	return ERR_OK;
}

static enum err
start(struct walk *walk, const struct view_reader *reader,
    const struct filter *filter, struct arena *arena, const char *after)
{
	enum err err;

	*walk = (struct walk){ .reader = reader,
		.filter = filter,
		.arena = arena,
		.has_place = has_place(filter) };
	walk->ranges = arena_array(arena, struct range, RANGES_MAX);
	if (walk->ranges == NULL)
		return ERR_NOMEM;
	err = plan(walk);
	if (err == ERR_OK)
		err = open_ranges(walk, after);
	return err;
}

static void
stop(struct walk *walk)
{
	for (size_t i = 0; i < walk->range_count; i++)
		cursor_close(&walk->ranges[i].cursor);
}

/* Fill <out> from a walk that has begun. One ticket more than the page holds
 * is looked for, to know whether there is a next page. */
static enum err
fill_page(
    struct walk *walk, size_t limit, struct arena *arena, struct view_page *out)
{
	char shown[POSITION_SIZE];
	struct record more;
	enum err err;

	for (;;) {
		struct record *row = out->count < limit ?
		    &out->tickets[out->count] :
		    &more;

		err = next_ticket(walk, &out->examined, row);
		if (err == ERR_LIMIT) {
			out->is_cut = true;
			return write_cursor(arena, walk->last, &out->after);
		}
		if (err == ERR_NOT_FOUND)
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		if (out->count == limit)
			return write_cursor(arena, shown, &out->after);
		memcpy(shown, walk->last, POSITION_SIZE);
		out->count++;
	}
}

/* #123: one ticket by its number. */
static enum err
find_number(const struct view_reader *reader, const struct filter *filter,
    struct arena *arena, struct view_page *out)
{
	struct walk walk = {
		.reader = reader, .filter = filter, .has_place = true
	};
	enum err err = record_find(
	    reader->snapshot, KIND_TICKET, filter->number, out->tickets);

	out->examined = 1;
	if (err == ERR_OK && wanted(&walk, out->tickets))
		out->count = 1;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
view_list(const struct view_reader *reader, const struct filter *filter,
    struct bytes after, size_t limit, struct arena *arena,
    struct view_page *out)
{
	struct view_page page = { .count = 0 };
	char at[POSITION_SIZE];
	struct walk walk;
	enum err err;

	if (filter->words.len > 0 && filter->number == 0)
		return view_search_list(
		    reader, filter, after, limit, arena, out);
	if (after.len > 0 && parse_cursor(after, at) != ERR_OK)
		return ERR_INVALID;
	page.tickets = arena_alloc_raw(
	    arena, (limit > 0 ? limit : 1) * sizeof *page.tickets);
	if (page.tickets == NULL)
		return ERR_NOMEM;
	if (filter->number != 0) {
		err = find_number(reader, filter, arena, &page);
		if (err == ERR_OK)
			*out = page;
		return err;
	}
	err = start(&walk, reader, filter, arena, after.len > 0 ? at : NULL);
	if (err == ERR_OK)
		err = fill_page(&walk, limit, arena, &page);
	stop(&walk);
	if (err == ERR_OK)
		*out = page;
	return err;
}

enum err
view_count(const struct view_reader *reader, const struct filter *filter,
    struct arena *arena, size_t *out)
{
	struct walk walk;
	size_t examined = 0, count = 0;
	enum err err;

	if (filter->words.len > 0)
		return view_search_count(reader, filter, arena, out);
	err = start(&walk, reader, filter, arena, NULL);
	while (err == ERR_OK && count <= VIEW_COUNT_MAX) {
		err = next_ticket(&walk, &examined, NULL);
		if (err == ERR_OK)
			count++;
	}
	stop(&walk);
	if (err == ERR_LIMIT) {
		count = VIEW_COUNT_MAX + 1;
		err = ERR_OK;
	}
	if (err == ERR_NOT_FOUND)
		err = ERR_OK;
	if (err == ERR_OK)
		*out = count;
	return err;
}
