/* core/cli/demo.h - a believable desk to look at and to measure. */
#ifndef HOOKDESK_CLI_DEMO_H
#define HOOKDESK_CLI_DEMO_H

#include "core/cli/cli.h"

/* Add to cli->site, a new one, queues, agents, canned replies and <count>
 * tickets over the two years before now, with replies, notes, tags and
 * owners. The same <seed> gives the same desk. */
ERR_CHECKED enum err demo_fill(
    struct cli *cli, int64_t count, uint64_t seed, struct why *why);

#endif
