/* tests/unit/test_file.c */
#include "config.h"
#include "core/base/file.h"

#include "tests/tap.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[PATH_MAX];

/* <name> in the test's folder; in turn one of four static buffers. */
static const char *
in_folder(const char *name)
{
	static char paths[4][PATH_MAX + 64];
	static int turn;

	turn = (turn + 1) % 4;
	snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
	return paths[turn];
}

static int
count_names(const char *path)
{
	DIR *dir = opendir(path);
	int count = 0;

	if (dir == NULL)
		return -1;
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2;
}

static void
test_file_replace__writes_what_file_read_reads(void)
{
	struct buf got = BUF_INIT;
	struct stat st;

	CHECK(
	    file_replace(in_folder("a"), 0640, BYTES("one\n"), NULL) == ERR_OK);
	CHECK(file_replace(in_folder("a"), 0600, BYTES("two\0x"), NULL) ==
	    ERR_OK);
	CHECK(file_read(in_folder("a"), 100, &got, NULL) == ERR_OK);
	CHECK(bytes_equal(buf_get(&got), BYTES("two\0x")));
	CHECK(stat(in_folder("a"), &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(count_names(folder), 1);
	buf_release(&got);
}

static void
test_file_replace__leaves_the_old_file_on_error(void)
{
	struct why why = { .message = "" };

	CHECK(file_replace(in_folder("none/a"), 0600, BYTES("x"), &why) ==
	    ERR_NOT_FOUND);
	CHECK(strstr(why.name, "none/a") != NULL);
	CHECK(mkdir(in_folder("taken"), 0700) == 0);
	CHECK(
	    file_replace(in_folder("taken"), 0600, BYTES("x"), &why) == ERR_IO);
	CHECK_INT(count_names(folder), 2); /* a and taken, nothing beside */
}

static void
test_file_write_all__tells_a_full_disk(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		printf("# no /dev/full here\n");
		return;
	}
	CHECK(file_write_all(fd, "x", 1) == ERR_FULL);
	close(fd);
}

static void
test_file_read__keeps_to_its_limits(void)
{
	struct buf got = BUF_INIT;
	struct why why = { .message = "" };

	buf_text(&got, "kept");
	CHECK(file_replace(in_folder("ten"), 0600, BYTES("0123456789"), NULL) ==
	    ERR_OK);
	CHECK(file_read(in_folder("ten"), 9, &got, &why) == ERR_LIMIT);
	CHECK_INT(why.n, 9);
	CHECK_BYTES(buf_get(&got), "kept");
	CHECK(file_read(in_folder("ten"), 10, &got, NULL) == ERR_OK);
	CHECK_BYTES(buf_get(&got), "kept0123456789");
	CHECK(file_read(in_folder("none"), 9, &got, NULL) == ERR_NOT_FOUND);
	CHECK(file_read(folder, 9, &got, NULL) == ERR_INVALID);
	CHECK(mkfifo(in_folder("pipe"), 0600) == 0);
	CHECK(file_read(in_folder("pipe"), 9, &got, NULL) == ERR_INVALID);
	CHECK(
	    file_replace(in_folder("empty"), 0600, BYTES_NONE, NULL) == ERR_OK);
	buf_clear(&got);
	CHECK(file_read(in_folder("empty"), 0, &got, NULL) == ERR_OK);
	CHECK_INT(got.len, 0);
	/* Says it has 0 bytes, and has more. */
	CHECK(file_read("/proc/self/status", 65536, &got, NULL) == ERR_OK);
	CHECK(got.len > 100);
	buf_release(&got);
}

static void
test_file_make_folders__makes_all_that_are_missing(void)
{
	struct stat st;

	CHECK(file_make_folders(in_folder("x/y/z"), 0750, NULL) == ERR_OK);
	CHECK(file_make_folders(in_folder("x/y/z"), 0750, NULL) == ERR_OK);
	CHECK(file_make_folders(in_folder("x/y/z/w/"), 0750, NULL) == ERR_OK);
	CHECK(stat(in_folder("x/y/z/w"), &st) == 0 && S_ISDIR(st.st_mode));
	CHECK(file_make_folders(in_folder("ten"), 0750, NULL) == ERR_INVALID);
	CHECK(file_make_folders(in_folder("ten/x"), 0750, NULL) != ERR_OK);
	CHECK(file_make_folders("/", 0750, NULL) == ERR_OK);
}

static void
test_file_remove_tree__follows_no_link(void)
{
	CHECK(file_make_folders(in_folder("keep"), 0700, NULL) == ERR_OK);
	CHECK(file_replace(in_folder("keep/me"), 0600, BYTES("x"), NULL) ==
	    ERR_OK);
	CHECK(
	    file_make_folders(in_folder("gone/deep/er"), 0700, NULL) == ERR_OK);
	CHECK(symlink(in_folder("keep"), in_folder("gone/deep/link")) == 0);
	CHECK(symlink(in_folder("keep"), in_folder("outer")) == 0);
	CHECK(file_remove_tree(in_folder("gone")) == ERR_OK);
	CHECK(file_remove_tree(in_folder("gone")) == ERR_OK);
	CHECK(file_remove_tree(in_folder("outer")) == ERR_OK);
	CHECK(access(in_folder("gone"), F_OK) != 0);
	CHECK(access(in_folder("outer"), F_OK) != 0);
	CHECK(access(in_folder("keep/me"), F_OK) == 0);
}

int
main(void)
{
	if (file_temp_folder(folder, sizeof folder) != ERR_OK)
		return 1;
	RUN(test_file_replace__writes_what_file_read_reads);
	RUN(test_file_replace__leaves_the_old_file_on_error);
	RUN(test_file_write_all__tells_a_full_disk);
	RUN(test_file_read__keeps_to_its_limits);
	RUN(test_file_make_folders__makes_all_that_are_missing);
	RUN(test_file_remove_tree__follows_no_link);
	if (file_remove_tree(folder) != ERR_OK)
		return 1;
	return tap_done();
}
