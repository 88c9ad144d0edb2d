/* core/desk/spent.c - adds up an agent's day. */
#include "config.h"
#include "core/desk/spent.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/zone.h"
#include "core/model/setting.h"

#define LEAST_S 60
#define MOST_S (15 * 60)

/* { "last": UTC seconds, "spent": seconds of that day } */
struct spent {
	int64_t last_s, spent_s;
};

static bool
name_of(uint64_t id, struct arena *arena, struct bytes *out)
{
	struct buf name = buf_in(arena);

	buf_printf(&name, "!spent/%llu", (unsigned long long)id);
	*out = buf_get(&name);
	return !name.failed;
}

static enum err
read_spent(struct arena *arena, const struct record *value, struct spent *out)
{
	const struct json *json = NULL;
	enum err err = ERR_OK;

	*out = (struct spent){ 0, 0 };
	if (record_has(value, VALUE_VALUE))
		err = json_parse(arena, record_text(value, VALUE_VALUE),
		    JSON_BYTES_MAX, &json, NULL);
	(void)json_int(json_get(json, "last"), &out->last_s);
	(void)json_int(json_get(json, "spent"), &out->spent_s);
	return err;
}

/* What was another day's counts no more. */
static void
keep_today(const struct site_read *read, struct spent *spent)
{
	int64_t began_us = zone_day_us(
	    setting_zone(read->directory), read->now_us, 0);

	if (spent->last_s * CLOCK_SECOND_US < began_us)
		spent->spent_s = 0;
}

enum err
spent_add(struct work *work, uint64_t id)
{
	struct buf text = buf_in(work->arena);
	struct json_writer w = json_writer(&text);
	int64_t now_s = work->read.now_us / CLOCK_SECOND_US, took_s;
	struct touched *value;
	struct spent spent;
	struct bytes name;
	enum err err;

	if (!name_of(id, work->arena, &name))
		return ERR_NOMEM;
	err = work_value(work, name, &value);
	if (err == ERR_OK)
		err = read_spent(work->arena, &value->new, &spent);
	if (err != ERR_OK)
		return err;
	keep_today(&work->read, &spent);
	took_s = now_s - spent.last_s;
	spent.spent_s += took_s < LEAST_S ? LEAST_S :
	    took_s > MOST_S               ? MOST_S :
					    took_s;
	json_begin_object(&w);
	json_member_int(&w, "last", now_s);
	json_member_int(&w, "spent", spent.spent_s);
	json_end_object(&w);
	if (text.failed)
		return ERR_NOMEM;
	record_set_text(&value->new, VALUE_VALUE, buf_get(&text));
	return ERR_OK;
}

enum err
spent_today(const struct site_read *read, uint64_t id, struct arena *arena,
    int64_t *seconds)
{
	struct record value;
	struct spent spent;
	struct bytes name;
	enum err err;

	*seconds = 0;
	if (!name_of(id, arena, &name))
		return ERR_NOMEM;
	err = record_find_by(
	    read->snapshot, KIND_VALUE, INDEX_VALUE_NAME, name, &value);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		err = read_spent(arena, &value, &spent);
	if (err != ERR_OK)
		return err;
	keep_today(read, &spent);
	*seconds = spent.spent_s;
	return ERR_OK;
}
