/* tests/unit/test_mail_transport.c - tests of plugins/mail/: smtp.c,
 * command.c and what ties them together, against a server in a thread. */
#include "config.h"
#include "core/plugin.h"
#include "tests/mail/smtpd.h"
#include "tests/tap.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct hd_mail_transport *transport;

static int
add(const struct hd_host *host, const struct hd_mail_transport *added)
{
	(void)host;
	transport = added;
	return 0;
}

static struct hd_mail_address to[2] = { { "ada@example.org", "Ada" } };

static struct hd_mail
make_mail(void)
{
	to[0] = (struct hd_mail_address){ "ada@example.org", "Ada" };
	return (struct hd_mail){
		.abi = HD_ABI,
		.size = sizeof(struct hd_mail),
		.date_us = INT64_C(1772442000) * 1000000,
		.from = { "help@desk.example", "The Desk" },
		.reply_to = { "", "" },
		.to = to,
		.to_count = 1,
		.subject = "Printer on fire",
		.text = ".\n..dots\nend",
		.message_id = "412.7.Zm9v@desk.example",
		.in_reply_to = "",
	};
}

static struct hd_mail_settings
make_settings(const char *url)
{
	return (struct hd_mail_settings){
		.abi = HD_ABI,
		.size = sizeof(struct hd_mail_settings),
		.url = url,
		.user = "",
		.password = "",
		.hello = "desk.example",
		.ca_file = "",
		.tls = HD_MAIL_TLS_NONE,
		.timeout_ms = 1000,
	};
}

static char *
make_url(char url[64], int port)
{
	snprintf(url, 64, "smtp://127.0.0.1:%d", port);
	return url;
}

static struct hd_mail_outcome
send_mail(void *session, const struct hd_mail *mail)
{
	struct hd_mail_outcome outcome = { .abi = HD_ABI,
		.size = sizeof outcome };

	transport->send(session, mail, &outcome);
	printf("# state=%d code=%d reply=%s\n", (int)outcome.state,
	    outcome.code, outcome.reply);
	return outcome;
}

/* One mail through a session of its own. */
static struct hd_mail_outcome
send_once(const struct hd_mail_settings *settings, const struct hd_mail *mail)
{
	struct hd_mail_outcome outcome = { .state = HD_MAIL_STATE__COUNT };
	char why[200] = "";
	void *session = transport->open(settings, why, sizeof why);

	if (session != NULL)
		outcome = send_mail(session, mail);
	else
		printf("# %s\n", why);
	transport->close(session);
	return outcome;
}

static void
test_send__hands_over_the_whole_mail(void)
{
	struct smtpd_answers answers = { .user = NULL };
	struct smtpd *smtpd = smtpd_start(&answers);
	char url[64];
	struct hd_mail_settings settings = make_settings(
	    make_url(url, smtpd_port(smtpd)));
	struct hd_mail mail = make_mail();
	struct hd_mail_outcome outcome = send_once(&settings, &mail);

	CHECK_INT(outcome.state, HD_MAIL_SENT);
	CHECK(outcome.reply[0] == '\0');
	CHECK_INT(smtpd_count(smtpd), 1);
	CHECK(strcmp(smtpd_envelope(smtpd, 0),
		  "help@desk.example>ada@example.org") == 0);
	CHECK(strstr(smtpd_mail(smtpd, 0), "\r\n\r\n.\r\n..dots\r\nend\r\n") !=
	    NULL);
	CHECK(strstr(smtpd_mail(smtpd, 0), "Subject: Printer on fire\r\n") !=
	    NULL);
	mail.bounces = "";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	CHECK(strcmp(smtpd_envelope(smtpd, 1), ">ada@example.org") == 0);
	mail.bounces = "bounce@desk.example";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	CHECK(strcmp(smtpd_envelope(smtpd, 2),
		  "bounce@desk.example>ada@example.org") == 0);
	mail.bounces = "no address>\r\nRCPT TO:<x@evil.example";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_REFUSED);
	CHECK_INT(smtpd_count(smtpd), 3);
	smtpd_stop(smtpd);
}

static void
test_send__keeps_its_connection(void)
{
	struct smtpd_answers answers = { .user = NULL };
	struct smtpd *smtpd = smtpd_start(&answers);
	char url[64], why[200];
	struct hd_mail_settings settings = make_settings(
	    make_url(url, smtpd_port(smtpd)));
	void *session = transport->open(&settings, why, sizeof why);
	struct hd_mail mail = make_mail();

	for (int i = 0; i < 5; i++)
		CHECK_INT(send_mail(session, &mail).state, HD_MAIL_SENT);
	CHECK_INT(smtpd_count(smtpd), 5);
	CHECK_INT(smtpd_connections(smtpd), 1);
	/* A refused one does not spoil the next. */
	to[0].address = "nobody@example.org";
	CHECK_INT(send_mail(session, &mail).state, HD_MAIL_REFUSED);
	to[0].address = "ada@example.org";
	CHECK_INT(send_mail(session, &mail).state, HD_MAIL_SENT);
	transport->close(session);
	smtpd_stop(smtpd);
}

static void
test_send__judges_what_the_server_says(void)
{
	static const struct {
		const char *why;
		struct smtpd_answers answers;
		enum hd_mail_state want;
		const char *reply; /* is in the reason */
	} cases[] = {
		{ "no service today", { .connect = "421 4.3.2 Come later" },
		    HD_MAIL_LATER, "4.3.2 Come later" },
		{ "we are not liked", { .connect = "554 5.7.1 Go away" },
		    HD_MAIL_LATER, "Go away" },
		{ "greylisting", { .mail = "451 4.7.1 Greylisted" },
		    HD_MAIL_LATER, "4.7.1 Greylisted" },
		{ "bad sender", { .mail = "550 5.1.8 Bad sender" },
		    HD_MAIL_REFUSED, "5.1.8 Bad sender" },
		{ "must sign in", { .mail = "530 5.7.0 Sign in" },
		    HD_MAIL_LATER, "Sign in" },
		{ "full disk", { .data = "452 4.3.1 Disk is full" },
		    HD_MAIL_LATER, "Disk is full" },
		{ "no data", { .data = "554 5.5.1 No recipients" },
		    HD_MAIL_REFUSED, "No recipients" },
		{ "spam", { .body = "550 5.7.1 This is spam" }, HD_MAIL_REFUSED,
		    "5.7.1 This is spam" },
		{ "later", { .body = "450 4.7.0 Try again" }, HD_MAIL_LATER,
		    "4.7.0 Try again" },
		{ "drops at once", { .connect = SMTPD_DROP }, HD_MAIL_LATER,
		    "" },
		{ "drops before DATA", { .data = SMTPD_DROP }, HD_MAIL_LATER,
		    "connection broke" },
		{ "drops after DATA", { .body = SMTPD_DROP }, HD_MAIL_LATER,
		    "connection broke" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct smtpd *smtpd = smtpd_start(&cases[i].answers);
		char url[64];
		struct hd_mail_settings settings = make_settings(
		    make_url(url, smtpd_port(smtpd)));
		struct hd_mail mail = make_mail();
		struct hd_mail_outcome outcome;

		printf("# %s\n", cases[i].why);
		outcome = send_once(&settings, &mail);
		CHECK_INT(outcome.state, cases[i].want);
		CHECK(outcome.reply[0] != '\0');
		CHECK(strstr(outcome.reply, cases[i].reply) != NULL);
		CHECK_INT(smtpd_count(smtpd), 0);
		smtpd_stop(smtpd);
	}
}

static void
test_send__tells_which_addresses_were_refused(void)
{
	static const struct {
		const char *first, *second;
		enum hd_mail_state want;
		const char *reply;
	} cases[] = {
		{ "no1@x.example", "no2@x.example", HD_MAIL_REFUSED,
		    "no2@x.example: 550-5.1.1 No such user 5.1.1 at all" },
		{ "no1@x.example", "later@x.example", HD_MAIL_LATER,
		    "later@x.example: 450 4.2.1 The mailbox is busy" },
		{ "later@x.example", "ada@example.org", HD_MAIL_SENT,
		    "later@x.example: 450 4.2.1 The mailbox is busy" },
		{ "ada@example.org", "no1@x.example", HD_MAIL_SENT,
		    "no1@x.example: 550-5.1.1 No such user 5.1.1 at all" },
		{ "ada@example.org", "ada@example.org", HD_MAIL_SENT, "" },
	};
	struct smtpd_answers answers = { .user = NULL };
	struct smtpd *smtpd = smtpd_start(&answers);
	char url[64];
	struct hd_mail_settings settings = make_settings(
	    make_url(url, smtpd_port(smtpd)));

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct hd_mail mail = make_mail();
		struct hd_mail_outcome outcome;

		to[0] = (struct hd_mail_address){ cases[i].first, "" };
		to[1] = (struct hd_mail_address){ cases[i].second, "" };
		mail.to_count = 2;
		outcome = send_once(&settings, &mail);
		CHECK_INT(outcome.state, cases[i].want);
		CHECK(strstr(outcome.reply, cases[i].reply) != NULL);
	}
	CHECK_INT(smtpd_count(smtpd), 3);
	CHECK(strcmp(smtpd_envelope(smtpd, 2),
		  "help@desk.example>ada@example.org") == 0);
	smtpd_stop(smtpd);
}

static void
test_send__signs_in(void)
{
	struct smtpd_answers answers = { .user = "desk",
		.password = "s3cret \xc3\xa4" };
	struct smtpd *smtpd = smtpd_start(&answers);
	char url[64];
	struct hd_mail_settings settings = make_settings(
	    make_url(url, smtpd_port(smtpd)));
	struct hd_mail mail = make_mail();
	struct hd_mail_outcome outcome;

	settings.user = "desk";
	settings.password = "s3cret \xc3\xa4";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	settings.password = "wrong-one";
	outcome = send_once(&settings, &mail);
	CHECK_INT(outcome.state, HD_MAIL_LATER);
	CHECK(strstr(outcome.reply, "535 5.7.8 Wrong user") != NULL);
	CHECK(strstr(outcome.reply, "wrong-one") == NULL);
	settings.user = "";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_LATER);
	CHECK_INT(smtpd_count(smtpd), 1);
	smtpd_stop(smtpd);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
test_send__does_not_wait_for_ever(void)
{
	static const struct smtpd_answers stalls[] = {
		{ .connect = SMTPD_STALL },
		{ .ehlo = SMTPD_STALL },
		{ .mail = SMTPD_STALL },
		{ .data = SMTPD_STALL },
		{ .body = SMTPD_STALL },
	};

	for (size_t i = 0; i < sizeof stalls / sizeof *stalls; i++) {
		struct smtpd *smtpd = smtpd_start(&stalls[i]);
		char url[64];
		struct hd_mail_settings settings = make_settings(
		    make_url(url, smtpd_port(smtpd)));
		struct hd_mail mail = make_mail();
		int64_t begin = now_ms();

		CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_LATER);
		CHECK(now_ms() - begin < 30000);
		smtpd_stop(smtpd);
	}
}

/* A port on which nobody listens: bound, so that nobody else gets it. */
static void
test_send__survives_without_a_server(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char url[64];
	struct hd_mail_settings settings;
	struct hd_mail mail = make_mail();
	struct hd_mail_outcome outcome;

	CHECK(bind(fd, (struct sockaddr *)&address, len) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
	settings = make_settings(make_url(url, ntohs(address.sin_port)));
	outcome = send_once(&settings, &mail);
	CHECK_INT(outcome.state, HD_MAIL_LATER);
	CHECK(strstr(outcome.reply, "no connection") != NULL);
	close(fd);
}

static void
test_send__insists_on_encryption(void)
{
	struct smtpd_answers answers = { .user = NULL };
	struct smtpd *smtpd = smtpd_start(&answers);
	char url[64];
	struct hd_mail_settings settings = make_settings(
	    make_url(url, smtpd_port(smtpd)));
	struct hd_mail mail = make_mail();

	settings.tls = HD_MAIL_TLS_REQUIRED;
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_LATER);
	settings.tls = HD_MAIL_TLS_OPPORTUNISTIC;
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	/* A password never goes in the clear by itself. */
	settings.user = "desk";
	settings.password = "s3cret";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_LATER);
	CHECK_INT(smtpd_count(smtpd), 1);
	smtpd_stop(smtpd);
}

static void
test_open__refuses_settings_that_make_no_sense(void)
{
	static const char *const urls[] = { "http://127.0.0.1/",
		"file:///etc/passwd", "smtp://", "smtp://user:pw@host",
		"smtp://host/path", "smtp://host?x", "smtp://ho st",
		"smtp://host\r\n", "127.0.0.1:25", "smtps:/host" };
	static const char *const relative[] = { "sendmail", NULL };
	static const char *const missing[] = { "/nonexistent/sendmail", NULL };
	struct hd_mail_settings settings;
	char why[200];

	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		settings = make_settings(urls[i]);
		why[0] = '\0';
		CHECK(transport->open(&settings, why, sizeof why) == NULL);
		CHECK(why[0] != '\0');
	}
	settings = make_settings("");
	CHECK(transport->open(&settings, why, sizeof why) == NULL);
	settings.command = relative;
	CHECK(transport->open(&settings, why, sizeof why) == NULL);
	settings.command = missing;
	CHECK(transport->open(&settings, why, sizeof why) == NULL);
	settings = make_settings("smtp://127.0.0.1");
	settings.size = 16;
	CHECK(transport->open(&settings, why, sizeof why) == NULL);
}

/* Send through `sh -c <script>`; the sender is its $1, after -f as $0. */
static struct hd_mail_outcome
run_script(const char *script, int timeout_ms)
{
	const char *const command[] = { "/bin/sh", "-c", script, NULL };
	struct hd_mail_settings settings = make_settings("");
	struct hd_mail mail = make_mail();

	settings.command = command;
	settings.timeout_ms = timeout_ms;
	return send_once(&settings, &mail);
}

static void
test_send__runs_a_command(void)
{
	char dir[] = "/tmp/hookdesk-command-XXXXXX";
	char script[300], path[100], text[4096] = "";
	FILE *file;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof path, "%s/mail", dir);
	snprintf(script, sizeof script, "{ echo \"$0 $1\"; cat; } >%s", path);
	CHECK_INT(run_script(script, 20000).state, HD_MAIL_SENT);
	file = fopen(path, "r");
	CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
	if (file != NULL)
		fclose(file);
	CHECK(strncmp(text, "-f help@desk.example\n", 21) == 0);
	CHECK(strstr(text, "To: Ada <ada@example.org>\n") != NULL);
	CHECK(strstr(text, "\n\n.\n..dots\nend\n") != NULL);
	unlink(path);
	rmdir(dir);
}

static void
test_send__judges_how_a_command_ends(void)
{
	static const struct {
		const char *script;
		enum hd_mail_state want;
		const char *reply;
	} cases[] = {
		{ "cat >/dev/null; echo No such user >&2; exit 67",
		    HD_MAIL_REFUSED, "No such user" },
		{ "cat >/dev/null; echo Queue is full; exit 75", HD_MAIL_LATER,
		    "Queue is full" },
		{ "cat >/dev/null; echo usage; exit 64", HD_MAIL_LATER,
		    "64: usage" },
		{ "exit 1", HD_MAIL_LATER, "ended with 1" },
		{ "cat >/dev/null; kill -9 $$", HD_MAIL_LATER, "signal 9" },
		{ "cat >/dev/null; yes too much | head -c 200000; exit 65",
		    HD_MAIL_REFUSED, "too much" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct hd_mail_outcome outcome = run_script(
		    cases[i].script, 20000);

		CHECK_INT(outcome.state, cases[i].want);
		CHECK(strstr(outcome.reply, cases[i].reply) != NULL);
	}
}

static void
test_send__ends_a_command_that_hangs(void)
{
	struct hd_mail_outcome outcome = run_script(
	    "cat >/dev/null; sleep 600", 200);

	CHECK_INT(outcome.state, HD_MAIL_LATER);
	CHECK(strstr(outcome.reply, "too long") != NULL);
}

static void
test_send__keeps_mails_in_a_folder(void)
{
	char dir[] = "/tmp/hookdesk-outbox-XXXXXX", url[100], path[200];
	struct hd_mail_settings settings;
	struct hd_mail mail = make_mail();
	char text[4096] = "";
	FILE *file;

	CHECK(mkdtemp(dir) != NULL);
	snprintf(url, sizeof url, "file://%s", dir);
	settings = make_settings(url);
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	snprintf(path, sizeof path, "%s/412.7.Zm9v@desk.example.eml", dir);
	file = fopen(path, "r");
	CHECK(file != NULL && fread(text, 1, sizeof text - 1, file) > 0);
	if (file != NULL)
		fclose(file);
	CHECK(strstr(text, "\nTo: Ada <ada@example.org>\n") != NULL);
	CHECK(strstr(text, "\n\n.\n..dots\nend\n") != NULL);
	unlink(path);
	mail.message_id = "../../escape@desk.example";
	CHECK_INT(send_once(&settings, &mail).state, HD_MAIL_SENT);
	snprintf(path, sizeof path, "%s/_._.._escape@desk.example.eml", dir);
	CHECK(unlink(path) == 0);
	CHECK(rmdir(dir) == 0); /* nothing else is there */
	settings = make_settings("file:///nonexistent/outbox");
	CHECK(transport->open(&settings, text, sizeof text) == NULL);
}

int
main(void)
{
	const struct hd_host host = { .abi = HD_ABI,
		.size = sizeof host,
		.version = "test",
		.add_mail_transport = add };
	char why[200] = "";

	if (hd_plugin.start(&host, why, sizeof why) != 0) {
		printf("Bail out! %s\n", why);
		return 1;
	}
	RUN(test_send__hands_over_the_whole_mail);
	RUN(test_send__keeps_its_connection);
	RUN(test_send__judges_what_the_server_says);
	RUN(test_send__tells_which_addresses_were_refused);
	RUN(test_send__signs_in);
	RUN(test_send__does_not_wait_for_ever);
	RUN(test_send__survives_without_a_server);
	RUN(test_send__insists_on_encryption);
	RUN(test_open__refuses_settings_that_make_no_sense);
	RUN(test_send__runs_a_command);
	RUN(test_send__judges_how_a_command_ends);
	RUN(test_send__ends_a_command_that_hangs);
	RUN(test_send__keeps_mails_in_a_folder);
	hd_plugin.stop();
	return tap_done();
}
