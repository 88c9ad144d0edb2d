/* core/base/diff.h - what differs between two texts, line by line.
 *
 * Pure functions; any thread may call them.
 */
#ifndef HOOKDESK_BASE_DIFF_H
#define HOOKDESK_BASE_DIFF_H

#include "core/base/bytes.h"

struct arena;

enum diff_op { DIFF_SAME, DIFF_REMOVED, DIFF_ADDED };

/* A line of one text, or of both, without its line break. */
struct diff_line {
	enum diff_op op;
	int old_number, new_number; /* from 1; 0 where it is not in that text */
	struct bytes text;
};

/* So many lines removed and added are looked for at their shortest; where more
 * differ, what lies between the common beginning and end is removed as a whole
 * and added as a whole. It bounds the memory: about 4 MiB. */
#define DIFF_EDITS_MAX 1000

/* All lines of <old> and <new> in order, removed ones before those added in
 * their place. <out> lives in <arena>, its texts are those given. A line break
 * at the very end is none of the text: "a" and "a\n" are the same. ERR_NOMEM.
 */
ERR_CHECKED enum err diff_lines(struct arena *arena, struct bytes old,
    struct bytes new, struct diff_line **out, size_t *count);

#endif
