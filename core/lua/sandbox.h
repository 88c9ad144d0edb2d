/* core/lua/sandbox.h - what this process can no longer do once it is locked.
 */
#ifndef HOOKDESK_LUA_SANDBOX_H
#define HOOKDESK_LUA_SANDBOX_H

#include "core/base/err.h"

/* Close all descriptors but 0, the server's socket, 1 and 2; no core, no new
 * privileges, nobody's debugger; limits on memory, files and stack; gone when
 * the server is gone; and a seccomp filter that lets read, write, poll,
 * anonymous memory, clocks and the end through and kills the process for all
 * else. Call it before the first script is read.
 *
 * ERR_IO if any of the locks does not close: then run nothing. */
ERR_CHECKED enum err sandbox_lock(void);

#endif
