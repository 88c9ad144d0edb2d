/* core/script/turns.c - one CPU for a caller and its script host. */
#include "config.h"
#include "core/script/turns.h"

void
turns_begin(struct turns *turns, struct process *host)
{
	int cpu = sched_getcpu();
	cpu_set_t one;

	turns->is_shared = false;
	if (cpu < 0 || cpu >= CPU_SETSIZE ||
	    sched_getaffinity(0, sizeof turns->usual, &turns->usual) != 0)
		return;
	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		return;
	turns->is_shared = true;
	if (host->cpu != cpu &&
	    sched_setaffinity(host->pid, sizeof one, &one) == 0)
		host->cpu = cpu;
}

void
turns_end(struct turns *turns)
{
	if (turns->is_shared)
		(void)sched_setaffinity(0, sizeof turns->usual, &turns->usual);
}
