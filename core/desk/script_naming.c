/* core/desk/script_naming.c - which scripts name a record by its key. */
#include "config.h"
#include "core/base/arena.h"
#include "core/desk/scripts.h"

#include <stdio.h>

/* Whether a script's text names <key> as a text of its own. */
static bool
names_key(struct bytes source, struct bytes key)
{
	const char *at;

	while ((at = bytes_find(source, key)) != NULL) {
		const char *end = at + key.len;

		if (at > source.at && (at[-1] == '"' || at[-1] == '\'') &&
		    end < source.at + source.len && *end == at[-1])
			return true;
		source.len -= (size_t)(end - source.at);
		source.at = end;
	}
	return false;
}

/* Where a script may name it: in its text, or in what was chosen for it. */
static bool
script_names(const struct directory *directory, const struct record *script,
    struct bytes name)
{
	char setting[200];

	snprintf(setting, sizeof setting, "script/%.*s",
	    BYTES_ARG(record_key(script)));
	return names_key(record_text(script, SCRIPT_SOURCE), name) ||
	    names_key(directory_setting(directory, setting), name);
}

struct bytes
scripts_naming(const struct directory *directory, const struct record *record,
    struct arena *arena)
{
	struct buf out = buf_in(arena);
	struct bytes name = record->kind->id == KIND_CANNED ?
	    record_label(record) : /* templates are named by their titles */
	    record_key(record);
	size_t count;
	const struct record *const *all = directory_all(
	    directory, KIND_SCRIPT, &count);

	for (size_t i = 0; name.len > 0 && i < count; i++) {
		if (!script_names(directory, all[i], name))
			continue;
		buf_text(&out, out.len > 0 ? ", " : "");
		buf_bytes(&out, record_key(all[i]));
	}
	return out.failed ? BYTES_NONE : buf_get(&out);
}
