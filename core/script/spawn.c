/* core/script/spawn.c - starts script host processes, and ends them.
 *
 * To start a process takes longer than to load a site's scripts into it. So
 * when one was asked for, the next one is started ahead: it has locked itself
 * in and waits to be told its site. No process ever knows two.
 */
#include "config.h"
#include "core/script/spawn.h"
#include "core/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SPARE_AFTER_MS 100
#define STACK_BYTES (256 * 1024) /* the libraries have TLS in it, too */

/* One at a time: whoever wants a process fills it in and waits. */
struct request {
	const char *program;
	int fd; /* becomes the child's descriptor 0 */
	pid_t pid;
	int error;
	bool is_done;
	struct request *next;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t asked, answered;
	struct request *first;
	struct process spare; /* started ahead; pid 0: there is none */
	char *spare_program;  /* that it runs, or will */
	bool wants_spare;
	pthread_once_t once;
	bool is_running;
} spawner = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.asked = PTHREAD_COND_INITIALIZER,
	.answered = PTHREAD_COND_INITIALIZER,
	.spare = { 0, -1 },
	.once = PTHREAD_ONCE_INIT,
};

static int
set_files(posix_spawn_file_actions_t *files, int fd)
{
	int error = posix_spawn_file_actions_adddup2(files, fd, 0);

	if (error == 0)
		error = posix_spawn_file_actions_addopen(
		    files, 1, "/dev/null", O_WRONLY, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(files, 1, 2);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(files, 3);
	return error;
}

/* Our signal mask and handlers are not the child's. */
static int
set_signals(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawnattr_setsigmask(attributes, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (error == 0)
		error = posix_spawnattr_setflags(
		    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	return error;
}

static int
start(const char *program, int fd, pid_t *pid)
{
	char name[] = "hookdesk-script", zone[256];
	char *argv[] = { name, NULL }, *envp[] = { NULL, NULL };
	const char *tz = getenv("TZ");
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error;

	if (tz != NULL && strlen(tz) < sizeof zone - 3) {
		snprintf(zone, sizeof zone, "TZ=%s", tz);
		envp[0] = zone;
	}
	error = posix_spawn_file_actions_init(&files);
	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (error != 0)
		goto out_files;
	error = set_files(&files, fd);
	if (error == 0)
		error = set_signals(&attributes);
	if (error == 0)
		error = posix_spawn(
		    pid, program, &files, &attributes, argv, envp);
	posix_spawnattr_destroy(&attributes);
out_files:
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* Start one ahead; with the lock, which is let go meanwhile. */
static void
start_spare(void)
{
	char *program = spawner.spare_program;
	struct process spare = PROCESS_NONE;
	int pair[2], error;

	spawner.wants_spare = false;
	spawner.spare_program = NULL;
	pthread_mutex_unlock(&spawner.lock);
	error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0;
	if (error == 0) {
		error = start(program, pair[1], &spare.pid);
		close(pair[1]);
		if (error == 0)
			spare.fd = pair[0];
		else
			close(pair[0]);
	}
	pthread_mutex_lock(&spawner.lock);
	if (error != 0) { /* who needs one will hear why */
		free(program);
		return;
	}
	free(spawner.spare_program); /* somebody asked meanwhile */
	spawner.spare = spare;
	spawner.spare_program = program;
	spawner.wants_spare = false;
}

/* Let the one just given be told its site first: both are in a hurry, and one
 * of them is waited for. False when somebody asks meanwhile. */
static bool
wait_with_spare(void)
{
	struct timespec until;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += SPARE_AFTER_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (spawner.first == NULL && error != ETIMEDOUT)
		error = pthread_cond_clockwait(
		    &spawner.asked, &spawner.lock, CLOCK_MONOTONIC, &until);
	return spawner.first == NULL;
}

static void *
spawner_main(void *unused)
{
	pthread_mutex_lock(&spawner.lock);
	for (;;) {
		struct request *r = spawner.first;

		if (r == NULL && spawner.wants_spare) {
			if (wait_with_spare())
				start_spare();
			continue;
		}
		if (r == NULL) {
			pthread_cond_wait(&spawner.asked, &spawner.lock);
			continue;
		}
		spawner.first = r->next;
		pthread_mutex_unlock(&spawner.lock);
		r->error = start(r->program, r->fd, &r->pid);
		pthread_mutex_lock(&spawner.lock);
		r->is_done = true;
		pthread_cond_broadcast(&spawner.answered);
	}
	return unused;
}

static void
spawner_start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, old;

	if (pthread_attr_init(&attributes) != 0)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	if (pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) ==
		0 &&
	    pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0)
		spawner.is_running = pthread_create(&thread, &attributes,
					 spawner_main, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
}

/* The one started ahead, if it runs <program> and is well; and have the next
 * one started. */
static struct process
take_spare(const char *program)
{
	struct process spare, unfit = PROCESS_NONE;

	pthread_mutex_lock(&spawner.lock);
	spare = spawner.spare;
	spawner.spare = (struct process)PROCESS_NONE;
	if (spare.pid > 0 &&
	    (strcmp(spawner.spare_program, program) != 0 ||
		!process_is_waiting(&spare))) {
		unfit = spare;
		spare = (struct process)PROCESS_NONE;
	}
	if (spawner.spare_program == NULL ||
	    strcmp(spawner.spare_program, program) != 0) {
		free(spawner.spare_program);
		spawner.spare_program = strdup(program);
	}
	spawner.wants_spare = spawner.spare_program != NULL;
	pthread_cond_signal(&spawner.asked);
	pthread_mutex_unlock(&spawner.lock);
	process_kill(&unfit);
	return spare;
}

int
spawn_spare_pid(void)
{
	int pid;

	pthread_mutex_lock(&spawner.lock);
	pid = (int)spawner.spare.pid;
	pthread_mutex_unlock(&spawner.lock);
	return pid;
}

bool
process_is_waiting(const struct process *process)
{
	char byte;

	return recv(process->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	    errno == EAGAIN;
}

enum err
spawn_script_host(const char *program, struct process *out)
{
	struct request r = { .program = program };
	struct process spare;
	int pair[2];

	pthread_once(&spawner.once, spawner_start);
	if (!spawner.is_running)
		return ERR_IO;
	spare = take_spare(program);
	if (spare.pid > 0) {
		*out = spare;
		return ERR_OK;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_IO;
	r.fd = pair[1];
	pthread_mutex_lock(&spawner.lock);
	r.next = spawner.first;
	spawner.first = &r;
	pthread_cond_signal(&spawner.asked);
	while (!r.is_done)
		pthread_cond_wait(&spawner.answered, &spawner.lock);
	pthread_mutex_unlock(&spawner.lock);
	close(pair[1]);
	if (r.error != 0) {
		log_event(LOG_ERROR, "script.start", "program=%s why=%s",
		    program, strerror(r.error));
		close(pair[0]);
		return ERR_IO;
	}
	*out = (struct process){ r.pid, pair[0], -1 };
	return ERR_OK;
}

int
process_kill(struct process *process)
{
	int status = 0;

	if (process->fd >= 0)
		close(process->fd);
	if (process->pid > 0) {
		kill(process->pid, SIGKILL);
		while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	*process = PROCESS_NONE;
	return status;
}

int64_t
process_cpu_us(const struct process *process)
{
	struct timespec used;
	clockid_t id;

	if (process->pid <= 0 || clock_getcpuclockid(process->pid, &id) != 0 ||
	    clock_gettime(id, &used) != 0)
		return 0;
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

void
process_be_nice(const struct process *process, int niceness)
{
	if (niceness > 0 && process->pid > 0 &&
	    setpriority(PRIO_PROCESS, (id_t)process->pid, niceness) != 0)
		log_event(LOG_WARN, "process.nice", "pid=%d errno=%d",
		    (int)process->pid, errno);
}
