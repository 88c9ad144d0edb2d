/* tests/fuzz/fuzz_text.c - what people write is repaired, cut and compared.
 *
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include "core/web/mail_page.h"
#include "core/web/request.h"
#include "core/web/template.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_email(struct arena *arena, struct bytes text)
{
	struct buf email = buf_in(arena), key = buf_in(arena);
	struct why why;

	if (text_email(&email, text, &why) != ERR_OK)
		return;
	text_email_key(&key, buf_get(&email));
	for (size_t i = 0; i < email.len; i++)
		if ((unsigned char)email.at[i] <= ' ' || email.at[i] == 0x7f ||
		    strchr("<>,;\"()", email.at[i]) != NULL)
			abort();
	if (email.len == 0 || key.len == 0 ||
	    memchr(email.at, '@', email.len) == NULL)
		abort();
}

static void
try_line(struct arena *arena, struct bytes text)
{
	struct buf line = buf_in(arena), folded = buf_in(arena);

	text_snippet(&line, text, 80);
	if (line.len > 80 || !utf8_is_valid(buf_get(&line)) ||
	    (line.len > 0 && memchr(line.at, '\n', line.len) != NULL))
		abort();
	text_fold(&folded, buf_get(&line));
	if (!text_equal_folded(buf_get(&line), buf_get(&line)))
		abort();
}

/* What is escaped for HTML and turned back is what it was. */
static void
try_escape(struct arena *arena, struct bytes text)
{
	struct buf html = buf_in(arena), back = buf_in(arena);

	html_unescape(&back, text);
	buf_clear(&back);
	html_escape(&html, text);
	for (size_t i = 0; i < html.len; i++)
		if (html.at[i] == '<' || html.at[i] == '>' || html.at[i] == '"')
			abort();
	html_unescape(&back, buf_get(&html));
	if (!bytes_equal(buf_get(&back), text))
		abort();
}

static void
try_query(struct arena *arena, struct bytes text)
{
	struct params params = { NULL, 0 };
	struct buf encoded = buf_in(arena);
	struct bytes decoded;

	if (params_parse(arena, text, 20, &params) == 0 && params.count > 20)
		abort();
	url_encode(&encoded, text);
	if (!url_decode(arena, buf_get(&encoded), false, &decoded) ||
	    !bytes_equal(decoded, text))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { (const char *)data, size };
	struct arena *arena = arena_create();
	struct buf repaired = buf_in(arena);

	try_query(arena, text);
	text_repair(&repaired, text);
	if (!utf8_is_valid(buf_get(&repaired)) ||
	    (text_is_clean(text) && !bytes_equal(buf_get(&repaired), text)))
		abort();
	text = buf_get(&repaired);
	try_email(arena, text);
	try_line(arena, text);
	try_escape(arena, text);
	arena_destroy(arena);
	return 0;
}
