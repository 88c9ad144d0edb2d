/* plugins/mail/check.h - what may stand in a header, and what may not.
 *
 * Knows neither GMime nor libcurl. Any thread.
 */
#ifndef HOOKDESK_MAIL_CHECK_H
#define HOOKDESK_MAIL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define CHECK_ADDRESS_MAX 254 /* RFC 5321, 4.5.3.1.3 less the brackets */

/* UTF-8 (RFC 3629) throughout; line breaks and others are allowed. */
bool check_is_utf8(const char *text);

/* The same without control characters (C0, DEL, C1): what can go into a
 * header without ending it. */
bool check_is_clean(const char *text);

/* local@domain as we send to it: a local part of at most 64 ASCII characters
 * without quotes, comments or spaces (RFC 5321, 4.1.2, Dot-string), a domain
 * of letters of any script, digits, hyphens and single dots. */
bool check_is_address(const char *address);

/* left@right of printable ASCII without what would end it (RFC 5322, 3.6.4),
 * at most 250 bytes. */
bool check_is_message_id(const char *id);

/* The name of a header field that may be added to those we write ourselves
 * (RFC 5322, 3.6.8). */
bool check_is_field_name(const char *name);

/* type/subtype of plain characters; not what is made of parts itself, which
 * cannot be base64 (RFC 2045, 6.4). */
bool check_is_media_type(const char *type);

/* Copy <len> bytes at <from> to <out>: one line without control characters or
 * broken UTF-8, cut to fit; returns its length. */
size_t check_copy_line(char *out, size_t size, const char *from, size_t len);

#endif
