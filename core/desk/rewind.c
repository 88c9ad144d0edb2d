/* core/desk/rewind.c - a record as it was before a change. */
#include "config.h"
#include "core/desk/rewind.h"
#include "core/base/json.h"
#include "core/model/value.h"

enum err
rewind_fields(struct record *record, struct bytes changes,
    const struct directory *directory, struct arena *arena, rewind_leave *leave,
    void *context, uint64_t *count)
{
	const struct json *object, *member;
	struct why why = { .message = "" };
	enum err err;

	if (changes.len == 0)
		return ERR_OK;
	err = json_parse(arena, changes, JSON_BYTES_MAX, &object, &why);
	for (member = err == ERR_OK ? json_first(object) : NULL;
	     err == ERR_OK && member != NULL; member = json_next(member)) {
		struct bytes name = bytes_of(json_name(member));
		int slot = kind_slot(record->kind, name);
		struct record then = *record;

		if (slot < 0)
			continue;
		record_clear(&then, slot);
		err = value_from_json(
		    &then, slot, json_first(member), directory, arena, &why);
		if (err == ERR_INVALID) {
			err = leave(context, name, &why);
			continue;
		}
		*record = then;
		++*count;
	}
	return err;
}
