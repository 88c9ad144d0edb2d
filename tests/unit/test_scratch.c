/* tests/unit/test_scratch.c - folders that are thrown away, and what a crash
 * leaves of them.
 */
#include "config.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/desk/scratch.h"
#include "tests/tap.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char site[PATH_MAX], temporary[PATH_MAX];

static bool
exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static void
begin(void)
{
	CHECK_INT(file_temp_folder(site, sizeof site), ERR_OK);
	CHECK_INT(file_temp_folder(temporary, sizeof temporary), ERR_OK);
	setenv("TMPDIR", temporary, 1);
}

static void
end(void)
{
	unsetenv("TMPDIR");
	CHECK_INT(file_remove_tree(site), ERR_OK);
	CHECK_INT(file_remove_tree(temporary), ERR_OK);
}

static void
put_file(const struct scratch *scratch)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof path, "%s/data.mdb", scratch->dir);
	CHECK_INT(file_replace(path, 0600, BYTES("secret"), NULL), ERR_OK);
}

static void
test_scratch_make__leaves_nothing(void)
{
	struct scratch one, two;
	char parent[PATH_MAX + 16];
	struct stat st;

	begin();
	snprintf(parent, sizeof parent, "%s/scratch", site);
	CHECK_INT(scratch_make(&one, site), ERR_OK);
	CHECK_INT(scratch_make(&two, site), ERR_OK);
	CHECK(!one.is_elsewhere);
	CHECK(strncmp(one.dir, parent, strlen(parent)) == 0);
	CHECK(stat(parent, &st) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(stat(one.dir, &st) == 0 && (st.st_mode & 0777) == 0700);
	put_file(&one);
	put_file(&two);
	scratch_sweep(site);
	CHECK(exists(one.dir) && exists(two.dir)); /* in use */
	scratch_remove(&one);
	scratch_remove(&one);
	CHECK(exists(two.dir));
	scratch_remove(&two);
	CHECK(!exists(parent));
	scratch_sweep(site);
	end();
}

/* A process makes one and is killed. */
static void
leave_one(const char *dir, char out[PATH_MAX])
{
	struct scratch scratch;
	int fds[2], status;
	pid_t pid;

	CHECK_INT(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (scratch_make(&scratch, dir) != ERR_OK)
			_exit(1);
		put_file(&scratch);
		if (write(fds[1], scratch.dir, PATH_MAX) != PATH_MAX)
			_exit(1);
		for (;;)
			pause();
	}
	CHECK_INT(read(fds[0], out, PATH_MAX), PATH_MAX);
	CHECK(exists(out));
	scratch_sweep(dir);
	CHECK(exists(out)); /* it lives */
	kill(pid, SIGKILL);
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CHECK(exists(out));
	close(fds[0]);
	close(fds[1]);
}

static void
test_scratch_sweep__removes_what_was_left(void)
{
	struct scratch mine, next;
	char left[PATH_MAX];

	begin();
	CHECK_INT(scratch_make(&mine, site), ERR_OK);
	leave_one(site, left);
	scratch_sweep(site);
	CHECK(!exists(left));
	CHECK(exists(mine.dir));
	leave_one(site, left);
	CHECK_INT(scratch_make(&next, site), ERR_OK);
	CHECK(!exists(left));
	scratch_remove(&next);
	scratch_remove(&mine);
	end();
}

static void
test_scratch_make__goes_elsewhere(void)
{
	struct scratch scratch;
	char path[PATH_MAX + 16], left[PATH_MAX];
	FILE *file;

	begin();
	/* what is there is no folder */
	snprintf(path, sizeof path, "%s/scratch", site);
	file = fopen(path, "w");
	CHECK(file != NULL && fclose(file) == 0);
	CHECK_INT(scratch_make(&scratch, site), ERR_OK);
	CHECK(scratch.is_elsewhere);
	CHECK(strncmp(scratch.dir, temporary, strlen(temporary)) == 0);
	scratch_remove(&scratch);
	/* and what others may look into is not used */
	CHECK_INT(unlink(path), 0);
	CHECK_INT(mkdir(path, 0755), 0);
	CHECK_INT(scratch_make(&scratch, site), ERR_OK);
	CHECK(scratch.is_elsewhere);
	scratch_remove(&scratch);
	/* without a site, it is found again, too */
	leave_one(NULL, left);
	CHECK_INT(scratch_make(&scratch, NULL), ERR_OK);
	CHECK(!exists(left));
	scratch_remove(&scratch);
	end();
}

static void
test_scratch_make__keeps_out_of_the_site_of_another_user(void)
{
	struct scratch scratch;

	begin();
	if (geteuid() != 0 || chown(site, 65534, 65534) != 0) {
		tap_skip("only root can give a folder away");
	} else {
		CHECK_INT(scratch_make(&scratch, site), ERR_OK);
		CHECK(scratch.is_elsewhere);
		scratch_remove(&scratch);
	}
	end();
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_scratch_make__leaves_nothing);
	RUN(test_scratch_sweep__removes_what_was_left);
	RUN(test_scratch_make__goes_elsewhere);
	RUN(test_scratch_make__keeps_out_of_the_site_of_another_user);
	return tap_done();
}
