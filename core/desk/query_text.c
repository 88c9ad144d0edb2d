/* core/desk/query_text.c - questions of scripts that give texts. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/secret.h"
#include "core/base/text_format.h"
#include "core/base/zone.h"
#include "core/desk/canned.h"
#include "core/desk/query.h"
#include "core/desk/site_private.h"
#include "core/model/setting.h"

#include <stdio.h>

/* Of the first brand. */
static struct bytes
usual_language(const struct query *query)
{
	const struct record *brand = directory_brand(query->read->directory, 0);
	struct bytes language = BYTES_NONE;

	if (brand != NULL)
		language = record_text(brand, BRAND_LANGUAGE);
	return language.len > 0 ? language : BYTES("en");
}

static enum err
fill(struct query *query, struct bytes text, const struct json *vars,
    struct json_writer *w)
{
	struct canned_from from = { .read = query->read, .vars = vars };
	struct buf out = buf_in(query->arena);
	enum err err = canned_fill(&out, query->arena, &from, text);

	if (err != ERR_OK)
		return err;
	json_put_text(w, buf_get(&out));
	return ERR_OK;
}

/* desk.render: a canned reply by its title, in that language if there is one
 * of it. */
enum err
query_render(struct query *query, const struct json *with,
    struct json_writer *w, struct why *why)
{
	struct bytes title = json_text(json_get(with, "template"));
	struct bytes language = json_text(json_get(with, "language"));
	const struct record *const *all, *found = NULL;
	char name[200];
	size_t count;

	all = directory_all(query->read->directory, KIND_CANNED, &count);
	for (size_t i = 0; i < count; i++) {
		if (!bytes_equal(record_label(all[i]), title))
			continue;
		if (found == NULL ||
		    bytes_equal(record_text(all[i], CANNED_LANGUAGE), language))
			found = all[i];
	}
	if (found != NULL)
		return fill(query, record_text(found, CANNED_BODY),
		    json_get(with, "vars"), w);
	snprintf(name, sizeof name, "%.*s", BYTES_ARG(title));
	return why_set(why, ERR_INVALID, NULL,
	    N_("There is no canned reply \"{name}\"."), 0, name);
}

/* desk.tr: as the catalogues have it, with the variables filled in. */
enum err
query_tr(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	const struct desk_output *output = query->read->site->options.output;
	struct bytes text = json_text(json_get(with, "text"));
	struct bytes language = json_text(json_get(with, "language"));

	if (language.len == 0)
		language = usual_language(query);
	if (output != NULL && output->translate != NULL)
		text = bytes_of(output->translate(language, text.at));
	return fill(query, text, json_get(with, "vars"), w);
}

/* The language and zone of a reader; what he has not said stays. */
static enum err
read_reader(struct query *query, const struct json *reader,
    struct bytes *language, struct bytes *zone)
{
	struct bytes kind = json_text(json_get(reader, "kind"));
	const struct json *id = json_get(reader, "id");
	const struct record *record = NULL;
	struct record customer;
	int64_t n = 0;
	enum err err;
	int language_slot = CUSTOMER_LANGUAGE, zone_slot = CUSTOMER_ZONE;

	if (bytes_is(kind, "agent")) {
		record = directory_find_key(
		    query->read->directory, KIND_AGENT, json_text(id));
		language_slot = AGENT_LANGUAGE;
		zone_slot = AGENT_ZONE;
	} else if (bytes_is(kind, "customer") && json_int(id, &n)) {
		err = record_find(query->read->snapshot, KIND_CUSTOMER,
		    (uint64_t)n, &customer);
		if (err != ERR_OK && err != ERR_NOT_FOUND)
			return err;
		record = err == ERR_OK ? &customer : NULL;
	}
	if (record == NULL)
		return ERR_OK;
	if (record_text(record, language_slot).len > 0)
		*language = record_text(record, language_slot);
	if (record_text(record, zone_slot).len > 0)
		*zone = record_text(record, zone_slot);
	return ERR_OK;
}

enum err
query_date(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	const struct directory *directory = query->read->directory;
	struct bytes style = json_text(json_get(with, "style"));
	struct bytes language = usual_language(query);
	struct bytes zone = setting_text(directory, CHOICE_ZONE, NULL);
	struct buf out = buf_in(query->arena);
	char language_text[32], zone_text[ZONE_NAME_MAX + 1];
	const struct zone *in;
	int64_t time = 0;
	enum err err;

	if (!json_int(json_get(with, "time"), &time))
		return why_set(why, ERR_INVALID, NULL,
		    N_("desk.date needs a time."), 0, NULL);
	err = read_reader(query, json_get(with, "reader"), &language, &zone);
	if (err != ERR_OK)
		return err;
	snprintf(
	    language_text, sizeof language_text, "%.*s", BYTES_ARG(language));
	snprintf(zone_text, sizeof zone_text, "%.*s", BYTES_ARG(zone));
	in = zone_get(zone_text);
	text_date(&out, language_text, in != NULL ? in : zone_utc(),
	    bytes_is(style, "relative") ? TEXT_DATE_RELATIVE :
		bytes_is(style, "long") ? TEXT_DATE_LONG :
					  TEXT_DATE_SHORT,
	    time * CLOCK_SECOND_US, query->read->now_us);
	if (out.failed)
		return ERR_NOMEM;
	json_put_text(w, buf_get(&out));
	return ERR_OK;
}

enum err
query_hmac(struct query *query, const struct json *with, struct json_writer *w,
    struct why *why)
{
	uint8_t sum[SECRET_HMAC_MAX];
	struct buf hex = buf_in(query->arena);
	enum secret_hmac kind;
	size_t size;

	if (secret_hmac_from(json_text(json_get(with, "hash")), &kind) !=
	    ERR_OK)
		return why_set(why, ERR_INVALID, NULL,
		    N_("desk.hmac knows sha256 and sha512."), 0, NULL);
	size = secret_hmac(kind, json_text(json_get(with, "secret")),
	    json_text(json_get(with, "text")), sum);
	secret_hex_add(&hex, (struct bytes){ (const char *)sum, size });
	if (hex.failed)
		return ERR_NOMEM;
	json_put_text(w, buf_get(&hex));
	return ERR_OK;
}
