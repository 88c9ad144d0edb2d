/* core/script/spawn.h - starts script host processes, and ends them.
 *
 * All are started by one thread that lives as long as the program: a child's
 * PR_SET_PDEATHSIG goes off when the thread that made it ends, and the
 * threads that call scripts come and go. Any thread may call this.
 */
#ifndef HOOKDESK_SCRIPT_SPAWN_H
#define HOOKDESK_SCRIPT_SPAWN_H

#include "core/base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct process {
	pid_t pid; /* 0: none */
	int fd;    /* our end of its socket; -1: none */
	int cpu;   /* the one it is kept on; -1: any */
};

#define PROCESS_NONE ((struct process){ 0, -1, -1 })

/* A process of <program>, which has one end of a socket pair as descriptor 0,
 * nothing on 1 and 2, no other descriptor, and of the environment TZ alone.
 * Usually it is there already: when one is taken, the next one is started.
 * ERR_IO. */
ERR_CHECKED enum err spawn_script_host(
    const char *program, struct process *out);

/* The one that was started ahead, for tests; 0 when there is none yet. */
int spawn_spare_pid(void);

/* False when it has ended, or speaks though nobody asked it. */
bool process_is_waiting(const struct process *process);

/* SIGKILL, and wait for its end: microseconds. *<process> becomes
 * PROCESS_NONE. Returns how it had ended, as waitpid() gives it; 0 if there
 * was none. */
int process_kill(struct process *process);

/* CPU time it has used so far, in microseconds; 0 if it is gone. */
int64_t process_cpu_us(const struct process *process);

/* It gives way to others, as nice(2) says; 0: as it is. */
void process_be_nice(const struct process *process, int niceness);

#endif
