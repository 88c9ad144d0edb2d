/* core/model/filter_parse.c - filters from text and from JSON. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/duration.h"
#include "core/base/json.h"
#include "core/model/filter.h"
#include "core/model/own.h"
#include "core/model/value.h"

#include <stdio.h>

#define VALUES_MAX 50 /* of one term */

/* A name that may stand before the colon, or in the table F. */
struct term_name {
	const char *name;
	enum filter_op op;
	int slot;
	enum { IN_TEXT = 1, IN_TABLE = 2, IN_WHEN = 4 } where;
};

#define BOTH (IN_TEXT | IN_TABLE)

static const struct term_name names[] = {
	{ "status", FILTER_ANY_OF, TICKET_STATUS, BOTH },
	{ "place", FILTER_ANY_OF, TICKET_PLACE, BOTH },
	{ "priority", FILTER_ANY_OF, TICKET_PRIORITY, BOTH },
	{ "queue", FILTER_ANY_OF, TICKET_QUEUE, BOTH },
	{ "owner", FILTER_ANY_OF, TICKET_OWNER, BOTH },
	{ "customer", FILTER_ANY_OF, TICKET_CUSTOMER, BOTH },
	{ "organisation", FILTER_ANY_OF, TICKET_ORGANISATION, BOTH },
	{ "source", FILTER_ANY_OF, TICKET_SOURCE, BOTH },
	{ "tag", FILTER_HAS_ANY, TICKET_TAGS, BOTH },
	{ "language", FILTER_HAS_ANY, TICKET_LANGUAGE, BOTH },
	{ "label", FILTER_HAS_ANY, TICKET_LABEL, BOTH },
	{ "tier", FILTER_CUSTOMER, CUSTOMER_TIER, BOTH },
	{ "vip", FILTER_CUSTOMER, CUSTOMER_VIP, BOTH },
	{ "before", FILTER_BEFORE, TICKET_CREATED, IN_TEXT },
	{ "after", FILTER_AFTER, TICKET_CREATED, IN_TEXT },
	{ "created_before", FILTER_BEFORE, TICKET_CREATED, IN_TABLE },
	{ "created_after", FILTER_AFTER, TICKET_CREATED, IN_TABLE },
	{ "waiting", FILTER_WAITING, -1, IN_TEXT },
	{ "waiting_over", FILTER_WAITING, -1, IN_TABLE },
	{ "visible_to", FILTER_VISIBLE, -1, BOTH },
	{ "changed", FILTER_CHANGED, -1, IN_WHEN },
	{ "actor", FILTER_ACTOR, -1, IN_WHEN },
};

/* What is:WORD means. */
static const struct {
	const char *word;
	enum filter_op op;
	int slot;
	int64_t number;
} states[] = {
	{ "waiting", FILTER_WAITING, -1, 0 },
	{ "unread", FILTER_UNREAD, -1, 0 },
	{ "vip", FILTER_CUSTOMER, CUSTOMER_VIP, 1 },
	{ "open", FILTER_ANY_OF, TICKET_STATUS, STATUS_OPEN },
	{ "pending", FILTER_ANY_OF, TICKET_STATUS, STATUS_PENDING },
	{ "closed", FILTER_ANY_OF, TICKET_STATUS, STATUS_CLOSED },
	{ "spam", FILTER_ANY_OF, TICKET_PLACE, PLACE_SPAM },
	{ "trash", FILTER_ANY_OF, TICKET_PLACE, PLACE_TRASH },
};

struct parser {
	const struct filter_reader *reader;
	struct arena *arena;
	struct filter *filter;
	struct why *why;
	struct buf words;
	bool is_when;
};

static enum err
fail(struct parser *p, const char *field, const char *message,
    struct bytes given)
{
	char name[128];

	snprintf(name, sizeof name, "%.*s", BYTES_ARG(given));
	return why_set(p->why, ERR_INVALID, field, message, 0, name);
}

/* The orders that indexes have. */
static enum err
read_sort(struct parser *p, struct bytes order)
{
	p->filter->by_waiting = bytes_is(order, "waiting");
	if (p->filter->by_waiting || bytes_is(order, "updated"))
		return ERR_OK;
	return fail(p, "sort",
	    N_("\"{name}\" is no order: updated or waiting."), order);
}

/* A new term with room for <count> values of each sort. */
static enum err
add_term(struct parser *p, enum filter_op op, int slot, size_t count,
    struct filter_term **out)
{
	struct filter_term *term;

	if (p->filter->term_count == FILTER_TERMS_MAX)
		return fail(
		    p, NULL, N_("This filter has too many parts."), BYTES_NONE);
	if (count > VALUES_MAX)
		return fail(p, NULL, N_("A part of this filter is too long."),
		    BYTES_NONE);
	term = &p->filter->terms[p->filter->term_count];
	*term = (struct filter_term){ .op = op, .slot = slot };
	term->numbers = arena_array(p->arena, int64_t, count + 1);
	term->texts = arena_array(p->arena, struct bytes, count + 1);
	if (term->numbers == NULL || term->texts == NULL)
		return ERR_NOMEM;
	p->filter->term_count++;
	*out = term;
	return ERR_OK;
}

/* The terms own their arrays until parsing ends. */
static void
put_number(struct filter_term *term, int64_t n)
{
	((int64_t *)term->numbers)[term->number_count++] = n;
}

static void
put_text(struct filter_term *term, struct bytes text)
{
	((struct bytes *)term->texts)[term->text_count++] = text;
}

/* A private queue is none for an agent without a right in it. */
static bool
knows_queue(const struct filter_reader *reader, uint64_t id)
{
	const struct record *queue = directory_find(
	    reader->directory, KIND_QUEUE, id);

	return queue == NULL || reader->agent == 0 ||
	    directory_knows_queue(reader->directory, reader->agent, queue);
}

/* A value of a field by the field table: words, keys, references, dates. */
static enum err
field_value(struct parser *p, enum kind_id kind, int slot, struct bytes text,
    int64_t *n)
{
	struct record scratch;
	enum err err;

	record_init(&scratch, kind, 0);
	err = value_from_text(
	    &scratch, slot, text, p->reader->directory, p->arena, p->why);
	if (err != ERR_OK)
		return err;
	*n = record_int(&scratch, slot);
	if (kind == KIND_TICKET && slot == TICKET_QUEUE &&
	    !knows_queue(p->reader, (uint64_t)*n))
		return fail(
		    p, "queue", N_("There is no \"{name}\" here."), text);
	return ERR_OK;
}

static enum err
customer_value(struct parser *p, struct bytes text, int64_t *n)
{
	uint64_t id;
	enum err err;

	if (bytes_to_int(text, n) == ERR_OK)
		return ERR_OK;
	if (p->reader->snapshot == NULL)
		return fail(p, "customer",
		    N_("A customer is given by number here."), text);
	err = record_lookup(
	    p->reader->snapshot, INDEX_CUSTOMER_ADDRESS, text, &id);
	if (err == ERR_OK || err == ERR_NOT_FOUND) {
		*n = err == ERR_OK ? (int64_t)id : -1; /* matches nothing */
		return ERR_OK;
	}
	return err;
}

static enum err
any_of_value(struct parser *p, const struct term_name *name, struct bytes text,
    int64_t *n)
{
	if (name->slot == TICKET_OWNER && bytes_is(text, "me")) {
		*n = p->reader->agent != 0 ? (int64_t)p->reader->agent : -1;
		return ERR_OK;
	}
	if (bytes_is(text, "none")) {
		*n = 0;
		return ERR_OK;
	}
	if (name->slot == TICKET_CUSTOMER)
		return customer_value(p, text, n);
	return field_value(p, KIND_TICKET, name->slot, text, n);
}

static enum err
actor_value(struct parser *p, struct bytes text, int64_t *n)
{
	const struct field *by = &kind_get(KIND_ENTRY)->fields[ENTRY_BY];

	*n = field_word(by, text);
	if (*n < 0)
		return fail(p, "actor",
		    N_("\"{name}\" is no actor: customer, agent, script or "
		       "system are."),
		    text);
	return ERR_OK;
}

static enum err
changed_value(struct parser *p, struct filter_term *term, struct bytes text)
{
	term->slot = kind_slot(kind_get(KIND_TICKET), text);
	if (term->slot < 0)
		return fail(p, "changed",
		    N_("A ticket has no field \"{name}\"."), text);
	return ERR_OK;
}

static enum err
agent_value(struct parser *p, struct bytes text, int64_t *n)
{
	const struct record *agent = directory_find_key(
	    p->reader->directory, KIND_AGENT, text);

	if (agent == NULL)
		return fail(
		    p, "visible_to", N_("There is no agent \"{name}\"."), text);
	*n = (int64_t)agent->id;
	return ERR_OK;
}

/* Add one value to <term>, as its name wants it. */
static enum err
add_value(struct parser *p, const struct term_name *name,
    struct filter_term *term, struct bytes text)
{
	struct duration duration;
	int64_t n = 0;
	enum err err = ERR_OK;

	switch (name->op) {
	case FILTER_HAS_ANY: put_text(term, text); return ERR_OK;
	case FILTER_CUSTOMER:
		if (name->slot == CUSTOMER_TIER) {
			put_text(term, text);
			return ERR_OK;
		}
		err = field_value(p, KIND_CUSTOMER, name->slot, text, &n);
		break;
	case FILTER_ANY_OF: err = any_of_value(p, name, text, &n); break;
	case FILTER_BEFORE:
	case FILTER_AFTER:
		if (bytes_to_int(text, &n) == ERR_OK)
			n *= 1000000;
		else
			err = field_value(p, KIND_TICKET, name->slot, text, &n);
		break;
	case FILTER_WAITING:
		if (duration_read(text, &duration) != ERR_OK ||
		    duration.is_business)
			err = fail(p, name->name,
			    N_("\"{name}\" is no duration: 15m, 6h, 2d."),
			    text);
		else
			n = duration.us;
		break;
	case FILTER_VISIBLE: err = agent_value(p, text, &n); break;
	case FILTER_ACTOR: err = actor_value(p, text, &n); break;
	case FILTER_CHANGED: return changed_value(p, term, text);
	default: break;
	}
	if (err == ERR_OK)
		put_number(term, n);
	return err;
}

static const struct term_name *
find_name(struct bytes name, unsigned where)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if ((names[i].where & where) && bytes_is(name, names[i].name))
			return &names[i];
	return NULL;
}

/* is:waiting and the like. */
static enum err
add_state(struct parser *p, struct bytes word, bool is_not)
{
	struct filter_term *term;
	enum err err;

	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		if (!bytes_is(word, states[i].word))
			continue;
		err = add_term(p, states[i].op, states[i].slot, 1, &term);
		if (err != ERR_OK)
			return err;
		put_number(term, states[i].number);
		term->is_not = is_not;
		return ERR_OK;
	}
	return fail(p, "is",
	    N_("\"is:{name}\" is unknown: open, pending, closed, waiting, "
	       "unread, vip, spam and trash are."),
	    word);
}

/* A term on a custom field with room for <count> values. */
static enum err
add_custom(struct parser *p, struct bytes key, size_t count,
    const struct record **field, struct filter_term **term)
{
	const struct record *of = directory_find_key(
	    p->reader->directory, KIND_FIELD, key);

	if (of == NULL || own_kind(of) != KIND_TICKET)
		return fail(p, "fields",
		    N_("There is no custom field \"{name}\"."), key);
	*field = of;
	return add_term(p, FILTER_FIELD, (int)of->id, count, term);
}

/* A value as it would be kept: that is what tickets are compared with. */
static enum err
put_custom(struct parser *p, struct filter_term *term, struct bytes value)
{
	struct bytes rest = value, item;
	size_t count = term->text_count;
	struct bytes *texts;

	while (own_next_item(&rest, &item))
		count++;
	texts = arena_array(p->arena, struct bytes, count + 1);
	if (texts == NULL)
		return ERR_NOMEM;
	memcpy(texts, term->texts, term->text_count * sizeof *texts);
	term->texts = texts;
	while (own_next_item(&value, &item))
		put_text(term, item);
	return ERR_OK;
}

static enum err
add_custom_text(struct parser *p, const struct record *of,
    struct filter_term *term, struct bytes text)
{
	const struct own_reader reader = { p->reader->directory, p->arena,
		p->why, NULL };
	struct bytes value = BYTES_NONE;
	enum err err = own_from_text(&reader, of, text, &value);

	return err == ERR_OK ? put_custom(p, term, value) : err;
}

static enum err
add_named(struct parser *p, struct bytes key, struct bytes values, bool is_not)
{
	const struct term_name *name = find_name(key, IN_TEXT);
	const struct record *custom = NULL;
	struct filter_term *term;
	size_t count = 1;
	enum err err;

	if (bytes_is(key, "is"))
		return add_state(p, values, is_not);
	if (bytes_is(key, "sort"))
		return read_sort(p, values);
	for (size_t i = 0; i < values.len; i++)
		count += values.at[i] == ',';
	if (bytes_start_with(key, BYTES("fields.")))
		err = add_custom(p, (struct bytes){ key.at + 7, key.len - 7 },
		    count, &custom, &term);
	else if (name == NULL)
		return fail(p, "q",
		    N_("A filter knows no \"{name}:\". Put quotation marks "
		       "around words with a colon."),
		    key);
	else
		err = add_term(p, name->op, name->slot, count, &term);
	while (err == ERR_OK && values.len > 0) {
		struct bytes value = bytes_split(&values, ',');

		if (value.len == 0)
			continue;
		err = custom != NULL ? add_custom_text(p, custom, term, value) :
				       add_value(p, name, term, value);
	}
	if (err == ERR_OK) {
		term->is_not = is_not;
		if (term->number_count + term->text_count == 0 &&
		    term->op != FILTER_CHANGED)
			return fail(
			    p, "q", N_("\"{name}:\" wants a value."), key);
	}
	return err;
}

/* The next token: up to a space, with spaces allowed between quotes. */
static struct bytes
next_token(struct bytes *rest)
{
	struct bytes token;
	bool is_quoted = false;
	size_t i;

	*rest = bytes_trim(*rest);
	for (i = 0; i < rest->len; i++) {
		if (rest->at[i] == '"')
			is_quoted = !is_quoted;
		else if (rest->at[i] == ' ' && !is_quoted)
			break;
	}
	token = (struct bytes){ rest->at, i };
	rest->at += i;
	rest->len -= i;
	return token;
}

static struct bytes
unquote(struct bytes text)
{
	if (text.len >= 2 && text.at[0] == '"' &&
	    text.at[text.len - 1] == '"') {
		text.at++;
		text.len -= 2;
	}
	return text;
}

static enum err
parse_token(struct parser *p, struct bytes token)
{
	struct bytes rest = token, key;
	bool is_not = false;
	int64_t n;

	if (token.at[0] == '#' &&
	    bytes_to_int((struct bytes){ token.at + 1, token.len - 1 }, &n) ==
		ERR_OK &&
	    n > 0) {
		p->filter->number = (uint64_t)n;
		return ERR_OK;
	}
	if (token.len > 1 && token.at[0] == '-') {
		is_not = true;
		rest.at++;
		rest.len--;
	}
	if (rest.at[0] != '"') {
		key = bytes_split(&rest, ':');
		if (rest.at != NULL && key.len > 0)
			return add_named(p, key, unquote(rest), is_not);
	}
	if (p->words.len > 0)
		buf_char(&p->words, ' ');
	buf_bytes(&p->words, token);
	return ERR_OK;
}

static enum err
parse_text(struct parser *p, struct bytes text)
{
	enum err err = ERR_OK;

	while (err == ERR_OK) {
		struct bytes token = next_token(&text);

		if (token.len == 0)
			break;
		err = parse_token(p, token);
	}
	return err;
}

static enum err
finish(struct parser *p, enum err err)
{
	if (err != ERR_OK)
		return err;
	if (p->words.failed)
		return ERR_NOMEM;
	p->filter->words = buf_get(&p->words);
	return ERR_OK;
}

enum err
filter_from_text(struct bytes text, const struct filter_reader *reader,
    struct arena *arena, struct filter *out, struct why *why)
{
	struct parser p = { reader, arena, out, why, buf_in(arena), false };
	char *copy = arena_copy(arena, text.at, text.len);

	*out = (struct filter){ .term_count = 0 };
	if (copy == NULL)
		return ERR_NOMEM;
	return finish(&p, parse_text(&p, (struct bytes){ copy, text.len }));
}

/* One scalar of the table as the text form would have it. */
static bool
scalar_text(struct parser *p, const struct json *json, struct bytes *out)
{
	bool is_true;
	int64_t n;

	if (json_type(json) == JSON_TEXT) {
		*out = json_text(json);
		return true;
	}
	if (json_bool(json, &is_true)) {
		*out = is_true ? BYTES("true") : BYTES("none");
		return true;
	}
	if (json_int(json, &n)) {
		*out = bytes_of(arena_printf(p->arena, "%lld", (long long)n));
		return out->at != NULL;
	}
	return false;
}

static enum err
table_term(
    struct parser *p, const struct term_name *name, const struct json *value)
{
	bool is_list = json_type(value) == JSON_LIST;
	const struct json *item = is_list ? json_first(value) : value;
	size_t count = is_list ? json_count(value) : 1;
	struct filter_term *term;
	struct bytes text;
	enum err err = add_term(p, name->op, name->slot, count, &term);

	while (err == ERR_OK && item != NULL) {
		if (!scalar_text(p, item, &text))
			return fail(p, name->name,
			    N_("The filter's \"{name}\" is of a wrong type."),
			    bytes_of(name->name));
		if (name->slot == CUSTOMER_VIP && name->op == FILTER_CUSTOMER &&
		    bytes_is(text, "none"))
			text = BYTES("false");
		err = add_value(p, name, term, text);
		item = is_list ? json_next(item) : NULL;
	}
	return err;
}

static enum err parse_table(struct parser *p, const struct json *table);

static enum err
parse_except(struct parser *p, const struct json *value)
{
	struct filter *except = arena_new(p->arena, struct filter);
	struct parser inner = *p;

	if (except == NULL)
		return ERR_NOMEM;
	p->filter->except = except;
	inner.filter = except;
	inner.words = buf_in(p->arena);
	return parse_table(&inner, value);
}

/* A custom field with its value, or a list of them. */
static enum err
parse_field(struct parser *p, const struct json *member)
{
	bool is_list = json_type(member) == JSON_LIST;
	const struct json *item = is_list ? json_first(member) : member;
	const struct own_reader reader = { p->reader->directory, p->arena,
		p->why, NULL };
	const struct record *of = NULL;
	struct filter_term *term;
	enum err err = add_custom(p, bytes_of(json_name(member)),
	    is_list ? json_count(member) : 1, &of, &term);

	for (; err == ERR_OK && item != NULL;
	     item = is_list ? json_next(item) : NULL) {
		struct bytes value = BYTES_NONE;

		err = own_from_json(&reader, of, item, &value);
		if (err == ERR_OK)
			err = put_custom(p, term, value);
	}
	return err;
}

static enum err
parse_fields(struct parser *p, const struct json *table)
{
	const struct json *member = json_first(table);
	enum err err = ERR_OK;

	for (; err == ERR_OK && member != NULL; member = json_next(member))
		err = parse_field(p, member);
	return err;
}

static enum err
parse_member(struct parser *p, const struct json *member)
{
	struct bytes key = bytes_of(json_name(member)), text;
	const struct term_name *name = find_name(
	    key, IN_TABLE | (p->is_when ? IN_WHEN : 0));

	if (name != NULL)
		return table_term(p, name, member);
	if (bytes_is(key, "except"))
		return parse_except(p, member);
	if (bytes_is(key, "fields"))
		return parse_fields(p, member);
	if (bytes_is(key, "q") && json_type(member) == JSON_TEXT)
		return parse_text(p, json_text(member));
	if (bytes_is(key, "limit") && !p->is_when &&
	    json_int(member, &p->filter->limit) && p->filter->limit > 0)
		return ERR_OK;
	if (bytes_is(key, "sort") && !p->is_when &&
	    scalar_text(p, member, &text))
		return read_sort(p, text);
	return fail(p, NULL, N_("A filter knows no \"{name}\"."), key);
}

static enum err
parse_table(struct parser *p, const struct json *table)
{
	const struct json *member;
	enum err err = ERR_OK;

	if (json_type(table) != JSON_OBJECT && json_type(table) != JSON_LIST)
		return fail(p, NULL, N_("A filter is a table."), BYTES_NONE);
	for (member = json_first(table); err == ERR_OK && member != NULL;
	     member = json_next(member))
		err = parse_member(p, member);
	return err;
}

enum err
filter_from_json(const struct json *json, const struct filter_reader *reader,
    bool is_when, struct arena *arena, struct filter *out, struct why *why)
{
	struct parser p = { reader, arena, out, why, buf_in(arena), is_when };

	*out = (struct filter){ .term_count = 0 };
	return finish(&p, parse_table(&p, json));
}
