/* plugins/mail/folder.c - keeps mails as files in a folder, for trying out. */
#include "config.h"
#include "plugins/mail/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEME "file://"

struct folder {
	int fd;
};

struct folder *
folder_open(const struct hd_mail_settings *settings, char *why, size_t why_size)
{
	struct folder *folder = malloc(sizeof *folder);
	const char *path = settings->url + strlen(SCHEME);

	if (folder == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->fd >= 0)
		return folder;
	snprintf(why, why_size, "%s: %s", path, strerror(errno));
	free(folder);
	return NULL;
}

void
folder_close(struct folder *folder)
{
	if (folder == NULL)
		return;
	close(folder->fd);
	free(folder);
}

static int
write_all(int fd, const char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Message-IDs are printable; a slash or a dot first is no part of a name. */
static void
make_name(const char *id, char *out, size_t size)
{
	snprintf(out, size, "%s.eml", id);
	for (char *c = out; *c != '\0'; c++)
		if (*c == '/' || (c == out && *c == '.'))
			*c = '_';
}

void
folder_send(struct folder *folder, const char *message_id,
    const struct letter *letter, struct hd_mail_outcome *outcome)
{
	char name[300], temporary[320];
	int fd, is_done;

	make_name(message_id, name, sizeof name);
	snprintf(temporary, sizeof temporary, ".%s.new", name);
	fd = openat(folder->fd, temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	is_done = fd >= 0 && write_all(fd, letter->at, letter->len) == 0 &&
	    fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	is_done = is_done &&
	    renameat(folder->fd, temporary, folder->fd, name) == 0;
	outcome->code = 0;
	outcome->state = is_done ? HD_MAIL_SENT : HD_MAIL_LATER;
	outcome->reply[0] = '\0';
	if (is_done)
		return;
	snprintf(outcome->reply, sizeof outcome->reply,
	    "the mail cannot be kept: %s", strerror(errno));
	unlinkat(folder->fd, temporary, 0);
}
