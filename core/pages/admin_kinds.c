/* core/pages/admin_kinds.c - the small kinds, a row each. */
#include "config.h"
#include "core/pages/admin_kinds.h"

#define FIELDS(list) (list), sizeof(list) / sizeof *(list)

static const char *const priority_labels[] = { N_("Normal"), N_("Low"),
	N_("High"), N_("Urgent") };
static const char *const field_of_labels[] = { N_("Tickets"), N_("Customers"),
	N_("Organisations") };
static const char *const own_type_labels[] = { N_("A line of text"),
	N_("Several lines"), N_("Whole number"), N_("Number"), N_("Yes or no"),
	N_("Date"), N_("Date and time"), N_("One of several"),
	N_("Some of several"), N_("E-mail address"), N_("Web address") };
static const char *const own_index_labels[] = { N_("Not indexed"),
	N_("Being built"), N_("Being built"), N_("Ready") };
static const char *const own_index_looks[] = { NULL, "warn", "warn", "ok" };
static const char *const token_words[] = { "read", "write", "import", "admin",
	NULL };
static const char *const token_labels[] = { N_("Read tickets and people"),
	N_("Write: tickets, replies, people"),
	N_("Import tickets with their times"), N_("Administer everything") };

/* --- agents --- */

static const struct form_field agent_person[] = {
	{ AGENT_NAME, .label = N_("Name"),
	    .help = N_("As customers and colleagues see it.") },
	{ AGENT_EMAIL, .label = N_("E-mail address"),
	    .help = N_("For signing in and for notifications.") },
	{ AGENT_LOGIN, HOW_KEY, .label = N_("Short name"),
	    .help = N_("Scripts and filters use it. Left empty, it is made of "
		       "the e-mail address.") },
	{ AGENT_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    .none = N_("As the browser asks") },
	{ AGENT_ZONE, HOW_ZONE, N_("Time zone"),
	    N_("For example Europe/Berlin.") },
};
static const struct form_field agent_work[] = {
	{ AGENT_ROLE, .label = N_("Role"),
	    .help = N_("What this agent may see and do.") },
	{ AGENT_TEAMS, .label = N_("Teams") },
	{ AGENT_ACTIVE, .label = N_("May sign in"),
	    .help = N_("Without it all sessions and links end at once.") },
	{ AGENT_AVAILABLE, .label = N_("Takes new tickets at the moment") },
	{ AGENT_GRADE, .label = N_("Grade"),
	    .help = N_("How experienced, 1 to 9. Scripts may give hard "
		       "tickets to higher grades.") },
	{ AGENT_SKILLS, .label = N_("Skills"),
	    .help = N_("Keys, with commas between: billing, french.") },
	{ AGENT_SIGNATURE, .label = N_("Signature"),
	    .help = N_("Ends this agent's replies.") },
};

/* --- roles, teams --- */

static const struct form_field role_fields[] = {
	{ ROLE_LABEL, .label = N_("Name") },
	{ ROLE_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Left empty, it is made of the name.") },
	{ ROLE_IS_ADMIN, .label = N_("Administers the desk"),
	    .help = N_("May do everything, in every queue.") },
};
static const struct form_field team_fields[] = {
	{ TEAM_LABEL, .label = N_("Name") },
	{ TEAM_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Scripts use it. Left empty, it is made of the "
		       "name.") },
	{ TEAM_LEAD, .label = N_("Lead"),
	    .help = N_("Who is asked when nobody else can.") },
};

/* --- brands, queues, own fields --- */

static const struct form_field brand_fields[] = {
	{ BRAND_NAME, .label = N_("Name"), .help = N_("As customers see it.") },
	{ BRAND_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Left empty, it is made of the name.") },
	{ BRAND_BASE_URL, HOW_URL, N_("Address"),
	    N_("Where customers reach it, without a slash at the end. "
	       "All links in mails begin with it.") },
	{ BRAND_GREETING, HOW_TEXT, N_("Greeting"),
	    N_("A sentence on the portal's first page.") },
	{ BRAND_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    N_("Where the reader's is not known.") },
};
static const struct form_field brand_looks[] = {
	{ BRAND_LOGO, .label = N_("Logo"),
	    .help = N_("The address of a picture.") },
	{ BRAND_COLOR, HOW_COLOR, N_("Colour") },
};
static const struct form_field brand_mail[] = {
	{ BRAND_SENDER, .label = N_("Sender"),
	    .help = N_("The address that mails come from.") },
	{ BRAND_SENDER_NAME, .label = N_("Sender's name"),
	    .help = N_("Left empty, it is the brand's.") },
};
static const struct form_field queue_fields[] = {
	{ QUEUE_LABEL, .label = N_("Name") },
	{ QUEUE_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Scripts, filters and addresses use it. Left empty, "
		       "it is made of the name.") },
	{ QUEUE_BRAND, .label = N_("Brand"), .none = N_("The first one") },
	{ QUEUE_POSITION, .label = N_("Position"),
	    .help = N_("Its place in lists; lower comes first.") },
};
static const struct form_field queue_customers[] = {
	{ QUEUE_HAS_FORM, .label = N_("Customers may write to it by a form") },
	{ QUEUE_DESCRIPTION, HOW_TEXT, N_("Description"),
	    N_("Tells customers what to ask here.") },
};
static const struct form_field queue_agents[] = {
	{ QUEUE_IS_PRIVATE, .label = N_("Private"),
	    .help = N_("Only roles that name this queue see it.") },
	{ QUEUE_LEAD, .label = N_("Lead"),
	    .help = N_("Who is told when nobody else can be.") },
	{ QUEUE_PRIORITY, .label = N_("Priority of new tickets"),
	    .labels = priority_labels },
	{ QUEUE_CALENDAR, .label = N_("Calendar"),
	    .help = N_("The hours by which scripts reckon business time."),
	    .none = N_("The desk's calendar") },
};
static const struct form_field calendar_fields[] = {
	{ CALENDAR_NAME, .label = N_("Name") },
	{ CALENDAR_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Left empty, it is made of the name.") },
	{ CALENDAR_ZONE, HOW_ZONE, N_("Time zone"),
	    N_("For example Europe/Berlin. Left empty, it is the desk's.") },
	{ CALENDAR_IS_DEFAULT, .label = N_("The desk's calendar"),
	    .help = N_("Holds for queues that have none of their own.") },
};
static const struct form_field calendar_hours[] = {
	{ CALENDAR_MONDAY, .label = N_("Monday") },
	{ CALENDAR_TUESDAY, .label = N_("Tuesday") },
	{ CALENDAR_WEDNESDAY, .label = N_("Wednesday") },
	{ CALENDAR_THURSDAY, .label = N_("Thursday") },
	{ CALENDAR_FRIDAY, .label = N_("Friday") },
	{ CALENDAR_SATURDAY, .label = N_("Saturday") },
	{ CALENDAR_SUNDAY, .label = N_("Sunday") },
};
static const struct form_field calendar_holidays[] = {
	{ CALENDAR_HOLIDAYS, HOW_LINES, N_("Closed on"),
	    N_("One a line: 2026-12-24 Christmas Eve. Without a year, 12-25 "
	       "Christmas Day, it is one of every year.") },
};
static const struct form_field field_fields[] = {
	{ FIELD_LABEL, .label = N_("Label"),
	    .help = N_("The question, as people read it.") },
	{ FIELD_KEY, HOW_KEY, .label = N_("Key"),
	    .help = N_("Its name in scripts and filters. Left empty, it is "
		       "made of the label.") },
	{ FIELD_OF, .label = N_("Belongs to"), .labels = field_of_labels },
	{ FIELD_TYPE, .label = N_("Type"), .labels = own_type_labels },
	{ FIELD_WORDS, .label = N_("Choices"),
	    .help = N_("With commas between: what may be chosen.") },
	{ FIELD_MIN, .label = N_("At least"),
	    .help = N_("Of numbers, dates and times.") },
	{ FIELD_MAX, .label = N_("At most"),
	    .help = N_("Of numbers, dates and times.") },
	{ FIELD_QUEUE, .label = N_("On the form of"),
	    .none = N_("All queues") },
	{ FIELD_IS_PUBLIC, .label = N_("Customers see it and fill it in") },
	{ FIELD_IS_REQUIRED, .label = N_("Forms insist on it") },
	{ FIELD_IS_INDEXED, .label = N_("Indexed"),
	    .help = N_("Filters such as fields.KEY:value are fast then, "
		       "however many tickets there are. Up to eight fields, "
		       "of tickets.") },
	{ FIELD_STATE, HOW_SHOWN, N_("Index"),
	    N_("Until it is ready, filters look at one ticket after the "
	       "other."),
	    own_index_labels },
	{ FIELD_POSITION, .label = N_("Position"),
	    .help = N_("Its place in forms; lower comes first.") },
};

/* --- canned replies, articles --- */

static const struct form_field canned_fields[] = {
	{ CANNED_TITLE, .label = N_("Title"),
	    .help = N_("How agents find it.") },
	{ CANNED_BODY, HOW_BODY, .label = N_("Text"),
	    .help = N_("Markdown. {customer.name}, {ticket.number}, "
		       "{agent.name} and others are filled in; "
		       "{customer.name|there} says what stands for "
		       "nothing.") },
	{ CANNED_QUEUE, .label = N_("Offered in"), .none = N_("All queues") },
	{ CANNED_OWNER, .label = N_("Offered to"), .none = N_("All agents") },
	{ CANNED_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    .none = N_("Any language") },
};
static const struct form_field article_fields[] = {
	{ ARTICLE_TITLE, .label = N_("Title"),
	    .help = N_("The question it answers.") },
	{ ARTICLE_BODY, HOW_BODY, .label = N_("Text"),
	    .help = N_("Markdown.") },
	{ ARTICLE_SLUG, HOW_KEY, .label = N_("Address"),
	    .help = N_("The end of its address, /kb/... Left empty, it is "
		       "made of the title.") },
	{ ARTICLE_IS_PUBLISHED, .label = N_("Published"),
	    .help = N_("Customers can read it.") },
	{ ARTICLE_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    .none = N_("Any language") },
	{ ARTICLE_BRAND, .label = N_("Shown by"), .none = N_("All brands") },
};

/* --- tokens, organisations --- */

static const struct form_field token_fields[] = {
	{ TOKEN_NAME, .label = N_("What it is for") },
	{ TOKEN_RIGHTS, HOW_TICKS, N_("Rights"), .labels = token_labels,
	    .words = token_words },
	{ TOKEN_AGENT, .label = N_("Acts as"),
	    .help = N_("It sees and does what this agent may."),
	    .none = N_("The desk itself") },
	{ TOKEN_EXPIRES, HOW_DATE, N_("Expires"),
	    N_("Refused from this day on; never when empty.") },
};
static const struct form_field organisation_fields[] = {
	{ ORGANISATION_NAME, .label = N_("Name") },
	{ ORGANISATION_DOMAINS, .label = N_("Domains"),
	    .help = N_("Who writes from one of these belongs to it. With "
		       "commas between.") },
	{ ORGANISATION_TIER, .label = N_("Tier"),
	    .help = N_("A key, such as gold. Scripts use it.") },
	{ ORGANISATION_NOTES, .label = N_("Notes"),
	    .help = N_("What agents should know.") },
};

/* --- customers --- */

static const struct form_field customer_person[] = {
	{ CUSTOMER_NAME, .label = N_("Name") },
	{ CUSTOMER_EMAIL, .label = N_("E-mail address"),
	    .help = N_("Mails go there.") },
	{ CUSTOMER_VERIFIED, .label = N_("Address proved"),
	    .help = N_("This person is known to read the mail of that "
		       "address.") },
	{ CUSTOMER_ADDRESSES, .label = N_("All addresses"),
	    .help = N_("Whoever writes from one of these is this person. With "
		       "commas between.") },
	{ CUSTOMER_PHONE, .label = N_("Phone") },
	{ CUSTOMER_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    .none = N_("Not known") },
	{ CUSTOMER_ZONE, HOW_ZONE, N_("Time zone"),
	    N_("For example Europe/Berlin.") },
};
static const struct form_field customer_care[] = {
	{ CUSTOMER_ORGANISATION, .label = N_("Organisation") },
	{ CUSTOMER_TIER, .label = N_("Tier"),
	    .help = N_("A key, such as gold. Scripts use it.") },
	{ CUSTOMER_VIP, .label = N_("VIP"),
	    .help = N_("Somebody to take special care of.") },
	{ CUSTOMER_NOTES, .label = N_("Notes"),
	    .help = N_("What agents should know. Customers never see it.") },
};

const struct admin_kind admin_kinds[] = {
	{ .kind = KIND_CUSTOMER,
	    .path = "customers",
	    .title = N_("Customers"),
	    .about = N_("Who asks: addresses, notes, organisation."),
	    .add = N_("New customer"),
	    .empty = N_("Nobody has written yet."),
	    .search = N_("Name, address, phone"),
	    .added = N_("The customer was added."),
	    .saved = N_("The customer was saved."),
	    .key_slot = -1,
	    .off_slot = -1,
	    .columns = { { CUSTOMER_NAME, N_("Name"), .is_main = true },
		{ CUSTOMER_EMAIL, N_("E-mail address"), .is_muted = true },
		{ CUSTOMER_ORGANISATION, N_("Organisation") },
		{ CUSTOMER_VIP, N_("VIP"), .on = N_("VIP"), .on_look = "info" },
		{ CUSTOMER_UPDATED, N_("Changed") } },
	    .groups = { { N_("Person"), NULL, FIELDS(customer_person) },
		{ N_("Care"), NULL, FIELDS(customer_care) } } },
	{ .kind = KIND_AGENT,
	    .path = "agents",
	    .title = N_("Agents"),
	    .about = N_("Who answers, and how they sign in."),
	    .add = N_("New agent"),
	    .empty = N_("There are no agents yet."),
	    .added = N_("The agent was added. Give them a sign-in link."),
	    .saved = N_("The agent was saved."),
	    .removed = N_("The agent was deleted."),
	    .key_slot = AGENT_LOGIN,
	    .key_from = AGENT_EMAIL,
	    .off_slot = AGENT_ACTIVE,
	    .has_link = true,
	    .columns = { { AGENT_NAME, N_("Name"), .is_main = true },
		{ AGENT_EMAIL, N_("E-mail address"), .is_muted = true },
		{ AGENT_ROLE, N_("Role"), .none = N_("None") },
		{ AGENT_AVAILABLE, N_("State"), .on = N_("Available"),
		    .on_look = "ok", .off = N_("Away"), .off_look = "plain" },
		{ AGENT_SIGNED_IN_AT, N_("Signed in"), .none = N_("never"),
		    .is_muted = true } },
	    .groups = { { N_("Person"), NULL, FIELDS(agent_person) },
		{ N_("Work"), NULL, FIELDS(agent_work) } },
	    .defaults = { { AGENT_ACTIVE, "1" }, { AGENT_AVAILABLE, "1" },
		{ AGENT_ROLE, "agent" } } },
	{ .kind = KIND_ROLE,
	    .path = "roles",
	    .title = N_("Roles"),
	    .about = N_("What agents may see and do in each queue."),
	    .add = N_("New role"),
	    .empty = N_("There are no roles yet."),
	    .added = N_("The role was added."),
	    .saved = N_("The role was saved."),
	    .removed = N_("The role was deleted."),
	    .key_slot = ROLE_KEY,
	    .key_from = ROLE_LABEL,
	    .off_slot = -1,
	    .has_rights = true,
	    .columns = { { ROLE_LABEL, N_("Name"), .is_main = true },
		{ ROLE_KEY, N_("Key"), .is_muted = true },
		{ ROLE_IS_ADMIN, N_("Rights"), .on = N_("Everything"),
		    .on_look = "warn", .off = N_("By queue"),
		    .off_look = "plain" } },
	    .groups = { { NULL, NULL, FIELDS(role_fields) } } },
	{ .kind = KIND_TEAM,
	    .path = "teams",
	    .title = N_("Teams"),
	    .about = N_("Agents who share work."),
	    .add = N_("New team"),
	    .empty = N_("There are no teams yet. Scripts can share tickets "
			"out among the agents of a team."),
	    .added = N_("The team was added."),
	    .saved = N_("The team was saved."),
	    .removed = N_("The team was deleted."),
	    .key_slot = TEAM_KEY,
	    .key_from = TEAM_LABEL,
	    .off_slot = -1,
	    .columns = { { TEAM_LABEL, N_("Name"), .is_main = true },
		{ TEAM_KEY, N_("Key"), .is_muted = true },
		{ TEAM_LEAD, N_("Lead") } },
	    .groups = { { NULL, NULL, FIELDS(team_fields) } } },
	{ .kind = KIND_QUEUE,
	    .path = "queues",
	    .title = N_("Queues"),
	    .about = N_("Where tickets wait, and the forms of customers."),
	    .add = N_("New queue"),
	    .empty = N_("There are no queues yet."),
	    .added = N_("The queue was added."),
	    .saved = N_("The queue was saved."),
	    .removed = N_("The queue was deleted."),
	    .key_slot = QUEUE_KEY,
	    .key_from = QUEUE_LABEL,
	    .off_slot = -1,
	    .columns = { { QUEUE_LABEL, N_("Name"), .is_main = true },
		{ QUEUE_KEY, N_("Key"), .is_muted = true },
		{ QUEUE_BRAND, N_("Brand") },
		{ QUEUE_HAS_FORM, N_("Form"), .on = N_("Form"),
		    .on_look = "info" },
		{ QUEUE_IS_PRIVATE, N_("Seen by"), .on = N_("Private"),
		    .on_look = "warn" },
		{ QUEUE_POSITION, N_("Position") } },
	    .groups = { { NULL, NULL, FIELDS(queue_fields) },
		{ N_("For customers"), NULL, FIELDS(queue_customers) },
		{ N_("For agents"), NULL, FIELDS(queue_agents) } },
	    .defaults = { { QUEUE_HAS_FORM, "1" } } },
	{ .kind = KIND_CALENDAR,
	    .path = "calendars",
	    .title = N_("Calendars"),
	    .about = N_("Business hours and holidays."),
	    .add = N_("New calendar"),
	    .empty = N_("There are none yet. With a calendar, scripts reckon "
			"in business hours."),
	    .added = N_("The calendar was added."),
	    .saved = N_("The calendar was saved."),
	    .removed = N_("The calendar was deleted."),
	    .key_slot = CALENDAR_KEY,
	    .key_from = CALENDAR_NAME,
	    .off_slot = -1,
	    .columns = { { CALENDAR_NAME, N_("Name"), .is_main = true },
		{ CALENDAR_KEY, N_("Key"), .is_muted = true },
		{ CALENDAR_ZONE, N_("Time zone"),
		    .none = N_("The desk's time zone") },
		{ CALENDAR_IS_DEFAULT, N_("Holds for"), .on = N_("The desk"),
		    .on_look = "info" } },
	    .groups = { { NULL, NULL, FIELDS(calendar_fields) },
		{ N_("Hours"),
		    N_("For example 08:00-12:00, 13:00-17:00. With "
		       "22:00-06:00 it is open until the next morning; "
		       "00:00-24:00 is the whole day. Left empty, it is "
		       "closed."),
		    FIELDS(calendar_hours) },
		{ N_("Holidays"), NULL, FIELDS(calendar_holidays) } },
	    .defaults = { { CALENDAR_MONDAY, "09:00-17:00" },
		{ CALENDAR_TUESDAY, "09:00-17:00" },
		{ CALENDAR_WEDNESDAY, "09:00-17:00" },
		{ CALENDAR_THURSDAY, "09:00-17:00" },
		{ CALENDAR_FRIDAY, "09:00-17:00" } } },
	{ .kind = KIND_CANNED,
	    .path = "canned",
	    .title = N_("Canned replies"),
	    .about = N_("Answers kept for use again."),
	    .add = N_("New canned reply"),
	    .empty = N_("There are none yet. What you write often is worth "
			"keeping."),
	    .added = N_("The canned reply was added."),
	    .saved = N_("The canned reply was saved."),
	    .removed = N_("The canned reply was deleted."),
	    .key_slot = -1,
	    .off_slot = -1,
	    .columns = { { CANNED_TITLE, N_("Title"), .is_main = true },
		{ CANNED_QUEUE, N_("Offered in"), .none = N_("All queues") },
		{ CANNED_OWNER, N_("Offered to"), .none = N_("All agents") },
		{ CANNED_LANGUAGE, N_("Language"), .is_muted = true },
		{ CANNED_USES, N_("Uses") } },
	    .groups = { { NULL, NULL, FIELDS(canned_fields) } } },
	{ .kind = KIND_ARTICLE,
	    .path = "articles",
	    .title = N_("Articles"),
	    .about = N_("Answers before they are asked."),
	    .add = N_("New article"),
	    .search = N_("Words of the article"),
	    .empty = N_("There are no articles yet. What is asked often is "
			"a good one to begin with."),
	    .added = N_("The article was added."),
	    .saved = N_("The article was saved."),
	    .removed = N_("The article was deleted."),
	    .key_slot = ARTICLE_SLUG,
	    .key_from = ARTICLE_TITLE,
	    .off_slot = -1,
	    .columns = { { ARTICLE_TITLE, N_("Title"), .is_main = true },
		{ ARTICLE_IS_PUBLISHED, N_("State"), .on = N_("Published"),
		    .on_look = "ok", .off = N_("Draft"), .off_look = "plain" },
		{ ARTICLE_LANGUAGE, N_("Language"), .is_muted = true },
		{ ARTICLE_UPDATED, N_("Changed") } },
	    .groups = { { NULL, NULL, FIELDS(article_fields) } } },
	{ .kind = KIND_ORGANISATION,
	    .path = "organisations",
	    .title = N_("Organisations"),
	    .about = N_("Companies and groups that customers belong to."),
	    .add = N_("New organisation"),
	    .empty = N_("There are no organisations yet."),
	    .search = N_("Name"),
	    .added = N_("The organisation was added."),
	    .saved = N_("The organisation was saved."),
	    .removed = N_("The organisation was deleted."),
	    .key_slot = -1,
	    .off_slot = -1,
	    .columns = { { ORGANISATION_NAME, N_("Name"), .is_main = true },
		{ ORGANISATION_DOMAINS, N_("Domains"), .is_muted = true },
		{ ORGANISATION_TIER, N_("Tier") },
		{ ORGANISATION_CREATED, N_("Entered") } },
	    .groups = { { NULL, NULL, FIELDS(organisation_fields) } } },
	{ .kind = KIND_FIELD,
	    .path = "fields",
	    .title = N_("Own fields"),
	    .about = N_("What your forms ask besides."),
	    .add = N_("New field"),
	    .empty = N_("There are none yet. An own field is one more "
			"question on your forms: an order number, a model."),
	    .added = N_("The field was added."),
	    .saved = N_("The field was saved."),
	    .removed = N_("The field was deleted."),
	    .key_slot = FIELD_KEY,
	    .key_from = FIELD_LABEL,
	    .off_slot = -1,
	    .columns = { { FIELD_LABEL, N_("Label"), .is_main = true },
		{ FIELD_KEY, N_("Key"), .is_muted = true },
		{ FIELD_QUEUE, N_("On the form of"), .none = N_("All queues") },
		{ FIELD_IS_PUBLIC, N_("Seen by"), .on = N_("Customers"),
		    .on_look = "info", .off = N_("Agents"),
		    .off_look = "plain" },
		{ FIELD_IS_REQUIRED, N_("Required"), .on = N_("Required"),
		    .on_look = "warn" },
		{ FIELD_STATE, N_("Index"), .words = own_index_labels,
		    .looks = own_index_looks },
		{ FIELD_POSITION, N_("Position") } },
	    .groups = { { NULL, NULL, FIELDS(field_fields) } },
	    .defaults = { { FIELD_IS_PUBLIC, "1" } } },
	{ .kind = KIND_BRAND,
	    .path = "brands",
	    .title = N_("Brands"),
	    .about = N_("The web sites that this desk answers for."),
	    .add = N_("New brand"),
	    .empty = N_("There are no brands yet."),
	    .added = N_("The brand was added."),
	    .saved = N_("The brand was saved."),
	    .removed = N_("The brand was deleted."),
	    .key_slot = BRAND_KEY,
	    .key_from = BRAND_NAME,
	    .off_slot = -1,
	    .columns = { { BRAND_NAME, N_("Name"), .is_main = true },
		{ BRAND_KEY, N_("Key"), .is_muted = true },
		{ BRAND_BASE_URL, N_("Address") },
		{ BRAND_SENDER, N_("Sender"), .is_muted = true } },
	    .groups = { { NULL, NULL, FIELDS(brand_fields) },
		{ N_("Looks"), NULL, FIELDS(brand_looks) },
		{ N_("Mail"), NULL, FIELDS(brand_mail) } } },
	{ .kind = KIND_TOKEN,
	    .path = "tokens",
	    .title = N_("API tokens"),
	    .about = N_("Let programs use the desk."),
	    .add = N_("New token"),
	    .empty = N_("There are no tokens yet. A program needs one to use "
			"the API."),
	    .added = N_("The token was made."),
	    .saved = N_("The token was saved."),
	    .removed = N_("The token was deleted: it is refused from now on."),
	    .key_slot = -1,
	    .off_slot = -1,
	    .has_secret = true,
	    .columns = { { TOKEN_NAME, N_("What it is for"), .is_main = true },
		{ TOKEN_RIGHTS, N_("Rights"), .is_muted = true },
		{ TOKEN_AGENT, N_("Acts as"), .none = N_("The desk itself") },
		{ TOKEN_CREATED, N_("Made") },
		{ TOKEN_EXPIRES, N_("Expires"), .none = N_("never") } },
	    .groups = { { NULL, NULL, FIELDS(token_fields) } },
	    .defaults = { { TOKEN_RIGHTS, "read,write" } } },
	{ .path = NULL },
};

const struct admin_kind *
admin_kind_at(struct bytes path)
{
	for (const struct admin_kind *k = admin_kinds; k->path != NULL; k++)
		if (bytes_is(path, k->path))
			return k;
	return NULL;
}
