/* tests/unit/test_filter.c - filters, written as text and as a table, against
 * a plain model: random tickets, random filters, the same tickets in the same
 * order, in pages and as a count.
 */
#include "config.h"
#include "core/base/json.h"
#include "core/model/ticket.h"
#include "core/model/view.h"
#include "tests/unit/desk_fixture.h"

#include <stdlib.h>

#define TICKETS 300
#define FILTERS 600
#define PAGE 7 /* tickets of a page: many pages */
#define ANN 1  /* the admin: sees all */

/* ---- the model ---- */

static const char *const statuses[] = { "open", "pending", "closed" };
static const char *const priorities[] = { "normal", "low", "high", "urgent" };
static const char *const queues[] = { "general", "billing" };
static const char *const owners[] = { "none", "ann", "lou" };
static const char *const customers[] = { "bob@example.org", "eve@example.org",
	"kim@example.org" };
static const char *const tiers[] = { "", "gold", "silver" };
static const char *const tags[] = { "red", "green", "blue" };
static const char *const languages[] = { "de", "en", "tr" };
static const char *const places[] = { "desk", "spam", "trash" };
static const char *const sizes[] = { "small", "large", "huge" };
static const char *const truths[] = { "false", "true" };

struct model {
	uint64_t number;
	int64_t created_us, updated_us;
	unsigned status, priority, queue, owner, customer, tags, language,
	    place, size;
};

static struct desk_fixture f;
static struct model models[TICKETS];
static uint64_t lou; /* sees billing only */

static unsigned
pick(unsigned n)
{
	return (unsigned)rand() % n;
}

/* What may stand in a filter; <of> gives a ticket's values as bits. */
static unsigned
of_status(const struct model *m)
{
	return 1u << m->status;
}
static unsigned
of_priority(const struct model *m)
{
	return 1u << m->priority;
}
static unsigned
of_queue(const struct model *m)
{
	return 1u << m->queue;
}
static unsigned
of_owner(const struct model *m)
{
	return 1u << m->owner;
}
static unsigned
of_customer(const struct model *m)
{
	return 1u << m->customer;
}
static unsigned
of_tier(const struct model *m)
{
	return 1u << m->customer; /* each has his own */
}
static unsigned
of_vip(const struct model *m)
{
	return m->customer == 1 ? 2 : 1;
}
static unsigned
of_tags(const struct model *m)
{
	return m->tags;
}
static unsigned
of_language(const struct model *m)
{
	return 1u << m->language;
}
static unsigned
of_place(const struct model *m)
{
	return 1u << m->place;
}
static unsigned
of_size(const struct model *m)
{
	return 1u << m->size;
}

#define WORDS(list) list, sizeof list / sizeof *list
static const struct key_row {
	const char *name;
	const char *const *words;
	size_t count;
	unsigned (*of)(const struct model *m);
} rows[] = {
	{ "status", WORDS(statuses), of_status },
	{ "priority", WORDS(priorities), of_priority },
	{ "queue", WORDS(queues), of_queue },
	{ "owner", WORDS(owners), of_owner },
	{ "customer", WORDS(customers), of_customer },
	{ "tag", WORDS(tags), of_tags },
	{ "language", WORDS(languages), of_language },
	{ "tier", WORDS(tiers), of_tier },
	{ "vip", WORDS(truths), of_vip },
	{ "fields.size", WORDS(sizes), of_size },
	{ "place", WORDS(places), of_place },
};
#define ROWS (sizeof rows / sizeof *rows)

/* A filter of up to three parts, one of them perhaps a "not", and times. */
struct wanted {
	const struct key_row *keys[3];
	unsigned words[3];
	size_t count;
	const struct key_row *not_key; /* or NULL */
	unsigned not_words;
	int64_t before_us, after_us; /* 0: none */
	uint64_t visible_to;         /* 0: not asked */
};

static bool
is_wanted(const struct wanted *w, const struct model *m, uint64_t reader)
{
	bool has_place = false;

	for (size_t i = 0; i < w->count; i++) {
		has_place |= w->keys[i]->of == of_place;
		if (!(w->keys[i]->of(m) & w->words[i]))
			return false;
	}
	if (!has_place && m->place != PLACE_DESK)
		return false;
	if (w->not_key != NULL && w->not_key->of(m) & w->not_words)
		return false;
	if (w->before_us != 0 && m->created_us >= w->before_us)
		return false;
	if (w->after_us != 0 && m->created_us < w->after_us)
		return false;
	if ((w->visible_to == lou || reader == lou) && m->queue != 1)
		return false;
	return true;
}

/* ---- the same filter in both forms ---- */

static bool
has_key(const struct wanted *w, const struct key_row *key)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->keys[i] == key)
			return true;
	return false;
}

static unsigned
pick_words(const struct key_row *key)
{
	unsigned first = key->words[0][0] == '\0'; /* none is no word */
	unsigned n = (unsigned)key->count - first;
	unsigned words = 1u << (first + pick(n));

	return pick(3) == 0 ? words | 1u << (first + pick(n)) : words;
}

static void
make(struct wanted *w)
{
	unsigned parts = pick(4);

	*w = (struct wanted){ .count = 0 };
	while (w->count < parts) {
		const struct key_row *key = &rows[pick(ROWS)];

		if (has_key(w, key))
			continue;
		w->keys[w->count] = key;
		w->words[w->count++] = pick_words(key);
	}
	if (pick(3) == 0) {
		w->not_key = &rows[pick(ROWS - 1)]; /* not the place */
		w->not_words = pick_words(w->not_key);
	}
	if (pick(4) == 0)
		w->before_us = models[pick(TICKETS)].created_us;
	if (pick(4) == 0)
		w->after_us = models[pick(TICKETS)].created_us;
	if (pick(5) == 0)
		w->visible_to = pick(2) ? lou : ANN;
}

static void
add_text(struct buf *out, const struct key_row *key, unsigned words)
{
	bool is_first = true;

	buf_printf(out, "%s:", key->name);
	for (size_t i = 0; i < key->count; i++)
		if (words >> i & 1) {
			buf_printf(
			    out, "%s%s", is_first ? "" : ",", key->words[i]);
			is_first = false;
		}
	buf_char(out, ' ');
}

static const char *
text_of(const struct wanted *w)
{
	struct buf out = buf_in(f.arena);

	for (size_t i = 0; i < w->count; i++)
		add_text(&out, w->keys[i], w->words[i]);
	if (w->not_key != NULL) {
		buf_char(&out, '-');
		add_text(&out, w->not_key, w->not_words);
	}
	if (w->before_us != 0)
		buf_printf(&out, "before:%lld ",
		    (long long)(w->before_us / CLOCK_SECOND_US));
	if (w->after_us != 0)
		buf_printf(&out, "after:%lld ",
		    (long long)(w->after_us / CLOCK_SECOND_US));
	if (w->visible_to != 0)
		buf_printf(&out, "visible_to:%s",
		    w->visible_to == lou ? "lou" : "ann");
	return buf_string(&out);
}

/* "status":"open" or "status":["open","closed"]; a custom field within
 * "fields", owner:none as false. */
static void
add_member(struct buf *out, const struct key_row *key, unsigned words)
{
	bool is_field = strncmp(key->name, "fields.", 7) == 0;
	bool is_list = (words & (words - 1)) != 0;
	bool is_first = true;

	if (is_field)
		buf_printf(out, "\"fields\":{\"%s\":", key->name + 7);
	else
		buf_printf(out, "\"%s\":", key->name);
	if (is_list)
		buf_char(out, '[');
	for (size_t i = 0; i < key->count; i++) {
		if (!(words >> i & 1))
			continue;
		if (!is_first)
			buf_char(out, ',');
		is_first = false;
		if (key->words == owners && i == 0)
			buf_text(out, "false");
		else if (key->words == truths)
			buf_text(out, key->words[i]);
		else
			buf_printf(out, "\"%s\"", key->words[i]);
	}
	if (is_list)
		buf_char(out, ']');
	if (is_field)
		buf_char(out, '}');
}

static const char *
table_of(const struct wanted *w)
{
	struct buf out = buf_in(f.arena);

	buf_char(&out, '{');
	for (size_t i = 0; i < w->count; i++) {
		add_member(&out, w->keys[i], w->words[i]);
		buf_char(&out, ',');
	}
	if (w->not_key != NULL) {
		buf_text(&out, "\"except\":{");
		add_member(&out, w->not_key, w->not_words);
		buf_text(&out, "},");
	}
	if (w->before_us != 0)
		buf_printf(&out, "\"created_before\":%lld,",
		    (long long)(w->before_us / CLOCK_SECOND_US));
	if (w->after_us != 0)
		buf_printf(&out, "\"created_after\":%lld,",
		    (long long)(w->after_us / CLOCK_SECOND_US));
	if (w->visible_to != 0)
		buf_printf(&out, "\"visible_to\":\"%s\",",
		    w->visible_to == lou ? "lou" : "ann");
	buf_text(&out, "\"limit\":1000}");
	return buf_string(&out);
}

/* ---- a desk that is as the model ---- */

static void
add_customer(unsigned n)
{
	struct act_input input;

	act_input_init(&input, VERB_CUSTOMER_ADD, KIND_CUSTOMER);
	input.actor = actor_system();
	desk_set(&f, &input, "email", customers[n]);
	desk_set(&f, &input, "tier", tiers[n]);
	if (n == 1)
		desk_set(&f, &input, "vip", "true");
	MUST(desk_do(&f, &input));
}

static void
add_ticket(struct model *m)
{
	struct act_history history = { .body = BYTES("text"),
		.by = BY_CUSTOMER,
		.at_us = FIXTURE_TIME_US - (int64_t)pick(100000) * 60000000 };
	struct act_input input;

	*m = (struct model){ .created_us = history.at_us,
		.updated_us = history.at_us,
		.status = pick(3),
		.priority = pick(4),
		.queue = pick(2),
		.customer = pick(3),
		.tags = pick(8),
		.language = pick(3),
		.place = pick(4) == 0 ? 1 + pick(2) : 0,
		.size = pick(3) };
	m->owner = m->queue == 1 ? pick(3) : pick(2); /* lou sees but one */
	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	input.actor = actor_system();
	input.email = bytes_of(customers[m->customer]);
	input.history = &history;
	input.history_count = 1;
	input.agent = m->owner == 0 ? 0 : m->owner == 1 ? ANN : lou;
	for (unsigned i = 0; i < 3; i++)
		if (m->tags >> i & 1)
			input.tags[input.tag_count++] = bytes_of(tags[i]);
	desk_set(&f, &input, "subject", "A ticket");
	desk_set(&f, &input, "status", statuses[m->status]);
	desk_set(&f, &input, "priority", priorities[m->priority]);
	desk_set(&f, &input, "queue", queues[m->queue]);
	desk_set(&f, &input, "language", languages[m->language]);
	desk_set(&f, &input, "place", places[m->place]);
	{
		struct buf map = buf_in(f.arena);

		map_set(&map, BYTES_NONE, 1, bytes_of(sizes[m->size]));
		record_set_text(&input.fields, TICKET_FIELDS, buf_get(&map));
	}
	MUST(desk_do(&f, &input));
	m->number = f.result.ticket;
}

/* The newest first, as a view shows them. */
static int
compare(const void *left, const void *right)
{
	const struct model *a = left, *b = right;

	if (a->updated_us != b->updated_us)
		return a->updated_us < b->updated_us ? 1 : -1;
	return a->number < b->number ? 1 : -1;
}

static void
setup(void)
{
	srand(20260301);
	desk_setup(&f);
	desk_add(&f, KIND_ROLE,
	    (const char *const[]){ "key", "money", "label", "Money", "rights",
		"billing:see", NULL });
	lou = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "lou", "name", "Lou", "email",
		"lou@example.com", "role", "money", "active", "true", NULL });
	desk_add(&f, KIND_FIELD,
	    (const char *const[]){ "key", "size", "label", "Size", NULL });
	for (unsigned i = 0; i < 3; i++)
		add_customer(i);
	for (size_t i = 0; i < TICKETS; i++)
		add_ticket(&models[i]);
	qsort(models, TICKETS, sizeof *models, compare);
}

/* ---- comparing ---- */

/* All pages of a view against the model; true if they agree. */
static bool
agrees(const struct view_reader *reader, const struct filter *filter,
    const struct wanted *w)
{
	struct view_page page = { .count = 0 };
	size_t next = 0, total = 0, count = 0;

	do {
		MUST(view_list(
		    reader, filter, page.after, PAGE, f.arena, &page));
		for (size_t i = 0; i < page.count; i++, next++, total++) {
			while (next < TICKETS &&
			    !is_wanted(w, &models[next], reader->filter.agent))
				next++;
			if (next == TICKETS ||
			    models[next].number != page.tickets[i].id)
				return false;
		}
	} while (page.after.len > 0);
	for (; next < TICKETS; next++)
		if (is_wanted(w, &models[next], reader->filter.agent))
			return false;
	MUST(view_count(reader, filter, f.arena, &count));
	return count == total;
}

static void
test_filter__agrees_with_a_plain_model_in_both_forms(void)
{
	struct site_read read;

	setup();
	MUST(site_read_begin(f.site, &read));
	for (int i = 0; i < FILTERS; i++) {
		struct actor actor = actor_agent(i % 2 ? ANN : lou);
		struct view_reader reader = desk_reader(
		    read.directory, read.snapshot, &actor, read.now_us);
		const struct json *json = NULL;
		struct filter text, table;
		struct wanted w;

		make(&w);
		must(filter_from_text(bytes_of(text_of(&w)), &reader.filter,
			 f.arena, &text, &f.why),
		    text_of(&w));
		MUST(json_parse(
		    f.arena, bytes_of(table_of(&w)), 10000, &json, &f.why));
		must(filter_from_json(
			 json, &reader.filter, false, f.arena, &table, &f.why),
		    table_of(&w));
		if (!agrees(&reader, &text, &w)) {
			printf("# text: %s\n", text_of(&w));
			CHECK(!"the text agrees");
		}
		if (!agrees(&reader, &table, &w)) {
			printf("# table: %s\n", table_of(&w));
			CHECK(!"the table agrees");
		}
	}
	site_read_end(&read);
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_filter__agrees_with_a_plain_model_in_both_forms);
	return tap_done();
}
