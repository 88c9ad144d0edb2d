/* core/model/own.c - values of custom fields, and what makes a field. */
#include "config.h"
#include "core/model/own.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/base/time_text.h"
#include "core/base/utf8.h"
#include "core/base/zone.h"
#include "core/model/setting.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_BYTES_MAX 2000
#define YEAR_1_S INT64_C(-62135596800) /* seconds since 1970 */
#define YEAR_10000_S INT64_C(253402300800)
#define TEXT_BYTES_MAX 6000 /* of several lines */

/* A value on its way in. */
struct reading {
	const struct own_reader *reader;
	const struct record *field;
};

static enum err
fail(
    const struct reading *r, const char *message, int64_t n, struct bytes given)
{
	struct bytes key = record_key(r->field);
	char at[sizeof r->reader->why->field], name[200];

	snprintf(at, sizeof at, "fields.%.*s", BYTES_ARG(key));
	snprintf(name, sizeof name, "%.*s",
	    BYTES_ARG(utf8_cut(given, sizeof name - 1)));
	return why_set(r->reader->why, ERR_INVALID, at, message, n, name);
}

/* ---- a reader for each type: <text> is clean and not empty ---- */

typedef enum err read_fn(
    const struct reading *r, struct bytes text, struct bytes *out);

/* The whole of <text> as a number. */
static bool
number_of(struct bytes text, double *out)
{
	char copy[64], *end;

	if (text.len == 0 || text.len >= sizeof copy)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (memchr("0123456789+-.eE", text.at[i], 15) == NULL)
			return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out);
}

/* -1, 0 or 1: a number against another, a day or time against another. */
static int
compare(enum own_type type, struct bytes a, struct bytes b)
{
	double m = 0, n = 0;

	if (type != OWN_INTEGER && type != OWN_NUMBER)
		return bytes_compare(a, b);
	if (!number_of(a, &m) || !number_of(b, &n))
		return 0;
	return (m > n) - (m < n);
}

static enum err
check_limits(const struct reading *r, struct bytes value, struct bytes *out)
{
	enum own_type type = own_type(r->field);
	struct bytes min = record_text(r->field, FIELD_MIN);
	struct bytes max = record_text(r->field, FIELD_MAX);

	if (min.len > 0 && compare(type, value, min) < 0)
		return fail(r, N_("It is {name} at least."), 0, min);
	if (max.len > 0 && compare(type, value, max) > 0)
		return fail(r, N_("It is {name} at most."), 0, max);
	*out = value;
	return ERR_OK;
}

/* What was written into <buf>, if it is within the limits. */
static enum err
take(const struct reading *r, struct buf *buf, struct bytes *out)
{
	return buf->failed ? ERR_NOMEM : check_limits(r, buf_get(buf), out);
}

static enum err
read_plain(const struct reading *r, struct bytes text, struct bytes *out)
{
	*out = text;
	return ERR_OK;
}

static enum err
read_integer(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf buf = buf_in(r->reader->arena);
	int64_t n;

	if (bytes_to_int(text, &n) != ERR_OK || n > JSON_INT_MAX ||
	    n < -JSON_INT_MAX)
		return fail(r, N_("\"{name}\" is no whole number."), 0, text);
	buf_int(&buf, n);
	return take(r, &buf, out);
}

static enum err
read_number(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf buf = buf_in(r->reader->arena);
	struct json_writer w = json_writer(&buf);
	double n;

	if (!number_of(text, &n))
		return fail(r, N_("\"{name}\" is no number."), 0, text);
	json_put_number(&w, n == 0 ? 0 : n); /* never -0 */
	return take(r, &buf, out);
}

static enum err
read_bool(const struct reading *r, struct bytes text, struct bytes *out)
{
	static const struct {
		const char *word;
		bool is_on;
	} words[] = { { "true", true }, { "1", true }, { "on", true },
		{ "yes", true }, { "false", false }, { "0", false },
		{ "off", false }, { "no", false } };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (bytes_is(text, words[i].word)) {
			*out = words[i].is_on ? BYTES("true") : BYTES("false");
			return ERR_OK;
		}
	return fail(r, N_("Say true or false, not \"{name}\"."), 0, text);
}

static enum err
read_date(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf buf = buf_in(r->reader->arena);
	char time[TIME_TEXT_SIZE];
	int64_t us;

	if (text.len > 10 || !time_text_read(text, &us, NULL))
		return fail(
		    r, N_("\"{name}\" is no date: write 2026-01-31."), 0, text);
	time_text_write(time, us);
	buf_bytes(&buf, (struct bytes){ time, 10 });
	return take(r, &buf, out);
}

/* What a clock on the reader's wall showed. */
static enum err
from_local(const struct reading *r, int64_t *us)
{
	const struct zone *zone = r->reader->zone;
	struct zone_time local;

	if (zone == NULL)
		zone = setting_zone(r->reader->directory);
	zone_from_us(zone_utc(), *us, &local);
	return zone_to_us(zone, &local, us);
}

static enum err
read_time(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf buf = buf_in(r->reader->arena);
	char time[TIME_TEXT_SIZE];
	bool is_local = false;
	int64_t us;

	if (!time_text_read(text, &us, &is_local) ||
	    (is_local && from_local(r, &us) != ERR_OK))
		return fail(r,
		    N_("\"{name}\" is no time: write 2026-01-31 12:30."), 0,
		    text);
	time_text_write(time, us);
	buf_text(&buf, time);
	return take(r, &buf, out);
}

static enum err
refuse_word(const struct reading *r)
{
	struct bytes words = record_text(r->field, FIELD_WORDS), word;
	struct buf all = buf_in(r->reader->arena);

	while (list_next_text(&words, &word)) {
		buf_text(&all, all.len > 0 ? ", " : "");
		buf_bytes(&all, word);
	}
	return all.failed ? ERR_NOMEM :
			    fail(r, N_("One of these is wanted here: {name}."),
				0, buf_get(&all));
}

static enum err
read_choice(const struct reading *r, struct bytes text, struct bytes *out)
{
	*out = text;
	return list_has_text(record_text(r->field, FIELD_WORDS), text) ?
	    ERR_OK :
	    refuse_word(r);
}

static bool
has_line(struct bytes lines, struct bytes wanted)
{
	struct bytes item;

	while (own_next_item(&lines, &item))
		if (bytes_equal(item, wanted))
			return true;
	return false;
}

/* Words with commas or lines between, each once. */
static enum err
read_choices(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf buf = buf_in(r->reader->arena);
	struct bytes lines = text;
	enum err err = ERR_OK;

	while (err == ERR_OK && lines.len > 0) {
		struct bytes line = bytes_split(&lines, '\n');

		while (err == ERR_OK && line.len > 0) {
			struct bytes word = bytes_trim(bytes_split(&line, ','));

			if (word.len == 0 || has_line(buf_get(&buf), word))
				continue;
			err = read_choice(r, word, &word);
			buf_text(&buf, buf.len > 0 ? "\n" : "");
			buf_bytes(&buf, word);
		}
	}
	*out = buf_get(&buf);
	return err == ERR_OK && buf.failed ? ERR_NOMEM : err;
}

static enum err
read_email(const struct reading *r, struct bytes text, struct bytes *out)
{
	struct buf clean = buf_in(r->reader->arena);
	struct buf key = buf_in(r->reader->arena);
	struct why why = { .message = "" };
	enum err err = text_email(&clean, text, &why);

	if (err == ERR_INVALID)
		return fail(r, why.message, why.n, bytes_of(why.name));
	text_email_key(&key, buf_get(&clean));
	*out = buf_get(&key);
	return err == ERR_OK && key.failed ? ERR_NOMEM : err;
}

static enum err
read_url(const struct reading *r, struct bytes text, struct bytes *out)
{
	size_t before = bytes_start_with(text, BYTES("https://")) ? 8 :
	    bytes_start_with(text, BYTES("http://"))              ? 7 :
								    text.len;

	if (text.len <= before || bytes_has(text, ' '))
		return fail(r, N_("An address begins with https://."), 0, text);
	*out = text;
	return ERR_OK;
}

static const struct {
	read_fn *read;
	bool has_lines;  /* line breaks are kept */
	bool has_limits; /* <min> and <max> mean something */
} types[OWN__COUNT] = {
	[OWN_TEXT] = { read_plain, false, false },
	[OWN_LONG_TEXT] = { read_plain, true, false },
	[OWN_INTEGER] = { read_integer, false, true },
	[OWN_NUMBER] = { read_number, false, true },
	[OWN_BOOL] = { read_bool, false, false },
	[OWN_DATE] = { read_date, false, true },
	[OWN_TIME] = { read_time, false, true },
	[OWN_CHOICE] = { read_choice, false, false },
	[OWN_CHOICES] = { read_choices, true, false },
	[OWN_EMAIL] = { read_email, false, false },
	[OWN_URL] = { read_url, false, false },
};

/* ---- reading ---- */

enum own_type
own_type(const struct record *field)
{
	int64_t type = record_int(field, FIELD_TYPE);

	if (type < 0 || type >= OWN__COUNT)
		return OWN_TEXT; /* of a newer version */
	return type == OWN_TEXT && record_has(field, FIELD_WORDS) ?
	    OWN_CHOICE :
	    (enum own_type)type;
}

enum kind_id
own_kind(const struct record *field)
{
	const struct kind *kind = kind_named(
	    bytes_of(record_word(field, FIELD_OF)));

	return kind != NULL ? kind->id : KIND_NONE;
}

enum err
own_from_text(const struct own_reader *reader, const struct record *field,
    struct bytes text, struct bytes *out)
{
	const struct reading r = { reader, field };
	enum own_type type = own_type(field);
	size_t max = types[type].has_lines ? TEXT_BYTES_MAX : LINE_BYTES_MAX;
	struct buf clean = buf_in(reader->arena);

	if (types[type].has_lines)
		text_repair(&clean, text);
	else
		text_repair_line(&clean, text);
	if (clean.failed)
		return ERR_NOMEM;
	text = bytes_trim(buf_get(&clean));
	if (text.len > max)
		return fail(&r, N_("This is too long: at most {n} bytes."),
		    (int64_t)max, BYTES_NONE);
	if (text.len == 0) {
		*out = BYTES_NONE;
		return ERR_OK;
	}
	return types[type].read(&r, text, out);
}

/* A list of texts as lines. */
static enum err
from_list(const struct reading *r, const struct json *json, struct bytes *out)
{
	struct buf lines = buf_in(r->reader->arena);

	for (const struct json *i = json_first(json); i != NULL;
	     i = json_next(i)) {
		if (json_type(i) != JSON_TEXT)
			return fail(r, N_("A list of texts is wanted here."), 0,
			    BYTES_NONE);
		buf_bytes(&lines, json_text(i));
		buf_char(&lines, '\n');
	}
	return lines.failed ?
	    ERR_NOMEM :
	    own_from_text(r->reader, r->field, buf_get(&lines), out);
}

/* A number as it would be typed. */
static enum err
from_number(const struct reading *r, const struct json *json, struct bytes *out)
{
	struct buf text = buf_in(r->reader->arena);
	struct json_writer w = json_writer(&text);
	char time[TIME_TEXT_SIZE];
	int64_t n;

	if (own_type(r->field) == OWN_TIME && json_int(json, &n) &&
	    n >= YEAR_1_S && n < YEAR_10000_S) {
		time_text_write(time, n * 1000000);
		buf_text(&text, time);
	} else {
		json_put_value(&w, json);
	}
	return text.failed ?
	    ERR_NOMEM :
	    own_from_text(r->reader, r->field, buf_get(&text), out);
}

enum err
own_from_json(const struct own_reader *reader, const struct record *field,
    const struct json *json, struct bytes *out)
{
	const struct reading r = { reader, field };
	enum own_type type = own_type(field);
	bool is_on = false;

	switch (json_type(json)) {
	case JSON_TEXT:
		return own_from_text(reader, field, json_text(json), out);
	case JSON_NUMBER: return from_number(&r, json, out);
	case JSON_NULL: *out = BYTES_NONE; return ERR_OK;
	case JSON_LIST:
		if (type == OWN_CHOICES)
			return from_list(&r, json, out);
		break;
	case JSON_BOOL:
		(void)json_bool(json, &is_on);
		if (type == OWN_BOOL || !is_on) {
			*out = type != OWN_BOOL ? BYTES_NONE :
			    is_on               ? BYTES("true") :
						  BYTES("false");
			return ERR_OK;
		}
		break;
	default: break;
	}
	return fail(&r, N_("A value of another type is wanted here."), 0,
	    bytes_of(json_type_name(json_type(json))));
}

/* ---- writing ---- */

bool
own_next_item(struct bytes *rest, struct bytes *item)
{
	if (rest->len == 0)
		return false;
	*item = bytes_split(rest, '\n');
	return true;
}

static void
put_items(struct json_writer *out, struct bytes value)
{
	struct bytes item;

	json_begin_list(out);
	while (own_next_item(&value, &item))
		json_put_text(out, item);
	json_end_list(out);
}

void
own_to_json(struct json_writer *out, const struct record *field,
    struct bytes value, bool iso)
{
	enum own_type type = own_type(field);
	double number;
	int64_t n;

	if (type == OWN_INTEGER && bytes_to_int(value, &n) == ERR_OK)
		json_put_int(out, n);
	else if (type == OWN_NUMBER && number_of(value, &number))
		json_put_number(out, number);
	else if (type == OWN_BOOL &&
	    (bytes_is(value, "true") || bytes_is(value, "false")))
		json_put_bool(out, bytes_is(value, "true"));
	else if (type == OWN_TIME && !iso && time_text_read(value, &n, NULL))
		json_put_int(out, n / 1000000);
	else if (type == OWN_CHOICES)
		put_items(out, value);
	else
		json_put_text(out, value);
}

/* ---- fields ---- */

static enum err
refuse(
    const struct own_reader *reader, int slot, const char *message, int64_t n)
{
	return why_set(reader->why, ERR_INVALID,
	    kind_get(KIND_FIELD)->fields[slot].name, message, n, NULL);
}

/* A limit is a value of the field itself. */
static enum err
check_limit(const struct own_reader *reader, struct record *field, int slot)
{
	struct bytes text = record_text(field, slot);
	struct record free = *field;
	enum err err;

	if (text.len == 0)
		return ERR_OK;
	if (!types[own_type(field)].has_limits)
		return refuse(reader, slot,
		    N_("Only numbers, dates and times have limits."), 0);
	record_clear(&free, FIELD_MIN);
	record_clear(&free, FIELD_MAX);
	err = own_from_text(reader, &free, text, &text);
	if (err == ERR_OK)
		record_set_text(field, slot, text);
	else if (err == ERR_INVALID && reader->why != NULL)
		snprintf(reader->why->field, sizeof reader->why->field, "%s",
		    field->kind->fields[slot].name);
	return err;
}

static enum err
check_limits_of(const struct own_reader *reader, struct record *field)
{
	enum err err = check_limit(reader, field, FIELD_MIN);

	if (err == ERR_OK)
		err = check_limit(reader, field, FIELD_MAX);
	if (err == ERR_OK && record_has(field, FIELD_MIN) &&
	    record_has(field, FIELD_MAX) &&
	    compare(own_type(field), record_text(field, FIELD_MIN),
		record_text(field, FIELD_MAX)) > 0)
		err = refuse(reader, FIELD_MAX,
		    N_("The largest is under the least."), 0);
	return err;
}

static enum err
check_index(const struct own_reader *reader, const struct record *field)
{
	size_t all, count = 0;
	const struct record *const *fields = directory_all(
	    reader->directory, KIND_FIELD, &all);

	if (!record_int(field, FIELD_IS_INDEXED))
		return ERR_OK;
	if (own_kind(field) != KIND_TICKET)
		return refuse(reader, FIELD_IS_INDEXED,
		    N_("Only a ticket's fields are indexed."), 0);
	if (own_type(field) == OWN_LONG_TEXT)
		return refuse(reader, FIELD_IS_INDEXED,
		    N_("Long texts are not indexed: search finds them."), 0);
	for (size_t i = 0; i < all; i++)
		count += fields[i]->id != field->id &&
		    record_int(fields[i], FIELD_IS_INDEXED);
	return count < OWN_INDEXED_MAX ?
	    ERR_OK :
	    refuse(reader, FIELD_IS_INDEXED,
		N_("At most {n} fields are indexed: take another one out "
		   "first."),
		OWN_INDEXED_MAX);
}

enum err
own_check(const struct own_reader *reader, struct record *field)
{
	enum own_type type = own_type(field);
	bool is_chosen = type == OWN_CHOICE || type == OWN_CHOICES;
	enum err err = ERR_OK;

	record_set_int(field, FIELD_TYPE, type);
	if (is_chosen != record_has(field, FIELD_WORDS))
		return refuse(reader, FIELD_WORDS,
		    is_chosen ? N_("Which words may be chosen?") :
				N_("Only choices have words."),
		    0);
	err = check_limits_of(reader, field);
	return err == ERR_OK ? check_index(reader, field) : err;
}
