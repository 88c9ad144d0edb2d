/* core/model/right.c - the rights of roles, by their words. */
#include "config.h"
#include "core/model/right.h"
#include "core/base/suggest.h"
#include "core/model/record.h"

#include <stdio.h>

const struct right_word right_words[] = {
	{ "see", RIGHT_SEE, N_("See"), N_("Read tickets.") },
	{ "note", RIGHT_SEE | RIGHT_NOTE, N_("Note"),
	    N_("Read and write internal notes.") },
	{ "reply", RIGHT_SEE | RIGHT_REPLY, N_("Reply"),
	    N_("Answer, and change the status.") },
	{ "assign", RIGHT_SEE | RIGHT_ASSIGN, N_("Assign"),
	    N_("Owner, queue, priority and tags.") },
	{ "manage", RIGHT_SEE | RIGHT_MANAGE, N_("Manage"),
	    N_("Spam, trash, and taking back what others did.") },
	{ "all", RIGHT_ALL, NULL, NULL },
	{ NULL, 0, NULL, NULL },
};

const struct right_word *
right_find(struct bytes word)
{
	for (const struct right_word *row = right_words; row->word != NULL;
	     row++)
		if (bytes_is(word, row->word))
			return row;
	return NULL;
}

unsigned
right_bits(struct bytes words)
{
	unsigned bits = 0;

	while (words.len > 0) {
		const struct right_word *row = right_find(
		    bytes_trim(bytes_split(&words, ',')));

		if (row != NULL)
			bits |= row->bits;
	}
	return bits;
}

static enum err
refuse(struct bytes word, struct why *why)
{
	char name[64];
	struct suggestion near;

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(word));
	near = suggest(name);
	for (const struct right_word *row = right_words; row->word != NULL;
	     row++)
		suggest_try(&near, row->word);
	if (near.best != NULL)
		return why_set(why, ERR_INVALID, "rights",
		    N_("There is no such right: did you mean \"{name}\"?"), 0,
		    near.best);
	return why_set(why, ERR_INVALID, "rights",
	    N_("There is no right \"{name}\": choose among see, note, reply, "
	       "assign, manage and all."),
	    0, name);
}

enum err
rights_check(struct bytes list, struct why *why)
{
	struct bytes item;

	while (list_next_text(&list, &item)) {
		struct bytes queue = bytes_trim(bytes_split(&item, ':'));

		if (queue.len == 0 || bytes_trim(item).len == 0)
			return why_set(why, ERR_INVALID, "rights",
			    N_("Rights are written as QUEUE:RIGHT, for "
			       "example *:see."),
			    0, NULL);
		while (item.len > 0) {
			struct bytes word = bytes_trim(bytes_split(&item, ','));

			if (right_find(word) == NULL)
				return refuse(word, why);
		}
	}
	return ERR_OK;
}
