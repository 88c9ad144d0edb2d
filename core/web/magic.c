/* core/web/magic.c - what a file is, by its content. */
#include "config.h"
#include "core/web/magic.h"
#include "core/base/log.h"
#include "core/base/utf8.h"

#include <magic.h>
#include <pthread.h>
#include <stdio.h>

#define UNKNOWN "application/octet-stream"

/* What takes long on hostile bytes, or looks outside of them. */
#define NOT_LOOKED_AT \
	(MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR | MAGIC_NO_CHECK_ELF | \
	    MAGIC_NO_CHECK_CDF | MAGIC_NO_CHECK_TOKENS | MAGIC_NO_CHECK_CSV | \
	    MAGIC_NO_CHECK_JSON)

/* A handle is one thread's at a time; its tables are mapped once. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static magic_t handle;
static bool is_started;

static void
start(void)
{
	is_started = true;
	handle = magic_open(MAGIC_MIME_TYPE | NOT_LOOKED_AT);
	if (handle != NULL && magic_load(handle, NULL) == 0)
		return;
	log_event(LOG_WARN, "magic.load", "error=%s",
	    handle != NULL ? magic_error(handle) : "memory");
	if (handle != NULL)
		magic_close(handle);
	handle = NULL;
}

/* Text without control characters; a character cut at the end is none of the
 * file's fault. */
static bool
is_plain_text(struct bytes head)
{
	const char *at = head.at, *end = head.at + head.len;
	bool is_bad = false;

	while (at < end) {
		const char *before = at;
		uint32_t c = utf8_next(&at, end, &is_bad);

		if (is_bad)
			return head.len == MAGIC_HEAD_SIZE &&
			    end - before < UTF8_MAX;
		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t' &&
			c != '\f') ||
		    c == 0x7f)
			return false;
	}
	return true;
}

void
magic_guess(struct bytes head, char out[MAGIC_TYPE_SIZE])
{
	const char *type = NULL;

	snprintf(out, MAGIC_TYPE_SIZE, "%s", UNKNOWN);
	if (head.len == 0)
		return;
	if (head.len > MAGIC_HEAD_SIZE)
		head.len = MAGIC_HEAD_SIZE;
	pthread_mutex_lock(&lock);
	if (!is_started)
		start();
	if (handle != NULL)
		type = magic_buffer(handle, head.at, head.len);
	if (type != NULL)
		snprintf(out, MAGIC_TYPE_SIZE, "%s", type);
	pthread_mutex_unlock(&lock);
	if (bytes_is(bytes_of(out), "text/plain") && !is_plain_text(head))
		snprintf(out, MAGIC_TYPE_SIZE, "%s", UNKNOWN);
}
