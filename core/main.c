/* core/main.c - where hookdesk begins. */
#include "config.h"
#include "core/cli/cli.h"
#include "core/cli/output.h"

int
main(int argc, char **argv)
{
	cli_desk.output = &output_quiet;
	return cli_main(argc, argv);
}
