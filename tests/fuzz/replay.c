/* tests/fuzz/replay.c - run a fuzzer's corpus once, as a test.
 *
 * Linked with fuzz_NAME.c as tests/fuzz/fuzz_NAME it reads each file of
 * tests/fuzz/corpus/NAME; what is wrong aborts, naming the file before.
 */
#include "config.h"
#include "core/base/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
run(const char *path)
{
	struct buf data = BUF_INIT;
	FILE *file = fopen(path, "rb");
	char block[4096];
	size_t n;

	if (file == NULL)
		return false;
	while ((n = fread(block, 1, sizeof block, file)) > 0)
		buf_add(&data, block, n);
	fclose(file);
	if (!data.failed)
		LLVMFuzzerTestOneInput((const uint8_t *)data.at, data.len);
	n = data.failed;
	buf_release(&data);
	return n == 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir"), *name = argv[0], *p;
	struct dirent **entries = NULL;
	char folder[PATH_MAX / 2], path[PATH_MAX];
	int count, done = 0;

	(void)argc;
	if ((p = strrchr(name, '/')) != NULL)
		name = p + 1;
	if ((p = strstr(name, "fuzz_")) != NULL)
		name = p + strlen("fuzz_");
	snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name);
	count = scandir(folder, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", folder,
			    entries[i]->d_name);
			printf("# %s\n", entries[i]->d_name);
			fflush(stdout);
			printf("%sok %d - %s\n", run(path) ? "" : "not ",
			    ++done, entries[i]->d_name);
		}
		free(entries[i]);
	}
	free(entries);
	if (done == 0)
		printf("not ok %d - %s: %s\n", ++done, folder,
		    count < 0 ? strerror(errno) : "no corpus");
	printf("1..%d\n", done);
	return 0;
}
