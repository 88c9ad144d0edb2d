/* core/cli/doctor_web.c - hookdesk doctor: from the web server to the site.
 *
 * Whether the web server's user may connect to the socket, and whether what
 * listens there answers for this site under the path of its base_url: asked
 * as a web server would, over FastCGI.
 */
#include "config.h"
#include "core/cli/doctor.h"

#include "core/base/arena.h"
#include "core/model/table.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GROUPS_MAX 64
#define ANSWER_MAX 4096
#define WAIT_MS 5000

/* Users that web servers run as, on the systems there are. */
static const char *const web_users[] = { "www-data", "nginx", "_nginx", "www",
	"http", "apache", "httpd", "lighttpd", "wwwrun" };

/* --- may it connect? --- */

struct visitor {
	uid_t uid;
	gid_t groups[GROUPS_MAX];
	int group_count;
};

static bool
find_visitor(const char *name, struct visitor *out)
{
	const struct passwd *user = getpwnam(name);

	if (user == NULL)
		return false;
	out->uid = user->pw_uid;
	out->group_count = GROUPS_MAX;
	if (getgrouplist(name, user->pw_gid, out->groups, &out->group_count) <
	    0)
		out->group_count = GROUPS_MAX;
	return true;
}

/* Whether <visitor> has the permission <bits> (of the last three) on <st>. */
static bool
may(const struct visitor *visitor, const struct stat *st, mode_t bits)
{
	if (st->st_uid == visitor->uid)
		return (st->st_mode >> 6 & bits) == bits;
	for (int i = 0; i < visitor->group_count; i++)
		if (visitor->groups[i] == st->st_gid)
			return (st->st_mode >> 3 & bits) == bits;
	return (st->st_mode & bits) == bits;
}

/* What keeps <visitor> from the socket: a folder on the way, or itself. False
 * when nothing does. */
static bool
find_barrier(const struct visitor *visitor, const char *socket, char *out)
{
	struct stat st;

	for (size_t i = 1; socket[i - 1] != '\0'; i++) {
		bool is_end = socket[i] == '\0';

		if (!is_end && socket[i] != '/')
			continue;
		snprintf(out, PATH_MAX, "%.*s", (int)i, socket);
		if (stat(out, &st) != 0 || !may(visitor, &st, is_end ? 02 : 01))
			return true;
		if (is_end)
			break;
	}
	return false;
}

static void
look_at_users(struct doctor *doctor, const char *socket)
{
	char barrier[PATH_MAX] = "", text[PATH_MAX + 200];
	const char *found = NULL, *stopped = NULL;
	struct visitor visitor;

	for (size_t i = 0; i < sizeof web_users / sizeof *web_users; i++) {
		char where[PATH_MAX];

		if (!find_visitor(web_users[i], &visitor))
			continue;
		if (!find_barrier(&visitor, socket, where)) {
			found = web_users[i];
			break;
		}
		if (stopped == NULL)
			snprintf(barrier, sizeof barrier, "%s", where);
		stopped = stopped != NULL ? stopped : web_users[i];
	}
	if (found != NULL) {
		snprintf(text, sizeof text, "%s may connect", found);
		doctor_tell(doctor, FINE, "web server", text);
	} else if (stopped != NULL) {
		snprintf(text, sizeof text,
		    "%s may not connect: see the permissions of %s", stopped,
		    barrier);
		doctor_tell(doctor, WRONG, "web server", text);
	} else {
		doctor_tell(doctor, WORTH_A_LOOK, "web server",
		    "no user that web servers usually run as is here");
	}
}

/* --- does it answer? --- */

static int
connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = WAIT_MS / 1000 };
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A record's header: version, type, request 1, length, no padding (FastCGI
 * 1.0, 3.3). */
static void
put_head(struct buf *out, int type, size_t len)
{
	const char head[8] = { 1, (char)type, 0, 1, (char)(len >> 8), (char)len,
		0, 0 };

	buf_add(out, head, sizeof head);
}

static void
put_param(struct buf *out, const char *name, struct bytes value)
{
	buf_char(out, (char)strlen(name)); /* both under 128: 3.4 */
	buf_char(out, (char)value.len);
	buf_text(out, name);
	buf_bytes(out, value);
}

/* GET <mount>/readyz of the site <name>. */
static void
put_request(struct buf *out, struct bytes mount, struct bytes name)
{
	static const char begin[8] = { 0, 1 }; /* a responder; then close */
	struct buf params = BUF_INIT, uri = BUF_INIT;

	buf_bytes(&uri, mount);
	buf_text(&uri, "/readyz");
	put_param(&params, "REQUEST_METHOD", BYTES("GET"));
	put_param(&params, "REQUEST_URI", buf_get(&uri));
	put_param(&params, "HOOKDESK_SITE", name);
	put_head(out, 1, sizeof begin);
	buf_add(out, begin, sizeof begin);
	put_head(out, 4, params.len);
	buf_bytes(out, buf_get(&params));
	put_head(out, 4, 0);
	put_head(out, 5, 0);
	out->failed |= params.failed || uri.failed;
	buf_release(&params);
	buf_release(&uri);
}

static bool
read_all(int fd, char *at, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* What comes on standard output, up to ANSWER_MAX; false if it is none. */
static bool
read_answer(int fd, struct buf *out)
{
	unsigned char head[8];
	char block[65536 + 256];

	while (read_all(fd, (char *)head, sizeof head)) {
		size_t len = (size_t)head[4] << 8 | head[5];

		if (!read_all(fd, block, len + head[6]))
			return false;
		if (head[1] == 6 && out->len < ANSWER_MAX)
			buf_add(out, block, len);
		if (head[1] == 3)
			return out->len > 0;
	}
	return false;
}

static bool
ask(int fd, struct bytes mount, struct bytes name, struct buf *answer)
{
	struct buf request = BUF_INIT;
	bool is_done;

	put_request(&request, mount, name);
	is_done = !request.failed &&
	    send(fd, request.at, request.len, MSG_NOSIGNAL) ==
		(ssize_t)request.len &&
	    read_answer(fd, answer);
	buf_release(&request);
	return is_done;
}

static void
look_at_answer(struct doctor *doctor, struct bytes mount, struct bytes answer)
{
	const char *blank = bytes_find(answer, BYTES("\r\n\r\n"));
	struct bytes body = BYTES_NONE;
	char text[400];

	if (blank != NULL)
		body = bytes_trim((struct bytes){
		    blank + 4, (size_t)(answer.at + answer.len - blank) - 4 });
	if (body.len > 200)
		body.len = 200;
	if (!bytes_start_with(answer, BYTES("Status: "))) {
		snprintf(
		    text, sizeof text, "it answers at %.*s/", BYTES_ARG(mount));
		doctor_tell(doctor, FINE, "server", text);
	} else if (bytes_start_with(answer, BYTES("Status: 404"))) {
		snprintf(text, sizeof text,
		    "it has nothing at %.*s/: does it serve another site, or "
		    "is the path of base_url another one than the web "
		    "server's?",
		    BYTES_ARG(mount));
		doctor_tell(doctor, WRONG, "server", text);
	} else {
		snprintf(text, sizeof text, "it is not ready: %.*s",
		    BYTES_ARG(body));
		doctor_tell(doctor, WRONG, "server", text);
	}
}

void
doctor_look_at_web(
    struct doctor *doctor, const char *socket, struct bytes mount)
{
	struct buf answer = BUF_INIT;
	char text[PATH_MAX + 200];
	int fd;

	look_at_users(doctor, socket);
	fd = connect_to(socket);
	if (fd < 0) {
		snprintf(text, sizeof text,
		    "%s: %s (--socket says where it listens)", socket,
		    strerror(errno));
		doctor_tell(doctor, WRONG, "server", text);
		return;
	}
	if (ask(fd, mount, cli_site_name(doctor->dir), &answer))
		look_at_answer(doctor, mount, buf_get(&answer));
	else
		doctor_tell(doctor, WRONG, "server",
		    "it gives no answer: is it hookdesk that listens there?");
	close(fd);
	buf_release(&answer);
}
