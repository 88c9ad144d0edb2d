/* core/desk/script_start.h - the script that somebody begins with, in the
 * browser or by `hookdesk script new`. */
#ifndef HOOKDESK_DESK_SCRIPT_START_H
#define HOOKDESK_DESK_SCRIPT_START_H

/* It works as it is, and has what most scripts need: a line that says what it
 * is for, settings, a handler, a reason. */
extern const char script_start[];

#endif
