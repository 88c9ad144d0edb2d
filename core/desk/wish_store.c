/* core/desk/wish_store.c - desk.store: a script's memory between runs. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/quota.h"
#include "core/desk/wish.h"

#define VALUE_MAX 16384   /* bytes of JSON under one key */
#define VALUE_OVERHEAD 24 /* of its record */

/* The record of a key of the running script, made when there is none. */
static enum err
load_value(struct work *work, const struct json *wish, struct touched **out)
{
	struct bytes script = work->actor.script;
	struct bytes key = json_text(json_get(wish, "key"));
	struct buf name = buf_in(work->arena);

	script = bytes_split(&script, '/');
	buf_bytes(&name, script);
	buf_char(&name, '/');
	buf_bytes(&name, key);
	if (name.failed)
		return ERR_NOMEM;
	if (key.len == 0 || name.len > 300)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("A key of desk.store has 1 to 200 bytes."), 0, key);
	return work_value(work, buf_get(&name), out);
}

/* What it takes more than before has to fit. */
static enum err
put_value(struct work *work, struct touched *t, struct bytes text)
{
	int64_t more = (int64_t)text.len -
	    (int64_t)record_text(&t->new, VALUE_VALUE).len;
	enum err err = ERR_OK;

	if (!record_has(&t->new, VALUE_VALUE))
		more += (int64_t)record_text(&t->new, VALUE_NAME).len +
		    VALUE_OVERHEAD;
	if (more > 0)
		err = quota_take_value(&work->read, more, work->why);
	record_set_text(&t->new, VALUE_VALUE, text);
	return err;
}

enum err
wish_store_set(struct work *work, const struct json *wish, struct touched *own)
{
	const struct json *value = json_get(wish, "value");
	struct buf text = buf_in(work->arena);
	struct json_writer w = json_writer(&text);
	struct touched *t;
	bool is_true = true;
	enum err err = load_value(work, wish, &t);

	if (err != ERR_OK)
		return err;
	if (value == NULL || json_type(value) == JSON_NULL ||
	    (json_bool(value, &is_true) && !is_true)) {
		t->is_removed = true;
		return ERR_OK;
	}
	json_put_value(&w, value);
	if (text.failed)
		return ERR_NOMEM;
	if (text.len > VALUE_MAX)
		return work_fail(work, ERR_LIMIT, NULL,
		    N_("desk.store takes {n} bytes a key at most."), VALUE_MAX,
		    BYTES_NONE);
	return put_value(work, t, buf_get(&text));
}

enum err
wish_store_add(struct work *work, const struct json *wish, struct touched *own)
{
	struct buf text = buf_in(work->arena);
	int64_t n = 0, sum = 0;
	struct touched *t;
	enum err err = load_value(work, wish, &t);

	if (err != ERR_OK)
		return err;
	if (record_has(&t->new, VALUE_VALUE) &&
	    bytes_to_int(record_text(&t->new, VALUE_VALUE), &sum) != ERR_OK)
		return work_fail(work, ERR_INVALID, NULL,
		    N_("desk.store:add wants a whole number under \"{name}\"."),
		    0, json_text(json_get(wish, "key")));
	if (!json_int(json_get(wish, "n"), &n) ||
	    __builtin_add_overflow(sum, n, &sum))
		return work_fail(work, ERR_INVALID, NULL,
		    N_("desk.store:add wants a whole number."), 0, BYTES_NONE);
	buf_int(&text, sum);
	if (text.failed)
		return ERR_NOMEM;
	return put_value(work, t, buf_get(&text));
}
