/* core/cli/verbs.c - the table of verbs, in the order of the help. */
#include "config.h"
#include "core/cli/verbs.h"

static const struct cli_option link_options[] = {
	{ "no-password", NULL, "Take the password away: links only." },
	CLI_OPTIONS_END,
};

#define RECORDS(word, kind_id, sentence) \
	{ \
		.name = word, .usage = "add|list|set|remove DIR ...", \
		.help = sentence, .args_min = 2, .args_max = 3, .dir = 1, \
		.also = CLI_JSON, .kind = kind_id, \
		.needs_of = cli_record_needs, .run = cli_record \
	}

/* clang-format off */
const struct cli_verb cli_verbs[] = {
	{ .name = "init", .usage = "DIR --name NAME --admin EMAIL",
	    .help = "Make a site.", .options = cli_init_options, .also = CLI_PASSWORD,
	    .args_min = 1, .args_max = 1, .run = cli_init },
	{ .name = "serve", .usage = "DIR | --sites ROOT",
	    .help = "Answer the web server's requests.",
	    .options = cli_serve_options,
	    .args_max = 1, .run = cli_serve },
	{ .name = "check", .usage = "DIR",
	    .help = "Read and compare everything in a site.",
	    .also = CLI_JSON, .args_min = 1, .args_max = 1, .run = cli_check },
	{ .name = "agent", .usage = "add|list|set|remove|link DIR [EMAIL]",
	    .help = "Those who answer.", .options = link_options,
	    .also = CLI_JSON | CLI_PASSWORD,
	    .args_min = 2, .args_max = 3, .dir = 1, .kind = KIND_AGENT,
	    .needs_of = cli_record_needs, .run = cli_record },
	RECORDS("queue", KIND_QUEUE, "Where tickets wait."),
	RECORDS("customer", KIND_CUSTOMER, "Those who ask."),
	RECORDS("token", KIND_TOKEN, "What lets programs use the API."),
	RECORDS("role", KIND_ROLE, "Sets of rights that agents have."),
	RECORDS("organisation", KIND_ORGANISATION, "Where customers work."),
	RECORDS("canned", KIND_CANNED, "Answers kept for use again."),
	RECORDS("article", KIND_ARTICLE, "Answers before they are asked."),
	RECORDS("team", KIND_TEAM, "Agents who share work."),
	RECORDS("brand", KIND_BRAND, "Web sites that this desk answers for."),
	RECORDS("calendar", KIND_CALENDAR, "Business hours and holidays."),
	RECORDS("field", KIND_FIELD, "Custom fields."),
	RECORDS("setting", KIND_SETTING, "Choices for the whole site."),
	{ .name = "backup", .usage = "DIR DEST",
	    .help = "Copy a site while it is served.",
	    .args_min = 2, .args_max = 2, .needs = CLI_READS,
	    .run = cli_backup },
	{ .name = "restore", .usage = "SRC DIR",
	    .help = "Make a site out of a backup; it is held until resume.",
	    .args_min = 2, .args_max = 2, .run = cli_restore },
	{ .name = "export", .usage = "DIR",
	    .help = "Write all records as JSON, one a line.",
	    .args_min = 1, .args_max = 1, .needs = CLI_READS,
	    .run = cli_export },
	{ .name = "import", .usage = "DIR",
	    .help = "Take what export wrote, from standard input.",
	    .args_min = 1, .args_max = 1, .needs = CLI_OWNS,
	    .run = cli_import },
	{ .name = "status", .usage = "[DIR]",
	    .help = "Say what a site is doing; without DIR, all of them.",
	    .also = CLI_JSON, .args_max = 1, .needs = CLI_ASKS,
	    .needs_of = cli_each_needs, .run = cli_status },
	{ .name = "reload", .usage = "[DIR]",
	    .help = "Take changed scripts, templates and translations.",
	    .args_max = 1, .needs = CLI_WRITES, .needs_of = cli_each_needs,
	    .run = cli_reload },
	{ .name = "resume", .usage = "DIR",
	    .help = "Let a restored or copied site act again.",
	    .args_min = 1, .args_max = 1, .needs_of = cli_resume_needs,
	    .run = cli_resume },
	{ .name = "test", .usage = "DIR|FILE...",
	    .help = "Run the tests of scripts, on desks of their own.",
	    .options = cli_test_options, .also = CLI_JSON,
	    .args_min = 1, .args_max = CLI_ARGS_MAX, .run = cli_test },
	{ .name = "try", .usage = "DIR FILE --ticket N",
	    .help = "Show what a script would do to a ticket; change nothing.",
	    .options = cli_try_options, .also = CLI_JSON,
	    .args_min = 2, .args_max = 2, .needs = CLI_READS, .run = cli_try },
	{ .name = "script", .usage = "new NAME [DIR]",
	    .help = "Write a script with its test, to begin with.",
	    .args_min = 2, .args_max = 3, .dir = 2, .run = cli_script },
	{ .name = "doctor", .usage = "[DIR]",
	    .help = "Look for what is wrong with this machine and a site.",
	    .options = cli_doctor_options, .also = CLI_JSON,
	    .args_max = 1, .run = cli_doctor },
	{ .name = "snippet", .usage = "nginx|apache|lighttpd DIR",
	    .help = "Print what belongs into the web server's configuration.",
	    .args_min = 2, .args_max = 2, .dir = 1, .needs = CLI_READS,
	    .run = cli_snippet },
	{ .name = "mail", .usage = "DIR",
	    .help = "Take one message from standard input.",
	    .args_min = 1, .args_max = 1, .run = cli_mail },
	{ .name = NULL },
};
/* clang-format on */
