/* core/pages/admin.h - what all pages of admins have in common. */
#ifndef HOOKDESK_PAGES_ADMIN_H
#define HOOKDESK_PAGES_ADMIN_H

#include "core/pages/agent.h"

extern const struct route admin_editor_routes[], admin_editor_save_routes[];
extern const struct route admin_guide_routes[];
extern const struct route admin_home_routes[];
extern const struct route admin_record_routes[];
extern const struct route admin_replay_routes[];
extern const struct route admin_replay_short_routes[];
extern const struct route admin_run_routes[];
extern const struct route admin_script_post_routes[];
extern const struct route admin_script_routes[];
extern const struct route admin_script_setting_routes[];
extern const struct route admin_setting_routes[];
extern const struct route admin_try_routes[];
extern const struct route admin_version_routes[];

/* A line of the side bar, a tile of the first page. */
struct admin_link {
	struct bytes url, name, about, count;
	const char *icon;
	bool is_current;
};
extern const struct view_type admin_link_type;

struct admin_side {
	struct agent_bar bar;
	struct view_list pages; /* of struct admin_link */
};

/* The rows for a view_field table of <type_> with a member <side>. */
#define ADMIN_SIDE_FIELDS(type_, side) \
	{ "admin_pages", VIEW_LIST, offsetof(type_, side.pages), \
		&admin_link_type, NULL }, \
	    AGENT_BAR_FIELDS(type_, side.bar)

/* Fill it and the bar; <current> is the last part of the page's address: "queues". */
ERR_CHECKED enum err admin_side_fill(struct page *page, struct site_read *read,
    const char *current, struct admin_side *side);

/* <base>/admin/<rest>, in the arena; empty when memory ran out. */
struct bytes admin_url(struct page *page, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* How many runs of scripts, and mails, were set aside; at most <max>. */
ERR_CHECKED enum err admin_count_failed(
    struct site_read *read, size_t max, size_t *out);

#endif
