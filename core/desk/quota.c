/* core/desk/quota.c - what a site may use: mails an hour, bytes of files and of
 * what scripts keep. */
#include "config.h"
#include "core/desk/quota.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/desk/act.h"
#include "core/desk/care.h"
#include "core/desk/site_private.h"
#include "core/model/setting.h"
#include "core/model/table.h"

#include <stdlib.h>

#define COUNTED_US (10 * CLOCK_MINUTE_US) /* bytes are counted anew then, */
#define FULL_US (10 * CLOCK_SECOND_US)    /* and sooner when there is no room */

/* Bytes in use, as counted, with what came since. */
struct room {
	enum err (*count)(const struct site_read *read, int64_t *bytes);
	int64_t bytes;
	int64_t counted_us;
	bool is_counted;
};

struct quota {
	pthread_mutex_t lock;
	int64_t hour_us; /* when the present hour began */
	int64_t mails;   /* in it */
	int64_t next_us; /* the place of the next one that has to wait */
	int64_t told_us; /* when the admins were told last */
	bool is_news;
	struct room files, values;
};

static enum err count_files(const struct site_read *read, int64_t *bytes);
static enum err count_values(const struct site_read *read, int64_t *bytes);

enum err
quota_create(struct quota **out)
{
	struct quota *quota = calloc(1, sizeof *quota);

	if (quota == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&quota->lock, NULL);
	quota->files.count = count_files;
	quota->values.count = count_values;
	*out = quota;
	return ERR_OK;
}

void
quota_destroy(struct quota *quota)
{
	if (quota == NULL)
		return;
	pthread_mutex_destroy(&quota->lock);
	free(quota);
}

/* A setting, as far as the machine leaves it; 0 is no limit. */
static int64_t
limit_of(const struct site_read *read, enum setting_id id, int64_t most)
{
	int64_t n = setting_int(read->directory, id, NULL);

	return most > 0 && (n == 0 || n > most) ? most : n;
}

static int64_t
mails_per_hour(const struct site_read *read)
{
	return limit_of(read, CHOICE_MAIL_PER_HOUR,
	    read->site->options.limits.mails_per_hour);
}

/* The next place behind this hour, and behind those given out before. */
static int64_t
wait_until(struct quota *quota, int64_t now_us, int64_t most)
{
	int64_t until_us = quota->hour_us + CLOCK_HOUR_US;

	if (quota->next_us > until_us)
		until_us = quota->next_us;
	quota->next_us = until_us + CLOCK_HOUR_US / most;
	if (quota->told_us == 0 || now_us - quota->told_us >= CLOCK_DAY_US) {
		quota->told_us = now_us;
		quota->is_news = true;
	}
	return until_us;
}

int64_t
quota_take_mail(const struct site_read *read, size_t count, bool is_by_hand)
{
	struct quota *quota = read->site->quota;
	int64_t most = mails_per_hour(read), until_us = 0;
	int64_t kept = is_by_hand ? 0 : most / 10;

	if (read->site->options.below != NULL)
		return 0; /* of a dry run nothing goes out */
	pthread_mutex_lock(&quota->lock);
	if (read->now_us - quota->hour_us >= CLOCK_HOUR_US) {
		quota->hour_us = read->now_us;
		quota->mails = 0;
	}
	if (quota->mails < most - kept)
		quota->mails += (int64_t)count;
	else
		until_us = wait_until(quota, read->now_us, most);
	pthread_mutex_unlock(&quota->lock);
	return until_us;
}

void
quota_mails(const struct site_read *read, int64_t *mails, int64_t *most)
{
	struct quota *quota = read->site->quota;

	*most = mails_per_hour(read);
	pthread_mutex_lock(&quota->lock);
	*mails = read->now_us - quota->hour_us < CLOCK_HOUR_US ? quota->mails :
								 0;
	pthread_mutex_unlock(&quota->lock);
}

enum err
quota_tell(struct site *site, struct arena *arena)
{
	struct admin_news news = {
		.title = BYTES("Mails wait: there are too many in an hour"),
		.text = BYTES("They go out as the hours allow. The limit is on "
			      "the settings page."),
	};
	struct quota *quota = site->quota;
	bool is_news;

	pthread_mutex_lock(&quota->lock);
	is_news = quota->is_news;
	quota->is_news = false;
	pthread_mutex_unlock(&quota->lock);
	if (!is_news)
		return ERR_NOT_FOUND;
	log_event(LOG_WARN, "mail.quota", "site=%s", site->dir);
	return care_tell_admins(site, &news, arena);
}

static enum err
count_files(const struct site_read *read, int64_t *bytes)
{
	struct record file;
	uint64_t id = 0;
	enum err err;

	*bytes = 0;
	while ((err = record_next(read->snapshot, KIND_FILE, &id, &file)) ==
	    ERR_OK)
		*bytes += record_int(&file, FILE_SIZE);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* What scripts keep, of all of them. */
static enum err
count_values(const struct site_read *read, int64_t *bytes)
{
	struct record value;
	uint64_t id = 0;
	enum err err;

	*bytes = 0;
	while ((err = record_next(read->snapshot, KIND_VALUE, &id, &value)) ==
	    ERR_OK)
		*bytes += (int64_t)value.raw.len;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* The room as counted; anew after a while, or soon when <wanted> bytes do not
 * fit: some may have been removed. The quota is locked. */
static enum err
find_room(struct room *used, const struct site_read *read, int64_t most,
    int64_t wanted, int64_t *room)
{
	int64_t age_us = read->now_us - used->counted_us;
	bool fits = wanted <= most - used->bytes;
	enum err err = ERR_OK;

	if (!used->is_counted || age_us >= (fits ? COUNTED_US : FULL_US)) {
		err = used->count(read, &used->bytes);
		used->is_counted = err == ERR_OK;
		used->counted_us = read->now_us;
	}
	*room = used->bytes < most ? most - used->bytes : 0;
	return err;
}

/* Take <bytes> of it; *<fits> is false if there is no such room. */
static enum err
take_room(struct room *used, const struct site_read *read, int64_t most,
    int64_t bytes, bool *fits)
{
	struct quota *quota = read->site->quota;
	int64_t room;
	enum err err;

	pthread_mutex_lock(&quota->lock);
	err = find_room(used, read, most, bytes, &room);
	*fits = err == ERR_OK && bytes <= room;
	if (*fits)
		used->bytes += bytes;
	pthread_mutex_unlock(&quota->lock);
	return err;
}

static int64_t
most_files(const struct site_read *read)
{
	return limit_of(
	    read, CHOICE_FILES_MAX, read->site->options.limits.file_bytes);
}

static enum err
no_room(int64_t most, struct why *why)
{
	return why_set(why, ERR_LIMIT, "attachment",
	    N_("There is no room for more files here: the limit is {n} MB."),
	    most / 1000000, NULL);
}

enum err
quota_file_room(const struct site_read *read, int64_t wanted, int64_t *room,
    struct why *over)
{
	struct quota *quota = read->site->quota;
	int64_t most = most_files(read);
	enum err err;

	*room = INT64_MAX;
	if (most == 0)
		return ERR_OK;
	(void)no_room(most, over);
	pthread_mutex_lock(&quota->lock);
	err = find_room(&quota->files, read, most, wanted, room);
	pthread_mutex_unlock(&quota->lock);
	return err;
}

enum err
quota_take_file(const struct site_read *read, int64_t bytes, struct why *why)
{
	int64_t most = most_files(read);
	bool fits;
	enum err err;

	if (most == 0)
		return ERR_OK;
	err = take_room(&read->site->quota->files, read, most, bytes, &fits);
	return err == ERR_OK && !fits ? no_room(most, why) : err;
}

enum err
quota_take_value(const struct site_read *read, int64_t bytes, struct why *why)
{
	bool fits;
	enum err err = take_room(
	    &read->site->quota->values, read, QUOTA_VALUES_MAX, bytes, &fits);

	if (err == ERR_OK && !fits)
		err = why_set(why, ERR_LIMIT, NULL,
		    N_("desk.store is full: the scripts of this desk keep "
		       "{n} MB at most."),
		    QUOTA_VALUES_MAX / 1000000, NULL);
	return err;
}

enum err
quota_values(const struct site_read *read, int64_t *bytes)
{
	struct quota *quota = read->site->quota;
	int64_t room;
	enum err err;

	pthread_mutex_lock(&quota->lock);
	err = find_room(&quota->values, read, QUOTA_VALUES_MAX, 0, &room);
	*bytes = quota->values.bytes;
	pthread_mutex_unlock(&quota->lock);
	return err;
}
