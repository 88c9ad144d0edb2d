/* core/cli/doctor.h - shared by core/cli/doctor*.c only. */
#ifndef HOOKDESK_CLI_DOCTOR_H
#define HOOKDESK_CLI_DOCTOR_H

#include "core/base/json_write.h"
#include "core/cli/cli.h"

enum finding { FINE = 0, WORTH_A_LOOK, WRONG };

struct doctor {
	struct cli *cli;
	const char *dir; /* of the site, or NULL */
	struct json_writer json;
	unsigned wrong;
};

/* Say what was found. */
void doctor_tell(struct doctor *doctor, enum finding finding, const char *what,
    const char *text);

/* From the web server to the site, which is served on <socket> and mounted at
 * <mount>: "" or "/support". */
void doctor_look_at_web(
    struct doctor *doctor, const char *socket, struct bytes mount);

#endif
