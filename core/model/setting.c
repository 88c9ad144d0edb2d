/* core/model/setting.c - the table of settings; reading and checking them. */
#include "config.h"
#include "core/model/setting.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/base/zone.h"

#include <stdio.h>

#define SETTING_TEXT_MAX 300 /* bytes */
#define NAME_ROOM 160        /* of NAME/BRAND */

static const struct setting_word tls_words[] = {
	{ "required", N_("Always (STARTTLS)") },
	{ "opportunistic", N_("Where the server can") },
	{ "none", N_("Never") },
	{ NULL, NULL },
};

const struct setting setting_rows[CHOICE__COUNT] = {
	[CHOICE_QUEUE] = { "tickets.queue", SETTING_IS_QUEUE,
	    SETTINGS_OF_TICKETS, .label = N_("Queue of new tickets"),
	    .help = N_("For messages that name none.") },
	[CHOICE_ANSWER_TIME] = { "tickets.answer_time", SETTING_IS_TEXT,
	    SETTINGS_OF_TICKETS, true, .label = N_("When we answer"),
	    .help = N_("Confirmations say it: \"within one working day\".") },
	[CHOICE_ZONE] = { "site.zone", SETTING_IS_ZONE, SETTINGS_OF_TICKETS,
	    .otherwise = "UTC", .label = N_("Time zone"),
	    .help = N_("For scripts, and whoever has chosen none. For example "
		       "Europe/Berlin.") },
	[CHOICE_MAIL_TRANSPORT] = { "mail.transport", SETTING_IS_TRANSPORT,
	    SETTINGS_OF_MAIL, true, .label = N_("Mail server"),
	    .help = N_("smtp://mail.example.com:587 or "
		       "smtps://mail.example.com:465; sendmail for the "
		       "server's own command. Left empty, the server's "
		       "configuration says.") },
	[CHOICE_MAIL_TLS] = { "mail.tls", SETTING_IS_WORD, SETTINGS_OF_MAIL,
	    true, .otherwise = "required", .label = N_("Encryption"),
	    .words = tls_words },
	[CHOICE_MAIL_VERIFY] = { "mail.verify", SETTING_IS_BOOL,
	    SETTINGS_OF_MAIL, true, .otherwise = "1",
	    .label = N_("Check the mail server's certificate") },
	[CHOICE_MAIL_CA_FILE] = { "mail.ca_file", SETTING_IS_PATH,
	    SETTINGS_OF_MAIL, true, .label = N_("File of certificates"),
	    .help = N_("Of authorities that the mail server's certificate may "
		       "come from, where the system knows them not.") },
	[CHOICE_MAIL_USER] = { "mail.user", SETTING_IS_TEXT, SETTINGS_OF_MAIL,
	    true, .label = N_("User") },
	[CHOICE_MAIL_PASSWORD] = { "mail.password", SETTING_IS_SECRET,
	    SETTINGS_OF_MAIL, true, .label = N_("Password"),
	    .help = N_("Left empty, it stays as it is. One blank takes it "
		       "away.") },
	[CHOICE_MAIL_FROM] = { "mail.from", SETTING_IS_EMAIL, SETTINGS_OF_MAIL,
	    true, .label = N_("Sender"),
	    .help = N_("For brands that have none of their own.") },
	[CHOICE_MAIL_SIZE_MAX] = { "mail.size_max", SETTING_IS_BYTES,
	    SETTINGS_OF_MAIL, true, .otherwise = "26214400",
	    .label = N_("Largest mail"),
	    .help = N_("Larger attachments are linked instead."),
	    .min = 1000000, .max = 100000000 },
	[CHOICE_MAIL_PER_HOUR] = { "mail.per_hour", SETTING_IS_INT,
	    SETTINGS_OF_MAIL, .otherwise = "1000", .label = N_("Mails an hour"),
	    .help = N_("More wait and go out in the next hours. 1000 if left "
		       "empty."),
	    .min = 1, .max = 1000000 },
	[CHOICE_FILES_MAX] = { "files.max", SETTING_IS_BYTES, SETTINGS_OF_FILES,
	    .label = N_("Room for attachments"),
	    .help = N_("All of them together. No limit if left empty."),
	    .min = 1000000, .max = INT64_C(1000000000000000) },
	[CHOICE_HTTP_ALLOWED] = { "http.allowed", SETTING_IS_HOSTS,
	    SETTINGS_OF_SCRIPTS, .label = N_("Private web servers"),
	    .help = N_("Where scripts may send web requests besides the "
		       "public Internet: wiki.intranet:8080 [fd00::7]:443. "
		       "Each with its port, with a blank between.") },
};

const struct setting *
setting_find(struct bytes name, struct bytes *brand)
{
	struct bytes rest = name, before = bytes_split(&rest, '/');

	for (size_t i = 0; i < CHOICE__COUNT; i++) {
		if (!bytes_is(before, setting_rows[i].name))
			continue;
		*brand = rest.at != NULL ? rest : BYTES_NONE;
		return &setting_rows[i];
	}
	return NULL;
}

/* --- reading --- */

/* What is stored says something: it is neither missing nor "" nor null. */
static bool
says_something(struct bytes value)
{
	return value.len > 0 && !bytes_is(value, "\"\"") &&
	    !bytes_is(value, "null");
}

/* The name under which there is what holds for the brand: its own, else the
 * site's, whether or not that is set. */
static void
find_name(const struct directory *directory, const struct setting *setting,
    const struct record *brand, char name[NAME_ROOM])
{
	if (brand != NULL && setting->is_brands) {
		snprintf(name, NAME_ROOM, "%s/%.*s", setting->name,
		    BYTES_ARG(record_text(brand, BRAND_KEY)));
		if (says_something(directory_setting(directory, name)))
			return;
	}
	snprintf(name, NAME_ROOM, "%s", setting->name);
}

struct bytes
setting_text(const struct directory *directory, enum setting_id id,
    const struct record *brand)
{
	const struct setting *setting = &setting_rows[id];
	char name[NAME_ROOM];
	struct bytes text;

	find_name(directory, setting, brand, name);
	text = directory_setting_text(directory, name);
	if (text.len == 0 && setting->otherwise != NULL)
		return bytes_of(setting->otherwise);
	return text.len > 0 ? text : BYTES_NONE;
}

const struct zone *
setting_zone(const struct directory *directory)
{
	struct bytes text = setting_text(directory, CHOICE_ZONE, NULL);
	char name[ZONE_NAME_MAX + 1];
	const struct zone *zone;

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(text));
	zone = zone_get(name);
	return zone != NULL ? zone : zone_utc();
}

int64_t
setting_int(const struct directory *directory, enum setting_id id,
    const struct record *brand)
{
	const struct setting *setting = &setting_rows[id];
	char name[NAME_ROOM];
	struct bytes value;
	int64_t n = 0;

	find_name(directory, setting, brand, name);
	value = directory_setting(directory, name);
	if (bytes_is(value, "true"))
		return 1;
	if (bytes_is(value, "false"))
		return 0;
	if (!says_something(value) && setting->otherwise != NULL)
		value = bytes_of(setting->otherwise);
	return bytes_to_int(value, &n) == ERR_OK ? n : 0;
}

/* --- writing --- */

enum err
setting_from_text(const struct setting *setting, struct bytes text,
    struct arena *arena, struct bytes *out)
{
	struct buf buf = buf_in(arena);
	struct json_writer w = json_writer(&buf);
	const struct json *json = NULL;
	enum json_type type;

	/* A password is what it is; others may be JSON already. */
	if (setting->type != SETTING_IS_SECRET &&
	    json_parse(arena, text, JSON_BYTES_MAX, &json, NULL) == ERR_NOMEM)
		return ERR_NOMEM;
	type = json_type(json);
	if (type == JSON_TEXT ||
	    (type == JSON_BOOL && setting->type == SETTING_IS_BOOL) ||
	    (type == JSON_NUMBER &&
		(setting->type == SETTING_IS_INT ||
		    setting->type == SETTING_IS_BYTES)))
		json_put_value(&w, json);
	else
		json_put_text(&w, text);
	if (buf.failed)
		return ERR_NOMEM;
	*out = buf_get(&buf);
	return ERR_OK;
}

/* --- checking --- */

struct checking {
	const struct setting *setting;
	const struct directory *directory;
	struct arena *arena;
	struct why *why;
};

static enum err
fail(const struct checking *c, const char *message, int64_t n, const char *name)
{
	return why_set(c->why, ERR_INVALID, "value", message, n, name);
}

static enum err
check_queue(const struct checking *c, struct bytes text)
{
	return directory_find_key(c->directory, KIND_QUEUE, text) != NULL ?
	    ERR_OK :
	    fail(c, N_("There is no such queue."), 0, NULL);
}

static enum err
check_zone(const struct checking *c, struct bytes text)
{
	return zone_get(text.at) != NULL ?
	    ERR_OK :
	    fail(c,
		N_("There is no such time zone. Write it as Europe/Berlin."), 0,
		NULL);
}

static enum err
check_transport(const struct checking *c, struct bytes text)
{
	return bytes_is(text, "sendmail") || bytes_is(text, "folder") ||
		bytes_start_with(text, BYTES("smtp://")) ||
		bytes_start_with(text, BYTES("smtps://")) ?
	    ERR_OK :
	    fail(c, N_("It begins with smtp:// or smtps://, or is sendmail."),
		0, NULL);
}

static enum err
check_email(const struct checking *c, struct bytes text)
{
	struct buf clean = buf_in(c->arena);
	struct why why = { .message = "" };
	enum err err = text_email(&clean, text, &why);

	return err == ERR_INVALID ? fail(c, why.message, why.n, why.name) : err;
}

static enum err
check_path(const struct checking *c, struct bytes text)
{
	return text.at[0] == '/' ?
	    ERR_OK :
	    fail(c, N_("A path begins with /."), 0, NULL);
}

/* HOST:PORT, [ADDRESS]:PORT. */
static bool
is_host_and_port(struct bytes text)
{
	int64_t port = 0;
	size_t len = text.len;

	while (len > 0 && text.at[len - 1] != ':')
		len--;
	if (len < 2 || strchr(":.", text.at[0]) != NULL ||
	    bytes_to_int((struct bytes){ text.at + len, text.len - len },
		&port) != ERR_OK)
		return false;
	for (size_t i = 0; i < len - 1; i++)
		if (strchr("/?#@\\,;", text.at[i]) != NULL ||
		    (text.at[i] == ':' && text.at[0] != '['))
			return false;
	return port >= 1 && port <= 65535;
}

static enum err
check_hosts(const struct checking *c, struct bytes text)
{
	while (text.at != NULL) {
		struct bytes host = bytes_split(&text, ' ');
		char *copy = arena_copy(c->arena, host.at, host.len);

		if (copy == NULL)
			return ERR_NOMEM;
		if (host.len > 0 && !is_host_and_port(host))
			return fail(c,
			    N_("\"{name}\" is no server with its port. Write "
			       "it as wiki.intranet:8080."),
			    0, copy);
	}
	return ERR_OK;
}

static enum err
check_word(const struct checking *c, struct bytes text)
{
	const struct setting_word *word = c->setting->words;
	struct buf all = buf_in(c->arena);

	for (; word->word != NULL; word++) {
		if (bytes_is(text, word->word))
			return ERR_OK;
		buf_printf(&all, "%s%s", all.len > 0 ? ", " : "", word->word);
	}
	return all.failed ? ERR_NOMEM :
			    fail(c, N_("One of these is wanted here: {name}."),
				0, buf_string(&all));
}

/* What a text must be besides short and plain; NULL: nothing else. */
static enum err (*const text_checks[])(
    const struct checking *c, struct bytes text) = {
	[SETTING_IS_QUEUE] = check_queue,
	[SETTING_IS_ZONE] = check_zone,
	[SETTING_IS_TRANSPORT] = check_transport,
	[SETTING_IS_EMAIL] = check_email,
	[SETTING_IS_PATH] = check_path,
	[SETTING_IS_WORD] = check_word,
	[SETTING_IS_HOSTS] = check_hosts,
	[SETTING_IS_SECRET] = NULL,
};

/* Settings go into command lines and headers of other protocols. */
static bool
has_control(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] < ' ' || text.at[i] == '\x7f')
			return true;
	return false;
}

static enum err
check_text(const struct checking *c, const struct json *value)
{
	struct bytes text = json_text(value);

	if (json_type(value) != JSON_TEXT)
		return fail(c, N_("A value of another type is wanted here."), 0,
		    json_type_name(json_type(value)));
	if (text.len > SETTING_TEXT_MAX)
		return fail(c, N_("This is too long."), 0, NULL);
	if (text.len == 0 || c->setting->type == SETTING_IS_SECRET)
		return ERR_OK;
	if (has_control(text))
		return fail(
		    c, N_("Please leave out line breaks and tabs."), 0, NULL);
	return text_checks[c->setting->type] != NULL ?
	    text_checks[c->setting->type](c, text) :
	    ERR_OK;
}

enum err
setting_check(const struct setting *setting, const struct json *value,
    const struct directory *directory, struct arena *arena, struct why *why)
{
	const struct checking c = { setting, directory, arena, why };
	char most[24];
	bool is_on;
	int64_t n;

	if (json_type(value) == JSON_NULL ||
	    (json_type(value) == JSON_TEXT && json_text(value).len == 0))
		return ERR_OK;
	switch (setting->type) {
	case SETTING_IS_BOOL:
		return json_bool(value, &is_on) ?
		    ERR_OK :
		    fail(&c, N_("Say true or false."), 0, NULL);
	case SETTING_IS_INT:
	case SETTING_IS_BYTES:
		if (json_int(value, &n) && n >= setting->min &&
		    n <= setting->max)
			return ERR_OK;
		snprintf(most, sizeof most, "%lld", (long long)setting->max);
		return fail(&c,
		    N_("A number from {n} to {name} is wanted here."),
		    setting->min, most);
	default: return check_text(&c, value);
	}
}
