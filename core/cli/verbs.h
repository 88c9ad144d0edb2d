/* core/cli/verbs.h - what the table of verbs is made of: a file a verb. */
#ifndef HOOKDESK_CLI_VERBS_H
#define HOOKDESK_CLI_VERBS_H

#include "core/cli/cli.h"

int cli_init(struct cli *cli);
int cli_serve(struct cli *cli);
int cli_check(struct cli *cli);
int cli_record(struct cli *cli);
enum cli_needs cli_record_needs(const struct cli *cli);
int cli_backup(struct cli *cli);
int cli_restore(struct cli *cli);
int cli_export(struct cli *cli);
int cli_import(struct cli *cli);
int cli_status(struct cli *cli);
int cli_reload(struct cli *cli);
int cli_resume(struct cli *cli);
enum cli_needs cli_resume_needs(const struct cli *cli);
int cli_doctor(struct cli *cli);
int cli_snippet(struct cli *cli);
int cli_test(struct cli *cli);
int cli_try(struct cli *cli);
int cli_script(struct cli *cli);
int cli_script_new(struct cli *cli);
int cli_replay(struct cli *cli);
enum cli_needs cli_script_needs(const struct cli *cli);
const char *cli_script_file(const struct cli *cli);
int cli_mail(struct cli *cli);

extern const struct cli_option cli_init_options[];
extern const struct cli_option cli_serve_options[];
extern const struct cli_option cli_test_options[];
extern const struct cli_option cli_try_options[];
extern const struct cli_option cli_replay_options[];
extern const struct cli_option cli_script_options[];
extern const struct cli_option cli_doctor_options[];

#endif
