/* core/pages/own_text.c - values of custom fields as people read them. */
#include "config.h"
#include "core/pages/own_text.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/text_format.h"
#include "core/base/time_text.h"
#include "core/base/zone.h"
#include "core/model/own.h"

#define DIGITS_MAX 6 /* behind the point */

/* Add <value> by its type; false for what is none of it. */
typedef bool add_fn(
    struct page *page, struct buf *out, const char *locale, struct bytes value);

static bool
add_number(
    struct page *page, struct buf *out, const char *locale, struct bytes value)
{
	const struct json *json = NULL;
	double n;

	if (json_parse(page->arena, value, JSON_BYTES_MAX, &json, NULL) !=
		ERR_OK ||
	    !json_number(json, &n))
		return false;
	text_decimal(out, locale, n, DIGITS_MAX);
	return true;
}

static bool
add_bool(
    struct page *page, struct buf *out, const char *locale, struct bytes value)
{
	(void)locale;
	if (!bytes_is(value, "true") && !bytes_is(value, "false"))
		return false;
	buf_text(
	    out, page_tr(page, bytes_is(value, "true") ? N_("Yes") : N_("No")));
	return true;
}

static bool
add_date(
    struct page *page, struct buf *out, const char *locale, struct bytes value)
{
	int64_t us;

	if (!time_text_read(value, &us, NULL))
		return false;
	text_date(out, locale, zone_utc(), TEXT_DATE_DAY, us, page->now_us);
	return true;
}

static bool
add_time(
    struct page *page, struct buf *out, const char *locale, struct bytes value)
{
	int64_t us;

	if (!time_text_read(value, &us, NULL))
		return false;
	text_date(out, locale, page->zone, TEXT_DATE_LONG, us, page->now_us);
	return true;
}

static bool
add_choices(
    struct page *page, struct buf *out, const char *locale, struct bytes value)
{
	struct bytes item;

	(void)page;
	(void)locale;
	while (own_next_item(&value, &item)) {
		buf_text(out, out->len > 0 ? ", " : "");
		buf_bytes(out, item);
	}
	return true;
}

/* Whole numbers are as they are: many are names, such as an order's. */
static add_fn *const adds[OWN__COUNT] = {
	[OWN_NUMBER] = add_number,
	[OWN_BOOL] = add_bool,
	[OWN_DATE] = add_date,
	[OWN_TIME] = add_time,
	[OWN_CHOICES] = add_choices,
};

struct bytes
own_text(struct page *page, const struct record *field, struct bytes value)
{
	struct buf out = buf_in(page->arena);
	add_fn *add = adds[own_type(field)];

	if (value.len == 0 || add == NULL ||
	    !add(page, &out, languages[page->lang].code, value))
		return value;
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* The field without its limits: what was kept stays what it is when they are
 * drawn closer. */
static struct record
without_limits(const struct record *field)
{
	struct record free = *field;

	record_clear(&free, FIELD_MIN);
	record_clear(&free, FIELD_MAX);
	return free;
}

bool
own_fits(struct page *page, const struct directory *directory,
    const struct record *field, struct bytes text)
{
	struct bytes value;
	struct why why = { .message = "" };
	const struct own_reader reader = { directory, page->arena, &why,
		page->zone };
	const struct record free = without_limits(field);

	return own_from_text(&reader, &free, text, &value) == ERR_OK;
}

/* What JSON says without a field to read it by. */
static struct bytes
plain_text(struct page *page, const struct json *json)
{
	struct buf out = buf_in(page->arena);
	struct json_writer w = json_writer(&out);

	if (json_type(json) == JSON_TEXT || json_type(json) <= JSON_NULL)
		return json_text(json);
	if (json_type(json) != JSON_LIST)
		json_put_value(&w, json);
	for (const struct json *i = json_first(json);
	     i != NULL && json_type(json) == JSON_LIST; i = json_next(i)) {
		buf_text(&out, out.len > 0 ? ", " : "");
		buf_bytes(&out, json_text(i));
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}

struct bytes
own_text_of_json(struct page *page, const struct directory *directory,
    const struct record *field, const struct json *json)
{
	struct why why = { .message = "" };
	const struct own_reader reader = { directory, page->arena, &why, NULL };
	struct record free;
	struct bytes value;

	if (field == NULL || json == NULL)
		return plain_text(page, json);
	free = without_limits(field);
	return own_from_json(&reader, &free, json, &value) == ERR_OK ?
	    own_text(page, field, value) :
	    plain_text(page, json);
}
