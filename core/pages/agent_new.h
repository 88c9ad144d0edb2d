/* core/pages/agent_new.h - routes of new tickets by agents. */
#ifndef HOOKDESK_PAGES_AGENT_NEW_H
#define HOOKDESK_PAGES_AGENT_NEW_H

#include "core/pages/agent.h"

extern const struct route agent_new_routes[];

#endif
