/* tests/http/httpd.h - a web server in a thread, for tests.
 *
 * Takes one connection after the other on a free port of 127.0.0.1, reads one
 * request of each and says what the test wants.
 */
#ifndef HOOKDESK_TESTS_HTTPD_H
#define HOOKDESK_TESTS_HTTPD_H

#include <stddef.h>

#define HTTPD_STALL "stall" /* says nothing */

struct httpd;

/* NULL when it cannot listen. */
struct httpd *httpd_start(void);
void httpd_stop(struct httpd *httpd);

int httpd_port(const struct httpd *httpd);
/* What it says from now on, whole: "HTTP/1.1 200 OK\r\n..."; borrowed. It
 * closes the connection behind it. */
void httpd_say(struct httpd *httpd, const char *answer);
/* Connections so far. */
size_t httpd_count(struct httpd *httpd);
/* The last request as it came, header and body; borrowed until the next one. */
const char *httpd_request(struct httpd *httpd);

#endif
