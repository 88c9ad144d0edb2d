/* core/main.c - where hookdesk begins. */
#include "config.h"
#include "core/cli/cli.h"

int
main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
