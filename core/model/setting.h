/* core/model/setting.h - the choices for the whole site: the one list of them.
 *
 * A setting is a record of the kind "setting": its name, and its value as
 * JSON. Which there are, and what they may be, stands in the table of
 * setting.c: the admin page, the command line, the API, imports and the code
 * that reads one take it from there. Some are also kept as NAME/BRAND, for one
 * brand by its key. The settings of a script, script/NAME, are declared by the
 * script itself; other names there are none.
 */
#ifndef HOOKDESK_MODEL_SETTING_H
#define HOOKDESK_MODEL_SETTING_H

#include "core/model/directory.h"

struct json;
struct zone;

enum setting_id {
	CHOICE_QUEUE,
	CHOICE_ANSWER_TIME,
	CHOICE_ZONE,
	CHOICE_MAIL_TRANSPORT,
	CHOICE_MAIL_TLS,
	CHOICE_MAIL_VERIFY,
	CHOICE_MAIL_CA_FILE,
	CHOICE_MAIL_USER,
	CHOICE_MAIL_PASSWORD,
	CHOICE_MAIL_FROM,
	CHOICE_MAIL_SIZE_MAX,
	CHOICE_MAIL_PER_HOUR,
	CHOICE_FILES_MAX,
	CHOICE_HTTP_ALLOWED,
	CHOICE__COUNT
};

enum setting_type {
	SETTING_IS_TEXT = 0,
	SETTING_IS_QUEUE, /* the key of one */
	SETTING_IS_ZONE,
	SETTING_IS_TRANSPORT,
	SETTING_IS_EMAIL,
	SETTING_IS_PATH, /* of a file on the server, absolute */
	SETTING_IS_WORD, /* one of <words> */
	SETTING_IS_BOOL,
	SETTING_IS_INT,    /* from <min> to <max> */
	SETTING_IS_BYTES,  /* the same of bytes */
	SETTING_IS_HOSTS,  /* HOST:PORT, with one blank between */
	SETTING_IS_SECRET, /* kept sealed, and never shown */
};

enum setting_group {
	SETTINGS_OF_TICKETS,
	SETTINGS_OF_MAIL,
	SETTINGS_OF_FILES,
	SETTINGS_OF_SCRIPTS,
	SETTINGS__COUNT
};

struct setting_word {
	const char *word, *label; /* <label> is marked N_() */
};

struct setting {
	const char *name;
	enum setting_type type;
	enum setting_group group;
	bool is_brands;        /* also as NAME/BRAND */
	const char *otherwise; /* what holds while it is not set; or NULL */
	const char *label;     /* marked N_() */
	const char *help;      /* likewise; NULL: none */
	int64_t min, max;      /* of SETTING_IS_INT, _BYTES */
	const struct setting_word *words; /* ends with a word that is NULL */
};

extern const struct setting setting_rows[CHOICE__COUNT];

/* What a script's settings are called, before its name. */
#define SETTING_OF_SCRIPT "script/"

/* The row of <name>, with BYTES_NONE as *<brand>; or of NAME/BRAND with the
 * brand's key, whether or not brands have it; NULL if there is none. */
const struct setting *setting_find(struct bytes name, struct bytes *brand);

/* The value that holds for <brand>, which may be NULL: the brand's own, the
 * site's, or what holds otherwise (BYTES_NONE or 0 if nothing does). Borrowed
 * from <directory>. setting_int() is for SETTING_IS_BOOL, _INT and
 * _BYTES. */
struct bytes setting_text(const struct directory *directory, enum setting_id id,
    const struct record *brand);
int64_t setting_int(const struct directory *directory, enum setting_id id,
    const struct record *brand);

/* The time zone of the site; UTC if the system knows it no more. */
const struct zone *setting_zone(const struct directory *directory);

/* A value as it is typed, as the JSON that is kept, in <arena>. What is no
 * value for <setting> is told by setting_check(). ERR_NOMEM. */
ERR_CHECKED enum err setting_from_text(const struct setting *setting,
    struct bytes text, struct arena *arena, struct bytes *out);

/* Whether <value> will do for <setting>; null and "" do, they say nothing.
 * ERR_INVALID with words and the field "value" in <why>; ERR_NOMEM. */
ERR_CHECKED enum err setting_check(const struct setting *setting,
    const struct json *value, const struct directory *directory,
    struct arena *arena, struct why *why);

#endif
