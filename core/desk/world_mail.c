/* core/desk/world_mail.c - the mails of a world: made, and kept for the test.
 */
#define HD_HOST_SIDE
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/world_private.h"
#include "core/plugin.h"

#include <string.h>

/* A transport that takes everything. */
static void *
sink_open(const struct hd_mail_settings *settings, char *why, size_t why_size)
{
	static char session;

	return &session;
}

static void
sink_send(
    void *session, const struct hd_mail *mail, struct hd_mail_outcome *outcome)
{
	outcome->state = HD_MAIL_SENT;
	outcome->code = 250;
	outcome->reply[0] = '\0';
}

static void
sink_close(void *session)
{
}

static const struct hd_mail_transport sink = {
	.abi = HD_ABI,
	.size = sizeof sink,
	.name = "sink",
	.open = sink_open,
	.send = sink_send,
	.close = sink_close,
};

static struct bytes
keep(struct world *world, struct bytes text)
{
	char *copy = arena_copy(
	    world->arena, text.at != NULL ? text.at : "", text.len);

	return copy != NULL ? (struct bytes){ copy, text.len } : BYTES_NONE;
}

/* The floors above make the text; we keep what it was made of, too. */
static enum err
render(void *arg, const struct mail_page *page, struct arena *arena,
    struct mail_text *out, struct why *why)
{
	struct world *world = arg;
	const struct mail_renderer *renderer = world->options->renderer;
	struct world_mail *mail;
	enum err err = renderer->render(renderer->arg, page, arena, out, why);

	if (err != ERR_OK)
		return err;
	mail = arena_new(world->arena, struct world_mail);
	if (mail == NULL)
		return ERR_NOMEM;
	mail->kind = keep(world, world->kind);
	mail->template = keep(world, bytes_of(page->template));
	mail->language = keep(world, page->language);
	mail->subject = keep(world, out->subject);
	mail->text = keep(world, out->text);
	if (page->reader != NULL) {
		mail->agent = keep(world, record_key(page->reader));
		mail->to = keep(world, record_text(page->reader, AGENT_EMAIL));
	} else if (page->customer != NULL) {
		mail->to = keep(
		    world, record_text(page->customer, CUSTOMER_EMAIL));
	}
	*world->mails_end = mail;
	world->mails_end = &mail->next;
	return ERR_OK;
}

static enum err
send(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	struct world *world = arg;
	const struct json *data = NULL;
	enum err err = json_parse(
	    arena, record_text(job, JOB_DATA), JSON_BYTES_MAX, &data, NULL);

	if (err != ERR_OK)
		return err;
	world->kind = json_text(json_get(data, "kind"));
	err = mailout_send(world->mailout, site, job, arena, message_id, why);
	world->mail_failures += err != ERR_OK;
	return err;
}

enum err
world_mail_open(struct world *world)
{
	struct mailout_options options = {
		.transport = &sink,
		.renderer = { world, render },
		.transport_url = "smtp://localhost",
	};

	world->mails_end = &world->mails;
	if (world->options->output != NULL)
		world->output = *world->options->output;
	world->output.arg = world;
	world->output.send = NULL; /* without a renderer mails wait */
	if (world->options->renderer == NULL)
		return ERR_OK;
	world->output.send = send;
	return mailout_create(&options, &world->mailout);
}
