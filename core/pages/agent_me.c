/* core/pages/agent_me.c - /agent/me: an agent's own settings, password,
 * sessions. */
#include "config.h"
#include "core/pages/agent_me.h"
#include "core/base/arena.h"
#include "core/desk/act.h"
#include "core/model/newest.h"
#include "core/pages/agent_sign.h"
#include "core/pages/record_form.h"
#include "core/web/session.h"

#define SESSIONS_MAX 50

/* Before argon2 looks at the old password. */
static const struct limit limit_password = { "password", 10, 30000 };

static const char *const theme_labels[] = { N_("As the system has it"),
	N_("Light"), N_("Dark") };

static const char *const mails_labels[] = { N_("All of them"),
	N_("Urgent ones"), N_("None") };

static const struct form_field fields[] = {
	{ AGENT_LANGUAGE, HOW_LANGUAGE, N_("Language"),
	    .none = N_("As the browser asks") },
	{ AGENT_ZONE, HOW_ZONE, N_("Time zone"),
	    N_("For example Europe/Berlin.") },
	{ AGENT_THEME, .label = N_("Colours"), .labels = theme_labels },
	{ AGENT_AVAILABLE, .label = N_("I take new tickets at the moment") },
	{ AGENT_MAILS, .label = N_("Notifications by mail"),
	    .help = N_("The bell shows all of them."), .labels = mails_labels },
	{ AGENT_SHORTCUTS_OFF, .label = N_("Single keys do nothing"),
	    .help = N_("For those who speak to their computer, or type with "
		       "one hand.") },
	{ AGENT_SIGNATURE, .label = N_("Signature"),
	    .help = N_("Ends your replies.") },
};

struct session_row {
	struct bytes where;
	int64_t at_us;
	bool is_this;
};

struct me_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct agent_side side;
	struct view_list fields, sessions;
	bool has_password;
	const struct form *typed; /* not shown: of the settings, or NULL */
};

static const struct view_field session_fields[] = {
	{ "where", VIEW_TEXT, offsetof(struct session_row, where), NULL, NULL },
	{ "at", VIEW_TIME, offsetof(struct session_row, at_us), NULL, NULL },
	{ "is_this", VIEW_BOOL, offsetof(struct session_row, is_this), NULL,
	    NULL },
	{ .name = NULL },
};
static const struct view_type session_type = { "session", session_fields, NULL,
	NULL };

static const struct view_field me_fields[] = {
	FORM_FIELDS(struct me_page, form),
	AGENT_SIDE_FIELDS(struct me_page, side),
	{ "fields", VIEW_LIST, offsetof(struct me_page, fields),
	    &record_field_type, NULL },
	{ "has_password", VIEW_BOOL, offsetof(struct me_page, has_password),
	    NULL, NULL },
	{ "sessions", VIEW_LIST, offsetof(struct me_page, sessions),
	    &session_type, NULL },
	{ .name = NULL },
};
static const struct view_type me_type = { "own settings", me_fields, NULL,
	NULL };

/* "Firefox, Linux" of what browsers call themselves; their whole words where
 * we know neither. Order matters: most claim to be others as well. */
static struct bytes
browser_name(struct page *page, struct bytes agent)
{
	static const char *const browsers[][2] = { { "Edg", "Edge" },
		{ "OPR/", "Opera" }, { "Firefox/", "Firefox" },
		{ "Chrome/", "Chrome" }, { "Safari/", "Safari" } };
	static const char *const systems[][2] = { { "Android", "Android" },
		{ "iPhone", "iPhone" }, { "iPad", "iPad" },
		{ "Windows", "Windows" }, { "Mac OS X", "macOS" },
		{ "Linux", "Linux" } };
	const char *browser = NULL, *system = NULL;

	for (size_t i = 0; i < sizeof browsers / sizeof *browsers; i++)
		if (browser == NULL &&
		    bytes_find(agent, bytes_of(browsers[i][0])) != NULL)
			browser = browsers[i][1];
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (system == NULL &&
		    bytes_find(agent, bytes_of(systems[i][0])) != NULL)
			system = systems[i][1];
	if (browser != NULL && system != NULL)
		return bytes_of(
		    arena_printf(page->arena, "%s, %s", browser, system));
	if (browser != NULL || system != NULL)
		return bytes_of(browser != NULL ? browser : system);
	if (agent.len == 0)
		return bytes_of(page_tr(page, N_("Unknown browser")));
	return agent;
}

static struct bytes
session_where(struct page *page, const struct record *session)
{
	struct bytes name = browser_name(
	    page, record_text(session, SESSION_BROWSER));
	struct bytes address = record_text(session, SESSION_ADDRESS);

	if (address.len == 0)
		return name;
	return bytes_of(arena_printf(
	    page->arena, "%.*s, %.*s", BYTES_ARG(name), BYTES_ARG(address)));
}

/* Those in which somebody is signed in now, this one among them. */
static enum err
fill_sessions(struct page *page, struct site_read *read,
    const struct record *agent, struct me_page *data)
{
	struct newest_query query = { .kind = KIND_SESSION,
		.index = INDEX_SESSION_AGENT,
		.of = agent->id,
		.limit = SESSIONS_MAX };
	struct session_row *rows = arena_array(
	    page->arena, struct session_row, SESSIONS_MAX);
	struct newest_page found;
	size_t count = 0;
	enum err err = records_newest(
	    read->snapshot, &query, page->arena, &found);

	if (err != ERR_OK)
		return err;
	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < found.count; i++) {
		const struct record *session = &found.records[i];

		if (page->session != NULL && session->id == page->session->id)
			data->has_password = sign_needs_password(
			    agent, session, read->now_us);
		if (record_int(session, SESSION_PURPOSE) !=
			SESSION_IS_BROWSER ||
		    record_int(session, SESSION_EXPIRES) <= read->now_us ||
		    record_int(session, SESSION_GENERATION) !=
			record_int(agent, AGENT_GENERATION))
			continue;
		rows[count++] = (struct session_row){
			.where = session_where(page, session),
			.at_us = record_int(session, SESSION_CREATED),
			.is_this = page->session != NULL &&
			    session->id == page->session->id,
		};
	}
	data->sessions = VIEW_LIST_OF(rows, count);
	return ERR_OK;
}

static int
show(struct page *page, struct me_page *data, int status)
{
	struct record_form form = { .fields = fields,
		.count = sizeof fields / sizeof *fields,
		.typed = data->typed,
		.problems = &data->form.problems };
	struct bytes key = data->form.key;
	struct site_read *read;
	enum err err = page_read(page, &read);

	if (err != ERR_OK)
		return page_status(err);
	form.record = directory_find(
	    read->directory, KIND_AGENT, agent_actor(page).agent);
	if (form.record == NULL)
		return 404;
	data->has_password = record_has(form.record, AGENT_PASSWORD);
	err = agent_side_fill(page, read, BYTES_NONE, &data->side);
	if (err == ERR_OK)
		err = record_form_view(page, read, &form, &data->fields);
	if (err == ERR_OK)
		err = fill_sessions(page, read, form.record, data);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	if (key.len > 0)
		data->form.key = key;
	page->response->status = status;
	return page_show(page, "agent/me", &me_type, data);
}

static int
show_me(struct page *page)
{
	struct me_page *data = arena_new(page->arena, struct me_page);

	return data != NULL ? show(page, data, 200) : 503;
}

/* A post about oneself: its form and the input of its act. */
struct posting {
	struct me_page *data;
	struct form form;
	struct act_input input;
	struct act_result result;
};

static int
begin(
    struct page *page, struct posting **out, enum verb verb, enum kind_id kind)
{
	struct actor actor = agent_actor(page);
	struct posting *p = arena_new(page->arena, struct posting);
	int status;

	if (p == NULL)
		return 503;
	p->data = arena_new(page->arena, struct me_page);
	if (p->data == NULL)
		return 503;
	status = form_read(
	    page->request, &form_limits_default, NULL, &p->form, &page->why);
	if (status != 0)
		return status;
	page_input(page, &p->input, verb, kind, &actor, &p->form);
	p->input.source = SOURCE_AGENT;
	p->input.subject = actor.agent;
	p->input.secret = session_secret(page);
	*out = p;
	return 0;
}

static int
finish(struct page *page, struct posting *p, const char *done)
{
	enum err err = desk_act(
	    page->desk, &p->input, page->arena, &p->result, &page->why);

	if (err != ERR_OK) {
		problems_result(
		    page, &p->data->form.problems, &p->result, &page->why);
		p->data->form.key = form_get(&p->form, "key");
		return show(page, p->data, form_status(page, err));
	}
	page_flash(page, "ok", page_tr(page, done));
	return page_redirect(page, "/agent/me");
}

static int
post_me(struct page *page)
{
	struct record_form form = { .fields = fields,
		.count = sizeof fields / sizeof *fields };
	struct posting *p;
	struct site_read *read;
	enum err err;
	int status = begin(page, &p, VERB_RECORD_UPDATE, KIND_AGENT);

	if (status != 0)
		return status;
	form.typed = p->data->typed = &p->form;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = record_form_read(page, read->directory, &form, &p->input,
		    &p->data->form.problems);
	page_read_end(page);
	if (err != ERR_OK)
		return page_status(err);
	if (p->data->form.problems.count > 0)
		return show(page, p->data, 422);
	return finish(page, p, N_("Your settings were saved."));
}

static int
post_password(struct page *page)
{
	struct posting *p;
	int status = begin(page, &p, VERB_PASSWORD_CHANGE, KIND_NONE);

	if (status != 0)
		return status;
	if (page_limited(page, &limit_password, BYTES_NONE) > 0)
		return 429;
	p->input.key = BYTES_NONE; /* what is done twice does no harm */
	p->input.old_password = form_get(&p->form, "old");
	p->input.password = form_get(&p->form, "password");
	return finish(page, p,
	    N_("Your password was changed, and all other sessions have "
	       "ended."));
}

static int
post_sessions(struct page *page)
{
	struct posting *p;
	int status = begin(page, &p, VERB_SESSIONS_END, KIND_NONE);

	if (status != 0)
		return status;
	return finish(page, p, N_("You are signed out everywhere else."));
}

const struct route agent_me_routes[] = {
	{ ROUTE_GET, "/agent/me", ACCESS_AGENT, show_me, false },
	{ ROUTE_POST, "/agent/me", ACCESS_AGENT, post_me, false },
	{ ROUTE_POST, "/agent/me/password", ACCESS_AGENT, post_password,
	    false },
	{ ROUTE_POST, "/agent/me/sessions", ACCESS_AGENT, post_sessions,
	    false },
	{ .pattern = NULL },
};
