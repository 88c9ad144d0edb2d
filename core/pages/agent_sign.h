/* core/pages/agent_sign.h - signing in and out. */
#ifndef HOOKDESK_PAGES_AGENT_SIGN_H
#define HOOKDESK_PAGES_AGENT_SIGN_H

#include "core/pages/agent.h"

extern const struct route agent_sign_routes[];

/* What the browser's session cookie holds, for acts that ask whose session
 * it is; empty without one. */
struct bytes session_secret(struct page *page);

#endif
