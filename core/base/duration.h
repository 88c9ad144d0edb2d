/* core/base/duration.h - "15m", "6h", "2d", and business time: "2bh", "1bd".
 *
 * One reading of durations for scripts, filters and timers. What business time
 * comes to is told by business.h.
 */
#ifndef HOOKDESK_BASE_DURATION_H
#define HOOKDESK_BASE_DURATION_H

#include "core/base/bytes.h"

struct duration {
	bool is_business; /* counts only while a calendar is open */
	int64_t us;       /* microseconds; 0 for business days */
	int64_t days;     /* business days; else 0 */
};

/* A whole number up to 100000 and a unit: s m h d w, or bm bh bd of business
 * time. ERR_INVALID for anything else. */
ERR_CHECKED enum err duration_read(struct bytes text, struct duration *out);

#endif
