/* tests/unit/desk_fixture.h - a whole desk in a temporary folder, for a test.
 *
 * Unsynced, on a clock that stands at FIXTURE_TIME_US, with what site_create()
 * makes: queues general and billing, roles, and the admin ann. Jobs run when
 * the test says so. Scripts are loaded if the test wrote some first.
 */
#ifndef HOOKDESK_TESTS_DESK_FIXTURE_H
#define HOOKDESK_TESTS_DESK_FIXTURE_H

#include "core/base/crc32c.h"
#include "core/base/secret.h"
#include "core/desk/act.h"
#include "core/desk/runner.h"
#include "core/desk/scripts.h"
#include "core/desk/site_create.h"
#include "core/model/value.h"
#include "tests/unit/store_fixture.h"

#include <stdio.h>

struct desk_fixture {
	char dir[PATH_MAX];
	struct clock clock;
	struct site *site;
	struct arena *arena;
	struct why why;
	struct act_result result;
};

/* Of the desks that are opened from now on; NULL: mails wait. */
static const struct desk_output *desk_fixture_output;

/* When they are made, and how large they may become. */
static int64_t desk_fixture_time_us = FIXTURE_TIME_US;
static uint64_t desk_fixture_map = FIXTURE_MAP;
/* Whether a busy machine changes nothing of what scripts do. */
static bool desk_fixture_patient;

static inline void
desk_open(struct desk_fixture *f)
{
	struct site_options options = { .dir = f->dir,
		.share_dir = f->dir, /* the test's own scripts only */
		.clock = &f->clock,
		.is_unsynced = true,
		.is_patient = desk_fixture_patient,
		.map_size = desk_fixture_map,
		.min_free_set = true,
		.output = desk_fixture_output };

	must(site_open(&options, &f->site, &f->why), f->why.message);
}

static inline void
desk_setup(struct desk_fixture *f)
{
	struct site_founding founding = { .dir = f->dir,
		.name = BYTES("Example"),
		.admin = BYTES("ann@example.com"),
		.admin_name = BYTES("Ann Lee"),
		.base_url = BYTES("https://help.example.com"),
		.clock = &f->clock,
		.is_unsynced = true };

	memset(f, 0, sizeof *f);
	MUST(secret_init());
	clock_set(&f->clock, desk_fixture_time_us);
	MUST(file_temp_folder(f->dir, sizeof f->dir));
	f->arena = arena_create();
	must(site_create(&founding, &f->why), f->why.message);
	desk_open(f);
}

static inline void
desk_teardown(struct desk_fixture *f)
{
	site_close(f->site);
	arena_destroy(f->arena);
	MUST(file_remove_tree(f->dir));
}

/* An act by the desk itself, unless the input says who. */
static inline enum err
desk_do(struct desk_fixture *f, struct act_input *input)
{
	enum err err = desk_act(f->site, input, f->arena, &f->result, &f->why);
	char words[400];

	if (err != ERR_OK)
		printf("# %s: %s (%s)\n", verb_name(input->verb),
		    why_text(&f->why, words, sizeof words), f->why.field);
	return err;
}

/* Set fields of an input by name, as text. */
static inline void
desk_set(struct desk_fixture *f, struct act_input *input, const char *name,
    const char *text)
{
	int slot = kind_slot(input->fields.kind, bytes_of(name));
	struct site_read read;

	MUST(site_read_begin(f->site, &read));
	must(act_input_text(input, slot, bytes_of(text), read.directory,
		 f->arena, &f->why),
	    f->why.message);
	site_read_end(&read);
}

/* A ticket through the form; returns its number, 0 when it was refused. */
static inline uint64_t
desk_submit(struct desk_fixture *f, const char *email, const char *subject,
    const char *body)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.is_form = true;
	input.email = bytes_of(email);
	input.body = bytes_of(body);
	desk_set(f, &input, "subject", subject);
	return desk_do(f, &input) == ERR_OK ? f->result.ticket : 0;
}

static inline enum err
desk_reply(struct desk_fixture *f, struct actor actor, uint64_t ticket,
    const char *body)
{
	struct act_input input;

	act_input_init(&input, VERB_REPLY_ADD, KIND_TICKET);
	input.actor = actor;
	input.subject = ticket;
	input.body = bytes_of(body);
	return desk_do(f, &input);
}

/* Add a record of a small kind: name, text pairs ending with NULL. */
static inline uint64_t
desk_add(struct desk_fixture *f, enum kind_id kind, const char *const *values)
{
	struct act_input input;

	act_input_init(&input, VERB_RECORD_ADD, kind);
	input.actor = actor_system();
	for (; *values != NULL; values += 2)
		desk_set(f, &input, values[0], values[1]);
	MUST(desk_do(f, &input));
	return f->result.record;
}

/* Change a field of the record that has this key. */
static inline void
desk_change(struct desk_fixture *f, enum kind_id kind, const char *key,
    const char *name, const char *text)
{
	struct act_input input;
	struct site_read read;

	act_input_init(&input, VERB_RECORD_UPDATE, kind);
	input.actor = actor_system();
	MUST(site_read_begin(f->site, &read));
	input.subject =
	    directory_find_key(read.directory, kind, bytes_of(key))->id;
	site_read_end(&read);
	desk_set(f, &input, name, text);
	MUST(desk_do(f, &input));
}

/* Write a script and load it. */
static inline void
desk_script(struct desk_fixture *f, const char *name, const char *source)
{
	struct buf report = buf_in(f->arena);
	char path[PATH_MAX + 128];

	snprintf(path, sizeof path, "%s/scripts/%s.lua", f->dir, name);
	MUST(file_replace(path, 0600, bytes_of(source), NULL));
	must(scripts_load(f->site, &report, &f->why), f->why.message);
	printf("# %s", buf_string(&report));
}

static inline void
desk_run_jobs(struct desk_fixture *f)
{
	MUST(runner_run_due(f->site, NULL));
}

/* A ticket's field as a number; a reference's id, an enum's position. */
static inline int64_t
desk_field(struct desk_fixture *f, uint64_t number, int slot)
{
	struct site_read read;
	struct record ticket;
	int64_t n;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	n = record_int(&ticket, slot);
	site_read_end(&read);
	return n;
}

static inline bool
desk_has_tag(struct desk_fixture *f, uint64_t number, const char *tag)
{
	struct site_read read;
	struct record ticket;
	bool has;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	has = list_has_text(record_text(&ticket, TICKET_TAGS), bytes_of(tag));
	site_read_end(&read);
	return has;
}

/* The sum of the store's file as it lies there. */
static inline uint32_t
desk_store_sum(struct desk_fixture *f)
{
	struct buf text = BUF_INIT;
	char path[PATH_MAX + 16];
	uint32_t sum;

	snprintf(path, sizeof path, "%s/data.mdb", f->dir);
	MUST(file_read(path, desk_fixture_map, &text, NULL));
	sum = crc32c(0, text.at, text.len);
	buf_release(&text);
	return sum;
}

/* Change a byte of the first record of a table, as bad memory would. */
static inline void
desk_damage(struct desk_fixture *f, char table)
{
	struct cursor cursor = { .snapshot = NULL };
	struct snapshot *snapshot;
	struct change *change;
	struct bytes key, value;
	char *copy;

	MUST(change_create(f->arena, &change));
	MUST(store_snapshot(site_store(f->site), &snapshot));
	MUST(cursor_open_prefix(
	    snapshot, (struct bytes){ &table, 1 }, FORWARD, &cursor));
	MUST(cursor_next(&cursor, &key, &value));
	copy = arena_copy(f->arena, value.at, value.len);
	copy[value.len - 1] ^= 1;
	change_put(change, key, (struct bytes){ copy, value.len });
	cursor_close(&cursor);
	MUST(store_commit(site_store(f->site), change, NULL));
	snapshot_release(snapshot);
}

#endif
