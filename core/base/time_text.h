/* core/base/time_text.h - times as machines write them: RFC 3339, in UTC. */
#ifndef HOOKDESK_BASE_TIME_TEXT_H
#define HOOKDESK_BASE_TIME_TEXT_H

#include "core/base/bytes.h"

#define TIME_TEXT_SIZE 40 /* with room for years that nobody will see */

/* Read "2026-01-31T12:30:00+01:00", with a blank for the T, without seconds or
 * with parts of them, or a date alone, as microseconds. What says no zone is
 * UTC, and *<is_local> is set, which may be NULL. False, with the outputs
 * untouched, for what is no time. */
bool time_text_read(struct bytes text, int64_t *us, bool *is_local);

/* "2026-01-31T12:30:00Z", NUL-terminated. */
void time_text_write(char out[TIME_TEXT_SIZE], int64_t us);

#endif
