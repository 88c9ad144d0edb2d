/* core/pages/api.h - what the pages of the API share, and their routes.
 *
 * JSON in and out, driven by the field tables. Whoever calls is a program
 * with a bearer token, which acts as the agent it is for, or as the desk
 * itself; what it may do is desk_may()'s matter as for everybody else.
 */
#ifndef HOOKDESK_PAGES_API_H
#define HOOKDESK_PAGES_API_H

#include "core/base/json_write.h"
#include "core/desk/act.h"
#include "core/web/page.h"

struct json;

extern const struct route api_routes[];
extern const struct route api_openapi_routes[];

/* Their handlers: api_list_tickets() and so on. */
#define CALL(method, path, handler, summary, takes, gives, list, status) \
	int api_##handler(struct page *page);
#include "core/pages/api.def"
#undef CALL

/* --- who calls --- */

/* The actor of the request's token, with at least the right to read. Returns
 * true; or false with the answer (401, 403, 429, 503) written. */
bool api_actor(struct page *page, struct actor *actor);

/* --- answers; each returns 0: what handlers return --- */

/* {"error": {"code", "message", "field"}} with the status of <err>; <result>
 * (may be NULL) has a script's own words. */
int api_fail(struct page *page, enum err err, const struct why *why,
    const struct act_result *result);
/* The same with a status of its own. */
int api_fail_with(struct page *page, int status, enum err err,
    const struct why *why, const struct act_result *result);
/* Something came since what the program had seen: the error, and what. */
int api_fail_stale(struct page *page, const struct actor *actor,
    const struct act_input *input, const struct why *why);
/* The inside of "error" alone, for lists of results. */
void api_put_error(struct json_writer *w, enum err err, const struct why *why,
    const struct act_result *result);

/* A writer of the answer's body, with its type set. */
struct json_writer api_answer(struct page *page, int status);
/* The version of the record that is shown, for If-Match. */
void api_version(struct page *page, const struct record *record);
/* Returns 0, or 503 when memory ran out while writing. */
int api_finish(struct page *page);

/* --- what was sent --- */

/* The body as a JSON object. True; or false with the answer written. */
bool api_body(struct page *page, const struct json **out);

/* Whether all members of <object> are <known>, a list ended by NULL;
 * ERR_INVALID ("did you mean") if not. */
ERR_CHECKED enum err api_names(
    const struct json *object, const char *const *known, struct why *why);
/* Set the fields that <object> has in <record> (of its kind), and in <cleared>
 * the slots that are given as empty. Members named in <extras>, a list ended
 * by NULL, are the caller's and left alone. ERR_INVALID for unknown names
 * ("did you mean"), fields that cannot be set, and wrong values. */
ERR_CHECKED enum err api_fill(struct page *page,
    const struct directory *directory, const struct json *object,
    const char *const *extras, struct act_input *input, struct why *why);

/* A text member; ERR_INVALID for another type, with the name in <why>. */
ERR_CHECKED enum err api_text(const struct json *object, const char *name,
    struct bytes *out, struct why *why);
/* A list of texts, or one with commas, into <out>; ERR_INVALID over <max>. */
ERR_CHECKED enum err api_texts(const struct json *object, const char *name,
    struct bytes *out, size_t max, size_t *count, struct why *why);
/* An agent by login or id; 0 for null and what is not there. */
ERR_CHECKED enum err api_agent(const struct directory *directory,
    const struct json *object, const char *name, uint64_t *out,
    struct why *why);
/* "text" or "markdown"; <otherwise> when it is not there. */
ERR_CHECKED enum err api_format(const struct json *object,
    enum body_format otherwise, enum body_format *out, struct why *why);

/* "files": what uploads gave as "upload". */
ERR_CHECKED enum err api_files(struct page *page, const struct json *object,
    struct act_input *input, struct why *why);
/* "seen": the newest entry that the program knows; 0 if not given. */
ERR_CHECKED enum err api_seen(
    const struct json *object, uint64_t *seen, struct why *why);

/* An act's input of this request: actor, source, Idempotency-Key, If-Match.
 * ERR_INVALID for a key that is too long. */
ERR_CHECKED enum err api_input(struct page *page, const struct actor *actor,
    enum verb verb, enum kind_id kind, struct act_input *input);

/* limit= of a list, 1 to <max>, and after=, a number, into *<out> where they
 * are given. True; or false with the answer written. */
bool api_limit(struct page *page, size_t max, size_t *out);
bool api_after(struct page *page, uint64_t *out);

/* --- records --- */

/* A ticket as an object: number, url, email, name and all fields. */
ERR_CHECKED enum err api_put_ticket(struct json_writer *w, struct page *page,
    const struct actor *actor, const struct record *ticket);

/* The ticket that the path names, if the actor sees it: else ERR_NOT_FOUND. */
ERR_CHECKED enum err api_find_ticket(
    struct page *page, const struct actor *actor, struct record *ticket);
/* Fill the input of an act on <ticket> from the call's body. What it borrows
 * outlives the look at the desk. */
typedef enum err api_fill_fn(struct page *page, const struct record *ticket,
    const struct json *json, struct act_input *input, struct why *why);

struct api_changed {
	struct actor actor;
	struct act_result result;
};

/* Do <verb>, unless <fill> names another, on the ticket of the path: true and
 * *<done>, which is to be answered; or false when what went wrong is answered
 * and *<status> is what the page returns. */
bool api_change_ticket(struct page *page, enum verb verb, api_fill_fn *fill,
    struct api_changed *done, int *status);

/* An attached file as an object: id, name, type, size, hash, url. */
ERR_CHECKED enum err api_put_file(
    struct json_writer *w, struct page *page, const struct record *file);

#endif
