/* core/model/right.h - what a role may do in a queue: the one list of rights.
 *
 * A role's rights are a list of items, QUEUE:RIGHT,RIGHT; the queue "*" is
 * every one that is not private.
 */
#ifndef HOOKDESK_MODEL_RIGHT_H
#define HOOKDESK_MODEL_RIGHT_H

#include "core/base/bytes.h"

/* Bits. */
enum right {
	RIGHT_SEE = 1 << 0,    /* read the tickets, but no notes */
	RIGHT_NOTE = 1 << 1,   /* read and write internal notes */
	RIGHT_REPLY = 1 << 2,  /* answer, and change the status */
	RIGHT_ASSIGN = 1 << 3, /* owner, queue, priority, tags */
	RIGHT_MANAGE = 1 << 4, /* spam, trash, undo what others did */
	RIGHT_ALL = 31
};

#define RIGHTS_COUNT 5 /* that are one right each */

struct right_word {
	const char *word;
	unsigned bits;            /* who may answer may see ... */
	const char *label, *help; /* marked N_(); NULL behind RIGHTS_COUNT */
};

/* The single rights, then "all"; ends with a word that is NULL. */
extern const struct right_word right_words[];

/* The row of <word>; NULL if it is no right. */
const struct right_word *right_find(struct bytes word);

/* The bits of words with commas between; unknown ones count for nothing. */
unsigned right_bits(struct bytes words);

/* Whether all of a role's list can be read. ERR_INVALID with words and the
 * field "rights" in <why>. */
ERR_CHECKED enum err rights_check(struct bytes list, struct why *why);

#endif
