/* tests/fuzz/fuzz_fcgi.c - records end where they end, however they come.
 *
 * The first byte tells in what pieces the rest comes; in whole it must be
 * judged as in pieces. See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/web/fcgi_scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum fcgi_scan_result result;
	struct fcgi_scan scan;
	size_t replies;
};

/* Scan until something is decided or nothing is left; each byte is in memory
 * only once it has come. */
static struct outcome
scan(const uint8_t *data, size_t size, size_t step)
{
	struct outcome out = { .result = FCGI_SCAN_MORE };
	char *at = NULL;
	size_t len = 0;

	while (out.result == FCGI_SCAN_MORE && len < size) {
		size_t more = size - len < step ? size - len : step;
		char *grown = malloc(len + more);

		if (len > 0)
			memcpy(grown, at, len);
		memcpy(grown + len, data + len, more);
		free(at);
		at = grown;
		len += more;
		do {
			out.result = fcgi_scan(&out.scan, at, len, 4);
			if (out.scan.reply_len > sizeof out.scan.reply ||
			    out.scan.at > len)
				abort();
			out.replies += out.result == FCGI_SCAN_REPLY;
		} while (out.result == FCGI_SCAN_REPLY);
	}
	if (out.scan.has_params && out.result != FCGI_SCAN_BAD) {
		struct bytes params = { at + out.scan.params_at,
			out.scan.params_len },
			     name, value;
		int found;

		if (out.scan.params_at + out.scan.params_len > len)
			abort();
		while ((found = fcgi_pair(&params, &name, &value)) == 1)
			if (name.len == 0 || memchr(name.at, 0, name.len) ||
			    (value.len > 0 && memchr(value.at, 0, value.len)))
				abort();
		if (found < 0)
			abort(); /* a scan lets none of these through */
		fcgi_scan_param(&out.scan, at, "REQUEST_URI");
	}
	free(at);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outcome whole, pieces;

	if (size < 2)
		return 0;
	whole = scan(data + 1, size - 1, size);
	pieces = scan(data + 1, size - 1, 1 + data[0] % 40);
	if (whole.result != pieces.result || whole.scan.id != pieces.scan.id ||
	    whole.scan.at != pieces.scan.at || whole.replies != pieces.replies)
		abort();
	return 0;
}
