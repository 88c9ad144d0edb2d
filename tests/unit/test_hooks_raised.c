/* tests/unit/test_hooks_raised.c - every hook point of hooks.def is raised on
 * a desk, and its handlers get the event that the table promises.
 *
 * One script listens to all of them and looks for what each event holds. Then
 * the desk is used, a deed for each hook, and the traces tell whose handler
 * ran. A hook point that is listed but never raised fails here, and so does
 * one that is listed without a deed.
 */
#include "config.h"
#define HD_HOST_SIDE
#include "core/plugin.h"
#include "core/desk/ask_hook.h"
#include "core/desk/job.h"
#include "core/desk/trace.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1

static struct desk_fixture f;
static uint64_t ticket;  /* the one that all deeds but the first are about */
static uint64_t bob;     /* an agent */
static enum err sending; /* what the mail server says */

static enum err
send_job(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	(void)arg, (void)site, (void)job, (void)arena;
	*message_id = BYTES("x@example.com");
	if (sending != ERR_OK)
		why_set(why, sending, NULL, "no such mailbox", 0, NULL);
	return sending;
}

static void
refuse_request(void *arg, const struct hd_http_request *request,
    struct hd_http_outcome *outcome)
{
	(void)arg;
	(void)request;
	outcome->state = HD_HTTP_REFUSED;
}

static const struct desk_output output = { .send = send_job,
	.request = refuse_request };

/* What one script listens with: it fails where a part is missing. */
static void
write_listener(void)
{
	struct buf s = buf_in(f.arena);

	for (int h = 0; h < HOOK__COUNT; h++) {
		const struct hook_point *point = &hook_points[h];
		struct bytes holds = bytes_of(point->holds), part;

		buf_printf(&s,
		    "desk.on('%s', { name = '%s' }, function(event)\n"
		    "  assert(event.hook == '%s' and event.at and event.source"
		    " and event.actor.kind, 'no event')\n",
		    point->name, point->name, point->name);
		while (holds.at != NULL) {
			part = bytes_split(&holds, ' ');
			if (part.len == 0 || part.at[part.len - 1] == '?')
				continue;
			buf_printf(&s, "  assert(event.%.*s, 'no %.*s')\n",
			    BYTES_ARG(part), BYTES_ARG(part));
			if (bytes_is(part, "ticket"))
				buf_text(&s,
				    "  assert(event.customer, 'no customer')\n"
				    "  assert(event.ticket.subject)\n");
			if (bytes_is(part, "changes"))
				buf_text(&s,
				    "  local n = 0\n"
				    "  for _, change in pairs(event.changes) do\n"
				    "    assert(change.from ~= change.to)\n"
				    "    n = n + 1\n"
				    "  end\n"
				    "  assert(n > 0, 'no change')\n");
		}
		buf_text(&s, "end)\n");
	}
	desk_script(&f, "listener", buf_string(&s));
}

/* What acts as scripts do, on a word in the note. */
static const char doer[] =
    "desk.on('note.added', { name = 'do' }, function(event)\n"
    "  local ticket, word = event.ticket, event.entry.text\n"
    "  if word == 'mail' then ticket:mail { template = 'confirmation' } end\n"
    "  if word == 'survey' then ticket:survey('rating') end\n"
    "  if word == 'tell' then\n"
    "    desk.notify(desk.agent('bob'), { title = 'Hello' })\n"
    "  end\n"
    "  if word == 'ask' then\n"
    "    desk.http { url = 'https://x.test/', ticket = ticket }\n"
    "  end\n"
    "  if word == 'fail' then error('as asked') end\n"
    "end)\n";

static void
act(enum verb verb, enum kind_id kind, struct actor actor, uint64_t subject,
    const char *const *values, const char *body)
{
	struct act_input input;

	act_input_init(&input, verb, kind);
	input.actor = actor;
	input.subject = subject;
	input.body = body != NULL ? bytes_of(body) : BYTES_NONE;
	input.rating = verb == VERB_TICKET_RATE ? 4 : 0;
	for (; values != NULL && *values != NULL; values += 2)
		desk_set(&f, &input, values[0], values[1]);
	MUST(desk_do(&f, &input));
}

static void
update(const char *field, const char *value)
{
	act(VERB_TICKET_UPDATE, KIND_TICKET, actor_agent(ANN), ticket,
	    (const char *const[]){ field, value, NULL }, NULL);
}

static struct actor
customer(void)
{
	struct actor actor = { .kind = BY_CUSTOMER, .ticket = ticket };

	return actor;
}

static void
do_submit(void)
{
	ticket = desk_submit(&f, "carl@example.org", "Broken", "It is.");
	CHECK(ticket != 0);
}

static void
do_update(void)
{
	update("priority", "high");
}

static void
do_assign(void)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_ASSIGN, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.agent = bob;
	MUST(desk_do(&f, &input));
}

static void
do_answer(void)
{
	MUST(desk_reply(&f, actor_agent(ANN), ticket, "Mended."));
}

static void
do_write(void)
{
	MUST(desk_reply(&f, customer(), ticket, "Broken again."));
}

static void
do_attach(void)
{
	struct act_input input;

	act_input_init(&input, VERB_FILE_ADD, KIND_FILE);
	input.actor = actor_system();
	record_set_text(&input.fields, FILE_NAME, BYTES("a.txt"));
	record_set_text(&input.fields, FILE_TYPE, BYTES("text/plain"));
	record_set_text(&input.fields, FILE_DISK, BYTES("0123456789abcdef"));
	record_set_int(&input.fields, FILE_SIZE, 1);
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_NOTE_ADD, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.body = BYTES("see the file");
	input.files[input.file_count++] = f.result.record;
	MUST(desk_do(&f, &input));
}

static void
do_mention(void)
{
	struct act_input input;

	act_input_init(&input, VERB_NOTE_ADD, KIND_NONE);
	input.actor = actor_agent(ANN);
	input.subject = ticket;
	input.body = BYTES("@bob look");
	input.mentions[input.mention_count++] = bob;
	MUST(desk_do(&f, &input));
}

static void
note(const char *word)
{
	act(VERB_NOTE_ADD, KIND_NONE, actor_agent(ANN), ticket, NULL, word);
}

static void
do_mail(void)
{
	note("mail");
}

/* One address gets only so many of them in an hour. */
static void
do_mail_often(void)
{
	for (int i = 0; i < 6; i++) {
		note("mail");
		desk_run_jobs(&f);
	}
}

static void
do_survey(void)
{
	clock_advance(&f.clock, CLOCK_DAY_US);
	note("survey");
}

static void
do_tell(void)
{
	note("tell");
}

static void
do_request(void)
{
	note("ask");
}

static void
do_fail(void)
{
	note("fail");
}

static void
do_bounce(void)
{
	clock_advance(&f.clock, CLOCK_DAY_US);
	sending = ERR_REFUSED;
	note("mail");
	desk_run_jobs(&f);
	sending = ERR_OK;
}

static void
do_snooze(void)
{
	act(VERB_TICKET_UPDATE, KIND_TICKET, actor_agent(ANN), ticket,
	    (const char *const[]){
		"status", "pending", "due", "2027-01-01T09:00:00Z", NULL },
	    NULL);
}

static void
do_close(void)
{
	update("status", "closed");
}

static uint64_t double_; /* the customer's same question again */

static void
do_merge(void)
{
	struct act_input input;

	double_ = desk_submit(&f, "carl@example.org", "Broken", "Still is.");
	act_input_init(&input, VERB_TICKET_MERGE, KIND_TICKET);
	input.actor = actor_agent(ANN);
	input.subject = double_;
	input.into = ticket;
	MUST(desk_do(&f, &input));
}

static void
do_take_apart(void)
{
	act(VERB_TICKET_UPDATE, KIND_TICKET, actor_agent(ANN), double_,
	    (const char *const[]){ "status", "open", NULL }, NULL);
}

static void
do_view(void)
{
	act(VERB_TICKET_VIEW, KIND_NONE, actor_agent(bob), ticket, NULL, NULL);
}

static void
do_rate(void)
{
	act(VERB_TICKET_RATE, KIND_NONE, customer(), ticket, NULL, "Thanks.");
}

static void
do_trash(void)
{
	update("place", "trash");
}

static void
do_sign_in(void)
{
	struct act_input input;

	act_input_init(&input, VERB_LINK_CREATE, KIND_NONE);
	input.actor = actor_system();
	input.subject = ANN;
	MUST(desk_do(&f, &input));
	act_input_init(&input, VERB_SIGN_IN, KIND_NONE);
	input.secret = f.result.secret;
	MUST(desk_do(&f, &input));
}

static void
do_go_away(void)
{
	struct act_input input;

	act_input_init(&input, VERB_RECORD_UPDATE, KIND_AGENT);
	input.actor = actor_agent(ANN);
	input.subject = bob;
	input.cleared = UINT64_C(1) << AGENT_AVAILABLE;
	MUST(desk_do(&f, &input));
}

static void
do_rename_customer(void)
{
	act(VERB_CUSTOMER_UPDATE, KIND_CUSTOMER, actor_agent(ANN), 1,
	    (const char *const[]){ "vip", "true", NULL }, NULL);
}

static void
do_search(void)
{
	act(VERB_SEARCH_MISS, KIND_NONE, (struct actor){ .kind = BY_CUSTOMER },
	    0, NULL, "how to fly");
}

static uint64_t article;

static void
do_publish(void)
{
	article = desk_add(&f, KIND_ARTICLE,
	    (const char *const[]){ "slug", "how", "title", "How to fly", "body",
		"With wings.", NULL });
	act(VERB_RECORD_UPDATE, KIND_ARTICLE, actor_agent(ANN), article,
	    (const char *const[]){ "is_published", "true", NULL }, NULL);
}

static void
do_vote(void)
{
	act(VERB_ARTICLE_VOTE, KIND_ARTICLE,
	    (struct actor){ .kind = BY_CUSTOMER }, article, NULL, NULL);
}

static void
do_type(void)
{
	struct site_read read;
	uint64_t first = 0;

	MUST(site_read_begin(f.site, &read));
	MUST(suggest_hook_ask(
	    &read, BYTES("how to"), BYTES("en"), f.arena, &first));
	site_read_end(&read);
	CHECK_INT(first, 0);
}

/* In an order in which each finds what it needs; the jobs run after each. */
static const struct {
	void (*deed)(void);
	enum hook hooks[9]; /* up to HOOK__COUNT */
} deeds[] = {
	{ do_submit,
	    { HOOK_FORM_VALIDATING, HOOK_SPAM_SCORING, HOOK_TICKET_CREATING,
		HOOK_TICKET_ROUTING, HOOK_TICKET_CREATED, HOOK_TICKET_WAITING,
		HOOK_CUSTOMER_CREATED, HOOK_TIER_SELECTING, HOOK__COUNT } },
	{ do_update,
	    { HOOK_TICKET_UPDATING, HOOK_TICKET_UPDATED, HOOK__COUNT } },
	{ do_assign,
	    { HOOK_TICKET_ASSIGNING, HOOK_TICKET_ASSIGNED, HOOK__COUNT } },
	{ do_view, { HOOK_TICKET_VIEWED, HOOK__COUNT } },
	{ do_answer,
	    { HOOK_REPLY_SENDING, HOOK_REPLY_SENT, HOOK_TICKET_ANSWERED,
		HOOK_MAIL_SENDING, HOOK_MAIL_SENT, HOOK__COUNT } },
	{ do_write,
	    { HOOK_REPLY_RECEIVING, HOOK_REPLY_RECEIVED, HOOK__COUNT } },
	{ do_mention,
	    { HOOK_NOTE_ADDING, HOOK_NOTE_ADDED, HOOK_AGENT_MENTIONED,
		HOOK__COUNT } },
	{ do_attach, { HOOK_ATTACHMENT_ADDING, HOOK__COUNT } },
	{ do_mail,
	    { HOOK_AUTOREPLY_SENDING, HOOK_AUTOREPLY_SENT, HOOK__COUNT } },
	{ do_mail_often, { HOOK_AUTOREPLY_WITHHELD, HOOK__COUNT } },
	{ do_survey, { HOOK_SURVEY_SENDING, HOOK__COUNT } },
	{ do_tell, { HOOK_NOTIFICATION_SENDING, HOOK__COUNT } },
	{ do_bounce, { HOOK_MAIL_FAILED, HOOK__COUNT } },
	{ do_fail, { HOOK_SCRIPT_FAILED, HOOK__COUNT } },
	{ do_snooze, { HOOK_TICKET_SNOOZED, HOOK__COUNT } },
	{ do_close, { HOOK_TICKET_CLOSED, HOOK__COUNT } },
	{ do_rate, { HOOK_SURVEY_ANSWERED, HOOK__COUNT } },
	{ do_write,
	    { HOOK_TICKET_REOPENING, HOOK_TICKET_REOPENED, HOOK__COUNT } },
	{ do_merge, { HOOK_TICKET_MERGING, HOOK_TICKET_MERGED, HOOK__COUNT } },
	{ do_take_apart, { HOOK_TICKET_UNMERGED, HOOK__COUNT } },
	{ do_trash, { HOOK_TICKET_DELETING, HOOK__COUNT } },
	{ do_sign_in,
	    { HOOK_AGENT_SIGNING_IN, HOOK_AGENT_SIGNED_IN, HOOK__COUNT } },
	{ do_go_away, { HOOK_AGENT_AVAILABILITY_CHANGED, HOOK__COUNT } },
	{ do_rename_customer, { HOOK_CUSTOMER_UPDATED, HOOK__COUNT } },
	{ do_search, { HOOK_SEARCH_MISSED, HOOK__COUNT } },
	{ do_request, { HOOK_HTTP_FAILED, HOOK__COUNT } },
	{ do_publish, { HOOK_ARTICLE_PUBLISHED, HOOK__COUNT } },
	{ do_vote, { HOOK_ARTICLE_VOTED, HOOK__COUNT } },
	{ do_type, { HOOK_ARTICLE_SUGGESTING, HOOK__COUNT } },
};

/* How often each hook's handler has run so far, and how often it failed. */
static void
count_runs(unsigned ran[HOOK__COUNT], unsigned *failed)
{
	struct trace_run *runs;
	struct site_read read;
	size_t count;

	memset(ran, 0, HOOK__COUNT * sizeof *ran);
	*failed = 0;
	MUST(site_read_begin(f.site, &read));
	MUST(trace_newest(
	    &read, BYTES("listener"), 2000, f.arena, &runs, &count));
	for (size_t i = 0; i < count; i++) {
		enum hook hook = hook_find(runs[i].hook);

		if (hook != HOOK__COUNT)
			ran[hook]++;
		if (runs[i].error.len == 0)
			continue;
		printf("# %.*s: %.*s\n", BYTES_ARG(runs[i].name),
		    BYTES_ARG(runs[i].error));
		++*failed;
	}
	site_read_end(&read);
}

static void
setup(void)
{
	desk_fixture_output = &output;
	desk_setup(&f);
	bob = desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "bob", "email", "bob@example.com",
		"name", "Bob", "role", "agent", "active", "true", "available",
		"true", NULL });
	write_listener();
	desk_script(&f, "doer", doer);
}

static void
test_hooks__are_raised_with_what_they_hold(void)
{
	bool has_deed[HOOK__COUNT] = { false };
	unsigned before[HOOK__COUNT], after[HOOK__COUNT], failed;

	setup();
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		count_runs(before, &failed);
		deeds[i].deed();
		desk_run_jobs(&f);
		count_runs(after, &failed);
		CHECK_INT(failed, 0);
		for (const enum hook *h = deeds[i].hooks; *h != HOOK__COUNT;
		     h++) {
			has_deed[*h] = true;
			printf("# %s\n", hook_points[*h].name);
			CHECK(after[*h] > before[*h]);
		}
	}
	for (int h = 0; h < HOOK__COUNT; h++) {
		if (!has_deed[h])
			printf("# no deed for %s\n", hook_points[h].name);
		CHECK(has_deed[h]);
	}
	desk_teardown(&f);
}

int
main(void)
{
	RUN(test_hooks__are_raised_with_what_they_hold);
	return tap_done();
}
