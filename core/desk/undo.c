/* core/desk/undo.c - fields taken back to what they were before a change. */
#include "config.h"
#include "core/desk/undo.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/model/value.h"

/* Whether the field is now what the change made of it. */
static enum err
is_still(struct work *work, const struct touched *touched, int slot,
    const struct json *value, bool *out)
{
	struct buf now = buf_in(work->arena), then = buf_in(work->arena);
	struct json_writer a = json_writer(&now), b = json_writer(&then);

	value_to_json(&a, &touched->new, slot, work->read.directory, false);
	json_put_value(&b, value);
	if (now.failed || then.failed)
		return ERR_NOMEM;
	*out = bytes_equal(buf_get(&now), buf_get(&then));
	return ERR_OK;
}

enum err
undo_fields(struct work *work, struct touched *touched,
    const struct json *changes, size_t *undone, struct bytes *left)
{
	struct buf names = buf_in(work->arena);
	const struct json *member;
	enum err err = ERR_OK;

	*undone = 0;
	for (member = json_first(changes); err == ERR_OK && member != NULL;
	     member = json_next(member)) {
		int slot = kind_slot(
		    touched->new.kind, bytes_of(json_name(member)));
		const struct json *old = json_first(member);
		bool still = false;

		if (slot < 0)
			continue;
		err = is_still(work, touched, slot, json_next(old), &still);
		if (err == ERR_OK && still) {
			err = value_from_json(&touched->new, slot, old,
			    work->read.directory, work->arena, work->why);
			++*undone;
		} else if (err == ERR_OK) {
			buf_printf(&names, "%s%s", names.len > 0 ? ", " : "",
			    json_name(member));
		}
	}
	if (err == ERR_OK && names.failed)
		err = ERR_NOMEM;
	*left = buf_get(&names);
	return err;
}
