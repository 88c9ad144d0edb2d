/* tests/unit/test_store_nomem.c - every allocation of a store's life fails
 * once, LMDB's own included: no crash, no leak, no false answer.
 */
#include "config.h"

#include "core/base/log.h"
#include "tests/unit/nomem.h"
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#if !NOMEM_WORKS
int
main(void)
{
	puts("1..0 # SKIP malloc cannot be replaced here");
	return 0;
}
#else

/* What one life of a store got done. */
struct life {
	bool opened, later, put, counted;
};

static enum err
put_some(struct fixture *f)
{
	static const char value[3000] = "000000000000 text";
	struct change *c = NULL;
	enum err err = change_create(f->arena, &c);

	if (err != ERR_OK)
		return err;
	for (int i = 0; i < 40; i++) {
		char key[16];

		snprintf(key, sizeof key, "r%d", i);
		change_put_record(
		    c, bytes_of(key), (struct bytes){ value, sizeof value });
	}
	change_add(c, BYTES("c1"), 1);
	return store_commit(f->store, c, NULL);
}

static enum err
count_all(struct fixture *f)
{
	struct snapshot *s = NULL;
	struct bytes key, value;
	struct cursor cursor = { .at = NULL };
	enum err err = store_snapshot(f->store, &s);
	int n = 0;

	if (err == ERR_OK)
		err = cursor_open(s, BYTES_NONE, BYTES_NONE, FORWARD, &cursor);
	while (err == ERR_OK &&
	    (err = cursor_next(&cursor, &key, &value)) == ERR_OK)
		n++;
	cursor_close(&cursor);
	snapshot_release(s);
	if (err == ERR_NOT_FOUND)
		CHECK(n >= 2);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static struct life
live(struct fixture *f)
{
	struct life life = { .opened = false };

	f->store = NULL;
	f->arena = arena_create();
	if (f->arena == NULL)
		return life;
	life.opened = store_open(&f->options, &f->store, NULL) == ERR_OK;
	if (life.opened) {
		life.later = store_put_later(f->store, BYTES("v1"),
				 BYTES("seen")) == ERR_OK;
		life.put = put_some(f) == ERR_OK;
		life.counted = count_all(f) == ERR_OK;
	}
	store_close(f->store);
	arena_destroy(f->arena);
	return life;
}

static void
test_store__survives_every_failing_allocation(void)
{
	bool done = false;
	long told = 0;

	for (long n = 1; !done && n < 2000; n++) {
		struct fixture f;
		struct life life;
		long before;

		fixture_prepare(&f);
		arena_destroy(f.arena);
		before = blocks;
		calls = 0;
		fail_at = n;
		life = live(&f);
		fail_at = 0;
		done = calls < n; /* there were fewer */
		CHECK_INT(blocks, before);
		told += !life.opened || !life.later || !life.put ||
		    !life.counted;
		f.arena = arena_create();
		f.options.create = false;
		if (life.opened) {
			fixture_open(&f);
			CHECK_INT(get_count(&f, "c1"), life.put);
			CHECK_INT(store_commit_number(f.store), life.put);
			CHECK_BYTES(get_text(&f, "v1"),
			    life.put && life.later ? "seen" : "(none)");
		}
		fixture_release(&f);
	}
	CHECK(done);
	printf("# %ld of %ld failures were told\n", told, calls);
}

int
main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	RUN(test_store__survives_every_failing_allocation);
	return tap_done();
}
#endif
