/* core/lua/hint.c - the table of what is called otherwise here. */
#include "config.h"
#include "core/lua/hint.h"

#include <ctype.h>
#include <string.h>

#define CLOSED "write ticket:set({ status = \"closed\" }, why)"
#define OPEN "write ticket:set({ status = \"open\" }, why)"
#define NIL "Lua's word for nothing is nil"
#define ALONE "a file stands alone and loads no other"
#define NO_FILES "scripts have no files; desk.store keeps values"
#define NO_TEXT "scripts run no text"

static const struct {
	const char *where, *names, *hint;
} hints[] = {
	{ "", "null NULL None undefined nill", NIL },
	{ "", "True TRUE yes", "write true" },
	{ "", "False FALSE no", "write false" },
	{ "", "require dofile loadfile module package import", ALONE },
	{ "", "io file", NO_FILES },
	{ "", "load loadstring eval", NO_TEXT },
	{ "", "debug", "print() goes to the run's trace" },
	{ "", "console log echo printf puts", "write print(...)" },
	{ "", "ticket", "in a handler it is event.ticket" },
	{ "", "customer", "in a handler it is event.customer" },
	{ "", "event", "a handler is given it: function(event) ... end" },
	{ "", "settings",
	    "write local settings = desk.settings { ... } at the top" },
	{ "", "http fetch", "write desk.http { url = ... }" },
	{ "", "json", "write desk.json.decode(text)" },
	{ "ticket", "close solve resolve", CLOSED },
	{ "ticket", "reopen open", OPEN },
	{ "ticket", "id", "write ticket.number" },
	{ "ticket", "body message description content", "write ticket.text" },
	{ "ticket", "title name", "write ticket.subject" },
	{ "ticket", "email", "write ticket.customer.email" },
	{ "ticket", "assignee agent", "write ticket.owner" },
	{ "ticket", "user requester sender from contact",
	    "write ticket.customer" },
	{ "ticket", "comment add_note", "write ticket:note(text)" },
	{ "ticket", "send answer",
	    "write ticket:reply { text = ... } for an answer, ticket:mail { "
	    "template = ... } for an automatic mail" },
	{ "ticket", "add_tag", "write ticket:tag(\"key\")" },
	{ "ticket", "remove_tag", "write ticket:untag(\"key\")" },
	{ "ticket", "state", "write ticket.status" },
	{ "ticket", "department category group", "write ticket.queue" },
	{ "ticket", "created_at date", "write ticket.created" },
	{ "ticket", "updated_at", "write ticket.updated" },
	{ "ticket", "delete remove", "scripts delete nothing" },
	{ "ticket", "history messages",
	    "write ticket:entries { kind = \"reply\" }" },
	{ "customer", "mail address", "write customer.email" },
	{ "customer", "tickets", "write desk.tickets { customer = customer }" },
	{ "agent", "tickets", "write desk.tickets { owner = agent }" },
	{ "agent", "online present", "write agent.available" },
	{ "desk", "log", "write print(...): it goes to the run's trace" },
	{ "desk", "sleep wait delay timer",
	    "write ticket:after(\"2h\", \"job\")" },
	{ "desk", "fetch request get post", "write desk.http { url = ... }" },
	{ "desk", "find search query", "write desk.tickets { q = ... }" },
	{ "desk", "queues", "write desk.queue(\"key\")" },
	{ "desk", "customers", "write desk.customer(address)" },
	{ "desk", "send email", "write desk.mail { to = agent, ... }" },
	{ "os", "execute exit", "scripts run no programs" },
	{ "os", "getenv", "what is chosen comes from desk.settings" },
	{ "os", "remove rename tmpname", NO_FILES },
	{ "string", "trim strip", "write text:match(\"^%s*(.-)%s*$\")" },
	{ "string", "split", "write for part in text:gmatch(\"[^,]+\") do" },
	{ "string", "contains includes",
	    "write desk.word_in(text, { \"word\" }), or text:find(part, 1, "
	    "true)" },
	{ "string", "starts_with startswith startsWith",
	    "write text:sub(1, #part) == part" },
	{ "string", "replace", "write text:gsub(\"old\", \"new\")" },
	{ "string", "toLowerCase", "write text:lower()" },
	{ "table", "contains includes indexOf",
	    "walk it: for _, item in ipairs(list) do ... end" },
	{ "table", "length size count getn", "write #list" },
	{ "table", "push append add", "write list[#list + 1] = item" },
	{ "math", "round", "write math.floor(x + 0.5)" },
};

static bool
has_word(const char *words, const char *name)
{
	struct bytes rest = bytes_of(words);

	while (rest.at != NULL)
		if (bytes_is(bytes_split(&rest, ' '), name))
			return true;
	return false;
}

const char *
hint_push(lua_State *L, const char *where, const char *name)
{
	for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
		if (strcmp(hints[i].where, where) == 0 &&
		    has_word(hints[i].names, name))
			return lua_pushfstring(L, ": %s", hints[i].hint);
	return lua_pushliteral(L, "");
}

/* --------------------------------------------------- from the compiler */

static const struct {
	const char *says; /* part of Lua's words */
	const char *has;  /* what the line has; NULL: anything */
	const char *hint;
} syntax_hints[] = {
	{ "'then' expected near '='", NULL, "compare with ==" },
	{ "near '!'", NULL, "\"is not\" is ~=, and not is written not" },
	{ "near '&'", NULL, "write and" },
	{ "near '|'", NULL, "write or" },
	{ "near '+'", "+=", "write a = a + 1" },
	{ "near '+'", "++", "write a = a + 1" },
	{ "near '-'", "-=", "write a = a - 1" },
	{ "near '//'", NULL, "a comment begins with --" },
	{ "near '#'", NULL, "a comment begins with --" },
	{ "near '{'", "if", "a block is then ... end, without braces" },
	{ "unexpected symbol near ')'", NULL,
	    "an \"end\" is missing above this line" },
	{ "'end' expected", "else if",
	    "\"else if\" begins another if: write elseif" },
	{ "<eof> expected near 'end'", NULL, "here is an \"end\" too many" },
	{ "unfinished string", NULL,
	    "the quote that ends the text is missing, or stands within it: "
	    "write \"don't\"" },
	{ "near <eof>", "'", "a quote within a text? Write \"don't\"" },
	{ "'}' expected", NULL, "a comma is missing before this" },
	{ "near 'end'", "return", "return stands last in its block" },
};

/* Line <number> of the source; 0 is the whole. */
static struct bytes
line_at(struct bytes source, int number)
{
	struct bytes line = source;

	for (int n = 1; n <= number && source.at != NULL; n++)
		line = bytes_split(&source, '\n');
	return line;
}

/* The number in "t.lua:3: ..."; 0 if there is none. */
static int
line_in(const char *message)
{
	const char *at = strstr(message, ".lua:");
	int line = 0;

	for (at = at != NULL ? at + 5 : ""; isdigit((unsigned char)*at); at++)
		line = line * 10 + (*at - '0');
	return line;
}

const char *
hint_syntax_push(lua_State *L, const char *message, struct bytes source)
{
	int line = line_in(message);
	bool is_at_end = strstr(message, "near <eof>") != NULL;
	struct bytes text = line_at(source, is_at_end ? 0 : line);

	for (size_t i = 0; i < sizeof syntax_hints / sizeof *syntax_hints; i++)
		if (strstr(message, syntax_hints[i].says) != NULL &&
		    (syntax_hints[i].has == NULL ||
			bytes_find(text, bytes_of(syntax_hints[i].has)) !=
			    NULL))
			return lua_pushfstring(
			    L, " (%s)", syntax_hints[i].hint);
	return lua_pushliteral(L, "");
}
