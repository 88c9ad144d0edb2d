/* core/desk/wish_http.c - desk.http: the job of a web request. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/http.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/raise.h"
#include "core/desk/webout.h"
#include "core/desk/wish.h"

static bool
are_headers(const struct json *headers)
{
	if (headers == NULL)
		return true;
	if (json_type(headers) != JSON_OBJECT ||
	    json_count(headers) > HTTP_FIELDS_MAX)
		return false;
	for (const struct json *i = json_first(headers); i != NULL;
	     i = json_next(i))
		if (json_type(i) != JSON_TEXT ||
		    !http_is_field(bytes_of(json_name(i))) ||
		    !http_is_value(json_text(i)))
			return false;
	return true;
}

/* The script host has said it better, with the script's line. */
static enum err
check(struct work *work, const struct json *wish)
{
	const struct json *body = json_get(wish, "body");
	const struct {
		bool is_right;
		const char *name;
	} table[] = {
		{ http_is_method(json_text(json_get(wish, "method"))),
		    "method" },
		{ http_is_url(json_text(json_get(wish, "url"))), "url" },
		{ are_headers(json_get(wish, "headers")), "headers" },
		{ body == NULL || json_type(body) == JSON_TEXT, "body" },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!table[i].is_right)
			return work_fail(work, ERR_INVALID, NULL,
			    N_("desk.http: \"{name}\" is not as it should be."),
			    0, bytes_of(table[i].name));
	return ERR_OK;
}

/* What it is signed with; the words do not repeat what may be the secret. */
static enum err
check_sign(struct work *work, const struct json *wish)
{
	const struct json *sign = json_get(wish, "sign");
	struct bytes script = work->cause.script, secret;
	bool is_declared = false;
	enum err err;

	if (sign == NULL)
		return ERR_OK;
	err = webout_secret(&work->read, bytes_split(&script, '/'),
	    json_text(sign), work->arena, &secret, &is_declared);
	if (err == ERR_OK && !is_declared)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("desk.http: \"sign\" is the name of a setting of this "
		       "script with secret = true."),
		    0, BYTES_NONE);
	return err;
}

enum err
wish_http(struct work *work, const struct json *wish, struct touched *own)
{
	struct bytes answer = BYTES_NONE;
	struct bytes chain = work->cause.chain, circle;
	struct buf data = buf_in(work->arena);
	struct json_writer w = json_writer(&data);
	struct touched *ticket = NULL;
	struct record job;
	enum err err = check(work, wish);

	if (err == ERR_OK)
		err = check_sign(work, wish);
	if (err == ERR_OK && json_get(wish, "ticket") != NULL)
		err = wish_ticket(work, wish, own, &ticket);
	if (err == ERR_OK && json_get(wish, "answer") != NULL)
		err = wish_job(work, wish, "answer", &answer);
	if (err != ERR_OK)
		return err;
	if (answer.len > 0)
		err = chain_add(work->arena, work->cause.chain, answer,
		    ticket != NULL ? ticket->new.id : 0, &chain, &circle);
	if (err == ERR_LIMIT)
		return work_fail(work, err, NULL,
		    N_("These handlers go in a circle: {name}"), 0, circle);
	if (err != ERR_OK)
		return err;
	json_put_value(&w, wish);
	if (data.failed)
		return ERR_NOMEM;
	if (data.len > WEBOUT_WISH_MAX)
		return work_fail(work, ERR_LIMIT, NULL,
		    N_("desk.http takes {n} bytes at most."), WEBOUT_WISH_MAX,
		    BYTES_NONE);
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_HTTP);
	record_set_text(&job, JOB_NAME, work->cause.script);
	if (ticket != NULL)
		record_set_int(&job, JOB_TICKET, (int64_t)ticket->new.id);
	record_set_text(&job, JOB_DATA, buf_get(&data));
	record_set_text(&job, JOB_CHAIN, chain);
	return work_add_job(work, &job);
}
