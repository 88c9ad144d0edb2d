/* core/store/keys.c - keys: one byte for the table, then numbers and words. */
#include "config.h"

#include "core/store/keys.h"

static const struct key_table_info tables[] = {
#define X(id, letter, record, name) { letter, record, name },
	KEY_TABLES(X)
#undef X
};

const struct key_table_info *
key_table_info(char letter)
{
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		if (tables[i].letter == letter)
			return &tables[i];
	return NULL;
}

void
key_raw(struct key *key, const void *at, size_t len)
{
	if (len > (size_t)KEY_MAX - (key->len < KEY_MAX ? key->len : KEY_MAX)) {
		key->len = KEY_MAX + 1; /* and stays so */
		return;
	}
	if (len == 0)
		return;
	memcpy(key->at + key->len, at, len);
	key->len = (uint16_t)(key->len + len);
}

void
key_text(struct key *key, struct bytes text)
{
	if (bytes_has(text, '\0'))
		key->len = KEY_MAX + 1;
	key_raw(key, text.at, text.len);
	key_raw(key, "", 1);
}

void
key_after(struct key *key)
{
	if (key->len > KEY_MAX)
		return;
	while (key->len > 0 && (uint8_t)key->at[key->len - 1] == 0xff)
		key->len--;
	if (key->len > 0)
		key->at[key->len - 1]++;
}

void
key_meta(struct key *key, const char *name)
{
	key_begin(key, KEY_META);
	key_raw(key, name, strlen(name));
}
