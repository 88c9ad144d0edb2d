/* core/lua/api.c - every function that scripts can call, as tables. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/value.h"

#include <stddef.h>

/* What a request to a route has. */
const char api_request_fields[] =
    "method path query headers form json body address";

#define END \
	{ \
		NULL, NULL \
	}

const luaL_Reg api_desk[] = {
	{ "on", l_desk_on },
	{ "job", l_desk_job },
	{ "every", l_desk_every },
	{ "cron", l_desk_cron },
	{ "action", l_desk_action },
	{ "panel", l_desk_panel },
	{ "route", l_desk_route },
	{ "settings", l_desk_settings },
	{ "ticket", l_desk_ticket },
	{ "customer", l_desk_customer },
	{ "agent", l_desk_agent },
	{ "queue", l_desk_queue },
	{ "organisation", l_desk_organisation },
	{ "tickets", l_desk_tickets },
	{ "count", l_desk_count },
	{ "agents", l_desk_agents },
	{ "articles", l_desk_articles },
	{ "each", l_desk_each },
	{ "notify", l_desk_notify },
	{ "mail", l_desk_mail },
	{ "http", l_desk_http },
	{ "word_in", l_desk_word_in },
	{ "render", l_desk_render },
	{ "tr", l_desk_tr },
	{ "date", l_desk_date },
	{ "now", l_desk_now },
	{ "ago", l_desk_ago },
	{ "hmac", l_desk_hmac },
	{ "calendar", l_desk_calendar },
	END,
};

const luaL_Reg api_store[] = {
	{ "get", l_store_get },
	{ "set", l_store_set },
	{ "add", l_store_add },
	END,
};

const luaL_Reg api_json[] = {
	{ "encode", l_json_encode },
	{ "decode", l_json_decode },
	END,
};

const luaL_Reg api_event[] = {
	{ "deny", l_event_deny },
	{ "choose", l_event_choose },
	{ "stop", l_event_stop },
	END,
};

static const luaL_Reg ticket_methods[] = {
	{ "set", l_ticket_set },
	{ "tag", l_ticket_tag },
	{ "untag", l_ticket_untag },
	{ "assign", l_ticket_assign },
	{ "reply", l_ticket_reply },
	{ "mail", l_ticket_mail },
	{ "survey", l_ticket_survey },
	{ "note", l_ticket_note },
	{ "after", l_ticket_after },
	{ "at", l_ticket_at },
	{ "cancel", l_ticket_cancel },
	{ "link", l_ticket_link },
	{ "merge", l_ticket_merge },
	{ "entries", l_ticket_entries },
	{ "similar", l_ticket_similar },
	END,
};

static const luaL_Reg customer_methods[] = {
	{ "set", l_customer_set },
	{ "note", l_customer_note },
	END,
};

static const luaL_Reg agent_methods[] = {
	{ "may", l_agent_may },
	END,
};

static const luaL_Reg calendar_methods[] = {
	{ "is_open", l_calendar_is_open },
	{ "next_open", l_calendar_next_open },
	{ "add", l_calendar_add },
	{ "between", l_calendar_between },
	END,
};

static const luaL_Reg no_methods[] = { END };

const luaL_Reg *const api_methods[OBJECT__COUNT] = {
	[OBJECT_TICKET] = ticket_methods,
	[OBJECT_CUSTOMER] = customer_methods,
	[OBJECT_AGENT] = agent_methods,
	[OBJECT_ENTRY] = no_methods,
	[OBJECT_QUEUE] = no_methods,
	[OBJECT_ORGANISATION] = no_methods,
	[OBJECT_ARTICLE] = no_methods,
	[OBJECT_CALENDAR] = calendar_methods,
};

const luaL_Reg api_world[] = {
	{ "submit", l_world_submit },
	{ "reply", l_world_reply },
	{ "close", l_world_close },
	{ "set", l_world_set },
	{ "add", l_world_add },
	{ "advance", l_world_advance },
	{ "rate", l_world_rate },
	{ "http", l_world_http },
	{ "action", l_world_action },
	{ "request", l_world_request },
	END,
};

const luaL_Reg api_test[] = {
	{ "describe", l_describe },
	{ "it", l_it },
	{ "equal", l_equal },
	END,
};

const char *const api_event_fields[] = { "hook", "id", "at", "source", "actor",
	"cause", "ticket", "customer", "agent", "entry", "form", "changes",
	"answer", "article", "attachment", "mail", "notification", "failure",
	"request", "search", "vote", NULL };

const char *const api_job_fields[] = { "name", "data", "due", "answer", NULL };

const char *const api_world_fields[] = { "sent", "notified", "requests",
	"failed", "now", NULL };
