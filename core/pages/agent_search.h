/* core/pages/agent_search.h - routes of the agents' search. */
#ifndef HOOKDESK_PAGES_AGENT_SEARCH_H
#define HOOKDESK_PAGES_AGENT_SEARCH_H

#include "core/pages/agent.h"

extern const struct route agent_search_routes[];

#endif
