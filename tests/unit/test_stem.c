/* tests/unit/test_stem.c */
#include "config.h"
#include "core/base/stem.h"

#include "tests/tap.h"

#include <pthread.h>

static bool
same(enum stem_language language, const char *a, const char *b)
{
	char x[STEM_MAX], y[STEM_MAX];
	size_t n = stem_word(language, bytes_of(a), x);
	size_t m = stem_word(language, bytes_of(b), y);

	return n > 0 && n == m && memcmp(x, y, n) == 0;
}

static void
test_stem_word__is_one_for_the_forms_of_a_word(void)
{
	CHECK(same(STEM_ENGLISH, "refund", "refunded"));
	CHECK(same(STEM_ENGLISH, "refunds", "refunding"));
	CHECK(same(STEM_ENGLISH, "study", "studies"));
	CHECK(!same(STEM_ENGLISH, "parcel", "party"));
	CHECK(same(STEM_GERMAN, "rechnung", "rechnungen"));
	CHECK(same(STEM_GERMAN, "paket", "pakete"));
	CHECK(!same(STEM_GERMAN, "paket", "pakistan"));
}

static void
test_stem_word__keeps_to_its_limits(void)
{
	char out[STEM_MAX], word[STEM_MAX + 1];

	memset(word, 'x', sizeof word);
	CHECK_INT(
	    stem_word(STEM_ENGLISH, (struct bytes){ word, sizeof word }, out),
	    0);
	CHECK_INT(
	    stem_word(STEM_ENGLISH, (struct bytes){ word, STEM_MAX }, out),
	    STEM_MAX);
	CHECK_INT(stem_word(STEM_ENGLISH, BYTES_NONE, out), 0);
	CHECK(stem_word(STEM_GERMAN, BYTES("\xe9\x80\x80\xe6\xac\xbe"), out) ==
	    6);
}

static void *
stem_often(void *ok)
{
	bool all = true;

	for (int i = 0; i < 1000; i++)
		all = all && same(STEM_ENGLISH, "refund", "refunded") &&
		    same(STEM_GERMAN, "paket", "pakete");
	*(bool *)ok = all;
	return NULL;
}

static void
test_stem_word__may_be_called_by_any_thread(void)
{
	pthread_t threads[3];
	bool ok[3] = { false };
	int started = 0;

	while (started < 3 &&
	    pthread_create(&threads[started], NULL, stem_often, &ok[started]) ==
		0)
		started++;
	CHECK_INT(started, 3);
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ok[i]);
	}
}

int
main(void)
{
	RUN(test_stem_word__is_one_for_the_forms_of_a_word);
	RUN(test_stem_word__keeps_to_its_limits);
	RUN(test_stem_word__may_be_called_by_any_thread);
	return tap_done();
}
