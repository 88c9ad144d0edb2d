/* tests/unit/test_cli.c - tests of core/cli/: the command line as people use
 * it, on sites in a temporary folder. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/secret.h"
#include "core/desk/control.h"
#include "core/desk/runner.h"
#include "core/store/store.h"
#include "tests/unit/cli_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

static void
test_cli_main__tells_wrong_use_by_2(void)
{
	CHECK_INT(hookdesk((const char *const[]){ NULL }), 2);
	CHECK(says(&err, "hookdesk: a verb is missing"));
	CHECK_INT(HOOKDESK("no-such-verb"), 2);
	CHECK(says(&err, "no-such-verb"));
	CHECK_INT(HOOKDESK("check"), 2);
	CHECK_INT(HOOKDESK("check", "a", "b"), 2);
	CHECK_INT(HOOKDESK("check", "--no-such-option", "a"), 2);
	CHECK(says(&err, "--no-such-option"));
	CHECK_INT(HOOKDESK("check", "-x", "a"), 2);
	CHECK_INT(HOOKDESK("init", "a", "--name"), 2);
	CHECK_INT(HOOKDESK("init", "a", "--demo=1"), 2);
	CHECK_INT(HOOKDESK("init", "a"), 2);
	CHECK_INT(HOOKDESK("agent", "frobnicate", site), 2);
}

static void
test_cli_main__explains_itself(void)
{
	CHECK_INT(HOOKDESK("--help"), 0);
	CHECK(says(&out, "agent"));
	CHECK_INT(HOOKDESK("--version"), 0);
	CHECK(says(&out, PACKAGE_VERSION));
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++) {
		CHECK_INT(HOOKDESK(v->name, "--help"), 0);
		CHECK(says(&out, v->usage));
		CHECK_INT(err.len, 0);
	}
	CHECK_INT(HOOKDESK("queue", "--help"), 0);
	CHECK(says(&out, "--has-form VALUE"));
}

static void
test_cli_main__says_what_may_have_been_meant(void)
{
	static const struct {
		const char *args[4], *says;
	} cases[] = {
		{ { "statsu", NULL }, "did you mean status?" },
		{ { "check", "--jsno", "x", NULL }, "did you mean --json?" },
		{ { "queue", "add", "--lable=x", NULL },
		    "did you mean --label?" },
		{ { "queue", "lst", "x", NULL }, "did you mean list?" },
		{ { "queue", "lnik", "x", NULL }, "there is no \"lnik\" (" },
		{ { "frobnicate", NULL },
		    "there is no verb \"frobnicate\" (see" },
		{ { "serve", "--json", "x", NULL }, "no option --json" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].args[0]);
		CHECK_INT(hookdesk(cases[i].args), 2);
		CHECK(says(&err, cases[i].says));
	}
}

static void
test_cli_main__says_what_is_wrong_with_a_folder(void)
{
	char empty[PATH_MAX + 16], file[PATH_MAX + 16];
	const struct {
		const char *dir, *says;
	} cases[] = {
		{ "/nonexistent/x", "there is no such folder" },
		{ empty, "there is no site here (hookdesk init" },
		{ file, "this is no folder" },
	};

	snprintf(empty, sizeof empty, "%s/empty", folder);
	snprintf(file, sizeof file, "%s/a file", folder);
	CHECK(mkdir(empty, 0700) == 0);
	CHECK(file_replace(file, 0600, BYTES("x"), NULL) == ERR_OK);
	for (const struct cli_verb *v = cli_verbs; v->name != NULL; v++)
		for (size_t i = 0; i < 3; i++) {
			char want[PATH_MAX + 32];
			int code;

			if (strcmp(v->name, "init") == 0 && i < 2)
				continue; /* a site may be made there */
			if (strcmp(v->name, "test") == 0 && i == 1)
				continue; /* the shipped ones are run */
			printf("# %s %s\n", v->name, cases[i].dir);
			code = run_on(v, cases[i].dir);
			CHECK_INT(code, strcmp(v->name, "mail") == 0 ? 75 : 1);
			snprintf(
			    want, sizeof want, "hookdesk: %s", cases[i].dir);
			CHECK(says(&err, want));
			if (v->needs != CLI_NOTHING || v->needs_of != NULL)
				CHECK(says(&err, cases[i].says));
		}
}

/* What a beginner gets works as it is, and nothing is written over. */
static void
test_script_new__writes_what_passes(void)
{
	char dir[PATH_MAX], path[PATH_MAX + 64];
	struct stat st;
	static const char *const files[] = { "late-orders.lua",
		"late-orders_test.lua", ".luarc.json", ".luacheckrc" };

	snprintf(dir, sizeof dir, "%s/mine", folder);
	CHECK(mkdir(dir, 0700) == 0);
	CHECK_INT(HOOKDESK("script", "new", "Late Orders", dir), 2);
	CHECK_INT(HOOKDESK("script", "new", "a_test", dir), 2);
	CHECK_INT(HOOKDESK("script", "neww", "a", dir), 2);
	CHECK_INT(HOOKDESK("script", "new", "late-orders", dir), 0);
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		CHECK(says(&out, path));
		CHECK(stat(path, &st) == 0 && st.st_size > 0);
	}
	snprintf(path, sizeof path, "%s/late-orders.lua", dir);
	CHECK_INT(HOOKDESK("test", path), 0);
	CHECK(says(&out, "3 passed, 0 failed"));
	CHECK_INT(HOOKDESK("script", "new", "late-orders", dir), 1);
	CHECK(says(&err, "is there already"));
	/* The second one finds its neighbours there. */
	CHECK_INT(HOOKDESK("script", "new", "other", dir), 0);
	CHECK(!says(&out, ".luarc.json"));
}

static void
test_init__makes_a_site_or_nothing(void)
{
	struct stat st;
	char path[PATH_MAX + 64];

	CHECK_INT(
	    HOOKDESK("init", site, "--name", "A desk", "--admin", "no address"),
	    1);
	CHECK(stat(site, &st) != 0);
	CHECK_INT(HOOKDESK("init", site, "--name", "A desk", "--admin",
		      "ann@example.com", "--base-url",
		      "https://example.com/support/"),
	    0);
	CHECK(stat(site, &st) == 0 && (st.st_mode & 0777) == 0750);
	snprintf(path, sizeof path, "%s/key", site);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	CHECK_INT(st.st_size, SITE_KEY_SIZE);
	/* A second one does not touch it. */
	CHECK_INT(HOOKDESK("init", site, "--name", "A desk", "--admin",
		      "bob@example.com"),
	    1);
	CHECK(says(&err, site));
	CHECK_INT(HOOKDESK("agent", "list", site), 0);
	CHECK(says(&out, "ann@example.com"));
	CHECK_INT(HOOKDESK("check", site), 0);
	CHECK(says(&out, "0 faults"));
}

static void
write_script(const char *name, const char *text)
{
	char path[PATH_MAX + 80];

	snprintf(path, sizeof path, "%s/scripts/%s.lua", site, name);
	CHECK(file_replace(path, 0600, bytes_of(text), NULL) == ERR_OK);
}

static void
test_record__adds_lists_sets_and_removes(void)
{
	CHECK_INT(HOOKDESK("agent", "add", site), 2);
	CHECK_INT(HOOKDESK("queue", "link", site, "x"), 2);
	CHECK_INT(HOOKDESK("queue", "add", site, "Big & Bold"), 0);
	CHECK_INT(HOOKDESK("queue", "list", site), 0);
	CHECK(says(&out, "big-bold\tBig & Bold"));
	CHECK_INT(HOOKDESK("queue", "add", site, "Big & Bold"), 1);
	CHECK(says(&err, "hookdesk: Big & Bold: key: "));
	CHECK_INT(HOOKDESK("queue", "set", site, "big-bold", "--label",
		      "Bolder", "--is-private", "true"),
	    0);
	CHECK_INT(HOOKDESK("queue", "list", site, "--json"), 0);
	CHECK(says(&out, "\"label\":\"Bolder\""));
	CHECK(says(&out, "\"is_private\":true"));
	CHECK_INT(HOOKDESK("queue", "set", site, "big-bold", "--is-private",
		      "perhaps"),
	    1);
	write_script("sorter",
	    "desk.on('ticket.routing', { name = 'all' }, function(event)\n"
	    "  return event:choose('big-bold', 'always')\nend)\n");
	CHECK_INT(HOOKDESK("reload", site), 0);
	CHECK(!says(&out, "big-bold"));
	for (int i = 0; i < 2; i++) { /* new, and set again */
		CHECK_INT(HOOKDESK("setting", "set", site, "script/sortr",
			      "--value", "{}"),
		    0);
		CHECK(says(&err,
		    "done, but: There is no such script: did you "
		    "mean \"sorter\"?"));
	}
	CHECK_INT(HOOKDESK("queue", "remove", site, "big-bold"), 0);
	CHECK(says(&err, "these scripts name it and miss it: sorter"));
	CHECK_INT(HOOKDESK("reload", site), 0);
	CHECK(says(&out, "sorter:2: there is no queue \"big-bold\""));
	CHECK_INT(HOOKDESK("check", site), 0);
	CHECK(says(&err, "sorter.lua:2: there is no queue \"big-bold\""));
	write_script("sorter", "");
	CHECK_INT(HOOKDESK("queue", "remove", site, "big-bold"), 1);
	CHECK(says(&err, "there is no such queue"));
	CHECK_INT(HOOKDESK("agent", "add", site, "Bob.Lee@Example.com",
		      "--name=Bob Lee"),
	    0);
	CHECK_INT(HOOKDESK("agent", "list", site), 0);
	CHECK(says(&out, "\tBob Lee\tagent"));
	CHECK_INT(HOOKDESK("customer", "add", site, "Cleo@Example.com",
		      "--name", "Cleo"),
	    0);
	CHECK_INT(HOOKDESK("customer", "add", site, "cleo@example.com"), 1);
	CHECK_INT(HOOKDESK("customer", "set", site, "cleo@example.com", "--vip",
		      "true"),
	    0);
	CHECK_INT(HOOKDESK("customer", "list", site, "--json"), 0);
	CHECK(says(&out, "\"vip\":true"));
	CHECK_INT(HOOKDESK("agent", "link", site, "ann@example.com"), 0);
	CHECK(says(&out, "https://example.com/support/agent/login/"));
	CHECK_INT(HOOKDESK("agent", "link", site, "nobody@example.com"), 1);
	/* Somebody must stay who may do everything. */
	CHECK_INT(HOOKDESK("agent", "remove", site, "ann@example.com"), 1);
	CHECK_INT(HOOKDESK("token", "add", site, "CRM", "--json"), 0);
	CHECK(says(&out, "\"token\":\""));
	CHECK_INT(HOOKDESK("token", "list", site, "--json"), 0);
	CHECK(says(&out, "\"CRM\""));
	CHECK(strstr(buf_string(&out), "hash") == NULL);
}

static void
test_record__serves_texts_and_ids(void)
{
	CHECK_INT(HOOKDESK("canned", "add", site, "Welcome", "--body",
		      "Hello {customer.name}", "--language", "en"),
	    0);
	CHECK_INT(HOOKDESK("canned", "list", site), 0);
	CHECK(says(&out, "Welcome\t\ten\t0"));
	CHECK_INT(HOOKDESK("canned", "list", site, "--json"), 0);
	CHECK(says(&out, "\"body\":\"Hello {customer.name}\""));
	CHECK(says(&out, "[{\"id\":"));
	CHECK_INT(HOOKDESK("article", "add", site, "How do I pay?", "--body",
		      "By card.", "--is-published", "true"),
	    0);
	CHECK_INT(HOOKDESK("article", "list", site), 0);
	CHECK(says(&out, "how-do-i-pay\tHow do I pay?\t\ttrue"));
	CHECK_INT(HOOKDESK("organisation", "add", site, "Acme", "--domains",
		      "acme.example"),
	    0);
	CHECK_INT(HOOKDESK("organisation", "remove", site, "Acme"), 0);
	CHECK_INT(HOOKDESK("organisation", "list", site), 0);
	CHECK_INT(out.len, 0);
	CHECK_INT(HOOKDESK("organisation", "list", site, "--json"), 0);
	CHECK(says(&out, "[]"));
	CHECK_INT(HOOKDESK("token", "add", site, "x", "--rights", "raed"), 1);
	CHECK(says(&err, "rights: There is no right \"raed\""));
}

/* Without a folder: all sites below the one that the configuration names. */
static void
test_status__tells_of_all_sites(void)
{
	char conf[PATH_MAX + 32], text[PATH_MAX + 64];

	snprintf(conf, sizeof conf, "%s/hookdesk.conf", folder);
	snprintf(text, sizeof text, "[server]\nsites = %s\n", folder);
	CHECK(file_replace(conf, 0600, bytes_of(text), NULL) == ERR_OK);
	setenv("HOOKDESK_CONF", conf, 1);
	CHECK_INT(HOOKDESK("status"), 0);
	CHECK(says(&out, site));
	CHECK(says(&out, "is not served"));
	CHECK_INT(HOOKDESK("status", "--json"), 0);
	CHECK(says(&out, "[{\"dir\":\""));
	CHECK(says(&out, "}]"));
	CHECK(file_replace(conf, 0600,
		  BYTES("[server]\nsites = /nonexistent\n"), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("status"), 1);
	CHECK(says(&err, "hookdesk: /nonexistent: "));
	unsetenv("HOOKDESK_CONF");
}

static void
test_setting__keeps_json_and_seals_the_password(void)
{
	CHECK_INT(HOOKDESK("setting", "set", site, "mail.transport", "--value",
		      "smtp://localhost:25"),
	    0);
	CHECK_INT(
	    HOOKDESK("setting", "set", site, "mail.verify", "--value", "false"),
	    0);
	CHECK_INT(HOOKDESK("setting", "set", site, "mail.password", "--value",
		      "s3cret"),
	    0);
	CHECK_INT(HOOKDESK("setting", "set", site, "mail.transport"), 2);
	CHECK_INT(
	    HOOKDESK("setting", "set", site, "mail.trnsport", "--value", "x"),
	    1);
	CHECK(says(&err, "did you mean \"mail.transport\"?"));
	CHECK_INT(HOOKDESK("setting", "list", site), 0);
	CHECK(says(&out, "mail.transport\t\"smtp://localhost:25\""));
	CHECK(says(&out, "mail.verify\tfalse"));
	CHECK(says(&out, "mail.password\t\"sealed:"));
	CHECK(strstr(buf_string(&out), "s3cret") == NULL);
}

static void
test_field__has_a_type_that_its_values_keep_to(void)
{
	CHECK_INT(HOOKDESK("field", "add", site, "Seats", "--of", "customer",
		      "--type", "integer", "--max", "90"),
	    0);
	CHECK_INT(HOOKDESK("field", "add", site, "Since", "--of", "customer",
		      "--type", "date"),
	    0);
	CHECK_INT(HOOKDESK("field", "add", site, "Odd", "--type", "numbr"), 1);
	CHECK_INT(HOOKDESK("customer", "add", site, "eve@example.org",
		      "--fields", "{\"seats\":91}"),
	    1);
	CHECK(says(&err, "It is 90 at most."));
	CHECK_INT(HOOKDESK("customer", "add", site, "eve@example.org",
		      "--fields", "{\"seats\":9}"),
	    0);
	CHECK_INT(HOOKDESK("customer", "set", site, "eve@example.org",
		      "--fields", "{\"since\":\"2026-01-31\"}"),
	    0);
	CHECK_INT(HOOKDESK("customer", "list", site, "--json"), 0);
	CHECK(says(&out, "{\"seats\":9,\"since\":\"2026-01-31\"}"));
	CHECK_INT(HOOKDESK("field", "add", site, "Order", "--type", "integer",
		      "--is-indexed", "true", "--is-public", "true"),
	    0);
	CHECK_INT(
	    HOOKDESK("field", "set", site, "order", "--is-public", "false"), 0);
	CHECK_INT(HOOKDESK("export", site), 0);
	CHECK(says(
	    &out, "\"of\":\"customer\",\"type\":\"integer\",\"max\":\"90\"}"));
	CHECK(says(&out, "\"type\":\"integer\",\"is_indexed\":true}"));
	CHECK(says(&out, "\"fields\":{\"seats\":9"));
	CHECK(!says(&out, "index_state"));
}

static void
test_demo__is_the_same_for_the_same_seed(void)
{
	char a[PATH_MAX + 16], b[PATH_MAX + 16];
	struct buf first = BUF_INIT;

	snprintf(a, sizeof a, "%s/demo-a", folder);
	snprintf(b, sizeof b, "%s/demo-b", folder);
	CHECK_INT(HOOKDESK("init", a, "--name", "A", "--admin", "a@b.example",
		      "--demo-size", "300", "--seed", "7"),
	    0);
	CHECK_INT(HOOKDESK("init", b, "--name", "A", "--admin", "a@b.example",
		      "--demo-size", "300", "--seed", "7"),
	    0);
	CHECK_INT(HOOKDESK("customer", "list", a), 0);
	CHECK(out.len > 1000);
	buf_bytes(&first, buf_get(&out));
	CHECK_INT(HOOKDESK("customer", "list", b), 0);
	CHECK(bytes_equal(buf_get(&first), buf_get(&out)));
	CHECK_INT(HOOKDESK("check", a), 0);
	CHECK_INT(HOOKDESK("status", a, "--json"), 0);
	CHECK(says(&out, "\"served\":false"));
	CHECK_INT(HOOKDESK("init", b, "--name", "A", "--admin", "a@b.example",
		      "--demo-size", "many"),
	    2);
	buf_release(&first);
}

static void
test_backup__can_be_restored_and_is_held(void)
{
	char copy[PATH_MAX + 16], restored[PATH_MAX + 16];
	char path[PATH_MAX + 64];

	snprintf(copy, sizeof copy, "%s/backup", folder);
	snprintf(restored, sizeof restored, "%s/restored", folder);
	snprintf(path, sizeof path, "%s/scripts/mine.lua", site);
	CHECK(file_replace(path, 0640, BYTES("-- mine\n"), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("backup", site, copy), 0);
	CHECK_INT(HOOKDESK("backup", site, copy), 1);
	CHECK_INT(HOOKDESK("check", copy), 0);
	CHECK_INT(HOOKDESK("restore", copy, restored), 0);
	CHECK(says(&out, "is held"));
	snprintf(path, sizeof path, "%s/scripts/mine.lua", restored);
	CHECK(access(path, R_OK) == 0);
	CHECK_INT(HOOKDESK("status", restored), 0);
	CHECK(says(&out, "held"));
	CHECK_INT(HOOKDESK("resume", restored), 0);
	CHECK_INT(HOOKDESK("resume", restored), 1);
	CHECK_INT(HOOKDESK("status", restored, "--json"), 0);
	CHECK(says(&out, "\"held\":false"));
	CHECK_INT(HOOKDESK("agent", "list", restored), 0);
	CHECK(says(&out, "ann@example.com"));
}

static void
test_backup__shows_on_a_terminal_how_far_it_is(void)
{
	char copy[PATH_MAX + 16], name[] = "hookdesk", verb[] = "backup";
	char *argv[] = { name, verb, site, copy, NULL };
	char shown[4096] = "";
	int saved = dup(2), master = posix_openpt(O_RDWR | O_NOCTTY), terminal;

	snprintf(copy, sizeof copy, "%s/shown", folder);
	CHECK(grantpt(master) == 0 && unlockpt(master) == 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(terminal >= 0 && dup2(terminal, 2) == 2);
	CHECK_INT(cli_main(4, argv), 0);
	fflush(stderr);
	dup2(saved, 2);
	CHECK(read(master, shown, sizeof shown - 1) > 0);
	CHECK(strstr(shown, "copying the store, megabytes: ") != NULL);
	CHECK(strstr(shown, "\r\033[K") != NULL); /* and cleared */
	close(terminal);
	close(master);
	close(saved);
}

static void
test_check__finds_a_missing_file_and_damage(void)
{
	char path[PATH_MAX + 64];
	int fd;

	CHECK_INT(HOOKDESK("check", "/nonexistent"), 1);
	CHECK(says(&err, "hookdesk: /nonexistent: "));
	snprintf(path, sizeof path, "%s/restored/data.mdb", folder);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0);
	/* Turn a byte of the admin's address over, wherever it lies. */
	if (fd >= 0) {
		static char all[1 << 20];
		ssize_t n = pread(fd, all, sizeof all, 0);
		char *at = n > 0 ?
		    memmem(all, (size_t)n, "ann@example.com", 15) :
		    NULL;

		CHECK(at != NULL);
		while (at != NULL) {
			*at ^= 1;
			CHECK(pwrite(fd, at, 1, at - all) == 1);
			at = memmem(
			    at, (size_t)(all + n - at), "ann@example.com", 15);
		}
		close(fd);
	}
	snprintf(path, sizeof path, "%s/restored", folder);
	CHECK_INT(HOOKDESK("check", path), 1);
	CHECK(says(&err, "hookdesk: "));
}

static void
test_snippet__names_mount_and_site(void)
{
	static const char *const servers[] = { "nginx", "apache", "lighttpd" };

	CHECK_INT(HOOKDESK("snippet", "iis", site), 2);
	for (size_t i = 0; i < 3; i++) {
		CHECK_INT(HOOKDESK("snippet", servers[i], site), 0);
		CHECK(says(&out, "/support/"));
		CHECK(strchr(buf_string(&out), '@') == NULL);
	}
}

static void
test_try__shows_what_a_script_would_do(void)
{
	static const char script[] =
	    "desk.on('ticket.created', { name = 'r' }, function(event)\n"
	    "  event.ticket:set({ priority = 'urgent' }, 'it burns')\n"
	    "  event.ticket:reply{ text = 'We come.' }\n"
	    "end)\n";
	char dir[PATH_MAX + 16], path[PATH_MAX + 16], data[PATH_MAX + 32];
	struct buf before = BUF_INIT, after = BUF_INIT;

	snprintf(dir, sizeof dir, "%s/demo-a", folder);
	snprintf(path, sizeof path, "%s/fire.lua", folder);
	snprintf(data, sizeof data, "%s/data.mdb", dir);
	CHECK(file_replace(path, 0600, bytes_of(script), NULL) == ERR_OK);
	CHECK(file_read(data, SIZE_MAX, &before, NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("try", dir, path, "--ticket", "3"), 0);
	CHECK(says(&out, "fire/r  ticket.created, order 50\n"));
	CHECK(says(&out, "-> urgent (it burns)\n"));
	CHECK(says(&out, "  mail     Re: "));
	CHECK(says(&out, "    | We come.\n"));
	CHECK_INT(HOOKDESK("try", dir, path, "--ticket=3", "--json"), 0);
	CHECK(says(&out, "\"state\":\"ran\",\"event_made_up\":true,"));
	CHECK(says(&out, "{\"kind\":\"change\",\"what\":\"priority\","));
	CHECK(file_read(data, SIZE_MAX, &after, NULL) == ERR_OK);
	CHECK(bytes_equal(buf_get(&before), buf_get(&after)));
	CHECK_INT(HOOKDESK("try", dir, path), 2);
	CHECK_INT(
	    HOOKDESK("try", dir, path, "--ticket=3", "--hook=ticket.creatd"),
	    2);
	CHECK(says(&err, "did you mean ticket.create"));
	CHECK_INT(HOOKDESK("try", dir, path, "--ticket=99999999"), 1);
	CHECK_INT(HOOKDESK("try", dir, dir, "--ticket=3"), 1);
	CHECK(file_replace(path, 0600, BYTES("x("), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("try", dir, path, "--ticket=3"), 1);
	CHECK(says(&err, "hookdesk: try: fire.lua:1: "));
	buf_release(&before);
	buf_release(&after);
}

/* Somebody writes to the site in <dir>. */
static void
write_to(const char *dir, const char *subject)
{
	struct site_options options = { .dir = dir, .is_unsynced = true };
	struct arena *arena = arena_create();
	struct act_result result;
	struct act_input input;
	struct site *open;

	CHECK(site_open(&options, &open, NULL) == ERR_OK);
	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor.kind = BY_CUSTOMER;
	input.email = BYTES("bob@example.org");
	input.body = BYTES("It burns.");
	record_set_text(&input.fields, TICKET_SUBJECT, bytes_of(subject));
	CHECK(desk_act(open, &input, arena, &result, NULL) == ERR_OK);
	CHECK(runner_run_due(open, NULL) == ERR_OK);
	site_close(open);
	arena_destroy(arena);
}

static void
test_replay__says_what_a_script_would_have_done(void)
{
	static const char script[] =
	    "desk.on('ticket.created', { name = 'r' }, function(event)\n"
	    "  if desk.word_in(event.ticket.subject, { 'fire' }) then\n"
	    "    event.ticket:set({ priority = 'urgent' }, 'it burns')\n"
	    "    event.ticket:note('Run!')\n"
	    "  end\n"
	    "end)\n";
	char dir[PATH_MAX + 16], path[PATH_MAX + 16], data[PATH_MAX + 32];
	struct buf before = BUF_INIT, after = BUF_INIT;

	snprintf(dir, sizeof dir, "%s/replayed", folder);
	snprintf(path, sizeof path, "%s/fire.lua", folder);
	snprintf(data, sizeof data, "%s/data.mdb", dir);
	CHECK_INT(HOOKDESK("init", dir, "--name", "Replayed", "--admin",
		      "ann@example.com"),
	    0);
	write_to(dir, "My hat is on fire");
	write_to(dir, "Another thing");
	CHECK(file_replace(path, 0600, bytes_of(script), NULL) == ERR_OK);
	CHECK(file_read(data, SIZE_MAX, &before, NULL) == ERR_OK);
	CHECK_INT(
	    HOOKDESK("replay", dir, path, "--since=1h", "--against=record"), 0);
	CHECK(says(&out, "  My hat is on fire\n"));
	CHECK(says(&out, "field priority: normal -> urgent  (fire/r)\n"));
	CHECK(says(&out, "note: - -> Run!  (fire/r)\n"));
	CHECK(says(&out, "compared with what happened.\n"));
	CHECK(says(&out, "tickets   2, 1 differ, 0 not replayed\n"));
	CHECK(says(&out, "notes     0 then, 1 now\n"));
	CHECK(!says(&out, "Another thing"));
	CHECK_INT(
	    HOOKDESK("replay", dir, path, "--since=1h", "--against", path), 0);
	CHECK(says(&out, "compared with a run with the other file.\n"));
	CHECK(says(&out, "tickets   2, 0 differ"));
	CHECK_INT(HOOKDESK("replay", dir, path, "--since=1h", "--json",
		      "--against=current", "--limit=1"),
	    0);
	CHECK(says(&out, "\"against\":\"run\",\"scripts_changed\":"));
	CHECK(says(&out, "\"looked\":1,\"from_timelines\":0,\"differ\":0,"));
	CHECK(file_read(data, SIZE_MAX, &after, NULL) == ERR_OK);
	CHECK(bytes_equal(buf_get(&before), buf_get(&after)));
	CHECK_INT(HOOKDESK("replay", dir), 2);
	CHECK_INT(HOOKDESK("replay", dir, path, "--since=soon"), 2);
	CHECK_INT(HOOKDESK("replay", dir, path, "--against=nothing"), 1);
	CHECK(file_replace(path, 0600, BYTES("x("), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("replay", dir, path, "--since=1h"), 1);
	CHECK(says(&err, "hookdesk: replay: fire.lua:1: "));
	buf_release(&before);
	buf_release(&after);
}

/* What <path> holds, on standard input. */
static int
hookdesk_from(const char *path, const char *const *args)
{
	int saved = dup(0), fd = open(path, O_RDONLY), code;

	dup2(fd, 0);
	clearerr(stdin);
	code = hookdesk(args);
	dup2(saved, 0);
	close(saved);
	close(fd);
	return code;
}

static void
test_import__takes_what_export_wrote(void)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16], path[PATH_MAX + 16];
	struct buf first = BUF_INIT;

	snprintf(from, sizeof from, "%s/demo-a", folder);
	snprintf(to, sizeof to, "%s/imported", folder);
	snprintf(path, sizeof path, "%s/export.jsonl", folder);
	CHECK_INT(HOOKDESK("export", from), 0);
	buf_bytes(&first, buf_get(&out));
	CHECK(first.len > 100000);
	CHECK(file_replace(path, 0600, buf_get(&first), NULL) == ERR_OK);
	CHECK_INT(
	    HOOKDESK("init", to, "--name", "B", "--admin", "b@b.example"), 0);
	CHECK_INT(
	    hookdesk_from(path, (const char *const[]){ "import", to, NULL }),
	    0);
	CHECK_INT(HOOKDESK("check", to), 0);
	/* The same comes out again, but for what the new site began with. */
	CHECK_INT(HOOKDESK("export", to), 0);
	for (const char *at = first.at; at != NULL;
	     at = memchr(at, '\n', (size_t)(first.at + first.len - at))) {
		const char *end;

		at += *at == '\n';
		end = memchr(at, '\n', (size_t)(first.at + first.len - at));
		if (end == NULL)
			break;
		if ((strncmp(at, "{\"kind\":\"ticket\"", 16) == 0 ||
			strncmp(at, "{\"kind\":\"calendar\"", 18) == 0 ||
			strncmp(at, "{\"kind\":\"setting\"", 17) == 0) &&
		    memmem(out.at, out.len, at, (size_t)(end - at)) == NULL) {
			CHECK(!"what comes out is what went in");
			printf("# %.*s\n", (int)(end - at), at);
			break;
		}
	}
	CHECK(says(&out, "\"calendar\":\"workshop\"")); /* of a queue */
	/* Again, it adds nothing. */
	CHECK_INT(
	    hookdesk_from(path, (const char *const[]){ "import", to, NULL }),
	    0);
	CHECK(says(&out, "0 added, "));
	CHECK(file_replace(path, 0600,
		  BYTES("{\"kind\":\"queue\",\"label\":\"X\",\"key\":"
			"\"x\"}\n{\"kind\":\"frog\"}\nno json\n"
			"{\"kind\":\"queue\",\"colour\":1}\n"),
		  NULL) == ERR_OK);
	CHECK_INT(
	    hookdesk_from(path, (const char *const[]){ "import", to, NULL }),
	    1);
	CHECK(says(&out, "1 added, 0 there already"));
	CHECK(says(&err, "hookdesk: line 2: kind: "));
	CHECK(says(&err, "hookdesk: line 3: "));
	CHECK(says(&err, "hookdesk: line 4: colour: "));
	buf_release(&first);
}

static void
test_doctor__says_what_to_look_at(void)
{
	char path[PATH_MAX + 64];

	HOOKDESK("doctor", site);
	CHECK(says(&out, "ok     templates: "));
	CHECK(says(&out, "ok     time zones: "));
	CHECK(says(&out, "ok     plugin mail: loaded"));
	CHECK(says(&out, "ok     plugin http: loaded"));
	CHECK(says(&out, "ok     brand main: base_url is set"));
	CHECK(says(&out, "look   server: nobody serves it"));
	snprintf(path, sizeof path, "%s/key", site);
	CHECK(chmod(path, 0644) == 0);
	CHECK_INT(HOOKDESK("doctor", site, "--json"), 1);
	CHECK(says(&out, "/key\",\"ok\":false,\"wrong\":true"));
	CHECK(chmod(path, 0600) == 0);
	CHECK_INT(HOOKDESK("doctor", "/nonexistent"), 1);
}

/* A site that is being served: the owner runs the command. */
static void
test_cli_main__asks_the_owner_of_a_site(void)
{
	struct why why = { .message = "" };
	struct control *control = NULL;
	struct site *open = NULL;
	char path[PATH_MAX + 64];

	CHECK(cli_open(site, CLI_WRITES, &open, &why) == ERR_OK);
	CHECK(control_start(site, cli_answer, open, &control, &why) == ERR_OK);
	CHECK_INT(HOOKDESK("agent", "add", site, "carl@example.com"), 0);
	CHECK_INT(HOOKDESK("agent", "add", site, "carl@example.com"), 1);
	CHECK(says(&err, "hookdesk: carl@example.com: "));
	CHECK_INT(HOOKDESK("status", site), 0);
	CHECK(says(&out, "is served"));
	snprintf(path, sizeof path, "%s/served.lua", folder);
	CHECK(
	    file_replace(path, 0600, BYTES("-- \"served\"\n"), NULL) == ERR_OK);
	CHECK_INT(HOOKDESK("script", "set", site, "served", path), 0);
	CHECK_INT(HOOKDESK("script", "show", site, "served"), 0);
	CHECK(says(&out, "-- \"served\""));
	snprintf(path, sizeof path, "%s/host", site);
	CHECK(unlink(path) == 0);
	CHECK_INT(HOOKDESK("resume", site), 0);
	CHECK(access(path, F_OK) == 0);
	CHECK_INT(HOOKDESK("resume", site), 1);
	CHECK(says(&err, "is not held"));
	control_stop(control);
	/* An owner that does not answer: busy, and nothing else is tried. */
	CHECK_INT(HOOKDESK("agent", "add", site, "dora@example.com"), 1);
	CHECK(says(&err, site));
	site_close(open);
	CHECK_INT(HOOKDESK("agent", "add", site, "dora@example.com"), 0);
	CHECK_INT(HOOKDESK("agent", "list", site), 0);
	CHECK(says(&out, "carl@example.com") && says(&out, "dora@example.com"));
}

/* An owner without a socket, as it is while it opens or closes the site. */
static void *
own_for_a_moment(void *lock)
{
	nanosleep(&(struct timespec){ .tv_nsec = 300 * 1000000 }, NULL);
	store_unlock(lock);
	return NULL;
}

static void
test_cli_main__waits_for_an_owner_that_comes_or_goes(void)
{
	struct why why = { .message = "" };
	struct store_lock *lock = NULL;
	pthread_t thread;

	CHECK_INT(store_lock(site, 0, &lock, &why), ERR_OK);
	CHECK(pthread_create(&thread, NULL, own_for_a_moment, lock) == 0);
	CHECK_INT(HOOKDESK("queue", "add", site, "Meanwhile"), 0);
	pthread_join(thread, NULL);
	CHECK_INT(HOOKDESK("queue", "list", site), 0);
	CHECK(says(&out, "Meanwhile"));
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
	RUN(test_cli_main__tells_wrong_use_by_2);
	RUN(test_cli_main__explains_itself);
	RUN(test_cli_main__says_what_may_have_been_meant);
	RUN(test_cli_main__says_what_is_wrong_with_a_folder);
	RUN(test_script_new__writes_what_passes);
	RUN(test_init__makes_a_site_or_nothing);
	RUN(test_record__adds_lists_sets_and_removes);
	RUN(test_record__serves_texts_and_ids);
	RUN(test_status__tells_of_all_sites);
	RUN(test_setting__keeps_json_and_seals_the_password);
	RUN(test_field__has_a_type_that_its_values_keep_to);
	RUN(test_demo__is_the_same_for_the_same_seed);
	RUN(test_backup__can_be_restored_and_is_held);
	RUN(test_backup__shows_on_a_terminal_how_far_it_is);
	RUN(test_check__finds_a_missing_file_and_damage);
	RUN(test_snippet__names_mount_and_site);
	RUN(test_try__shows_what_a_script_would_do);
	RUN(test_replay__says_what_a_script_would_have_done);
	RUN(test_import__takes_what_export_wrote);
	RUN(test_doctor__says_what_to_look_at);
	RUN(test_cli_main__asks_the_owner_of_a_site);
	RUN(test_cli_main__waits_for_an_owner_that_comes_or_goes);
	if (file_remove_tree(folder) != ERR_OK)
		printf("# %s is left behind\n", folder);
	buf_release(&out);
	buf_release(&err);
	return tap_done();
}
