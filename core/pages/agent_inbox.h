/* core/pages/agent_inbox.h - routes of the inbox. */
#ifndef HOOKDESK_PAGES_AGENT_INBOX_H
#define HOOKDESK_PAGES_AGENT_INBOX_H

#include "core/web/route.h"

extern const struct route agent_inbox_routes[];

#endif
