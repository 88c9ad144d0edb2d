/* core/script/set.h - what a script host has loaded, for host.c.
 *
 * A set is built by one thread and immutable from then on. It keeps the texts
 * it was made of, so that a host that died starts again with the same.
 */
#ifndef HOOKDESK_SCRIPT_SET_H
#define HOOKDESK_SCRIPT_SET_H

#include "core/script/host.h"
#include "core/script/secrets.h"

struct script_source {
	struct bytes name, text;
	struct bytes replaces; /* the name of another file, or empty */
	size_t handlers;       /* how many it registered */
	bool is_replaced;
};

struct script_set {
	struct arena *arena;
	_Atomic int refs;
	uint64_t version;
	struct bytes site, settings;   /* JSON */
	struct script_source *sources; /* in the order of their loading */
	size_t source_count, source_cap;
	struct script_handler *handlers; /* sorted once it is whole */
	size_t handler_count, handler_cap;
	struct secrets secrets; /* of all files that loaded */
	size_t first[HOOK__COUNT], count[HOOK__COUNT]; /* by hook */
	size_t kind_first[SCRIPT_KIND__COUNT], kind_count[SCRIPT_KIND__COUNT];
};

/* An empty one with one reference; ERR_NOMEM. The JSON is copied. */
ERR_CHECKED enum err script_set_create(struct bytes site, struct bytes settings,
    uint64_t version, struct script_set **out);

/* A file has loaded: keep its text, and the handlers of <loaded>, the JSON of
 * WIRE_LOADED. ERR_INVALID if that is not as it should be, ERR_NOMEM. */
ERR_CHECKED enum err script_set_add(struct script_set *set, struct bytes name,
    struct bytes text, const struct json *loaded);

/* What of <loaded>, as above, of the file <name> a file that was added has
 * already: a route, or an action's key. Words in <out>, which stays empty if
 * there is nothing; files that <replaces> names, or that say that they replace
 * <name>, do not count. ERR_NOMEM. */
ERR_CHECKED enum err script_set_clash(const struct script_set *set,
    struct bytes name, const struct json *loaded, struct buf *out, int *line);

/* The file <name> is replaced by another one: its handlers go. */
void script_set_replace(struct script_set *set, struct bytes name);

/* All is added: drop what was replaced, and sort. */
void script_set_finish(struct script_set *set);

#endif
