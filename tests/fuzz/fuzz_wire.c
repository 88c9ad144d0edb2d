/* tests/fuzz/fuzz_wire.c - whatever a script host writes, frames are read.
 *
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/script/wire.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX 4096 /* smaller than a socket's buffer: nobody has to wait */

static void
read_frames(int fd)
{
	struct arena *arena = arena_create();
	struct buf buf = BUF_INIT;
	const struct json *json;
	enum wire_type type;
	struct bytes text;
	enum err err;

	while ((err = wire_read(fd, &buf, MAX,
		    clock_monotonic_us() + CLOCK_MINUTE_US, &type, &text)) ==
	    ERR_OK) {
		if (text.len > MAX)
			abort();
		if (json_parse(arena, text, MAX, &json, NULL) == ERR_OK)
			json_get(json, "wishes");
		arena_reset(arena);
	}
	if (err == ERR_TIMEOUT)
		abort();
	buf_release(&buf);
	arena_destroy(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[2];

	if (size > 2 * MAX ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return 0;
	if (wire_write(fds[0], (struct bytes){ (const char *)data, size }, 0) !=
	    ERR_OK)
		abort();
	close(fds[0]);
	read_frames(fds[1]);
	close(fds[1]);
	return 0;
}
