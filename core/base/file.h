/* core/base/file.h - whole files and folders, written so that a power cut
 * leaves the old or the new one.
 *
 * Paths are NUL-terminated, up to PATH_MAX. <why> may be NULL; its name is the
 * path and what the system said. Any thread may call any of this.
 */
#ifndef HOOKDESK_BASE_FILE_H
#define HOOKDESK_BASE_FILE_H

#include "core/base/bytes.h"

#include <sys/types.h>

/* What the errno <number> of a call on a file means: ERR_FULL when the disk or
 * quota is full, ERR_NOT_FOUND, ERR_NOMEM, else ERR_IO. */
enum err file_err(int number);

/* Add the whole file to <out>.
 *
 * Returns ERR_NOT_FOUND if it does not exist, ERR_LIMIT if it is over <max>
 * bytes, ERR_INVALID if it is not a regular file, ERR_NOMEM, or ERR_IO. */
ERR_CHECKED enum err file_read(
    const char *path, size_t max, struct buf *out, struct why *why);

/* Replace or create <path> with <content>, mode <mode>: written beside it,
 * synced, renamed over it, its folder synced. On error nothing is left beside
 * it and the old file is as it was; but if only the last sync failed, the new
 * one is there and a power cut may take it back.
 *
 * Returns ERR_FULL when the disk or quota is full, else ERR_IO. */
ERR_CHECKED enum err file_replace(
    const char *path, mode_t mode, struct bytes content, struct why *why);

/* write() all of it, through interrupts and short writes; ERR_FULL, ERR_IO.
 * errno tells more. */
ERR_CHECKED enum err file_write_all(int fd, const void *at, size_t len);

/* Make the names in folder <path> durable. */
ERR_CHECKED enum err file_sync_folder(const char *path);

/* Make folder <path> and those above it, with <mode>; fine if it exists.
 * ERR_INVALID if something else is there, ERR_FULL, ERR_IO. */
ERR_CHECKED enum err file_make_folders(
    const char *path, mode_t mode, struct why *why);

/* Remove <path> with all that is in it, following no symbolic link; fine if
 * it is not there. Goes on past what it cannot remove, then ERR_IO. */
ERR_CHECKED enum err file_remove_tree(const char *path);

/* A new empty folder, mode 0700, in $TMPDIR or /tmp; <out> receives its path.
 * Give it back with file_remove_tree(). */
ERR_CHECKED enum err file_temp_folder(char *out, size_t size);

#endif
