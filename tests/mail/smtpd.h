/* tests/mail/smtpd.h - a mail server in a thread, for tests (RFC 5321).
 *
 * Takes one connection after the other on a free port of 127.0.0.1 and keeps
 * what it is given. What it says at each step can be set, to be any server
 * there is: one that refuses, is busy, stalls or goes away.
 */
#ifndef HOOKDESK_TESTS_SMTPD_H
#define HOOKDESK_TESTS_SMTPD_H

#include <stddef.h>

#define SMTPD_STALL "stall" /* says nothing more */
#define SMTPD_DROP "drop"   /* closes the connection */

/* What it says instead of the usual; NULL: the usual. */
struct smtpd_answers {
	const char *connect, *ehlo, *mail, *data, *body;
	const char *user, *password; /* AUTH is offered, and wanted */
	/* Recipients: local parts that begin with "no" get 550, with "later"
	 * 450, the others 250. */
};

struct smtpd;

/* NULL when it cannot listen. <answers> is borrowed and may be changed while
 * no conversation goes on. */
struct smtpd *smtpd_start(const struct smtpd_answers *answers);
void smtpd_stop(struct smtpd *smtpd);

int smtpd_port(const struct smtpd *smtpd);
/* How many were taken in full; connections so far. */
size_t smtpd_count(struct smtpd *smtpd);
size_t smtpd_connections(struct smtpd *smtpd);
/* A mail as it came (dots unstuffed, lines end with CRLF), and its envelope
 * ("from>to,to"); borrowed until smtpd_stop(); "" if there is none. */
const char *smtpd_mail(struct smtpd *smtpd, size_t n);
const char *smtpd_envelope(struct smtpd *smtpd, size_t n);

#endif
