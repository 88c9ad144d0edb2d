/* core/cli/output.c - what sites need from the floors above the desk. */
#include "config.h"
#define HD_HOST_SIDE
#include "core/cli/output.h"
#include "core/plugin.h"

#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/desk/mailout.h"
#include "core/plugins.h"
#include "core/web/markdown.h"
#include "core/web/translate.h"

#include <stdlib.h>

struct output {
	struct desk_output desk;
	struct mail_pages pages;
	struct plugins *plugins;
	struct mailout *mailout;
};

static enum err
render(enum body_format format, struct bytes source, struct buf *out)
{
	return format == FORMAT_MARKDOWN ? markdown_render(out, source) :
					   text_render(out, source);
}

static enum err
send_mail(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	struct output *output = arg;

	return mailout_send(output->mailout, site, job, arena, message_id, why);
}

static void
make_request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	struct output *output = arg;

	plugins_http_client(output->plugins)->perform(request, outcome);
}

/* desk.tr() of scripts. */
static const char *
translate(struct bytes language, const char *text)
{
	unsigned lang = translate_language(language);

	return lang < LANG__COUNT ? tr(lang, text) : text;
}

const struct desk_output output_quiet = {
	.renderer = MARKDOWN_RENDERER,
	.render = render,
	.translate = translate,
};

/* Plugins of a build tree belong to whoever built it. */
static struct plugins *
load_plugins(void)
{
	struct plugins *plugins = plugins_create(
	    getenv("HOOKDESK_PLUGINDIR") != NULL);
	struct why why = { .message = "" };
	char text[512];

	for (const char *const *name = plugins_shipped;
	     plugins != NULL && *name != NULL; name++)
		if (plugins_load_shipped(plugins, *name, &why) != ERR_OK)
			log_event(LOG_ERROR, "plugin.refused",
			    "plugin=%s why=%s", *name,
			    why_text(&why, text, sizeof text));
	return plugins;
}

enum err
output_create(const struct conf *conf, const struct mail_pages *pages,
    struct output **out)
{
	struct output *output = calloc(1, sizeof *output);
	struct mailout_options options = { .transport = NULL };
	enum err err = ERR_NOMEM;

	if (output == NULL)
		return ERR_NOMEM;
	output->pages = *pages;
	output->plugins = load_plugins();
	if (output->plugins != NULL) {
		options.transport = plugins_mail_transport(
		    output->plugins, "mail");
		options.renderer = (struct mail_renderer){ &output->pages,
			mail_page_render };
		if (conf->sendmail[0] != NULL)
			options.command = conf->sendmail;
		if (conf->mail_transport[0] != '\0')
			options.transport_url = conf->mail_transport;
		err = mailout_create(&options, &output->mailout);
	}
	if (err != ERR_OK) {
		output_destroy(output);
		return err;
	}
	output->desk = output_quiet;
	output->desk.send = send_mail;
	if (plugins_http_client(output->plugins) != NULL)
		output->desk.request = make_request;
	else
		output->desk.has_no_requests = true;
	output->desk.arg = output;
	*out = output;
	return ERR_OK;
}

void
output_destroy(struct output *output)
{
	if (output == NULL)
		return;
	mailout_destroy(output->mailout);
	plugins_destroy(output->plugins);
	free(output);
}

const struct desk_output *
output_desk(const struct output *output)
{
	return &output->desk;
}
