/* tests/unit/store_commits.h - commits that can be told whole from half, for
 * tests of what becomes of them when something fails.
 */
#ifndef HOOKDESK_TESTS_STORE_COMMITS_H
#define HOOKDESK_TESTS_STORE_COMMITS_H

#include "core/store/verify.h"
#include "tests/unit/store_fixture.h"

#define COMMITS 8

/* Commit <i> writes its number to three places, far from each other. */
static inline enum err
commit_three(struct fixture *f, int i)
{
	static char padding[2500];
	struct change *c = new_change(f);
	char text[24];

	snprintf(text, sizeof text, "%d", i);
	for (char k = 'a'; k <= 'c'; k++) {
		char key[32];

		snprintf(key, sizeof key, "k%c%d", k, i);
		change_put(c, bytes_of(key), bytes_of(text));
		snprintf(key, sizeof key, "k%cpad%d", k, i);
		change_put(c, bytes_of(key),
		    (struct bytes){ padding, sizeof padding });
	}
	change_put_record(c, BYTES("r1"), record_of(f, text));
	change_add(c, BYTES("c1"), 1);
	return store_commit(f->store, c, NULL);
}

static inline void
no_fault(void *context, enum verify_fault fault, struct bytes key)
{
	(void)context;
	printf("# %.*s: %s\n", BYTES_ARG(key), verify_fault_text(fault));
}

/* <told> is what each commit answered. */
static inline void
check_all(struct fixture *f, const enum err told[COMMITS])
{
	struct verify verify = { .fault = no_fault };
	int64_t there = 0;

	for (int i = 0; i < COMMITS; i++) {
		int parts = 0;

		for (char k = 'a'; k <= 'c'; k++) {
			char key[32];

			snprintf(key, sizeof key, "k%c%d", k, i);
			parts += !bytes_is(get_text(f, key), "(none)");
		}
		CHECK(parts == 0 || parts == 3);
		CHECK(parts == 3 || told[i] != ERR_OK);
		/* Only after ERR_IO it may be there nevertheless. */
		CHECK(parts == 0 || told[i] == ERR_OK || told[i] == ERR_IO);
		there += parts == 3;
	}
	CHECK_INT(get_count(f, "c1"), there);
	CHECK_INT(store_commit_number(f->store), there);
	CHECK_INT(verify_store(f->store, &verify), ERR_OK);
	CHECK_INT(verify.faults, 0);
}

#endif
