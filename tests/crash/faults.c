/* tests/crash/faults.c - makes the n-th call of a kind fail in a program that
 * knows nothing of it.
 *
 * Loaded by LD_PRELOAD. The file that $HOOKDESK_FAULTS names is a struct
 * faults, which a test writes to while the program runs: see faults.mjs.
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <magic.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As in faults.mjs, in this order. */
enum kind {
	KIND_NONE = 0,
	KIND_MALLOC,
	KIND_OPEN,
	KIND_READ,
	KIND_WRITE,
	KIND_SYNC,
	KIND_NAME, /* rename() and its kin */
	KIND_ACCEPT,
	KIND_SPAWN,
	KIND_DESCRIPTOR, /* pipes, socket pairs, epoll */
	KIND__COUNT
};

static const int errors[KIND__COUNT] = {
	[KIND_MALLOC] = ENOMEM,
	[KIND_OPEN] = EMFILE,
	[KIND_READ] = EIO,
	[KIND_WRITE] = ENOSPC,
	[KIND_SYNC] = EIO,
	[KIND_NAME] = ENOSPC,
	[KIND_ACCEPT] = EMFILE,
	[KIND_SPAWN] = EAGAIN,
	[KIND_DESCRIPTOR] = EMFILE,
};

/* Shared with the test; 4 bytes each, in this order. */
struct faults {
	_Atomic uint32_t kind;
	_Atomic uint32_t nth;
	_Atomic uint32_t calls;  /* of this kind, so far */
	_Atomic uint32_t blocks; /* allocated and not freed, from its start */
};

static struct faults idle;
static struct faults *faults = &idle;

/* These end the process themselves when malloc() fails; ICU 72 follows what a
 * new number format did not get (DecimalFormat::setupFastFormat). */
static const char *const proud[] = { "/libfcgi.so", "/libglib-",
	"/libicuuc.so" };
#define PROUD_COUNT (sizeof proud / sizeof *proud)
static struct {
	uintptr_t from, to;
} ranges[PROUD_COUNT];

/* libmagic frees what vasprintf() did not set when it failed. */
static const char *(*next_magic)(magic_t, const void *, size_t);
static _Thread_local bool is_in_magic;

static int (*next_spawn)(pid_t *, const char *,
    const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
    char *const[], char *const[]);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *at);

static bool
fails(enum kind kind)
{
	if (atomic_load_explicit(&faults->kind, memory_order_acquire) != kind ||
	    atomic_fetch_add(&faults->calls, 1) + 1 != faults->nth)
		return false;
	errno = errors[kind];
	return true;
}

/* ---- memory ---- */

static bool
is_proud(const void *caller)
{
	for (size_t i = 0; i < PROUD_COUNT; i++)
		if ((uintptr_t)caller >= ranges[i].from &&
		    (uintptr_t)caller < ranges[i].to)
			return true;
	return false;
}

#define MALLOC_FAILS() \
	(!is_in_magic && !is_proud(__builtin_return_address(0)) && \
	    fails(KIND_MALLOC))

static void *
counted(void *at)
{
	if (at != NULL)
		atomic_fetch_add_explicit(
		    &faults->blocks, 1, memory_order_relaxed);
	return at;
}

void *
malloc(size_t size)
{
	return MALLOC_FAILS() ? NULL : counted(__libc_malloc(size));
}

void *
calloc(size_t n, size_t size)
{
	return MALLOC_FAILS() ? NULL : counted(__libc_calloc(n, size));
}

void *
realloc(void *old, size_t size)
{
	void *at = MALLOC_FAILS() ? NULL : __libc_realloc(old, size);

	return old == NULL ? counted(at) : at;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return MALLOC_FAILS() ? NULL :
				counted(__libc_memalign(alignment, size));
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	void *at = aligned_alloc(alignment, size);

	if (at == NULL)
		return ENOMEM;
	*out = at;
	return 0;
}

void
free(void *at)
{
	if (at != NULL)
		atomic_fetch_sub_explicit(
		    &faults->blocks, 1, memory_order_relaxed);
	__libc_free(at);
}

const char *
magic_buffer(magic_t magic, const void *at, size_t len)
{
	const char *guess;

	is_in_magic = true;
	guess = next_magic(magic, at, len);
	is_in_magic = false;
	return guess;
}

/* ---- files ---- */

int
openat(int folder, const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	if (fails(KIND_OPEN))
		return -1;
	return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
	}
	return openat(AT_FDCWD, path, flags, mode);
}

ssize_t
read(int fd, void *at, size_t len)
{
	return fails(KIND_READ) ? -1 : syscall(SYS_read, fd, at, len);
}

ssize_t
recv(int fd, void *at, size_t len, int flags)
{
	return fails(KIND_READ) ?
	    -1 :
	    syscall(SYS_recvfrom, fd, at, len, flags, NULL, NULL);
}

ssize_t
write(int fd, const void *at, size_t len)
{
	return fails(KIND_WRITE) ? -1 : syscall(SYS_write, fd, at, len);
}

ssize_t
pwrite(int fd, const void *at, size_t len, off_t offset)
{
	return fails(KIND_WRITE) ? -1 :
				   syscall(SYS_pwrite64, fd, at, len, offset);
}

ssize_t
writev(int fd, const struct iovec *parts, int count)
{
	return fails(KIND_WRITE) ? -1 : syscall(SYS_writev, fd, parts, count);
}

ssize_t
send(int fd, const void *at, size_t len, int flags)
{
	return fails(KIND_WRITE) ?
	    -1 :
	    syscall(SYS_sendto, fd, at, len, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	return fails(KIND_WRITE) ? -1 :
				   syscall(SYS_sendmsg, fd, message, flags);
}

int
fsync(int fd)
{
	return fails(KIND_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int
fdatasync(int fd)
{
	return fails(KIND_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int
rename(const char *from, const char *to)
{
	return fails(KIND_NAME) ? -1 : (int)syscall(SYS_rename, from, to);
}

int
link(const char *from, const char *to)
{
	return fails(KIND_NAME) ? -1 : (int)syscall(SYS_link, from, to);
}

int
unlink(const char *path)
{
	return fails(KIND_NAME) ? -1 : (int)syscall(SYS_unlink, path);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails(KIND_NAME) ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

/* ---- connections and processes ---- */

int
accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
	return fails(KIND_ACCEPT) ?
	    -1 :
	    (int)syscall(SYS_accept4, fd, address, len, flags);
}

int
pipe2(int ends[2], int flags)
{
	return fails(KIND_DESCRIPTOR) ? -1 :
					(int)syscall(SYS_pipe2, ends, flags);
}

int
socketpair(int domain, int type, int protocol, int ends[2])
{
	return fails(KIND_DESCRIPTOR) ?
	    -1 :
	    (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}

int
epoll_ctl(int fd, int operation, int other, struct epoll_event *event)
{
	return fails(KIND_DESCRIPTOR) ?
	    -1 :
	    (int)syscall(SYS_epoll_ctl, fd, operation, other, event);
}

int
posix_spawn(pid_t *pid, const char *path,
    const posix_spawn_file_actions_t *files,
    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	if (fails(KIND_SPAWN))
		return errors[KIND_SPAWN];
	return next_spawn(pid, path, files, attributes, argv, envp);
}

/* Tell where it was: addr2line knows the line. */
static void
tell(int number)
{
	void *frames[40];

	backtrace_symbols_fd(
	    frames, backtrace(frames, sizeof frames / sizeof *frames), 2);
	signal(number, SIG_DFL);
	raise(number);
}

/* Where a library's code lies. */
static int
find_proud(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	for (size_t i = 0; i < PROUD_COUNT; i++) {
		if (strstr(info->dlpi_name, proud[i]) == NULL)
			continue;
		ranges[i].from = info->dlpi_addr;
		for (int k = 0; k < info->dlpi_phnum; k++) {
			uintptr_t end = info->dlpi_addr +
			    info->dlpi_phdr[k].p_vaddr +
			    info->dlpi_phdr[k].p_memsz;

			if (info->dlpi_phdr[k].p_type == PT_LOAD &&
			    end > ranges[i].to)
				ranges[i].to = end;
		}
	}
	return 0;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *path = getenv("HOOKDESK_FAULTS");
	void *at;
	int fd;

	next_spawn = (int (*)(pid_t *, const char *,
	    const posix_spawn_file_actions_t *, const posix_spawnattr_t *,
	    char *const[], char *const[]))dlsym(RTLD_NEXT, "posix_spawn");
	next_magic = (const char *(*)(magic_t, const void *, size_t))dlsym(
	    RTLD_NEXT, "magic_buffer");
	fd = path == NULL ?
	    -1 :
	    (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	at = mmap(
	    NULL, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	dl_iterate_phdr(find_proud, NULL);
	signal(SIGSEGV, tell);
	signal(SIGABRT, tell);
	if (at != MAP_FAILED)
		faults = at;
}
