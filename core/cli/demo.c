/* core/cli/demo.c - a believable desk: more tickets in the week than at
 * weekends, most of them answered and closed, the newest ones waiting. */
#include "config.h"
#include "core/cli/demo.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/cli/demo_words.h"
#include "core/model/value.h"

#include <stdio.h>

#define YEARS_US (2 * 365 * CLOCK_DAY_US)
#define STEP_US (4 * CLOCK_HOUR_US) /* between two, where they are few */
#define PEOPLE_MAX 200000
#define HISTORY_MAX 12

struct demo {
	struct cli *cli;
	struct why *why;
	uint64_t state; /* of the random numbers */
	int64_t now_us, count, step_us;
	uint64_t queues[16], agents[16]; /* the last one is the admin */
	struct act_history history[HISTORY_MAX];
	size_t history_count;
	bool is_thanked; /* the customer's last words: it is done */
	int64_t at_us;   /* of the newest entry */
};

/* SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed. */
static uint64_t
next(struct demo *demo)
{
	uint64_t z = demo->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t
below(struct demo *demo, size_t n)
{
	return (size_t)(next(demo) % n);
}

static bool
chance(struct demo *demo, unsigned percent)
{
	return below(demo, 100) < percent;
}

#define PICK(demo, array, count) (array)[below(demo, count)]

/* --- the small kinds --- */

static enum err
add(struct demo *demo, struct act_input *input, uint64_t *id)
{
	struct act_result result = { .ticket = 0 };
	enum err err = cli_act(demo->cli, input, &result, demo->why);

	if (err == ERR_OK && id != NULL)
		*id = result.record;
	return err;
}

/* The queue of a topic: a new site has some of them already. */
static enum err
add_queue(struct demo *demo, const struct demo_topic *topic, size_t position,
    uint64_t *id)
{
	const struct record *known;
	struct act_input input;
	struct site_read read;
	enum err err = site_read_begin(demo->cli->site, &read);

	if (err != ERR_OK)
		return err;
	known = directory_find_key(
	    read.directory, KIND_QUEUE, bytes_of(topic->queue));
	*id = known != NULL ? known->id : 0;
	site_read_end(&read);
	if (*id != 0)
		return ERR_OK;
	act_input_init(&input, VERB_RECORD_ADD, KIND_QUEUE);
	record_set_text(&input.fields, QUEUE_KEY, bytes_of(topic->queue));
	record_set_text(&input.fields, QUEUE_LABEL, bytes_of(topic->label));
	record_set_text(
	    &input.fields, QUEUE_DESCRIPTION, bytes_of(topic->description));
	record_set_int(&input.fields, QUEUE_HAS_FORM, true);
	record_set_int(&input.fields, QUEUE_POSITION, (int64_t)position);
	record_set_int(&input.fields, QUEUE_PRIORITY, PRIORITY_NORMAL);
	return add(demo, &input, id);
}

static enum err
add_queues(struct demo *demo)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < demo_topic_count; i++)
		err = add_queue(
		    demo, &demo_topics[i], i + 10, &demo->queues[i]);
	return err;
}

/* Technical help has other hours than the desk. */
static enum err
add_calendar(struct demo *demo)
{
	static const char *const values[][2] = {
		{ "key", "workshop" },
		{ "name", "Workshop" },
		{ "zone", "Europe/Berlin" },
		{ "monday", "08:00-12:00, 13:00-16:30" },
		{ "tuesday", "08:00-12:00, 13:00-16:30" },
		{ "wednesday", "08:00-12:00, 13:00-16:30" },
		{ "thursday", "08:00-12:00, 13:00-18:00" },
		{ "friday", "08:00-12:00" },
		{ "holidays",
		    "01-01 New Year's Day, 05-01 Labour Day, 12-25 Christmas "
		    "Day, 12-26 Boxing Day" },
	};
	struct arena *arena = demo->cli->arena;
	struct act_input input;
	uint64_t calendar;
	enum err err = ERR_OK;

	act_input_init(&input, VERB_RECORD_ADD, KIND_CALENDAR);
	for (size_t i = 0; err == ERR_OK && i < sizeof values / sizeof *values;
	     i++)
		err = value_from_text(&input.fields,
		    kind_slot(input.fields.kind, bytes_of(values[i][0])),
		    bytes_of(values[i][1]), NULL, arena, demo->why);
	if (err == ERR_OK)
		err = add(demo, &input, &calendar);
	if (err != ERR_OK)
		return err;
	for (size_t i = 0; err == ERR_OK && i < demo_topic_count; i++) {
		if (strcmp(demo_topics[i].queue, "technical") != 0)
			continue;
		act_input_init(&input, VERB_RECORD_UPDATE, KIND_QUEUE);
		input.subject = demo->queues[i];
		record_set_int(
		    &input.fields, QUEUE_CALENDAR, (int64_t)calendar);
		err = add(demo, &input, NULL);
	}
	return err;
}

/* "Ada Brandt" as ada, ada@desk.example. */
static enum err
add_agents(struct demo *demo)
{
	struct arena *arena = demo->cli->arena;
	struct site_read read;
	const struct record *role;
	uint64_t role_id, first = 0;
	struct record admin;
	enum err err = site_read_begin(demo->cli->site, &read);

	if (err != ERR_OK)
		return err;
	role = directory_find_key(read.directory, KIND_ROLE, BYTES("agent"));
	role_id = role != NULL ? role->id : 0;
	err = record_next(read.snapshot, KIND_AGENT, &first, &admin);
	demo->agents[demo_agent_count] = first;
	site_read_end(&read);
	for (size_t i = 0; err == ERR_OK && i < demo_agent_count; i++) {
		const struct demo_person *person = &demo_agents[i];
		char *login = arena_printf(arena, "%s", person->first);
		struct act_input input;

		if (login == NULL)
			return ERR_NOMEM;
		login[0] = (char)(login[0] + ('a' - 'A'));
		act_input_init(&input, VERB_RECORD_ADD, KIND_AGENT);
		record_set_text(&input.fields, AGENT_LOGIN, bytes_of(login));
		record_set_text(&input.fields, AGENT_EMAIL,
		    bytes_of(arena_printf(arena, "%s@desk.example", login)));
		record_set_text(&input.fields, AGENT_NAME,
		    bytes_of(arena_printf(
			arena, "%s %s", person->first, person->last)));
		record_set_int(&input.fields, AGENT_ROLE, (int64_t)role_id);
		record_set_int(&input.fields, AGENT_ACTIVE, true);
		record_set_int(&input.fields, AGENT_AVAILABLE, i % 4 != 3);
		record_set_int(
		    &input.fields, AGENT_GRADE, (int64_t)(i % 3) * 3 + 1);
		err = add(demo, &input, &demo->agents[i]);
	}
	return err;
}

static enum err
add_canned(struct demo *demo)
{
	static const struct {
		const char *title, *body;
	} replies[] = {
		{ "Thanks for your patience",
		    "Hello {customer.name},\n\nthank you for your patience. "
		    "We are on it and write again by tomorrow." },
		{ "Reset a lamp",
		    "Hello {customer.name},\n\nplease hold the button for "
		    "**ten seconds** until it blinks blue, then add the lamp "
		    "in the app again." },
		{ "Return label",
		    "Hello {customer.name},\n\nyour label is attached. Just "
		    "hand the parcel over; the refund follows within a week." },
		{ "Glad it works",
		    "Glad to hear it works. Have fun with your light!" },
	};
	enum err err = ERR_OK;

	for (size_t i = 0;
	     err == ERR_OK && i < sizeof replies / sizeof *replies; i++) {
		struct act_input input;

		act_input_init(&input, VERB_RECORD_ADD, KIND_CANNED);
		record_set_text(
		    &input.fields, CANNED_TITLE, bytes_of(replies[i].title));
		record_set_text(
		    &input.fields, CANNED_BODY, bytes_of(replies[i].body));
		err = add(demo, &input, NULL);
	}
	return err;
}

static enum err
add_articles(struct demo *demo)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < demo_article_count; i++) {
		const struct demo_article *article = &demo_articles[i];
		struct act_input input;

		act_input_init(&input, VERB_RECORD_ADD, KIND_ARTICLE);
		record_set_text(
		    &input.fields, ARTICLE_SLUG, bytes_of(article->slug));
		record_set_text(
		    &input.fields, ARTICLE_TITLE, bytes_of(article->title));
		record_set_text(
		    &input.fields, ARTICLE_BODY, bytes_of(article->body));
		record_set_int(&input.fields, ARTICLE_IS_PUBLISHED, true);
		err = add(demo, &input, NULL);
	}
	return err;
}

/* Mails go into the folder outbox/, as there is no mail server to ask. */
static enum err
add_settings(struct demo *demo)
{
	static const struct {
		const char *name, *value;
	} settings[] = {
		{ "mail.transport", "\"folder\"" },
		{ "tickets.answer_time", "\"within one working day\"" },
		{ "script/routing",
		    "{\"words\":["
		    "{\"words\":[\"refund*\",\"invoice\",\"charged\"],"
		    "\"queue\":\"billing\",\"priority\":\"high\","
		    "\"tag\":\"refund\"},"
		    "{\"words\":[\"password\",\"sign in\"],"
		    "\"queue\":\"accounts\"},"
		    "{\"words\":[\"flicker*\",\"firmware\",\"app\"],"
		    "\"queue\":\"technical\"}]}" },
	};
	enum err err = ERR_OK;

	for (size_t i = 0;
	     err == ERR_OK && i < sizeof settings / sizeof *settings; i++) {
		struct act_input input;

		act_input_init(&input, VERB_RECORD_ADD, KIND_SETTING);
		record_set_text(
		    &input.fields, SETTING_NAME, bytes_of(settings[i].name));
		record_set_text(
		    &input.fields, SETTING_VALUE, bytes_of(settings[i].value));
		err = add(demo, &input, NULL);
	}
	return err;
}

static enum err
add_greeting(struct demo *demo)
{
	const struct record *brand;
	struct act_input input;
	struct site_read read;
	enum err err = site_read_begin(demo->cli->site, &read);

	if (err != ERR_OK)
		return err;
	act_input_init(&input, VERB_RECORD_UPDATE, KIND_BRAND);
	brand = directory_brand(read.directory, 0);
	input.subject = brand != NULL ? brand->id : 0;
	site_read_end(&read);
	record_set_text(&input.fields, BRAND_GREETING,
	    BYTES("Questions about your lamp, an order or a bill? Look here, "
		  "or write to us."));
	return input.subject != 0 ? add(demo, &input, NULL) : ERR_OK;
}

/* Customers with an address there belong to it. */
static enum err
add_organisations(struct demo *demo)
{
	static const struct {
		const char *name, *domain;
	} shops[] = {
		{ "Acme Interiors", "acme.example" },
		{ "Northwind Hotels", "northwind.example" },
	};
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof shops / sizeof *shops;
	     i++) {
		struct buf domains = buf_in(demo->cli->arena);
		struct act_input input;

		list_add_text(&domains, bytes_of(shops[i].domain));
		act_input_init(&input, VERB_RECORD_ADD, KIND_ORGANISATION);
		record_set_text(
		    &input.fields, ORGANISATION_NAME, bytes_of(shops[i].name));
		record_set_text(
		    &input.fields, ORGANISATION_DOMAINS, buf_get(&domains));
		err = domains.failed ? ERR_NOMEM : add(demo, &input, NULL);
	}
	return err;
}

/* --- tickets --- */

/* A line with the product in place of %s, or numbers for %d. */
static void
put_line(
    struct demo *demo, struct buf *out, const char *line, const char *product)
{
	unsigned a = (unsigned)below(demo, 100),
		 b = (unsigned)below(demo, 1000);

	for (; *line != '\0'; line++) {
		if (strncmp(line, "%s", 2) == 0) {
			buf_text(out, product);
			line++;
		} else if (strncmp(line, "%02d", 4) == 0) {
			buf_printf(out, "%02u", a);
			line += 3;
		} else if (strncmp(line, "%03d", 4) == 0) {
			buf_printf(out, "%03u", b);
			line += 3;
		} else {
			buf_char(out, *line);
		}
	}
}

/* False for what would be said in the future: it is not. */
static bool
say(struct demo *demo, enum entry_type type, uint64_t agent, int64_t after_us,
    struct buf *body)
{
	if (demo->history_count == HISTORY_MAX ||
	    demo->at_us + after_us >= demo->now_us)
		return false;
	demo->at_us += after_us;
	demo->history[demo->history_count++] = (struct act_history){
		.type = type,
		.by = agent != 0 ? BY_AGENT : BY_CUSTOMER,
		.agent = agent,
		.at_us = demo->at_us,
		.body = buf_get(body),
		.format = agent != 0 ? FORMAT_MARKDOWN : FORMAT_TEXT,
	};
	return true;
}

static void
ask(struct demo *demo, const struct demo_topic *topic, size_t line,
    const char *product, const char *name)
{
	struct buf body = buf_in(demo->cli->arena);

	buf_text(&body, "Hello,\n\n");
	put_line(demo, &body, topic->asks[line], product);
	for (size_t n = below(demo, 3); n > 0; n--) {
		buf_char(&body, ' ');
		put_line(demo, &body,
		    PICK(demo, demo_details, demo_detail_count), product);
	}
	buf_printf(&body, "\n\nKind regards\n%s\n", name);
	say(demo, ENTRY_IS_REPLY, 0, 0, &body);
}

static int64_t
hours(struct demo *demo, size_t most)
{
	return (int64_t)(below(demo, most * 60) + 3) * CLOCK_MINUTE_US;
}

/* What an agent and the customer say to each other until it is done. */
static void
talk(struct demo *demo, const struct demo_topic *topic, size_t line,
    uint64_t agent)
{
	struct arena *arena = demo->cli->arena;
	size_t rounds = 1 + (chance(demo, 35) ? 1 + below(demo, 3) : 0);
	bool is_recent = demo->now_us - demo->at_us < 5 * CLOCK_DAY_US;

	if (chance(demo, 25)) {
		struct buf note = buf_in(arena);

		buf_text(&note, PICK(demo, demo_notes, demo_note_count));
		say(demo, ENTRY_IS_NOTE, agent, hours(demo, 3), &note);
	}
	for (size_t i = 0; i < rounds; i++) {
		struct buf answer = buf_in(arena), more = buf_in(arena);
		size_t said = i == 0 ? line : below(demo, DEMO_LINES);

		buf_printf(&answer, "Hello,\n\n%s\n", topic->answers[said]);
		say(demo, ENTRY_IS_REPLY, agent, hours(demo, 9), &answer);
		if (i + 1 < rounds)
			buf_text(&more,
			    PICK(demo, demo_followups, demo_followup_count));
		else if (chance(demo, 40))
			buf_text(
			    &more, PICK(demo, demo_thanks, demo_thank_count));
		else
			continue;
		demo->is_thanked = say(demo, ENTRY_IS_REPLY, 0, hours(demo, 20),
				       &more) &&
		    i + 1 == rounds;
		if (is_recent && i + 1 < rounds && chance(demo, 70))
			return; /* it is our turn */
	}
}

/* The <i>th of <count>: by date, over two years, weekends quieter. */
static int64_t
begin_of(struct demo *demo, int64_t i)
{
	int64_t step = demo->step_us;
	int64_t at = demo->now_us - (demo->count - i) * step +
	    (int64_t)(next(demo) % (uint64_t)(step + 1));
	int64_t day = (at / CLOCK_DAY_US + 4) % 7; /* 0: Sunday */

	if ((day == 0 || day == 6) && chance(demo, 60))
		at -= (day == 0 ? 2 : 1) * CLOCK_DAY_US;
	return at < demo->now_us ? at : demo->now_us - CLOCK_MINUTE_US;
}

static void
set_state(struct demo *demo, struct act_input *input)
{
	int64_t age_us = demo->now_us - demo->at_us;
	bool is_ours = demo->history[demo->history_count - 1].by == BY_CUSTOMER;
	unsigned closed = age_us > 30 * CLOCK_DAY_US ? 99 :
	    age_us > 4 * CLOCK_DAY_US                ? 85 :
						       20;
	enum ticket_status status = is_ours ? STATUS_OPEN : STATUS_PENDING;

	if (demo->is_thanked ||
	    (demo->history_count > 1 && !is_ours && chance(demo, closed)))
		status = STATUS_CLOSED;
	record_set_int(&input->fields, TICKET_STATUS, status);
	record_set_int(&input->fields, TICKET_PRIORITY,
	    chance(demo, 80)     ? PRIORITY_NORMAL :
		chance(demo, 50) ? PRIORITY_LOW :
		chance(demo, 70) ? PRIORITY_HIGH :
				   PRIORITY_URGENT);
	if (chance(demo, 2) && demo->history_count == 1)
		record_set_int(&input->fields, TICKET_PLACE, PLACE_SPAM);
}

/* "Jürgen O'Brien" as juergen.obrien17@mail.example. */
static struct bytes
address_of(
    struct arena *arena, struct bytes name, size_t number, const char *domain)
{
	struct buf out = buf_in(arena);

	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (c == ' ')
			buf_char(&out, '.');
		else if (c >= 'A' && c <= 'Z')
			buf_char(&out, (char)(c + ('a' - 'A')));
		else if (c >= 'a' && c <= 'z')
			buf_char(&out, c);
		else if (c == '\xc3' && i + 1 < name.len) /* an umlaut */
			buf_text(&out, name.at[++i] == '\xbc' ? "ue" : "oe");
	}
	buf_printf(&out, "%zu@%s", number, domain);
	return out.failed ? BYTES_NONE : buf_get(&out);
}

/* A person who may come back: as many as a third of the tickets. */
static void
set_person(struct demo *demo, struct act_input *input)
{
	struct arena *arena = demo->cli->arena;
	size_t people = (size_t)demo->count / 3 + 1;
	uint64_t kept;
	const char *first, *last, *domain;
	size_t number;

	number = below(demo, people < PEOPLE_MAX ? people : PEOPLE_MAX);
	kept = demo->state;
	demo->state = number * UINT64_C(0x2545f4914f6cdd1d) + 7;
	first = PICK(demo, demo_first_names, demo_first_name_count);
	last = PICK(demo, demo_last_names, demo_last_name_count);
	domain = PICK(demo, demo_domains, demo_domain_count);
	demo->state = kept;
	input->name = bytes_of(arena_printf(arena, "%s %s", first, last));
	input->email = address_of(arena, input->name, number, domain);
}

static enum err
add_ticket(struct demo *demo, int64_t i)
{
	struct cli *cli = demo->cli;
	size_t t = below(demo, demo_topic_count);
	const struct demo_topic *topic = &demo_topics[t];
	size_t line = below(demo, DEMO_LINES);
	const char *product = PICK(demo, demo_products, demo_product_count);
	uint64_t agent = PICK(demo, demo->agents, demo_agent_count + 1);
	struct act_result result = { .ticket = 0 };
	struct buf subject = buf_in(cli->arena);
	struct act_input input;

	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	demo->at_us = begin_of(demo, i);
	demo->history_count = 0;
	demo->is_thanked = false;
	set_person(demo, &input);
	put_line(demo, &subject, topic->subjects[line], product);
	ask(demo, topic, line, product, input.name.at);
	/* The newest ones wait: that is what an inbox is for. */
	if (demo->now_us - demo->at_us > 3 * CLOCK_DAY_US || chance(demo, 45))
		talk(demo, topic, line, agent);
	if (subject.failed || input.email.at == NULL)
		return ERR_NOMEM;
	record_set_text(&input.fields, TICKET_SUBJECT, buf_get(&subject));
	record_set_int(&input.fields, TICKET_QUEUE, (int64_t)demo->queues[t]);
	record_set_text(&input.fields, TICKET_LANGUAGE, BYTES("en"));
	set_state(demo, &input);
	if (demo->history_count > 1 || chance(demo, 50))
		input.agent = agent;
	if (chance(demo, 60))
		input.tags[input.tag_count++] = bytes_of(
		    topic->tags[below(demo, 4)]);
	input.history = demo->history;
	input.history_count = demo->history_count;
	return cli_act(cli, &input, &result, demo->why);
}

enum err
demo_fill(struct cli *cli, int64_t count, uint64_t seed, struct why *why)
{
	struct demo demo = {
		.cli = cli,
		.why = why,
		.state = seed,
		.now_us = site_now_us(cli->site),
		.count = count,
		.step_us = YEARS_US / count < STEP_US ? YEARS_US / count :
							STEP_US,
	};
	enum err err = add_queues(&demo);

	if (err == ERR_OK)
		err = add_calendar(&demo);
	if (err == ERR_OK)
		err = add_agents(&demo);
	if (err == ERR_OK)
		err = add_canned(&demo);
	if (err == ERR_OK)
		err = add_articles(&demo);
	if (err == ERR_OK)
		err = add_settings(&demo);
	if (err == ERR_OK)
		err = add_greeting(&demo);
	if (err == ERR_OK)
		err = add_organisations(&demo);
	for (int64_t i = 0; err == ERR_OK && i < count; i++) {
		struct arena_mark mark = arena_mark(cli->arena);

		err = add_ticket(&demo, i);
		arena_rewind(cli->arena, mark);
		cli_progress("tickets:", (uint64_t)i + 1, (uint64_t)count);
	}
	cli_progress_end();
	return err;
}
