/* tests/unit/test_manual.c - hookdesk(1) has every verb and option there is,
 * and no other. */
#include "config.h"
#include "core/cli/cli.h"

#include "core/base/file.h"
#include "tests/tap.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static struct buf page;

/* Whether a line of the page has <macro> with <word> behind it. */
static bool
has(const char *macro, const char *word)
{
	size_t macro_len = strlen(macro), len = strlen(word);
	const char *at = page.at;

	while ((at = strstr(at, macro)) != NULL) {
		at += macro_len;
		if (strncmp(at, word, len) == 0 &&
		    (at[len] == '\n' || at[len] == ' '))
			return true;
	}
	printf("# %s%s is missing\n", macro, word);
	return false;
}

static void
test_manual__has_every_verb_and_its_options(void)
{
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		CHECK(has("Cm ", v->name) || has("| ", v->name));
		for (const struct cli_option *o = v->options;
		     o != NULL && o->name != NULL; o++)
			CHECK(has("Fl -", o->name));
	}
	CHECK(has("Fl -", "help") && has("Fl -", "json") &&
	    has("Fl -", "password-stdin") && has("Fl -", "version"));
}

static bool
is_option(const char *name)
{
	if (strcmp(name, "version") == 0)
		return true;
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		if (cli_has_option(v, name))
			return true;
	printf("# there is no option --%s\n", name);
	return false;
}

static void
test_manual__has_no_option_that_there_is_not(void)
{
	size_t count = 0;

	for (const char *at = page.at; (at = strstr(at, "Fl -")) != NULL;) {
		char name[64];
		size_t len = 0;

		at += strlen("Fl -");
		while ((isalnum((unsigned char)at[len]) || at[len] == '-') &&
		    len < sizeof name - 1) {
			name[len] = at[len];
			len++;
		}
		name[len] = '\0';
		if (len == 0)
			continue; /* any field */
		CHECK(is_option(name));
		count++;
	}
	CHECK(count > 20);
}

int
main(void)
{
	const char *top = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof path, "%s/core/cli/hookdesk.1",
	    top != NULL ? top : ".");
	if (file_read(path, 1 << 20, &page, NULL) != ERR_OK) {
		printf("Bail out! %s cannot be read\n", path);
		return 1;
	}
	buf_string(&page);
	RUN(test_manual__has_every_verb_and_its_options);
	RUN(test_manual__has_no_option_that_there_is_not);
	buf_release(&page);
	return tap_done();
}
