/* core/desk/acts.h - the acts by family, for the table in act.c alone.
 *
 * Each builds its part of the work from work->input: what the actor may do is
 * checked first thing, hooks are run, records changed. Running twice is
 * normal: a conflict runs all of it again on a fresh snapshot.
 */
#ifndef HOOKDESK_DESK_ACTS_H
#define HOOKDESK_DESK_ACTS_H

#include "core/desk/work.h"

/* act_ticket.c */
ERR_CHECKED enum err act_ticket_create(struct work *work);
ERR_CHECKED enum err act_ticket_update(struct work *work);
ERR_CHECKED enum err act_ticket_assign(struct work *work);
ERR_CHECKED enum err act_ticket_rate(struct work *work);
ERR_CHECKED enum err act_ticket_view(struct work *work);
ERR_CHECKED enum err act_ticket_remove(struct work *work);
ERR_CHECKED enum err act_ticket_links_revoke(struct work *work);
/* What waits to be done about a ticket is not; mails that were promised go
 * out, and with <is_timers_only> what its events raised still runs. */
ERR_CHECKED enum err act_drop_jobs(
    struct work *work, uint64_t ticket, bool is_timers_only);

/* act_merge.c */
ERR_CHECKED enum err act_ticket_merge(struct work *work);

/* act_message.c */
ERR_CHECKED enum err act_reply_add(struct work *work);
ERR_CHECKED enum err act_note_add(struct work *work);
/* The agent's answer that the input has, on a ticket already loaded. */
ERR_CHECKED enum err act_answer(struct work *work, struct touched *ticket);
ERR_CHECKED enum err act_mail_resend(struct work *work);
ERR_CHECKED enum err act_mail_result(struct work *work);

/* act_http.c */
ERR_CHECKED enum err act_http_result(struct work *work);

/* act_record.c */
ERR_CHECKED enum err act_file_add(struct work *work);
ERR_CHECKED enum err act_file_drop(struct work *work);
ERR_CHECKED enum err act_record_add(struct work *work);
ERR_CHECKED enum err act_record_update(struct work *work);
ERR_CHECKED enum err act_record_remove(struct work *work);
ERR_CHECKED enum err act_customer_add(struct work *work);
ERR_CHECKED enum err act_customer_update(struct work *work);

/* act_field.c: whether a custom field may be so, with what follows for its
 * index; the job that does it. */
ERR_CHECKED enum err act_field_check(struct work *work, struct touched *t);
ERR_CHECKED enum err act_field_remove(
    struct work *work, const struct touched *t);
ERR_CHECKED enum err act_field_index(struct work *work);

/* act_calendar.c: whether a calendar may be so, and whether it may go. */
ERR_CHECKED enum err act_calendar_check(struct work *work, struct touched *t);
ERR_CHECKED enum err act_calendar_unused(
    struct work *work, const struct touched *t);

/* act_setting.c: whether a setting may be kept; its value becomes what is. */
ERR_CHECKED enum err act_setting_check(
    struct work *work, struct record *setting);

/* act_public.c */
ERR_CHECKED enum err act_links_send(struct work *work);
ERR_CHECKED enum err act_article_vote(struct work *work);
ERR_CHECKED enum err act_search_miss(struct work *work);

/* act_sign.c */
ERR_CHECKED enum err act_sign_in(struct work *work);
ERR_CHECKED enum err act_sign_out(struct work *work);
ERR_CHECKED enum err act_link_create(struct work *work);
ERR_CHECKED enum err act_password_change(struct work *work);
ERR_CHECKED enum err act_sessions_end(struct work *work);
ERR_CHECKED enum err act_session_renew(struct work *work);
/* A random token: its text to show once, its hash to store. */
ERR_CHECKED enum err act_new_secret(
    struct work *work, struct bytes *text, struct bytes *hash);

/* act_notice.c */
ERR_CHECKED enum err act_notices_read(struct work *work);
ERR_CHECKED enum err act_admins_tell(struct work *work);
/* What the admins are to know, as a part of another act. */
ERR_CHECKED enum err act_tell_admins(
    struct work *work, const struct admin_news *news);

/* act_script.c */
ERR_CHECKED enum err act_script_run(struct work *work);
ERR_CHECKED enum err act_scripts_keep(struct work *work);
ERR_CHECKED enum err act_traces_keep(struct work *work);
ERR_CHECKED enum err act_script_switch(struct work *work);
ERR_CHECKED enum err act_job_again(struct work *work);
ERR_CHECKED enum err act_job_drop(struct work *work);
ERR_CHECKED enum err act_timer_cancel(struct work *work);

/* act_version.c */
ERR_CHECKED enum err act_script_save(struct work *work);
/* What a load found of the files themselves: see struct script_load. */
ERR_CHECKED enum err act_versions_keep(struct work *work);

/* act_try.c */
ERR_CHECKED enum err act_try_step(struct work *work);

/* act_offer.c */
ERR_CHECKED enum err act_action_run(struct work *work);
ERR_CHECKED enum err act_route_run(struct work *work);

/* act_undo.c */
ERR_CHECKED enum err act_ticket_undo(struct work *work);
ERR_CHECKED enum err act_script_undo(struct work *work);

/* act_import.c */
ERR_CHECKED enum err act_import(struct work *work);

/* For all of them: load the ticket that the input names and check that the
 * actor may do the verb on it. */
ERR_CHECKED enum err act_load_ticket(
    struct work *work, struct touched **ticket);
/* ERR_STALE if something came after what the actor had seen. */
ERR_CHECKED enum err act_check_seen(
    struct work *work, const struct touched *ticket);

#endif
