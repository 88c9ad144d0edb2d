/* core/pages/agent_notices.h - routes of what the bell has to tell. */
#ifndef HOOKDESK_PAGES_AGENT_NOTICES_H
#define HOOKDESK_PAGES_AGENT_NOTICES_H

#include "core/pages/agent.h"

extern const struct route agent_notice_routes[];

#endif
