/* tests/fuzz/fuzz_record.c - damaged bytes are no record, or one like others.
 *
 * The first byte chooses the kind, the rest is what stands behind the CRC:
 * that is made right here, or no change of the fuzzer's would get past it.
 * See fuzz_markdown.c for how it is built.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/crc32c.h"
#include "core/model/record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned sink;

/* Read every byte that the record says is there. */
static void
touch(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		sink += (unsigned char)text.at[i];
}

static void
walk_list(const struct field *field, struct bytes list)
{
	struct bytes rest = list, item;
	size_t count = list_count(field, list), steps = 0;
	int64_t n;

	if (field->type == FIELD_TEXT)
		while (list_next_text(&rest, &item)) {
			touch(item);
			steps++;
		}
	else
		while (list_next_int(&rest, &n))
			steps++;
	if (steps > count)
		abort();
	list_has_text(list, BYTES("word"));
}

static void
walk_map(struct bytes map)
{
	struct buf out = BUF_INIT;
	struct bytes rest = map, value;
	uint64_t number;

	while (map_next(&rest, &number, &value))
		touch(value);
	map_set(&out, map, 7, BYTES("value"));
	if (!bytes_is(map_get(buf_get(&out), 7), "value"))
		abort();
	buf_release(&out);
}

static void
walk(const struct record *record)
{
	for (size_t i = 0; i < record->kind->field_count; i++) {
		const struct field *field = &record->kind->fields[i];
		struct bytes text = record_text(record, (int)i);

		touch(text);
		record_int(record, (int)i);
		if (field->type == FIELD_ENUM)
			touch(bytes_of(record_word(record, (int)i)));
		else if (field->type == FIELD_MAP)
			walk_map(text);
		else if (field->flags & F_LIST)
			walk_list(field, text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf raw = BUF_INIT, once = BUF_INIT, twice = BUF_INIT;
	struct record record, again;
	enum kind_id kind;
	uint32_t crc;

	if (size < 1)
		return 0;
	kind = (enum kind_id)(1 + data[0] % (KIND__COUNT - 1));
	if (kind_get(kind) == NULL)
		return 0;
	buf_add(&raw, "\0\0\0\0", 4);
	buf_add(&raw, (const char *)data + 1, size - 1);
	crc = crc32c(0, raw.at + 4, raw.len - 4);
	for (int i = 0; i < 4; i++)
		raw.at[i] = (char)(crc >> 8 * i);
	if (record_decode(&record, kind, 1, buf_get(&raw)) == ERR_OK) {
		walk(&record);
		record_encode(&record, &once);
		crc = crc32c(0, once.at + 4, once.len - 4);
		for (int i = 0; i < 4; i++)
			once.at[i] = (char)(crc >> 8 * i);
		if (record_decode(&again, kind, 1, buf_get(&once)) != ERR_OK)
			abort();
		for (size_t i = 0; i < record.kind->field_count; i++)
			if (!record_same(&record, &again, (int)i))
				abort();
		record_encode(&again, &twice);
		if (twice.len != once.len ||
		    memcmp(twice.at + 4, once.at + 4, once.len - 4) != 0)
			abort();
	}
	buf_release(&raw);
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
