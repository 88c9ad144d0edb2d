/* core/lua/say.c - wishes that write to somebody: replies, mails, notes. */
#include "config.h"
#include "core/lua/api.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"
#include "core/lua/wish.h"

#define TITLE_MAX 200
#define RECIPIENTS_MAX 50

/* ticket:reply{ text = | template =, vars =, as =, close = }
 *
 * text      Markdown, 1 to MESSAGE_MAX bytes; or
 * template  a text of the site's, by name, with
 * vars      what it names
 * as        the agent who answers; else the desk itself
 * close     true closes the ticket with it
 *
 * An answer: raises ticket.answered and reply.sent.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_reply(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:reply");
	struct bytes text, template;
	struct json_writer *w;

	check_options(L, 2, OPTIONS_REPLY);
	text = option_text(L, 2, "text", MESSAGE_MAX);
	template = option_text(L, 2, "template", TEMPLATE_MAX);
	if ((text.at == NULL) == (template.at == NULL))
		return luaL_error(
		    L, "ticket:reply takes either text or template");
	w = wish_begin(L, "reply", true);
	json_member_int(w, "ticket", ticket->id);
	if (text.at != NULL)
		json_member_text(w, "text", text);
	else
		json_member_text(w, "template", template);
	wish_vars(L, 2, w);
	if (option_push(L, 2, "as") != LUA_TNIL) {
		json_key(w, "as");
		object_write_id(w,
		    object_check(
			L, lua_gettop(L), OBJECT_AGENT, "ticket:reply: as"));
	}
	if (option_bool(L, 2, "close", false))
		json_member_bool(w, "close", true);
	wish_end(L);
	return 0;
}

/* ticket:mail{ template =, vars =, to = }
 *
 * to  "customer" (the default) or "participants"
 *
 * An automatic mail, never an answer: in the reader's language; raises
 * autoreply.sent, or autoreply.withheld with why.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_mail(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:mail");
	struct bytes template, to;
	struct json_writer *w;

	check_options(L, 2, OPTIONS_MAIL);
	template = option_text(L, 2, "template", TEMPLATE_MAX);
	if (template.at == NULL)
		return luaL_error(L, "ticket:mail: which template?");
	to = option_text(L, 2, "to", 20);
	if (to.at == NULL)
		to = BYTES("customer");
	if (!bytes_is(to, "customer") && !bytes_is(to, "participants"))
		return luaL_error(L,
		    "ticket:mail: to is \"customer\" or "
		    "\"participants\", not \"%s\"",
		    to.at);
	w = wish_begin(L, "mail", true);
	json_member_int(w, "ticket", ticket->id);
	json_member_text(w, "template", template);
	json_member_text(w, "to", to);
	wish_vars(L, 2, w);
	wish_end(L);
	return 0;
}

/* ticket:survey(name): ask the customer for a rating.
 *
 * Since API 1. In -ed handlers and jobs; survey.sending may refuse.
 */
int
l_ticket_survey(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:survey");
	struct bytes name = check_key_text(L, 2, "ticket:survey: the name");
	struct json_writer *w = wish_begin(L, "survey", true);

	json_member_int(w, "ticket", ticket->id);
	json_member_text(w, "name", name);
	wish_end(L);
	return 0;
}

/* ticket:note(text, { mention = agents })
 *
 * text     1 to MESSAGE_MAX bytes; Markdown
 * mention  agents to be told, a list, at most 20
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_ticket_note(lua_State *L)
{
	struct object *ticket = check_ticket(L, "ticket:note");
	struct bytes text = check_text(
	    L, 2, "ticket:note: the text", MESSAGE_MAX);
	struct json_writer *w;

	check_options(L, 3, OPTIONS_NOTE);
	w = wish_begin(L, "note", false);
	json_member_int(w, "ticket", ticket->id);
	json_member_text(w, "text", text);
	if (option_push(L, 3, "mention") != LUA_TNIL)
		wish_agents(
		    L, lua_gettop(L), w, "mention", "ticket:note: mention");
	wish_end(L);
	return 0;
}

/* customer:note(text): added to what agents know of the person.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_customer_note(lua_State *L)
{
	struct object *customer;
	struct bytes text;
	struct json_writer *w;

	check_phase(L, PHASE_DO, "customer:note");
	customer = object_check(L, 1, OBJECT_CUSTOMER, "customer:note");
	text = check_text(L, 2, "customer:note: the text", MESSAGE_MAX);
	w = wish_begin(L, "customer_note", false);
	json_member_int(w, "customer", customer->id);
	json_member_text(w, "text", text);
	wish_end(L);
	return 0;
}

/* desk.notify(agents, { title =, text =, ticket =, urgent = })
 *
 * agents  an agent or a list of up to 20
 *
 * By bell, desktop or mail as each chose; who may not see the ticket is left
 * out; none left: the queue's lead.
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_desk_notify(lua_State *L)
{
	struct bytes title, text;
	struct json_writer *w;

	check_phase(L, PHASE_DO, "desk.notify");
	check_options(L, 2, OPTIONS_NOTIFY);
	title = option_text(L, 2, "title", TITLE_MAX);
	if (title.at == NULL)
		return luaL_error(L, "desk.notify: a title is needed");
	text = option_text(L, 2, "text", MESSAGE_MAX);
	w = wish_begin(L, "notify", false);
	wish_agents(L, 1, w, "agents", "desk.notify: the agents");
	json_member_text(w, "title", title);
	if (text.at != NULL)
		json_member_text(w, "text", text);
	if (option_push(L, 2, "ticket") != LUA_TNIL)
		json_member_int(w, "ticket",
		    object_check(
			L, lua_gettop(L), OBJECT_TICKET, "desk.notify: ticket")
			->id);
	if (option_bool(L, 2, "urgent", false))
		json_member_bool(w, "urgent", true);
	wish_end(L);
	return 0;
}

/* An agent, or an address that the server finds in the settings. */
static void
write_recipient(lua_State *L, int index, struct json_writer *w)
{
	if (lua_type(L, index) == LUA_TSTRING)
		json_put_text(w, check_text(L, index, "desk.mail: to", 254));
	else
		object_write_id(
		    w, object_check(L, index, OBJECT_AGENT, "desk.mail: to"));
}

/* desk.mail{ to =, template =, vars = }
 *
 * to  an agent, an address named in the site's settings, or a list of these
 *
 * Since API 1. In -ed handlers and jobs.
 */
int
l_desk_mail(lua_State *L)
{
	struct bytes template;
	struct json_writer *w;
	int to, n;

	check_phase(L, PHASE_DO, "desk.mail");
	check_options(L, 1, OPTIONS_DESK_MAIL);
	template = option_text(L, 1, "template", TEMPLATE_MAX);
	if (template.at == NULL)
		return luaL_error(L, "desk.mail: which template?");
	if (option_push(L, 1, "to") == LUA_TNIL)
		return luaL_error(L, "desk.mail: to whom?");
	to = lua_gettop(L);
	w = wish_begin(L, "mail_agents", true);
	json_key(w, "to");
	json_begin_list(w);
	if (lua_istable(L, to)) {
		n = check_list(L, to, "desk.mail: to", RECIPIENTS_MAX);
		for (int i = 1; i <= n; i++) {
			lua_geti(L, to, i);
			write_recipient(L, lua_gettop(L), w);
			lua_pop(L, 1);
		}
	} else {
		write_recipient(L, to, w);
	}
	json_end_list(w);
	json_member_text(w, "template", template);
	wish_vars(L, 1, w);
	wish_end(L);
	return 0;
}
