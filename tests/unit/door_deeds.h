/* tests/unit/door_deeds.h - a deed for every route and every wish of scripts,
 * done by somebody who may, on a ticket of its own. For test_entrances.c.
 */
#ifndef HOOKDESK_TESTS_DOOR_DEEDS_H
#define HOOKDESK_TESTS_DOOR_DEEDS_H

#define HD_HOST_SIDE
#include "core/desk/job.h"
#include "core/desk/token.h"
#include "core/desk/trace.h"
#include "core/plugin.h"
#include "tests/tap.h"
#include "tests/unit/door_watch.h"
#include "tests/unit/pages_agent.h"

static struct pages_fixture f;
static struct desk_fixture *const desk = &f.desk;

/* --- the desk --- */

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

#define ADD(kind, ...) \
	desk_add(desk, kind, (const char *const[]){ __VA_ARGS__, NULL })

static uint64_t bob, old, older; /* an agent, and two queues */

/* What each wish of a script is made by. */
static const struct {
	const char *wish, *lua;
} wishes[] = {
	{ "set", "ticket:set({ priority = 'high' }, 'it burns')" },
	{ "tag", "ticket:tag('red')" },
	{ "untag", "ticket:untag('walked')" },
	{ "assign", "ticket:assign({ to = ann }, 'hers')" },
	{ "reply", "ticket:reply{ text = 'Soon.', as = ann, close = true }" },
	{ "mail", "ticket:mail{ template = 'confirmation' }" },
	{ "survey", "ticket:survey('rating')" },
	{ "note", "ticket:note('Seen.')" },
	{ "after", "ticket:after('1h', 'later')" },
	{ "at", "ticket:at(desk.now() + 3600, 'later')" },
	{ "cancel", "ticket:after('1h', 'later') ticket:cancel('later')" },
	{ "link", "ticket:link(desk.ticket(1), 'related')" },
	{ "merge",
	    "for t in desk.tickets{ customer = event.customer, status = 'open' "
	    "} do if t ~= ticket then ticket:merge(t) break end end" },
	{ "customer_set", "event.customer:set({ vip = true }, 'loyal')" },
	{ "customer_note", "event.customer:note('Likes tea.')" },
	{ "each", "desk.each({ ticket }, 'later')" },
	{ "notify", "desk.notify(ann, { title = 'Look', ticket = ticket })" },
	{ "mail_agents", "desk.mail{ to = ann, template = 'digest' }" },
	{ "http", "desk.http{ url = 'https://x.test/', ticket = ticket }" },
	{ "store_set", "desk.store:set('k', event.at)" },
	{ "store_add", "desk.store:add('n', 1)" },
};
#define WISHES (sizeof wishes / sizeof *wishes)

/* A script that does each on a word in a note. */
static void
write_script(void)
{
	struct buf s = buf_in(desk->arena);

	buf_text(&s,
	    "desk.settings { choice = { type = 'string', default = 'one' } }\n"
	    "desk.job('later', function() end)\n"
	    "desk.action('press', {}, function(ticket)\n"
	    "  ticket:note('Pressed.')\n"
	    "end)\n"
	    "for _, method in ipairs{ 'POST', 'PUT', 'DELETE' } do\n"
	    "  desk.route(method .. ' /x/walk', {}, function(request)\n"
	    "    desk.ticket(math.tointeger(request.query.ticket))\n"
	    "      :note(method)\n"
	    "  end)\n"
	    "end\n"
	    "for _, hook in ipairs{ 'ticket.viewed', 'search.missed' } do\n"
	    "  desk.on(hook, { name = hook }, function() end)\n"
	    "end\n"
	    "desk.on('note.adding', { name = 'no' }, function(event)\n"
	    "  if event.entry.text == 'deny' then\n"
	    "    return event:deny{ message = 'No.' }\n"
	    "  end\n"
	    "end)\n"
	    "desk.on('note.added', { name = 'do' }, function(event)\n"
	    "  local ticket, word = event.ticket, event.entry.text\n"
	    "  local ann = desk.agent('ann')\n"
	    "  if word == 'fail' then error('as asked') end\n");
	for (size_t i = 0; i < WISHES; i++)
		buf_printf(&s, "  if word == 'do %s' then %s end\n",
		    wishes[i].wish, wishes[i].lua);
	buf_text(&s, "end)\n");
	desk_script(desk, "walk", buf_string(&s));
}

static void
setup(void)
{
	desk_fixture_output = &output;
	pages_setup(&f);
	watch_begin(desk->site);
	watch.entrance = IN_DESK;
	write_script();
	watch.entrance = IN_NONE;
	bob = ADD(KIND_AGENT, "login", "bob", "name", "Bob", "email",
	    "bob@example.com", "role", "agent", "active", "true");
	ADD(KIND_ARTICLE, "slug", "how", "title", "How", "body", "So.",
	    "is_published", "true");
	old = ADD(KIND_QUEUE, "key", "old", "label", "Old");
	older = ADD(KIND_QUEUE, "key", "older", "label", "Older");
	ADD(KIND_QUEUE, "key", "oldest", "label", "Oldest");
}

/* --- the ticket of a deed --- */

static uint64_t number;

static void
act(enum verb verb, enum kind_id kind, struct actor actor, uint64_t subject,
    const char *field, const char *value, const char *body)
{
	struct act_input input;

	act_input_init(&input, verb, kind);
	input.actor = actor;
	input.subject = subject;
	input.body = bytes_of(body);
	if (field != NULL)
		desk_set(desk, &input, field, value);
	MUST(desk_do(desk, &input));
}

static void
begin_ticket(void)
{
	struct act_input input;

	act_input_init(&input, VERB_TICKET_CREATE, KIND_TICKET);
	input.actor = actor_system();
	input.email = BYTES("wanda@example.org");
	input.body = BYTES("It smokes.");
	input.tags[0] = BYTES("walked");
	input.tag_count = 1;
	desk_set(desk, &input, "subject", "Smoke");
	MUST(desk_do(desk, &input));
	number = desk->result.ticket;
	desk_run_jobs(desk);
}

static void
note(const char *word)
{
	act(VERB_NOTE_ADD, KIND_NONE, actor_agent(ANN), number, NULL, NULL,
	    word);
	desk_run_jobs(desk);
}

static void
set_field(const char *field, const char *value)
{
	act(VERB_TICKET_UPDATE, KIND_TICKET, actor_agent(ANN), number, field,
	    value, NULL);
	desk_run_jobs(desk);
}

/* What a deed may need besides. */

static void
have_change(void)
{
	set_field("priority", "urgent");
}

static uint64_t other;

/* One more of the same customer. */
static void
have_other(void)
{
	uint64_t kept = number;

	begin_ticket();
	other = number;
	number = kept;
}

static void
have_closed(void)
{
	set_field("status", "closed");
}

static void
have_trashed(void)
{
	set_field("place", "trash");
}

static void
have_returned_mail(void)
{
	sending = ERR_REFUSED;
	MUST(desk_reply(desk, actor_agent(ANN), number, "Try this."));
	desk_run_jobs(desk);
	sending = ERR_OK;
}

static void
have_failed_job(void)
{
	note("fail");
	for (int i = 0; i < 12; i++) { /* until it is given up */
		clock_advance(&desk->clock, 7 * CLOCK_HOUR_US);
		desk_run_jobs(desk);
	}
}

static void
have_run(void)
{
	note("do set");
}

static void
have_notice(void)
{
	note("do notify");
}

static void
have_timer(void)
{
	note("do after");
}

static void
have_form(void)
{
	CHECK_INT(pages_get(&f, "/new"), 200);
}

static void
have_settings(void)
{
	const char *cookie = pages_cookie(&f, ANN);

	CHECK_INT(pages_get_as(&f, cookie, "/admin/settings"), 200);
}

/* What stands for a {name} in a deed's path and fields. */

static const char *
fill_number(void)
{
	return arena_printf(desk->arena, "%d", (int)number);
}

static const char *
fill_other(void)
{
	return arena_printf(desk->arena, "%d", (int)other);
}

static const char *
fill_entry(void)
{
	return arena_printf(desk->arena, "%d",
	    (int)desk_field(desk, number, TICKET_LAST_ENTRY));
}

/* The newest one whose mail was refused. */
static const char *
fill_reply(void)
{
	uint64_t sequence = 0, reply = 0;
	struct site_read read;
	struct record entry;

	MUST(site_read_begin(desk->site, &read));
	while (
	    timeline_next(read.snapshot, number, &sequence, &entry) == ERR_OK)
		if (record_int(&entry, ENTRY_MAIL) == MAIL_FAILED)
			reply = entry_sequence(entry.id);
	site_read_end(&read);
	return arena_printf(desk->arena, "%d", (int)reply);
}

static const char *
fill_customer(void)
{
	return arena_printf(
	    desk->arena, "%d", (int)desk_field(desk, number, TICKET_CUSTOMER));
}

static const char *
fill_bob(void)
{
	return arena_printf(desk->arena, "%d", (int)bob);
}

static const char *
fill_old(void)
{
	return arena_printf(desk->arena, "%d", (int)old);
}

static const char *
fill_older(void)
{
	return arena_printf(desk->arena, "%d", (int)older);
}

static const char *
fill_token(void)
{
	char *token = arena_alloc(desk->arena, TOKEN_TEXT_SIZE);
	struct site_read read;
	struct record ticket;

	MUST(site_read_begin(desk->site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, number, &ticket));
	token_make(desk->site, &ticket, TOKEN_LINK, token);
	site_read_end(&read);
	return token;
}

static const char *
fill_job(void)
{
	struct buf id = buf_in(desk->arena);
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;

	MUST(site_read_begin(desk->site, &read));
	MUST(job_next_failed(read.snapshot, &at, &run));
	job_id_add(&id, &run.at);
	site_read_end(&read);
	return buf_string(&id);
}

static const char *
fill_timer(void)
{
	struct buf id = buf_in(desk->arena);
	struct job_at at = { .number = 0 };
	struct site_read read;
	struct job_run run;

	MUST(site_read_begin(desk->site, &read));
	MUST(job_next_timer(read.snapshot, number, &at, &run));
	job_id_add(&id, &run.at);
	site_read_end(&read);
	return buf_string(&id);
}

static const char *
fill_run(void)
{
	struct trace_run *runs;
	struct site_read read;
	uint64_t id = 0;
	size_t count;

	MUST(site_read_begin(desk->site, &read));
	MUST(trace_newest(&read, BYTES("walk"), 1, desk->arena, &runs, &count));
	if (count > 0)
		id = runs[0].id;
	site_read_end(&read);
	return arena_printf(desk->arena, "%d", (int)id);
}

static const char *
fill_link(void)
{
	act(VERB_LINK_CREATE, KIND_NONE, actor_system(), ANN, NULL, NULL, NULL);
	return arena_printf(
	    desk->arena, "%.*s", BYTES_ARG(desk->result.secret));
}

static const char *
fill_key(void)
{
	return pages_input(&f, "key");
}

static const char *
fill_stamp(void)
{
	const char *stamp = pages_input(&f, "stamp");

	clock_advance(&desk->clock, 5 * CLOCK_SECOND_US); /* no robot */
	return stamp;
}

static const char *
fill_rev(void)
{
	return pages_input(&f, "rev");
}

static const struct {
	const char *name;
	const char *(*fill)(void);
} fillings[] = {
	{ "number", fill_number },
	{ "other", fill_other },
	{ "entry", fill_entry },
	{ "reply", fill_reply },
	{ "customer", fill_customer },
	{ "bob", fill_bob },
	{ "old", fill_old },
	{ "older", fill_older },
	{ "token", fill_token },
	{ "job", fill_job },
	{ "timer", fill_timer },
	{ "run", fill_run },
	{ "link", fill_link },
	{ "key", fill_key },
	{ "stamp", fill_stamp },
	{ "rev", fill_rev },
};

/* <text> with all that filled in. JSON's braces are left alone. */
static const char *
filled(const char *text)
{
	struct buf out = buf_in(desk->arena);

	while (*text != '\0') {
		const char *end = strchr(text, '}');
		size_t i = 0, len = 0;

		if (*text == '{' && end != NULL)
			len = (size_t)(end - text) - 1;
		while (len > 0 && i < sizeof fillings / sizeof *fillings &&
		    !bytes_is(
			(struct bytes){ text + 1, len }, fillings[i].name))
			i++;
		if (len > 0 && i < sizeof fillings / sizeof *fillings) {
			buf_text(&out, fillings[i].fill());
			text = end + 1;
		} else {
			buf_char(&out, *text++);
		}
	}
	return buf_string(&out);
}

/* --- deeds at routes --- */

struct deed {
	unsigned method; /* METHOD_GET ... */
	const char *pattern;
	const char *path; /* NULL: the pattern, filled in */
	const char *body; /* of a form, or JSON; NULL: none */
	enum verb verb;   /* that it is; VERB__COUNT: none need come of it */
	void (*have)(void);
	enum err undo; /* what an agent is told who takes it back */
};

#define FORM_FIELDS_ \
	"key={key}&stamp={stamp}&name=W&email=wanda%40example.org" \
	"&subject=Smoke&body=It+smokes"
#define TICKET_JSON \
	"\"subject\":\"Smoke\",\"email\":\"wanda@example.org\"," \
	"\"body\":\"It smokes.\""

static const struct deed deeds[] = {
	{ METHOD_POST, "/admin/{kind}/new", "/admin/queues/new",
	    "key=fresh&label=Fresh", VERB_RECORD_ADD, NULL },
	{ METHOD_POST, "/admin/{kind}/new", "/admin/customers/new",
	    "email=new%40example.org", VERB_CUSTOMER_ADD, NULL },
	{ METHOD_POST, "/admin/{kind}/{id}", "/admin/queues/{old}",
	    "key=old&label=Aged", VERB_RECORD_UPDATE, NULL },
	{ METHOD_POST, "/admin/{kind}/{id}", "/admin/customers/{customer}",
	    "email=wanda%40example.org&name=Wan", VERB_CUSTOMER_UPDATE, NULL },
	{ METHOD_POST, "/admin/{kind}/{id}/delete",
	    "/admin/queues/{older}/delete?sure=1", "", VERB_RECORD_REMOVE,
	    NULL },
	{ METHOD_POST, "/admin/{kind}/{id}/link", "/admin/agents/{bob}/link",
	    "", VERB_LINK_CREATE, NULL },
	{ METHOD_POST, "/admin/runs/undo", NULL, "script=walk&run={run}",
	    VERB_SCRIPT_UNDO, have_run },
	{ METHOD_POST, "/admin/scripts/new", NULL,
	    "name=fresh&seen=0&source=--+fresh", VERB_SCRIPT_SAVE, NULL },
	{ METHOD_POST, "/admin/scripts/{name}/edit",
	    "/admin/scripts/fresh/edit", "seen=1&source=--+other",
	    VERB_SCRIPT_SAVE, NULL },
	{ METHOD_POST, "/admin/scripts/{name}/back",
	    "/admin/scripts/fresh/back", "seen=3&version=1", VERB_SCRIPT_SAVE,
	    NULL },
	{ METHOD_POST, "/admin/scripts/{name}/replay",
	    "/admin/scripts/fresh/replay", "days=7", VERB__COUNT, NULL },
	{ METHOD_POST, "/admin/scripts/{name}/replay/stop",
	    "/admin/scripts/fresh/replay/stop", "", VERB__COUNT, NULL },
	{ METHOD_POST, "/admin/scripts/{name}/replay.json",
	    "/admin/scripts/fresh/replay.json", "source=--+other", VERB__COUNT,
	    NULL },
	{ METHOD_POST, "/admin/scripts/{name}/remove",
	    "/admin/scripts/fresh/remove", "seen=2&sure=1", VERB_SCRIPT_SAVE,
	    NULL },
	{ METHOD_POST, "/admin/scripts/{name}/settings",
	    "/admin/scripts/walk/settings", "rev=0&s.choice=other",
	    VERB_RECORD_ADD, NULL },
	{ METHOD_POST, "/admin/scripts/{name}/tests",
	    "/admin/scripts/walk/tests", "", VERB__COUNT, NULL },
	{ METHOD_POST, "/admin/scripts/reload", NULL, "", VERB__COUNT, NULL },
	{ METHOD_POST, "/admin/scripts/again", NULL, "run={job}",
	    VERB_JOB_AGAIN, have_failed_job },
	{ METHOD_POST, "/admin/scripts/drop", NULL, "run={job}", VERB_JOB_DROP,
	    have_failed_job },
	{ METHOD_POST, "/admin/scripts/switch", NULL, "script=walk&on=0",
	    VERB_SCRIPT_SWITCH, NULL },
	{ METHOD_POST, "/admin/scripts/switch", NULL, "script=walk&on=1",
	    VERB_SCRIPT_SWITCH, NULL },
	{ METHOD_POST, "/admin/settings", NULL,
	    "rev={rev}&site.zone=Europe%2FBerlin", VERB_RECORD_ADD,
	    have_settings },
	{ METHOD_POST, "/agent/bulk", NULL, "do=close&ticket={number}",
	    VERB_TICKET_UPDATE, NULL },
	{ METHOD_POST, "/agent/bulk", NULL,
	    "do=assign&owner=bob&ticket={number}", VERB_TICKET_ASSIGN, NULL },
	{ METHOD_POST, "/agent/me", NULL, "signature=Ann", VERB_RECORD_UPDATE,
	    NULL },
	{ METHOD_POST, "/agent/me/password", NULL, "password=long+and+secret",
	    VERB_PASSWORD_CHANGE, NULL },
	{ METHOD_POST, "/agent/me/sessions", NULL, "", VERB_SESSIONS_END,
	    NULL },
	{ METHOD_POST, "/agent/new", NULL,
	    "email=wanda%40example.org&subject=Smoke&body=It+smokes&from=agent",
	    VERB_TICKET_CREATE, NULL },
	{ METHOD_POST, "/agent/t/{number}/reply", NULL, "body=Out&then=close",
	    VERB_REPLY_ADD, NULL },
	{ METHOD_POST, "/agent/t/{number}/note", NULL, "body=Hm", VERB_NOTE_ADD,
	    NULL },
	{ METHOD_POST, "/agent/t/{number}/note", NULL, "body=deny",
	    VERB_TRACES_KEEP, NULL },
	{ METHOD_POST, "/agent/t/{number}/set", NULL,
	    "priority=high&queue=billing&tags=a,b&place=spam&owner=ann",
	    VERB_TICKET_UPDATE, NULL },
	{ METHOD_POST, "/agent/t/{number}/undo", NULL, "entry={entry}",
	    VERB_TICKET_UNDO, have_change },
	{ METHOD_POST, "/agent/t/{number}/resend", NULL, "entry={reply}",
	    VERB_MAIL_RESEND, have_returned_mail },
	{ METHOD_POST, "/agent/t/{number}/remove", NULL, "", VERB_TICKET_REMOVE,
	    have_trashed },
	{ METHOD_POST, "/agent/t/{number}/action/{name*}",
	    "/agent/t/{number}/action/walk/press", "", VERB_ACTION_RUN, NULL },
	{ METHOD_POST, "/agent/t/{number}/timer", NULL, "timer={timer}",
	    VERB_TIMER_CANCEL, have_timer },
	{ METHOD_POST, "/agent/t/{number}/merge", NULL, "into={other}",
	    VERB_TICKET_MERGE, have_other },
	{ METHOD_POST, "/agent/t/{number}/revoke", NULL, "",
	    VERB_TICKET_LINKS_REVOKE, NULL },
	{ METHOD_POST, "/agent/customer/{number}/note",
	    "/agent/customer/{customer}/note", "note=Drinks+tea",
	    VERB_CUSTOMER_UPDATE, NULL },
	{ METHOD_POST, "/agent/login", NULL, "token={link}", VERB_SIGN_IN,
	    NULL },
	{ METHOD_POST, "/agent/logout", NULL, "", VERB_SIGN_OUT, NULL },
	{ METHOD_POST, "/kb/{slug}/vote", "/kb/how/vote", "helpful=yes",
	    VERB_ARTICLE_VOTE, NULL },
	{ METHOD_POST, "/my", NULL, "email=wanda%40example.org",
	    VERB_LINKS_SEND, NULL },
	{ METHOD_POST, "/new", NULL, FORM_FIELDS_, VERB_TICKET_CREATE,
	    have_form },
	{ METHOD_POST, "/new/{form}", "/new/billing", FORM_FIELDS_,
	    VERB_TICKET_CREATE, have_form },
	{ METHOD_POST, "/t/{token}/reply", NULL, "body=And+now", VERB_REPLY_ADD,
	    NULL },
	{ METHOD_POST, "/t/{token}/close", NULL, "", VERB_TICKET_UPDATE, NULL },
	{ METHOD_POST, "/t/{token}/reopen", NULL, "", VERB_TICKET_UPDATE,
	    have_closed },
	{ METHOD_POST, "/t/{token}/rate", NULL, "score=5&comment=Good",
	    VERB_TICKET_RATE, have_closed, ERR_INVALID },
	{ METHOD_POST, "/api/v1/tickets", NULL, "{" TICKET_JSON "}",
	    VERB_TICKET_CREATE, NULL },
	{ METHOD_PATCH, "/api/v1/tickets/{number}", NULL,
	    "{\"priority\":\"low\",\"owner\":\"bob\",\"tags\":[\"b\"]}",
	    VERB_TICKET_UPDATE, NULL },
	{ METHOD_POST, "/api/v1/tickets/{number}/entries", NULL,
	    "{\"body\":\"Out\",\"status\":\"closed\"}", VERB_REPLY_ADD, NULL },
	{ METHOD_POST, "/api/v1/tickets/{number}/entries", NULL,
	    "{\"type\":\"note\",\"body\":\"Hm\"}", VERB_NOTE_ADD, NULL },
	{ METHOD_POST, "/api/v1/tickets/{number}/merge", NULL,
	    "{\"into\":{other}}", VERB_TICKET_MERGE, have_other },
	{ METHOD_POST, "/api/v1/tickets/{number}/actions/{script}/{name}",
	    "/api/v1/tickets/{number}/actions/walk/press", "{}",
	    VERB_ACTION_RUN, NULL },
	{ METHOD_DELETE, "/api/v1/tickets/{number}/timers/{id}",
	    "/api/v1/tickets/{number}/timers/{timer}", NULL, VERB_TIMER_CANCEL,
	    have_timer },
	{ METHOD_POST, "/api/v1/files", NULL,
	    "--xx\r\nContent-Disposition: form-data; name=\"attachment\"; "
	    "filename=\"a.txt\"\r\n\r\nSmoke\r\n--xx--\r\n",
	    VERB_FILE_ADD, NULL },
	{ METHOD_POST, "/api/v1/imports/tickets", NULL,
	    "{\"subject\":\"Old\",\"email\":\"wanda@example.org\","
	    "\"entries\":[{\"at\":\"2020-01-01\",\"body\":\"x\"}]}",
	    VERB_IMPORT, NULL },
	{ METHOD_POST, "/api/v1/{kind}", "/api/v1/customers",
	    "{\"email\":\"more@example.org\"}", VERB_CUSTOMER_ADD, NULL },
	{ METHOD_POST, "/api/v1/{kind}", "/api/v1/queues",
	    "{\"key\":\"more\",\"label\":\"More\"}", VERB_RECORD_ADD, NULL },
	{ METHOD_PATCH, "/api/v1/{kind}/{id}", "/api/v1/customers/{customer}",
	    "{\"name\":\"Wanda\"}", VERB_CUSTOMER_UPDATE, NULL },
	{ METHOD_PATCH, "/api/v1/{kind}/{id}", "/api/v1/queues/old",
	    "{\"label\":\"Older\"}", VERB_RECORD_UPDATE, NULL },
	{ METHOD_DELETE, "/api/v1/{kind}/{id}", "/api/v1/queues/oldest", NULL,
	    VERB_RECORD_REMOVE, NULL },
	{ METHOD_POST, "/x/{rest*}", "/x/walk?ticket={number}", "",
	    VERB_ROUTE_RUN, NULL },
	{ METHOD_PUT, "/x/{rest*}", "/x/walk?ticket={number}", "",
	    VERB_ROUTE_RUN, NULL },
	{ METHOD_DELETE, "/x/{rest*}", "/x/walk?ticket={number}", NULL,
	    VERB_ROUTE_RUN, NULL },
	/* what reading does */
	{ METHOD_GET, "/agent", NULL, NULL, VERB_SESSION_RENEW, NULL },
	{ METHOD_GET, "/agent/notices", NULL, NULL, VERB_NOTICES_READ,
	    have_notice },
	{ METHOD_GET, "/search", "/search?q=elephants", NULL, VERB_SEARCH_MISS,
	    NULL },
};
#define DEEDS (sizeof deeds / sizeof *deeds)

#endif
