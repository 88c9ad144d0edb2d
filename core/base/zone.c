/* core/base/zone.c - GLib's time zones, read once and kept.
 *
 * A GTimeZone does not change once it is made and may be read by any thread;
 * only the table of those known is locked.
 */
#include "config.h"
#include "core/base/zone.h"
#include "core/base/date.h"

#include <glib.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECOND_US INT64_C(1000000)
#define DAY_S INT64_C(86400)
#define YEAR_MAX 9999
#define BUCKETS 128 /* some 600 zones exist */

struct zone {
	struct zone *next;
	GTimeZone *glib; /* NULL for UTC itself */
	char name[ZONE_NAME_MAX + 1];
};

static struct zone utc = { .name = "UTC" };
static struct zone *known[BUCKETS];
static pthread_rwlock_t known_lock = PTHREAD_RWLOCK_INITIALIZER;

/* A name is used as a path: only a zone's characters, and no way up. */
static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= ZONE_NAME_MAX && name[0] != '/' &&
	    strstr(name, "..") == NULL &&
	    strspn(name,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_+-/") == len;
}

/* GLib takes POSIX rules for names too; only what is there as a file shall
 * count, or the table grows with whatever strangers send. */
static bool
is_installed(const char *name)
{
	const char *folder = getenv("TZDIR");
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s",
	    folder != NULL ? folder : "/usr/share/zoneinfo", name);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static struct zone **
bucket_of(const char *name)
{
	uint32_t hash = 5381;

	for (const char *p = name; *p != '\0'; p++)
		hash = hash * 33 + (unsigned char)*p;
	return &known[hash % BUCKETS];
}

static const struct zone *
find_known(const char *name)
{
	for (struct zone *z = *bucket_of(name); z != NULL; z = z->next)
		if (strcmp(z->name, name) == 0)
			return z;
	return NULL;
}

static struct zone *
load(const char *name)
{
	GTimeZone *glib;
	struct zone *zone;

	if (!is_installed(name))
		return NULL;
	glib = g_time_zone_new_identifier(name);
	if (glib == NULL)
		return NULL;
	zone = calloc(1, sizeof *zone);
	if (zone == NULL) {
		g_time_zone_unref(glib);
		return NULL;
	}
	zone->glib = glib;
	memcpy(zone->name, name, strlen(name) + 1);
	return zone;
}

const struct zone *
zone_get(const char *name)
{
	const struct zone *found;
	struct zone *loaded;

	if (strcmp(name, "UTC") == 0)
		return &utc;
	if (!is_name(name))
		return NULL;
	pthread_rwlock_rdlock(&known_lock);
	found = find_known(name);
	pthread_rwlock_unlock(&known_lock);
	if (found != NULL)
		return found;
	pthread_rwlock_wrlock(&known_lock);
	found = find_known(name); /* another thread was faster? */
	if (found == NULL) {
		loaded = load(name);
		if (loaded != NULL) {
			loaded->next = *bucket_of(name);
			*bucket_of(name) = loaded;
		}
		found = loaded;
	}
	pthread_rwlock_unlock(&known_lock);
	return found;
}

const struct zone *
zone_utc(void)
{
	return &utc;
}

const char *
zone_name(const struct zone *zone)
{
	return zone->name;
}

/* Seconds east of UTC at <at_s>, UTC. */
static int64_t
offset_at(const struct zone *zone, int64_t at_s, bool *is_dst)
{
	int interval;

	*is_dst = false;
	if (zone->glib == NULL)
		return 0;
	interval = g_time_zone_find_interval(
	    zone->glib, G_TIME_TYPE_UNIVERSAL, at_s);
	if (interval < 0)
		return 0;
	*is_dst = g_time_zone_is_dst(zone->glib, interval);
	return g_time_zone_get_offset(zone->glib, interval);
}

void
zone_from_us(const struct zone *zone, int64_t at_us, struct zone_time *out)
{
	int64_t first_s = date_to_days((struct date){ 1, 1, 2 }) * DAY_S;
	int64_t last_s =
	    date_to_days((struct date){ YEAR_MAX, 12, 31 }) * DAY_S - 1;
	int64_t at_s = floor_div(at_us, SECOND_US);
	int64_t local_s, second, day;
	struct date date;

	if (at_s < first_s)
		at_s = first_s;
	if (at_s > last_s)
		at_s = last_s;
	out->offset_s = (int)offset_at(zone, at_s, &out->is_dst);
	local_s = at_s + out->offset_s;
	day = floor_div(local_s, DAY_S);
	date = date_from_days(day);
	out->year = date.year;
	out->month = date.month;
	out->day = date.day;
	out->weekday = date_weekday(day);
	second = local_s - day * DAY_S;
	out->hour = (int)(second / 3600);
	out->minute = (int)(second / 60 % 60);
	out->second = (int)(second % 60);
	out->microsecond = (int)(at_us % SECOND_US);
	if (out->microsecond < 0)
		out->microsecond += SECOND_US;
}

/* The UTC second at which <zone> shows <local_s>, a local time written as if
 * it were UTC. */
static int64_t
to_utc_s(const struct zone *zone, int64_t local_s)
{
	bool is_dst;
	/* Clocks jump less than a day, and never twice within two. */
	int64_t before = offset_at(zone, local_s - DAY_S, &is_dst);
	int64_t after = offset_at(zone, local_s + DAY_S, &is_dst);
	int64_t early = local_s - (before > after ? before : after);
	int64_t late = local_s - (before > after ? after : before);

	if (early + offset_at(zone, early, &is_dst) == local_s)
		return early;
	if (late + offset_at(zone, late, &is_dst) == local_s)
		return late;
	return local_s - before; /* left out: as if nobody had moved it */
}

enum err
zone_to_us(const struct zone *zone, const struct zone_time *local, int64_t *out)
{
	int64_t local_s;

	if (local->year < 1 || local->year > YEAR_MAX || local->month < 1 ||
	    local->month > 12 || local->day < 1 ||
	    local->day > date_month_days(local->year, local->month) ||
	    local->hour < 0 || local->hour > 23 || local->minute < 0 ||
	    local->minute > 59 || local->second < 0 || local->second > 59 ||
	    local->microsecond < 0 || local->microsecond >= SECOND_US)
		return ERR_INVALID;
	local_s = date_to_days(
		      (struct date){ local->year, local->month, local->day }) *
		DAY_S +
	    local->hour * 3600 + local->minute * 60 + local->second;
	*out = to_utc_s(zone, local_s) * SECOND_US + local->microsecond;
	return ERR_OK;
}

int64_t
zone_local_us(const struct zone *zone, int64_t local_us)
{
	int64_t local_s = floor_div(local_us, SECOND_US);

	return to_utc_s(zone, local_s) * SECOND_US +
	    (local_us - local_s * SECOND_US);
}

int64_t
zone_offset_us(const struct zone *zone, int64_t at_us)
{
	bool is_dst;

	return offset_at(zone, floor_div(at_us, SECOND_US), &is_dst) *
	    SECOND_US;
}

int64_t
zone_change_us(const struct zone *zone, int64_t from_us, int64_t to_us)
{
	int64_t low = floor_div(from_us, SECOND_US);
	int64_t high = floor_div(to_us, SECOND_US);
	bool is_dst;
	int64_t offset = offset_at(zone, low, &is_dst);

	if (offset_at(zone, high, &is_dst) == offset)
		return to_us;
	while (high - low > 1) { /* as before at <low>, changed at <high> */
		int64_t middle = low + (high - low) / 2;

		if (offset_at(zone, middle, &is_dst) == offset)
			low = middle;
		else
			high = middle;
	}
	return high * SECOND_US;
}

int64_t
zone_day_us(const struct zone *zone, int64_t at_us, int days)
{
	struct zone_time local;
	int64_t day;

	zone_from_us(zone, at_us, &local);
	day = date_to_days(
		  (struct date){ local.year, local.month, local.day }) +
	    days;
	return to_utc_s(zone, day * DAY_S) * SECOND_US;
}
