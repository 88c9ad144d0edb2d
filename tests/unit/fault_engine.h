/* tests/unit/fault_engine.h - LMDB, failing where a test wants it to.
 *
 * One for the whole program: opened with store_options.engine. Faults may be
 * set while threads commit.
 */
#ifndef HOOKDESK_TESTS_FAULT_ENGINE_H
#define HOOKDESK_TESTS_FAULT_ENGINE_H

#include "core/store/engine.h"

enum fault {
	FAULT_OPEN = 0,
	FAULT_SNAPSHOT, /* create */
	FAULT_RENEW,
	FAULT_GET,
	FAULT_NEXT,
	FAULT_BEGIN,
	FAULT_TXN_GET,
	FAULT_PUT,
	FAULT_DELETE,
	FAULT_COMMIT, /* nothing is written */
	FAULT_SYNC,   /* it is written, but the answer is an error */
	FAULT_COPY,
	FAULT_SPACE,
	FAULT_CLEAR,
	FAULT__COUNT
};

extern const struct engine_ops engine_fault;

/* Let <times> calls of <fault> fail with <err>, from the <nth> (1: the next
 * one) on. */
void fault_set(enum fault fault, unsigned nth, unsigned times, enum err err);
/* No faults, all counts 0. */
void fault_clear(void);
/* How often it was called since. */
unsigned fault_calls(enum fault fault);
/* Called by each commit of the engine before anything else; NULL: nothing. */
void fault_on_commit(void (*call)(void *context), void *context);

#endif
