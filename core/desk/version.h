/* core/desk/version.h - the versions of scripts' files, and the files.
 *
 * Every text that a file NAME.lua or NAME_test.lua has had is a version, a
 * record of its own: saved on the page, by the command line or the API, found
 * on the disk, shipped. The file in the site's folder is what is at work; a
 * save writes the version first, marked as waiting, and then the file. What a
 * crash left waiting is written at the next load, unless the file was changed
 * by hand meanwhile: then that is one more version, and the one at work.
 */
#ifndef HOOKDESK_DESK_VERSION_H
#define HOOKDESK_DESK_VERSION_H

#include "core/desk/act.h"
#include "core/desk/site.h"
#include "core/model/newest.h"

#define VERSION_HASH_SIZE 65 /* hexadecimal, with its NUL */
#define SCRIPT_NAME_MAX 64   /* bytes of the name of a new one */
#define VERSION_NOTE_MAX 400 /* bytes */

struct script_report;

/* ---- what is kept ---- */

void version_hash(struct bytes text, char out[VERSION_HASH_SIZE]);

/* The newest version of <file> ("routing"), or the one with this number. Texts
 * live as long as <snapshot>; VERSION_TEXT by record_bigtext(). ERR_NOT_FOUND.
 */
ERR_CHECKED enum err version_newest(
    struct snapshot *snapshot, struct bytes file, struct record *out);
ERR_CHECKED enum err version_find(struct snapshot *snapshot, struct bytes file,
    int64_t number, struct record *out);

/* Those of <file>, the newest first. <after> as in newest.h. */
ERR_CHECKED enum err version_list(struct snapshot *snapshot, struct bytes file,
    struct bytes after, size_t limit, struct arena *arena,
    struct newest_page *out);

/* The shipped text of <original> that has <hash>; ERR_NOT_FOUND. In <arena>. */
ERR_CHECKED enum err version_original(struct snapshot *snapshot,
    struct bytes original, struct bytes hash, struct arena *arena,
    struct bytes *out);

/* The name, in order, after <after> (empty: the first) that has versions;
 * copied into <arena>. ERR_NOT_FOUND behind the last one. */
ERR_CHECKED enum err version_next_file(struct snapshot *snapshot,
    struct bytes after, struct arena *arena, struct bytes *out);

/* ---- the files ---- */

/* Whether a new file may be called so: a to z, 0 to 9, - and _, a letter
 * first; not "new" or "guide", which are pages. */
bool script_name_is_good(struct bytes name);
/* Whether it names tests: "routing_test". */
bool script_name_is_test(struct bytes name);

/* A file as it lies in scripts/. */
struct script_disk {
	struct bytes name, text; /* <text>.at is NULL if it cannot be kept: too
				    long, unreadable, no UTF-8 */
	char hash[VERSION_HASH_SIZE];
	bool is_shipped; /* nothing of this name in the site's own folder */
};

/* All files that count: the site's own scripts and tests, and the shipped
 * scripts that none of them takes the place of. In <arena>. No folder is no
 * file; ERR_NOMEM. */
ERR_CHECKED enum err script_disk_read(struct site *site, struct arena *arena,
    struct script_disk **out, size_t *count);

/* One file of the site's own folder, or a shipped one. ERR_NOT_FOUND,
 * ERR_LIMIT, ERR_IO ... */
ERR_CHECKED enum err script_disk_own(struct site *site, struct bytes name,
    struct arena *arena, struct bytes *text);
ERR_CHECKED enum err script_disk_shipped(struct site *site, struct bytes name,
    struct arena *arena, struct bytes *text);

/* Write what waits to be written, if the file is as it was when it was saved.
 * What cannot be written goes on waiting, and is logged. */
ERR_CHECKED enum err script_disk_settle(struct site *site, struct arena *arena);

/* ---- saving ---- */

/* What is to become of a file. All borrowed. */
struct script_saving {
	struct bytes name; /* "routing", "routing_test" */
	struct bytes text; /* up to SCRIPT_SOURCE_MAX bytes of UTF-8 */
	struct bytes note;
	enum version_origin origin;
	bool is_removal; /* the file goes; <text> is not looked at */
	int64_t again;   /* number of the version that <text> is again, or 0 */
	bool has_seen;   /* else nobody is stopped by what came between */
	int64_t seen;    /* number of the newest version that was seen, or 0 */
	/* The shipped script that it is made from. Empty: as before, or the one
	 * of its name that it takes the place of. */
	struct bytes original;
	bool takes_original; /* what changed in the original is taken over */
	bool has_run;        /* its tests were run, and so many */
	int64_t passed, failed;
	/* A script that is not there yet waits until it is switched on, and one
	 * in the place of a shipped one is off if that is; else it is on. */
	bool begins_off;
	bool switches_on; /* it is on, whatever it was */
	/* The settings that the text declares, as script_check() told: known of
	 * a script that is off, too, so that its secrets are kept sealed. */
	struct bytes settings;
	/* script_save() fills these in for the act. */
	struct bytes original_text;
	char over[VERSION_HASH_SIZE]; /* of the file as it is now */
};

/* Save a version, write the file, load the scripts. The text is not tried
 * before: script_check() does.
 *
 * <saved>  number of the version, or of the newest one if <text> is just that
 *
 * ERR_STALE if there is a version that was not seen, ERR_NOT_FOUND if there is
 * no such file to remove or version to return to, ERR_INVALID for a name or a
 * text that may not be, and as desk_act(); words in <why>. Once the version is
 * saved it is ERR_OK: what could not be written yet waits. */
ERR_CHECKED enum err script_save(struct site *site, const struct actor *actor,
    enum source source, const struct script_saving *saving, struct arena *arena,
    int64_t *saved, struct why *why);

/* Load one text into a host of its own, beside no others: what would become of
 * it. <settings> are its own as they would be kept, JSON; empty: those that it
 * has. <report> has one file, and warnings; in <arena>. A test file is not for
 * this: see script_tests.h. */
ERR_CHECKED enum err script_check(struct site *site, struct bytes name,
    struct bytes text, struct bytes settings, struct arena *arena,
    struct script_report *report, struct why *why);

#endif
