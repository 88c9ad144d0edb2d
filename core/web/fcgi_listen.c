/* core/web/fcgi_listen.c - the socket that the web server connects to. */
#include "config.h"
#include "core/web/fcgi.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, FIRST_HANDED_OVER = 3 /* SD_LISTEN_FDS_START */ };

/* Is somebody listening at <address>? ERR_BUSY if so; ERR_OK for nobody. */
static enum err
look_for_living(const struct sockaddr_un *address)
{
	enum err err = ERR_OK;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ERR_IO;
	/* EAGAIN: there is one, with a full backlog. */
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) ==
		0 ||
	    errno == EAGAIN)
		err = ERR_BUSY;
	close(fd);
	return err;
}

/* Remove a socket that nobody listens on; anything else is left alone. */
static enum err
clear_the_way(const struct sockaddr_un *address)
{
	struct stat st;
	enum err err;

	if (lstat(address->sun_path, &st) != 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return ERR_IO;
	}
	err = look_for_living(address);
	if (err != ERR_OK)
		return err;
	return unlink(address->sun_path) == 0 || errno == ENOENT ? ERR_OK :
								   ERR_IO;
}

/* Bind a socket to <working>, a name of this process alone, and let it listen
 * there; then <path> leads to it, unless somebody else was faster. */
static enum err
listen_at(const char *path, const struct sockaddr_un *working, unsigned mode,
    int *fd_out)
{
	const char *name = working->sun_path;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool done;
	int saved;

	if (fd < 0)
		return ERR_IO;
	unlink(name); /* of a dead process with this number */
	done = bind(fd, (const struct sockaddr *)working, sizeof *working) ==
		0 &&
	    chmod(name, mode) == 0 && listen(fd, BACKLOG) == 0 &&
	    link(name, path) == 0;
	saved = errno;
	unlink(name);
	if (done) {
		*fd_out = fd;
		return ERR_OK;
	}
	close(fd);
	errno = saved;
	return saved == EEXIST ? ERR_BUSY : ERR_IO;
}

enum err
fcgi_listen(const char *path, unsigned mode, int *fd_out)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct sockaddr_un working = { .sun_family = AF_UNIX };
	size_t len = strlen(path), size = sizeof working.sun_path;
	enum err err;

	if (len == 0 ||
	    (size_t)snprintf(
		working.sun_path, size, "%s.%d", path, (int)getpid()) >= size)
		return ERR_INVALID;
	memcpy(address.sun_path, path, len + 1);
	err = clear_the_way(&address);
	return err == ERR_OK ? listen_at(path, &working, mode, fd_out) : err;
}

static bool
is_listening(int fd)
{
	int value = 0;
	socklen_t size = sizeof value;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 &&
	    value != 0;
}

int
fcgi_inherited(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
	int64_t number;

	if (pid != NULL && count != NULL &&
	    bytes_to_int(bytes_of(pid), &number) == ERR_OK &&
	    number == getpid() &&
	    bytes_to_int(bytes_of(count), &number) == ERR_OK && number >= 1 &&
	    is_listening(FIRST_HANDED_OVER))
		return FIRST_HANDED_OVER;
	return is_listening(0) ? 0 : -1;
}
