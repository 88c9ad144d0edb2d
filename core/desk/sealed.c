/* core/desk/sealed.c - secret settings, sealed with the site's key. */
#include "config.h"
#include "core/desk/sealed.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/desk/site.h"

#include <string.h>

#define SEALED "sealed:"

/* The purpose is the first one's that were sealed; it stays, or they would not
 * open. */
static void
derive(const struct site *site, uint8_t key[SECRET_KEY_SIZE])
{
	secret_derive(site_key(site), "mail.password", key);
}

bool
sealed_is(struct bytes text)
{
	return bytes_start_with(text, BYTES(SEALED));
}

enum err
sealed_make(const struct site *site, struct bytes plain, struct arena *arena,
    struct bytes *out)
{
	uint8_t key[SECRET_KEY_SIZE];
	struct buf sealed = buf_in(arena), text = buf_in(arena);
	enum err err;

	if (sealed_is(plain)) {
		*out = plain;
		return ERR_OK;
	}
	derive(site, key);
	err = secret_seal(key, plain, &sealed);
	secret_wipe(key, sizeof key);
	if (err != ERR_OK)
		return err;
	buf_text(&text, SEALED);
	secret_base64_add(&text, SECRET_BASE64URL, buf_get(&sealed));
	if (text.failed)
		return ERR_NOMEM;
	*out = buf_get(&text);
	return ERR_OK;
}

enum err
sealed_open(const struct site *site, struct bytes text, struct arena *arena,
    struct bytes *out)
{
	struct buf sealed = buf_in(arena), plain = buf_in(arena);
	uint8_t key[SECRET_KEY_SIZE];
	enum err err;

	if (!sealed_is(text)) {
		*out = text;
		return ERR_OK;
	}
	text.at += strlen(SEALED);
	text.len -= strlen(SEALED);
	err = secret_base64_read(&sealed, SECRET_BASE64URL, text);
	derive(site, key);
	if (err == ERR_OK)
		err = secret_unseal(key, buf_get(&sealed), &plain);
	secret_wipe(key, sizeof key);
	if (err == ERR_INVALID)
		err = ERR_CORRUPT;
	if (err == ERR_OK && plain.failed)
		err = ERR_NOMEM;
	if (err != ERR_OK)
		return err;
	(void)buf_string(&plain); /* with a NUL behind its end */
	*out = buf_get(&plain);
	return plain.failed ? ERR_NOMEM : ERR_OK;
}

bool
sealed_is_declared(const struct json *declared, const char *name)
{
	bool is_secret = false;

	(void)json_bool(
	    json_get(json_get(declared, name), "secret"), &is_secret);
	return is_secret;
}

enum err
sealed_put_settings(const struct site *site, const struct json *settings,
    const struct json *declared, struct arena *arena, struct json_writer *out,
    bool *has_changed)
{
	enum err err = ERR_OK;

	json_begin_object(out);
	for (const struct json *m = json_first(settings);
	     err == ERR_OK && m != NULL; m = json_next(m)) {
		struct bytes text = json_text(m);

		json_key(out, json_name(m));
		if (text.len == 0 || sealed_is(text) ||
		    !sealed_is_declared(declared, json_name(m))) {
			json_put_value(out, m);
			continue;
		}
		err = sealed_make(site, text, arena, &text);
		json_put_text(out, text);
		if (has_changed != NULL)
			*has_changed = true;
	}
	json_end_object(out);
	return err;
}

enum err
sealed_put_opened(const struct site *site, struct bytes script,
    const struct json *settings, struct arena *arena, struct json_writer *out)
{
	enum err err = ERR_OK;

	json_begin_object(out);
	for (const struct json *m = json_first(settings);
	     err == ERR_OK && m != NULL; m = json_next(m)) {
		struct bytes text = json_text(m);

		if (sealed_is(text))
			err = sealed_open(site, text, arena, &text);
		if (err == ERR_CORRUPT) {
			log_event(LOG_WARN, "script.sealed",
			    "site=%s script=%.*s setting=%s", site_dir(site),
			    BYTES_ARG(script), json_name(m));
			err = ERR_OK;
			continue;
		}
		json_key(out, json_name(m));
		if (sealed_is(json_text(m)))
			json_put_text(out, text);
		else
			json_put_value(out, m);
	}
	json_end_object(out);
	return err;
}
