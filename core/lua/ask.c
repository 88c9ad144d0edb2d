/* core/lua/ask.c - questions to the server, and wishes for it. */
#include "config.h"
#include "core/lua/ask.h"
#include "core/lua/check.h"

#include <unistd.h>

struct json_writer *
ask_begin(lua_State *L, const char *question, const char *what)
{
	return ask_begin_in(L, PHASE_RUN, question, what);
}

struct json_writer *
ask_begin_in(
    lua_State *L, unsigned phases, const char *question, const char *what)
{
	struct state *s = state_of(L);

	check_phase(L, phases, what);
	if (s->run.ask_count >= SCRIPT_ASKS_MAX && s->run.phase != PHASE_TEST)
		luaL_error(L, "%s: over %d questions in one run", what,
		    SCRIPT_ASKS_MAX);
	buf_clear(&s->out);
	(void)wire_begin(&s->out, WIRE_ASK);
	s->writer = json_writer(&s->out);
	json_begin_object(&s->writer);
	json_member_string(&s->writer, "ask", question);
	json_key(&s->writer, "with");
	json_begin_object(&s->writer);
	return &s->writer;
}

/* The server is gone, or talks nonsense: there is nothing left to do here. */
static _Noreturn void
give_up(enum err err)
{
	_exit(err == ERR_NOT_FOUND ? SCRIPT_EXIT_END : SCRIPT_EXIT_WIRE);
}

const struct json *
ask_end(lua_State *L)
{
	struct state *s = state_of(L);
	const struct json *answer = NULL, *value;
	enum wire_type type;
	struct bytes text;
	enum err err;

	json_end_object(&s->writer);
	json_end_object(&s->writer);
	wire_end(&s->out, 0);
	if (s->out.failed)
		luaL_error(L, "not enough memory");
	s->run.ask_count++;
	err = wire_write(s->fd, buf_get(&s->out), 0);
	if (err == ERR_OK)
		err = wire_read(
		    s->fd, &s->in, WIRE_TO_HOST_MAX, 0, &type, &text);
	if (err == ERR_OK && type != WIRE_ANSWER)
		err = ERR_INVALID;
	if (err == ERR_OK)
		err = json_parse(
		    s->arena, text, WIRE_TO_HOST_MAX, &answer, NULL);
	if (err == ERR_NOMEM)
		luaL_error(L, "not enough memory for the answer");
	if (err != ERR_OK)
		give_up(err);
	value = json_get(answer, "error");
	if (value != NULL)
		luaL_error(L, "%s", json_text(value).at);
	value = json_get(answer, "value");
	return json_type(value) == JSON_NULL ? NULL : value;
}

struct json_writer *
wish_begin(lua_State *L, const char *name, bool is_mail)
{
	struct state *s = state_of(L);

	if (s->run.wish_count >= SCRIPT_WISHES_MAX)
		luaL_error(L,
		    "over %d changes in one run; desk.each gives "
		    "each item a run of its own",
		    SCRIPT_WISHES_MAX);
	if (is_mail && s->run.mail_count >= SCRIPT_MAILS_MAX)
		luaL_error(L,
		    "over %d mails in one run; desk.each gives "
		    "each item a run of its own",
		    SCRIPT_MAILS_MAX);
	s->run.mail_count += is_mail;
	s->wishes.len = s->wishes_whole;
	if (s->wishes_whole > 0)
		buf_char(&s->wishes, ',');
	s->writer = json_writer(&s->wishes);
	json_begin_object(&s->writer);
	json_member_string(&s->writer, "do", name);
	return &s->writer;
}

void
wish_end(lua_State *L)
{
	struct state *s = state_of(L);

	json_end_object(&s->writer);
	if (s->wishes.failed)
		luaL_error(L, "not enough memory");
	if (s->wishes.len > WIRE_TO_SERVER_MAX / 2)
		luaL_error(L, "over %d bytes of changes in one run",
		    WIRE_TO_SERVER_MAX / 2);
	s->wishes_whole = s->wishes.len;
	s->run.wish_count++;
}
