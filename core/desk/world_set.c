/* core/desk/world_set.c - what tests of scripts have an admin do: records are
 * changed and added. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/desk/scripts.h"
#include "core/desk/world_private.h"
#include "core/model/value.h"

#include <stdio.h>

static const struct kind *
read_kind(const struct json *with, struct why *why)
{
	struct bytes name = json_text(json_get(with, "kind"));
	const struct kind *kind = kind_named(name);
	char words[48];

	if (kind != NULL)
		return kind;
	snprintf(words, sizeof words, "%.*s", BYTES_ARG(name));
	(void)why_set(why, ERR_INVALID, NULL,
	    N_("There is no \"{name}\" here."), 0, words);
	return NULL;
}

/* The members of <fields> as fields of the input. */
static enum err
read_fields(struct world *world, const struct json *fields,
    struct act_input *input, struct why *why)
{
	struct site_read read;
	enum err err = site_read_begin(world->site, &read);

	if (err != ERR_OK)
		return err;
	for (const struct json *i = json_first(fields);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		const char *name = json_name(i);
		int slot = kind_slot(input->fields.kind, bytes_of(name));
		bool is_on;

		if (slot < 0) {
			err = why_set(why, ERR_INVALID, NULL,
			    N_("There is no \"{name}\" here."), 0, name);
			break;
		}
		/* one text for a list, as people type it */
		err = json_type(i) == JSON_TEXT ?
		    value_from_text(&input->fields, slot, json_text(i),
			read.directory, world->arena, why) :
		    value_from_json(&input->fields, slot, i, read.directory,
			world->arena, why);
		if (err == ERR_OK &&
		    (!record_has(&input->fields, slot) ||
			(json_bool(i, &is_on) && !is_on)))
			input->cleared |= UINT64_C(1) << slot;
	}
	site_read_end(&read);
	return err;
}

/* The id of what <with> names: a number, or the key of a small kind. */
static enum err
read_id(struct world *world, const struct json *with, const struct kind *kind,
    uint64_t *out)
{
	const struct json *id = json_get(with, "id");
	const struct record *record;
	struct site_read read;
	int64_t n = 0;
	enum err err = ERR_OK;

	if (json_int(id, &n)) {
		*out = (uint64_t)n;
		return ERR_OK;
	}
	err = site_read_begin(world->site, &read);
	if (err != ERR_OK)
		return err;
	record = directory_find_key(read.directory, kind->id, json_text(id));
	if (record != NULL)
		*out = record->id;
	else
		err = ERR_NOT_FOUND;
	site_read_end(&read);
	return err;
}

/* Do it; what follows is done, and scripts are told of new keys. */
static enum err
do_it(struct world *world, const struct act_input *input, struct why *why)
{
	struct act_result result;
	enum err err = world_act(world, input, &result, why);

	if (err == ERR_OK && scripts_have_changed(world->site))
		err = scripts_load(world->site, NULL, why);
	return err == ERR_OK ? world_settle(world) : err;
}

enum err
world_ask_set(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	const struct kind *kind = read_kind(with, why);
	struct act_input input;
	enum err err;

	if (kind == NULL)
		return ERR_INVALID;
	act_input_init(&input,
	    kind->id == KIND_TICKET       ? VERB_TICKET_UPDATE :
		kind->id == KIND_CUSTOMER ? VERB_CUSTOMER_UPDATE :
					    VERB_RECORD_UPDATE,
	    kind->id);
	input.actor = actor_system();
	err = read_id(world, with, kind, &input.subject);
	if (err == ERR_OK)
		err = read_fields(world, json_get(with, "fields"), &input, why);
	if (err == ERR_OK)
		err = do_it(world, &input, why);
	json_put_null(w);
	return err;
}

enum err
world_ask_add(struct world *world, const struct json *with,
    struct json_writer *w, struct why *why)
{
	const struct kind *kind = read_kind(with, why);
	struct act_input input;
	enum err err;

	if (kind == NULL)
		return ERR_INVALID;
	act_input_init(&input, VERB_RECORD_ADD, kind->id);
	input.actor = actor_system();
	err = read_fields(world, json_get(with, "fields"), &input, why);
	if (err == ERR_OK)
		err = do_it(world, &input, why);
	json_put_null(w);
	return err;
}
