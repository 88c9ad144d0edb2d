/* core/base/stem.h - what the forms of a word have in common.
 *
 * "refunded" and "refunds" have the stem "refund". Stems are no words: they
 * are only good for comparing. By Snowball, for the languages whose forms
 * differ in endings. Any thread may call it.
 */
#ifndef HOOKDESK_BASE_STEM_H
#define HOOKDESK_BASE_STEM_H

#include "core/base/bytes.h"

#define STEM_MAX 64 /* bytes of a word, and of its stem */

enum stem_language { STEM_ENGLISH = 0, STEM_GERMAN, STEM__COUNT };

/* The stem of <word>, a word as text_words() gives it, written to <out>.
 * Returns its length; 0 when memory is exhausted or the word is too long. */
size_t stem_word(
    enum stem_language language, struct bytes word, char out[STEM_MAX]);

#endif
