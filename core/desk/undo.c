/* core/desk/undo.c - fields taken back to what they were before a change. */
#include "config.h"
#include "core/desk/undo.h"
#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/json_write.h"
#include "core/desk/ops.h"
#include "core/model/value.h"

/* One change that is being taken back. */
struct undo {
	struct work *work;
	struct touched *touched;
	size_t undone;
	bool has_owner; /* is given back last: his rights follow the queue */
	uint64_t owner;
	struct buf left; /* the names of what stays */
};

static enum err
add_left(
    struct undo *u, struct bytes field, const struct why *why, bool is_changed)
{
	struct act_left *left = arena_new(u->work->arena, struct act_left);
	struct act_left **end = &u->work->result->left;
	const struct record *of = &u->touched->new;
	enum err err = ERR_OK;

	if (left == NULL)
		return ERR_NOMEM;
	while (*end != NULL)
		end = &(*end)->next;
	if (of->kind->id == KIND_TICKET)
		left->ticket = of->id;
	else
		left->label = work_copy(u->work, record_label(of), &err);
	left->field = work_copy(u->work, field, &err);
	left->why = *why;
	left->is_changed = is_changed;
	*end = left;
	buf_text(&u->left, u->left.len > 0 ? ", " : "not taken back: ");
	buf_bytes(&u->left, field);
	return err;
}

/* Leave the field for the reason in work->why, which is nobody else's. */
static enum err
leave(struct undo *u, struct bytes field)
{
	enum err err = add_left(u, field, u->work->why, false);

	*u->work->why = (struct why){ .message = "" };
	return err;
}

static enum err
leave_changed(struct undo *u, struct bytes field)
{
	struct why why = { .message = N_("It was changed again since.") };

	return add_left(u, field, &why, true);
}

static bool
may_set(const struct undo *u, int slot)
{
	const struct record *of = &u->touched->old;

	return of->kind->id == KIND_TICKET ?
	    desk_may_set(u->work->read.directory, &u->work->actor, of, slot) :
	    of->kind->fields[slot].set < SET_SYSTEM;
}

/* Whether a value that is to come back can be had now. */
static enum err
check_value(struct undo *u, int slot, const struct record *then)
{
	struct work *work = u->work;
	const struct directory *directory = work->read.directory;
	const struct record *queue;

	if (then->kind->id != KIND_TICKET)
		return ERR_OK;
	if (slot == TICKET_MERGED_INTO && record_has(then, slot))
		return work_fail(work, ERR_INVALID, "merged_into",
		    N_("Merge it again, if it is to be."), 0, BYTES_NONE);
	if (slot == TICKET_OWNER)
		return ops_check_owner(
		    work, u->touched, record_ref(then, TICKET_OWNER));
	if (slot != TICKET_QUEUE)
		return ERR_OK;
	queue = directory_find(
	    directory, KIND_QUEUE, record_ref(then, TICKET_QUEUE));
	if (queue != NULL && desk_may_know(directory, &work->actor, queue))
		return ERR_OK;
	return work_fail(work, ERR_INVALID, "queue",
	    N_("There is no \"{name}\" here."), 0,
	    queue != NULL ? record_key(queue) : BYTES_NONE);
}

/* Take back one value; <name> is what it is called where it is left. */
static enum err
take_back(struct undo *u, int slot, struct bytes name, const struct json *old)
{
	struct work *work = u->work;
	struct record then = u->touched->new;
	enum err err;

	if (!may_set(u, slot)) {
		work_fail(work, ERR_DENIED, NULL,
		    N_("You may not change \"{name}\" here."), 0, name);
		return leave(u, name);
	}
	err = value_from_json(
	    &then, slot, old, work->read.directory, work->arena, work->why);
	if (err == ERR_OK)
		err = check_value(u, slot, &then);
	if (err == ERR_INVALID)
		return leave(u, name);
	if (err != ERR_OK)
		return err;
	if (then.kind->id == KIND_TICKET && slot == TICKET_OWNER) {
		u->has_owner = true;
		u->owner = record_ref(&then, TICKET_OWNER);
	} else {
		u->touched->new = then;
	}
	u->undone++;
	return ERR_OK;
}

static enum err
as_text(struct undo *u, const struct json *json, struct bytes *out)
{
	struct buf buf = buf_in(u->work->arena);
	struct json_writer w = json_writer(&buf);

	json_put_value(&w, json);
	*out = buf_get(&buf);
	return buf.failed ? ERR_NOMEM : ERR_OK;
}

/* What the field is now, as a change entry would tell it. */
static enum err
value_now(struct undo *u, int slot, struct bytes *out)
{
	struct buf buf = buf_in(u->work->arena);
	struct json_writer w = json_writer(&buf);

	value_to_json(
	    &w, &u->touched->new, slot, u->work->read.directory, false);
	*out = buf_get(&buf);
	return buf.failed ? ERR_NOMEM : ERR_OK;
}

static enum err
undo_field(struct undo *u, int slot, struct bytes name, const struct json *old)
{
	struct bytes now, left_as;
	enum err err = value_now(u, slot, &now);

	if (err == ERR_OK)
		err = as_text(u, json_next(old), &left_as);
	if (err != ERR_OK)
		return err;
	return bytes_equal(now, left_as) ? take_back(u, slot, name, old) :
					   leave_changed(u, name);
}

/* One custom field of the map; NULL is one that was, or is, not set. */
static enum err
undo_custom(struct undo *u, int slot, const char *key, const struct json *old,
    const struct json *left_as, const struct json *now)
{
	struct buf name = buf_in(u->work->arena), buf = buf_in(u->work->arena);
	struct json_writer w = json_writer(&buf);
	struct bytes was, became, is;
	const struct json *value;
	enum err err = as_text(u, old, &was);

	if (err == ERR_OK)
		err = as_text(u, left_as, &became);
	if (err == ERR_OK)
		err = as_text(u, now, &is);
	if (err != ERR_OK || bytes_equal(was, became))
		return err;
	buf_printf(
	    &name, "%s.%s", u->touched->new.kind->fields[slot].name, key);
	json_begin_object(&w);
	json_key(&w, key);
	json_put_value(&w, old);
	json_end_object(&w);
	if (name.failed || buf.failed)
		return ERR_NOMEM;
	if (!bytes_equal(is, became))
		return leave_changed(u, buf_get(&name));
	err = json_parse(
	    u->work->arena, buf_get(&buf), JSON_BYTES_MAX, &value, NULL);
	return err == ERR_OK ? take_back(u, slot, buf_get(&name), value) : err;
}

/* Custom fields are taken back one by one. */
static enum err
undo_map(struct undo *u, int slot, const struct json *old)
{
	const struct json *left_as = json_next(old), *now, *member;
	struct bytes text;
	enum err err = value_now(u, slot, &text);

	if (err == ERR_OK)
		err = json_parse(
		    u->work->arena, text, JSON_BYTES_MAX, &now, NULL);
	for (member = json_first(left_as); err == ERR_OK && member != NULL;
	     member = json_next(member)) {
		const char *key = json_name(member);

		err = undo_custom(u, slot, key, json_get(old, key), member,
		    json_get(now, key));
	}
	for (member = json_first(old); err == ERR_OK && member != NULL;
	     member = json_next(member)) {
		const char *key = json_name(member);

		if (json_get(left_as, key) == NULL)
			err = undo_custom(
			    u, slot, key, member, NULL, json_get(now, key));
	}
	return err;
}

static enum err
undo_fields(struct undo *u, struct bytes changes)
{
	const struct kind *kind = u->touched->new.kind;
	const struct json *object, *member;
	enum err err = json_parse(
	    u->work->arena, changes, JSON_BYTES_MAX, &object, u->work->why);

	if (err != ERR_OK)
		return err;
	for (member = json_first(object); err == ERR_OK && member != NULL;
	     member = json_next(member)) {
		struct bytes name = bytes_of(json_name(member));
		const struct json *old = json_first(member);
		int slot = kind_slot(kind, name);

		if (slot < 0)
			continue;
		err = kind->fields[slot].type == FIELD_MAP ?
		    undo_map(u, slot, old) :
		    undo_field(u, slot, name, old);
	}
	return err;
}

/* The rules that any change of the record obeys. */
static enum err
check_whole(struct undo *u)
{
	struct touched *t = u->touched;
	enum err err;

	if (t->new.kind->id == KIND_TICKET) {
		ops_release_owner(u->work, t);
		ops_settle(u->work, t);
	}
	err = record_validate(&t->new, u->work->why);
	if (err != ERR_OK || t->new.kind->id == KIND_TICKET)
		return err;
	return record_check_unique(
	    u->work->read.snapshot, &t->new, u->work->why);
}

/* The entry with the first of it is the one that undoes. */
static enum err
finish_ticket(struct undo *u, uint64_t entry)
{
	struct touched *ticket = u->touched;
	enum err err = ERR_OK;

	if (u->undone > u->has_owner)
		ticket->undoes = entry;
	if (u->has_owner)
		err = ops_propose_owner(u->work, ticket, u->owner);
	if (u->undone == u->has_owner)
		ticket->undoes = entry;
	return err == ERR_OK ? ops_ask_updating(u->work, ticket) : err;
}

enum err
undo_changes(struct work *work, struct touched *touched, struct bytes changes,
    uint64_t entry, size_t *undone)
{
	struct record before = touched->new;
	struct bytes why = work->cause.why;
	struct undo u = {
		.work = work, .touched = touched, .left = buf_in(work->arena)
	};
	enum err err = undo_fields(&u, changes);

	*undone = 0;
	if (err != ERR_OK || u.undone == 0)
		return err;
	err = check_whole(&u);
	if (err == ERR_INVALID || err == ERR_EXISTS) {
		touched->new = before;
		return leave(&u, bytes_of(work->why->field));
	}
	if (err == ERR_OK && u.left.failed)
		err = ERR_NOMEM;
	if (u.left.len > 0)
		work->cause.why = buf_get(&u.left);
	if (err == ERR_OK && touched->new.kind->id == KIND_TICKET)
		err = finish_ticket(&u, entry);
	if (err == ERR_OK)
		err = work_flush(work, touched);
	work->cause.why = why;
	if (err == ERR_OK)
		*undone = u.undone;
	return err;
}
