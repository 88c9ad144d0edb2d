/* core/desk/script_usage.c - what a site's scripts use of what they may. */
#include "config.h"
#include "core/desk/quota.h"
#include "core/desk/run.h"
#include "core/desk/scripts.h"
#include "core/desk/site_private.h"
#include "core/store/keys.h"

size_t
scripts_resting(struct site *site, int64_t now_us)
{
	return health_resting(site->health, now_us);
}

/* The keys that begin with <prefix>, at most SCRIPTS_COUNT_MAX. */
static enum err
count_keys(struct snapshot *snapshot, const struct key *prefix, size_t *out)
{
	struct cursor cursor = { .snapshot = NULL };
	struct bytes key, value;
	size_t count = 0;
	enum err err = cursor_open_prefix(
	    snapshot, key_get(prefix), FORWARD, &cursor);

	while (err == ERR_OK && count < SCRIPTS_COUNT_MAX) {
		err = cursor_next(&cursor, &key, &value);
		count += err == ERR_OK;
	}
	cursor_close(&cursor);
	*out = count;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err
scripts_usage(const struct site_read *read, struct scripts_usage *out)
{
	struct script_host_status status;
	struct key key;
	enum err err;

	*out = (struct scripts_usage){ .cpu_us = 0 };
	script_host_status(read->site->scripts, &status);
	out->cpu_us = status.minute_cpu_us;
	out->cpu_max_us = status.minute_cpu_max_us;
	quota_mails(read, &out->mails, &out->mails_max);
	out->bytes_max = QUOTA_VALUES_MAX;
	err = quota_values(read, &out->bytes);
	key_begin(&key, KEY_JOB);
	if (err == ERR_OK)
		err = count_keys(read->snapshot, &key, &out->waiting);
	key_begin(&key, KEY_RECORD);
	key_u8(&key, KIND_TRACE);
	if (err == ERR_OK)
		err = count_keys(read->snapshot, &key, &out->traces);
	return err;
}
