/* core/web/magic.h - what a file is, by its content.
 *
 * The only file that knows libmagic. Nobody believes what a sender says about
 * a file; this is what decides whether it may be shown in a page.
 */
#ifndef HOOKDESK_WEB_MAGIC_H
#define HOOKDESK_WEB_MAGIC_H

#include "core/base/bytes.h"

#define MAGIC_TYPE_SIZE 128  /* of a media type, with its NUL */
#define MAGIC_HEAD_SIZE 4096 /* bytes of a file that are looked at */

/* The media type ("image/png") of a file that begins with <head>, at most
 * MAGIC_HEAD_SIZE bytes of it; "application/octet-stream" when it is nothing
 * known or libmagic does not run. text/plain is only said of UTF-8. Any
 * thread. */
void magic_guess(struct bytes head, char out[MAGIC_TYPE_SIZE]);

#endif
