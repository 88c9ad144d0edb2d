/* core/pages/agent.h - what all pages of agents have in common.
 *
 * The side bar with its folders and counts, rows of tickets, choices of a
 * select. Admin pages use it too.
 */
#ifndef HOOKDESK_PAGES_AGENT_H
#define HOOKDESK_PAGES_AGENT_H

#include "core/desk/site.h"
#include "core/pages/common.h"

/* The agent who is signed in; routes with ACCESS_AGENT have one. */
struct actor agent_actor(const struct page *page);

/* --- the bar at the top --- */

struct agent_bar {
	struct bytes search_q;                   /* what was searched for */
	struct bytes notices_new, notices_title; /* empty: none is new */
	int64_t notices_id;                      /* of the newest one */
};

/* The rows for a view_field table of <type_> with a member <bar>. */
#define AGENT_BAR_FIELDS(type_, bar) \
	{ "notices_new", VIEW_TEXT, offsetof(type_, bar.notices_new), NULL, \
		NULL }, \
	    { "notices_title", VIEW_TEXT, offsetof(type_, bar.notices_title), \
		    NULL, NULL }, \
	    { "notices_id", VIEW_INT, offsetof(type_, bar.notices_id), NULL, \
		    NULL }, \
	{ \
		"search_q", VIEW_TEXT, offsetof(type_, bar.search_q), NULL, \
		    NULL \
	}

/* Fill it, but for search_q. ERR_NOMEM, ERR_IO ... */
ERR_CHECKED enum err agent_bar_fill(
    struct page *page, struct site_read *read, struct agent_bar *bar);

/* --- the side bar --- */

struct agent_side {
	struct agent_bar bar;
	struct view_list folders, queues; /* of struct side_item */
	bool has_queues;
};

/* A folder or queue in the side bar. */
struct side_item {
	struct bytes url, name, count;
	const char *icon, *key;
	bool is_current;
};
extern const struct view_type side_item_type;

/* The rows for a view_field table of <type_> with a member <side>. */
#define AGENT_SIDE_FIELDS(type_, side) \
	{ "folders", VIEW_LIST, offsetof(type_, side.folders), \
		&side_item_type, NULL }, \
	    { "queues", VIEW_LIST, offsetof(type_, side.queues), \
		    &side_item_type, NULL }, \
	    { "has_queues", VIEW_BOOL, offsetof(type_, side.has_queues), NULL, \
		    NULL }, \
	    AGENT_BAR_FIELDS(type_, side.bar)

/* Fill it and the bar; <filter> is the filter of the list shown, or empty. ERR_NOMEM,
 * ERR_IO ... */
ERR_CHECKED enum err agent_side_fill(struct page *page, struct site_read *read,
    struct bytes filter, struct agent_side *side);

/* The name of the folder that <filter> is, in the page's language; NULL for a
 * filter of another sort. */
const char *agent_folder_name(const struct page *page, struct bytes filter);

/* --- rows of tickets --- */

struct person_view {
	struct bytes name, initials;
	int64_t tone;
};

struct ticket_row {
	int64_t number, rev, tone;
	struct bytes url, subject, snippet;
	struct person_view customer, owner;
	struct bytes queue_name;
	const char *status_label;
	int64_t waiting_us, updated_us;
	struct view_list tags; /* of struct bytes */
	bool is_unread, is_waiting, is_open, is_pending, is_closed;
	bool is_urgent, is_high, is_low, has_owner, is_in_note;
	struct bytes found; /* HTML with <mark>, for search */
};
extern const struct view_type ticket_row_type;

/* Fill a row. <shows_queue> is false in a queue's own list. */
ERR_CHECKED enum err ticket_row_fill(struct page *page, struct site_read *read,
    const struct record *ticket, bool shows_queue, struct ticket_row *row);

/* "/support/agent/t/123", in the arena. */
struct bytes agent_ticket_url(struct page *page, uint64_t number);

/* "Open", "Pending", "Closed" in the page's language. */
const char *agent_status_label(const struct page *page, int64_t status);
const char *agent_priority_label(const struct page *page, int64_t priority);

/* --- choices --- */

struct choice {
	struct bytes value, label;
	bool is_chosen;
};
extern const struct view_type choice_type;

/* All records of a small kind by key, the one with id <chosen> marked; with
 * <none> (may be NULL) as a first choice of value "" for nothing. */
ERR_CHECKED enum err choices_of_kind(struct page *page,
    const struct directory *directory, enum kind_id kind, uint64_t chosen,
    const char *none, struct view_list *out);
/* The words of an enum field, labelled by <label>. */
ERR_CHECKED enum err choices_of_words(struct page *page,
    const struct field *field, int64_t chosen,
    const char *(*label)(const struct page *page, int64_t n),
    struct view_list *out);

/* "1 000+" past VIEW_COUNT_MAX. */
struct bytes agent_count_text(struct page *page, int64_t count, bool is_cut);

/* A path of ours from a form's "back" or "next", or <otherwise>: never a page
 * elsewhere. */
struct bytes agent_back(
    struct page *page, struct bytes given, const char *otherwise);

#endif
