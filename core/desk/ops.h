/* core/desk/ops.h - the deeds that acts and scripts' wishes are made of.
 *
 * Each works on records that a work has loaded and knows nothing of who asked
 * or whether he may: that was checked before. All of them leave an account in
 * the timeline through work_flush() or work_add_entry().
 */
#ifndef HOOKDESK_DESK_OPS_H
#define HOOKDESK_DESK_OPS_H

#include "core/desk/work.h"

struct json;

/* ops.c: a ticket's fields. */

/* Set what <from> has set or <cleared> names, and let the rest follow: a
 * closed ticket has a closing time and nobody waits for it, a customer's new
 * address is not proved, and so on. */
void ops_set(struct work *work, struct touched *ticket,
    const struct record *from, uint64_t cleared);
/* The rules that every change of a ticket obeys; idempotent. */
void ops_settle(struct work *work, struct touched *ticket);
ERR_CHECKED enum err ops_tag(struct work *work, struct touched *ticket,
    const struct bytes *tags, size_t count, bool is_on);
/* ERR_INVALID for an agent who may not see the ticket's queue or is not
 * active; 0 is nobody, who may always own it. */
ERR_CHECKED enum err ops_check_owner(
    struct work *work, const struct touched *ticket, uint64_t agent);
/* The queue decides who sees a ticket: an owner who no longer may lets go. */
void ops_release_owner(struct work *work, struct touched *ticket);
/* Give it to an agent, 0 for nobody. As ops_check_owner(). */
ERR_CHECKED enum err ops_assign(
    struct work *work, struct touched *ticket, uint64_t agent);

/* act_ticket.c: the same, but first scripts may refuse or choose another, by
 * ticket.assigning; not within a -ing handler. ERR_REFUSED too. */
ERR_CHECKED enum err ops_propose_owner(
    struct work *work, struct touched *ticket, uint64_t agent);

/* Ask ticket.updating, and first ticket.deleting where it goes to the trash or
 * ticket.merging where it goes into another one, about what is not accounted for yet; nothing when that is nothing, or within
 * a -ing handler. ERR_REFUSED. */
ERR_CHECKED enum err ops_ask_updating(
    struct work *work, struct touched *ticket);

/* act_merge.c: close the ticket as merged into another of its customer, which
 * takes over that somebody waits. ERR_INVALID with the reason at the field
 * "into"; ERR_REFUSED by ticket.merging. */
ERR_CHECKED enum err ops_merge(
    struct work *work, struct touched *ticket, uint64_t number);
/* If <entry> of <ticket>, which goes away, tells that another one was merged
 * into it: that one is on its own again, and stays closed. */
ERR_CHECKED enum err ops_part(struct work *work, const struct touched *ticket,
    const struct record *entry);

/* ops_message.c: what is said on a ticket. */

struct message {
	enum entry_type type;
	struct bytes body;
	enum body_format format;
	const uint64_t *files;
	size_t file_count;
	const uint64_t *mentions;
	size_t mention_count;
	bool is_automatic; /* an answer by a script */
};

/* Add a reply or note: body checked and rendered, files attached, a mail
 * queued where it is an answer to the customer. *<entry> (may be NULL) is the
 * record as stored. */
ERR_CHECKED enum err ops_say(struct work *work, struct touched *ticket,
    const struct message *message, struct record *entry, uint64_t *sequence);
/* Queue the mail of an entry, or of none (an automatic one): <data> is the
 * JSON that the mail job is given, see mailout.h. */
ERR_CHECKED enum err ops_queue_mail(struct work *work, struct touched *ticket,
    uint64_t entry, struct bytes data);
/* The safe HTML of an article's new body. */
ERR_CHECKED enum err ops_render_article(
    struct work *work, struct touched *article);
/* The text of a canned reply that a script names as template, filled in. */
ERR_CHECKED enum err ops_template(struct work *work, struct touched *ticket,
    const struct json *wish, struct bytes *out);
/* Remove a file's record now and its bytes a day later. */
ERR_CHECKED enum err ops_remove_file(struct work *work, struct touched *file);
/* The same for all files of a ticket. */
ERR_CHECKED enum err ops_remove_files(struct work *work, uint64_t ticket);
/* Note that the customer wrote, or that we answered him. */
void ops_customer_wrote(struct work *work, struct touched *ticket);
void ops_answered(struct work *work, struct touched *ticket);

/* ops_people.c */

/* The customer with this address, or a new one. ERR_INVALID for what is no
 * address. */
ERR_CHECKED enum err ops_customer(struct work *work, struct bytes email,
    struct bytes name, struct bytes language, struct touched **out);

/* ops_notice.c */

/* What agents are told; who may be is the caller's business. */
struct notice {
	struct bytes title, text;
	const struct touched *ticket; /* NULL: none */
	const struct record **agents;
	size_t count;
	bool is_urgent;
};

/* Leave it behind the bell of each, and queue the mails to those who want it
 * by mail, too. ERR_NOMEM. */
ERR_CHECKED enum err ops_notify(struct work *work, const struct notice *notice);

/* assign.c: an agent chosen at the commit. */

struct assign_policy {
	/* "load", "time_today", "turn"; NULL: the first of <prefer> */
	const char *by;
	const uint64_t *prefer;
	size_t prefer_count;
	const struct json *from; /* A, among whom to choose; NULL: all */
	int64_t cap;             /* open tickets at most; 0: no limit */
	struct bytes why;        /* the script's own reason, or empty */
};

/* *<agent> is 0 when nobody is free; *<reason> says why this one, behind the
 * script's own reason, or why nobody. */
ERR_CHECKED enum err assign_choose(struct work *work,
    const struct touched *ticket, const struct assign_policy *policy,
    uint64_t *agent, struct bytes *reason);

#endif
