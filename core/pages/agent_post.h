/* core/pages/agent_post.h - routes of what agents do with a ticket. */
#ifndef HOOKDESK_PAGES_AGENT_POST_H
#define HOOKDESK_PAGES_AGENT_POST_H

#include "core/web/route.h"

extern const struct route agent_post_routes[];

#endif
