/* core/base/paths.c - where the files that ship with hookdesk are.
 *
 * The Makefile gives the installed paths on the compiler's command line,
 * because only make knows $(prefix) for sure.
 */
#include "config.h"
#include "core/base/paths.h"

#include <assert.h>
#include <stdlib.h>

static const struct {
	const char *variable;
	const char *installed;
} paths[PATH__COUNT] = {
	[PATH_DATADIR] = { "HOOKDESK_DATADIR", INSTALLED_DATADIR },
	[PATH_LOCALEDIR] = { "HOOKDESK_LOCALEDIR", INSTALLED_LOCALEDIR },
	[PATH_PLUGINDIR] = { "HOOKDESK_PLUGINDIR", INSTALLED_PLUGINDIR },
	[PATH_SCRIPT_HOST] = { "HOOKDESK_SCRIPT_HOST", INSTALLED_SCRIPT_HOST },
};

const char *
path_get(enum path path)
{
	const char *override;

	assert(path < PATH__COUNT);
	override = getenv(paths[path].variable);
	return override != NULL && *override != '\0' ? override :
						       paths[path].installed;
}
