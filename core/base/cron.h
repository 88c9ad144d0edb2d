/* core/base/cron.h - times that come again: "30 7 * * 1-5".
 *
 * Five fields as in crontab(5): minute, hour, day of the month, month, day of
 * the week (0 and 7 are Sunday). Each is *, a number, a-b, any of these with
 * /STEP, or a list of them with commas; months and days of the week may be
 * named by their first three letters in English. Where both days are given,
 * either will do. Reading one knows no time zones: the script host does that,
 * too.
 */
#ifndef HOOKDESK_BASE_CRON_H
#define HOOKDESK_BASE_CRON_H

#include "core/base/bytes.h"

struct zone;

/* A plain value: bits of what fits. */
struct cron {
	uint64_t minutes, hours, days, months, weekdays;
	bool has_days, has_weekdays; /* given, not "*" */
};

#define CRON_FAULT_SIZE 128

/* Returns ERR_INVALID for what is none, or never comes, with words in <fault>.
 */
ERR_CHECKED enum err cron_parse(
    struct bytes text, struct cron *out, char fault[CRON_FAULT_SIZE]);

/* cron_next.c: the first time behind <after_us> by the clocks of <zone>. A
 * time that is left out in spring comes with the next minute there is; of one
 * that comes twice in autumn it is the first alone. ERR_NOT_FOUND if the next
 * eight years have none. */
ERR_CHECKED enum err cron_next(const struct cron *cron, const struct zone *zone,
    int64_t after_us, int64_t *out_us);

#endif
