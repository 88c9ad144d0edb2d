/* tests/unit/test_mail_page.c - the words of the mails that we ship. */
#include "config.h"
#include "core/web/mail_page.h"

#include "core/base/paths.h"
#include "core/desk/token.h"
#include "core/model/ticket.h"
#include "core/web/template.h"
#include "core/web/translate.h"
#include "tests/unit/desk_fixture.h"

#define ANN 1 /* the admin's id */

struct mail_fixture {
	struct desk_fixture desk;
	struct template_set *set;
	struct mail_pages pages;
	struct site_read read;
	struct record ticket, customer;
	struct mail_page page;
	struct mail_text text;
};

static struct template_set *
hold(void *arg, struct site *site)
{
	struct mail_fixture *f = arg;

	return f->set != NULL ? template_set_hold(f->set) : NULL;
}

/* A ticket of Bob's with this subject, and a mail of <template> about it. */
static void
setup(struct mail_fixture *f, const char *template, const char *subject)
{
	static char dir[PATH_MAX];
	struct template_options options = { .share_dir = dir,
		.translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };
	uint64_t number;

	memset(f, 0, sizeof *f);
	desk_setup(&f->desk);
	snprintf(dir, sizeof dir, "%s/www/templates", path_get(PATH_DATADIR));
	must(template_set_load(&options, &f->desk.why, &f->set),
	    f->desk.why.message);
	f->pages = (struct mail_pages){ hold, f };
	number = desk_submit(&f->desk, "bob@example.org", subject, "Help!");
	MUST(site_read_begin(f->desk.site, &f->read));
	MUST(record_find(f->read.snapshot, KIND_TICKET, number, &f->ticket));
	MUST(record_find(f->read.snapshot, KIND_CUSTOMER,
	    record_ref(&f->ticket, TICKET_CUSTOMER), &f->customer));
	f->page = (struct mail_page){ .read = &f->read,
		.template = template,
		.language = BYTES("en"),
		.brand = directory_brand(f->read.directory, 0),
		.ticket = &f->ticket,
		.customer = &f->customer,
		.url = BYTES("https://help.example.com/t/secret") };
}

static enum err
show(struct mail_fixture *f)
{
	return mail_page_render(
	    &f->pages, &f->page, f->desk.arena, &f->text, &f->desk.why);
}

static void
teardown(struct mail_fixture *f)
{
	site_read_end(&f->read);
	template_set_release(f->set);
	desk_teardown(&f->desk);
}

static bool
has(struct bytes text, const char *part)
{
	return bytes_find(text, bytes_of(part)) != NULL;
}

static void
test_mail_page_render__confirms_without_a_strangers_words(void)
{
	struct mail_fixture f;

	setup(&f, "confirmation", "Buy pills at evil.example");
	MUST(show(&f));
	CHECK(has(f.text.text, "https://help.example.com/t/secret"));
	CHECK(has(f.text.html, "https://help.example.com/t/secret"));
	CHECK(!has(f.text.text, "evil.example"));
	CHECK(!has(f.text.html, "evil.example"));
	CHECK(!has(f.text.subject, "evil.example"));
	f.page.is_verified = true;
	MUST(show(&f));
	CHECK(has(f.text.text, "evil.example"));
	CHECK(has(f.text.html, "evil.example"));
	teardown(&f);
}

static void
test_mail_page_render__escapes_in_html_only(void)
{
	struct mail_fixture f;

	setup(&f, "reply", "Tom & Jerry's \"<b>\" &lt;");
	f.page.text = BYTES("1 < 2 & it's &amp; so\n");
	f.page.html = BYTES("<p>1 &lt; 2</p>");
	MUST(show(&f));
	CHECK(bytes_is(f.text.subject, "Re: Tom & Jerry's \"<b>\" &lt;"));
	CHECK(has(f.text.text, "1 < 2 & it's &amp; so"));
	CHECK(has(f.text.text, "Tom & Jerry's \"<b>\" &lt;"));
	CHECK(has(f.text.html, "<p>1 &lt; 2</p>"));
	CHECK(has(f.text.html, "Tom &amp; Jerry&#39;s"));
	CHECK(!has(f.text.html, "<b>"));
	teardown(&f);
}

static void
test_mail_page_render__keeps_the_subject_to_one_line(void)
{
	struct mail_fixture f;

	setup(&f, "notify", "Late parcel");
	f.page.title = BYTES("Look\r\nBcc: all@example.org");
	MUST(show(&f));
	for (size_t i = 0; i < f.text.subject.len; i++)
		CHECK((unsigned char)f.text.subject.at[i] >= ' ');
	CHECK(has(f.text.subject, "Look  Bcc: all@example.org"));
	teardown(&f);
}

static void
test_mail_page_render__links_scores_and_requests(void)
{
	struct mail_fixture f;
	struct bytes link;

	setup(&f, "survey", "Late parcel");
	MUST(show(&f));
	for (const char *n = "12345"; *n != '\0'; n++) {
		char url[80];

		snprintf(url, sizeof url,
		    "https://help.example.com/t/secret?score=%c#rate", *n);
		CHECK(has(f.text.text, url));
		CHECK(has(f.text.html, url));
	}
	f.page.template = "links";
	f.page.ticket = NULL;
	MUST(show(&f));
	link = token_mailed_url(f.desk.site, f.read.directory, &f.ticket,
	    &f.customer, f.desk.arena);
	CHECK(bytes_find(f.text.text, link) != NULL);
	CHECK(bytes_find(f.text.html, link) != NULL);
	CHECK(has(f.text.text, "Late parcel"));
	teardown(&f);
}

static void
test_mail_page_render__has_every_mail_that_the_desk_sends(void)
{
	static const char *const names[] = { "reply", "autoreply",
		"confirmation", "survey", "notify", "mail", "links",
		"sign_in" };
	struct mail_fixture f;

	setup(&f, "reply", "Late parcel");
	f.page.title = BYTES("A title");
	f.page.text = BYTES("Some text");
	f.page.author = directory_find(f.read.directory, KIND_AGENT, ANN);
	f.page.reader = f.page.author;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		f.page.template = names[i];
		f.page.ticket = strcmp(names[i], "links") ? &f.ticket : NULL;
		CHECK_INT(show(&f), ERR_OK);
		CHECK(f.text.subject.len > 0);
		CHECK(f.text.text.len > 0);
		CHECK(has(f.text.html, "</html>"));
		CHECK(!has(f.text.text, "{{"));
	}
	teardown(&f);
}

static void
test_mail_page_render__refuses_what_is_not_there(void)
{
	struct mail_fixture f;
	struct template_set *set;

	setup(&f, "../agent/inbox", "Late parcel");
	CHECK_INT(show(&f), ERR_NOT_FOUND);
	f.page.template = "nothing";
	CHECK_INT(show(&f), ERR_NOT_FOUND);
	CHECK(has(bytes_of(f.desk.why.name), "mail/nothing_subject"));
	f.page.template = "reply";
	set = f.set;
	f.set = NULL; /* the site is closing */
	CHECK_INT(show(&f), ERR_BUSY);
	f.set = set;
	teardown(&f);
}

static void
test_html_unescape__turns_back_what_was_escaped(void)
{
	static const char *const texts[] = { "", "&", "a & b", "&amp;",
		"<a href=\"x\">'&#39;'</a>", "&&&lt",
		"\xc3\xa4 & \xe2\x82\xac" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct buf html = BUF_INIT, text = BUF_INIT;

		html_escape(&html, bytes_of(texts[i]));
		html_unescape(&text, buf_get(&html));
		CHECK(bytes_is(buf_get(&text), texts[i]));
		buf_release(&html);
		buf_release(&text);
	}
}

int
main(void)
{
	RUN(test_mail_page_render__confirms_without_a_strangers_words);
	RUN(test_mail_page_render__escapes_in_html_only);
	RUN(test_mail_page_render__keeps_the_subject_to_one_line);
	RUN(test_mail_page_render__links_scores_and_requests);
	RUN(test_mail_page_render__has_every_mail_that_the_desk_sends);
	RUN(test_mail_page_render__refuses_what_is_not_there);
	RUN(test_html_unescape__turns_back_what_was_escaped);
	return tap_done();
}
