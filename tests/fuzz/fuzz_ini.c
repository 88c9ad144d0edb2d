/* tests/fuzz/fuzz_ini.c - a configuration file is read, or refused by line.
 *
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/ini.h"
#include "core/base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err
take(void *arg, const struct ini_entry *entry, struct why *why)
{
	int *line = arg;

	(void)why;
	if (entry->line <= *line || entry->key[0] == '\0' ||
	    !utf8_is_valid(bytes_of(entry->section)) ||
	    !utf8_is_valid(bytes_of(entry->key)) ||
	    !utf8_is_valid(bytes_of(entry->value)))
		abort();
	*line = entry->line;
	return ERR_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("ini", MFD_CLOEXEC), line = 0;
	struct why why;
	char path[64];
	enum err err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	err = ini_read(path, take, &line, &why);
	if (err != ERR_OK && err != ERR_INVALID && err != ERR_LIMIT)
		abort();
	close(fd);
	return 0;
}
