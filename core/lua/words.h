/* core/lua/words.h - finds words in texts: Unicode case folding, whole words.
 *
 * Without ICU, which a script host does not have. Texts come from the server
 * composed (NFC), so that case is all that has to be folded.
 */
#ifndef HOOKDESK_LUA_WORDS_H
#define HOOKDESK_LUA_WORDS_H

#include "core/base/bytes.h"

/* <text> folded, added to <out>: full case folding of the Unicode standard,
 * and i, I, dotless i and dotted I as one letter; white space becomes one
 * space. */
void words_fold(struct buf *out, struct bytes text);

/* Whether <text> holds <word>, both folded: as a whole word, or as the
 * beginning of one if <word> ends with "*". In scripts that put no spaces
 * between words (Chinese, Japanese, Thai ...) anywhere. */
bool words_find(struct bytes text, struct bytes word);

#endif
