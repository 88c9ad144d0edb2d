/* core/base/diff.c - the shortest way from one text to another, by lines.
 *
 * Source: E. Myers, An O(ND) Difference Algorithm and Its Variations, 1986:
 * the greedy algorithm, behind what both texts begin and end with.
 */
#include "config.h"
#include "core/base/diff.h"
#include "core/base/arena.h"

#include <string.h>

struct line {
	struct bytes text;
	uint64_t hash; /* equal lines are found by it first */
};

struct lines {
	struct line *at;
	int count;
};

struct diffing {
	struct arena *arena;
	struct lines old, new;
	struct diff_line *out;
	size_t count;
};

static enum err
split(struct arena *arena, struct bytes text, struct lines *out)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.at[i] == '\n';
	out->at = arena_array(arena, struct line, count);
	out->count = 0;
	if (out->at == NULL)
		return ERR_NOMEM;
	while (text.len > 0) {
		struct line *line = &out->at[out->count++];

		line->text = bytes_split(&text, '\n');
		line->hash = UINT64_C(0xcbf29ce484222325);
		for (size_t i = 0; i < line->text.len; i++)
			line->hash = (line->hash ^
					 (unsigned char)line->text.at[i]) *
			    UINT64_C(0x100000001b3);
	}
	return ERR_OK;
}

static bool
is_same(const struct diffing *d, int old, int new)
{
	const struct line *a = &d->old.at[old], *b = &d->new.at[new];

	return a->hash == b->hash && bytes_equal(a->text, b->text);
}

static void
put(struct diffing *d, enum diff_op op, int old, int new)
{
	d->out[d->count++] = (struct diff_line){
		.op = op,
		.old_number = op == DIFF_ADDED ? 0 : old + 1,
		.new_number = op == DIFF_REMOVED ? 0 : new + 1,
		.text = op == DIFF_ADDED ? d->new.at[new].text :
					   d->old.at[old].text,
	};
}

/* The lines from..old_end and from..new_end differ. <reach> of the d-th round
 * is 2 d + 1 numbers: how far into the old text d edits lead, by diagonal. */
struct middle {
	int from, old_end, new_end;
	int **reach;
	int rounds; /* how many were needed; -1: too many */
};

static int
reach_of(const int *reach, int round, int diagonal)
{
	return reach[diagonal + round];
}

/* Whether the way to <diagonal> in <round> comes by adding a line. */
static bool
comes_down(const int *before, int round, int diagonal)
{
	if (diagonal == -round)
		return true;
	if (diagonal == round)
		return false;
	return reach_of(before, round - 1, diagonal - 1) <
	    reach_of(before, round - 1, diagonal + 1);
}

/* One round more; *<is_there> when the end is reached. */
static enum err
search_round(struct diffing *d, struct middle *m, int round, bool *is_there)
{
	int width = m->old_end - m->from, height = m->new_end - m->from;
	int *reach = arena_array(d->arena, int, 2 * (size_t)round + 1);

	if (reach == NULL)
		return ERR_NOMEM;
	m->reach[round] = reach;
	for (int k = -round; k <= round; k += 2) {
		const int *before = round > 0 ? m->reach[round - 1] : NULL;
		int x = 0;

		if (round > 0)
			x = comes_down(before, round, k) ?
			    reach_of(before, round - 1, k + 1) :
			    reach_of(before, round - 1, k - 1) + 1;
		/* off the texts: no way goes on from there */
		while (x >= 0 && x < width && x - k >= 0 && x - k < height &&
		    is_same(d, m->from + x, m->from + x - k))
			x++;
		reach[k + round] = x;
		*is_there |= x >= width && x - k >= height;
	}
	return ERR_OK;
}

static enum err
search(struct diffing *d, struct middle *m)
{
	bool is_there = false;
	enum err err = ERR_OK;

	m->reach = arena_array(d->arena, int *, DIFF_EDITS_MAX + 1);
	if (m->reach == NULL)
		return ERR_NOMEM;
	m->rounds = -1;
	for (int i = 0; err == ERR_OK && !is_there && i <= DIFF_EDITS_MAX;
	     i++) {
		err = search_round(d, m, i, &is_there);
		if (is_there)
			m->rounds = i;
	}
	return err;
}

/* All of the one, then all of the other. */
static void
put_whole(struct diffing *d, const struct middle *m)
{
	for (int i = m->from; i < m->old_end; i++)
		put(d, DIFF_REMOVED, i, 0);
	for (int i = m->from; i < m->new_end; i++)
		put(d, DIFF_ADDED, 0, i);
}

/* The way back from the end, noted from behind. */
static enum err
put_way(struct diffing *d, const struct middle *m)
{
	int x = m->old_end - m->from, y = m->new_end - m->from;
	size_t most = (size_t)x + (size_t)y, n = most;
	struct diff_line *way = arena_array(
	    d->arena, struct diff_line, most + 1);
	struct diffing back = *d;

	if (way == NULL)
		return ERR_NOMEM;
	for (int round = m->rounds; round >= 0; round--) {
		int k = x - y, from_x = 0, from_y = 0;
		bool is_down = false;

		if (round > 0) {
			const int *before = m->reach[round - 1];

			is_down = comes_down(before, round, k);
			from_x = reach_of(
			    before, round - 1, is_down ? k + 1 : k - 1);
			from_y = from_x - (is_down ? k + 1 : k - 1);
		}
		back.out = way;
		while (x > from_x && y > from_y) {
			back.count = --n;
			x--;
			y--;
			put(&back, DIFF_SAME, m->from + x, m->from + y);
		}
		if (round == 0)
			break;
		back.count = --n;
		if (is_down)
			put(&back, DIFF_ADDED, 0, m->from + --y);
		else
			put(&back, DIFF_REMOVED, m->from + --x, 0);
	}
	memcpy(d->out + d->count, way + n, (most - n) * sizeof *way);
	d->count += most - n;
	return ERR_OK;
}

/* Removed lines stand before those added in their place. */
static void
sort_runs(struct diff_line *lines, size_t count, struct diff_line *spare)
{
	for (size_t i = 0; i < count;) {
		size_t end = i, kept = i, added = 0;

		while (end < count && lines[end].op != DIFF_SAME)
			end++;
		for (size_t j = i; j < end; j++) {
			if (lines[j].op == DIFF_REMOVED)
				lines[kept++] = lines[j];
			else
				spare[added++] = lines[j];
		}
		memcpy(lines + kept, spare, added * sizeof *spare);
		i = end + 1;
	}
}

enum err
diff_lines(struct arena *arena, struct bytes old, struct bytes new,
    struct diff_line **out, size_t *count)
{
	struct diffing d = { .arena = arena };
	struct middle m = { .from = 0 };
	struct diff_line *spare;
	enum err err = split(arena, old, &d.old);
	int tail = 0;

	if (err == ERR_OK)
		err = split(arena, new, &d.new);
	if (err != ERR_OK)
		return err;
	d.out = arena_array(arena, struct diff_line,
	    (size_t)d.old.count + (size_t)d.new.count + 1);
	spare = arena_array(arena, struct diff_line, (size_t)d.new.count + 1);
	if (d.out == NULL || spare == NULL)
		return ERR_NOMEM;
	m.old_end = d.old.count;
	m.new_end = d.new.count;
	while (m.from < m.old_end && m.from < m.new_end &&
	    is_same(&d, m.from, m.from)) {
		put(&d, DIFF_SAME, m.from, m.from);
		m.from++;
	}
	while (m.old_end > m.from && m.new_end > m.from &&
	    is_same(&d, m.old_end - 1, m.new_end - 1)) {
		m.old_end--;
		m.new_end--;
		tail++;
	}
	err = search(&d, &m);
	if (err == ERR_OK && m.rounds >= 0)
		err = put_way(&d, &m);
	else if (err == ERR_OK)
		put_whole(&d, &m);
	if (err != ERR_OK)
		return err;
	for (int i = 0; i < tail; i++)
		put(&d, DIFF_SAME, m.old_end + i, m.new_end + i);
	sort_runs(d.out, d.count, spare);
	*out = d.out;
	*count = d.count;
	return ERR_OK;
}
