/* core/desk/site_create.c - a new site. */
#include "config.h"
#include "core/desk/site_create.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/desk/act.h"
#include "core/model/value.h"
#include "core/store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* One record to begin with: fields as text, by name. */
struct first_record {
	enum kind_id kind;
	const char *const *values; /* name, text, name, text ..., NULL */
};

#define VALUES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static enum err
add_record(struct site *site, struct arena *arena,
    const struct first_record *first, struct bytes password, struct why *why)
{
	struct act_result result;
	struct site_read read;
	struct act_input input;
	enum err err = site_read_begin(site, &read);

	if (err != ERR_OK)
		return err;
	act_input_init(&input, VERB_RECORD_ADD, first->kind);
	input.actor = actor_system();
	input.source = SOURCE_CLI;
	input.password = password;
	for (size_t i = 0; err == ERR_OK && first->values[i] != NULL; i += 2) {
		int slot = kind_slot(
		    input.fields.kind, bytes_of(first->values[i]));

		err = value_from_text(&input.fields, slot,
		    bytes_of(first->values[i + 1]), read.directory, arena, why);
	}
	if (err == ERR_OK)
		err = desk_act(site, &input, arena, &result, why);
	site_read_end(&read);
	return err;
}

/* A login from an address: "ann.lee@example.com" is "ann.lee". */
static const char *
login_of(struct arena *arena, struct bytes email)
{
	struct bytes local = bytes_split(&email, '@');
	char *login = arena_copy(arena, local.at, local.len);

	for (char *p = login; p != NULL && *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
		else if (!((*p >= 'a' && *p <= 'z') ||
			     (*p >= '0' && *p <= '9') || *p == '.' ||
			     *p == '_'))
			*p = '-';
	}
	return login;
}

static enum err
add_records(struct site *site, const struct site_founding *f, struct why *why)
{
	struct arena *arena = arena_create();
	enum err err = ERR_OK;

	if (arena == NULL)
		return ERR_NOMEM;
	const char *name = arena_copy(arena, f->name.at, f->name.len);
	const char *email = arena_copy(arena, f->admin.at, f->admin.len);
	const char *url = arena_copy(arena, f->base_url.at, f->base_url.len);
	const char *language = f->language.len > 0 ?
	    arena_copy(arena, f->language.at, f->language.len) :
	    "en";
	const char *login = login_of(arena, f->admin);
	const char *person = f->admin_name.len > 0 ?
	    arena_copy(arena, f->admin_name.at, f->admin_name.len) :
	    login;
	const struct first_record records[] = {
		{ KIND_BRAND,
		    VALUES("key", "main", "name", name, "base_url", url,
			"language", language) },
		{ KIND_CALENDAR,
		    VALUES("key", "office", "name", "Office hours", "monday",
			"09:00-17:00", "tuesday", "09:00-17:00", "wednesday",
			"09:00-17:00", "thursday", "09:00-17:00", "friday",
			"09:00-17:00", "is_default", "true") },
		{ KIND_QUEUE,
		    VALUES("key", "general", "label", "General", "brand",
			"main", "has_form", "true", "position", "1",
			"description", "Questions of any kind") },
		{ KIND_QUEUE,
		    VALUES("key", "billing", "label", "Billing", "brand",
			"main", "has_form", "true", "position", "2",
			"description", "Invoices, payments and refunds") },
		{ KIND_ROLE,
		    VALUES(
			"key", "admin", "label", "Admin", "is_admin", "true") },
		{ KIND_ROLE,
		    VALUES("key", "agent", "label", "Agent", "rights",
			"*:see,*:note,*:reply,*:assign,*:manage") },
		{ KIND_ROLE,
		    VALUES("key", "light", "label", "Light agent", "rights",
			"*:see,*:note") },
		{ KIND_AGENT,
		    VALUES("login", login, "name", person, "email", email,
			"role", "admin", "active", "true", "available",
			"true") },
	};
	if (name == NULL || email == NULL || url == NULL || login == NULL)
		err = ERR_NOMEM;
	for (size_t i = 0;
	     err == ERR_OK && i < sizeof records / sizeof *records; i++)
		err = add_record(site, arena, &records[i],
		    records[i].kind == KIND_AGENT ? f->password : BYTES_NONE,
		    why);
	arena_destroy(arena);
	return err;
}

static enum err
make_folders(const char *dir, struct why *why)
{
	static const char *const parts[] = { "files", "scripts", "www" };
	char path[PATH_MAX];
	struct stat st;
	enum err err;

	snprintf(path, sizeof path, "%s/data.mdb", dir);
	if (stat(path, &st) == 0)
		return why_set(why, ERR_EXISTS, NULL,
		    N_("There is a site in {name} already."), 0, dir);
	err = file_make_folders(dir, 0750, why);
	for (size_t i = 0; err == ERR_OK && i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, parts[i]);
		err = file_make_folders(path, 0750, why);
	}
	return err;
}

static enum err
make_key(const char *dir, struct why *why)
{
	uint8_t key[SITE_KEY_SIZE];
	char path[PATH_MAX];
	enum err err = secret_init();

	if (err != ERR_OK)
		return err;
	random_bytes(key, sizeof key);
	snprintf(path, sizeof path, "%s/key", dir);
	err = file_replace(
	    path, 0600, (struct bytes){ (const char *)key, sizeof key }, why);
	secret_wipe(key, sizeof key);
	return err;
}

static enum err
make_store(const struct site_founding *f, struct why *why)
{
	struct store_options options = STORE_OPTIONS(f->dir);
	struct store *store;
	enum err err;

	options.create = true;
	options.clock = f->clock;
	options.unsynced = f->is_unsynced;
	err = store_open(&options, &store, why);
	if (err == ERR_OK)
		store_close(store);
	return err;
}

/* Take back what a failed founding has made; a folder with other things in it
 * stays. */
static void
take_back(const char *dir)
{
	static const char *const parts[] = { "files", "scripts", "www", "key",
		"data.mdb", "lock.mdb", "lock" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, parts[i]);
		if (remove(path) != 0 && errno != ENOENT)
			continue; /* not ours to insist */
	}
	rmdir(dir);
}

enum err
site_create(const struct site_founding *founding, struct why *why)
{
	struct site_options options = { .dir = founding->dir,
		.clock = founding->clock,
		.no_scripts = true,
		.is_unsynced = founding->is_unsynced };
	struct site *site = NULL;
	enum err err = make_folders(founding->dir, why);

	if (err != ERR_OK)
		return err;
	err = make_key(founding->dir, why);
	if (err == ERR_OK)
		err = make_store(founding, why);
	if (err == ERR_OK)
		err = site_open(&options, &site, why);
	if (err == ERR_OK)
		err = add_records(site, founding, why);
	site_close(site);
	if (err != ERR_OK)
		take_back(founding->dir);
	return err;
}
