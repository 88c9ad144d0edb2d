/* tests/unit/test_nomem.c - every allocation of floor 0 and of the search
 * fails once: no crash, no leak, no wrong result that is taken for a right
 * one. (GLib ends the process without memory; so zones are read before.)
 */
#include "config.h"

#include "core/base/ini.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/base/stem.h"
#include "core/base/text_format.h"
#include "core/base/zone.h"
#include "tests/unit/nomem.h"
#include "tests/unit/search_fixture.h"

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

#define GREETING \
	"Gr\xc3\xbc\xc3\x9f" \
	"e an \xe9\x80\x80\xe6\xac\xbe!"

static long told; /* failures that somebody was told of */

/* What <buf> holds is <want>, or it says that it failed. */
static void
right_or_failed(struct buf *buf, const char *want)
{
	if (buf->failed)
		told++;
	else
		CHECK_BYTES(buf_get(buf), want);
	buf_release(buf);
}

static void
right_or_nomem(enum err err)
{
	told += err != ERR_OK;
	CHECK(err == ERR_OK || err == ERR_NOMEM);
}

static void
use_json(void)
{
	const struct json *value = NULL;
	struct arena *arena = arena_create();
	struct buf out = BUF_INIT;
	struct json_writer w = json_writer(&out);
	enum err err = ERR_NOMEM;

	if (arena != NULL)
		err = json_parse(arena,
		    BYTES("{\"a\":[1,2,\"x\"],\"b\":1,\"c\":1,\"d\":1,"
			  "\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}"),
		    JSON_BYTES_MAX, &value, NULL);
	right_or_nomem(err);
	CHECK((value != NULL) == (err == ERR_OK));
	arena_destroy(arena);
	json_begin_list(&w);
	json_put_string(&w, "\n");
	json_end_list(&w);
	right_or_failed(&out, "[\"\\n\"]");
}

static bool
count_words(void *arg, const struct text_word *word)
{
	++*(int *)arg;
	return true;
}

static void
use_text(void)
{
	const struct bytes word = BYTES("gr\xc3\xbc\xc3\x9f"
					"e");
	struct buf out = BUF_INIT;
	int words = 0, place = -1;
	enum err err;

	text_repair(&out, BYTES("e\xcc\x81"));
	right_or_failed(&out, "\xc3\xa9");
	out = BUF_INIT;
	text_repair_line(&out, BYTES(" e\xcc\x81\n"));
	right_or_failed(&out, "\xc3\xa9");
	out = BUF_INIT;
	text_fold(&out, BYTES("\xc3\x84 B"));
	right_or_failed(&out, "\xc3\xa4 b");
	out = BUF_INIT;
	text_snippet(&out, BYTES("ae\xcc\x81 b"), 4);
	/* Without a break iterator it is cut at a character: both fit. */
	CHECK(out.len <= 4);
	buf_release(&out);
	out = BUF_INIT;
	err = text_email(&out, BYTES("A@M\xc3\xbcller.example"), NULL);
	right_or_nomem(err);
	if (err == ERR_OK)
		right_or_failed(&out, "A@m\xc3\xbcller.example");
	buf_release(&out);
	err = text_words(
	    BYTES(GREETING), TEXT_WORDS_INDEX, count_words, &words);
	right_or_nomem(err);
	CHECK(err != ERR_OK || words == 4);
	err = text_word_in(BYTES(GREETING), &word, 1, &place);
	right_or_nomem(err);
	CHECK(err != ERR_OK || place == 0);
	CHECK(text_collate("de", BYTES("a"), BYTES("b")) < 0);
}

static void
use_formats(void)
{
	struct buf out = BUF_INIT;

	text_date(&out, "de", zone_get("Europe/Berlin"), TEXT_DATE_TIME,
	    FIXTURE_TIME_US, 0);
	/* ICU leaves parts of dates out and tells nobody. */
	CHECK(out.len <= 5);
	buf_release(&out);
	out = BUF_INIT;
	text_date(&out, "fr", zone_utc(), TEXT_DATE_RELATIVE, FIXTURE_TIME_US,
	    FIXTURE_TIME_US + CLOCK_HOUR_US);
	right_or_failed(&out, "il y a 1 heure");
	out = BUF_INIT;
	text_number(&out, "de", 1234);
	right_or_failed(&out, "1.234");
}

static enum err
take_entry(void *arg, const struct ini_entry *entry, struct why *why)
{
	return ERR_OK;
}

static void
use_files(void)
{
	struct buf out = BUF_INIT;
	char path[PATH_MAX + 16], stem[STEM_MAX];
	uint8_t key[SECRET_KEY_SIZE] = { 1 };

	snprintf(path, sizeof path, "%s/x.conf", f.dir);
	right_or_nomem(file_replace(path, 0600, BYTES("a = b\n"), NULL));
	right_or_nomem(file_read(path, 100, &out, NULL));
	right_or_nomem(ini_read(path, take_entry, NULL, NULL));
	buf_release(&out);
	out = BUF_INIT;
	right_or_nomem(secret_seal(key, BYTES("x"), &out));
	buf_release(&out);
	out = BUF_INIT;
	secret_base64_add(&out, SECRET_BASE64, BYTES("f"));
	right_or_failed(&out, "Zg==");
	stem_word(STEM_GERMAN, BYTES("pakete"), stem);
}

static void
use_search(void)
{
	const struct search_reader reader = { .finds_people = true };
	struct search_result result = { .count = 99 };
	struct snapshot *snapshot = NULL;
	struct change *change = NULL;
	struct arena *arena = arena_create();
	size_t taken = 99;
	enum err err = arena != NULL ? store_snapshot(f.store, &snapshot) :
				       ERR_NOMEM;

	if (err == ERR_OK)
		err = search_find(snapshot, KIND_TICKET,
		    BYTES("\"my parcel\" refunds"), &reader, 10, arena,
		    &result);
	CHECK(err != ERR_OK || result.count == 1);
	right_or_nomem(err);
	if (err == ERR_OK)
		err = change_create(arena, &change);
	if (err == ERR_OK)
		err = search_index(snapshot, change, arena, 10, &taken);
	CHECK(err != ERR_OK || taken == 2);
	right_or_nomem(err);
	snapshot_release(snapshot);
	arena_destroy(arena);
}

/* Run <use> until none of its allocations is left to fail. What it caches for
 * its thread may stay, once. */
static void
fail_each(void (*use)(void))
{
	long before, n = 0;
	bool done = false;

	use();
	while (!done && n < 5000) {
		calls = 0;
		fail_at = ++n;
		use();
		fail_at = 0;
		done = calls < n;
	}
	CHECK(done);
	use();
	before = blocks;
	for (int i = 0; i < 5; i++)
		use();
	CHECK_INT(blocks, before);
	printf("# %ld allocations\n", n - 1);
}

static void
test_json__survives_every_failing_allocation(void)
{
	fail_each(use_json);
}

static void
test_text__survives_every_failing_allocation(void)
{
	fail_each(use_text);
}

static void
test_text_format__survives_every_failing_allocation(void)
{
	fail_each(use_formats);
}

static void
test_file__survives_every_failing_allocation(void)
{
	fail_each(use_files);
}

static void
test_search__survives_every_failing_allocation(void)
{
	fail_each(use_search);
}

int
main(void)
{
	log_set_fd(open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (secret_init() != ERR_OK)
		return 1;
	begin();
	put_ticket(1, "Refunded");
	reply(1, 1, "It is about my parcel.");
	index_all();
	put_ticket(2, "Other");
	reply(2, 1, "Parcel of mine.");
	RUN(test_json__survives_every_failing_allocation);
	RUN(test_text__survives_every_failing_allocation);
	RUN(test_text_format__survives_every_failing_allocation);
	RUN(test_file__survives_every_failing_allocation);
	RUN(test_search__survives_every_failing_allocation);
	printf("# %ld failures were told\n", told);
	fixture_release(&f);
	return tap_done();
}
#endif
