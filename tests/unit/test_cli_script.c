/* tests/unit/test_cli_script.c - hookdesk script: versions from a shell; and
 * hookdesk try with an action.
 */
#include "config.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "tests/unit/cli_fixture.h"

static void
test_script__keeps_versions(void)
{
	static const char good[] =
	    "desk.on('ticket.created', { name = 'a' }, function() end)\n";
	char path[PATH_MAX + 32];
	struct buf text = BUF_INIT;

	snprintf(path, sizeof path, "%s/typed.lua", folder);
	CHECK(file_replace(path, 0600, bytes_of(good), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("script", "set", site, "typed", path, "--note",
		      "the first"),
	    0);
	CHECK_INT(HOOKDESK("script", "show", site, "typed"), 0);
	CHECK(says(&out, good));
	CHECK(file_replace(path, 0600, BYTES("-- two\n"), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("script", "set", site, "typed", path, "--json"), 0);
	CHECK(says(&out, "{\"version\":2}"));
	CHECK_INT(HOOKDESK("script", "versions", site, "typed"), 0);
	CHECK(says(&out, "2\t20"));
	CHECK(says(&out, "command\t-\tthe first"));
	CHECK_INT(HOOKDESK("script", "diff", site, "typed", "1"), 0);
	CHECK(says(&out, "+1: -- two"));
	/* what does not load is not taken */
	CHECK(
	    file_replace(path, 0600, BYTES("-- x\nbroken(\n"), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("script", "set", site, "typed", path), 1);
	CHECK(says(&err, "typed.lua:"));
	CHECK_INT(HOOKDESK("script", "set", site, "../typed", path), 1);
	CHECK_INT(HOOKDESK("script", "rollback", site, "typed", "9"), 1);
	CHECK_INT(HOOKDESK("script", "rollback", site, "typed", "1"), 0);
	snprintf(path, sizeof path, "%s/scripts/typed.lua", site);
	CHECK(file_read(path, 1000, &text, NULL) == ERR_OK);
	CHECK_BYTES(buf_get(&text), good);
	CHECK_INT(HOOKDESK("script", "remove", site, "typed"), 0);
	CHECK(access(path, F_OK) != 0);
	CHECK_INT(HOOKDESK("script", "remove", site, "typed"), 1);
	CHECK_INT(HOOKDESK("script", "list", site, "--json"), 0);
	CHECK(says(&out, "\"file\":\"typed\",\"number\":4"));
	CHECK(says(&out, "\"is_removed\":true"));
	CHECK_INT(HOOKDESK("script", "versions", site, "nothing"), 1);
	CHECK_INT(HOOKDESK("script", "set", site, "typed"), 2);
	CHECK_INT(HOOKDESK("script", "sets", site, "typed"), 2);
	CHECK(says(&err, "did you mean set?"));
	CHECK_INT(HOOKDESK("check", site), 0);
	buf_release(&text);
}

static void
test_try__chooses_an_action(void)
{
	static const char refund[] =
	    "desk.action('refund', { label = 'R', ask = { cents = { type = "
	    "'number' } } },\n"
	    "  function(ticket, agent, input)\n"
	    "    return input.cents .. ' by ' .. agent.login\n"
	    "  end)\n";
	char demo[PATH_MAX + 16], path[PATH_MAX + 16];

	snprintf(demo, sizeof demo, "%s/demo", folder);
	snprintf(path, sizeof path, "%s/refunds.lua", folder);
	CHECK_INT(HOOKDESK("init", demo, "--name", "A", "--admin",
		      "ann@example.com", "--demo-size", "10"),
	    0);
	CHECK(file_replace(path, 0600, bytes_of(refund), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("try", demo, path, "--ticket=3", "--action=refund",
		      "--input={\"cents\":5}", "--agent=ada"),
	    0);
	CHECK(says(&out, "refunds/refund  action\n"));
	CHECK(says(&out, "    | 5 by ada\n"));
	CHECK_INT(HOOKDESK("try", demo, path, "--ticket=3", "--action=refund",
		      "--input={\"cents\":\"many\"}"),
	    1);
	CHECK(says(&out, "FAILED"));
	CHECK_INT(HOOKDESK("try", demo, path, "--ticket=3", "--action=refund",
		      "--agent=nobody"),
	    1);
	CHECK(says(&err, "there is no such agent"));
	CHECK_INT(HOOKDESK("try", demo, path, "--ticket=3", "--input={}"), 2);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	if (secret_init() != ERR_OK ||
	    file_temp_folder(folder, sizeof folder) != ERR_OK) {
		printf("Bail out! no temporary folder\n");
		return 1;
	}
	snprintf(site, sizeof site, "%s/site", folder);
	CHECK_INT(HOOKDESK("init", site, "--name", "A desk", "--admin",
		      "ann@example.com"),
	    0);
	RUN(test_script__keeps_versions);
	RUN(test_try__chooses_an_action);
	if (file_remove_tree(folder) != ERR_OK)
		return 1;
	buf_release(&out);
	buf_release(&err);
	return tap_done();
}
