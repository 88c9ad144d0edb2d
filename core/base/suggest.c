/* core/base/suggest.c - Levenshtein's distance over short names. */
#include "config.h"
#include "core/base/suggest.h"

#include <string.h>

#define NAME_MAX_LEN 64

struct suggestion
suggest(const char *name)
{
	return (struct suggestion){ .name = name,
		.distance = strlen(name) < 4 ? 2 : 3 };
}

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

static unsigned
distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	unsigned row[NAME_MAX_LEN + 1];

	if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (unsigned j = 0; j <= b_len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a_len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b_len; j++) {
			unsigned kept = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = min3(kept, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[b_len];
}

void
suggest_try(struct suggestion *s, const char *candidate)
{
	unsigned d = distance(s->name, candidate);

	if (d < s->distance) {
		s->distance = d;
		s->best = candidate;
	}
}
