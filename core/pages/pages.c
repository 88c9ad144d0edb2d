/* core/pages/pages.c - all URLs: the tables of every page, for the router. */
#include "config.h"
#include "core/pages/pages.h"
#include "core/pages/admin.h"
#include "core/pages/agent_inbox.h"
#include "core/pages/agent_me.h"
#include "core/pages/agent_new.h"
#include "core/pages/agent_notices.h"
#include "core/pages/agent_offers.h"
#include "core/pages/agent_post.h"
#include "core/pages/agent_search.h"
#include "core/pages/agent_sign.h"
#include "core/pages/agent_ticket.h"
#include "core/pages/agent_timers.h"
#include "core/pages/api.h"
#include "core/pages/customer.h"
#include "core/pages/script_route.h"

const struct route *const page_routes[] = {
	admin_editor_routes,
	admin_editor_save_routes,
	admin_home_routes,
	admin_record_routes,
	admin_replay_routes,
	admin_replay_short_routes,
	admin_run_routes,
	admin_guide_routes,
	admin_script_post_routes,
	admin_script_routes,
	admin_script_setting_routes,
	admin_setting_routes,
	admin_try_routes,
	admin_version_routes,
	agent_inbox_routes,
	agent_me_routes,
	agent_new_routes,
	agent_notice_routes,
	agent_offer_routes,
	agent_post_routes,
	agent_search_routes,
	agent_sign_routes,
	agent_ticket_routes,
	agent_timer_routes,
	api_openapi_routes,
	api_routes,
	customer_article_routes,
	customer_form_routes,
	customer_portal_routes,
	customer_ticket_routes,
	script_route_routes,
};
const size_t page_routes_count = sizeof page_routes / sizeof *page_routes;
