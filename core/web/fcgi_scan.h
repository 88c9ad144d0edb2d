/* core/web/fcgi_scan.h - where a request lies in the bytes that have come.
 *
 * Walks along the record headers (FastCGI Specification 1.0, 3.3) as the
 * bytes come in, without waiting for any: no descriptors, no memory of its
 * own. What it lets through is well-formed, so that libfcgi, which asserts and
 * blocks, meets no surprise.
 */
#ifndef HOOKDESK_WEB_FCGI_SCAN_H
#define HOOKDESK_WEB_FCGI_SCAN_H

#include "core/base/bytes.h"

#define FCGI_HEADER_SIZE 8
#define FCGI_CONTENT_MAX 65535 /* bytes in one record */

/* Types of records, 3.3 and 8. */
enum fcgi_type {
	FCGI_TYPE_BEGIN = 1,
	FCGI_TYPE_ABORT = 2,
	FCGI_TYPE_END = 3,
	FCGI_TYPE_PARAMS = 4,
	FCGI_TYPE_STDIN = 5,
	FCGI_TYPE_STDOUT = 6,
	FCGI_TYPE_GET_VALUES = 9,
	FCGI_TYPE_GET_VALUES_RESULT = 10,
	FCGI_TYPE_UNKNOWN = 11
};

/* How a request ended: protocolStatus, 5.5. */
enum fcgi_end {
	FCGI_END_COMPLETE = 0,
	FCGI_END_CANT_MULTIPLEX = 1,
	FCGI_END_UNKNOWN_ROLE = 3
};

struct fcgi_record {
	unsigned type, id;
	size_t content_len, padding_len;
};

enum fcgi_scan_result {
	FCGI_SCAN_MORE = 0, /* not whole yet */
	FCGI_SCAN_WHOLE,    /* a request: parameters and body, up to <at> */
	FCGI_SCAN_REPLY,    /* send <reply>, then scan on */
	FCGI_SCAN_ABORTED,  /* taken back; send <reply>, forget up to <at> */
	FCGI_SCAN_BAD       /* no FastCGI: send <reply> if any, and close */
};

struct fcgi_scan {
	size_t at; /* the next record, in bytes from the buffer's start */
	/* The parameters: what all their records held, moved together. */
	size_t params_at, params_len;
	size_t body_at; /* the first record behind them */
	unsigned id;    /* of the request begun, else 0 */
	bool is_keep;   /* the web server keeps the connection */
	bool has_params;
	size_t reply_len;
	unsigned char reply[80];
};

/* Read a record's header; false when its version is not ours. */
bool fcgi_record_read(const char *at, struct fcgi_record *record);
/* Write a header without padding; <content_len> up to FCGI_CONTENT_MAX. */
void fcgi_record_write(
    void *at, unsigned type, unsigned id, size_t content_len);
/* Write an END_REQUEST record: FCGI_END_SIZE bytes. */
#define FCGI_END_SIZE 16
void fcgi_end_write(void *at, unsigned id, enum fcgi_end how);

/* Go on in the <len> bytes at <at>, which begin where they began the last
 * time. PARAMS are moved together in place, what they stood in is spoiled.
 * <connections_max> is what a GET_VALUES is told. Start with a zeroed scan. */
enum fcgi_scan_result fcgi_scan(
    struct fcgi_scan *scan, char *at, size_t len, unsigned connections_max);

/* The next name-value pair of <params> (3.4), stepping over it. 1; 0 at the
 * end; -1 when it is cut off, has no name or holds a NUL. */
int fcgi_pair(struct bytes *params, struct bytes *name, struct bytes *value);

/* The value of a parameter of a scan with <has_params>; {NULL, 0} if none. */
struct bytes fcgi_scan_param(
    const struct fcgi_scan *scan, const char *at, const char *name);

#endif
