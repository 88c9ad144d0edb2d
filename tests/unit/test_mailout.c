/* tests/unit/test_mailout.c - tests of core/desk/mailout*.c with the templates
 * as shipped, on a whole desk; the transport only keeps what it is given. */
#include "config.h"
#include "core/desk/mailout.h"
#include "core/desk/sealed.h"

#define HD_HOST_SIDE
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "core/plugin.h"
#include "core/web/mail_page.h"
#include "core/web/template.h"
#include "core/web/translate.h"
#include "tests/tap.h"
#include "tests/unit/desk_fixture.h"

#include <stdlib.h>
#include <unistd.h>

#define SENT_MAX 16

/* What the transport was given, and what it says to it. */
static struct {
	struct {
		char from[600], to[600], subject[400], id[300], reply_to[300];
		char references[2000], *text, *html;
		enum hd_mail_auto automatic;
		int64_t date_us;
		size_t field_count;
	} mails[SENT_MAX];
	size_t count, opened, closed;
	enum hd_mail_state state;
	char url[200], user[100], password[100], command[100];
	enum hd_mail_tls tls;
	int is_unverified;
	int64_t size_max;
} sent;

static void *
fake_open(const struct hd_mail_settings *settings, char *why, size_t size)
{
	(void)why;
	(void)size;
	sent.opened++;
	snprintf(sent.url, sizeof sent.url, "%s", settings->url);
	snprintf(sent.user, sizeof sent.user, "%s", settings->user);
	snprintf(sent.password, sizeof sent.password, "%s", settings->password);
	snprintf(sent.command, sizeof sent.command, "%s",
	    settings->command != NULL ? settings->command[0] : "");
	sent.tls = settings->tls;
	sent.is_unverified = settings->is_unverified;
	sent.size_max = settings->size_max;
	return malloc(1);
}

static void
fake_send(
    void *session, const struct hd_mail *mail, struct hd_mail_outcome *outcome)
{
	size_t n = sent.count++ % SENT_MAX, used = 0;

	(void)session;
	snprintf(sent.mails[n].from, sizeof sent.mails[n].from, "%s <%s>",
	    mail->from.name, mail->from.address);
	for (size_t i = 0; i < mail->to_count; i++)
		used += (size_t)snprintf(&sent.mails[n].to[used],
		    sizeof sent.mails[n].to - used, "%s%s <%s>",
		    i > 0 ? ", " : "", mail->to[i].name, mail->to[i].address);
	snprintf(sent.mails[n].subject, sizeof sent.mails[n].subject, "%s",
	    mail->subject);
	snprintf(
	    sent.mails[n].id, sizeof sent.mails[n].id, "%s", mail->message_id);
	snprintf(sent.mails[n].reply_to, sizeof sent.mails[n].reply_to, "%s",
	    mail->in_reply_to);
	sent.mails[n].references[0] = '\0';
	for (size_t i = 0, at = 0; i < mail->reference_count; i++)
		at += (size_t)snprintf(&sent.mails[n].references[at],
		    sizeof sent.mails[n].references - at, "<%s>",
		    mail->references[i]);
	free(sent.mails[n].text);
	free(sent.mails[n].html);
	sent.mails[n].text = strdup(mail->text);
	sent.mails[n].html = strdup(mail->html != NULL ? mail->html : "");
	sent.mails[n].automatic = mail->automatic;
	sent.mails[n].date_us = mail->date_us;
	sent.mails[n].field_count = mail->field_count;
	outcome->state = sent.state;
	snprintf(outcome->reply, sizeof outcome->reply, "%s",
	    sent.state == HD_MAIL_SENT ? "" : "550 5.1.1 No such user");
}

static void
fake_close(void *session)
{
	sent.closed += session != NULL;
	free(session);
}

static const struct hd_mail_transport transport = {
	.abi = HD_ABI,
	.size = sizeof transport,
	.name = "fake",
	.open = fake_open,
	.send = fake_send,
	.close = fake_close,
};

static struct template_set *templates;

static struct template_set *
hold(void *arg, struct site *site)
{
	(void)arg;
	(void)site;
	return template_set_hold(templates);
}

static struct mail_pages pages = { hold, NULL };

static enum err
send_job(void *arg, struct site *site, const struct record *job,
    struct arena *arena, struct bytes *message_id, struct why *why)
{
	return mailout_send(arg, site, job, arena, message_id, why);
}

static struct mailout *mailout;
static struct desk_output output;

/* A desk that mails; the transport is set. */
static void
setup(struct desk_fixture *f)
{
	static const char *const command[] = { "/usr/sbin/sendmail", "-t", "-i",
		NULL };
	struct mailout_options options = { .transport = &transport,
		.renderer = { &pages, mail_page_render },
		.command = command };
	struct site_options site = { .dir = f->dir,
		.share_dir = f->dir,
		.clock = &f->clock,
		.is_unsynced = true,
		.map_size = FIXTURE_MAP,
		.min_free_set = true,
		.no_scripts = true,
		.output = &output };

	desk_setup(f);
	MUST(mailout_create(&options, &mailout));
	output = (struct desk_output){ .send = send_job, .arg = mailout };
	site_close(f->site);
	site.dir = f->dir;
	site.clock = &f->clock;
	must(site_open(&site, &f->site, &f->why), f->why.message);
	sent.count = sent.opened = sent.closed = 0;
	sent.state = HD_MAIL_SENT;
}

static void
teardown(struct desk_fixture *f)
{
	desk_teardown(f);
	mailout_destroy(mailout);
	CHECK_INT(sent.closed, sent.opened);
}

static void
set(struct desk_fixture *f, const char *name, const char *json)
{
	desk_add(f, KIND_SETTING,
	    (const char *const[]){ "name", name, "value", json, NULL });
}

/* The ticket's entry with this number. */
static void
read_entry(struct desk_fixture *f, uint64_t ticket, uint64_t sequence,
    enum mail_state *state, char error[300], char id[300])
{
	struct site_read read;
	struct record entry;

	MUST(site_read_begin(f->site, &read));
	MUST(record_find(
	    read.snapshot, KIND_ENTRY, entry_id(ticket, sequence), &entry));
	*state = (enum mail_state)record_int(&entry, ENTRY_MAIL);
	snprintf(error, 300, "%.*s",
	    BYTES_ARG(record_text(&entry, ENTRY_MAIL_ERROR)));
	snprintf(
	    id, 300, "%.*s", BYTES_ARG(record_text(&entry, ENTRY_MESSAGE_ID)));
	site_read_end(&read);
}

/* Send a job made by hand, as scripts' wishes would. */
static enum err
send_data(struct desk_fixture *f, uint64_t ticket, const char *data)
{
	struct bytes id = BYTES_NONE;
	struct record job;
	enum err err;
	char words[400];

	record_init(&job, KIND_JOB, 77);
	record_set_int(&job, JOB_TICKET, (int64_t)ticket);
	record_set_text(&job, JOB_DATA, bytes_of(data));
	f->why = (struct why){ .message = "" };
	err = mailout_send(mailout, f->site, &job, f->arena, &id, &f->why);
	if (err != ERR_OK)
		printf("# %s: %s\n", err_name(err),
		    why_text(&f->why, words, sizeof words));
	CHECK((id.len > 0) == (err == ERR_OK));
	return err;
}

static void
test_mailout_send__brings_an_answer_to_the_customer(void)
{
	struct desk_fixture f;
	enum mail_state state;
	char error[300], id[300], wanted[300];
	uint64_t ticket, reply;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	ticket = desk_submit(
	    &f, "bob@customer.example", "Broken <lamp> & \"shade\"", "Help!");
	CHECK(desk_reply(&f, actor_agent(1), ticket,
		  "Try <b>this</b> & that.") == ERR_OK);
	reply = f.result.entry;
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 1);
	CHECK(strcmp(sent.mails[0].from,
		  "Ann Lee (Example) <support@help.example.com>") == 0);
	CHECK(strcmp(sent.mails[0].to, " <bob@customer.example>") == 0);
	/* Plain in the subject and the text, escaped in the HTML. */
	CHECK(strcmp(sent.mails[0].subject, "Re: Broken <lamp> & \"shade\"") ==
	    0);
	CHECK(strstr(sent.mails[0].text, "Try <b>this</b> & that.") != NULL);
	CHECK(
	    strstr(sent.mails[0].text, "https://help.example.com/t/") != NULL);
	CHECK(strstr(sent.mails[0].text, "Broken <lamp> & \"shade\"") != NULL);
	CHECK(strstr(sent.mails[0].text, "answers to this mail are not read") !=
	    NULL);
	CHECK(strstr(sent.mails[0].html,
		  "Try &lt;b&gt;this&lt;/b&gt; &amp; that.") != NULL);
	CHECK(strstr(sent.mails[0].html, "Broken &lt;lamp&gt; &amp; ") != NULL);
	CHECK(
	    strstr(sent.mails[0].html, "https://help.example.com/t/") != NULL);
	CHECK_INT(sent.mails[0].automatic, HD_MAIL_BY_HAND);
	CHECK_INT(sent.mails[0].field_count, 1);
	snprintf(wanted, sizeof wanted, "%llu.%llu.",
	    (unsigned long long)ticket, (unsigned long long)reply);
	CHECK(strncmp(sent.mails[0].id, wanted, strlen(wanted)) == 0);
	CHECK(strstr(sent.mails[0].id, "@help.example.com") != NULL);
	snprintf(wanted, sizeof wanted, "<%llu.0.", (unsigned long long)ticket);
	CHECK(strncmp(sent.mails[0].references, wanted, strlen(wanted)) == 0);
	read_entry(&f, ticket, reply, &state, error, id);
	CHECK_INT(state, MAIL_SENT);
	CHECK(strcmp(id, sent.mails[0].id) == 0);
	/* The next one refers to it. */
	CHECK(desk_reply(&f, actor_agent(1), ticket, "And?") == ERR_OK);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 2);
	CHECK(strcmp(sent.mails[1].reply_to, sent.mails[0].id) == 0);
	CHECK(strcmp(sent.mails[1].id, sent.mails[0].id) != 0);
	CHECK_INT(sent.opened, 1);
	teardown(&f);
}

static void
test_mailout_send__tries_again_with_the_same_mail(void)
{
	struct desk_fixture f;
	enum mail_state state;
	char error[300], id[300];
	uint64_t ticket, reply;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	CHECK(desk_reply(&f, actor_agent(1), ticket, "Yes.") == ERR_OK);
	reply = f.result.entry;
	sent.state = HD_MAIL_LATER;
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 1);
	read_entry(&f, ticket, reply, &state, error, id);
	CHECK_INT(state, MAIL_QUEUED);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 1); /* not before its time */
	clock_advance(&f.clock, CLOCK_HOUR_US);
	sent.state = HD_MAIL_SENT;
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 2);
	CHECK(strcmp(sent.mails[0].id, sent.mails[1].id) == 0);
	CHECK(strcmp(sent.mails[0].text, sent.mails[1].text) == 0);
	CHECK(strcmp(sent.mails[0].html, sent.mails[1].html) == 0);
	CHECK_INT(sent.mails[0].date_us, sent.mails[1].date_us);
	read_entry(&f, ticket, reply, &state, error, id);
	CHECK_INT(state, MAIL_SENT);
	teardown(&f);
}

static void
test_mailout_send__shows_what_failed_and_resends(void)
{
	struct desk_fixture f;
	struct act_input input;
	enum mail_state state;
	char error[300], id[300];
	uint64_t ticket, reply;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	CHECK(desk_reply(&f, actor_agent(1), ticket, "Yes.") == ERR_OK);
	reply = f.result.entry;
	sent.state = HD_MAIL_REFUSED;
	desk_run_jobs(&f);
	read_entry(&f, ticket, reply, &state, error, id);
	CHECK_INT(state, MAIL_FAILED);
	CHECK(strstr(error, "550 5.1.1 No such user") != NULL);
	CHECK_INT(desk_field(&f, ticket, TICKET_STATUS), STATUS_OPEN);
	sent.state = HD_MAIL_SENT;
	act_input_init(&input, VERB_MAIL_RESEND, KIND_TICKET);
	input.actor = actor_agent(1);
	input.subject = ticket;
	input.entry = reply;
	CHECK(desk_do(&f, &input) == ERR_OK);
	desk_run_jobs(&f);
	read_entry(&f, ticket, reply, &state, error, id);
	CHECK_INT(state, MAIL_SENT);
	CHECK_INT(sent.count, 2);
	teardown(&f);
}

/* A ticket whose sender has, or has not, proved to read his mail. */
static uint64_t
import_ticket(struct desk_fixture *f, bool is_verified)
{
	struct act_history first = { .type = ENTRY_IS_REPLY,
		.by = BY_CUSTOMER,
		.at_us = FIXTURE_TIME_US,
		.body = BYTES("Buy pills"),
		.format = FORMAT_TEXT };
	struct act_input input;

	act_input_init(&input, VERB_IMPORT, KIND_TICKET);
	input.actor = actor_system();
	input.email = is_verified ? BYTES("cleo@customer.example") :
				    BYTES("dan@customer.example");
	input.name = BYTES("Cheap Pills");
	desk_set(f, &input, "subject", "Pills & more");
	record_set_int(&input.fields, TICKET_VERIFIED, is_verified);
	input.history = &first;
	input.history_count = 1;
	CHECK(desk_do(f, &input) == ERR_OK);
	return f->result.ticket;
}

static void
test_mailout_send__tells_strangers_nothing_of_strangers(void)
{
	static const char data[] = "{\"kind\":\"autoreply\",\"template\":"
				   "\"confirmation\",\"to\":\"customer\"}";
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	CHECK(send_data(&f, import_ticket(&f, false), data) == ERR_OK);
	CHECK(strstr(sent.mails[0].text, "Pills") == NULL);
	CHECK(strstr(sent.mails[0].html, "Pills") == NULL);
	CHECK(strstr(sent.mails[0].subject, "Pills") == NULL);
	CHECK(
	    strstr(sent.mails[0].text, "https://help.example.com/t/") != NULL);
	CHECK_INT(sent.mails[0].automatic, HD_MAIL_AUTO_REPLIED);
	CHECK_INT(sent.mails[0].field_count, 3);
	CHECK(strcmp(sent.mails[0].from,
		  "Example <support@help.example.com>") == 0);
	ticket = import_ticket(&f, true);
	CHECK_INT(desk_field(&f, ticket, TICKET_VERIFIED), true);
	CHECK(send_data(&f, ticket, data) == ERR_OK);
	CHECK(strstr(sent.mails[1].text, "It is about: Pills & more") != NULL);
	CHECK(strstr(sent.mails[1].text, "Hello Cheap Pills,") != NULL);
	teardown(&f);
}

/* The link that proves the address goes to the customer, and to no others. */
static void
test_mailout_send__keeps_the_proof_to_the_customer(void)
{
	static const char data[] = "{\"kind\":\"autoreply\",\"template\":"
				   "\"confirmation\",\"to\":\"participants\"}";
	struct desk_fixture f;
	struct act_input input;
	struct site_read read;
	struct record record, customer;
	const char *proof, *plain;
	uint64_t ticket;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	ticket = import_ticket(&f, false);
	MUST(site_read_begin(f.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&record, TICKET_CUSTOMER), &customer));
	proof = token_mailed_url(
	    f.site, read.directory, &record, &customer, f.arena)
		    .at;
	plain = token_url(f.site, read.directory, &record, f.arena).at;
	site_read_end(&read);
	CHECK(send_data(&f, ticket, data) == ERR_OK);
	CHECK(strstr(sent.mails[0].text, proof) != NULL);
	CHECK(strstr(sent.mails[0].text, plain) == NULL);
	act_input_init(&input, VERB_TICKET_UPDATE, KIND_TICKET);
	input.actor = actor_system();
	input.subject = ticket;
	desk_set(&f, &input, "participants", "eve@example.org");
	CHECK(desk_do(&f, &input) == ERR_OK);
	CHECK(send_data(&f, ticket, data) == ERR_OK);
	CHECK(strstr(sent.mails[1].to, "eve@example.org") != NULL);
	CHECK(strstr(sent.mails[1].text, proof) == NULL);
	CHECK(strstr(sent.mails[1].html, proof) == NULL);
	CHECK(strstr(sent.mails[1].text, plain) != NULL);
	teardown(&f);
}

static size_t
count_kind(struct desk_fixture *f, enum kind_id kind)
{
	struct site_read read;
	struct record record;
	uint64_t id = 0;
	size_t count = 0;

	MUST(site_read_begin(f->site, &read));
	while (record_next(read.snapshot, kind, &id, &record) == ERR_OK)
		count++;
	site_read_end(&read);
	return count;
}

/* Over the site's mails of an hour they wait, an agent's answer last. */
static void
test_mails_over_the_hours_limit__wait_and_are_sent(void)
{
	struct desk_fixture f;
	uint64_t ticket = 0;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	set(&f, "mail.per_hour", "10");
	desk_script(&f, "auto",
	    "desk.on('ticket.created', { name = 'mail' }, function(event)\n"
	    "  event.ticket:mail{ template = 'confirmation' }\n"
	    "end)\n");
	for (int i = 0; i < 12; i++) {
		char email[40];

		snprintf(email, sizeof email, "p%d@example.org", i);
		ticket = desk_submit(&f, email, "Hi", "text");
	}
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 9);
	CHECK(desk_reply(&f, actor_agent(1), ticket, "Good day") == ERR_OK);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 10);
	CHECK(desk_reply(&f, actor_agent(1), ticket, "Once more") == ERR_OK);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 10);
	CHECK_INT(count_kind(&f, KIND_NOTICE), 1); /* Ann is told, once */
	clock_advance(&f.clock, CLOCK_HOUR_US);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 11); /* each in a place of its own */
	clock_advance(&f.clock, CLOCK_HOUR_US);
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 15); /* Ann's notice among them */
	CHECK_INT(count_kind(&f, KIND_NOTICE), 1);
	teardown(&f);
}

/* A notice to two agents is two mails. */
static void
test_mails_over_the_hours_limit__are_counted_one_by_one(void)
{
	static const char *const logins[] = { "al", "bea" };
	struct desk_fixture f;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	set(&f, "mail.per_hour", "4");
	for (size_t i = 0; i < 2; i++)
		desk_add(&f, KIND_AGENT,
		    (const char *const[]){ "login", logins[i], "name",
			logins[i], "email",
			i == 0 ? "al@example.com" : "bea@example.com", "role",
			"agent", "active", "true", "mails", "all", NULL });
	desk_script(&f, "tell",
	    "desk.on('ticket.created', { name = 'x' }, function(event)\n"
	    "  desk.notify({ desk.agent('al'), desk.agent('bea') },\n"
	    "    { title = 'New', ticket = event.ticket })\n"
	    "end)\n");
	for (int i = 0; i < 4; i++)
		desk_submit(&f, "bob@example.org", "Hi", "text");
	desk_run_jobs(&f);
	CHECK_INT(sent.count, 4);
	teardown(&f);
}

static void
test_mailout_send__tells_each_agent(void)
{
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	desk_add(&f, KIND_AGENT,
	    (const char *const[]){ "login", "bea", "name", "Bea Bo", "email",
		"bea@example.com", "active", "true", NULL });
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	CHECK(send_data(&f, ticket,
		  "{\"kind\":\"notify\",\"title\":\"Look & see\",\"text\":"
		  "\"Somebody waits\",\"to\":[\"ann\",\"bea\"]}") == ERR_OK);
	CHECK_INT(sent.count, 2);
	CHECK(strcmp(sent.mails[0].to, "Ann Lee <ann@example.com>") == 0);
	CHECK(strcmp(sent.mails[1].to, "Bea Bo <bea@example.com>") == 0);
	CHECK(strcmp(sent.mails[0].id, sent.mails[1].id) != 0);
	CHECK(strstr(sent.mails[0].subject, "Look & see") != NULL);
	CHECK(strstr(sent.mails[0].text, "Somebody waits") != NULL);
	CHECK(strstr(sent.mails[0].text, "https://help.example.com/agent/t/") !=
	    NULL);
	CHECK(send_data(&f, ticket,
		  "{\"kind\":\"notify\",\"title\":\"x\",\"to\":[\"zoe\"]}") ==
	    ERR_REFUSED);
	teardown(&f);
}

static void
test_mailout_send__refuses_jobs_that_are_none(void)
{
	static const char *const bad[] = { "", "[]", "{}",
		"{\"kind\":\"nothing\"}",
		"{\"kind\":\"mail\",\"template\":\"../../key\"}",
		"{\"kind\":\"mail\",\"template\":\"not-there\"}",
		"{\"kind\":\"notify\",\"to\":[]}" };
	struct desk_fixture f;
	uint64_t ticket;

	setup(&f);
	set(&f, "mail.transport", "\"smtp://mx.example.com\"");
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_INT(send_data(&f, ticket, bad[i]), ERR_REFUSED);
	CHECK_INT(send_data(&f, 4711, "{\"kind\":\"survey\"}"), ERR_REFUSED);
	CHECK_INT(sent.count, 0);
	teardown(&f);
}

static void
test_mailout_settings__choose_the_way(void)
{
	static const char data[] = "{\"kind\":\"survey\",\"to\":\"customer\"}";
	struct desk_fixture f;
	struct bytes sealed = BYTES_NONE;
	uint64_t ticket;
	char json[300];

	setup(&f);
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	CHECK_INT(send_data(&f, ticket, data), ERR_BUSY); /* none is set */
	set(&f, "mail.transport/main", "\"smtps://mx.example.com:465\"");
	set(&f, "mail.user", "\"desk\"");
	CHECK(sealed_make(f.site, BYTES("s3cret"), f.arena, &sealed) == ERR_OK);
	snprintf(json, sizeof json, "\"%.*s\"", BYTES_ARG(sealed));
	CHECK(strstr(json, "s3cret") == NULL);
	set(&f, "mail.password", json);
	set(&f, "mail.tls", "\"opportunistic\"");
	set(&f, "mail.verify/main", "false");
	set(&f, "mail.size_max/main", "2000000");
	CHECK_INT(send_data(&f, ticket, data), ERR_OK);
	CHECK(strcmp(sent.url, "smtps://mx.example.com:465") == 0);
	CHECK(strcmp(sent.user, "desk") == 0);
	CHECK(strcmp(sent.password, "s3cret") == 0);
	CHECK_INT(sent.tls, HD_MAIL_TLS_OPPORTUNISTIC);
	CHECK_INT(sent.is_unverified, 1);
	CHECK_INT(sent.size_max, 2000000);
	/* The private link and a rating stand in the mail. */
	CHECK(strstr(sent.mails[0].text, "?score=5#rate") != NULL);
	teardown(&f);
}

static void
test_mailout_settings__programs_and_folders_are_the_machines(void)
{
	static const char data[] = "{\"kind\":\"survey\",\"to\":\"customer\"}";
	struct desk_fixture f;
	uint64_t ticket;
	char path[PATH_MAX + 20];

	setup(&f);
	ticket = desk_submit(&f, "bob@customer.example", "Lamp", "Help!");
	set(&f, "mail.transport", "\"sendmail\"");
	CHECK_INT(send_data(&f, ticket, data), ERR_OK);
	CHECK(strcmp(sent.command, "/usr/sbin/sendmail") == 0);
	CHECK(sent.url[0] == '\0');
	set(&f, "mail.transport/main", "\"folder\"");
	CHECK_INT(send_data(&f, ticket, data), ERR_OK);
	CHECK(strncmp(sent.url, "file:///", 8) == 0);
	snprintf(path, sizeof path, "%s/outbox", f.dir);
	CHECK(access(path, W_OK) == 0);
	teardown(&f);
}

int
main(void)
{
	char dir[PATH_MAX];
	struct template_options options = { .translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };
	struct why why = { .message = "" };

	log_set_level(LOG_ERROR);
	snprintf(dir, sizeof dir, "%s/www/templates", path_get(PATH_DATADIR));
	options.share_dir = dir;
	if (template_set_load(&options, &why, &templates) != ERR_OK) {
		printf("Bail out! %s: %s\n", why.message, why.name);
		return 1;
	}
	RUN(test_mailout_send__brings_an_answer_to_the_customer);
	RUN(test_mailout_send__tries_again_with_the_same_mail);
	RUN(test_mailout_send__shows_what_failed_and_resends);
	RUN(test_mailout_send__tells_strangers_nothing_of_strangers);
	RUN(test_mailout_send__keeps_the_proof_to_the_customer);
	RUN(test_mails_over_the_hours_limit__wait_and_are_sent);
	RUN(test_mails_over_the_hours_limit__are_counted_one_by_one);
	RUN(test_mailout_send__tells_each_agent);
	RUN(test_mailout_send__refuses_jobs_that_are_none);
	RUN(test_mailout_settings__choose_the_way);
	RUN(test_mailout_settings__programs_and_folders_are_the_machines);
	template_set_release(templates);
	for (size_t i = 0; i < SENT_MAX; i++) {
		free(sent.mails[i].text);
		free(sent.mails[i].html);
	}
	return tap_done();
}
