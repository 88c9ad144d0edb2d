/* plugins/mail/smtp.c - hands mail over by SMTP (RFC 5321).
 *
 * libcurl speaks the protocol and stuffs the dots. It tells only the last
 * reply code; so we listen to what is said (CURLOPT_DEBUGFUNCTION) to know how
 * far it came, and which recipients were refused with which words.
 */
#include "config.h"
#include "plugins/mail/smtp.h"

#include "plugins/mail/check.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define IDLE_MAX_S 20L      /* a connection is used again for so long */
#define BYTES_A_SECOND 8192 /* the slowest server that we wait for */
#define URL_SIZE 600
#define TEXT_SIZE 900

/* Uses the caller's <curl> and <code>; does nothing after an error. */
#define SET(option, value) \
	do { \
		if (code == CURLE_OK) \
			code = curl_easy_setopt(curl, option, value); \
	} while (0)

/* How far a conversation came; in the order in which it goes. */
enum stage {
	STAGE_CONNECT = 0, /* the address, the connection, the greeting */
	STAGE_HELLO,
	STAGE_STARTTLS,
	STAGE_AUTH,
	STAGE_SENDER,
	STAGE_RECIPIENT,
	STAGE_DATA,
	STAGE_CONTENT, /* the mail is on its way, or there */
	STAGE__COUNT
};

static const struct {
	const char *word; /* the command that begins it */
	const char *what; /* for people: what failed */
	bool is_final;    /* 5xx here is about this mail */
} stages[STAGE__COUNT] = {
	[STAGE_CONNECT] = { "", "no connection", false },
	[STAGE_HELLO] = { "EHLO", "the server refuses us", false },
	[STAGE_STARTTLS] = { "STARTTLS", "no encryption", false },
	[STAGE_AUTH] = { "AUTH", "sign-in failed", false },
	[STAGE_SENDER] = { "MAIL", "the sender is refused", true },
	[STAGE_RECIPIENT] = { "RCPT", "the address is refused", true },
	[STAGE_DATA] = { "DATA", "the mail is refused", true },
	[STAGE_CONTENT] = { "", "the mail is refused", true },
};

struct smtp {
	CURL *curl;
	char url[URL_SIZE];
	int timeout_ms;
	/* The conversation about the mail that is being sent. */
	enum stage stage;
	int code;
	char reply[TEXT_SIZE]; /* to the last command */
	size_t reply_len;
	char recipient[CHECK_ADDRESS_MAX + 1]; /* being asked for */
	char refused[TEXT_SIZE];               /* recipients, with the words */
	size_t refused_len;
	bool is_later;   /* one recipient was refused with 4xx */
	bool is_parting; /* QUIT is said: the rest is politeness */
	const struct letter *letter;
	size_t sent;
	char error[CURL_ERROR_SIZE];
};

int
smtp_init(void)
{
	const curl_version_info_data *info;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -1;
	info = curl_version_info(CURLVERSION_NOW);
	for (size_t i = 0; info->protocols[i] != NULL; i++)
		if (strcmp(info->protocols[i], "smtps") == 0)
			return 0;
	curl_global_cleanup();
	return -1;
}

void
smtp_end(void)
{
	curl_global_cleanup();
}

/* --- listening --- */

/* A command of ours: "RCPT TO:<a@b.example>" and so on. */
static void
hear_command(struct smtp *smtp, const char *line, size_t len)
{
	const char *open, *close;

	if (len >= 4 && strncasecmp(line, "QUIT", 4) == 0)
		smtp->is_parting = true;
	if (smtp->is_parting)
		return;
	smtp->reply_len = 0;
	smtp->reply[0] = '\0';
	if (len >= 4 && strncasecmp(line, "HELO", 4) == 0)
		smtp->stage = STAGE_HELLO;
	for (enum stage stage = STAGE_HELLO; stage < STAGE_CONTENT; stage++) {
		size_t n = strlen(stages[stage].word);

		if (len >= n && strncasecmp(line, stages[stage].word, n) == 0)
			smtp->stage = stage;
	}
	if (smtp->stage != STAGE_RECIPIENT)
		return;
	open = memchr(line, '<', len);
	close = memchr(line, '>', len);
	if (open != NULL && close > open)
		check_copy_line(smtp->recipient, sizeof smtp->recipient,
		    open + 1, (size_t)(close - open - 1));
}

static void
add_refused(struct smtp *smtp)
{
	size_t room = sizeof smtp->refused - smtp->refused_len;
	int n = snprintf(&smtp->refused[smtp->refused_len], room, "%s%s: %s",
	    smtp->refused_len > 0 ? "; " : "", smtp->recipient, smtp->reply);

	if (n > 0)
		smtp->refused_len += (size_t)n < room ? (size_t)n : room - 1;
	smtp->is_later |= smtp->code < 500;
}

/* A line of a reply: three digits, then "-" (more follow) or a space. */
static void
hear_reply(struct smtp *smtp, const char *line, size_t len)
{
	size_t room = sizeof smtp->reply - smtp->reply_len;
	size_t skip = 0;

	for (size_t i = 0; i < 3; i++)
		if (i >= len || line[i] < '0' || line[i] > '9')
			return;
	if (smtp->is_parting)
		return;
	smtp->code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] -
	    '0';
	if (smtp->reply_len > 0) { /* the code and enhanced code are said */
		skip = len > 4 ? 4 : 3;
		if (room > 1)
			smtp->reply[smtp->reply_len++] = ' ';
		room--;
	}
	if (room > 1)
		smtp->reply_len += check_copy_line(
		    &smtp->reply[smtp->reply_len], room, line + skip,
		    len - skip);
	if (len > 3 && line[3] == '-')
		return;
	if (smtp->stage == STAGE_RECIPIENT && smtp->code >= 400)
		add_refused(smtp);
	if (smtp->stage == STAGE_DATA && smtp->code == 354) {
		smtp->stage = STAGE_CONTENT;
		smtp->reply_len = 0;
	}
}

static int
on_debug(CURL *curl, curl_infotype type, char *data, size_t len, void *arg)
{
	struct smtp *smtp = arg;

	(void)curl;
	if (type != CURLINFO_HEADER_OUT && type != CURLINFO_HEADER_IN)
		return 0;
	while (len > 0) {
		const char *end = memchr(data, '\n', len);
		size_t n = end != NULL ? (size_t)(end - data) + 1 : len;

		if (type == CURLINFO_HEADER_OUT)
			hear_command(smtp, data, n);
		else
			hear_reply(smtp, data, n);
		data += n;
		len -= n;
	}
	return 0;
}

static size_t
on_read(char *out, size_t size, size_t count, void *arg)
{
	struct smtp *smtp = arg;
	size_t left = smtp->letter->len - smtp->sent;
	size_t n = size * count < left ? size * count : left;

	memcpy(out, smtp->letter->at + smtp->sent, n);
	smtp->sent += n;
	return n;
}

/* --- settings --- */

static bool
is_host(const char *at, size_t len)
{
	if (len == 0 || len > 253)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(at[i] >= 'a' && at[i] <= 'z') &&
		    !(at[i] >= 'A' && at[i] <= 'Z') &&
		    !(at[i] >= '0' && at[i] <= '9') &&
		    strchr(".-:[]", at[i]) == NULL)
			return false;
	return true;
}

/* Take scheme, host and port, and nothing else: user and password have their
 * own settings, and a path would become the name in EHLO. */
static bool
set_url(struct smtp *smtp, const struct hd_mail_settings *settings)
{
	const char *host = strstr(settings->url, "://");
	size_t len;

	if (host == NULL ||
	    (strncmp(settings->url, "smtp://", 7) != 0 &&
		strncmp(settings->url, "smtps://", 8) != 0))
		return false;
	len = strlen(host += 3);
	if (len > 0 && host[len - 1] == '/')
		len--;
	if (!is_host(host, len) ||
	    (settings->hello[0] != '\0' &&
		!is_host(settings->hello, strlen(settings->hello))))
		return false;
	return snprintf(smtp->url, sizeof smtp->url, "%.*s/%s",
		   (int)(host - settings->url + (ptrdiff_t)len), settings->url,
		   settings->hello) < (int)sizeof smtp->url;
}

static CURLcode
set_tls(CURL *curl, const struct hd_mail_settings *settings)
{
	static const long levels[HD_MAIL_TLS__COUNT] = {
		[HD_MAIL_TLS_REQUIRED] = CURLUSESSL_ALL,
		[HD_MAIL_TLS_OPPORTUNISTIC] = CURLUSESSL_TRY,
		[HD_MAIL_TLS_NONE] = CURLUSESSL_NONE,
	};
	enum hd_mail_tls tls = settings->tls;
	bool is_any_good;
	CURLcode code = CURLE_OK;

	/* Whoever can drop STARTTLS from the answer would get the password. */
	if (tls == HD_MAIL_TLS_OPPORTUNISTIC && settings->user[0] != '\0')
		tls = HD_MAIL_TLS_REQUIRED;
	is_any_good = settings->is_unverified ||
	    tls == HD_MAIL_TLS_OPPORTUNISTIC;
	SET(CURLOPT_USE_SSL, levels[tls]);
	SET(CURLOPT_SSL_VERIFYPEER, is_any_good ? 0L : 1L);
	SET(CURLOPT_SSL_VERIFYHOST, is_any_good ? 0L : 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (settings->ca_file[0] != '\0')
		SET(CURLOPT_CAINFO, settings->ca_file);
	return code;
}

/* All that stays the same from mail to mail. */
static CURLcode
set_options(struct smtp *smtp, const struct hd_mail_settings *settings)
{
	long timeout_s = (settings->timeout_ms + 999L) / 1000;
	CURL *curl = smtp->curl;
	CURLcode code = set_tls(curl, settings);

	SET(CURLOPT_URL, smtp->url);
	SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	SET(CURLOPT_PROXY, ""); /* not from the environment */
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)settings->timeout_ms);
	SET(CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout_s);
	SET(CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	SET(CURLOPT_MAXCONNECTS, 1L);
	SET(CURLOPT_UPLOAD, 1L);
	SET(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	SET(CURLOPT_READFUNCTION, on_read);
	SET(CURLOPT_READDATA, smtp);
	SET(CURLOPT_VERBOSE, 1L);
	SET(CURLOPT_DEBUGFUNCTION, on_debug);
	SET(CURLOPT_DEBUGDATA, smtp);
	SET(CURLOPT_ERRORBUFFER, smtp->error);
	if (settings->user[0] != '\0') {
		SET(CURLOPT_USERNAME, settings->user);
		SET(CURLOPT_PASSWORD, settings->password);
	}
	return code;
}

struct smtp *
smtp_open(const struct hd_mail_settings *settings, char *why, size_t why_size)
{
	struct smtp *smtp = calloc(1, sizeof *smtp);
	const char *fault = NULL;

	if (smtp == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	smtp->timeout_ms = settings->timeout_ms;
	if (!set_url(smtp, settings))
		fault = "the mail server must be given as smtp://HOST:PORT or "
			"smtps://HOST:PORT";
	else if ((smtp->curl = curl_easy_init()) == NULL)
		fault = "out of memory";
	else if (set_options(smtp, settings) != CURLE_OK)
		fault = "libcurl does not take these settings";
	if (fault == NULL)
		return smtp;
	snprintf(why, why_size, "%s", fault);
	smtp_close(smtp);
	return NULL;
}

void
smtp_close(struct smtp *smtp)
{
	if (smtp == NULL)
		return;
	curl_easy_cleanup(smtp->curl); /* says QUIT; NULL is allowed */
	free(smtp);
}

/* --- sending --- */

/* State and reason from how far it came and what was said there. */
static void
judge(struct smtp *smtp, CURLcode code, struct hd_mail_outcome *outcome)
{
	enum stage stage = smtp->stage;
	bool is_said = smtp->code >= 400 && smtp->reply_len > 0;
	bool are_all_refused = stage == STAGE_RECIPIENT && is_said;
	const char *text = is_said ? smtp->reply :
	    smtp->error[0] != '\0' ? smtp->error :
				     curl_easy_strerror(code);
	char line[2 * TEXT_SIZE + 100];

	outcome->code = smtp->code;
	if (code == CURLE_OK) {
		outcome->state = HD_MAIL_SENT;
		check_copy_line(outcome->reply, sizeof outcome->reply,
		    smtp->refused, smtp->refused_len);
		return;
	}
	if (are_all_refused)
		text = smtp->refused;
	snprintf(line, sizeof line, "%s: %s",
	    !is_said && stage > STAGE_STARTTLS ? "the connection broke" :
						 stages[stage].what,
	    text);
	check_copy_line(
	    outcome->reply, sizeof outcome->reply, line, strlen(line));
	outcome->state = is_said && smtp->code >= 500 &&
		stages[stage].is_final && !(are_all_refused && smtp->is_later) ?
	    HD_MAIL_REFUSED :
	    HD_MAIL_LATER;
	/* 530, 535 and the like to MAIL: we should have signed in. */
	if (stage == STAGE_SENDER && smtp->code / 10 == 53)
		outcome->state = HD_MAIL_LATER;
}

static void
begin(struct smtp *smtp, const struct letter *letter)
{
	smtp->stage = STAGE_CONNECT;
	smtp->code = 0;
	smtp->reply[0] = smtp->refused[0] = smtp->error[0] = '\0';
	smtp->reply_len = smtp->refused_len = 0;
	smtp->recipient[0] = '\0';
	smtp->is_later = false;
	smtp->is_parting = false;
	smtp->letter = letter;
	smtp->sent = 0;
}

/* Each address once: a server may take the second for a second copy. */
static struct curl_slist *
list_recipients(const struct hd_mail_address *to, size_t count)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < count; i++) {
		struct curl_slist *longer;
		bool is_known = false;

		for (struct curl_slist *at = list; at != NULL; at = at->next)
			is_known |= strcmp(at->data, to[i].address) == 0;
		if (is_known)
			continue;
		longer = curl_slist_append(list, to[i].address);
		if (longer == NULL) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
	}
	return list;
}

void
smtp_send(struct smtp *smtp, const char *from, const struct hd_mail_address *to,
    size_t to_count, const struct letter *letter,
    struct hd_mail_outcome *outcome)
{
	struct curl_slist *recipients = list_recipients(to, to_count);
	long total_ms = 6L * smtp->timeout_ms +
	    (long)(letter->len / BYTES_A_SECOND) * 1000;
	CURL *curl = smtp->curl;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	begin(smtp, letter);
	if (recipients == NULL)
		goto out;
	code = curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
	SET(CURLOPT_MAIL_RCPT, recipients);
	SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)letter->len);
	SET(CURLOPT_TIMEOUT_MS, total_ms);
	if (code == CURLE_OK)
		code = curl_easy_perform(curl);
	/* The list goes away now. */
	if (curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, NULL) != CURLE_OK)
		code = CURLE_FAILED_INIT;
out:
	judge(smtp, code, outcome);
	curl_slist_free_all(recipients);
}
