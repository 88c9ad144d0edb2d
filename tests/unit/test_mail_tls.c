/* tests/unit/test_mail_tls.c - tests of encryption in plugins/mail/smtp.c,
 * against a server in another process whose certificate nobody knows. */
#include "config.h"
#include "plugins/mail/smtp.h"
#include "tests/tap.h"

#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The server: what it says, and what keeps it alive. */
static FILE *said;
static int port, alive = -1;
static pid_t pid;
static char dir[] = "/tmp/hookdesk-tls-XXXXXX";

static int
start_server(void)
{
	const char *source = getenv("HOOKDESK_DATADIR");
	char script[4096], node[] = "node", line[20];
	char *argv[] = { node, script, dir, NULL };
	posix_spawn_file_actions_t actions;
	int in[2], out[2];

	snprintf(script, sizeof script, "%s/tests/mail/tls_server.mjs",
	    source != NULL ? source : "..");
	if (mkdtemp(dir) == NULL || pipe(in) != 0 || pipe(out) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (posix_spawnp(&pid, node, &actions, NULL, argv, environ) != 0)
		pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	alive = in[1];
	said = fdopen(out[0], "r");
	if (pid <= 0 || said == NULL || fgets(line, sizeof line, said) == NULL)
		return -1;
	port = atoi(line);
	return 0;
}

static void
stop_server(void)
{
	static const char *const names[] = { "key.pem", "cert.pem" };
	char path[100];

	close(alive);
	if (said != NULL)
		fclose(said);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static struct hd_mail_outcome
send_with(enum hd_mail_tls tls, int is_unverified, const char *ca_file)
{
	static const struct hd_mail_address to = { "ada@example.org", "" };
	static char text[] = "Subject: a\r\n\r\nb\r\n";
	struct letter letter = { text, sizeof text - 1 };
	struct hd_mail_outcome outcome = { .abi = HD_ABI,
		.size = sizeof outcome };
	struct hd_mail_settings settings = {
		.abi = HD_ABI,
		.size = sizeof settings,
		.user = "",
		.password = "",
		.hello = "",
		.ca_file = ca_file,
		.tls = tls,
		.is_unverified = is_unverified,
		.timeout_ms = 10000,
	};
	char url[64], why[200] = "";
	struct smtp *smtp;

	snprintf(url, sizeof url, "smtp://127.0.0.1:%d", port);
	settings.url = url;
	smtp = smtp_open(&settings, why, sizeof why);
	CHECK(smtp != NULL);
	if (smtp != NULL)
		smtp_send(smtp, "help@desk.example", &to, 1, &letter, &outcome);
	smtp_close(smtp);
	printf("# state=%d reply=%s\n", (int)outcome.state, outcome.reply);
	return outcome;
}

/* How the server got the last mail. */
static int
came(const char *how)
{
	char line[20] = "";

	return fgets(line, sizeof line, said) != NULL &&
	    strncmp(line, how, strlen(how)) == 0;
}

static void
test_smtp_send__refuses_an_unknown_certificate(void)
{
	struct hd_mail_outcome outcome = send_with(HD_MAIL_TLS_REQUIRED, 0, "");

	CHECK_INT(outcome.state, HD_MAIL_LATER);
	CHECK(strstr(outcome.reply, "certificate") != NULL);
}

static void
test_smtp_send__takes_it_where_that_is_allowed(void)
{
	char ca[100];

	snprintf(ca, sizeof ca, "%s/cert.pem", dir);
	CHECK_INT(send_with(HD_MAIL_TLS_REQUIRED, 1, "").state, HD_MAIL_SENT);
	CHECK(came("secure"));
	CHECK_INT(send_with(HD_MAIL_TLS_REQUIRED, 0, ca).state, HD_MAIL_SENT);
	CHECK(came("secure"));
	CHECK_INT(
	    send_with(HD_MAIL_TLS_OPPORTUNISTIC, 0, "").state, HD_MAIL_SENT);
	CHECK(came("secure"));
	CHECK_INT(send_with(HD_MAIL_TLS_NONE, 0, "").state, HD_MAIL_SENT);
	CHECK(came("plain"));
}

int
main(void)
{
	if (system("node --version >/dev/null 2>&1 && "
		   "openssl version >/dev/null 2>&1") != 0) {
		printf("1..0 # SKIP node or openssl is missing\n");
		return 0;
	}
	if (smtp_init() != 0 || start_server() != 0) {
		printf("Bail out! the server does not start\n");
		return 1;
	}
	RUN(test_smtp_send__refuses_an_unknown_certificate);
	RUN(test_smtp_send__takes_it_where_that_is_allowed);
	stop_server();
	smtp_end();
	return tap_done();
}
