/* core/base/http.c - what may be said in a web request of ours. */
#include "config.h"
#include "core/base/http.h"

#include <strings.h>

#define NAME_MAX_BYTES 100

/* Those that say where a message ends or whom it is for, and ours. */
static const char *const reserved[] = { "Host", "Content-Length",
	"Transfer-Encoding", "Connection", "Keep-Alive", "Expect", "TE",
	"Trailer", "Upgrade", "Proxy-Authorization", "Proxy-Connection",
	HTTP_FIELD_KEY, HTTP_FIELD_SIGNATURE };

static bool
has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == '\x7f')
			return true;
	return false;
}

bool
http_is_method(struct bytes name)
{
	struct bytes rest = BYTES(HTTP_METHODS);

	while (rest.at != NULL)
		if (bytes_equal(bytes_split(&rest, ' '), name))
			return true;
	return false;
}

bool
http_is_url(struct bytes url)
{
	return (bytes_start_with(url, BYTES("https://")) ||
		   bytes_start_with(url, BYTES("http://"))) &&
	    url.len <= HTTP_URL_MAX && !has_control(url) &&
	    !bytes_has(url, ' ');
}

bool
http_is_field(struct bytes name)
{
	static const char token[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-.^_`|~";

	if (name.len == 0 || name.len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (memchr(token, name.at[i], sizeof token - 1) == NULL)
			return false;
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (strlen(reserved[i]) == name.len &&
		    strncasecmp(reserved[i], name.at, name.len) == 0)
			return false;
	return true;
}

bool
http_is_value(struct bytes value)
{
	return value.len <= HTTP_VALUE_MAX && !has_control(value);
}

struct bytes
http_host(struct bytes url)
{
	const char *start = bytes_find(url, BYTES("://"));
	struct bytes host = url;

	if (start != NULL) {
		host.len -= (size_t)(start + 3 - host.at);
		host.at = start + 3;
	}
	for (size_t i = 0; i < host.len; i++)
		if (strchr("/?#", host.at[i]) != NULL)
			host.len = i;
	return host;
}
