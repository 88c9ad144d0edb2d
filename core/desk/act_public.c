/* core/desk/act_public.c - what visitors do who hold no ticket's link. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/desk/acts.h"
#include "core/desk/ops.h"

#define SEARCH_WORDS_MAX 200 /* bytes of what was looked for */

/* The job is written for every address: whether a customer has it is seen when
 * it runs, so that neither the answer nor its time tells. */
enum err
act_links_send(struct work *work)
{
	struct buf email = buf_in(work->arena), key = buf_in(work->arena);
	struct record job;
	uint64_t customer = 0;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_LINKS_SEND, NULL);

	if (err != ERR_OK)
		return err;
	err = text_email(&email, work->input->email, work->why);
	if (err == ERR_INVALID)
		return work_fail(work, err, "email", work->why->message,
		    work->why->n, BYTES_NONE);
	text_email_key(&key, buf_get(&email));
	if (err != ERR_OK || email.failed || key.failed)
		return ERR_NOMEM;
	err = record_lookup(work->read.snapshot, INDEX_CUSTOMER_ADDRESS,
	    buf_get(&key), &customer);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	record_init(&job, KIND_JOB, 0);
	record_set_int(&job, JOB_TYPE, JOB_MAIL);
	record_set_int(&job, JOB_SUBJECT, (int64_t)customer);
	record_set_text(&job, JOB_SUBJECT_KIND, BYTES("customer"));
	record_set_text(&job, JOB_DATA, BYTES("{\"kind\":\"links\"}"));
	return work_add_job(work, &job);
}

/* Written only when a script waits for it. */
static enum err
raise_voted(struct work *work, struct touched *article)
{
	struct buf detail = buf_in(work->arena);
	struct json_writer w = json_writer(&detail);

	if (!work_is_heard(work, HOOK_ARTICLE_VOTED))
		return ERR_OK;
	json_key(&w, "vote");
	json_begin_object(&w);
	json_member_bool(&w, "helpful", work->input->rating > 0);
	json_end_object(&w);
	return detail.failed ? ERR_NOMEM :
			       work_raise(work, HOOK_ARTICLE_VOTED, article, 0,
				   BYTES_NONE, buf_get(&detail));
}

enum err
act_article_vote(struct work *work)
{
	struct touched *article;
	int slot = work->input->rating > 0 ? ARTICLE_HELPED :
					     ARTICLE_NOT_HELPED;
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_ARTICLE_VOTE, NULL);

	if (err == ERR_OK)
		err = work_load(
		    work, KIND_ARTICLE, work->input->subject, &article);
	if (err == ERR_OK && !record_int(&article->old, ARTICLE_IS_PUBLISHED))
		err = ERR_NOT_FOUND;
	if (err != ERR_OK)
		return err;
	record_set_int(
	    &article->new, slot, record_int(&article->new, slot) + 1);
	work->result->record = article->new.id;
	return raise_voted(work, article);
}

/* Written only when a script waits for it. */
enum err
act_search_miss(struct work *work)
{
	struct buf detail = buf_in(work->arena), words = buf_in(work->arena);
	struct json_writer w = json_writer(&detail);
	enum err err = desk_may(
	    work->read.directory, &work->actor, VERB_SEARCH_MISS, NULL);

	if (err != ERR_OK || !work_is_heard(work, HOOK_SEARCH_MISSED))
		return err;
	text_snippet(&words, work->input->body, SEARCH_WORDS_MAX);
	json_key(&w, "search");
	json_begin_object(&w);
	json_member_text(&w, "text", buf_get(&words));
	json_member_text(
	    &w, "language", record_text(&work->input->fields, TICKET_LANGUAGE));
	json_end_object(&w);
	if (detail.failed || words.failed)
		return ERR_NOMEM;
	return work_raise(
	    work, HOOK_SEARCH_MISSED, NULL, 0, BYTES_NONE, buf_get(&detail));
}
