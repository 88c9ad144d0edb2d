/* core/store/folder.h - where a store may lie, and whose file it may be.
 *
 * An engine maps its file into memory and trusts every byte of it: it must
 * not be somebody else's, nor lie where two machines see it differently.
 */
#ifndef HOOKDESK_STORE_FOLDER_H
#define HOOKDESK_STORE_FOLDER_H

#include "core/base/err.h"

#include <stdbool.h>

/* May the store's file <file> in the folder <dir> be opened, or created when
 * <create>?
 *
 * ERR_NOT_FOUND when the folder or the file is not there, ERR_EXISTS when it
 * was to be created and is, ERR_INVALID on a network file system, ERR_DENIED
 * when the file is another user's or others can write it, ERR_IO. */
ERR_CHECKED enum err folder_check(
    const char *dir, const char *file, bool create, struct why *why);

#endif
