/* core/cli/mail.c - hookdesk mail: where incoming mail will enter. */
#include "config.h"
#include "core/cli/verbs.h"

/* An MTA that is told 75 keeps the message and offers it again. */
int
cli_mail(struct cli *cli)
{
	cli_fail(cli, cli->args[0],
	    "this version does not take mail yet: the mail server keeps it and "
	    "tries again (exit 75)");
	return CLI_LATER;
}
