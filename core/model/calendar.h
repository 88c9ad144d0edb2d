/* core/model/calendar.h - calendars as records, and which one holds.
 *
 * What a calendar says is reckoned with in base/business.h.
 */
#ifndef HOOKDESK_MODEL_CALENDAR_H
#define HOOKDESK_MODEL_CALENDAR_H

#include "core/base/business.h"
#include "core/model/directory.h"

/* The calendar of a queue (0: none), or the site's: the one marked as that,
 * else the oldest. NULL if there is none at all. Borrowed. */
const struct record *calendar_of(
    const struct directory *directory, uint64_t queue);

/* Read a calendar to reckon with; it lives as long as <arena>. ERR_INVALID,
 * with words and the field in <why> (may be NULL), for what is no zone, no
 * span or no holiday; ERR_NOMEM. */
ERR_CHECKED enum err calendar_read(const struct record *record,
    const struct directory *directory, struct arena *arena,
    struct business *out, struct why *why);

/* The same for one that is about to be kept: it must be open at some time from
 * <now_us> on. */
ERR_CHECKED enum err calendar_check(const struct record *record,
    const struct directory *directory, struct arena *arena, int64_t now_us,
    struct why *why);

#endif
