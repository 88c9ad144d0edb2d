/* core/base/paths.h - where the files that ship with hookdesk are.
 *
 * `make install` decides; an environment variable of the same name overrides
 * each, so that a build runs from where it was built.
 */
#ifndef HOOKDESK_BASE_PATHS_H
#define HOOKDESK_BASE_PATHS_H

enum path {
	PATH_DATADIR = 0, /* HOOKDESK_DATADIR: holds www/ and scripts/ */
	PATH_LOCALEDIR,   /* HOOKDESK_LOCALEDIR: compiled translations */
	PATH_PLUGINDIR,   /* HOOKDESK_PLUGINDIR: a NAME.so for each plugin */
	PATH_SCRIPT_HOST, /* HOOKDESK_SCRIPT_HOST: the executable */
	PATH__COUNT,
};

/* Borrowed, absolute when installed, never NULL. Any thread, as long as
 * nobody changes the environment. */
const char *path_get(enum path path);

#endif
