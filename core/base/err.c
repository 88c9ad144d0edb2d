/* core/base/err.c - names and sentences of the errors. */
#include "config.h"
#include "core/base/err.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *message;
} errors[ERR__COUNT] = {
	[ERR_OK] = { "ok", N_("Done.") },
	[ERR_NOMEM] = { "no_memory", N_("The server is out of memory.") },
	[ERR_INVALID] = { "invalid", N_("This is not valid.") },
	[ERR_NOT_FOUND] = { "not_found", N_("There is no such thing here.") },
	[ERR_DENIED] = { "denied", N_("You may not do this.") },
	[ERR_REFUSED] = { "refused", N_("A rule of this desk refused this.") },
	[ERR_EXISTS] = { "exists", N_("This exists already.") },
	[ERR_CONFLICT] = { "conflict",
	    N_("Somebody else changed this at the same time.") },
	[ERR_STALE] = { "stale",
	    N_("Something new came in while you were writing.") },
	[ERR_LIMIT] = { "limit", N_("A limit is reached. Try again later.") },
	[ERR_FULL] = { "full",
	    N_("The desk can store nothing at the moment. Try again later.") },
	[ERR_IO] = { "io", N_("Reading or writing failed.") },
	[ERR_CORRUPT] = { "corrupt", N_("Stored data is damaged.") },
	[ERR_TIMEOUT] = { "timeout", N_("It took too long.") },
	[ERR_BUSY] = { "busy", N_("The desk is busy. Try again in a moment.") },
	[ERR_NEWER] = { "newer",
	    N_("This desk was written by a newer version of hookdesk.") },
};

const char *
err_name(enum err err)
{
	return (unsigned)err < ERR__COUNT ? errors[err].name : "unknown";
}

const char *
err_message(enum err err)
{
	return (unsigned)err < ERR__COUNT ? errors[err].message : "";
}

/* Copy as much of <text> as fits, without cutting a UTF-8 sequence. */
static void
copy_cut(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

enum err
why_set(struct why *why, enum err err, const char *field, const char *message,
    int64_t n, const char *name)
{
	if (why == NULL)
		return err;
	why->message = message;
	why->n = n;
	copy_cut(why->field, sizeof why->field, field != NULL ? field : "");
	copy_cut(why->name, sizeof why->name, name != NULL ? name : "");
	return err;
}

char *
why_text(const struct why *why, char *out, unsigned long size)
{
	const char *p = why->message != NULL ? why->message : "";
	char number[24];
	size_t used = 0;

	if (size == 0)
		return out;
	snprintf(number, sizeof number, "%lld", (long long)why->n);
	while (*p != '\0' && used + 1 < size) {
		const char *insert = NULL;
		size_t len;

		if (strncmp(p, "{n}", 3) == 0) {
			insert = number;
			p += 3;
		} else if (strncmp(p, "{name}", 6) == 0) {
			insert = why->name;
			p += 6;
		} else {
			out[used++] = *p++;
			continue;
		}
		len = strlen(insert);
		if (len > size - 1 - used)
			len = size - 1 - used;
		memcpy(out + used, insert, len);
		used += len;
	}
	out[used] = '\0';
	return out;
}
