/* core/base/suggest.h - "did you mean": the most similar of some names. */
#ifndef HOOKDESK_BASE_SUGGEST_H
#define HOOKDESK_BASE_SUGGEST_H

struct suggestion {
	const char *name; /* as it was typed */
	const char *best; /* the most similar so far, or NULL */
	unsigned distance;
};

/* Begin: names within two typing errors (one for short ones) will do. */
struct suggestion suggest(const char *name);
/* Look at one that exists; borrowed while the suggestion is in use. */
void suggest_try(struct suggestion *s, const char *candidate);

#endif
