/* tests/unit/test_calendar.c - calendars as records of a desk. */
#include "config.h"
#include "core/model/calendar.h"

#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

/* The id of what has this key. */
static uint64_t
id_of(struct desk_fixture *f, enum kind_id kind, const char *key)
{
	const struct record *record;
	struct site_read read;
	uint64_t id;

	MUST(site_read_begin(f->site, &read));
	record = directory_find_key(read.directory, kind, bytes_of(key));
	id = record != NULL ? record->id : 0;
	site_read_end(&read);
	return id;
}

/* The key of the calendar that holds for a queue. */
static const char *
calendar_for(struct desk_fixture *f, const char *queue)
{
	uint64_t id = id_of(f, KIND_QUEUE, queue);
	const struct record *record;
	struct site_read read;
	const char *key = "none";

	MUST(site_read_begin(f->site, &read));
	record = calendar_of(read.directory, id);
	if (record != NULL)
		key = arena_copy(
		    f->arena, record_key(record).at, record_key(record).len);
	site_read_end(&read);
	return key;
}

static enum err
change(struct desk_fixture *f, enum verb verb, enum kind_id kind,
    const char *key, const char *name, const char *text)
{
	struct act_input input;

	act_input_init(&input, verb, kind);
	input.actor = actor_system();
	input.subject = key != NULL ? id_of(f, kind, key) : 0;
	if (name != NULL)
		desk_set(f, &input, name, text);
	if (verb == VERB_RECORD_ADD) {
		desk_set(f, &input, "key", "new");
		desk_set(f, &input, "name", "New");
	}
	return desk_do(f, &input);
}

static void
test_calendar__says_what_is_wrong_and_where(void)
{
	static const struct {
		const char *field, *text, *says;
		enum err want;
	} cases[] = {
		{ "zone", "Europe/Berln", "There is no time zone",
		    ERR_INVALID },
		{ "tuesday", "9 to 5", "\"9 to 5\" are no hours", ERR_INVALID },
		{ "friday", "08:00-12:00, 11:00-13:00",
		    "\"11:00-13:00\" overlaps", ERR_INVALID },
		{ "holidays", "12-25 Christmas Day, Easter",
		    "\"Easter\" is no holiday", ERR_INVALID },
		{ "holidays", "2026-02-29 Leap day", "is no holiday",
		    ERR_INVALID },
		/* neither in its week, nor with all of it a holiday */
		{ "name", "New", "This calendar is never open", ERR_INVALID },
		{ "sunday", "22:00-06:00", NULL, ERR_OK },
	};
	struct desk_fixture f;
	char words[400];

	desk_setup(&f);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CHECK_INT(change(&f, VERB_RECORD_ADD, KIND_CALENDAR, NULL,
			      cases[i].field, cases[i].text),
		    cases[i].want);
		if (cases[i].says == NULL)
			continue;
		CHECK(strstr(why_text(&f.why, words, sizeof words),
			  cases[i].says) != NULL);
		CHECK(strcmp(f.why.field,
			  strcmp(cases[i].field, "name") == 0 ?
			      "monday" :
			      cases[i].field) == 0);
	}
	desk_teardown(&f);
}

static void
test_calendar__holds_for_a_queue_or_the_site(void)
{
	struct desk_fixture f;

	desk_setup(&f);
	CHECK(strcmp(calendar_for(&f, "billing"), "office") == 0);
	CHECK_INT(change(&f, VERB_RECORD_ADD, KIND_CALENDAR, NULL, "monday",
		      "00:00-24:00"),
	    ERR_OK);
	CHECK(strcmp(calendar_for(&f, "billing"), "office") == 0);
	CHECK_INT(change(&f, VERB_RECORD_UPDATE, KIND_QUEUE, "billing",
		      "calendar", "new"),
	    ERR_OK);
	CHECK(strcmp(calendar_for(&f, "billing"), "new") == 0);
	CHECK(strcmp(calendar_for(&f, "general"), "office") == 0);
	/* One is the site's: the other is it no more. */
	CHECK_INT(change(&f, VERB_RECORD_UPDATE, KIND_CALENDAR, "new",
		      "is_default", "true"),
	    ERR_OK);
	CHECK(strcmp(calendar_for(&f, "general"), "new") == 0);
	CHECK_INT(change(&f, VERB_RECORD_UPDATE, KIND_CALENDAR, "office",
		      "is_default", "true"),
	    ERR_OK);
	CHECK(strcmp(calendar_for(&f, "general"), "office") == 0);
	/* What a queue goes by stays. */
	CHECK_INT(
	    change(&f, VERB_RECORD_REMOVE, KIND_CALENDAR, "new", NULL, NULL),
	    ERR_DENIED);
	CHECK_INT(
	    change(&f, VERB_RECORD_REMOVE, KIND_CALENDAR, "office", NULL, NULL),
	    ERR_OK);
	CHECK(strcmp(calendar_for(&f, "general"), "new") == 0);
	desk_teardown(&f);
}

/* One without a zone goes by the site's. */
static void
test_calendar_read__takes_the_zone_of_the_site(void)
{
	struct desk_fixture f;
	struct business business;
	struct site_read read;

	desk_setup(&f);
	desk_add(&f, KIND_SETTING,
	    (const char *const[]){
		"name", "site.zone", "value", "\"Asia/Kathmandu\"", NULL });
	MUST(site_read_begin(f.site, &read));
	MUST(calendar_read(calendar_of(read.directory, 0), read.directory,
	    f.arena, &business, NULL));
	CHECK(strcmp(zone_name(business.zone), "Asia/Kathmandu") == 0);
	site_read_end(&read);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_calendar__says_what_is_wrong_and_where);
	RUN(test_calendar__holds_for_a_queue_or_the_site);
	RUN(test_calendar_read__takes_the_zone_of_the_site);
	return tap_done();
}
