/* core/cli/import.c - hookdesk import: what export wrote, from standard input.
 *
 * What is there already (by key, address or number) is left as it is, so that
 * an import can be run again. Tickets come in as historic ones: their times
 * and authors are kept, and nothing is raised or mailed.
 */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/model/table.h"
#include "core/model/value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES (64 * 1024 * 1024)

struct importing {
	struct cli *cli;
	struct arena *arena; /* of one line */
	struct why why;
	uint64_t line, added, known;
};

/* Set the fields that <object> names; others are in <extras>. */
static enum err
read_fields(struct importing *im, const struct json *object,
    const char *const *extras, struct record *fields)
{
	const struct json *member = json_first(object);
	struct site_read read;
	enum err err = site_read_begin(im->cli->site, &read);

	if (err != ERR_OK)
		return err;
	for (; err == ERR_OK && member != NULL; member = json_next(member)) {
		const char *name = json_name(member);
		int slot = kind_slot(fields->kind, bytes_of(name));
		bool is_extra = false;

		for (size_t i = 0; extras[i] != NULL; i++)
			is_extra |= strcmp(extras[i], name) == 0;
		if (is_extra)
			continue;
		err = slot < 0 ?
		    why_set(&im->why, ERR_INVALID, name,
			N_("There is no such field: {name}"), 0, name) :
		    value_from_json(fields, slot, member, read.directory,
			im->arena, &im->why);
	}
	site_read_end(&read);
	return err;
}

static enum err
read_time(struct importing *im, const struct json *object, const char *name,
    struct record *record, int slot)
{
	const struct json *value = json_get(object, name);

	return value == NULL ?
	    ERR_OK :
	    value_from_json(record, slot, value, NULL, im->arena, &im->why);
}

static uint64_t
agent_named(const struct directory *directory, const struct json *login)
{
	const struct record *agent = directory_find_key(
	    directory, KIND_AGENT, json_text(login));

	return agent != NULL ? agent->id : 0;
}

static int
word_of(int slot, const struct json *word)
{
	const struct field *field = &kind_get(KIND_ENTRY)->fields[slot];
	int n = field_word(field, json_text(word));

	return n > 0 ? n : 0;
}

static enum err
read_entries(struct importing *im, const struct json *list,
    struct act_input *input, const struct directory *directory)
{
	const struct json *item = json_first(list);
	struct act_history *history = arena_array(
	    im->arena, struct act_history, json_count(list) + 1);
	enum err err = ERR_OK;
	size_t n = 0;

	if (history == NULL)
		return ERR_NOMEM;
	for (; err == ERR_OK && item != NULL; item = json_next(item), n++) {
		bool is_customer = bytes_is(
		    json_text(json_get(item, "by")), "customer");
		struct record at;

		record_init(&at, KIND_ENTRY, 0);
		err = read_time(im, item, "at", &at, ENTRY_AT);
		history[n].type = (enum entry_type)word_of(
		    ENTRY_TYPE, json_get(item, "type"));
		history[n].format = (enum body_format)word_of(
		    ENTRY_FORMAT, json_get(item, "format"));
		history[n].by = is_customer ? BY_CUSTOMER : BY_AGENT;
		history[n].agent = is_customer ?
		    0 :
		    agent_named(directory, json_get(item, "agent"));
		history[n].at_us = record_int(&at, ENTRY_AT);
		history[n].body = json_text(json_get(item, "body"));
	}
	input->history = history;
	input->history_count = n;
	return err;
}

static enum err
import_ticket(struct importing *im, const struct json *object)
{
	static const char *const extras[] = { "kind", "number", "email", "name",
		"tags", "owner", "entries", "created", "updated", "closed",
		NULL };
	static const struct {
		const char *name;
		int slot;
	} times[] = {
		{ "created", TICKET_CREATED },
		{ "updated", TICKET_UPDATED },
		{ "closed", TICKET_CLOSED_AT },
	};
	const struct json *tag = json_first(json_get(object, "tags"));
	struct act_result result = { .ticket = 0 };
	struct act_input input;
	struct site_read read;
	int64_t number = 0;
	enum err err;

	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	json_int(json_get(object, "number"), &number);
	input.subject = (uint64_t)number;
	input.email = json_text(json_get(object, "email"));
	input.name = json_text(json_get(object, "name"));
	for (; tag != NULL && input.tag_count < ACT_TAGS_MAX;
	     tag = json_next(tag))
		input.tags[input.tag_count++] = json_text(tag);
	err = read_fields(im, object, extras, &input.fields);
	for (size_t i = 0; err == ERR_OK && i < sizeof times / sizeof *times;
	     i++)
		err = read_time(
		    im, object, times[i].name, &input.fields, times[i].slot);
	if (err == ERR_OK)
		err = site_read_begin(im->cli->site, &read);
	if (err != ERR_OK)
		return err;
	input.agent = agent_named(read.directory, json_get(object, "owner"));
	err = read_entries(
	    im, json_get(object, "entries"), &input, read.directory);
	site_read_end(&read);
	if (err != ERR_OK)
		return err;
	input.actor = actor_system();
	input.source = SOURCE_IMPORT;
	return desk_act(im->cli->site, &input, im->arena, &result, &im->why);
}

/* Kinds without a unique key are known by their title or name. */
static enum err
check_label(struct importing *im, const struct record *fields)
{
	struct bytes label = record_label(fields);
	struct site_read read;
	struct record other;
	uint64_t id = 0;
	enum err err;

	if (fields->kind->id != KIND_CANNED &&
	    fields->kind->id != KIND_ORGANISATION)
		return ERR_OK;
	err = site_read_begin(im->cli->site, &read);
	if (err != ERR_OK)
		return err;
	do
		err = record_next(read.snapshot, fields->kind->id, &id, &other);
	while (err == ERR_OK && !bytes_equal(record_label(&other), label));
	site_read_end(&read);
	return err == ERR_OK ? ERR_EXISTS : err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
import_record(
    struct importing *im, const struct json *object, enum kind_id kind)
{
	static const char *const extras[] = { "kind", NULL };
	struct act_result result = { .ticket = 0 };
	struct act_input input;
	enum err err;

	act_input_init(&input, VERB_RECORD_ADD, kind);
	err = read_fields(im, object, extras, &input.fields);
	if (err == ERR_OK)
		err = check_label(im, &input.fields);
	if (err != ERR_OK)
		return err;
	input.actor = actor_system();
	input.source = SOURCE_IMPORT;
	return desk_act(im->cli->site, &input, im->arena, &result, &im->why);
}

static enum err
import_line(struct importing *im, struct bytes line)
{
	const struct json *object = NULL;
	const struct kind *kind;
	enum err err = json_parse(
	    im->arena, line, LINE_MAX_BYTES, &object, &im->why);

	if (err != ERR_OK)
		return err;
	kind = kind_named(json_text(json_get(object, "kind")));
	if (kind == NULL)
		return why_set(&im->why, ERR_INVALID, "kind",
		    N_("There is no such kind."), 0, NULL);
	if (kind->id == KIND_TICKET)
		return import_ticket(im, object);
	return import_record(im, object, kind->id);
}

/* One line; false to stop. */
static bool
take_line(struct importing *im, char *line, size_t len)
{
	char where[64];
	enum err err;

	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	im->line++;
	if (len == 0)
		return true;
	arena_reset(im->arena);
	im->why = (struct why){ .message = "" };
	err = import_line(im, (struct bytes){ line, len });
	im->added += err == ERR_OK;
	im->known += err == ERR_EXISTS;
	cli_progress("lines:", im->line, 0);
	if (err == ERR_OK || err == ERR_EXISTS)
		return true;
	snprintf(
	    where, sizeof where, "line %llu", (unsigned long long)im->line);
	cli_fail_err(im->cli, where, err, &im->why);
	return err == ERR_INVALID; /* the next one may be better */
}

int
cli_import(struct cli *cli)
{
	struct importing im = { .cli = cli, .arena = arena_create() };
	int code = CLI_DONE;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (im.arena == NULL)
		return cli_fail_err(cli, "import", ERR_NOMEM, NULL);
	while ((n = getline(&line, &size, stdin)) >= 0)
		if (!take_line(&im, line, (size_t)n))
			break;
	cli_progress_end();
	if (n < 0 && ferror(stdin))
		cli_fail(cli, "standard input", "%s", strerror(errno));
	if (cli->err.len > 0)
		code = CLI_FAILED;
	buf_printf(&cli->out, "%llu added, %llu there already\n",
	    (unsigned long long)im.added, (unsigned long long)im.known);
	free(line);
	arena_destroy(im.arena);
	return code;
}
