/* core/desk/may.h - who may do what: the one check below all entrances. */
#ifndef HOOKDESK_DESK_MAY_H
#define HOOKDESK_DESK_MAY_H

#include "core/model/view.h"

enum verb;

/* Who acts. A plain value. */
struct actor {
	enum actor_kind kind;
	uint64_t agent;    /* BY_AGENT */
	uint64_t customer; /* BY_CUSTOMER, once known */
	uint64_t ticket;   /* BY_CUSTOMER: the ticket whose link he holds */
	bool is_proved; /* BY_CUSTOMER: by a mail to his address, see proof.h */
	bool is_program;     /* an API token: */
	uint64_t program;    /* its record */
	unsigned token;      /* what the token may: bits of enum token_right */
	struct bytes script; /* BY_SCRIPT: "routing/words" */
	bool
	    is_past; /* did it when he might: only where site_options.past is */
};

enum token_right {
	TOKEN_READ = 1 << 0,
	TOKEN_WRITE = 1 << 1,
	TOKEN_IMPORT = 1 << 2,
	TOKEN_ADMIN = 1 << 3
};

/* The rights of a token's list of names; false, and the first unknown one in
 * *<unknown> (may be NULL), where one is none. */
bool token_rights_read(
    struct bytes list, unsigned *rights, struct bytes *unknown);

static inline struct actor
actor_system(void)
{
	return (struct actor){ .kind = BY_SYSTEM };
}

static inline struct actor
actor_agent(uint64_t agent)
{
	return (struct actor){ .kind = BY_AGENT, .agent = agent };
}

/* ERR_OK; ERR_NOT_FOUND when the actor may not even see <object> (the same
 * answer as for what does not exist); ERR_DENIED when he may see it but not
 * do this. <object> is a ticket, another record, or NULL for what has none.
 */
ERR_CHECKED enum err desk_may(const struct directory *directory,
    const struct actor *actor, enum verb verb, const struct record *object);

/* Whether the actor, who may change <ticket>, may set its field <slot>, tags
 * and owner among them: a customer its status, agents what their rights in its
 * queue allow. */
bool desk_may_set(const struct directory *directory, const struct actor *actor,
    const struct record *ticket, int slot);

/* Whether the actor may see a ticket; its notes. */
bool desk_may_see(const struct directory *directory, const struct actor *actor,
    const struct record *ticket);
bool desk_may_see_notes(const struct directory *directory,
    const struct actor *actor, const struct record *ticket);

/* Whether the actor may see an entry or a file of <ticket>, which he sees. */
bool desk_may_see_part(const struct directory *directory,
    const struct actor *actor, const struct record *ticket,
    const struct record *part);

/* Whether the actor, who is no customer, may know of a record of another
 * kind: private queues are for those with rights there, canned replies for
 * their owner and those who know their queue. */
bool desk_may_know(const struct directory *directory, const struct actor *actor,
    const struct record *record);

/* Up to which level the actor sees fields. */
enum field_see desk_sees(
    const struct directory *directory, const struct actor *actor);
bool desk_is_admin(
    const struct directory *directory, const struct actor *actor);

/* A reader for views and counts that shows what the actor may see. */
struct view_reader desk_reader(const struct directory *directory,
    struct snapshot *snapshot, const struct actor *actor, int64_t now_us);

#endif
