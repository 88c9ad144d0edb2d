/* core/pages/agent_sign.c - signing in and out: /agent/login, /agent/logout.
 *
 * A one-time link is only shown by GET, with a button: programs that look at
 * the links in mails must not use it up. The answer for unknown people is the
 * one for wrong passwords, and takes as long (act_sign.c).
 */
#include "config.h"
#include "core/pages/agent_sign.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/web/session.h"

#define KNOWN_SIZE 23 /* characters of a token, with the NUL */
#define KNOWN_S (365 * 86400)

/* Before argon2 runs: a client's tries, and those for one person. */
static const struct limit limit_client_tries = { "sign-in", 20, 15000 };
static const struct limit limit_person_tries = { "sign-in/person", 10, 30000 };
static const struct limit limit_known_tries = { "sign-in/known", 10, 30000 };

struct login_link {
	struct bytes token, name;
};

struct login_page {
	struct form_view form; /* first: see FORM_FIELDS */
	struct login_link *link;
	bool is_link_dead;
	struct bytes error, next;
};

static const struct view_field login_link_fields[] = {
	{ "token", VIEW_TEXT, offsetof(struct login_link, token), NULL, NULL },
	{ "name", VIEW_TEXT, offsetof(struct login_link, name), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type login_link_type = { "link", login_link_fields,
	NULL, NULL };

static const struct view_field login_fields[] = {
	FORM_FIELDS(struct login_page, form),
	{ "link", VIEW_OBJECT, offsetof(struct login_page, link),
	    &login_link_type, NULL },
	{ "link_dead", VIEW_BOOL, offsetof(struct login_page, is_link_dead),
	    NULL, NULL },
	{ "error", VIEW_TEXT, offsetof(struct login_page, error), NULL, NULL },
	{ "next", VIEW_TEXT, offsetof(struct login_page, next), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type login_type = { "login page", login_fields, NULL,
	NULL };

struct bytes
session_secret(struct page *page)
{
	const char *path,
	    *name = response_cookie_name(
		page->arena, page->root.site_id, page->root.base_url, &path);

	if (name == NULL)
		return BYTES_NONE;
	return request_cookie(page->request, name);
}

/* A browser in which somebody has signed in by password keeps a token for that
 * address. Tries with it are counted by themselves: whoever tries an address
 * out from elsewhere, again and again, locks nobody out of it. */
static void
known_token(struct page *page, struct bytes email, char out[KNOWN_SIZE])
{
	const struct bytes parts[] = { BYTES("known browser"), email };
	uint8_t mac[SECRET_MAC_SIZE];
	struct buf text = BUF_INIT;

	secret_mac(site_key(page->desk), parts, 2, mac);
	text.at = out;
	text.cap = KNOWN_SIZE;
	secret_base64_add(&text, SECRET_BASE64URL,
	    (struct bytes){ (const char *)mac, sizeof mac });
	out[KNOWN_SIZE - 1] = '\0';
}

/* The cookie's name beside the session's. NULL without memory. */
static const char *
known_name(struct page *page, const char **path)
{
	const char *name = response_cookie_name(
	    page->arena, page->root.site_id, page->root.base_url, path);

	return name != NULL ? arena_printf(page->arena, "%s-known", name) :
			      NULL;
}

static bool
is_known(struct page *page, struct bytes email)
{
	const char *path, *name = known_name(page, &path);
	char want[KNOWN_SIZE];
	struct bytes given;

	if (name == NULL)
		return false;
	known_token(page, email, want);
	given = request_cookie(page->request, name);
	return given.len == KNOWN_SIZE - 1 &&
	    secret_equal(given.at, want, KNOWN_SIZE - 1);
}

static enum err
remember(struct page *page, struct bytes email)
{
	struct cookie cookie = { .max_age_s = KNOWN_S,
		.is_secure = page->response->is_https };
	char token[KNOWN_SIZE];

	cookie.name = known_name(page, &cookie.path);
	if (cookie.name == NULL)
		return ERR_NOMEM;
	known_token(page, email, token);
	cookie.value = bytes_of(token);
	return response_cookie(page->response, &cookie);
}

static int
show(struct page *page, struct login_page *data, int status)
{
	page->response->status = status;
	return page_show(page, "agent/login", &login_type, data);
}

static int
show_login(struct page *page)
{
	struct login_page *data = arena_new(page->arena, struct login_page);

	if (data == NULL)
		return 503;
	data->next = agent_back(page, request_query(page->request, "next"), "");
	if (page->root.user != NULL)
		return page_redirect(page, "%.*s",
		    BYTES_ARG(
			data->next.len > 0 ? data->next : BYTES("/agent")));
	form_begin(page, &data->form);
	return show(page, data, 200);
}

/* The agent whom the link <token> would sign in; NULL if it is used up, too
 * old, or none of ours. */
static const struct record *
link_agent(struct page *page, struct site_read *read, struct bytes token)
{
	struct buf hex = buf_in(page->arena);
	uint8_t digest[SECRET_HASH_SIZE];
	const struct record *agent;
	struct record link;

	if (token.len == 0 || token.len > 64)
		return NULL;
	secret_hash(token, digest);
	secret_hex_add(
	    &hex, (struct bytes){ (const char *)digest, sizeof digest });
	if (hex.failed ||
	    record_find_by(read->snapshot, KIND_SESSION, INDEX_SESSION_HASH,
		buf_get(&hex), &link) != ERR_OK)
		return NULL;
	agent = directory_find(
	    read->directory, KIND_AGENT, record_ref(&link, SESSION_AGENT));
	if (agent == NULL || !record_int(agent, AGENT_ACTIVE) ||
	    record_int(&link, SESSION_PURPOSE) != SESSION_IS_LINK ||
	    record_int(&link, SESSION_EXPIRES) <= read->now_us ||
	    record_int(&link, SESSION_GENERATION) !=
		record_int(agent, AGENT_GENERATION))
		return NULL;
	return agent;
}

static int
show_link(struct page *page)
{
	struct login_page *data = arena_new(page->arena, struct login_page);
	struct login_link *link = arena_new(page->arena, struct login_link);
	const struct record *agent;
	struct site_read *read;
	enum err err;

	if (data == NULL || link == NULL)
		return 503;
	if (page_limited(page, &limit_client_tries, BYTES_NONE) > 0)
		return 429;
	err = page_read(page, &read);
	if (err != ERR_OK)
		return page_status(err);
	form_begin(page, &data->form);
	link->token = request_route(page->request, "token");
	agent = link_agent(page, read, link->token);
	if (agent == NULL) {
		data->is_link_dead = true;
		return show(page, data, 410);
	}
	link->name = record_label(agent);
	data->link = link;
	return show(page, data, 200);
}

/* E-mail addresses differ in case and are the same person's. */
static struct bytes
folded(struct page *page, struct bytes email)
{
	char *copy;

	if (email.len > 254)
		email.len = 254;
	copy = arena_copy(page->arena, email.at, email.len);
	if (copy == NULL)
		return BYTES_NONE;
	for (size_t i = 0; i < email.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + 32);
	return (struct bytes){ copy, email.len };
}

/* Whether this try must wait; counts it. */
static bool
is_limited(struct page *page, const struct act_input *input)
{
	struct bytes email;

	if (page_limited(page, &limit_client_tries, BYTES_NONE) > 0)
		return true;
	if (input->secret.len > 0 || input->email.len == 0)
		return false;
	email = folded(page, input->email);
	return page_limited(page,
		   is_known(page, email) ? &limit_known_tries :
					   &limit_person_tries,
		   email) > 0;
}

/* Why not, in words that do not tell whether there is such a person. */
static int
refuse(struct page *page, struct login_page *data, const struct form *form,
    const struct act_result *result, enum err err)
{
	bool is_by_link = form_get(form, "token").len > 0;
	int status = form_status(page, err);
	const char *text = N_("E-mail address or password is wrong.");

	form_again(page, &data->form, form, NULL);
	data->is_link_dead = err == ERR_DENIED && is_by_link;
	if (data->is_link_dead)
		return show(page, data, 410);
	if (err == ERR_LIMIT)
		text = N_("Too many tries. Please wait a minute.");
	else if (err != ERR_DENIED && err != ERR_INVALID && err != ERR_REFUSED)
		text = err_message(err);
	data->error = result->refusal.len > 0 ? result->refusal :
						bytes_of(page_tr(page, text));
	return show(page, data, status);
}

/* A browser that had a session ends it: nobody shall find the old one. */
static void
end_former(struct page *page)
{
	struct act_input input;
	struct act_result result;
	struct actor nobody = { .kind = BY_CUSTOMER };
	struct why why;

	page_input(page, &input, VERB_SIGN_OUT, KIND_NONE, &nobody, NULL);
	input.secret = session_secret(page);
	if (input.secret.len > 0 &&
	    desk_act(page->desk, &input, page->arena, &result, &why) != ERR_OK)
		log_event(
		    LOG_WARN, "sign.out", "request=%s", page->request->id);
}

static int
post_login(struct page *page)
{
	struct login_page *data = arena_new(page->arena, struct login_page);
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct actor nobody = { .kind = BY_CUSTOMER };
	struct act_result result = { .record = 0 };
	struct form form;
	enum err err;
	int status;

	if (data == NULL || input == NULL)
		return 503;
	status = form_read(
	    page->request, &form_limits_default, NULL, &form, &page->why);
	if (status != 0)
		return status;
	page_input(page, input, VERB_SIGN_IN, KIND_NONE, &nobody, &form);
	input->key = BYTES_NONE; /* a session is given out once */
	input->email = form_line(&form, "email");
	input->password = form_get(&form, "password");
	input->secret = form_get(&form, "token");
	data->next = agent_back(page, form_get(&form, "next"), "");
	err = is_limited(page, input) ?
	    ERR_LIMIT :
	    desk_act(page->desk, input, page->arena, &result, &page->why);
	if (err != ERR_OK)
		return refuse(page, data, &form, &result, err);
	end_former(page);
	err = session_set_cookie(page, result.secret, result.expires_us);
	if (err == ERR_OK && input->secret.len == 0)
		err = remember(page, folded(page, input->email));
	if (err != ERR_OK)
		return page_status(err);
	return page_redirect(page, "%.*s",
	    BYTES_ARG(data->next.len > 0 ? data->next : BYTES("/agent")));
}

static int
post_logout(struct page *page)
{
	enum err err;

	end_former(page);
	err = session_set_cookie(page, BYTES_NONE, 0);
	if (err != ERR_OK)
		return page_status(err);
	return page_redirect(page, "/agent/login");
}

const struct route agent_sign_routes[] = {
	{ ROUTE_GET, "/agent/login", ACCESS_PUBLIC, show_login, false },
	{ ROUTE_POST, "/agent/login", ACCESS_PUBLIC, post_login, true },
	{ ROUTE_GET, "/agent/login/{token}", ACCESS_PUBLIC, show_link, false },
	{ ROUTE_POST, "/agent/logout", ACCESS_AGENT, post_logout, false },
	{ .pattern = NULL },
};
