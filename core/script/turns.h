/* core/script/turns.h - one CPU for a caller and its script host.
 *
 * The two never work at the same time: one waits for the other's frame. On
 * two CPUs each frame wakes one that sleeps, by an interrupt, and on a virtual
 * machine through the hypervisor: with three frames each way that took 120 us
 * of CPU, where changing over on one CPU took 11 us.
 *
 * Any thread may call this, for a host that it holds.
 */
#ifndef HOOKDESK_SCRIPT_TURNS_H
#define HOOKDESK_SCRIPT_TURNS_H

#include "core/script/spawn.h"

#include <sched.h>

struct turns {
	cpu_set_t usual; /* where the caller may run */
	bool is_shared;
};

/* Keep the calling thread and <host> on the CPU that the thread runs on, until
 * turns_end(). Where the system does not let us, they run as they would. */
void turns_begin(struct turns *turns, struct process *host);
/* The thread may run wherever it could before; the host stays until its next
 * caller takes it along. */
void turns_end(struct turns *turns);

#endif
