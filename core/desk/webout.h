/* core/desk/webout.h - the web requests of scripts: desk.http.
 *
 * A job of type http has as its name the handler that asked, and as its data
 * the wish (core/script/wire.h). The ticket, if one is named, puts it in line:
 * requests of one ticket go out in order, one that is tried again before those
 * behind it.
 *
 * A request is handed over at least once; each repeat has the same
 * Idempotency-Key. Without an answer, and with one of 429 or 5xx, it is tried
 * again with growing delay, or when the server says, for two hours. Any other
 * answer is final. Then the job that the request names runs once with it, as
 * job.answer; if there is none, a failure raises http.failed.
 */
#ifndef HOOKDESK_DESK_WEBOUT_H
#define HOOKDESK_DESK_WEBOUT_H

#include "core/desk/site.h"

struct job_run;

#define WEBOUT_TIMEOUT_MS 5000
#define WEBOUT_ANSWER_MAX 65536 /* bytes read of an answer */
#define WEBOUT_WISH_MAX 49152   /* bytes of JSON */

/* What came back; in the job's arena. */
struct web_answer {
	int status;        /* 0: none came */
	bool is_ok;        /* 2xx */
	struct bytes text; /* UTF-8, whatever came */
};

/* Make the request of <run>, whose texts do not live in the snapshot. Gives
 * <read> back while it waits. Fills run->answer, ->outcome (ERR_OK: the answer
 * is final), ->error and ->retry_us. ERR_NOMEM, ERR_CORRUPT, ERR_INVALID. */
ERR_CHECKED enum err webout_send(
    struct site_read *read, struct job_run *run, struct arena *arena);

/* The secret setting <key> of the script <file>, in <arena>; BYTES_NONE if the
 * script has none of this name, or it is not secret. <is_declared> (may be
 * NULL) tells the two from one that is not set. ERR_NOMEM. */
ERR_CHECKED enum err webout_secret(const struct site_read *read,
    struct bytes file, struct bytes key, struct arena *arena, struct bytes *out,
    bool *is_declared);

#endif
