/* core/pages/agent_entry.h - entries of a timeline as agents see them. */
#ifndef HOOKDESK_PAGES_AGENT_ENTRY_H
#define HOOKDESK_PAGES_AGENT_ENTRY_H

#include "core/pages/agent.h"

struct change_view {
	struct bytes label, from, to;
};

struct entry_view {
	int64_t id, at_us, tone;
	bool is_customer, is_reply, is_note, is_auto, is_line, is_new;
	struct bytes author, initials, body, via, to;
	bool has_files, is_sending, is_failed, can_resend, can_undo;
	struct view_list files; /* of struct file_view */
	struct bytes failed_why, text, script, why, cause, trace_url;
	struct view_list changes; /* of struct change_view */
};
extern const struct view_type entry_view_type;

/* What all entries of a page have in common. */
struct entry_context {
	struct page *page;
	struct site_read *read;
	const struct actor *actor;
	const struct record *ticket;
	const struct record *customer; /* of the ticket; NULL if it is gone */
	struct bytes ticket_url;
	uint64_t seen; /* later entries are new; 0: none is */
	bool can_manage, can_reply;
	bool is_merged; /* they are shown with those of another ticket */
};

/* Fill <out>; ERR_NOMEM, ERR_CORRUPT ... */
ERR_CHECKED enum err entry_view_fill(const struct entry_context *context,
    const struct record *entry, struct entry_view *out);

#endif
