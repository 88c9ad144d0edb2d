/* tests/unit/test_hooks.c - the table of hook points. */
#include "config.h"

#include "core/script/hooks.h"
#include "tests/tap.h"

static void
test_hook_find__finds_every_hook_and_nothing_else(void)
{
	static const char *const unknown[] = { "", "ticket", "ticket.create",
		"ticket.created ", "Ticket.created" };

	for (int i = 0; i < HOOK__COUNT; i++)
		CHECK_INT(hook_find(bytes_of(hook_points[i].name)), i);
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		CHECK_INT(hook_find(bytes_of(unknown[i])), HOOK__COUNT);
}

static bool
part_is_known(struct bytes part)
{
	static const char *const records[] = { "ticket", "customer", "agent",
		"entry", "article" };

	for (size_t i = 0; i < sizeof records / sizeof *records; i++)
		if (bytes_is(part, records[i]))
			return true;
	for (const struct event_part *p = event_parts; p->name != NULL; p++)
		if (bytes_is(part, p->name))
			return true;
	return false;
}

static void
test_hook_points__are_whole(void)
{
	for (int i = 0; i < HOOK__COUNT; i++) {
		const struct hook_point *p = &hook_points[i];
		struct bytes rest = bytes_of(p->holds);
		bool ends_in_ing = false;

		printf("# %s\n", p->name);
		CHECK(p->doc[0] != '\0');
		CHECK(p->since >= 1 && p->since <= SCRIPT_API);
		CHECK((p->may == MAY_ALL) == (p->kind == HOOK_AFTER));
		CHECK((p->chooses != NULL) == ((p->may & MAY_CHOOSE) != 0));
		CHECK(!(p->may & MAY_SET) || hook_holds(i, BYTES("ticket")));
		ends_in_ing = strstr(p->name, "ing") != NULL &&
		    strcmp(p->name, "ticket.waiting") != 0;
		CHECK(ends_in_ing == (p->kind == HOOK_BEFORE));
		while (rest.at != NULL) {
			struct bytes part = bytes_split(&rest, ' ');

			if (part.len > 0 && part.at[part.len - 1] == '?')
				part.len--;
			CHECK(part_is_known(part));
		}
	}
}

static void
test_hook_holds__looks_at_whole_names(void)
{
	CHECK(hook_holds(HOOK_TICKET_CREATED, BYTES("ticket")));
	CHECK(hook_holds(HOOK_TICKET_CREATED, BYTES("form")));
	CHECK(!hook_holds(HOOK_TICKET_CREATED, BYTES("form?")));
	CHECK(!hook_holds(HOOK_TICKET_CREATED, BYTES("tick")));
	CHECK(!hook_holds(HOOK_TICKET_CREATED, BYTES("")));
	CHECK(!hook_holds(HOOK_SEARCH_MISSED, BYTES("ticket")));
}

int
main(void)
{
	RUN(test_hook_find__finds_every_hook_and_nothing_else);
	RUN(test_hook_points__are_whole);
	RUN(test_hook_holds__looks_at_whole_names);
	return tap_done();
}
