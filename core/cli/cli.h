/* core/cli/cli.h - the command line: verbs, their options, what they say.
 *
 * A verb is one row of a table (verbs.c) and one function. It writes into
 * buffers and gets an open site, so that the same function runs in this
 * process or, when the site is being served, in the owner's: then the whole
 * command line goes through the control socket and the owner runs the verb.
 */
#ifndef HOOKDESK_CLI_CLI_H
#define HOOKDESK_CLI_CLI_H

#include "core/desk/act.h"
#include "core/desk/site.h"

/* Exit codes; the first is also what most verbs return. */
#define CLI_DONE 0
#define CLI_FAILED 1
#define CLI_USAGE 2
#define CLI_LATER 75 /* EX_TEMPFAIL, for `mail` */

#define CLI_ARGS_MAX 64
#define CLI_OPTIONS_MAX 48
#define CLI_INPUT_MAX 4096
#define CLI_FILE_MAX (256 * 1024)

struct cli_option {
	const char *name;  /* "name", given as --name */
	const char *value; /* "EMAIL" in the help; NULL: takes none */
	const char *help;
};

/* The first row of each option table's end. */
#define CLI_OPTIONS_END \
	{ \
		NULL, NULL, NULL \
	}

enum cli_needs {
	CLI_NOTHING = 0, /* opens what it needs by itself */
	CLI_READS,       /* the site as it is, beside its owner */
	CLI_WRITES,      /* in the owner's process, or as the owner */
	CLI_ASKS,        /* the owner, if there is one; else CLI_READS */
	CLI_OWNS,        /* as the owner, never while it is served */
	CLI_NEEDS__COUNT
};

/* Options that several verbs have. */
#define CLI_JSON (1u << 0)     /* --json */
#define CLI_PASSWORD (1u << 1) /* --password-stdin */

struct cli;

struct cli_verb {
	const char *name;
	const char *usage; /* what comes behind the name, for --help */
	const char *help;  /* one sentence */
	const struct cli_option *options; /* or NULL */
	unsigned also;                    /* CLI_JSON ... */
	size_t args_min, args_max;
	size_t dir; /* which argument is the site's folder */
	enum cli_needs needs;
	/* The verb's own: rows of one function differ by it. */
	enum kind_id kind; /* its fields are options too; or KIND_NONE */
	/* Instead of <needs>, where that depends on the arguments; or NULL. */
	enum cli_needs (*needs_of)(const struct cli *cli);
	/* The file whose text goes along as <input>, read where the command is
	 * typed ("-": standard input); or NULL. */
	const char *(*file_of)(const struct cli *cli);
	int (*run)(struct cli *cli);
};

struct cli {
	const struct cli_verb *verb;
	const char *args[CLI_ARGS_MAX];
	size_t arg_count;
	struct {
		const char *name, *value; /* value "" of one that takes none */
	} given[CLI_OPTIONS_MAX];
	size_t given_count;
	struct bytes input; /* the first line of standard input, where asked, or
			       the text of <file_of> */
	struct arena *arena;
	struct site *site; /* NULL for CLI_NOTHING */
	bool is_owner;     /* runs in the process that serves the site */
	struct buf out, err;
};

/* verbs.c: every verb, in the order of the help; ends with a NULL name. */
extern const struct cli_verb cli_verbs[];

/* Run the command line; returns the exit code. */
int cli_main(int argc, char **argv);
/* Run the verb of <cli> where it belongs: here or in the owner's process;
 * <argv> is the command line behind the program's name. */
int cli_run(struct cli *cli, int argc, char **argv);

/* Run the verb of <cli>, which was given no folder, for each site below the
 * folder that hookdesk.conf names; in JSON, a list. */
int cli_each_site(struct cli *cli);
/* For such verbs: CLI_NOTHING without a folder, else what they need. */
enum cli_needs cli_each_needs(const struct cli *cli);

/* The value of an option, "" for one without value, NULL if not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* The same as a number within limits; <otherwise> if not given; false, and
 * said, when it is none. */
bool cli_option_int(
    struct cli *cli, const char *name, int64_t min, int64_t max, int64_t *out);

/* "hookdesk: WHAT: WHY" on standard error; returns CLI_FAILED. */
int cli_fail(struct cli *cli, const char *what, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The same with the words of an error; <why> may be NULL or unset. */
int cli_fail_err(
    struct cli *cli, const char *what, enum err err, const struct why *why);
/* The same for wrong use, with a pointer to --help; returns CLI_USAGE. */
int cli_usage(struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* CLI_DONE if there is a site in <dir>; else it is said what is there. */
int cli_find_site(struct cli *cli, const char *dir);

/* For root, who is about to write to the site in <dir>: become its owner, or
 * files appear there that the server may not open. */
int cli_be_owner(struct cli *cli, const char *dir);

/* "DIR/NAME" in <out>, of PATH_MAX bytes; said when it is too long. */
int cli_join(struct cli *cli, char *out, const char *dir, const char *name);
/* The folder beside <dir> in which what will be <dir> is built. */
int cli_name_new(struct cli *cli, char *out, const char *dir);

/* Write out what is in cli->out by now, when it is much: for what is larger
 * than memory. ERR_IO when standard output is full or closed. */
ERR_CHECKED enum err cli_write_out(struct cli *cli);

/* "/support" of "https://example.com/support", "" of "https://example.com";
 * <url> itself if it is no address. */
struct bytes cli_mount_of(struct bytes url);
/* The last part of <dir>: that is how --sites knows a site. */
struct bytes cli_site_name(const char *dir);

/* Do an act as the desk itself. */
ERR_CHECKED enum err cli_act(struct cli *cli, struct act_input *input,
    struct act_result *result, struct why *why);

/* On a terminal, show how far long work is, at most ten times a second:
 * "checking 1234". <total> 0: not known. Ended by cli_progress_end(). */
void cli_progress(const char *what, uint64_t done, uint64_t total);
/* The same for a file that somebody else writes: its megabytes, by a thread of
 * its own. <what> and <path> stay until cli_progress_end(). */
void cli_progress_file(const char *what, const char *path);
void cli_progress_end(void);

/* How a command line travels to the owner, and back. */
void cli_answer(void *site, struct bytes request, struct buf *answer);

/* Where main.c puts what sites need from the floors above the desk; used by
 * every site that is opened here. */
struct cli_desk {
	const struct desk_output *output;
	/* Take changed templates and translations of a site being served;
	 * adds a line a problem to <report>. NULL: there are none. */
	enum err (*reload)(
	    struct site *site, struct buf *report, struct why *why);
};
extern struct cli_desk cli_desk;

/* Whether <option> is one of the verb's: its own, or one that several have. */
bool cli_has_option(const struct cli_verb *verb, const char *option);

/* Open <dir> as <needs> says: CLI_READS beside the owner, CLI_WRITES as it. */
ERR_CHECKED enum err cli_open(
    const char *dir, enum cli_needs needs, struct site **out, struct why *why);

#endif
