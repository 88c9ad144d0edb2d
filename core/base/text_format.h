/* core/base/text_format.h - dates and numbers as readers of a language write
 * them.
 *
 * <locale> is a language tag: "en", "de", "tr", "ms", "mn", "zh", "de-AT",
 * "zh_Hant"; what ICU does not know is written as in English. Any thread may
 * call any of this.
 */
#ifndef HOOKDESK_BASE_TEXT_FORMAT_H
#define HOOKDESK_BASE_TEXT_FORMAT_H

#include "core/base/bytes.h"

struct zone;

enum text_date_style {
	TEXT_DATE_SHORT = 0, /* 02/03/2026, 09:00 */
	TEXT_DATE_LONG,      /* 2 March 2026 at 09:00 */
	TEXT_DATE_DAY,       /* 2 Mar 2026 */
	TEXT_DATE_DAY_LONG,  /* Monday, 2 March 2026 */
	TEXT_DATE_TIME,      /* 09:00 */
	TEXT_DATE_RELATIVE,  /* 3 hours ago, yesterday, in 5 minutes */
	TEXT_DATE__COUNT
};

/* <at_us>, UTC, as a reader in <zone> would write it, added to <out>.
 * <now_us> is for TEXT_DATE_RELATIVE only. Memory running out shows as
 * out->failed, or as a part that ICU left out. */
void text_date(struct buf *out, const char *locale, const struct zone *zone,
    enum text_date_style style, int64_t at_us, int64_t now_us);

/* 12,345 or 12.345 or 12 345. */
void text_number(struct buf *out, const char *locale, int64_t n);

/* <n> with up to <digits> digits behind the point. */
void text_decimal(struct buf *out, const char *locale, double n, int digits);

/* A size in bytes as 12 kB, 3.4 MB. */
void text_size(struct buf *out, const char *locale, uint64_t size_bytes);

/* At a program's start, before its threads: the library remembers for good
 * when there was no memory for its first use. */
void text_format_prepare(void);

#endif
