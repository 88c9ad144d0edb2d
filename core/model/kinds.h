/* core/model/kinds.h - names for the slots of every kind, and its words.
 *
 * TICKET_SUBJECT is the slot of a ticket's subject, for record.h. All of it
 * comes from fields.def.
 */
#ifndef HOOKDESK_MODEL_KINDS_H
#define HOOKDESK_MODEL_KINDS_H

#include "core/model/field.h"

#define KIND_BEGIN(kind, name, plural, doc) \
	enum kind##_slot \
	{
#define FIELD(kind, id, ...) kind##_##id,
#define KIND_END(kind) \
	kind##__COUNT \
	} \
	;
#include "core/model/fields.def"
#undef KIND_BEGIN
#undef FIELD
#undef KIND_END

/* Words of the enum fields, in the order of their words in kinds.c. Stored
 * by position: append only. */
enum ticket_place { PLACE_DESK, PLACE_SPAM, PLACE_TRASH };
enum ticket_status { STATUS_OPEN, STATUS_PENDING, STATUS_CLOSED };
enum ticket_priority {
	PRIORITY_NORMAL,
	PRIORITY_LOW,
	PRIORITY_HIGH,
	PRIORITY_URGENT
};
enum source {
	SOURCE_WEB,
	SOURCE_MAIL,
	SOURCE_API,
	SOURCE_AGENT,
	SOURCE_SCRIPT,
	SOURCE_IMPORT,
	SOURCE_CLI,
	SOURCE_PHONE,
	SOURCE_CHAT
};
enum entry_type {
	ENTRY_IS_REPLY,
	ENTRY_IS_NOTE,
	ENTRY_IS_CHANGE,
	ENTRY_IS_EVENT
};
enum actor_kind { BY_CUSTOMER, BY_AGENT, BY_SCRIPT, BY_SYSTEM };
enum body_format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_HTML };
enum mail_state {
	MAIL_NONE,
	MAIL_QUEUED,
	MAIL_SENT,
	MAIL_FAILED,
	MAIL_WITHHELD
};
enum agent_mails { MAILS_ALL, MAILS_URGENT, MAILS_NONE };
enum session_purpose { SESSION_IS_BROWSER, SESSION_IS_LINK, SESSION_IS_RESET };
enum job_type {
	JOB_HANDLER,
	JOB_TIMER,
	JOB_EVERY,
	JOB_EACH,
	JOB_MAIL,
	JOB_NOTIFY,
	JOB_INDEX,
	JOB_UNLINK,
	JOB_REOPEN,
	JOB_TRIM,
	JOB_ASSIGN,
	JOB_HTTP
};
/* Of a custom field. */
enum own_type {
	OWN_TEXT,
	OWN_LONG_TEXT, /* several lines */
	OWN_INTEGER,
	OWN_NUMBER,
	OWN_BOOL,
	OWN_DATE, /* a day, wherever */
	OWN_TIME,
	OWN_CHOICE,
	OWN_CHOICES,
	OWN_EMAIL,
	OWN_URL,
	OWN__COUNT
};
enum own_index_state {
	OWN_INDEX_NONE,
	OWN_INDEX_CLEARING, /* of what is left from before */
	OWN_INDEX_BUILDING,
	OWN_INDEX_READY
};
/* Where a version of a script's file came from. */
enum version_origin {
	ORIGIN_PAGE,    /* written in the browser */
	ORIGIN_COMMAND, /* hookdesk script set */
	ORIGIN_API,
	ORIGIN_DISK,    /* the file was changed in the site's folder */
	ORIGIN_SHIPPED, /* comes with hookdesk */
	ORIGIN_BACK,    /* an earlier version again */
	ORIGIN__COUNT
};
enum trace_outcome {
	OUTCOME_OK,
	OUTCOME_REFUSED,
	OUTCOME_FAILED,
	OUTCOME_KILLED,
	OUTCOME_SKIPPED
};

/* Unique and other indexes that code outside views asks for by name. The
 * numbers are stored in keys. */
enum index_id {
	INDEX_TICKET_STATE = 1,
	INDEX_TICKET_QUEUE = 2,
	INDEX_TICKET_OWNER = 3,
	INDEX_TICKET_CUSTOMER = 4,
	INDEX_TICKET_ORGANISATION = 5,
	INDEX_TICKET_TAG = 6,
	INDEX_TICKET_WAITING = 7,
	INDEX_CUSTOMER_ADDRESS = 8,
	INDEX_ORGANISATION_DOMAIN = 9,
	INDEX_AGENT_LOGIN = 10,
	INDEX_AGENT_EMAIL = 11,
	INDEX_ROLE_KEY = 12,
	INDEX_TEAM_KEY = 13,
	INDEX_BRAND_KEY = 14,
	INDEX_QUEUE_KEY = 15,
	INDEX_ARTICLE_SLUG = 16,
	INDEX_TOKEN_HASH = 17,
	INDEX_SESSION_HASH = 18,
	INDEX_SETTING_NAME = 19,
	INDEX_SCRIPT_NAME = 20,
	INDEX_VALUE_NAME = 21,
	INDEX_FIELD_KEY = 22,
	INDEX_CUSTOMER_UPDATED = 23,
	INDEX_SESSION_AGENT = 24,
	INDEX_FILE_TICKET = 25,
	INDEX_FILE_DISK = 26,
	INDEX_TRACE_TICKET = 27,
	INDEX_NOTICE_AGENT = 28,
	INDEX_NOTICE_NEW = 29,
	INDEX_TICKET_OWN = 30,
	INDEX_CALENDAR_KEY = 31,
	INDEX_VERSION_KEY = 32,
	INDEX_VERSION_FILE = 33,
	INDEX_VERSION_WAITING = 34,
};

/* The index of <kind> with this id; NULL if it has none such. */
const struct index *kind_index(const struct kind *kind, unsigned id);

#endif
