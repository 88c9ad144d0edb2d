/* core/base/ini.h - reads the one INI file there is.
 *
 * Lines are `[section]`, `key = value`, `; comment` or `# comment`; white
 * space at both ends of a line, a key and a value is dropped.
 */
#ifndef HOOKDESK_BASE_INI_H
#define HOOKDESK_BASE_INI_H

#include "core/base/bytes.h"

#define INI_FILE_MAX (256 * 1024) /* bytes */

/* One `key = value`. All of it is borrowed until the callback returns. */
struct ini_entry {
	const char *section; /* "" before the first one */
	const char *key, *value;
	int line; /* from 1 */
};

/* Take one entry. On an error reading ends; what <why> says is completed with
 * file and line. */
typedef enum err ini_fn(
    void *arg, const struct ini_entry *entry, struct why *why);

/* Read file <path>, calling <fn> for each entry in order.
 *
 * Returns ERR_NOT_FOUND if there is no such file; ERR_INVALID for a line that
 * is neither entry nor section nor comment, is too long (about 190 bytes) or
 * not UTF-8; ERR_LIMIT if it is over INI_FILE_MAX; what <fn> returned; or
 * ERR_IO. why->n is the line, why->name "FILE:LINE: what", unless NULL. */
ERR_CHECKED enum err ini_read(
    const char *path, ini_fn *fn, void *arg, struct why *why);

#endif
