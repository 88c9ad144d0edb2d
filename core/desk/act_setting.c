/* core/desk/act_setting.c - settings on their way in: by the site's table, or
 * by what a script declares of its own.
 *
 * What is kept is JSON as json_write.h writes it, secrets sealed; names that
 * nobody reads are refused.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/suggest.h"
#include "core/desk/acts.h"
#include "core/desk/sealed.h"
#include "core/desk/schema.h"
#include "core/model/setting.h"

#include <stdio.h>

/* A setting's value that is being checked. */
struct coming {
	struct work *work;
	struct bytes name, text;
	const struct json *value; /* once read_value() has read <text> */
};

static enum err
read_value(struct coming *c)
{
	enum err err = json_parse(
	    c->work->arena, c->text, JSON_BYTES_MAX, &c->value, NULL);

	return err == ERR_INVALID || err == ERR_LIMIT ?
	    work_fail(c->work, ERR_INVALID, "value",
		N_("A setting's value is JSON."), 0, BYTES_NONE) :
	    err;
}

/* ---- the site's ---- */

static enum err
unknown_name(const struct coming *c)
{
	char name[128];
	struct suggestion near;

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(c->name));
	near = suggest(name);
	for (size_t i = 0; i < CHOICE__COUNT; i++)
		suggest_try(&near, setting_rows[i].name);
	if (near.best != NULL)
		return work_fail(c->work, ERR_INVALID, "name",
		    N_("There is no such setting: did you mean \"{name}\"?"), 0,
		    bytes_of(near.best));
	return work_fail(c->work, ERR_INVALID, "name",
	    N_("There is no setting \"{name}\"."), 0, c->name);
}

static enum err
check_brand(
    const struct coming *c, const struct setting *setting, struct bytes brand)
{
	if (brand.at == NULL)
		return ERR_OK;
	if (!setting->is_brands)
		return work_fail(c->work, ERR_INVALID, "name",
		    N_("\"{name}\" is for the whole site, not for a brand."), 0,
		    bytes_of(setting->name));
	if (directory_find_key(c->work->read.directory, KIND_BRAND, brand) ==
	    NULL)
		return work_fail(c->work, ERR_INVALID, "name",
		    N_("There is no brand \"{name}\"."), 0, brand);
	return ERR_OK;
}

static enum err
check_site_setting(struct coming *c, struct json_writer *out)
{
	struct work *work = c->work;
	struct bytes brand = BYTES_NONE, text;
	const struct setting *setting = setting_find(c->name, &brand);
	enum err err;

	if (setting == NULL)
		return unknown_name(c);
	err = check_brand(c, setting, brand);
	if (err == ERR_OK)
		err = read_value(c);
	text = json_text(c->value);
	if (err == ERR_OK)
		err = setting_check(setting, c->value, work->read.directory,
		    work->arena, work->why);
	if (err != ERR_OK)
		return err;
	if (setting->type != SETTING_IS_SECRET || text.len == 0) {
		json_put_value(out, c->value);
		return ERR_OK;
	}
	err = sealed_make(work->site, text, work->arena, &text);
	if (err == ERR_OK)
		json_put_text(out, text);
	return err;
}

/* ---- a script's ---- */

static enum err
unknown_member(
    const struct coming *c, const struct json *declared, const char *name)
{
	struct suggestion near = suggest(name);

	for (const struct json *i = json_first(declared); i != NULL;
	     i = json_next(i))
		suggest_try(&near, json_name(i));
	if (near.best != NULL)
		return work_fail(c->work, ERR_INVALID, name,
		    N_("There is no such setting: did you mean \"{name}\"?"), 0,
		    bytes_of(near.best));
	return work_fail(c->work, ERR_INVALID, name,
	    N_("There is no setting \"{name}\"."), 0, bytes_of(name));
}

/* Each member is declared by the script, if that is loaded. */
static enum err
check_members(const struct coming *c, const struct json *declared)
{
	for (const struct json *m = json_first(c->value); m != NULL;
	     m = json_next(m)) {
		const struct json *row = json_get(declared, json_name(m));
		struct buf right = buf_in(c->work->arena);
		const char *fault;

		if (row == NULL)
			return unknown_member(c, declared, json_name(m));
		fault = schema_fault(m, row, NULL, &right);
		if (right.failed)
			return ERR_NOMEM;
		if (fault != NULL)
			return work_fail(c->work, ERR_INVALID, json_name(m),
			    fault, 0, buf_get(&right));
	}
	return ERR_OK;
}

/* Settings may come before their script: it is only said that there is none.
 * A site that has loaded none yet knows of none. */
static void
warn_no_script(struct work *work, struct bytes name)
{
	char typed[128];
	struct suggestion near;
	size_t count;
	const struct record *const *all = directory_all(
	    work->read.directory, KIND_SCRIPT, &count);

	if (count == 0)
		return;
	snprintf(typed, sizeof typed, "%.*s", BYTES_ARG(name));
	near = suggest(typed);
	for (size_t i = 0; i < count; i++) {
		struct bytes key = record_key(all[i]);
		char *copy = arena_copy(work->arena, key.at, key.len);

		if (copy != NULL)
			suggest_try(&near, copy);
	}
	(void)why_set(&work->result->warning, ERR_OK, "name",
	    near.best != NULL ?
		N_("There is no such script: did you mean \"{name}\"?") :
		N_("There is no script \"{name}\" yet."),
	    0, near.best != NULL ? near.best : typed);
}

static enum err
check_script_setting(struct coming *c, struct json_writer *out)
{
	struct work *work = c->work;
	size_t before = strlen(SETTING_OF_SCRIPT);
	const struct bytes name = { c->name.at + before, c->name.len - before };
	const struct record *script = directory_find_key(
	    work->read.directory, KIND_SCRIPT, name);
	const struct json *declared = NULL;
	enum err err = read_value(c);

	if (err != ERR_OK)
		return err;
	if (json_type(c->value) != JSON_OBJECT)
		return work_fail(work, ERR_INVALID, "value",
		    N_("A script's settings are an object."), 0, BYTES_NONE);
	if (script == NULL)
		warn_no_script(work, name);
	else if (record_has(script, SCRIPT_SETTINGS))
		err = json_parse(work->arena,
		    record_text(script, SCRIPT_SETTINGS), JSON_BYTES_MAX,
		    &declared, NULL);
	if (err == ERR_OK && declared != NULL)
		err = check_members(c, declared);
	return err == ERR_OK ? sealed_put_settings(work->site, c->value,
				   declared, work->arena, out, NULL) :
			       err;
}

enum err
act_setting_check(struct work *work, struct record *setting)
{
	struct buf kept = buf_in(work->arena);
	struct json_writer out = json_writer(&kept);
	struct coming c = { .work = work,
		.name = record_text(setting, SETTING_NAME),
		.text = record_text(setting, SETTING_VALUE) };
	enum err err = bytes_start_with(c.name, BYTES(SETTING_OF_SCRIPT)) ?
	    check_script_setting(&c, &out) :
	    check_site_setting(&c, &out);

	if (err != ERR_OK)
		return err;
	if (kept.failed)
		return ERR_NOMEM;
	record_set_text(setting, SETTING_VALUE, buf_get(&kept));
	return ERR_OK;
}
