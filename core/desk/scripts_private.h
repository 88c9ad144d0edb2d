/* core/desk/scripts_private.h - what a load of scripts is made of, for
 * scripts.c and script_check.c alone. */
#ifndef HOOKDESK_DESK_SCRIPTS_PRIVATE_H
#define HOOKDESK_DESK_SCRIPTS_PRIVATE_H

#include "core/desk/scripts.h"

/* What a load works with. */
struct loading {
	struct site *site;
	struct arena *arena;
	struct site_read read;
	struct script_file *files;
	bool *is_shipped;
	size_t count;
	struct bytes *off; /* names of files that are not loaded */
	size_t off_count;
	uint64_t sum;
};

/* Whether a file in scripts/ is a script: no test, no types. */
bool scripts_is_script(const char *file);

/* The files, and what they are told of the site. */
ERR_CHECKED enum err scripts_gather(
    struct loading *l, struct buf *hello, struct buf *settings);
/* Only what they are told. */
ERR_CHECKED enum err scripts_tell(
    struct loading *l, struct buf *hello, struct buf *settings);

#endif
