/* core/desk/world.c - makes the desks that tests of scripts run on. */
#include "config.h"
#include "core/desk/world.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/desk/body.h"
#include "core/desk/query.h"
#include "core/desk/runner.h"
#include "core/desk/scripts.h"
#include "core/desk/site_create.h"
#include "core/desk/world_private.h"
#include "core/model/value.h"

#include <stdio.h>
#include <stdlib.h>

#define USUAL_NOW "2026-03-02 09:00"
#define MAP_BYTES (64 * 1024 * 1024)
#define ADMIN 1 /* the id of the admin that site_create() makes */
#define BRAND 1

enum err
world_act(struct world *world, const struct act_input *input,
    struct act_result *result, struct why *why)
{
	return desk_act(world->site, input, world->arena, result, why);
}

enum err
world_set(struct world *world, struct act_input *input, const char *name,
    struct bytes text, struct why *why)
{
	int slot = kind_slot(input->fields.kind, bytes_of(name));
	struct site_read read;
	enum err err;

	if (slot < 0)
		return ERR_INVALID;
	err = site_read_begin(world->site, &read);
	if (err != ERR_OK)
		return err;
	err = value_from_text(
	    &input->fields, slot, text, read.directory, world->arena, why);
	site_read_end(&read);
	if (err == ERR_OK && !record_has(&input->fields, slot))
		input->cleared |= UINT64_C(1) << slot; /* "false", "" */
	return err;
}

enum err
world_settle(struct world *world)
{
	return runner_run_due(world->site, NULL);
}

/* "2026-03-02 09:00" in the world's zone. */
static enum err
read_now(struct world *world, const struct json *with, struct why *why)
{
	struct bytes text = json_text(json_get(with, "now"));
	struct bytes name = json_text(json_get(with, "zone"));
	struct zone_time time = { 0 };
	char words[64];
	int64_t now_us;

	if (text.len == 0)
		text = BYTES(USUAL_NOW);
	snprintf(words, sizeof words, "%.*s", BYTES_ARG(name));
	world->zone = name.len > 0 ? zone_get(words) : zone_utc();
	if (world->zone == NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("There is no time zone {name}."), 0, words);
	snprintf(words, sizeof words, "%.*s", BYTES_ARG(text));
	if (sscanf(words, "%4d-%2d-%2d %2d:%2d", &time.year, &time.month,
		&time.day, &time.hour, &time.minute) != 5 ||
	    zone_to_us(world->zone, &time, &now_us) != ERR_OK)
		return why_set(why, ERR_INVALID, NULL,
		    N_("A world begins at a time like {name}."), 0, USUAL_NOW);
	clock_set(&world->clock, now_us);
	return ERR_OK;
}

static enum err
open_site(struct world *world, struct why *why)
{
	struct site_founding founding = { .dir = world->scratch.dir,
		.name = BYTES("Example"),
		.admin = BYTES("admin@example.com"),
		.base_url = BYTES("https://help.example.com"),
		.clock = &world->clock,
		.is_unsynced = true };
	struct site_options options = { .dir = world->scratch.dir,
		.share_dir =
		    world->scratch.dir, /* the scripts under test alone */
		.script_host = world->options->script_host,
		.clock = &world->clock,
		.is_unsynced = true,
		.no_scripts = true, /* once the desk is as it should be */
		.map_size = MAP_BYTES,
		.min_free_set = true,
		.output = &world->keeper.output };
	enum err err = scratch_make(&world->scratch, world->options->site_dir);

	if (err == ERR_OK)
		err = site_create(&founding, why);
	if (err == ERR_OK)
		err = mail_keeper_open(&world->keeper, world->arena,
		    world->options->output, world->options->renderer);
	world->keeper.owner = world;
	world->keeper.output.request = world_request;
	if (err == ERR_OK)
		err = site_open(&options, &world->site, why);
	return err;
}

/* Add a record of a small kind: names and texts, ending with NULL. */
static enum err
add_record(struct world *world, enum kind_id kind, const char *const *names,
    const struct bytes *texts, struct why *why)
{
	struct act_result result;
	struct act_input input;
	enum err err = ERR_OK;

	act_input_init(&input, VERB_RECORD_ADD, kind);
	input.actor = actor_system();
	for (; err == ERR_OK && *names != NULL; names++, texts++)
		err = world_set(world, &input, *names, *texts, why);
	return err == ERR_OK ? world_act(world, &input, &result, why) : err;
}

static enum err
update_record(struct world *world, enum kind_id kind, uint64_t id,
    const char *name, struct bytes text, struct why *why)
{
	struct act_result result;
	struct act_input input;
	enum err err;

	act_input_init(&input, VERB_RECORD_UPDATE, kind);
	input.actor = actor_system();
	input.subject = id;
	err = world_set(world, &input, name, text, why);
	return err == ERR_OK ? world_act(world, &input, &result, why) : err;
}

static enum err
add_setting(
    struct world *world, struct bytes name, struct bytes value, struct why *why)
{
	static const char *const names[] = { "name", "value", NULL };
	const struct bytes texts[] = { name, value };

	return add_record(world, KIND_SETTING, names, texts, why);
}

/* The site is where the world is. */
static enum err
add_zone(struct world *world, struct why *why)
{
	struct buf quoted = buf_in(world->arena);
	struct json_writer w = json_writer(&quoted);

	json_put_string(&w, zone_name(world->zone));
	return quoted.failed ?
	    ERR_NOMEM :
	    add_setting(world, BYTES("site.zone"), buf_get(&quoted), why);
}

/* The id of a record that has this key; 0 if there is none. */
static uint64_t
find_key(struct world *world, enum kind_id kind, struct bytes key)
{
	const struct record *record;
	struct site_read read;
	uint64_t id = 0;

	if (site_read_begin(world->site, &read) != ERR_OK)
		return 0;
	record = directory_find_key(read.directory, kind, key);
	if (record != NULL)
		id = record->id;
	site_read_end(&read);
	return id;
}

/* A list of keys; the first one takes what names none. */
static enum err
add_queues(struct world *world, const struct json *list, struct why *why)
{
	static const char *const names[] = { "key", "label", "has_form", NULL };
	enum err err = ERR_OK;

	for (const struct json *i = json_first(list);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		struct bytes key = json_text(i);
		const struct bytes texts[] = { key, key, BYTES("true") };

		if (find_key(world, KIND_QUEUE, key) == 0)
			err = add_record(world, KIND_QUEUE, names, texts, why);
		if (err == ERR_OK && i == json_first(list)) {
			struct buf quoted = buf_in(world->arena);
			struct json_writer w = json_writer(&quoted);

			json_put_text(&w, key);
			err = add_setting(world, BYTES("tickets.queue"),
			    buf_get(&quoted), why);
		}
	}
	return err;
}

static enum err
add_agent(struct world *world, struct bytes login, const struct json *given,
    struct why *why)
{
	static const char *const names[] = { "login", "name", "email", "role",
		"active", "available", "skills", "grade", NULL };
	const struct json *here = json_get(given, "available");
	struct bytes name = json_text(json_get(given, "name"));
	struct bytes role = json_text(json_get(given, "role"));
	struct buf email = buf_in(world->arena);
	struct buf skills = buf_in(world->arena);
	struct buf grade = buf_in(world->arena);
	int64_t number = 0;
	bool is_here = true;
	enum err err;

	buf_bytes(&email, login);
	buf_text(&email, "@example.com");
	for (const struct json *i = json_first(json_get(given, "skills"));
	     i != NULL; i = json_next(i)) {
		buf_text(&skills, skills.len > 0 ? "," : "");
		buf_bytes(&skills, json_text(i));
	}
	if (json_int(json_get(given, "grade"), &number))
		buf_int(&grade, number);
	(void)json_bool(here, &is_here);
	if (email.failed || skills.failed || grade.failed)
		return ERR_NOMEM;
	{
		const struct bytes texts[] = { login,
			name.len > 0 ? name : login, buf_get(&email),
			role.len > 0 ? role : BYTES("agent"), BYTES("true"),
			is_here ? BYTES("true") : BYTES("false"),
			buf_get(&skills), buf_get(&grade) };

		err = add_record(world, KIND_AGENT, names, texts, why);
	}
	if (err == ERR_OK && world->first_agent == 0)
		world->first_agent = find_key(world, KIND_AGENT, login);
	return err;
}

/* A list of logins, or { login = { name =, role =, skills =, grade =,
 * available = } }. */
static enum err
add_agents(struct world *world, const struct json *agents, struct why *why)
{
	enum err err = ERR_OK;

	for (const struct json *i = json_first(agents);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		if (json_type(agents) == JSON_LIST)
			err = add_agent(world, json_text(i), NULL, why);
		else
			err = add_agent(world, bytes_of(json_name(i)), i, why);
	}
	if (world->first_agent == 0)
		world->first_agent = ADMIN;
	else if (err == ERR_OK) /* the others do the work */
		err = update_record(
		    world, KIND_AGENT, ADMIN, "available", BYTES("false"), why);
	return err;
}

/* { script = { name = value } } */
static enum err
add_settings(struct world *world, const struct json *settings, struct why *why)
{
	enum err err = ERR_OK;

	for (const struct json *i = json_first(settings);
	     err == ERR_OK && i != NULL; i = json_next(i)) {
		struct buf name = buf_in(world->arena);
		struct buf value = buf_in(world->arena);
		struct json_writer w = json_writer(&value);

		buf_text(&name, "script/");
		buf_text(&name, json_name(i));
		json_put_value(&w, i);
		err = name.failed || value.failed ?
		    ERR_NOMEM :
		    add_setting(world, buf_get(&name), buf_get(&value), why);
	}
	return err;
}

/* The scripts under test, which have to load. */
static enum err
add_scripts(struct world *world, struct why *why)
{
	struct buf report = buf_in(world->arena);
	char path[PATH_MAX + 128];
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < world->options->file_count;
	     i++) {
		const struct script_file *file = &world->options->files[i];

		snprintf(path, sizeof path, "%s/scripts/%.*s.lua",
		    world->scratch.dir, BYTES_ARG(file->name));
		err = file_replace(path, 0600, file->text, why);
	}
	if (err == ERR_OK)
		err = scripts_load(world->site, &report, why);
	if (err == ERR_OK && strstr(buf_string(&report), "does not load"))
		err = why_set(why, ERR_INVALID, NULL, N_("{name}"), 0,
		    buf_string(&report));
	return err;
}

enum err
world_create(struct worlds *worlds, const struct json *with, struct world **out,
    struct why *why)
{
	struct world *world = calloc(1, sizeof *world);
	enum err err;

	if (world == NULL)
		return ERR_NOMEM;
	world->options = &worlds->options;
	world->requests_end = &world->requests;
	world->id = ++worlds->last_id;
	world->arena = arena_create();
	err = world->arena != NULL ? read_now(world, with, why) : ERR_NOMEM;
	if (err == ERR_OK)
		err = open_site(world, why);
	if (err == ERR_OK)
		err = update_record(world, KIND_BRAND, BRAND, "sender",
		    BYTES("desk@example.com"), why);
	if (err == ERR_OK)
		err = add_queues(world, json_get(with, "queues"), why);
	if (err == ERR_OK && world->zone != zone_utc())
		err = add_zone(world, why);
	if (err == ERR_OK)
		err = add_agents(world, json_get(with, "agents"), why);
	if (err == ERR_OK)
		err = add_settings(world, json_get(with, "settings"), why);
	if (err == ERR_OK)
		err = add_scripts(world, why);
	if (err != ERR_OK) {
		world_destroy(world);
		return err;
	}
	*out = world;
	return ERR_OK;
}

void
world_destroy(struct world *world)
{
	if (world == NULL)
		return;
	site_close(world->site);
	mail_keeper_close(&world->keeper);
	scratch_remove(&world->scratch);
	arena_destroy(world->arena);
	free(world);
}

enum err
worlds_create(const struct world_options *options, struct worlds **out)
{
	struct worlds *worlds = calloc(1, sizeof *worlds);

	if (worlds == NULL)
		return ERR_NOMEM;
	worlds->options = *options;
	*out = worlds;
	return ERR_OK;
}

void
worlds_destroy(struct worlds *worlds)
{
	if (worlds == NULL)
		return;
	while (worlds->first != NULL) {
		struct world *world = worlds->first;

		worlds->first = world->next;
		world_destroy(world);
	}
	free(worlds);
}

size_t
worlds_failures(struct worlds *worlds, struct buf *out)
{
	size_t all = 0;

	for (struct world *w = worlds->first; w != NULL; w = w->next) {
		size_t count = 0;

		if (!w->asked_for_failures &&
		    world_failed(w, NULL, out, &count) == ERR_OK)
			all += count;
	}
	return all;
}

/* What body_hello() tells, without the keys. */
static enum err
write_site(struct site *site, struct arena *arena, struct buf *out)
{
	struct json_writer w = json_writer(out);
	struct buf hello = buf_in(arena);
	const struct json *json = NULL;
	struct site_read read;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		return err;
	err = body_hello(&hello, read.directory, true);
	site_read_end(&read);
	if (err == ERR_OK)
		err = json_parse(
		    arena, buf_get(&hello), WIRE_TO_HOST_MAX, &json, NULL);
	if (err != ERR_OK)
		return err;
	json_begin_object(&w);
	json_member_int(&w, "api", SCRIPT_API);
	json_key(&w, "kinds");
	json_put_value(&w, json_get(json, "kinds"));
	json_end_object(&w);
	return out->failed ? ERR_NOMEM : ERR_OK;
}

enum err
worlds_site(
    const struct world_options *options, struct buf *out, struct why *why)
{
	struct world_options none = *options;
	struct worlds *worlds = NULL;
	struct world *world = NULL;
	enum err err;

	none.file_count = 0;
	err = worlds_create(&none, &worlds);
	if (err == ERR_OK)
		err = world_create(worlds, NULL, &world, why);
	if (err == ERR_OK)
		err = write_site(world->site, world->arena, out);
	world_destroy(world);
	worlds_destroy(worlds);
	return err;
}
