/* tests/unit/test_conf.c - tests of core/cli/conf.c. */
#include "config.h"
#include "core/cli/conf.h"

#include "core/base/file.h"
#include "tests/tap.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static char path[PATH_MAX];

static enum err
read_text(struct conf *conf, const char *text, struct why *why)
{
	conf_init(conf);
	*why = (struct why){ .message = "" };
	CHECK(file_replace(path, 0600, bytes_of(text), NULL) == ERR_OK);
	return conf_read(conf, path, why);
}

static void
test_conf_read__takes_every_key(void)
{
	struct conf conf;
	struct why why;

	CHECK(
	    read_text(&conf,
		"# ours\n[server]\nsocket = /run/x.sock\nthreads = 8\n"
		"log_level = debug\nsite_idle_s = 1\n[store]\nmap_size_gib=2\n"
		"min_free_mib = 0\n[mail]\ntransport = sendmail\n"
		"sendmail = /usr/sbin/sendmail  -t -i\n"
		"[limits]\nmails_per_hour = 50\nfiles_mb = 7\n",
		&why) == ERR_OK);
	CHECK(strcmp(conf.socket, "/run/x.sock") == 0);
	CHECK_INT(conf.threads, 8);
	CHECK(strcmp(conf.log_level, "debug") == 0);
	CHECK_INT(conf.site_idle_s, 1);
	CHECK_INT(conf.map_size_gib, 2);
	CHECK_INT(conf.min_free_mib, 0);
	CHECK_INT(conf.mails_per_hour, 50);
	CHECK_INT(conf.files_mb, 7);
	CHECK(strcmp(conf.mail_transport, "sendmail") == 0);
	CHECK(strcmp(conf.sendmail[0], "/usr/sbin/sendmail") == 0);
	CHECK(strcmp(conf.sendmail[1], "-t") == 0);
	CHECK(strcmp(conf.sendmail[2], "-i") == 0);
	CHECK(conf.sendmail[3] == NULL);
}

static void
test_conf_read__begins_with_the_usual(void)
{
	struct conf conf;
	struct why why;

	CHECK(read_text(&conf, "", &why) == ERR_OK);
	CHECK(strcmp(conf.socket, "/run/hookdesk/hookdesk.sock") == 0);
	CHECK_INT(conf.threads, 0);
	CHECK_INT(conf.site_idle_s, CONF_SITE_IDLE_S);
	CHECK_INT(conf.min_free_mib, -1);
	CHECK_INT(conf.mails_per_hour, 0);
	CHECK_INT(conf.files_mb, 0);
	CHECK(conf.sendmail[0] == NULL);
	CHECK(conf_read(&conf, "/nonexistent.conf", &why) == ERR_NOT_FOUND);
}

static void
test_conf_read__refuses_what_it_does_not_know(void)
{
	static const char *const bad[] = { "[server]\nthread = 8\n",
		"[server]\nthreads = 0\n", "[server]\nthreads = 8x\n",
		"threads = 8\n", "[mail]\nthreads = 8\n",
		"[store]\nmin_free_mib = -1\n", "nonsense\n" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct conf conf;
		char text[400];
		struct why why;

		CHECK_INT(read_text(&conf, bad[i], &why), ERR_INVALID);
		why_text(&why, text, sizeof text);
		printf("# %s\n", text);
		CHECK(strstr(text, path) != NULL);
	}
}

int
main(void)
{
	char dir[PATH_MAX - 20];

	if (file_temp_folder(dir, sizeof dir) != ERR_OK) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	snprintf(path, sizeof path, "%s/conf", dir);
	RUN(test_conf_read__takes_every_key);
	RUN(test_conf_read__begins_with_the_usual);
	RUN(test_conf_read__refuses_what_it_does_not_know);
	if (file_remove_tree(dir) != ERR_OK)
		printf("# %s is left behind\n", dir);
	return tap_done();
}
