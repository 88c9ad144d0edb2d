/* core/cli/check.h - the two sides of hookdesk check, for check*.c only. */
#ifndef HOOKDESK_CLI_CHECK_H
#define HOOKDESK_CLI_CHECK_H

#include "core/cli/cli.h"

struct check_counts {
	uint64_t faults;
	uint64_t keys, records, entries, files; /* looked at */
};

struct checking {
	struct cli *cli;
	const char *dir; /* the site's */
	struct check_counts counts;
};

/* Count a fault, and say it unless too many were. */
void check_tell(struct checking *checking, const char *where, const char *what);

/* Read and compare all that the store in <checking->dir> has, part by part:
 * <begins> is told of each by its name, and answers false to stop. Returns an
 * exit code. May be killed by what it reads. */
int check_store(struct checking *checking,
    bool (*begins)(void *context, const char *part), void *context);

#endif
