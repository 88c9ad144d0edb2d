/* plugins/mail/command.c - hands mail to a program: sendmail and its kin. */
#include "config.h"
#include "plugins/mail/command.h"

#include "plugins/mail/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX 32
#define SAID_SIZE 900

extern char **environ;

struct command {
	int timeout_ms;
	size_t count;
	/* Room for "-f", the sender and the NULL. */
	char *words[WORDS_MAX + 3];
};

/* A program that runs, and what it said. */
struct run {
	pid_t pid;
	int pidfd;  /* readable when it has ended */
	int input;  /* a socket: writing to a closed one raises no signal */
	int output; /* what it says, on either of its two outputs */
	size_t written;
	char said[SAID_SIZE];
	size_t said_len;
};

struct command *
command_open(
    const struct hd_mail_settings *settings, char *why, size_t why_size)
{
	struct command *command = calloc(1, sizeof *command);
	const char *const *word = settings->command;
	const char *fault = NULL;

	if (command == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	command->timeout_ms = settings->timeout_ms;
	if (word == NULL || word[0] == NULL || word[0][0] != '/')
		fault = "the mail program needs an absolute path";
	else if (access(word[0], X_OK) != 0)
		fault = strerror(errno);
	for (; fault == NULL && *word != NULL; word++) {
		if (command->count == WORDS_MAX)
			fault = "too many arguments";
		else if ((command->words[command->count++] = strdup(*word)) ==
		    NULL)
			fault = "out of memory";
	}
	if (fault == NULL)
		return command;
	snprintf(why, why_size, "%s", fault);
	command_close(command);
	return NULL;
}

void
command_close(struct command *command)
{
	if (command == NULL)
		return;
	for (size_t i = 0; i < command->count; i++)
		free(command->words[i]);
	free(command);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
close_if_open(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Start it in a process group of its own, with nothing of ours but the three
 * standard descriptors. Returns 0 or an errno. */
static int
spawn(struct run *run, char *const *words, int input, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return error;
	error = posix_spawnattr_init(&attr);
	if (error != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return error;
	}
	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawn_file_actions_adddup2(&actions, input, 0);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, output, 2);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (error == 0)
		error = posix_spawnattr_setflags(&attr,
		    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
			POSIX_SPAWN_SETPGROUP);
	if (error == 0)
		error = posix_spawnattr_setsigmask(&attr, &none);
	if (error == 0)
		error = posix_spawnattr_setsigdefault(&attr, &all);
	if (error == 0)
		error = posix_spawn(
		    &run->pid, words[0], &actions, &attr, words, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Returns 0 or an errno; on error nothing runs and nothing is open. */
static int
start(struct run *run, char *const *words)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	int error = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) != 0 ||
	    pipe2(out, O_CLOEXEC) != 0 ||
	    fcntl(in[1], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(out[0], F_SETFL, O_NONBLOCK) != 0)
		error = errno;
	if (error == 0)
		error = spawn(run, words, in[0], out[1]);
	if (error == 0) {
		run->pidfd = pidfd_open(run->pid, 0);
		if (run->pidfd < 0) {
			error = errno;
			kill(-run->pid, SIGKILL);
			waitpid(run->pid, NULL, 0);
		}
	}
	if (error == 0) {
		run->input = in[1];
		run->output = out[0];
		in[1] = out[0] = -1;
	}
	close_if_open(&in[0]);
	close_if_open(&in[1]);
	close_if_open(&out[0]);
	close_if_open(&out[1]);
	return error;
}

static void
feed(struct run *run, const struct letter *letter)
{
	ssize_t n = send(run->input, letter->at + run->written,
	    letter->len - run->written, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		run->written += (size_t)n;
	/* All of it is there, or it does not want the rest. */
	if (n <= 0 || run->written == letter->len)
		close_if_open(&run->input);
}

static void
listen_to(struct run *run)
{
	char block[1024];
	ssize_t n = read(run->output, block, sizeof block);
	size_t room = sizeof run->said - run->said_len;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_if_open(&run->output);
		return;
	}
	if ((size_t)n > room)
		n = (ssize_t)room;
	memcpy(&run->said[run->said_len], block, (size_t)n);
	run->said_len += (size_t)n;
}

/* Feed it and listen until it has ended; false when it took too long. */
static bool
attend(struct run *run, const struct letter *letter, int timeout_ms)
{
	int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		struct pollfd fds[3] = {
			{ .fd = run->pidfd, .events = POLLIN },
			{ .fd = run->input, .events = POLLOUT },
			{ .fd = run->output, .events = POLLIN },
		};
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return false;
		if (poll(fds, 3, (int)left) < 0 && errno != EINTR)
			return false;
		if (fds[1].revents != 0)
			feed(run, letter);
		if (fds[2].revents != 0)
			listen_to(run);
		if (fds[0].revents != 0) {
			if (run->output >= 0) /* what is still in the pipe */
				listen_to(run);
			return true;
		}
	}
}

static void
judge(const struct run *run, const struct letter *letter, int status,
    struct hd_mail_outcome *outcome)
{
	/* What will not be better another time. A wrong option or a missing
	 * right is mended by the administrator, so those are not here. */
	static const int final[] = { EX_DATAERR, EX_NOUSER, EX_NOHOST,
		EX_UNAVAILABLE };
	char line[SAID_SIZE + 100];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	outcome->code = 0;
	if (code == 0 && run->written == letter->len) {
		outcome->state = HD_MAIL_SENT;
		outcome->reply[0] = '\0';
		return;
	}
	outcome->state = HD_MAIL_LATER;
	for (size_t i = 0; i < sizeof final / sizeof *final; i++)
		if (code == final[i])
			outcome->state = HD_MAIL_REFUSED;
	if (code == 0)
		snprintf(line, sizeof line,
		    "the mail program did not read the whole mail");
	else if (code > 0)
		snprintf(line, sizeof line,
		    "the mail program ended with %d: ", code);
	else
		snprintf(line, sizeof line,
		    "the mail program was ended by signal %d: ",
		    WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	code = (int)strlen(line);
	check_copy_line(
	    &line[code], sizeof line - (size_t)code, run->said, run->said_len);
	check_copy_line(
	    outcome->reply, sizeof outcome->reply, line, strlen(line));
}

void
command_send(struct command *command, const char *from,
    const struct letter *letter, struct hd_mail_outcome *outcome)
{
	struct run run = { .pidfd = -1, .input = -1, .output = -1 };
	char option[] = "-f", sender[CHECK_ADDRESS_MAX + 1];
	bool is_done;
	int status = 0;
	int error;

	outcome->state = HD_MAIL_LATER;
	outcome->code = 0;
	check_copy_line(sender, sizeof sender, from[0] != '\0' ? from : "<>",
	    from[0] != '\0' ? strlen(from) : 2);
	command->words[command->count] = option;
	command->words[command->count + 1] = sender;
	error = start(&run, command->words);
	command->words[command->count] = NULL;
	command->words[command->count + 1] = NULL;
	if (error != 0) {
		snprintf(outcome->reply, sizeof outcome->reply,
		    "the mail program cannot be run: %s", strerror(error));
		return;
	}
	is_done = attend(&run, letter, command->timeout_ms);
	/* What it left behind in its group is of no use to anybody. */
	if (!is_done)
		kill(-run.pid, SIGKILL);
	while (waitpid(run.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (is_done)
		judge(&run, letter, status, outcome);
	else
		snprintf(outcome->reply, sizeof outcome->reply,
		    "the mail program took too long");
	close_if_open(&run.pidfd);
	close_if_open(&run.input);
	close_if_open(&run.output);
}
