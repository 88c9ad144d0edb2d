/* core/pages/admin_replay_short.c - /admin/scripts/NAME/replay.json: what would
 * have become of the last tickets, for who is writing the script.
 * It only looks.
 *
 *	{ "looked", "changed", "not_replayed", "is_complete", "load_error",
 *	  "tickets": [{ "number", "subject", "url", "differences",
 *	    "first": { "what", "kind", "name", "from", "to", "by",
 *	      "is_field", "is_new", "is_gone", "is_moved" } }],
 *	  "errors": [{ "handler", "message", "count" }] }
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/pages/admin_replay.h"

static void
put_first(
    struct page *page, struct json_writer *w, const struct replay_difference *d)
{
	json_begin_object(w);
	json_member_string(w, "what", replay_what_name(d->what));
	json_member_string(
	    w, "kind", page_tr(page, replay_what_words(d->what)));
	json_member_text(w, "name", d->name);
	json_member_text(w, "from", d->from);
	json_member_text(w, "to", d->to);
	json_member_text(w, "by", d->by);
	json_member_bool(w, "is_field", d->what == REPLAY_FIELD);
	json_member_bool(w, "is_new", !d->had);
	json_member_bool(w, "is_gone", !d->has);
	json_member_bool(
	    w, "is_moved", d->had && d->has && bytes_equal(d->from, d->to));
	json_end_object(w);
}

static void
put_tickets(
    struct page *page, struct json_writer *w, const struct replay_kept *kept)
{
	json_key(w, "tickets");
	json_begin_list(w);
	for (; kept != NULL; kept = kept->next) {
		const struct replay_ticket *ticket = &kept->ticket;

		if (ticket->why_not != NULL)
			continue;
		json_begin_object(w);
		json_member_int(w, "number", (int64_t)ticket->number);
		json_member_text(w, "subject", ticket->subject);
		json_member_text(
		    w, "url", replay_ticket_url(page, ticket->number));
		json_member_int(w, "differences", (int64_t)ticket->count);
		json_key(w, "first");
		put_first(page, w, ticket->differences);
		json_end_object(w);
	}
	json_end_list(w);
}

static void
put_errors(struct json_writer *w, const struct replay_error *e)
{
	json_key(w, "errors");
	json_begin_list(w);
	for (; e != NULL; e = e->next) {
		json_begin_object(w);
		json_member_text(w, "handler", e->handler);
		json_member_text(w, "message", e->message);
		json_member_int(w, "count", (int64_t)e->count);
		json_end_object(w);
	}
	json_end_list(w);
}

static int
post_short(struct page *page)
{
	struct json_writer w;
	struct replay_report report;
	struct replay_kept *tickets;
	struct script_file file;
	struct form form;
	bool is_draft;
	int status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	enum err err;

	if (status != 0)
		return status;
	err = replay_read_text(page, &form, &file, &is_draft);
	if (err == ERR_OK)
		err = replay_short(page->desk, &file, page->arena, &report,
		    &tickets, &page->why);
	if (err != ERR_OK)
		return page_status(err);
	w = json_writer(&page->response->body);
	json_begin_object(&w);
	json_member_int(&w, "looked", (int64_t)report.tickets);
	json_member_int(&w, "changed", (int64_t)report.differ);
	json_member_int(&w, "not_replayed", (int64_t)report.not_replayed);
	json_member_bool(
	    &w, "is_complete", report.reached_us >= report.until_us);
	json_member_text(&w, "load_error", report.load_error);
	put_tickets(page, &w, tickets);
	put_errors(&w, report.errors);
	json_end_object(&w);
	response_type(page->response, "application/json");
	return 0;
}

const struct route admin_replay_short_routes[] = {
	{ ROUTE_POST, "/admin/scripts/{name}/replay.json", ACCESS_ADMIN,
	    post_short, false },
	{ .pattern = NULL },
};
