/* core/lua/sandbox.c - what this process can no longer do once it is locked.
 *
 * Each lock holds alone; together they hold when one of them, or Lua, has a
 * hole. "Scripts are not trusted" in README says what was tried against them.
 */
#include "config.h"
#include "core/lua/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_BYTES (96 * 1024 * 1024) /* of addresses: libraries, heap */
#define STACK_BYTES (8 * 1024 * 1024)
#define CPU_SECONDS 3600 /* a backstop: a host's whole life counts */

/* Sanitizers map their shadows all over and open files: with them the other
 * locks have to do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

static enum err
limit(int resource, rlim_t most)
{
	struct rlimit l = { most, most };

	return setrlimit(resource, &l) == 0 ? ERR_OK : ERR_IO;
}

static enum err
set_limits(void)
{
	static const struct {
		int resource;
		rlim_t most;
		int is_for_sanitized;
	} limits[] = {
		{ RLIMIT_CORE, 0, 1 },
		{ RLIMIT_FSIZE, 0, 0 },
		{ RLIMIT_STACK, STACK_BYTES, 1 },
		{ RLIMIT_CPU, CPU_SECONDS, 1 },
		{ RLIMIT_NOFILE, 3, 0 },
		{ RLIMIT_AS, MEMORY_BYTES, 0 },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		if (IS_SANITIZED && !limits[i].is_for_sanitized)
			continue;
		if (limit(limits[i].resource, limits[i].most) != ERR_OK)
			return ERR_IO;
	}
	return ERR_OK;
}

/* Memory may be had, but none that code can be written into and run. */
static int
allow_memory(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
	    SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
}

static enum err
filter_calls(void)
{
	static const int calls[] = { SCMP_SYS(read), SCMP_SYS(write),
		SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(futex),
		SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
		SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),
		SCMP_SYS(time), SCMP_SYS(restart_syscall),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(exit), SCMP_SYS(exit_group) };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int failed = filter == NULL;

	for (size_t i = 0; !failed && i < sizeof calls / sizeof *calls; i++)
		failed = seccomp_rule_add(
			     filter, SCMP_ACT_ALLOW, calls[i], 0) != 0;
	if (!failed)
		failed = allow_memory(filter) != 0;
	if (!failed)
		failed = seccomp_load(filter) != 0;
	seccomp_release(filter);
	return failed ? ERR_IO : ERR_OK;
}

enum err
sandbox_lock(void)
{
	enum err err;

	/* The time zone is read now: later there are no files. With TZ set
	 * glibc does not look at the file again. */
	if (getenv("TZ") == NULL && setenv("TZ", ":/etc/localtime", 1) != 0)
		return ERR_IO;
	tzset();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0) != 0)
		return ERR_IO;
	if (close_range(3, ~0U, 0) != 0 && errno != ENOSYS)
		return ERR_IO;
	err = set_limits();
	if (err == ERR_OK && !IS_SANITIZED)
		err = filter_calls();
	return err;
}
