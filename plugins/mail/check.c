/* plugins/mail/check.c - what may stand in a header, and what may not. */
#include "config.h"
#include "plugins/mail/check.h"

#include <string.h>
#include <strings.h>

#define LOCAL_MAX 64 /* RFC 5321, 4.5.3.1.1 */
#define ID_MAX 250
#define MEDIA_TYPE_MAX 127

/* Bytes of the UTF-8 character at <at>, which ends with a NUL or is <len>
 * bytes long; 0 if it is none. RFC 3629, 4. */
static size_t
character_len(const char *at, size_t len)
{
	const unsigned char *c = (const unsigned char *)at;
	size_t want = c[0] < 0x80 ? 1 :
	    c[0] < 0xc2           ? 0 :
	    c[0] < 0xe0           ? 2 :
	    c[0] < 0xf0           ? 3 :
	    c[0] < 0xf5           ? 4 :
				    0;

	if (want == 0 || want > len)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return want;
}

static bool
is_control(const char *at)
{
	unsigned char c = (unsigned char)at[0];

	return c < 0x20 || c == 0x7f ||
	    (c == 0xc2 && (unsigned char)at[1] < 0xa0);
}

static bool
is_text(const char *text, bool has_controls)
{
	size_t len = strlen(text);

	while (len > 0) {
		size_t n = character_len(text, len);

		if (n == 0 || (!has_controls && is_control(text)))
			return false;
		text += n;
		len -= n;
	}
	return true;
}

bool
check_is_utf8(const char *text)
{
	return is_text(text, true);
}

bool
check_is_clean(const char *text)
{
	return is_text(text, false);
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool
is_local_part(const char *from, const char *end)
{
	if (from == end || end - from > LOCAL_MAX)
		return false;
	for (const char *c = from; c < end; c++) {
		if (*c == '.' && (c == from || c + 1 == end || c[1] == '.'))
			return false;
		if (*c != '.' && !is_alnum(*c) &&
		    !is_one_of(*c, "!#$%&'*+-/=?^_`{|}~"))
			return false;
	}
	return true;
}

static bool
is_domain(const char *domain)
{
	size_t len = strlen(domain);

	if (len == 0 || domain[0] == '.' || domain[len - 1] == '.')
		return false;
	for (const char *c = domain; *c != '\0'; c++) {
		if (*c == '.' && c[1] == '.')
			return false;
		if (*c != '.' && *c != '-' && !is_alnum(*c) && !(*c & 0x80))
			return false;
	}
	return true;
}

bool
check_is_address(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && strlen(address) <= CHECK_ADDRESS_MAX &&
	    check_is_clean(address) && is_local_part(address, at) &&
	    is_domain(at + 1);
}

bool
check_is_message_id(const char *id)
{
	const char *at = strchr(id, '@');

	if (at == NULL || at == id || at[1] == '\0' ||
	    strchr(at + 1, '@') != NULL || strlen(id) > ID_MAX)
		return false;
	for (; *id != '\0'; id++)
		if (*id <= ' ' || *id > '~' || is_one_of(*id, "<>()\\\",;:"))
			return false;
	return true;
}

bool
check_is_field_name(const char *name)
{
	static const char *const ours[] = { "From", "Sender", "Reply-To", "To",
		"Cc", "Bcc", "Subject", "Date", "Message-ID", "In-Reply-To",
		"References", "MIME-Version", "Auto-Submitted", "Return-Path",
		"Received" };

	if (name[0] == '\0' || strncasecmp(name, "Content-", 8) == 0)
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || *c == ':')
			return false;
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcasecmp(name, ours[i]) == 0)
			return false;
	return true;
}

bool
check_is_media_type(const char *type)
{
	const char *slash = strchr(type, '/');

	if (slash == NULL || slash == type || slash[1] == '\0' ||
	    strlen(type) > MEDIA_TYPE_MAX ||
	    strncasecmp(type, "multipart/", 10) == 0 ||
	    strncasecmp(type, "message/", 8) == 0)
		return false;
	for (const char *c = type; *c != '\0'; c++)
		if (c != slash && !is_alnum(*c) && !is_one_of(*c, "!#$&-^_.+"))
			return false;
	return true;
}

size_t
check_copy_line(char *out, size_t size, const char *from, size_t len)
{
	size_t used = 0;

	while (len > 0) {
		size_t n = character_len(from, len);
		bool is_bad = n == 0 || is_control(from);

		n = n == 0 ? 1 : n;
		if (used + (is_bad ? 1 : n) >= size)
			break;
		if (is_bad)
			out[used++] = ' ';
		else
			memcpy(&out[used], from, n);
		used += is_bad ? 0 : n;
		from += n;
		len -= n;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return used;
}
