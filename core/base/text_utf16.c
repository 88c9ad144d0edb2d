/* core/base/text_utf16.c - a thread's UTF-16 buffers, and normal forms. */
#include "config.h"
#include "core/base/text_utf16.h"

#include "core/base/utf8.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#define KEEP_MAX 65536 /* units; larger ones are given back */

static pthread_key_t scratch_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void
free_scratch(void *scratch)
{
	struct utf16 *pair = scratch;

	free(pair[0].at);
	free(pair[1].at);
	free(pair);
}

static void
make_key(void)
{
	has_key = pthread_key_create(&scratch_key, free_scratch) == 0;
}

struct utf16 *
utf16_take(void)
{
	struct utf16 *pair;

	pthread_once(&once, make_key);
	if (!has_key)
		return NULL;
	pair = pthread_getspecific(scratch_key);
	if (pair == NULL) {
		pair = calloc(2, sizeof *pair);
		if (pair == NULL)
			return NULL;
		if (pthread_setspecific(scratch_key, pair) != 0) {
			free(pair);
			return NULL;
		}
	}
	pair[0].len = pair[1].len = 0;
	return pair;
}

void
utf16_leave(void)
{
	struct utf16 *pair = has_key ? pthread_getspecific(scratch_key) : NULL;

	for (int i = 0; pair != NULL && i < 2; i++) {
		if (pair[i].cap > KEEP_MAX) {
			free(pair[i].at);
			pair[i] = (struct utf16){ .at = NULL };
		}
	}
}

bool
utf16_reserve(struct utf16 *u, size_t cap)
{
	size_t size = cap < 256 ? 256 : cap + cap / 4;
	char16_t *at;

	if (cap <= (size_t)u->cap)
		return true;
	if (size > INT32_MAX / sizeof *at)
		return false;
	at = realloc(u->at, size * sizeof *at);
	if (at == NULL)
		return false;
	u->at = at;
	u->cap = (int32_t)size;
	return true;
}

void
utf16_release(struct utf16 *u)
{
	free(u->at);
	*u = (struct utf16){ .at = NULL };
}

bool
utf16_set(struct utf16 *u, struct bytes text)
{
	const char *p = text.at, *end = p + text.len;
	bool bad = false;
	int marks = 0;

	u->len = 0;
	if (!utf16_reserve(u, text.len + 2))
		return false;
	while (p < end) {
		uint32_t c = utf8_next(&p, end, &bad);

		if (c >= 0x300 && u_getCombiningClass((UChar32)c) != 0)
			marks++;
		else
			marks = 0;
		if (marks <= TEXT_MARKS_MAX)
			utf16_put(u, c);
	}
	return true;
}

void
utf16_add_to(struct buf *out, const char16_t *at, int32_t len)
{
	const struct utf16 u = { (char16_t *)at, len, len };
	int32_t i = 0;

	/* A unit of UTF-16 takes at most three bytes. */
	if (!buf_reserve(out, (size_t)len * 3))
		return;
	while (i < len)
		out->len += utf8_put(out->at + out->len, utf16_next(&u, &i));
}

/* ICU's tables for <form>; built in, so that it cannot fail at run time. */
static const UNormalizer2 *
normalizer(enum utf16_form form)
{
	UErrorCode status = U_ZERO_ERROR;

	switch (form) {
	case UTF16_NFC: return unorm2_getNFCInstance(&status);
	case UTF16_NFD: return unorm2_getNFDInstance(&status);
	default: return unorm2_getNFKCCasefoldInstance(&status);
	}
}

bool
utf16_normalize(enum utf16_form form, const struct utf16 *in, struct utf16 *out)
{
	const UNormalizer2 *with = normalizer(form);
	UErrorCode status = U_ZERO_ERROR;

	if (with == NULL || !utf16_reserve(out, (size_t)in->len + 16))
		return false;
	out->len = unorm2_normalize(
	    with, in->at, in->len, out->at, out->cap, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR) {
		status = U_ZERO_ERROR;
		if (!utf16_reserve(out, (size_t)out->len + 1))
			return false;
		out->len = unorm2_normalize(
		    with, in->at, in->len, out->at, out->cap, &status);
	}
	if (U_FAILURE(status))
		out->len = 0;
	return U_SUCCESS(status);
}

void
utf16_join_i(struct utf16 *u)
{
	int32_t to = 0;

	for (int32_t i = 0; i < u->len; i++) {
		char16_t c = u->at[i];

		if (c == 0x131) /* dotless i */
			c = 'i';
		/* A capital I with a dot folds to an i and a dot. */
		if (c == 0x307 && to > 0 && u->at[to - 1] == 'i')
			continue;
		u->at[to++] = c;
	}
	u->len = to;
}
