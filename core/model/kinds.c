/* core/model/kinds.c - the tables made from fields.def, and the indexes. */
#include "config.h"
#include "core/model/kinds.h"
#include "core/model/ticket.h"

/* Stored by position: append only. */
static const char *const place_words[] = { "desk", "spam", "trash", NULL };
static const char *const status_words[] = { "open", "pending", "closed", NULL };
static const char *const priority_words[] = { "normal", "low", "high", "urgent",
	NULL };
static const char *const source_words[] = { "web", "mail", "api", "agent",
	"script", "import", "cli", "phone", "chat", NULL };
static const char *const entry_words[] = { "reply", "note", "change", "event",
	NULL };
static const char *const actor_words[] = { "customer", "agent", "script",
	"system", NULL };
static const char *const format_words[] = { "text", "markdown", "html", NULL };
static const char *const mail_words[] = { "none", "queued", "sent", "failed",
	"withheld", NULL };
static const char *const theme_words[] = { "auto", "light", "dark", NULL };
static const char *const mails_words[] = { "all", "urgent", "none", NULL };
static const char *const session_words[] = { "browser", "link", "reset", NULL };
static const char *const job_words[] = { "handler", "timer", "every", "each",
	"mail", "notify", "index", "unlink", "reopen", "trim", "assign", "http",
	NULL };
static const char *const outcome_words[] = { "ok", "refused", "failed",
	"killed", "skipped", NULL };
static const char *const origin_words[] = { "page", "command", "api", "disk",
	"shipped", "back", NULL };
static const char *const field_of_words[] = { "ticket", "customer",
	"organisation", NULL };
static const char *const own_type_words[] = { "text", "long_text", "integer",
	"number", "boolean", "date", "time", "choice", "choices", "email",
	"url", NULL };
static const char *const own_index_words[] = { "none", "clearing", "building",
	"ready", NULL };

#define BOOL FIELD_BOOL, KIND_NONE, NULL
#define INT FIELD_INT, KIND_NONE, NULL
#define TIME FIELD_TIME, KIND_NONE, NULL
#define TEXT FIELD_TEXT, KIND_NONE, NULL
#define BIGTEXT FIELD_BIGTEXT, KIND_NONE, NULL
#define MAP FIELD_MAP, KIND_NONE, NULL
#define ENUM_OF(words) FIELD_ENUM, KIND_NONE, words
#define REF_TO(kind) FIELD_REF, KIND_##kind, NULL
#define KIND_BEGIN(kind, name, plural, doc) \
	static const struct field kind##_fields[] = {
#define FIELD(kind, id, number, name, ...) { number, name, __VA_ARGS__ },
#define KIND_END(kind) \
	} \
	;
#include "core/model/fields.def"
#undef KIND_BEGIN
#undef FIELD
#undef KIND_END

static bool
is_on_ticket(const struct record *file)
{
	return record_int(file, FILE_TICKET) != 0;
}

static bool
is_new_notice(const struct record *notice)
{
	return record_int(notice, NOTICE_READ_AT) == 0;
}

static bool
is_waiting(const struct record *version)
{
	return record_int(version, VERSION_IS_WAITING);
}

#define UNIQUE true
#define ORDER false

static const struct index ticket_indexes[] = {
	{ INDEX_TICKET_STATE, "state", ORDER, 2,
	    { INDEX_STATE, TICKET_UPDATED }, NULL },
	{ INDEX_TICKET_QUEUE, "queue", ORDER, 3,
	    { TICKET_QUEUE, INDEX_STATE, TICKET_UPDATED }, NULL },
	{ INDEX_TICKET_OWNER, "owner", ORDER, 3,
	    { TICKET_OWNER, INDEX_STATE, TICKET_UPDATED }, NULL },
	{ INDEX_TICKET_CUSTOMER, "customer", ORDER, 2,
	    { TICKET_CUSTOMER, TICKET_UPDATED }, NULL },
	{ INDEX_TICKET_ORGANISATION, "organisation", ORDER, 2,
	    { TICKET_ORGANISATION, TICKET_UPDATED }, NULL },
	{ INDEX_TICKET_TAG, "tag", ORDER, 2, { TICKET_TAGS, TICKET_UPDATED },
	    NULL },
	{ INDEX_TICKET_WAITING, "waiting", ORDER, 1, { TICKET_WAITING_SINCE },
	    ticket_is_waiting },
	{ INDEX_TICKET_OWN, "own", ORDER, 2, { INDEX_OWN, TICKET_UPDATED },
	    NULL },
};
static const struct index customer_indexes[] = {
	{ INDEX_CUSTOMER_ADDRESS, "address", UNIQUE, 1, { CUSTOMER_ADDRESSES },
	    NULL },
	{ INDEX_CUSTOMER_UPDATED, "updated", ORDER, 1, { CUSTOMER_UPDATED },
	    NULL },
};
static const struct index organisation_indexes[] = {
	{ INDEX_ORGANISATION_DOMAIN, "domain", UNIQUE, 1,
	    { ORGANISATION_DOMAINS }, NULL },
};
static const struct index agent_indexes[] = {
	{ INDEX_AGENT_LOGIN, "login", UNIQUE, 1, { AGENT_LOGIN }, NULL },
	{ INDEX_AGENT_EMAIL, "email", UNIQUE, 1, { AGENT_EMAIL }, NULL },
};
static const struct index role_indexes[] = {
	{ INDEX_ROLE_KEY, "key", UNIQUE, 1, { ROLE_KEY }, NULL },
};
static const struct index team_indexes[] = {
	{ INDEX_TEAM_KEY, "key", UNIQUE, 1, { TEAM_KEY }, NULL },
};
static const struct index brand_indexes[] = {
	{ INDEX_BRAND_KEY, "key", UNIQUE, 1, { BRAND_KEY }, NULL },
};
static const struct index queue_indexes[] = {
	{ INDEX_QUEUE_KEY, "key", UNIQUE, 1, { QUEUE_KEY }, NULL },
};
static const struct index article_indexes[] = {
	{ INDEX_ARTICLE_SLUG, "slug", UNIQUE, 1, { ARTICLE_SLUG }, NULL },
};
static const struct index token_indexes[] = {
	{ INDEX_TOKEN_HASH, "hash", UNIQUE, 1, { TOKEN_HASH }, NULL },
};
static const struct index session_indexes[] = {
	{ INDEX_SESSION_HASH, "hash", UNIQUE, 1, { SESSION_HASH }, NULL },
	{ INDEX_SESSION_AGENT, "agent", ORDER, 2,
	    { SESSION_AGENT, SESSION_CREATED }, NULL },
};
static const struct index setting_indexes[] = {
	{ INDEX_SETTING_NAME, "name", UNIQUE, 1, { SETTING_NAME }, NULL },
};
static const struct index file_indexes[] = {
	{ INDEX_FILE_TICKET, "ticket", ORDER, 1, { FILE_TICKET },
	    is_on_ticket },
	{ INDEX_FILE_DISK, "disk", UNIQUE, 1, { FILE_DISK }, NULL },
};
static const struct index script_indexes[] = {
	{ INDEX_SCRIPT_NAME, "name", UNIQUE, 1, { SCRIPT_NAME }, NULL },
};
static const struct index trace_indexes[] = {
	{ INDEX_TRACE_TICKET, "ticket", ORDER, 1, { TRACE_TICKET }, NULL },
};
static const struct index value_indexes[] = {
	{ INDEX_VALUE_NAME, "name", UNIQUE, 1, { VALUE_NAME }, NULL },
};
static const struct index field_indexes[] = {
	{ INDEX_FIELD_KEY, "key", UNIQUE, 1, { FIELD_KEY }, NULL },
};

static const struct index notice_indexes[] = {
	{ INDEX_NOTICE_AGENT, "agent", ORDER, 2, { NOTICE_AGENT, NOTICE_AT },
	    NULL },
	{ INDEX_NOTICE_NEW, "new", ORDER, 2, { NOTICE_AGENT, NOTICE_AT },
	    is_new_notice },
};

static const struct index calendar_indexes[] = {
	{ INDEX_CALENDAR_KEY, "key", UNIQUE, 1, { CALENDAR_KEY }, NULL },
};

static const struct index version_indexes[] = {
	{ INDEX_VERSION_KEY, "key", UNIQUE, 1, { VERSION_KEY }, NULL },
	{ INDEX_VERSION_FILE, "file", ORDER, 2,
	    { VERSION_FILE, VERSION_NUMBER }, NULL },
	{ INDEX_VERSION_WAITING, "waiting", ORDER, 1, { VERSION_AT },
	    is_waiting },
};

#define INDEXES(kind) \
	kind##_indexes, sizeof kind##_indexes / sizeof(struct index)
#define NO_INDEXES NULL, 0

static const struct kind kinds[KIND__COUNT] = {
#define KIND_BEGIN(kind, name, plural, doc) \
	[KIND_##kind] = { KIND_##kind, name, plural, kind##_fields, \
		kind##__COUNT, INDEXES_OF_##kind, doc },
#define FIELD(...)
#define KIND_END(kind)
#define INDEXES_OF_TICKET INDEXES(ticket)
#define INDEXES_OF_ENTRY NO_INDEXES
#define INDEXES_OF_CUSTOMER INDEXES(customer)
#define INDEXES_OF_ORGANISATION INDEXES(organisation)
#define INDEXES_OF_AGENT INDEXES(agent)
#define INDEXES_OF_ROLE INDEXES(role)
#define INDEXES_OF_TEAM INDEXES(team)
#define INDEXES_OF_BRAND INDEXES(brand)
#define INDEXES_OF_QUEUE INDEXES(queue)
#define INDEXES_OF_CANNED NO_INDEXES
#define INDEXES_OF_ARTICLE INDEXES(article)
#define INDEXES_OF_TOKEN INDEXES(token)
#define INDEXES_OF_SESSION INDEXES(session)
#define INDEXES_OF_SETTING INDEXES(setting)
#define INDEXES_OF_FILE INDEXES(file)
#define INDEXES_OF_SCRIPT INDEXES(script)
#define INDEXES_OF_EVENT NO_INDEXES
#define INDEXES_OF_JOB NO_INDEXES
#define INDEXES_OF_TRACE INDEXES(trace)
#define INDEXES_OF_VALUE INDEXES(value)
#define INDEXES_OF_FIELD INDEXES(field)
#define INDEXES_OF_NOTICE INDEXES(notice)
#define INDEXES_OF_CALENDAR INDEXES(calendar)
#define INDEXES_OF_VERSION INDEXES(version)
#include "core/model/fields.def"
#undef KIND_BEGIN
#undef FIELD
#undef KIND_END
};

const struct kind *
kind_get(enum kind_id id)
{
	if ((unsigned)id >= KIND__COUNT || kinds[id].id == KIND_NONE)
		return NULL;
	return &kinds[id];
}

const struct kind *
kind_named(struct bytes name)
{
	for (unsigned i = 1; i < KIND__COUNT; i++)
		if (bytes_is(name, kinds[i].name) ||
		    bytes_is(name, kinds[i].plural))
			return &kinds[i];
	return NULL;
}

int
kind_slot(const struct kind *kind, struct bytes name)
{
	for (size_t i = 0; i < kind->field_count; i++)
		if (bytes_is(name, kind->fields[i].name))
			return (int)i;
	return -1;
}

int
field_word(const struct field *field, struct bytes word)
{
	for (int i = 0; field->words != NULL && field->words[i] != NULL; i++)
		if (bytes_is(word, field->words[i]))
			return i;
	return -1;
}

const struct index *
kind_index(const struct kind *kind, unsigned id)
{
	for (size_t i = 0; i < kind->index_count; i++)
		if (kind->indexes[i].id == id)
			return &kind->indexes[i];
	return NULL;
}
