/* core/script/load.c - loads a site's scripts into a new process. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/zone.h"
#include "core/script/host_private.h"

/* A file's top level only registers; one that takes longer loops. */
#define LOAD_US (500 * 1000)
#define START_US (5 * CLOCK_SECOND_US)

/* The loading in hand. */
struct loading {
	struct script_host *host;
	struct script_set *set;
	struct line line;
	struct arena *arena;
	struct script_report *report;
	size_t warning_cap;
};

void
line_end(struct line *line)
{
	process_kill(&line->process);
	buf_release(&line->in);
	buf_release(&line->out);
}

/* Send what is in line->out, and read what comes back. */
static enum err
exchange(struct line *line, int64_t deadline_us, struct arena *arena,
    enum wire_type *type, const struct json **out)
{
	struct bytes text;
	enum err err;

	*type = WIRE_LOADED;
	if (line->out.failed)
		return ERR_NOMEM;
	err = wire_write(line->process.fd, buf_get(&line->out), deadline_us);
	if (err == ERR_OK)
		err = wire_read(line->process.fd, &line->in, WIRE_TO_SERVER_MAX,
		    deadline_us, type, &text);
	if (err == ERR_NOT_FOUND)
		err = ERR_IO;
	if (err == ERR_OK)
		err = json_parse(arena, text, WIRE_TO_SERVER_MAX, out, NULL);
	return err == ERR_LIMIT ? ERR_INVALID : err;
}

/* The answer to what a file asks while it loads: whether there is a time
 * zone. */
static enum err
put_answer(struct line *line, const struct json *asked)
{
	struct json_writer w = json_writer(&line->out);
	struct bytes name = json_text(
	    json_get(json_get(asked, "with"), "name"));
	size_t start;

	if (!bytes_is(json_text(json_get(asked, "ask")), "zone") ||
	    name.at == NULL)
		return ERR_INVALID;
	buf_clear(&line->out);
	start = wire_begin(&line->out, WIRE_ANSWER);
	json_begin_object(&w);
	json_member_bool(&w, "value", zone_get(name.at) != NULL);
	json_end_object(&w);
	wire_end(&line->out, start);
	return ERR_OK;
}

/* Send what is in line->out, answer what is asked, and read what was loaded.
 */
static enum err
exchange_load(struct line *line, int64_t deadline_us, struct arena *arena,
    const struct json **out)
{
	enum wire_type type;
	enum err err = exchange(line, deadline_us, arena, &type, out);

	while (err == ERR_OK && type == WIRE_ASK) {
		err = put_answer(line, *out);
		if (err == ERR_OK)
			err = exchange(line, deadline_us, arena, &type, out);
	}
	return err == ERR_OK && type != WIRE_LOADED ? ERR_INVALID : err;
}

enum err
line_start(
    struct script_host *host, struct line *line, const struct script_set *set)
{
	struct json_writer w = json_writer(&line->out);
	struct arena *arena = arena_create();
	const struct json *answer = NULL;
	size_t start;
	enum err err;

	if (arena == NULL)
		return ERR_NOMEM;
	line->patience_us = host->patience_us;
	err = spawn_script_host(host->program, &line->process);
	if (err != ERR_OK)
		goto out;
	process_be_nice(&line->process, host->niceness);
	buf_clear(&line->out);
	start = wire_begin(&line->out, WIRE_SITE);
	json_begin_object(&w);
	json_key(&w, "site");
	json_put_raw(&w, set->site);
	json_key(&w, "settings");
	json_put_raw(&w, set->settings);
	json_end_object(&w);
	wire_end(&line->out, start);
	err = exchange_load(line,
	    clock_monotonic_us() + START_US + line->patience_us, arena,
	    &answer);
	if (err != ERR_OK)
		log_event(LOG_ERROR, "script.start",
		    "site=%s program=%s why=%s status=%d", host->site,
		    host->program, err_name(err), process_kill(&line->process));
out:
	arena_destroy(arena);
	return err;
}

enum err
line_load(struct line *line, struct bytes name, struct bytes text,
    struct arena *arena, const struct json **loaded)
{
	struct json_writer w = json_writer(&line->out);
	size_t start;

	buf_clear(&line->out);
	start = wire_begin(&line->out, WIRE_LOAD);
	json_begin_object(&w);
	json_member_text(&w, "name", name);
	json_member_text(&w, "text", text);
	json_end_object(&w);
	wire_end(&line->out, start);
	return exchange_load(line,
	    clock_monotonic_us() + LOAD_US + line->patience_us, arena, loaded);
}

enum err
line_restart(
    struct script_host *host, struct line *line, const struct script_set *set)
{
	struct arena *arena = arena_create();
	enum err err = ERR_NOMEM;

	if (arena == NULL)
		return ERR_NOMEM;
	err = line_start(host, line, set);
	for (size_t i = 0; err == ERR_OK && i < set->source_count; i++) {
		const struct script_source *s = &set->sources[i];
		const struct json *loaded = NULL;

		arena_reset(arena);
		err = line_load(line, s->name, s->text, arena, &loaded);
		if (err == ERR_OK &&
		    json_count(json_get(loaded, "handlers")) != s->handlers)
			err = ERR_INVALID;
	}
	if (err != ERR_OK)
		process_kill(&line->process);
	arena_destroy(arena);
	return err;
}

/* ------------------------------------------------------ a whole load */

static enum err
add_warnings(struct loading *l, struct bytes file, const struct json *list)
{
	struct script_report *r = l->report;

	for (const struct json *i = json_first(list); i != NULL;
	     i = json_next(i)) {
		int64_t line = 0;

		if (r->warning_count == l->warning_cap) {
			size_t cap = l->warning_cap * 2 + 8;
			void *grown = arena_grow(l->arena, r->warnings,
			    l->warning_cap * sizeof *r->warnings,
			    cap * sizeof *r->warnings);

			if (grown == NULL)
				return ERR_NOMEM;
			r->warnings = grown;
			l->warning_cap = cap;
		}
		(void)json_int(json_get(i, "line"), &line);
		r->warnings[r->warning_count++] = (struct script_warning){
			.file = file,
			.message = json_text(json_get(i, "message")),
			.line = (int)line,
		};
	}
	return ERR_OK;
}

static void
set_message(
    struct loading *l, struct script_file_report *report, const char *words)
{
	const char *message = arena_printf(
	    l->arena, "%.*s.lua: %s", BYTES_ARG(report->name), words);

	report->message = message != NULL ? bytes_of(message) :
					    BYTES("not enough memory");
}

/* The process did not survive a file: begin again without it. */
static enum err
start_again(struct loading *l, struct script_file_report *report, enum err why)
{
	if (why == ERR_NOMEM)
		return why;
	process_kill(&l->line.process);
	set_message(l, report,
	    why != ERR_TIMEOUT           ? "it ended the script host" :
		l->host->patience_us > 0 ? "its top level did not end in time" :
					   "its top level did not end within "
					   "500 ms");
	return line_restart(l->host, &l->line, l->set);
}

/* What a file that does not load says, without its secrets. One that has not
 * come to its settings knows none. */
static enum err
tell_error(struct loading *l, const struct json *loaded,
    struct script_file_report *report)
{
	const struct json *error = json_get(loaded, "error");
	struct secrets secrets = { .count = 0 };
	struct buf words = buf_in(l->arena);
	int64_t line = 0;

	if (secrets_add(&secrets, l->arena, report->name,
		json_text(json_get(loaded, "settings")),
		l->set->settings) == ERR_NOMEM)
		return ERR_NOMEM;
	secrets_hide(&secrets, json_text(json_get(error, "message")), &words);
	if (words.failed)
		return ERR_NOMEM;
	report->message = buf_get(&words);
	(void)json_int(json_get(error, "line"), &line);
	report->line = (int)line;
	return ERR_OK;
}

/* A route or a key that another file has: the process begins again without
 * this one. *<is_one> says whether there is such. */
static enum err
check_clash(struct loading *l, const struct json *loaded,
    struct script_file_report *report, bool *is_one)
{
	struct buf words = buf_in(l->arena);
	int line = 0;
	const char *text;
	enum err err = script_set_clash(
	    l->set, report->name, loaded, &words, &line);

	*is_one = err == ERR_OK && words.len > 0;
	if (!*is_one)
		return err;
	text = arena_printf(l->arena, "%.*s.lua:%d: %s",
	    BYTES_ARG(report->name), line, buf_string(&words));
	if (text == NULL)
		return ERR_NOMEM;
	report->message = bytes_of(text);
	report->line = line;
	process_kill(&l->line.process);
	return line_restart(l->host, &l->line, l->set);
}

/* Try one text of a file; *<is_in> says whether it runs now. */
static enum err
try_text(struct loading *l, struct bytes text,
    struct script_file_report *report, bool *is_in)
{
	const struct json *loaded = NULL;
	bool is_clash = false;
	enum err err;

	*is_in = false;
	if (text.len > SCRIPT_SOURCE_MAX) {
		set_message(l, report, "over 256 KiB");
		return ERR_OK;
	}
	err = line_load(&l->line, report->name, text, l->arena, &loaded);
	if (err != ERR_OK)
		return start_again(l, report, err);
	if (json_get(loaded, "error") != NULL)
		return tell_error(l, loaded, report);
	err = check_clash(l, loaded, report, &is_clash);
	if (err != ERR_OK || is_clash)
		return err;
	err = script_set_add(l->set, report->name, text, loaded);
	if (err == ERR_OK)
		err = add_warnings(
		    l, report->name, json_get(loaded, "warnings"));
	report->replaces = json_text(json_get(loaded, "replaces"));
	report->settings = json_text(json_get(loaded, "settings"));
	*is_in = err == ERR_OK;
	return err;
}

static enum err
load_one(struct loading *l, const struct script_file *file,
    struct script_file_report *report)
{
	struct script_file_report good = { 0 };
	char *name = arena_copy(l->arena, file->name.at, file->name.len);
	bool is_in = false;
	enum err err;

	if (name == NULL)
		return ERR_NOMEM;
	report->name = (struct bytes){ name, file->name.len };
	report->state = SCRIPT_OK;
	err = try_text(l, file->text, report, &is_in);
	if (err != ERR_OK || is_in)
		return err;
	report->state = SCRIPT_FAILED;
	if (file->good.len == 0 || bytes_equal(file->good, file->text))
		return ERR_OK;
	good.name = report->name;
	err = try_text(l, file->good, &good, &is_in);
	if (err == ERR_OK && is_in) {
		report->state = SCRIPT_KEPT;
		report->replaces = good.replaces;
		report->settings = good.settings;
	}
	return err;
}

/* What a file that runs replaces does not run. */
static void
apply_replacements(struct loading *l)
{
	struct script_report *r = l->report;

	for (size_t i = 0; i < r->file_count; i++) {
		struct script_file_report *by = &r->files[i];

		if (by->state > SCRIPT_KEPT || by->replaces.len == 0 ||
		    bytes_equal(by->replaces, by->name))
			continue;
		for (size_t j = 0; j < r->file_count; j++)
			if (bytes_equal(r->files[j].name, by->replaces))
				r->files[j].state = SCRIPT_REPLACED;
		script_set_replace(l->set, by->replaces);
	}
}

static enum err
load_all(struct loading *l, const struct script_file *files, size_t count)
{
	enum err err = line_start(l->host, &l->line, l->set);

	l->report->files = arena_array(
	    l->arena, struct script_file_report, count + 1);
	if (l->report->files == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = load_one(l, &files[i], &l->report->files[i]);
		l->report->file_count = i + 1;
	}
	if (err != ERR_OK)
		return err;
	apply_replacements(l);
	script_set_finish(l->set);
	return ERR_OK;
}

static bool
is_json(struct arena *arena, struct bytes text)
{
	const struct json *json = NULL;

	return json_parse(arena, text, WIRE_TO_HOST_MAX / 2, &json, NULL) ==
	    ERR_OK &&
	    json_type(json) == JSON_OBJECT;
}

/* What would break the frame or the limits is refused before a start. */
static enum err
check_input(struct bytes site, struct bytes settings, size_t count,
    struct arena *arena, struct why *why)
{
	if (count > SCRIPT_FILES_MAX)
		return why_set(why, ERR_LIMIT, NULL, N_("over {n} scripts"),
		    SCRIPT_FILES_MAX, NULL);
	if (!is_json(arena, site) || !is_json(arena, settings))
		return why_set(why, ERR_INVALID, NULL,
		    N_("the site's description is no JSON"), 0, NULL);
	return ERR_OK;
}

/* The new process takes the old one's place. */
static void
swap(struct script_host *host, struct loading *l)
{
	struct script_set *old;
	struct line old_line;

	/* Calls need less than the texts of all scripts did. */
	buf_release(&l->line.in);
	buf_release(&l->line.out);
	old_line = host->line; /* ended when the host is free again */
	host->line = l->line;
	l->line = old_line;
	pthread_mutex_lock(&host->lock);
	old = host->set;
	host->set = l->set;
	l->set = NULL;
	host->status.starts++;
	host->status.pid = (int)host->line.process.pid;
	host->used_us = clock_monotonic_us();
	pthread_mutex_unlock(&host->lock);
	script_set_unref(old);
}

enum err
script_host_load(struct script_host *host, struct bytes site,
    const struct script_file *files, size_t count, struct bytes settings,
    struct arena *arena, struct script_report *report, struct why *why)
{
	struct script_report result = { 0 };
	struct loading l = { .host = host,
		.arena = arena,
		.report = &result,
		.line = { .process = PROCESS_NONE } };
	enum err err = check_input(site, settings, count, arena, why);

	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&host->loading);
	err = script_set_create(site, settings, ++host->version, &l.set);
	if (err == ERR_OK)
		err = load_all(&l, files, count);
	/* Until here calls went to the old process: no handler before a commit
	 * is left out because scripts are loaded. */
	if (err == ERR_OK)
		err = host_hold(host, 0, false);
	if (err == ERR_OK) {
		swap(host, &l);
		host_release(host);
	}
	pthread_mutex_unlock(&host->loading);
	line_end(&l.line);
	script_set_unref(l.set);
	if (err != ERR_OK)
		return why_set(why, err, NULL,
		    N_("the scripts could not be loaded: {name}"), 0,
		    err_message(err));
	*report = result;
	return ERR_OK;
}
