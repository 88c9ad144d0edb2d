/* core/cli/record.c - agent, queue, customer, token and the other small kinds:
 * add, list, set, remove, from the table of fields. */
#include "config.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/suggest.h"
#include "core/desk/scripts.h"
#include "core/model/setting.h"
#include "core/model/table.h"
#include "core/model/value.h"

#include <stdio.h>

/* What the command line knows of a kind beyond its fields. */
static const struct row {
	enum kind_id kind;
	int main;     /* the slot that the third argument fills */
	int key;      /* a slot that is made of it unless given; or -1 */
	int shown[4]; /* what `list` prints of each; -1 ends */
} rows[] = {
	{ KIND_AGENT, AGENT_EMAIL, AGENT_LOGIN,
	    { AGENT_LOGIN, AGENT_EMAIL, AGENT_NAME, AGENT_ROLE } },
	{ KIND_QUEUE, QUEUE_LABEL, QUEUE_KEY,
	    { QUEUE_KEY, QUEUE_LABEL, QUEUE_BRAND, -1 } },
	{ KIND_CUSTOMER, CUSTOMER_EMAIL, -1,
	    { CUSTOMER_EMAIL, CUSTOMER_NAME, CUSTOMER_LANGUAGE, -1 } },
	{ KIND_TOKEN, TOKEN_NAME, -1,
	    { TOKEN_NAME, TOKEN_RIGHTS, TOKEN_AGENT, -1 } },
	{ KIND_ORGANISATION, ORGANISATION_NAME, -1,
	    { ORGANISATION_NAME, ORGANISATION_DOMAINS, -1, -1 } },
	{ KIND_CANNED, CANNED_TITLE, -1,
	    { CANNED_TITLE, CANNED_QUEUE, CANNED_LANGUAGE, CANNED_USES } },
	{ KIND_ARTICLE, ARTICLE_TITLE, ARTICLE_SLUG,
	    { ARTICLE_SLUG, ARTICLE_TITLE, ARTICLE_LANGUAGE,
		ARTICLE_IS_PUBLISHED } },
	{ KIND_ROLE, ROLE_LABEL, ROLE_KEY,
	    { ROLE_KEY, ROLE_LABEL, ROLE_RIGHTS, -1 } },
	{ KIND_TEAM, TEAM_LABEL, TEAM_KEY, { TEAM_KEY, TEAM_LABEL, -1, -1 } },
	{ KIND_BRAND, BRAND_NAME, BRAND_KEY,
	    { BRAND_KEY, BRAND_NAME, BRAND_BASE_URL, BRAND_SENDER } },
	{ KIND_CALENDAR, CALENDAR_NAME, CALENDAR_KEY,
	    { CALENDAR_KEY, CALENDAR_NAME, CALENDAR_ZONE,
		CALENDAR_IS_DEFAULT } },
	{ KIND_FIELD, FIELD_LABEL, FIELD_KEY,
	    { FIELD_KEY, FIELD_LABEL, FIELD_OF, -1 } },
	{ KIND_SETTING, SETTING_NAME, -1,
	    { SETTING_NAME, SETTING_VALUE, -1, -1 } },
};

static const struct row *
row_of(const struct cli *cli)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kind == cli->verb->kind)
			return &rows[i];
	return NULL;
}

/* --- reading the command line into fields --- */

/* "Billing & Refunds" to "billing-refunds": a stable key. */
static struct bytes
make_key(struct arena *arena, struct bytes label)
{
	char *key = arena_alloc(arena, label.len + 1);
	size_t len = 0;

	if (key == NULL)
		return BYTES_NONE;
	for (size_t i = 0; i < label.len && label.at[i] != '@'; i++) {
		char c = label.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			key[len++] = c;
		else if (len > 0 && key[len - 1] != '-')
			key[len++] = '-';
	}
	while (len > 0 && key[len - 1] == '-')
		len--;
	if (len > 60)
		len = 60;
	return (struct bytes){ key, len };
}

/* A setting's value as it is typed; a script's are JSON. */
static enum err
set_value(struct cli *cli, struct record *fields, struct bytes text)
{
	struct bytes brand;
	const struct setting *setting = setting_find(
	    record_text(fields, SETTING_NAME), &brand);
	enum err err = ERR_OK;

	if (setting != NULL)
		err = setting_from_text(setting, text, cli->arena, &text);
	record_set_text(fields, SETTING_VALUE, text);
	return err;
}

/* Set what the options say; *<cleared> has the bits of those given as "", false
 * or 0. */
static enum err
read_options(
    struct cli *cli, struct record *fields, uint64_t *cleared, struct why *why)
{
	struct site_read read;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return err;
	for (size_t i = 0; err == ERR_OK && i < cli->given_count; i++) {
		char name[64];
		int slot;

		snprintf(name, sizeof name, "%s", cli->given[i].name);
		for (char *c = name; *c != '\0'; c++)
			*c = *c == '-' ? '_' : *c;
		slot = kind_slot(fields->kind, bytes_of(name));
		if (slot < 0 || fields->kind->fields[slot].set == SET_SYSTEM ||
		    (fields->kind->id == KIND_SETTING && slot == SETTING_VALUE))
			continue;
		err = value_from_text(fields, slot,
		    bytes_of(cli->given[i].value), read.directory, cli->arena,
		    why);
		if (err == ERR_OK && !record_has(fields, slot))
			*cleared |= UINT64_C(1) << slot;
	}
	site_read_end(&read);
	return err;
}

/* What a change of <id> does not name of its custom fields stays. */
static enum err
keep_fields(struct cli *cli, const struct row *row, uint64_t id,
    struct act_input *input)
{
	struct site_read read;
	struct record old;
	enum err err;

	if (cli_option(cli, "fields") == NULL)
		return ERR_OK;
	err = site_read_begin(cli->site, &read);
	if (err != ERR_OK)
		return err;
	err = record_find(read.snapshot, row->kind, id, &old);
	if (err == ERR_OK)
		err = act_input_keep_fields(input, &old, cli->arena);
	site_read_end(&read);
	return err;
}

/* The id of the role that a new agent has unless told otherwise. */
static uint64_t
usual_role(const struct directory *directory)
{
	const struct record *role = directory_find_key(
	    directory, KIND_ROLE, BYTES("agent"));

	return role != NULL ? role->id : 0;
}

/* What people usually leave out. */
static enum err
fill_in(struct cli *cli, const struct row *row, struct record *fields)
{
	struct bytes main = record_text(fields, row->main);
	struct site_read read;
	enum err err;

	if (row->key >= 0 && !record_has(fields, row->key))
		record_set_text(fields, row->key, make_key(cli->arena, main));
	if (row->kind == KIND_TOKEN && !record_has(fields, TOKEN_RIGHTS)) {
		struct buf list = buf_in(cli->arena);

		list_add_text(&list, BYTES("read"));
		list_add_text(&list, BYTES("write"));
		if (list.failed)
			return ERR_NOMEM;
		record_set_text(fields, TOKEN_RIGHTS, buf_get(&list));
	}
	if (row->kind == KIND_QUEUE && cli_option(cli, "has-form") == NULL)
		record_set_int(fields, QUEUE_HAS_FORM, true);
	if (row->kind != KIND_AGENT)
		return ERR_OK;
	if (!record_has(fields, AGENT_NAME)) {
		const char *at = memchr(main.at, '@', main.len);

		record_set_text(fields, AGENT_NAME,
		    (struct bytes){ main.at,
			at != NULL ? (size_t)(at - main.at) : main.len });
	}
	if (cli_option(cli, "active") == NULL)
		record_set_int(fields, AGENT_ACTIVE, true);
	if (cli_option(cli, "available") == NULL)
		record_set_int(fields, AGENT_AVAILABLE, true);
	if (record_has(fields, AGENT_ROLE))
		return ERR_OK;
	err = site_read_begin(cli->site, &read);
	if (err == ERR_OK) {
		record_set_int(
		    fields, AGENT_ROLE, (int64_t)usual_role(read.directory));
		site_read_end(&read);
	}
	return err;
}

/* --- finding --- */

static bool
is_named(const struct record *record, const struct row *row, struct bytes name)
{
	int64_t id;

	if (bytes_to_int(name, &id) == ERR_OK && (uint64_t)id == record->id)
		return true;
	return bytes_equal(record_text(record, row->main), name) ||
	    (row->key >= 0 && bytes_equal(record_text(record, row->key), name));
}

/* By key, address, name or number. */
static enum err
find(struct cli *cli, const struct row *row, const char *name, uint64_t *out)
{
	struct bytes wanted = bytes_of(name);
	struct site_read read;
	struct record record;
	uint64_t id = 0;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return err;
	if (row->kind == KIND_CUSTOMER) {
		err = record_find_by(read.snapshot, KIND_CUSTOMER,
		    INDEX_CUSTOMER_ADDRESS, wanted, &record);
	} else {
		do
			err = record_next(
			    read.snapshot, row->kind, &id, &record);
		while (err == ERR_OK && !is_named(&record, row, wanted));
	}
	if (err == ERR_OK)
		*out = record.id;
	site_read_end(&read);
	return err;
}

static int
not_found(struct cli *cli)
{
	return cli_fail(cli, cli->args[2], "there is no such %s",
	    kind_get(cli->verb->kind)->name);
}

/* --- the verbs --- */

static void
say_warning(struct cli *cli, const struct act_result *result)
{
	char text[400];

	if (result->warning.message != NULL)
		cli_fail(cli, cli->args[2], "done, but: %s",
		    why_text(&result->warning, text, sizeof text));
}

static int
say_done(struct cli *cli, const struct act_result *result)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct json_writer w = json_writer(&cli->out);

	say_warning(cli, result);
	if (is_json) {
		json_begin_object(&w);
		json_member_int(&w, "id", (int64_t)result->record);
		if (result->secret.len > 0)
			json_member_text(&w, "token", result->secret);
		json_end_object(&w);
		buf_char(&cli->out, '\n');
	} else if (result->secret.len > 0) {
		buf_bytes(&cli->out, result->secret);
		buf_char(&cli->out, '\n');
	}
	return CLI_DONE;
}

static int
add(struct cli *cli, const struct row *row)
{
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	struct act_input input;
	enum err err;

	act_input_init(&input, VERB_RECORD_ADD, row->kind);
	input.password = cli->input;
	record_set_text(&input.fields, row->main, bytes_of(cli->args[2]));
	err = read_options(cli, &input.fields, &input.cleared, &why);
	if (err == ERR_OK && row->kind == KIND_SETTING)
		err = set_value(
		    cli, &input.fields, bytes_of(cli_option(cli, "value")));
	if (err == ERR_OK)
		err = fill_in(cli, row, &input.fields);
	if (err == ERR_OK)
		err = cli_act(cli, &input, &result, &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[2], err, &why);
	return say_done(cli, &result);
}

static int
set(struct cli *cli, const struct row *row)
{
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	struct act_input input;
	enum err err;

	act_input_init(&input,
	    row->kind == KIND_CUSTOMER ? VERB_CUSTOMER_UPDATE :
					 VERB_RECORD_UPDATE,
	    row->kind);
	err = find(cli, row, cli->args[2], &input.subject);
	/* A setting is there as soon as it is set. */
	if (err == ERR_NOT_FOUND && row->kind == KIND_SETTING)
		return add(cli, row);
	if (err == ERR_NOT_FOUND)
		return not_found(cli);
	if (err == ERR_OK)
		err = keep_fields(cli, row, input.subject, &input);
	if (err == ERR_OK)
		err = read_options(cli, &input.fields, &input.cleared, &why);
	if (err == ERR_OK && row->kind == KIND_SETTING) {
		record_set_text(
		    &input.fields, SETTING_NAME, bytes_of(cli->args[2]));
		err = set_value(
		    cli, &input.fields, bytes_of(cli_option(cli, "value")));
	}
	input.password = cli->input;
	if (err == ERR_OK)
		err = cli_act(cli, &input, &result, &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[2], err, &why);
	say_warning(cli, &result);
	return CLI_DONE;
}

/* The scripts that will miss what is about to go. */
static enum err
find_naming(
    struct cli *cli, enum kind_id kind, uint64_t id, struct bytes *scripts)
{
	const struct record *record;
	struct site_read read;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return err;
	record = directory_find(read.directory, kind, id);
	if (record != NULL)
		*scripts = scripts_naming(read.directory, record, cli->arena);
	site_read_end(&read);
	return ERR_OK;
}

static int
drop(struct cli *cli, const struct row *row)
{
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	struct bytes scripts = BYTES_NONE;
	struct act_input input;
	enum err err;

	act_input_init(&input, VERB_RECORD_REMOVE, row->kind);
	err = find(cli, row, cli->args[2], &input.subject);
	if (err == ERR_NOT_FOUND)
		return not_found(cli);
	if (err == ERR_OK)
		err = find_naming(cli, row->kind, input.subject, &scripts);
	if (err == ERR_OK)
		err = cli_act(cli, &input, &result, &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[2], err, &why);
	if (scripts.len > 0)
		cli_fail(cli, cli->args[2],
		    "removed, but these scripts name it and miss it: %.*s",
		    BYTES_ARG(scripts));
	return CLI_DONE;
}

/* A value as people read it. */
static void
show(struct cli *cli, const struct record *record, int slot,
    const struct directory *directory)
{
	const struct field *field = &record->kind->fields[slot];
	struct json_writer w = json_writer(&cli->out);

	if (field->flags & F_LIST) {
		struct bytes rest = record_text(record, slot), item;
		const char *between = "";

		while (list_next_text(&rest, &item)) {
			buf_text(&cli->out, between);
			buf_bytes(&cli->out, item);
			between = ",";
		}
	} else if (field->type == FIELD_TEXT || field->type == FIELD_BIGTEXT) {
		buf_bytes(&cli->out, record_text(record, slot));
	} else if (field->type == FIELD_REF) {
		const struct record *other = directory_find(
		    directory, field->ref, record_ref(record, slot));

		if (other != NULL)
			buf_bytes(&cli->out, record_key(other));
	} else if (field->type == FIELD_ENUM) {
		buf_text(&cli->out, record_word(record, slot));
	} else {
		value_to_json(&w, record, slot, directory, true);
	}
}

static enum err
show_record(struct cli *cli, const struct row *row, struct record *record,
    const struct site_read *read)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct json_writer w = json_writer(&cli->out);
	enum err err = ERR_OK;

	if (is_json)
		err = record_read_texts(
		    record, read->snapshot, SEE_ADMIN, cli->arena);
	if (err != ERR_OK)
		return err;
	if (is_json) {
		json_begin_object(&w);
		json_member_int(&w, "id", (int64_t)record->id);
		record_to_json(&w, record, read->directory, SEE_ADMIN, true);
		json_end_object(&w);
		return cli_write_out(cli);
	}
	for (int i = 0; i < 4 && row->shown[i] >= 0; i++) {
		if (i > 0)
			buf_char(&cli->out, '\t');
		show(cli, record, row->shown[i], read->directory);
	}
	buf_char(&cli->out, '\n');
	return cli_write_out(cli);
}

/* There may be a million customers: what is said goes out on the way, and the
 * snapshot is renewed. */
static int
list(struct cli *cli, const struct row *row)
{
	bool is_json = cli_option(cli, "json") != NULL;
	struct site_read read;
	struct record record;
	uint64_t id = 0;
	enum err err = site_read_begin(cli->site, &read);

	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[1], err, NULL);
	if (is_json)
		buf_char(&cli->out, '[');
	while (err == ERR_OK) {
		bool is_first = id == 0;

		if (snapshot_is_old(read.snapshot)) {
			site_read_end(&read);
			err = site_read_begin(cli->site, &read);
		}
		if (err == ERR_OK)
			err = record_next(
			    read.snapshot, row->kind, &id, &record);
		if (err == ERR_OK && is_json && !is_first)
			buf_char(&cli->out, ',');
		if (err == ERR_OK)
			err = show_record(cli, row, &record, &read);
	}
	if (is_json)
		buf_text(&cli->out, "]\n");
	if (read.snapshot != NULL)
		site_read_end(&read);
	return err == ERR_NOT_FOUND ?
	    CLI_DONE :
	    cli_fail_err(cli, cli->args[1], err, NULL);
}

/* A link that signs an agent in once. */
static int
print_link(struct cli *cli, const struct row *row)
{
	struct act_result result = { .ticket = 0 };
	struct why why = { .message = "" };
	const struct record *brand;
	struct act_input input;
	struct site_read read;
	enum err err;

	act_input_init(&input, VERB_LINK_CREATE, KIND_AGENT);
	err = find(cli, row, cli->args[2], &input.subject);
	if (err == ERR_NOT_FOUND)
		return not_found(cli);
	if (err == ERR_OK)
		err = cli_act(cli, &input, &result, &why);
	if (err == ERR_OK)
		err = site_read_begin(cli->site, &read);
	if (err != ERR_OK)
		return cli_fail_err(cli, cli->args[2], err, &why);
	brand = directory_brand(read.directory, 0);
	buf_printf(&cli->out, "%.*s/agent/login/%.*s\n",
	    BYTES_ARG(brand != NULL ? record_text(brand, BRAND_BASE_URL) :
				      BYTES_NONE),
	    BYTES_ARG(result.secret));
	site_read_end(&read);
	return CLI_DONE;
}

static const struct {
	const char *name;
	enum cli_needs needs;
	bool has_name; /* a third argument says which */
	int (*run)(struct cli *cli, const struct row *row);
} actions[] = {
	{ "add", CLI_WRITES, true, add },
	{ "list", CLI_READS, false, list },
	{ "set", CLI_WRITES, true, set },
	{ "remove", CLI_WRITES, true, drop },
	{ "link", CLI_WRITES, true, print_link },
};

static size_t
find_action(const struct cli *cli)
{
	size_t i = 0;

	while (i < sizeof actions / sizeof *actions &&
	    strcmp(actions[i].name, cli->args[0]) != 0)
		i++;
	return i;
}

enum cli_needs
cli_record_needs(const struct cli *cli)
{
	size_t i = find_action(cli);

	return i < sizeof actions / sizeof *actions ? actions[i].needs :
						      CLI_NOTHING;
}

static int
no_such_action(struct cli *cli, const struct row *row)
{
	struct suggestion near = suggest(cli->args[0]);

	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (actions[i].run != print_link || row->kind == KIND_AGENT)
			suggest_try(&near, actions[i].name);
	return cli_usage(cli, "there is no \"%.20s\"%s%s%s", cli->args[0],
	    near.best != NULL ? ": did you mean " : "",
	    near.best != NULL ? near.best : "", near.best != NULL ? "?" : "");
}

int
cli_record(struct cli *cli)
{
	const struct row *row = row_of(cli);
	size_t i = find_action(cli);

	if (i == sizeof actions / sizeof *actions ||
	    (actions[i].run == print_link && row->kind != KIND_AGENT))
		return no_such_action(cli, row);
	if ((cli->arg_count == 3) != actions[i].has_name)
		return cli_usage(cli, "%s takes %s", actions[i].name,
		    actions[i].has_name ? "a name" : "no name");
	if (row->kind == KIND_SETTING && actions[i].has_name &&
	    actions[i].run != drop && cli_option(cli, "value") == NULL)
		return cli_usage(cli, "--value is missing");
	return actions[i].run(cli, row);
}
