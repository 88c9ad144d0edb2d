/* tests/unit/test_paths.c - where shipped files are found. */
#include "config.h"
#include "core/base/paths.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	enum path path;
	const char *variable;
	const char *ends_with;
} cases[] = {
	{ PATH_DATADIR, "HOOKDESK_DATADIR", "/hookdesk" },
	{ PATH_LOCALEDIR, "HOOKDESK_LOCALEDIR", "/locale" },
	{ PATH_PLUGINDIR, "HOOKDESK_PLUGINDIR", "/hookdesk/plugins" },
	{ PATH_SCRIPT_HOST, "HOOKDESK_SCRIPT_HOST",
	    "/hookdesk/hookdesk-script" },
};

static void
test_path_get__is_where_make_installs(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path;

		unsetenv(cases[i].variable);
		path = path_get(cases[i].path);
		printf("# %s\n", path);
		CHECK(path[0] == '/');
		CHECK(strlen(path) > strlen(cases[i].ends_with));
		CHECK(strcmp(path + strlen(path) - strlen(cases[i].ends_with),
			  cases[i].ends_with) == 0);
	}
}

static void
test_path_get__obeys_the_environment(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		setenv(cases[i].variable, "/else/where", 1);
		CHECK(strcmp(path_get(cases[i].path), "/else/where") == 0);
		setenv(cases[i].variable, "", 1);
		CHECK(strcmp(path_get(cases[i].path), "") != 0);
	}
}

int
main(void)
{
	RUN(test_path_get__is_where_make_installs);
	RUN(test_path_get__obeys_the_environment);
	return tap_done();
}
