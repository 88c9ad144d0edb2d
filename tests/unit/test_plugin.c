/* tests/unit/test_plugin.c - tests of core/plugin.c with plugins made for it.
 */
#include "config.h"
#include "core/plugins.h"

#define HD_HOST_SIDE
#include "core/plugin.h"

#include "core/base/bytes.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIXTURES "tests/unit/.libs"

static char folder[PATH_MAX];

/* A copy of a fixture, or of nothing, in a folder of our own. */
static const char *
place(const char *fixture, mode_t mode)
{
	static char path[PATH_MAX + 64];
	char from[PATH_MAX];
	struct buf content = BUF_INIT;

	snprintf(from, sizeof from, "%s/fixture_%s.so", FIXTURES, fixture);
	snprintf(path, sizeof path, "%s/%s.so", folder, fixture);
	if (file_read(from, 16 << 20, &content, NULL) != ERR_OK)
		buf_text(&content, "no shared object");
	CHECK(file_replace(path, 0755, buf_get(&content), NULL) == ERR_OK);
	CHECK(chmod(path, mode) == 0);
	buf_release(&content);
	return path;
}

static void
test_plugins_load__keeps_what_a_plugin_offers(void)
{
	struct plugins *plugins = plugins_create(true);
	const struct hd_mail_transport *transport;
	struct why why = { .message = "" };

	CHECK(plugins_mail_transport(plugins, NULL) == NULL);
	CHECK_INT(plugins_load(plugins, place("good", 0755), &why), ERR_OK);
	CHECK(strcmp(plugins_name(plugins, 0), "good") == 0);
	CHECK(plugins_name(plugins, 1) == NULL);
	transport = plugins_mail_transport(plugins, "good");
	CHECK(transport != NULL && strcmp(transport->name, "good") == 0);
	CHECK(plugins_mail_transport(plugins, NULL) == transport);
	CHECK(plugins_mail_transport(plugins, "other") == NULL);
	CHECK_INT(plugins_load(plugins, place("good", 0755), &why), ERR_EXISTS);
	plugins_destroy(plugins);
	plugins_destroy(NULL);
}

static void
test_plugins_load__refuses_what_is_no_plugin_of_ours(void)
{
	static const struct {
		const char *fixture;
		enum err want;
		const char *reason;
	} cases[] = {
		{ "abi", ERR_INVALID, "another version of the plugin ABI" },
		{ "size", ERR_INVALID, "older than this plugin ABI" },
		{ "name", ERR_INVALID, "does not describe itself" },
		{ "fails", ERR_REFUSED, "out of stamps" },
		{ "text", ERR_INVALID, "text.so" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct plugins *plugins = plugins_create(true);
		struct why why = { .message = "" };
		char said[400];

		CHECK_INT(
		    plugins_load(plugins, place(cases[i].fixture, 0755), &why),
		    cases[i].want);
		why_text(&why, said, sizeof said);
		printf("# %s\n", said);
		CHECK(strstr(said, cases[i].reason) != NULL);
		/* What it added before it failed is forgotten. */
		CHECK(plugins_mail_transport(plugins, NULL) == NULL);
		CHECK(plugins_name(plugins, 0) == NULL);
		plugins_destroy(plugins);
	}
}

static void
test_plugins_load__refuses_what_others_can_write(void)
{
	struct plugins *plugins = plugins_create(true);
	const char *path = place("good", 0775);
	struct why why = { .message = "" };

	if (geteuid() == 0) /* a user's own group is the user alone */
		CHECK_INT(plugins_load(plugins, path, &why), ERR_DENIED);
	CHECK(chmod(path, 0757) == 0);
	CHECK_INT(plugins_load(plugins, path, &why), ERR_DENIED);
	CHECK(chmod(path, 0755) == 0);
	CHECK(chmod(folder, 0777) == 0);
	CHECK_INT(plugins_load(plugins, path, &why), ERR_DENIED);
	CHECK(strstr(why.name, folder) != NULL);
	CHECK(chmod(folder, 0700) == 0);
	CHECK_INT(plugins_load(plugins, path, &why), ERR_OK);
	plugins_destroy(plugins);
	if (geteuid() == 0) {
		plugins = plugins_create(true);
		CHECK(chown(path, 65534, 65534) == 0);
		CHECK_INT(plugins_load(plugins, path, &why), ERR_DENIED);
		plugins_destroy(plugins);
	} else {
		plugins = plugins_create(false);
		CHECK_INT(plugins_load(plugins, path, &why), ERR_DENIED);
		plugins_destroy(plugins);
	}
}

static void
test_plugins_load__says_when_there_is_none(void)
{
	struct plugins *plugins = plugins_create(true);
	struct why why = { .message = "" };

	CHECK_INT(
	    plugins_load(plugins, "/nonexistent/x.so", &why), ERR_NOT_FOUND);
	CHECK(strstr(why.name, "/nonexistent/x.so") != NULL);
	plugins_destroy(plugins);
}

static void
test_plugins_load_shipped__finds_the_mail_plugin(void)
{
	struct plugins *plugins = plugins_create(true);
	struct why why = { .message = "" };

	CHECK_INT(plugins_load_shipped(plugins, "mail", &why), ERR_OK);
	CHECK(plugins_mail_transport(plugins, "mail") != NULL);
	CHECK_INT(
	    plugins_load_shipped(plugins, "nothing", &why), ERR_NOT_FOUND);
	plugins_destroy(plugins);
}

static void
test_plugins_load_shipped__finds_the_http_plugin(void)
{
	struct plugins *plugins = plugins_create(true);
	struct why why = { .message = "" };

	CHECK(plugins_http_client(plugins) == NULL);
	CHECK_INT(plugins_load_shipped(plugins, "http", &why), ERR_OK);
	CHECK(plugins_http_client(plugins) != NULL);
	plugins_destroy(plugins);
}

/* There is one client: a second one is no better than the first. */
static void
test_plugins_load__takes_one_web_client(void)
{
	struct plugins *plugins = plugins_create(true);
	const struct hd_http_client *client;
	struct why why = { .message = "" };

	CHECK_INT(
	    plugins_load(plugins, place("fails", 0755), &why), ERR_REFUSED);
	CHECK(plugins_http_client(plugins) == NULL); /* it is forgotten */
	CHECK_INT(plugins_load(plugins, place("good", 0755), &why), ERR_OK);
	client = plugins_http_client(plugins);
	CHECK(client != NULL && strcmp(client->name, "good") == 0);
	CHECK_INT(plugins_load_shipped(plugins, "http", &why), ERR_REFUSED);
	CHECK(plugins_http_client(plugins) == client);
	plugins_destroy(plugins);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	if (file_temp_folder(folder, sizeof folder) != ERR_OK) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	RUN(test_plugins_load__keeps_what_a_plugin_offers);
	RUN(test_plugins_load__refuses_what_is_no_plugin_of_ours);
	RUN(test_plugins_load__refuses_what_others_can_write);
	RUN(test_plugins_load__says_when_there_is_none);
	RUN(test_plugins_load_shipped__finds_the_mail_plugin);
	RUN(test_plugins_load_shipped__finds_the_http_plugin);
	RUN(test_plugins_load__takes_one_web_client);
	if (file_remove_tree(folder) != ERR_OK)
		printf("# %s is left behind\n", folder);
	return tap_done();
}
