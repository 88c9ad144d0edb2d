/* tests/reference.c - writes hookdesk-scripts(5), the reference of the Lua API.
 *
 *	reference scripts/desk.d.lua > core/script/hookdesk-scripts.5
 *
 * Nothing is listed here: hook points come from hooks.def, the fields of
 * records from the field tables, functions and their options from desk.d.lua,
 * which a test compares with the tables of core/lua. `make update-reference`
 * writes the page anew, and tests/reference.sh fails when it is out of date.
 */
#include "config.h"
#include "core/base/bytes.h"
#include "core/desk/computed.h"
#include "core/script/hooks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 1000
#define DOC_MAX 4000

/* Text as roff shows it: no escapes, no request by accident. */
static void
put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (; *text != '\0'; text++)
		if (*text == '\\')
			fputs("\\e", stdout);
		else if (*text == '-')
			fputs("\\-", stdout);
		else
			putchar(*text);
}

/* Each sentence on a line of its own, as mdoc wants it. */
static void
put_words(const char *text)
{
	char sentence[DOC_MAX];

	while (*text != '\0') {
		const char *end = text;

		while (*end != '\0' &&
		    !(strchr(".?:", *end) != NULL && end[1] == ' ' &&
			isupper((unsigned char)end[2])))
			end++;
		if (*end != '\0')
			end++;
		snprintf(
		    sentence, sizeof sentence, "%.*s", (int)(end - text), text);
		put_text(sentence);
		putchar('\n');
		text = *end == ' ' ? end + 1 : end;
	}
}

/* --- hook points --- */

static void
put_may(const struct hook_point *point)
{
	static const struct {
		enum hook_may may;
		const char *words;
	} table[] = {
		{ MAY_DENY, "event:deny" },
		{ MAY_SET, "ticket:set, tag, untag, assign" },
		{ MAY_CHOOSE, "event:choose" },
	};
	const char *between = "May: ";

	if (point->kind == HOOK_AFTER)
		return;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		if (!(point->may & table[i].may))
			continue;
		printf("%s", between);
		put_text(table[i].words);
		between = "; ";
	}
	if (point->chooses != NULL) {
		printf(" (");
		put_text(point->chooses);
		printf(")");
	}
	printf(".\n");
}

static void
put_hooks(enum hook_kind kind)
{
	printf(".Bl -tag -width Ds\n");
	for (int h = 0; h < HOOK__COUNT; h++) {
		const struct hook_point *point = &hook_points[h];

		if (point->kind != kind)
			continue;
		printf(".It Li ");
		put_text(point->name);
		printf("\n");
		put_words(point->doc);
		printf("Holds: ");
		put_text(point->holds);
		printf(".\n");
		put_may(point);
	}
	printf(".El\n");
}

static void
put_parts(void)
{
	printf(".Bl -tag -width Ds\n");
	for (const struct event_part *p = event_parts; p->name != NULL; p++) {
		printf(".It Li event.%s\n", p->name);
		put_words(p->doc);
		printf("Fields: ");
		put_text(p->fields);
		printf(".\n");
	}
	printf(".El\n");
}

/* --- records --- */

static void
put_field(const struct field *field)
{
	printf(".It Li %s%s\n", field->name,
	    field->set <= SET_SCRIPT ? " Pq set by scripts" : "");
	put_words(field->doc);
	if (field->words == NULL)
		return;
	printf("One of:");
	for (int w = 0; field->words[w] != NULL; w++)
		printf(" %s", field->words[w]);
	printf(".\n");
}

static void
put_record(const struct kind *kind)
{
	const struct computed *c;

	printf(".Ss %s\n", kind->name);
	put_words(kind->doc);
	printf(".Bl -tag -width Ds\n");
	for (size_t i = 0; i < kind->field_count; i++)
		if (body_shows(kind, i))
			put_field(&kind->fields[i]);
	for (c = computed_fields; c->field.name != NULL; c++)
		if (computed_is(c, kind->id, FOR_SCRIPTS))
			put_field(&c->field);
	printf(".El\n");
}

static void
put_records(void)
{
	size_t count;
	const enum kind_id *kinds = body_kinds(&count);

	for (size_t i = 0; i < count; i++)
		put_record(kind_get(kinds[i]));
}

/* --- functions, from desk.d.lua --- */

/* What stands above a declaration. */
struct above {
	char doc[DOC_MAX];
	char list[DOC_MAX]; /* parameters or fields, as mdoc items */
	char class[100];
};

static void
append(char *to, const char *text, const char *end)
{
	size_t len = strlen(to);

	if (len + strlen(text) + strlen(end) + 1 > DOC_MAX) {
		fprintf(stderr, "reference: too long: %s\n", text);
		exit(1);
	}
	strcat(strcat(to, text), end);
}

/* "name? type words" as an item. */
static void
add_item(struct above *above, const char *text)
{
	append(above->list, ".It Li ", "");
	append(above->list, text, "\n");
}

static void
put_list(const struct above *above)
{
	if (above->list[0] == '\0')
		return;
	printf(".Bl -item -offset indent -compact\n");
	for (const char *at = above->list; *at != '\0';) {
		const char *end = strchr(at, '\n');
		char line[DOC_MAX];

		snprintf(
		    line, sizeof line, "%.*s", (int)(end - at - 7), at + 7);
		printf(".It\n");
		put_text(line);
		printf("\n");
		at = end + 1;
	}
	printf(".El\n");
}

static void
put_function(const struct above *above, char *line)
{
	char *end = strstr(line, " end");

	if (end != NULL)
		*end = '\0';
	printf(".It Li ");
	put_text(line + strlen("function "));
	printf("\n");
	if (above->doc[0] != '\0')
		put_words(above->doc);
	put_list(above);
}

/* A table of options, or a filter; records are told of elsewhere. */
static void
put_class(const struct above *above)
{
	if (above->class[0] == '\0' ||
	    isupper((unsigned char)above->class[0]) || above->list[0] == '\0')
		return;
	printf(".It Brq %s\n", above->class);
	if (above->doc[0] != '\0')
		put_words(above->doc);
	put_list(above);
}

static void
read_line(struct above *above, char *line)
{
	if (strncmp(line, "---@class ", 10) == 0)
		snprintf(above->class, sizeof above->class, "%s", line + 10);
	else if (strncmp(line, "---@field ", 10) == 0)
		add_item(above, line + 10);
	else if (strncmp(line, "---@param ", 10) == 0)
		add_item(above, line + 10);
	else if (strncmp(line, "---@return ", 11) == 0)
		append(above->doc, "Gives ", ""),
		    append(above->doc, line + 11, ". ");
	else if (line[3] != '@' && line[3] != '|' && line[3] != '-')
		append(above->doc, line + 3, " ");
}

static int
put_functions(const char *path)
{
	struct above above = { .doc = "" };
	char line[LINE_MAX];
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		perror(path);
		return 1;
	}
	printf(".Bl -tag -width Ds\n");
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "---", 3) == 0) {
			read_line(&above, line);
			continue;
		}
		if (strncmp(line, "function ", 9) == 0)
			put_function(&above, line);
		else
			put_class(&above);
		above = (struct above){ .doc = "" };
	}
	printf(".El\n");
	fclose(file);
	return 0;
}

static const char head[] =
    ".\\\" Made by tests/reference.c: make update-reference\n"
    ".Dd November 29, 2026\n"
    ".Dt HOOKDESK-SCRIPTS 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm hookdesk-scripts\n"
    ".Nd the Lua API of hookdesk\n"
    ".Sh DESCRIPTION\n"
    "A site's scripts lie in its folder\n"
    ".Pa scripts .\n"
    "Each is a file of its own that registers handlers, jobs and timers when\n"
    "it is loaded, and what it offers: actions and panels to agents, routes to\n"
    "programs elsewhere.\n"
    "A file of the name of a shipped one takes its place.\n"
    "Files ending in\n"
    ".Pa _test.lua\n"
    "are tests, run by\n"
    ".Nm hookdesk Cm test .\n"
    ".Pp\n"
    "A handler of a\n"
    ".Em noun.verbing\n"
    "hook runs before the commit and may change or refuse what is about to\n"
    "happen; it has 100 milliseconds.\n"
    "A handler of a\n"
    ".Em noun.verbed\n"
    "hook runs after it, once, as do jobs and timers; each has 250\n"
    "milliseconds.\n"
    "Actions, panels and routes run while somebody waits, and have as long.\n"
    "In one run there are at most 50 changes, 10 mails and 100 questions.\n"
    "What a run wishes for is done as a whole or not at all.\n"
    "There is no state between runs but\n"
    ".Li desk.store .\n"
    "Runs after the commit about one customer, his tickets among them, go one\n"
    "after the other, in the order of the events; those about others may go\n"
    "beside them.\n"
    "A run that has read a value of desk.store which is another one when the\n"
    "run is committed begins anew.\n"
    ".Pp\n"
    "A Duration is a whole number and a unit: 15m, 6h, 2d, 1w.\n"
    "A BusinessTime may be one as well; 30bm, 2bh and 1bd count only while a\n"
    "calendar is open: the one that is named, else that of the ticket's queue,\n"
    "else the site's.\n"
    "Times are UTC seconds.\n"
    ".Sh HOOKS BEFORE THE COMMIT\n"
    "A part with a question mark may be nil.\n";

int
main(int argc, char **argv)
{
	int status;

	if (argc != 2) {
		fprintf(stderr, "usage: reference desk.d.lua\n");
		return 2;
	}
	fputs(head, stdout);
	put_hooks(HOOK_BEFORE);
	printf(".Sh HOOKS AFTER THE COMMIT\n"
	       "Handlers may do whatever an agent may.\n");
	put_hooks(HOOK_AFTER);
	printf(
	    ".Sh PARTS OF EVENTS\n"
	    "Each event has hook, id, at, source, actor and cause besides.\n");
	put_parts();
	printf(".Sh FUNCTIONS AND OPTIONS\n");
	status = put_functions(argv[1]);
	printf(".Sh RECORDS\n");
	put_records();
	printf(".Sh SEE ALSO\n.Xr hookdesk 1\n");
	return status;
}
