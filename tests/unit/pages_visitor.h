/* tests/unit/pages_visitor.h - a customer at the form, for tests of pages. */
#ifndef HOOKDESK_TESTS_PAGES_VISITOR_H
#define HOOKDESK_TESTS_PAGES_VISITOR_H

#include "core/desk/token.h"
#include "tests/tap.h"
#include "tests/unit/pages_fixture.h"

static struct pages_fixture f;

/* The form as a person sees it: its key and stamp, read for a while. */
struct shown {
	const char *key, *stamp;
};

static inline struct shown
open_form(const char *path)
{
	struct shown shown;

	CHECK_INT(pages_get(&f, path), 200);
	shown = (struct shown){ pages_input(&f, "key"),
		pages_input(&f, "stamp") };
	clock_advance(&f.desk.clock, 5 * CLOCK_SECOND_US);
	return shown;
}

static inline const char *
fields_of(const struct shown *shown, const char *more)
{
	return arena_printf(
	    f.desk.arena, "key=%s&stamp=%s&%s", shown->key, shown->stamp, more);
}

#define ASK "name=Bob&email=bob%40example.org&subject=Fire&body=It+burns"

/* The path of the ticket's page that a redirect leads to, without its query. */
static inline const char *
ticket_path(void)
{
	struct bytes location = bytes_of(pages_got_header(&f, "Location"));
	struct bytes path = bytes_split(&location, '?');
	const char *at = bytes_find(path, BYTES("/t/"));

	if (at == NULL)
		return "/none";
	return arena_copy(f.desk.arena, at, (size_t)(path.at + path.len - at));
}

static inline const char *
ask(void)
{
	struct shown shown = open_form("/new");

	CHECK_INT(pages_post(&f, "/new", fields_of(&shown, ASK)), 303);
	return ticket_path();
}

static inline size_t
count_tickets(void)
{
	struct site_read read;
	struct record record;
	uint64_t id = 0;
	size_t count = 0;

	MUST(site_read_begin(f.desk.site, &read));
	while (record_next(read.snapshot, KIND_TICKET, &id, &record) == ERR_OK)
		count++;
	site_read_end(&read);
	return count;
}

#endif
