/* tests/mail/smtpd.c - a mail server in a thread, for tests (RFC 5321). */
#include "config.h"
#include "tests/mail/smtpd.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAILS_MAX 64
#define LINE_SIZE 4096

struct smtpd {
	const struct smtpd_answers *answers;
	pthread_t thread;
	pthread_mutex_t lock;
	int listener, quit[2], port;
	size_t count, connections;
	struct {
		char *text, *envelope;
	} mails[MAILS_MAX];
};

/* One connection. */
struct talk {
	struct smtpd *smtpd;
	int fd;
	char in[LINE_SIZE];
	size_t in_len;
	char envelope[1024];
	bool is_trusted, has_recipient, is_over;
};

/* Wait for <fd> or the end of the test; false at the end. */
static bool
wait_for(struct smtpd *smtpd, int fd)
{
	struct pollfd fds[2] = {
		{ .fd = fd, .events = POLLIN },
		{ .fd = smtpd->quit[0], .events = POLLIN },
	};

	while (poll(fds, 2, -1) < 0)
		;
	return fds[1].revents == 0;
}

static void
say(struct talk *talk, const char *line)
{
	char out[LINE_SIZE];
	int n = snprintf(out, sizeof out, "%s\r\n", line);

	if (send(talk->fd, out, (size_t)n, MSG_NOSIGNAL) != n)
		talk->is_over = true;
}

/* Say what the test wants, or the usual; true when it was the usual. */
static bool
answer(struct talk *talk, const char *special, const char *usual)
{
	if (special == NULL) {
		say(talk, usual);
		return true;
	}
	if (strcmp(special, SMTPD_STALL) == 0) {
		char byte;

		/* Until the client gives up. */
		while (wait_for(talk->smtpd, talk->fd) &&
		    recv(talk->fd, &byte, 1, 0) > 0)
			;
		talk->is_over = true;
	} else if (strcmp(special, SMTPD_DROP) == 0) {
		talk->is_over = true;
	} else {
		say(talk, special);
	}
	return false;
}

/* The next line without its CRLF; false when there is none any more. */
static bool
next_line(struct talk *talk, char out[LINE_SIZE])
{
	for (;;) {
		char *end = memchr(talk->in, '\n', talk->in_len);
		ssize_t n;

		if (end != NULL) {
			size_t len = (size_t)(end - talk->in);

			memcpy(out, talk->in, len);
			out[len] = '\0';
			if (len > 0 && out[len - 1] == '\r')
				out[len - 1] = '\0';
			talk->in_len -= len + 1;
			memmove(talk->in, end + 1, talk->in_len);
			return true;
		}
		if (talk->in_len == sizeof talk->in ||
		    !wait_for(talk->smtpd, talk->fd))
			return false;
		n = recv(talk->fd, talk->in + talk->in_len,
		    sizeof talk->in - talk->in_len, 0);
		if (n <= 0)
			return false;
		talk->in_len += (size_t)n;
	}
}

static void
keep(struct talk *talk, char *text)
{
	struct smtpd *smtpd = talk->smtpd;

	pthread_mutex_lock(&smtpd->lock);
	if (smtpd->count < MAILS_MAX) {
		smtpd->mails[smtpd->count].text = text;
		smtpd->mails[smtpd->count++].envelope = strdup(talk->envelope);
	} else {
		free(text);
	}
	pthread_mutex_unlock(&smtpd->lock);
}

static void
take_data(struct talk *talk)
{
	char line[LINE_SIZE];
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	if (!answer(talk, talk->smtpd->answers->data, "354 go on"))
		return;
	out = open_memstream(&text, &len);
	for (;;) {
		if (!next_line(talk, line)) {
			talk->is_over = true;
			break;
		}
		if (strcmp(line, ".") == 0)
			break;
		fprintf(out, "%s\r\n", line[0] == '.' ? line + 1 : line);
	}
	fclose(out);
	/* Kept before it is said, as a server must. */
	if (!talk->is_over && talk->smtpd->answers->body == NULL)
		keep(talk, text);
	else
		free(text);
	if (!talk->is_over)
		answer(talk, talk->smtpd->answers->body, "250 2.0.0 taken");
	talk->envelope[0] = '\0';
	talk->has_recipient = false;
}

static void
take_address(struct talk *talk, const char *line, const char *before)
{
	const char *open = strchr(line, '<'), *close = strchr(line, '>');
	size_t used = strlen(talk->envelope);

	if (open != NULL && close != NULL)
		snprintf(&talk->envelope[used], sizeof talk->envelope - used,
		    "%s%.*s", before, (int)(close - open - 1), open + 1);
}

static void
recipient(struct talk *talk, const char *line)
{
	const char *open = strchr(line, '<');

	if (open != NULL && strncmp(open, "<no", 3) == 0) {
		say(talk, "550-5.1.1 No such user");
		say(talk, "550 5.1.1 at all");
	} else if (open != NULL && strncmp(open, "<later", 6) == 0) {
		say(talk, "450 4.2.1 The mailbox is busy");
	} else {
		take_address(talk, line, talk->has_recipient ? "," : ">");
		talk->has_recipient = true;
		say(talk, "250 2.1.5 fine");
	}
}

/* AUTH PLAIN (RFC 4616): base64 of \0user\0password, at once or when asked. */
static void
authenticate(struct talk *talk, const char *line)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const struct smtpd_answers *answers = talk->smtpd->answers;
	char asked[LINE_SIZE] = "";
	const char *at = asked;
	char got[512] = "", want[512];
	unsigned bits = 0, n = 0;
	size_t len = 0, want_len;

	if (strncasecmp(line, "AUTH PLAIN ", 11) == 0) {
		at = line + 11;
	} else {
		say(talk, "334 ");
		if (!next_line(talk, asked))
			talk->is_over = true;
	}
	for (; *at != '\0' && *at != '=' && len < sizeof got; at++) {
		const char *digit = strchr(alphabet, *at);

		if (digit == NULL)
			break;
		bits = bits << 6 | (unsigned)(digit - alphabet);
		n += 6;
		if (n >= 8) {
			n -= 8;
			got[len++] = (char)(bits >> n);
		}
	}
	want_len = (size_t)snprintf(want, sizeof want, "%c%s%c%s", 0,
	    answers->user, 0, answers->password);
	talk->is_trusted = len == want_len && memcmp(got, want, len) == 0;
	say(talk,
	    talk->is_trusted ? "235 2.7.0 welcome" :
			       "535 5.7.8 Wrong user or password");
}

static void
command(struct talk *talk, const char *line)
{
	const struct smtpd_answers *answers = talk->smtpd->answers;

	if (strncasecmp(line, "EHLO", 4) == 0) {
		answer(talk, answers->ehlo,
		    answers->user != NULL ? "250-sink\r\n250 AUTH PLAIN" :
					    "250-sink\r\n250 8BITMIME");
	} else if (strncasecmp(line, "HELO", 4) == 0) {
		answer(talk, answers->ehlo, "250 sink");
	} else if (strncasecmp(line, "AUTH", 4) == 0) {
		authenticate(talk, line);
	} else if (strncasecmp(line, "MAIL", 4) == 0) {
		talk->envelope[0] = '\0';
		talk->has_recipient = false;
		take_address(talk, line, "");
		if (talk->is_trusted)
			answer(talk, answers->mail, "250 2.1.0 fine");
		else
			say(talk, "530 5.7.0 Sign in first");
	} else if (strncasecmp(line, "RCPT", 4) == 0) {
		recipient(talk, line);
	} else if (strncasecmp(line, "DATA", 4) == 0) {
		take_data(talk);
	} else if (strncasecmp(line, "QUIT", 4) == 0) {
		say(talk, "221 2.0.0 bye");
		talk->is_over = true;
	} else {
		say(talk, "250 2.0.0 fine");
	}
}

static void
serve(struct smtpd *smtpd, int fd)
{
	struct talk talk = { .smtpd = smtpd,
		.fd = fd,
		.is_trusted = smtpd->answers->user == NULL };
	char line[LINE_SIZE];

	answer(&talk, smtpd->answers->connect, "220 sink ESMTP");
	while (!talk.is_over && next_line(&talk, line))
		command(&talk, line);
	close(fd);
}

static void *
run(void *arg)
{
	struct smtpd *smtpd = arg;

	while (wait_for(smtpd, smtpd->listener)) {
		int fd = accept(smtpd->listener, NULL, NULL);

		if (fd < 0)
			continue;
		pthread_mutex_lock(&smtpd->lock);
		smtpd->connections++;
		pthread_mutex_unlock(&smtpd->lock);
		serve(smtpd, fd);
	}
	return NULL;
}

struct smtpd *
smtpd_start(const struct smtpd_answers *answers)
{
	struct smtpd *smtpd = calloc(1, sizeof *smtpd);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	if (smtpd == NULL)
		return NULL;
	smtpd->answers = answers;
	smtpd->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (pthread_mutex_init(&smtpd->lock, NULL) != 0 ||
	    pipe(smtpd->quit) != 0 ||
	    bind(smtpd->listener, (struct sockaddr *)&address, len) != 0 ||
	    listen(smtpd->listener, 8) != 0 ||
	    getsockname(smtpd->listener, (struct sockaddr *)&address, &len) !=
		0 ||
	    pthread_create(&smtpd->thread, NULL, run, smtpd) != 0) {
		perror("smtpd");
		free(smtpd);
		return NULL;
	}
	smtpd->port = ntohs(address.sin_port);
	return smtpd;
}

void
smtpd_stop(struct smtpd *smtpd)
{
	if (smtpd == NULL)
		return;
	close(smtpd->quit[1]); /* readable from now on */
	pthread_join(smtpd->thread, NULL);
	close(smtpd->quit[0]);
	close(smtpd->listener);
	for (size_t i = 0; i < smtpd->count; i++) {
		free(smtpd->mails[i].text);
		free(smtpd->mails[i].envelope);
	}
	pthread_mutex_destroy(&smtpd->lock);
	free(smtpd);
}

int
smtpd_port(const struct smtpd *smtpd)
{
	return smtpd->port;
}

static size_t
read_locked(struct smtpd *smtpd, const size_t *number)
{
	size_t n;

	pthread_mutex_lock(&smtpd->lock);
	n = *number;
	pthread_mutex_unlock(&smtpd->lock);
	return n;
}

size_t
smtpd_count(struct smtpd *smtpd)
{
	return read_locked(smtpd, &smtpd->count);
}

size_t
smtpd_connections(struct smtpd *smtpd)
{
	return read_locked(smtpd, &smtpd->connections);
}

const char *
smtpd_mail(struct smtpd *smtpd, size_t n)
{
	return n < smtpd_count(smtpd) ? smtpd->mails[n].text : "";
}

const char *
smtpd_envelope(struct smtpd *smtpd, size_t n)
{
	return n < smtpd_count(smtpd) ? smtpd->mails[n].envelope : "";
}
