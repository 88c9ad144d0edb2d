/* core/desk/script_check.c - scripts tried in a host of their own, which then
 * ends: nothing of it is at work. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/scripts_private.h"
#include "core/desk/sealed.h"
#include "core/desk/site_private.h"
#include "core/desk/version.h"

typedef void tell_fn(void *context, bool is_fault, const char *what);

static enum err
tell_report(struct loading *l, const struct script_report *report,
    tell_fn *tell, void *context)
{
	char *words = NULL;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < report->file_count; i++) {
		const struct script_file_report *file = &report->files[i];

		if (file->state != SCRIPT_FAILED)
			continue;
		words = arena_printf(l->arena, "%.*s",
		    BYTES_ARG(
			file->message.len > 0 ? file->message : file->name));
		err = words == NULL ? ERR_NOMEM : ERR_OK;
		if (err == ERR_OK)
			tell(context, true, words);
	}
	for (size_t i = 0; err == ERR_OK && i < report->warning_count; i++) {
		const struct script_warning *warning = &report->warnings[i];

		words = arena_printf(l->arena, "%.*s.lua:%d: %.*s",
		    BYTES_ARG(warning->file), warning->line,
		    BYTES_ARG(warning->message));
		err = words == NULL ? ERR_NOMEM : ERR_OK;
		if (err == ERR_OK)
			tell(context, false, words);
	}
	return err;
}

enum err
scripts_check(struct site *site, tell_fn *tell, void *context, struct why *why)
{
	struct script_host_options options = { site->options.script_host,
		site->dir };
	struct loading l = { .site = site, .arena = arena_create() };
	struct script_report report = { .file_count = 0 };
	struct script_host *host = NULL;
	struct buf hello, settings;
	enum err err = l.arena != NULL ? ERR_OK : ERR_NOMEM;

	if (err == ERR_OK)
		err = site_read_begin(site, &l.read);
	if (err != ERR_OK)
		goto out;
	hello = buf_in(l.arena);
	settings = buf_in(l.arena);
	err = scripts_gather(&l, &hello, &settings);
	for (size_t i = 0; i < l.count; i++)
		l.files[i].good = BYTES_NONE;
	if (err == ERR_OK)
		err = script_host_create(&options, &host);
	if (err == ERR_OK)
		err = script_host_load(host, buf_get(&hello), l.files, l.count,
		    buf_get(&settings), l.arena, &report, why);
	site_read_end(&l.read);
	if (err == ERR_OK)
		err = tell_report(&l, &report, tell, context);
out:
	script_host_destroy(host);
	arena_destroy(l.arena);
	return err;
}

/* { NAME: <chosen> } instead of what <out> has. */
static enum err
put_chosen(
    struct loading *l, struct bytes name, struct bytes chosen, struct buf *out)
{
	struct json_writer w = json_writer(out);
	const struct json *json = NULL;
	enum err err = json_parse(
	    l->arena, chosen, JSON_BYTES_MAX, &json, NULL);

	if (err != ERR_OK)
		return err;
	buf_clear(out);
	json_begin_object(&w);
	json_key_bytes(&w, name);
	err = sealed_put_opened(l->site, name, json, l->arena, &w);
	json_end_object(&w);
	return err == ERR_OK && out->failed ? ERR_NOMEM : err;
}

enum err
script_check(struct site *site, struct bytes name, struct bytes text,
    struct bytes chosen, struct arena *arena, struct script_report *report,
    struct why *why)
{
	struct script_host_options options = { site->options.script_host,
		site->dir };
	struct script_file file = { name, text, BYTES_NONE };
	struct loading l = { .site = site, .arena = arena };
	struct buf hello = buf_in(arena), settings = buf_in(arena);
	struct script_host *host = NULL;
	enum err err = site_read_begin(site, &l.read);

	if (err != ERR_OK)
		return err;
	err = scripts_tell(&l, &hello, &settings);
	site_read_end(&l.read);
	if (err == ERR_OK && chosen.len > 0)
		err = put_chosen(&l, name, chosen, &settings);
	if (err == ERR_OK)
		err = script_host_create(&options, &host);
	if (err == ERR_OK)
		err = script_host_load(host, buf_get(&hello), &file, 1,
		    buf_get(&settings), arena, report, why);
	script_host_destroy(host);
	return err;
}
