/* core/base/err.h - the errors that functions return, and the words for them.
 *
 * Knows nothing of tickets, HTTP or LMDB; everybody includes it.
 */
#ifndef HOOKDESK_BASE_ERR_H
#define HOOKDESK_BASE_ERR_H

#include <stdint.h>

/* 0 is success. On any other value the function's outputs are untouched. */
enum err {
	ERR_OK = 0,
	ERR_NOMEM,     /* memory is exhausted */
	ERR_INVALID,   /* input breaks a rule; <why> names field and rule */
	ERR_NOT_FOUND, /* no such thing, or none that the actor may see */
	ERR_DENIED,    /* the actor may see it but may not do this */
	ERR_REFUSED,   /* a script said no (event:deny) */
	ERR_EXISTS,    /* a unique key is taken */
	ERR_CONFLICT,  /* somebody else changed it meanwhile: run again */
	ERR_STALE,     /* something came in that the actor had not seen */
	ERR_LIMIT,     /* a quota or rate limit; try again later or less */
	ERR_FULL,      /* disk or map is full, or below min_free */
	ERR_IO,        /* the operating system or a peer failed */
	ERR_CORRUPT,   /* stored bytes are not what was written */
	ERR_TIMEOUT,   /* a deadline passed */
	ERR_BUSY,      /* held by another process or not open yet */
	ERR_NEWER,     /* written by a newer hookdesk than this one */
	ERR__COUNT
};

#define ERR_CHECKED __attribute__((warn_unused_result))
#define PRINTF_LIKE(string, first) \
	__attribute__((format(printf, string, first)))

/* Mark a literal for translation without translating it here. */
#define N_(literal) literal

/* What went wrong, for a person. <message> is an English literal marked with
 * N_(), so that the page that shows it translates it; "{name}" and "{n}" in
 * it stand for the members below. All of it is the caller's storage. */
struct why {
	const char *message; /* static, never NULL once set; "" when unset */
	int64_t n;           /* for {n}: a limit, a line, a count */
	char field[80];      /* the input's field by its API name, or "" */
	char name[256];      /* for {name}: what was given, or a detail */
};

/* "NOT_FOUND" for ERR_NOT_FOUND; static. For logs and the API's "code". */
const char *err_name(enum err err);

/* A sentence for people, marked for translation; static. */
const char *err_message(enum err err);

/* Fill <why>, if it is not NULL, and return <err>: `return why_set(...)`.
 *
 * <field>    API name of the field at fault, or NULL
 * <message>  a literal marked N_()
 * <n>        for {n}
 * <name>     for {name}, copied and cut to fit at a character; may be NULL
 */
enum err why_set(struct why *why, enum err err, const char *field,
    const char *message, int64_t n, const char *name);

/* Write <why> in English into <out>, always NUL-terminated; returns <out>. */
char *why_text(const struct why *why, char *out, unsigned long size);

#endif
