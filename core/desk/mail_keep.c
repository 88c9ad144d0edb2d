/* core/desk/mail_keep.c - mails that are made, and kept instead of sent. */
#include "config.h"
#include "core/desk/mail_keep.h"
#include "core/base/arena.h"
#include "core/base/json.h"

static struct bytes
keep(struct mail_keeper *keeper, struct bytes text)
{
	char *copy = arena_copy(
	    keeper->arena, text.at != NULL ? text.at : "", text.len);

	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

static struct kept_mail *
add_mail(struct mail_keeper *keeper)
{
	struct kept_mail *mail = arena_new(keeper->arena, struct kept_mail);

	if (mail == NULL)
		return NULL;
	mail->kind = keep(keeper, keeper->kind);
	*keeper->mails_end = mail;
	keeper->mails_end = &mail->next;
	return mail;
}

/* The floors above make the text; we keep what it was made of, too. */
static enum err
render(void *arg, const struct mail_page *page, struct arena *arena,
    struct mail_text *out, struct why *why)
{
	struct mail_keeper *keeper = arg;
	const struct mail_renderer *renderer = keeper->renderer;
	struct kept_mail *mail;
	enum err err = renderer->render(renderer->arg, page, arena, out, why);

	if (err != ERR_OK)
		return err;
	mail = add_mail(keeper);
	if (mail == NULL)
		return ERR_NOMEM;
	mail->template = keep(keeper, bytes_of(page->template));
	mail->language = keep(keeper, page->language);
	mail->subject = keep(keeper, out->subject);
	mail->text = keep(keeper, out->text);
	if (page->reader != NULL) {
		mail->agent = keep(keeper, record_key(page->reader));
		mail->to = keep(keeper, record_text(page->reader, AGENT_EMAIL));
	} else if (page->customer != NULL) {
		mail->to = keep(
		    keeper, record_text(page->customer, CUSTOMER_EMAIL));
	} else {
		mail->to = keep(keeper, page->address);
	}
	return ERR_OK;
}

static enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	struct mail_keeper *keeper = arg;
	const struct json *data = NULL;
	struct kept_mail *mail;
	char words[512];
	enum err err = json_parse(
	    arena, record_text(job, JOB_DATA), JSON_BYTES_MAX, &data, NULL);

	if (err != ERR_OK)
		return err;
	keeper->kind = json_text(json_get(data, "kind"));
	err = mailout_send(keeper->mailout, site, job, arena, message_id, why);
	if (err == ERR_OK)
		return ERR_OK;
	mail = add_mail(keeper);
	if (mail != NULL)
		mail->error = keep(
		    keeper, bytes_of(why_text(why, words, sizeof words)));
	return err;
}

enum err
mail_keeper_open(struct mail_keeper *keeper, struct arena *arena,
    const struct desk_output *output, const struct mail_renderer *renderer)
{
	struct mailout_options options = {
		.renderer = { keeper, render },
		.is_kept = true,
	};

	*keeper = (struct mail_keeper){ .arena = arena, .renderer = renderer };
	keeper->mails_end = &keeper->mails;
	if (output != NULL)
		keeper->output = *output;
	keeper->output.arg = keeper;
	keeper->output.send = NULL; /* without a renderer mails wait */
	keeper->output.request = NULL;
	if (renderer == NULL)
		return ERR_OK;
	keeper->output.send = send;
	return mailout_create(&options, &keeper->mailout);
}

void
mail_keeper_close(struct mail_keeper *keeper)
{
	mailout_destroy(keeper->mailout);
	keeper->mailout = NULL;
}
