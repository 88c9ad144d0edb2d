/* core/base/stem.c - libstemmer, a stemmer of each language for each thread. */
#include "config.h"
#include "core/base/stem.h"

#include <libstemmer.h>
#include <pthread.h>
#include <stdlib.h>

struct stemmers {
	struct sb_stemmer *of[STEM__COUNT];
};

static const char *const names[STEM__COUNT] = {
	[STEM_ENGLISH] = "english",
	[STEM_GERMAN] = "german",
};

static pthread_key_t stemmers_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_key;

static void
free_stemmers(void *arg)
{
	struct stemmers *stemmers = arg;

	for (int i = 0; i < STEM__COUNT; i++)
		sb_stemmer_delete(stemmers->of[i]);
	free(stemmers);
}

static void
make_key(void)
{
	has_key = pthread_key_create(&stemmers_key, free_stemmers) == 0;
}

static struct sb_stemmer *
get_stemmer(enum stem_language language)
{
	struct stemmers *stemmers;

	pthread_once(&once, make_key);
	if (!has_key)
		return NULL;
	stemmers = pthread_getspecific(stemmers_key);
	if (stemmers == NULL) {
		stemmers = calloc(1, sizeof *stemmers);
		if (stemmers == NULL)
			return NULL;
		if (pthread_setspecific(stemmers_key, stemmers) != 0) {
			free(stemmers);
			return NULL;
		}
	}
	if (stemmers->of[language] == NULL)
		stemmers->of[language] = sb_stemmer_new(
		    names[language], "UTF_8");
	return stemmers->of[language];
}

size_t
stem_word(enum stem_language language, struct bytes word, char out[STEM_MAX])
{
	struct sb_stemmer *with = get_stemmer(language);
	const sb_symbol *stem;
	size_t len;

	if (with == NULL || word.len == 0 || word.len > STEM_MAX)
		return 0;
	stem = sb_stemmer_stem(with, (const sb_symbol *)word.at, (int)word.len);
	if (stem == NULL)
		return 0;
	len = (size_t)sb_stemmer_length(with);
	if (len > STEM_MAX)
		return 0;
	memcpy(out, stem, len);
	return len;
}
