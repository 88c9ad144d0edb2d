/* core/script/spawn.h - starts script host processes, and ends them.
 *
 * All are started by one thread that lives as long as the program: a child's
 * PR_SET_PDEATHSIG goes off when the thread that made it ends, and the
 * threads that call scripts come and go. Any thread may call this.
 */
#ifndef HOOKDESK_SCRIPT_SPAWN_H
#define HOOKDESK_SCRIPT_SPAWN_H

#include "core/base/err.h"

#include <sys/types.h>

struct process {
	pid_t pid; /* 0: none */
	int fd;    /* our end of its socket; -1: none */
};

#define PROCESS_NONE ((struct process){ 0, -1 })

/* Start <program> with one end of a socket pair as descriptor 0, nothing on 1
 * and 2, no other descriptor, and of the environment TZ alone. ERR_IO. */
ERR_CHECKED enum err spawn_script_host(
    const char *program, struct process *out);

/* SIGKILL, and wait for its end: microseconds. *<process> becomes
 * PROCESS_NONE. Returns how it had ended, as waitpid() gives it; 0 if there
 * was none. */
int process_kill(struct process *process);

/* CPU time it has used so far, in microseconds; 0 if it is gone. */
int64_t process_cpu_us(const struct process *process);

#endif
