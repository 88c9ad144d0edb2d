/* tests/unit/test_offer_words.c - the keys and pictures of core/script/offers.c
 * are those of the pages: a key that a page takes is no script's, and a picture
 * that a script may name is there. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/script/offers.h"
#include "tests/tap.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct arena *arena;

static const char *
read_text(const char *name)
{
	struct buf text = buf_in(arena);
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/www/%s", path_get(PATH_DATADIR), name);
	if (file_read(path, 1024 * 1024, &text, NULL) != ERR_OK) {
		printf("# %s cannot be read\n", path);
		CHECK(false);
		return "";
	}
	return buf_string(&text);
}

static void
check_key(const char *where, struct bytes key)
{
	if (key.len != 1) /* "g i", Escape: not for scripts */
		return;
	if (offer_key_owner(key) == NULL)
		printf(
		    "# %s: the key %.*s has no owner\n", where, BYTES_ARG(key));
	CHECK(offer_key_owner(key) != NULL);
}

/* Each data-key="x" of a template. */
static size_t
check_template(const char *name)
{
	static const char mark[] = "data-key=\"";
	const char *at = read_text(name);
	size_t count = 0;

	while ((at = strstr(at, mark)) != NULL) {
		at += strlen(mark);
		if (*at != '{')
			check_key(
			    name, (struct bytes){ at, strcspn(at, "\"") });
		count++;
	}
	return count;
}

static void
test_keys__of_pages_are_no_scripts(void)
{
	static const char *const folders[] = { "templates/agent",
		"templates/part", "templates/admin" };
	size_t count = 0;

	for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
		char path[PATH_MAX], name[PATH_MAX];
		const struct dirent *entry;
		DIR *dir;

		snprintf(path, sizeof path, "%s/www/%s", path_get(PATH_DATADIR),
		    folders[f]);
		dir = opendir(path);
		CHECK(dir != NULL);
		while (dir != NULL && (entry = readdir(dir)) != NULL) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(name, sizeof name, "%s/%s", folders[f],
			    entry->d_name);
			count += check_template(name);
		}
		if (dir != NULL)
			closedir(dir);
	}
	CHECK(count >= 12);
}

/* desk.listKeys = [ ["j", ...], ... ], and the first of two. */
static void
test_keys__of_lists_are_no_scripts(void)
{
	const char *at = strstr(read_text("js/list.js"), "desk.listKeys = [");
	const char *end = at != NULL ? strstr(at, "];") : NULL;
	size_t count = 0;

	CHECK(end != NULL);
	while (at != NULL && end != NULL && (at = strstr(at, "[\"")) != NULL &&
	    at < end) {
		at += 2;
		check_key("list.js", (struct bytes){ at, strcspn(at, "\"") });
		count++;
	}
	CHECK(count >= 4);
	CHECK(strstr(read_text("js/keys.js"), "key === \"g\"") != NULL);
	CHECK(offer_key_owner(BYTES("g")) != NULL);
	CHECK(offer_key_owner(BYTES("y")) == NULL);
}

static void
test_icons__are_those_of_the_sprite(void)
{
	const char *sprite = read_text("icons/sprite.svg");
	struct bytes rest = bytes_of(offer_icons);
	size_t count = 0, there = 0;

	for (const char *at = sprite; (at = strstr(at, "<symbol")) != NULL;)
		there++, at++;
	while (rest.at != NULL) {
		struct bytes one = bytes_split(&rest, ' ');
		char id[64];

		snprintf(id, sizeof id, "id=\"%.*s\"", BYTES_ARG(one));
		if (strstr(sprite, id) == NULL)
			printf("# %s is no picture\n", id);
		CHECK(strstr(sprite, id) != NULL);
		count++;
	}
	CHECK_INT(count, there);
}

int
main(void)
{
	arena = arena_create();
	RUN(test_keys__of_pages_are_no_scripts);
	RUN(test_keys__of_lists_are_no_scripts);
	RUN(test_icons__are_those_of_the_sprite);
	arena_destroy(arena);
	return tap_done();
}
