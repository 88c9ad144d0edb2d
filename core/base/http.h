/* core/base/http.h - what somebody who is not trusted may say in a web request
 * of ours: for the script host, which tells the script's line, and for the
 * server, which believes nothing. Any thread. */
#ifndef HOOKDESK_BASE_HTTP_H
#define HOOKDESK_BASE_HTTP_H

#include "core/base/bytes.h"

#define HTTP_URL_MAX 2000
#define HTTP_FIELDS_MAX 20
#define HTTP_VALUE_MAX 4000 /* bytes of a header field's value */
#define HTTP_BODY_MAX 32768

/* What we add: the same for each try of a request; and its signature. */
#define HTTP_FIELD_KEY "Idempotency-Key"
#define HTTP_FIELD_SIGNATURE "Hookdesk-Signature"

/* Names with one space between. */
#define HTTP_METHODS "GET POST PUT PATCH DELETE HEAD"

bool http_is_method(struct bytes name);

/* It begins with http:// or https://, has at most HTTP_URL_MAX bytes, and
 * neither blanks nor control characters. Where it leads is not looked at. */
bool http_is_url(struct bytes url);

/* A token (RFC 9110, 5.6.2) of at most 100 bytes that is neither ours nor the
 * connection's, as Host and Content-Length are. */
bool http_is_field(struct bytes name);

/* At most HTTP_VALUE_MAX bytes without control characters. */
bool http_is_value(struct bytes value);

/* "example.com:8443" of "https://example.com:8443/x", for people and logs: the
 * rest may be secret. */
struct bytes http_host(struct bytes url);

#endif
