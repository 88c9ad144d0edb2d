/* core/desk/canned.c - placeholders. */
#include "config.h"
#include "core/desk/canned.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/may.h"
#include "core/desk/token.h"

bool
canned_is_for(const struct record *canned, const struct actor *actor,
    const struct record *ticket)
{
	uint64_t queue = record_ref(canned, CANNED_QUEUE);
	uint64_t owner = record_ref(canned, CANNED_OWNER);

	return (queue == 0 || queue == record_ref(ticket, TICKET_QUEUE)) &&
	    (owner == 0 || owner == actor->agent);
}

/* The text of a field by its name; numbers in digits. */
static bool
field_text(const struct canned_from *from, struct arena *arena,
    const struct record *record, struct bytes name, struct bytes *out)
{
	int slot = kind_slot(record->kind, name);
	const struct record *other;

	if (slot < 0 || record->kind->fields[slot].see > SEE_AGENT ||
	    record->kind->fields[slot].flags & F_LIST)
		return false;
	switch (record->kind->fields[slot].type) {
	case FIELD_TEXT: *out = record_text(record, slot); return true;
	case FIELD_ENUM:
		*out = bytes_of(record_word(record, slot));
		return true;
	case FIELD_REF:
		other = directory_find(from->read->directory,
		    record->kind->fields[slot].ref, record_ref(record, slot));
		*out = other != NULL ? record_label(other) : BYTES_NONE;
		return true;
	case FIELD_INT:
		*out = bytes_of(arena_printf(
		    arena, "%lld", (long long)record_int(record, slot)));
		return out->at != NULL;
	default: return false;
	}
}

static bool
var_text(const struct json *vars, struct arena *arena, struct bytes name,
    struct bytes *out)
{
	char *key = arena_copy(arena, name.at, name.len);
	const struct json *value;
	int64_t n;

	if (key == NULL)
		return false;
	value = json_get(vars, key);
	if (json_type(value) == JSON_TEXT) {
		*out = json_text(value);
		return true;
	}
	if (!json_int(value, &n))
		return false;
	*out = bytes_of(arena_printf(arena, "%lld", (long long)n));
	return out->at != NULL;
}

/* What a placeholder stands for; false if it is none. */
static bool
placeholder(const struct canned_from *from, struct arena *arena,
    struct bytes name, struct bytes *out)
{
	const struct {
		const char *name;
		const struct record *record;
	} records[] = {
		{ "ticket", from->ticket },
		{ "customer", from->customer },
		{ "agent", from->agent },
	};
	struct bytes rest = name, first = bytes_split(&rest, '.');

	if (bytes_is(name, "url") && from->ticket != NULL) {
		*out = token_url(from->read->site, from->read->directory,
		    from->ticket, arena);
		return true;
	}
	if (bytes_is(name, "ticket.number") && from->ticket != NULL) {
		*out = bytes_of(arena_printf(
		    arena, "%llu", (unsigned long long)from->ticket->id));
		return out->at != NULL;
	}
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		if (!bytes_is(first, records[i].name) || rest.len == 0)
			continue;
		if (records[i].record == NULL) {
			*out = BYTES_NONE;
			return true;
		}
		return field_text(from, arena, records[i].record, rest, out);
	}
	return from->vars != NULL && var_text(from->vars, arena, name, out);
}

enum err
canned_fill(struct buf *out, struct arena *arena,
    const struct canned_from *from, struct bytes text)
{
	while (text.len > 0) {
		const char *open = memchr(text.at, '{', text.len);
		const char *end = text.at + text.len, *close;
		struct bytes inner, name, value;

		if (open == NULL)
			break;
		close = memchr(open, '}', (size_t)(end - open));
		if (close == NULL)
			break;
		buf_add(out, text.at, (size_t)(open - text.at));
		inner = (struct bytes){ open + 1, (size_t)(close - open - 1) };
		name = bytes_split(&inner, '|');
		if (placeholder(from, arena, bytes_trim(name), &value))
			buf_bytes(out, value.len > 0 ? value : inner);
		else
			buf_add(out, open, (size_t)(close + 1 - open));
		text.len = (size_t)(end - close - 1);
		text.at = close + 1;
	}
	buf_bytes(out, text);
	return out->failed ? ERR_NOMEM : ERR_OK;
}
