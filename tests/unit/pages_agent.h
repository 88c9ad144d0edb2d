/* tests/unit/pages_agent.h - requests of an agent who is signed in. */
#ifndef HOOKDESK_TESTS_PAGES_AGENT_H
#define HOOKDESK_TESTS_PAGES_AGENT_H

#include "tests/unit/pages_fixture.h"

#define ANN 1 /* the first agent: the admin */

/* Sign an agent in by a one-time link: the "Cookie" of his requests from then
 * on. Lives with the desk's arena. */
static inline const char *
pages_cookie(struct pages_fixture *f, uint64_t agent)
{
	struct desk_fixture *desk = &f->desk;
	struct act_input input;
	const char *name, *path;

	act_input_init(&input, VERB_LINK_CREATE, KIND_NONE);
	input.actor = actor_system();
	input.subject = agent;
	MUST(desk_do(desk, &input));
	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.secret = desk->result.secret;
	MUST(desk_do(desk, &input));
	name = response_cookie_name(
	    desk->arena, BYTES_NONE, BYTES("https://help.example.com"), &path);
	return arena_printf(
	    desk->arena, "%s=%.*s", name, BYTES_ARG(desk->result.secret));
}

static inline int
pages_get_as(struct pages_fixture *f, const char *cookie, const char *uri)
{
	pages_header(f, "HTTP_COOKIE", cookie);
	return pages_get(f, uri);
}

/* The value of the input "csrf" of the page that was shown last. */
static inline const char *
pages_csrf(struct pages_fixture *f)
{
	struct bytes body = buf_get(&f->response.body), rest;
	struct bytes mark = BYTES("name=\"csrf\" value=\"");
	const char *at = bytes_find(body, mark);

	if (at == NULL)
		return "";
	at += mark.len;
	rest = (struct bytes){ at, (size_t)(body.at + body.len - at) };
	rest = bytes_split(&rest, '"');
	return arena_copy(f->desk.arena, rest.at, rest.len);
}

/* A form of the page that was shown last, with its token. */
static inline int
pages_post_as(struct pages_fixture *f, const char *cookie, const char *uri,
    const char *fields)
{
	char *body = arena_printf(
	    f->desk.arena, "csrf=%s&%s", pages_csrf(f), fields);

	pages_header(f, "HTTP_COOKIE", cookie);
	return pages_post(f, uri, body);
}

#endif
