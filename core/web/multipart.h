/* core/web/multipart.h - multipart/form-data as it streams in (RFC 7578).
 *
 * A push parser without input of its own: bytes in pieces of any size go in,
 * calls come out. It keeps one part's header and the boundary, never a body.
 */
#ifndef HOOKDESK_WEB_MULTIPART_H
#define HOOKDESK_WEB_MULTIPART_H

#include "core/base/bytes.h"

#define MULTIPART_HEADER_MAX 4096 /* bytes of one part's header */
#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */
#define MULTIPART_PARTS_MAX 1000

/* The header of a part; borrowed during the call. */
struct multipart_part {
	struct bytes name;      /* of the form's control */
	struct bytes file_name; /* as sent; not to be believed */
	struct bytes type;      /* Content-Type, or empty */
	bool is_file;           /* there was a filename parameter */
};

/* Each returns ERR_OK, or the error to stop with. */
struct multipart_events {
	enum err (*begin)(void *ctx, const struct multipart_part *part);
	enum err (*data)(void *ctx, struct bytes piece);
	enum err (*end)(void *ctx);
	void *ctx;
};

struct multipart {
	const struct multipart_events *events;
	char delimiter[4 + MULTIPART_BOUNDARY_MAX + 1]; /* CR LF - - boundary */
	size_t delimiter_len;
	size_t matched; /* bytes of <delimiter> seen at the end of the input */
	int state;
	size_t parts;
	char header[MULTIPART_HEADER_MAX];
	size_t header_len;
};

/* The boundary of a Content-Type; {NULL, 0} when it is not
 * multipart/form-data or its boundary breaks RFC 2046. */
struct bytes multipart_boundary(struct bytes content_type);

void multipart_init(struct multipart *multipart, struct bytes boundary,
    const struct multipart_events *events);

/* Parse <piece>. Returns ERR_OK; ERR_INVALID when it is malformed; ERR_LIMIT
 * over MULTIPART_HEADER_MAX or MULTIPART_PARTS_MAX; or what an event returned.
 * After an error, feed no more. */
ERR_CHECKED enum err multipart_feed(
    struct multipart *multipart, struct bytes piece);

/* ERR_OK when the closing boundary has come, else ERR_INVALID: cut off. */
ERR_CHECKED enum err multipart_finish(const struct multipart *multipart);

#endif
