/* core/pages/agent_me.h - routes of an agent's own settings. */
#ifndef HOOKDESK_PAGES_AGENT_ME_H
#define HOOKDESK_PAGES_AGENT_ME_H

#include "core/pages/agent.h"

extern const struct route agent_me_routes[];

#endif
