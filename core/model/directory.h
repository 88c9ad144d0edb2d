/* core/model/directory.h - the small kinds of a site, held in memory.
 *
 * Queues, agents, roles, teams, brands, calendars, custom fields and settings
 * are few,
 * read by every request and rarely changed. A directory is an immutable copy
 * of them all; a commit that touches one makes a new directory before it is
 * acknowledged. A request holds one for its whole time: what it shows is of
 * one piece, and names, keys and rights cost no read of the store.
 *
 * Any number of threads read a directory; counted references keep it alive.
 */
#ifndef HOOKDESK_MODEL_DIRECTORY_H
#define HOOKDESK_MODEL_DIRECTORY_H

#include "core/model/right.h"
#include "core/model/table.h"

struct directory;

/* Read all small kinds; the caller holds one reference. */
ERR_CHECKED enum err directory_create(
    struct snapshot *snapshot, struct directory **out);
struct directory *directory_ref(struct directory *directory);
void directory_unref(struct directory *directory); /* NULL is allowed */

/* Whether a change to this kind needs a new directory. */
bool directory_holds(enum kind_id kind);

/* Increases with each new directory of a process; part of ETags. */
uint64_t directory_version(const struct directory *directory);

/* A record by id, or by stable key (queues, roles, teams, brands, fields,
 * calendars by key; agents by login; settings by name); NULL if there is none. Borrowed;
 * records of a directory are whole: big texts are read in. */
const struct record *directory_find(
    const struct directory *directory, enum kind_id kind, uint64_t id);
const struct record *directory_find_key(
    const struct directory *directory, enum kind_id kind, struct bytes key);

/* All records of a kind, queues, fields and brands by position and label,
 * the others by id. */
const struct record *const *directory_all(
    const struct directory *directory, enum kind_id kind, size_t *count);

/* The text that names a record for people: label, name or title. */
struct bytes record_label(const struct record *record);
/* Its stable key, login or name, for scripts and filters. */
struct bytes record_key(const struct record *record);

/* What an agent may do in a queue, bits of enum right; 0 for an unknown or
 * inactive agent. Admins may do everything. */
unsigned directory_rights(
    const struct directory *directory, uint64_t agent, uint64_t queue);
bool directory_is_admin(const struct directory *directory, uint64_t agent);

/* Whether the agent may know that there is this queue: it is not private, or
 * he has a right in it. */
bool directory_knows_queue(const struct directory *directory, uint64_t agent,
    const struct record *queue);

/* A setting's JSON value, or BYTES_NONE; setting.h reads those of the site. */
struct bytes directory_setting(
    const struct directory *directory, const char *name);
/* The text that its value is; BYTES_NONE if it is none. */
struct bytes directory_setting_text(
    const struct directory *directory, const char *name);

/* The brand of a queue, or the first brand; NULL if there is none. */
const struct record *directory_brand(
    const struct directory *directory, uint64_t queue);
/* The queue for what names none: the setting tickets.queue, or the oldest that
 * has a form, or the oldest. */
const struct record *directory_default_queue(const struct directory *directory);

#endif
