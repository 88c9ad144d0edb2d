/* core/desk/mailout.c - what a mail job's mail says, to whom, and its headers.
 *
 * All is read and rendered under one snapshot and copied; then the snapshot
 * goes, because a mail server may take minutes.
 */
#include "config.h"
#include "core/desk/mailout_private.h"
#include "core/desk/proof.h"

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/utf8.h"
#include "core/desk/token.h"
#include "core/model/table.h"
#include "core/model/ticket.h"

#include <stdio.h>

#define SUBJECT_MAX 250
#define REFERENCES_MAX 10
#define REFERENCES_BACK 40 /* entries looked through for them */

/* What sorts of mail there are: see mailout.h. */
static const struct kind_row {
	const char *name;
	enum hd_mail_auto automatic;
	bool has_participants; /* goes to them too, unless told otherwise */
	bool may_be_nobodys;   /* without a customer there is nothing to do */
} kinds[] = {
	{ "reply", HD_MAIL_BY_HAND, true, false },
	{ "autoreply", HD_MAIL_AUTO_REPLIED, false, false },
	{ "survey", HD_MAIL_AUTO_GENERATED, false, false },
	{ "notify", HD_MAIL_AUTO_GENERATED, false, false },
	{ "mail", HD_MAIL_AUTO_GENERATED, false, false },
	{ "links", HD_MAIL_AUTO_GENERATED, false, true },
	{ "sign_in", HD_MAIL_AUTO_GENERATED, false, false },
};

/* A job on its way to be a mail. */
struct making {
	struct mailout *mailout;
	struct site *site;
	const struct record *job;
	struct arena *arena;
	struct why *why;
	const struct json *data;
	const struct kind_row *kind;
	const char *template;
	struct site_read read;
	struct record ticket, customer, entry;
	bool has_ticket, has_customer, has_entry;
	const struct record *brand;
};

static enum err
refuse(struct making *making, const char *message, const char *name)
{
	return why_set(making->why, ERR_REFUSED, NULL, message, 0, name);
}

/* --- reading --- */

static bool
is_template_name(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789_-",
			name.at[i]) == NULL ||
		    name.at[i] == '\0')
			return false;
	return name.len > 0 && name.len < 60;
}

static enum err
read_data(struct making *making)
{
	struct bytes word, template;
	enum err err = json_parse(making->arena,
	    record_text(making->job, JOB_DATA), JSON_BYTES_MAX, &making->data,
	    NULL);

	if (err == ERR_NOMEM)
		return err;
	word = json_text(json_get(making->data, "kind"));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (bytes_is(word, kinds[i].name))
			making->kind = &kinds[i];
	if (err != ERR_OK || making->kind == NULL)
		return refuse(making, N_("This is no mail job."), NULL);
	template = json_text(json_get(making->data, "template"));
	if (template.len == 0)
		template = bytes_of(making->kind->name);
	if (!is_template_name(template))
		return refuse(making, N_("There is no such template."), NULL);
	making->template = arena_copy(making->arena, template.at, template.len);
	return making->template != NULL ? ERR_OK : ERR_NOMEM;
}

static enum err
find(struct making *making, enum kind_id kind, uint64_t id, struct record *out,
    bool *has)
{
	enum err err;

	if (id == 0)
		return ERR_OK;
	err = record_find(making->read.snapshot, kind, id, out);
	*has = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
read_records(struct making *making)
{
	uint64_t number = record_ref(making->job, JOB_TICKET);
	uint64_t sequence = (uint64_t)record_int(making->job, JOB_ENTRY);
	uint64_t person = (uint64_t)record_int(making->job, JOB_SUBJECT);
	uint64_t queue = 0;
	enum err err;

	err = find(
	    making, KIND_TICKET, number, &making->ticket, &making->has_ticket);
	if (err == ERR_OK && number != 0 && !making->has_ticket)
		return refuse(making, N_("The ticket was removed."), NULL);
	if (making->has_ticket) {
		person = record_ref(&making->ticket, TICKET_CUSTOMER);
		queue = record_ref(&making->ticket, TICKET_QUEUE);
	}
	if (err == ERR_OK)
		err = find(making, KIND_CUSTOMER, person, &making->customer,
		    &making->has_customer);
	if (err == ERR_OK && sequence != 0)
		err = find(making, KIND_ENTRY, entry_id(number, sequence),
		    &making->entry, &making->has_entry);
	making->brand = directory_brand(making->read.directory, queue);
	if (err == ERR_OK && making->brand == NULL)
		return refuse(making, N_("This desk has no brand."), NULL);
	return err;
}

/* --- who gets it --- */

/* One line without control characters, at most <max> bytes, in the arena. */
static const char *
copy_line(struct making *making, struct bytes text, size_t max)
{
	struct bytes cut = utf8_cut(bytes_trim(text), max);
	char *out = arena_copy(making->arena, cut.at, cut.len);
	size_t len = 0;

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < cut.len; i++) {
		unsigned char c = (unsigned char)out[i];
		bool is_c1 = c == 0xc2 && (unsigned char)out[i + 1] < 0xa0;

		if (c < 0x20 || c == 0x7f || is_c1)
			out[len++] = ' ';
		else
			out[len++] = out[i];
		i += is_c1;
	}
	out[len] = '\0';
	return out;
}

static enum err
add_address(struct making *making, struct mailout_letter *letter,
    struct bytes address, struct bytes name)
{
	struct hd_mail_address *to;

	if (address.len == 0 || letter->mail.to_count == MAILOUT_TO_MAX)
		return ERR_OK;
	to = &letter->to[letter->mail.to_count];
	to->address = copy_line(making, address, 254);
	to->name = copy_line(making, name, 200);
	if (to->address == NULL || to->name == NULL)
		return ERR_NOMEM;
	letter->mail.to_count++;
	return ERR_OK;
}

static bool
is_proved(const struct making *making)
{
	return making->has_customer &&
	    proof_is_given(
		&making->customer, making->has_ticket ? &making->ticket : NULL);
}

/* The name is a visitor's words, too: a mail that nobody has read before goes
 * to an unproved address without it. */
static struct bytes
name_for(const struct making *making)
{
	bool is_answer = making->has_entry &&
	    record_int(&making->entry, ENTRY_BY) == BY_AGENT;

	return is_answer || is_proved(making) ?
	    record_text(&making->customer, CUSTOMER_NAME) :
	    BYTES_NONE;
}

/* The customer, and those who take part. */
static enum err
address_customer(struct making *making, struct mailout_letter *letter)
{
	struct bytes to = json_text(json_get(making->data, "to"));
	struct bytes rest = BYTES_NONE, item;
	enum err err = ERR_OK;

	if (making->has_customer)
		err = add_address(making, letter,
		    record_text(&making->customer, CUSTOMER_EMAIL),
		    name_for(making));
	if (making->has_ticket &&
	    (to.len > 0 ? bytes_is(to, "participants") :
			  making->kind->has_participants))
		rest = record_text(&making->ticket, TICKET_PARTICIPANTS);
	while (err == ERR_OK && list_next_text(&rest, &item))
		err = add_address(making, letter, item, BYTES_NONE);
	return err;
}

/* --- ids --- */

/* "example.com" of "https://example.com:8080/support". */
static struct bytes
host_of(const struct record *brand)
{
	struct bytes url = record_text(brand, BRAND_BASE_URL);
	const char *slashes = bytes_find(url, BYTES("://"));
	size_t n = 0;

	if (slashes != NULL) {
		url.len -= (size_t)(slashes + 3 - url.at);
		url.at = slashes + 3;
	}
	while (n < url.len &&
	    (url.at[n] == '.' || url.at[n] == '-' ||
		(url.at[n] >= '0' && url.at[n] <= '9') ||
		(url.at[n] >= 'a' && url.at[n] <= 'z') ||
		(url.at[n] >= 'A' && url.at[n] <= 'Z')))
		n++;
	return n > 0 ? (struct bytes){ url.at, n } : BYTES("localhost");
}

struct bytes
mailout_message_id(const struct site *site, const struct directory *directory,
    const struct record *ticket, uint64_t entry, struct arena *arena)
{
	const struct record *brand = directory_brand(
	    directory, record_ref(ticket, TICKET_QUEUE));
	char token[TOKEN_TEXT_SIZE];

	if (brand == NULL)
		return BYTES_NONE;
	token_make(site, ticket, TOKEN_MAIL, token);
	return bytes_of(arena_printf(arena, "%llu.%llu.%s@%.*s",
	    (unsigned long long)ticket->id, (unsigned long long)entry, token,
	    BYTES_ARG(host_of(brand))));
}

/* Of a mail that is no entry's: by its job, and the reader. */
static const char *
job_message_id(struct making *making, uint64_t reader)
{
	return arena_printf(making->arena, "job.%llu.%llu.%.16s@%.*s",
	    (unsigned long long)making->job->id, (unsigned long long)reader,
	    store_site_id(site_store(making->site)),
	    BYTES_ARG(host_of(making->brand)));
}

/* The ids of the ticket's mails before this one, the oldest first; the ticket
 * itself is the first. */
static enum err
set_references(struct making *making, struct mailout_letter *letter)
{
	uint64_t last = making->has_entry ?
	    entry_sequence(making->entry.id) :
	    (uint64_t)record_int(&making->ticket, TICKET_LAST_ENTRY) + 1;
	uint64_t sequence = last > REFERENCES_BACK ? last - REFERENCES_BACK : 1;
	struct bytes root = mailout_message_id(making->site,
	    making->read.directory, &making->ticket, 0, making->arena);
	struct record entry;
	enum err err = ERR_OK;
	size_t n = 1;

	if (root.at == NULL)
		return ERR_NOMEM;
	letter->references[0] = root.at;
	while (n <= REFERENCES_MAX) {
		struct bytes id;

		err = timeline_next(making->read.snapshot, making->ticket.id,
		    &sequence, &entry);
		if (err != ERR_OK || entry_sequence(entry.id) >= last)
			break;
		id = record_text(&entry, ENTRY_MESSAGE_ID);
		if (id.len == 0 || entry_sequence(entry.id) >= last)
			continue;
		letter->references[n] = arena_copy(
		    making->arena, id.at, id.len);
		if (letter->references[n++] == NULL)
			return ERR_NOMEM;
	}
	letter->mail.references = letter->references;
	letter->mail.reference_count = n;
	letter->mail.in_reply_to = letter->references[n - 1];
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err
set_ids(struct making *making, struct mailout_letter *letter, uint64_t reader)
{
	struct hd_mail *mail = &letter->mail;

	mail->in_reply_to = "";
	if (making->has_ticket && making->has_entry)
		mail->message_id = mailout_message_id(making->site,
		    making->read.directory, &making->ticket,
		    entry_sequence(making->entry.id), making->arena)
				       .at;
	else
		mail->message_id = job_message_id(making, reader);
	if (mail->message_id == NULL)
		return ERR_NOMEM;
	return making->has_ticket ? set_references(making, letter) : ERR_OK;
}

/* --- what it says --- */

/* The agent who wrote the entry, or NULL. */
static const struct record *
author_of(const struct making *making)
{
	return making->has_entry ?
	    directory_find(making->read.directory, KIND_AGENT,
		record_ref(&making->entry, ENTRY_AGENT)) :
	    NULL;
}

static struct bytes
first_of(struct bytes a, struct bytes b, struct bytes c)
{
	return a.len > 0 ? a : b.len > 0 ? b : c;
}

/* Where the reader looks at the ticket. Only a mail to the customer alone has
 * the link that proves the address. */
static struct bytes
url_for(struct making *making, const struct mailout_letter *letter,
    const struct record *reader)
{
	const struct directory *directory = making->read.directory;
	const struct hd_mail *mail = &letter->mail;

	if (reader != NULL)
		return token_agent_url(
		    directory, &making->ticket, making->arena);
	if (making->has_customer && mail->to_count == 1 &&
	    bytes_is(record_text(&making->customer, CUSTOMER_EMAIL),
		mail->to[0].address))
		return token_mailed_url(making->site, directory,
		    &making->ticket, &making->customer, making->arena);
	return token_url(
	    making->site, directory, &making->ticket, making->arena);
}

static enum err
fill_page(struct making *making, const struct mailout_letter *letter,
    const struct record *reader, struct mail_page *page)
{
	struct bytes brand_language = record_text(
	    making->brand, BRAND_LANGUAGE);
	enum err err = ERR_OK;

	*page = (struct mail_page){
		.read = &making->read,
		.template = making->template,
		.brand = making->brand,
		.ticket = making->has_ticket ? &making->ticket : NULL,
		.customer = making->has_customer ? &making->customer : NULL,
		.entry = making->has_entry ? &making->entry : NULL,
		.author = author_of(making),
		.reader = reader,
		.address = letter->mail.to_count > 0 ?
		    bytes_of(letter->to[0].address) :
		    BYTES_NONE,
		.url = json_text(json_get(making->data, "url")),
		.text = json_text(json_get(making->data, "text")),
		.title = json_text(json_get(making->data, "title")),
		.vars = json_get(making->data, "vars"),
		.data = making->data,
	};
	if (reader != NULL) {
		page->is_verified = true;
		page->language = record_text(reader, AGENT_LANGUAGE);
		page->zone = record_text(reader, AGENT_ZONE);
	} else if (making->has_customer) {
		page->is_verified = is_proved(making);
		page->language = first_of(
		    record_text(&making->customer, CUSTOMER_LANGUAGE),
		    making->has_ticket ?
			record_text(&making->ticket, TICKET_LANGUAGE) :
			BYTES_NONE,
		    brand_language);
		page->zone = record_text(&making->customer, CUSTOMER_ZONE);
	}
	if (page->language.len == 0)
		page->language = brand_language;
	if (page->url.len == 0 && making->has_ticket)
		page->url = url_for(making, letter, reader);
	if (making->has_entry && page->text.len == 0)
		err = record_bigtext(making->read.snapshot, &making->entry,
		    ENTRY_BODY, making->arena, &page->text);
	if (err == ERR_OK && making->has_entry)
		err = record_bigtext(making->read.snapshot, &making->entry,
		    ENTRY_HTML, making->arena, &page->html);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static const char *
copy_text(struct making *making, struct bytes text)
{
	return arena_copy(
	    making->arena, text.at != NULL ? text.at : "", text.len);
}

static enum err
set_words(struct making *making, struct mailout_letter *letter,
    const struct record *reader)
{
	const struct mail_renderer *renderer = mailout_renderer(
	    making->mailout);
	struct hd_mail *mail = &letter->mail;
	struct mail_text text = { .subject = BYTES_NONE };
	struct mail_page page;
	enum err err = fill_page(making, letter, reader, &page);

	if (err == ERR_OK)
		err = renderer->render(
		    renderer->arg, &page, making->arena, &text, making->why);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID)
		return refuse(making, N_("The template {name} cannot be used."),
		    making->template);
	if (err != ERR_OK)
		return err;
	mail->subject = copy_line(making, text.subject, SUBJECT_MAX);
	mail->text = copy_text(making, text.text);
	mail->html = text.html.len > 0 ? copy_text(making, text.html) : NULL;
	return mail->subject != NULL && mail->text != NULL &&
		(text.html.len == 0 || mail->html != NULL) ?
	    ERR_OK :
	    ERR_NOMEM;
}

/* --- headers --- */

/* "Ada Lovelace (Acme)" for an answer, "Acme" for the rest. */
static enum err
set_from(struct making *making, struct mailout_letter *letter)
{
	const struct record *author = author_of(making);
	struct hd_mail *mail = &letter->mail;
	struct bytes sender = record_text(making->brand, BRAND_SENDER);
	struct bytes name = first_of(
	    record_text(making->brand, BRAND_SENDER_NAME),
	    record_text(making->brand, BRAND_NAME), BYTES_NONE);
	const char *usual = mailout_setting(making->read.directory,
	    making->brand, CHOICE_MAIL_FROM, making->arena);
	char *full;

	if (usual == NULL)
		return ERR_NOMEM;
	sender = first_of(sender, bytes_of(usual), BYTES_NONE);
	if (sender.len == 0) {
		full = arena_printf(making->arena, "support@%.*s",
		    BYTES_ARG(host_of(making->brand)));
		sender = bytes_of(full);
	}
	if (author != NULL && making->kind->automatic == HD_MAIL_BY_HAND) {
		full = arena_printf(making->arena, "%.*s (%.*s)",
		    BYTES_ARG(record_text(author, AGENT_NAME)),
		    BYTES_ARG(name));
		name = bytes_of(full);
	}
	mail->from.address = copy_line(making, sender, 254);
	mail->from.name = copy_line(making, name, 250);
	mail->reply_to = (struct hd_mail_address){ "", "" };
	return mail->from.address != NULL && mail->from.name != NULL ?
	    ERR_OK :
	    ERR_NOMEM;
}

/* Ours, to know our own mail when it comes back; and for those who answer
 * mails by themselves. */
static void
set_fields(struct making *making, struct mailout_letter *letter)
{
	struct hd_mail *mail = &letter->mail;
	size_t n = 0;

	letter->fields[n++] = (struct hd_mail_field){ "X-Hookdesk",
		store_site_id(site_store(making->site)) };
	if (mail->automatic != HD_MAIL_BY_HAND) {
		letter->fields[n++] =
		    (struct hd_mail_field){ "X-Auto-Response-Suppress", "All" };
		letter->fields[n++] = (struct hd_mail_field){ "Precedence",
			"auto_reply" };
	}
	mail->fields = letter->fields;
	mail->field_count = n;
}

/* The whole mail to the customer, or to one agent. */
static enum err
make(struct making *making, const struct record *reader, struct bytes address,
    struct mailout_letter *letter)
{
	struct hd_mail *mail = &letter->mail;
	enum err err;

	*letter = (struct mailout_letter){
		.mail = { .abi = HD_ABI,
		    .size = sizeof letter->mail,
		    .automatic = making->kind->automatic,
		    .date_us = making->has_entry ?
			record_int(&making->entry, ENTRY_AT) :
			record_int(making->job, JOB_SET_AT) },
	};
	mail->to = letter->to;
	if (mail->date_us == 0)
		mail->date_us = making->read.now_us;
	if (reader != NULL)
		err = add_address(making, letter,
		    record_text(reader, AGENT_EMAIL),
		    record_text(reader, AGENT_NAME));
	else if (address.len > 0)
		err = add_address(making, letter, address, BYTES_NONE);
	else
		err = address_customer(making, letter);
	if (err == ERR_OK && mail->to_count == 0)
		return refuse(making, N_("There is nobody to write to."), NULL);
	if (err == ERR_OK && !mailout_is_kept(making->mailout))
		err = mailout_settings(making->mailout, &making->read,
		    making->brand, making->arena, &letter->settings,
		    making->why);
	if (err == ERR_OK)
		err = set_from(making, letter);
	if (err == ERR_OK)
		err = set_ids(making, letter, reader != NULL ? reader->id : 0);
	if (err == ERR_OK)
		err = set_words(making, letter, reader);
	set_fields(making, letter);
	return err;
}

/* --- the job --- */

static enum err
hand_over(struct making *making, const struct mailout_letter *letter)
{
	struct hd_mail_outcome outcome;
	enum err err = mailout_hand_over(making->mailout, &letter->settings,
	    &letter->mail, &outcome, making->why);

	if (err != ERR_OK)
		return err;
	if (outcome.state != HD_MAIL_SENT)
		return why_set(making->why,
		    outcome.state == HD_MAIL_REFUSED ? ERR_REFUSED : ERR_IO,
		    NULL, N_("{name}"), outcome.code, outcome.reply);
	if (outcome.reply[0] != '\0')
		log_event(LOG_WARN, "mail.partly", "ticket=%llu why=%s",
		    (unsigned long long)record_ref(making->job, JOB_TICKET),
		    outcome.reply);
	return ERR_OK;
}

/* Make under a snapshot, then send without one. <item> is a login or an
 * address, NULL the customer. */
static enum err
send_one(
    struct making *making, const struct json *item, struct bytes *message_id)
{
	struct mailout_letter *letter = arena_new(
	    making->arena, struct mailout_letter);
	const struct record *reader = NULL;
	struct bytes address = json_text(item);
	enum err err;

	if (letter == NULL)
		return ERR_NOMEM;
	err = site_read_begin(making->site, &making->read);
	if (err != ERR_OK)
		return err;
	if (item != NULL) {
		reader = directory_find_key(
		    making->read.directory, KIND_AGENT, address);
		if (reader == NULL && !bytes_has(address, '@')) {
			site_read_end(&making->read);
			return refuse(
			    making, N_("There is no such agent."), NULL);
		}
	}
	err = read_records(making);
	if (err == ERR_OK && making->kind->may_be_nobodys &&
	    !making->has_customer) {
		site_read_end(&making->read);
		return ERR_OK;
	}
	if (err == ERR_OK)
		err = make(making, reader, address, letter);
	site_read_end(&making->read);
	if (err == ERR_OK && !mailout_is_kept(making->mailout))
		err = hand_over(making, letter);
	if (err == ERR_OK)
		*message_id = bytes_of(letter->mail.message_id);
	return err;
}

enum err
mailout_send(struct mailout *mailout, struct site *site,
    const struct record *job, struct arena *arena, struct bytes *message_id,
    struct why *why)
{
	struct making making = { .mailout = mailout,
		.site = site,
		.job = job,
		.arena = arena,
		.why = why };
	const struct json *item;
	enum err err = read_data(&making);

	if (err != ERR_OK)
		return err;
	if (json_type(json_get(making.data, "to")) != JSON_LIST)
		return send_one(&making, NULL, message_id);
	item = json_first(json_get(making.data, "to"));
	if (item == NULL)
		return refuse(
		    &making, N_("There is nobody to write to."), NULL);
	for (; err == ERR_OK && item != NULL; item = json_next(item))
		err = send_one(&making, item, message_id);
	return err;
}
