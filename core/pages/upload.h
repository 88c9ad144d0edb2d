/* core/pages/upload.h - files that come with a form, taken in and kept.
 *
 * A file is written to the site's files/ under a random name while it comes,
 * synced and renamed; then VERB_FILE_ADD makes it a record that waits to be
 * attached. Whoever sent it gets a signed reference back, so that a form that
 * is shown again after an error needs no second upload.
 *
 * What is wrong with a file (too large, too many, no room) never loses the
 * rest of the form: it is reported in struct uploads.
 */
#ifndef HOOKDESK_PAGES_UPLOAD_H
#define HOOKDESK_PAGES_UPLOAD_H

#include "core/desk/act.h"
#include "core/desk/token.h"
#include "core/web/form.h"

struct page;

#define UPLOADS_MAX 10                                /* of one form */
#define UPLOADS_BYTES_MAX (INT64_C(20) * 1000 * 1000) /* all together */

struct upload {
	uint64_t file; /* the record's id */
	struct bytes name;
	int64_t size_bytes;
	char ref[TOKEN_TEXT_SIZE]; /* for <input type=hidden name=upload> */
};

struct uploads {
	struct upload at[UPLOADS_MAX];
	size_t count;
	enum err err; /* what kept the others from being taken, and ... */
	struct why why;
};

/* Read the form of <page>'s request and take its files in on behalf of
 * <actor>: those sent, and those kept from the try before (fields "upload",
 * less the one that "remove" names). No look at the desk may be held.
 *
 * <takes_files> false throws files away unread: for a sender who is over his
 * limit, whose text is shown again.
 *
 * Returns 0, *<form> and *<uploads>; or the status to answer, as form_read().
 * Trouble with files is in uploads->err: ERR_LIMIT (too many, too large),
 * ERR_FULL, ERR_IO ... */
ERR_CHECKED int upload_read(struct page *page, const struct actor *actor,
    bool takes_files, struct form *form, struct uploads *uploads);

/* The upload that a reference of ours names, unless it is attached by now:
 * ERR_NOT_FOUND. The page holds a look at the desk afterwards. */
ERR_CHECKED enum err upload_find(
    struct page *page, struct bytes ref, uint64_t *file);

/* The ids for act_input.files. */
void upload_attach(const struct uploads *uploads, struct act_input *input);

/* Answer with a stored file: 0, or 404 when its bytes are gone, 503. */
int upload_send(struct page *page, const struct record *file);

#endif
