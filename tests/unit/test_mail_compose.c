/* tests/unit/test_mail_compose.c - tests of plugins/mail/compose.c.
 *
 * What was written is read back with GMime, as a reader would.
 */
#include "config.h"
#include "plugins/mail/check.h"
#include "plugins/mail/compose.h"
#include "tests/tap.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct hd_mail_address ada = { "ada@example.org", "Ada Lovelace" };
static const char *const old_ids[] = { "1.a@desk.example", "2.b@desk.example" };

static struct hd_mail
make_mail(void)
{
	return (struct hd_mail){
		.abi = HD_ABI,
		.size = sizeof(struct hd_mail),
		.date_us = INT64_C(1772442000) * 1000000,
		.from = { "help@desk.example", "The Desk" },
		.reply_to = { "", "" },
		.to = &ada,
		.to_count = 1,
		.subject = "Printer on fire",
		.text = "Hello Ada,\n\nwater helps.\n",
		.message_id = "412.7.Zm9v@desk.example",
		.in_reply_to = "",
	};
}

static enum compose_result
write_mail(const struct hd_mail *mail, struct letter *letter, char why[200])
{
	why[0] = '\0';
	return compose(mail, COMPOSE_CRLF, 0, letter, why, 200);
}

/* Parse <letter>; the caller gives it back with g_object_unref(). */
static GMimeMessage *
read_back(const struct letter *letter)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(
	    letter->at, letter->len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

/* The decoded content of a part, NUL-terminated; free() it. */
static char *
content_of(GMimeObject *object)
{
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;
	char *text;

	g_mime_data_wrapper_write_to_stream(
	    g_mime_part_get_content(GMIME_PART(object)), stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	text = calloc(1, bytes->len + 1);
	if (text != NULL && bytes->len > 0)
		memcpy(text, bytes->data, bytes->len);
	g_object_unref(stream);
	return text;
}

static int
has_line(const struct letter *letter, const char *line)
{
	return memmem(letter->at, letter->len, line, strlen(line)) != NULL;
}

/* Every line ends with CRLF, is short enough, and all of it is ASCII. */
static int
is_well_formed(const struct letter *letter)
{
	size_t line = 0;

	for (size_t i = 0; i < letter->len; i++) {
		unsigned char c = (unsigned char)letter->at[i];

		if (c >= 0x80 || c == '\0')
			return 0;
		if ((c == '\n') != (i > 0 && letter->at[i - 1] == '\r'))
			return 0;
		line = c == '\n' ? 0 : line + 1;
		if (line > 999) /* with the CR */
			return 0;
	}
	return letter->len > 2 && letter->at[letter->len - 1] == '\n';
}

static void
test_compose__writes_what_it_was_given(void)
{
	struct hd_mail mail = make_mail();
	struct hd_mail_field fields[] = {
		{ "X-Auto-Response-Suppress", "All" },
		{ "Precedence", "auto_reply" },
	};
	struct letter letter = { NULL, 0 };
	char why[200];

	mail.reply_to = (struct hd_mail_address){ "answer@desk.example", "" };
	mail.in_reply_to = "2.b@desk.example";
	mail.references = old_ids;
	mail.reference_count = 2;
	mail.automatic = HD_MAIL_AUTO_REPLIED;
	mail.fields = fields;
	mail.field_count = 2;
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
	CHECK(is_well_formed(&letter));
	CHECK(has_line(&letter, "From: The Desk <help@desk.example>\r\n"));
	CHECK(has_line(&letter, "To: Ada Lovelace <ada@example.org>\r\n"));
	CHECK(has_line(&letter, "Reply-To: answer@desk.example\r\n"));
	CHECK(has_line(&letter, "Subject: Printer on fire\r\n"));
	CHECK(has_line(&letter, "Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"));
	CHECK(has_line(&letter, "Message-Id: <412.7.Zm9v@desk.example>\r\n"));
	CHECK(has_line(&letter, "In-Reply-To: <2.b@desk.example>\r\n"));
	CHECK(has_line(
	    &letter, "References: <1.a@desk.example> <2.b@desk.example>\r\n"));
	CHECK(has_line(&letter, "Auto-Submitted: auto-replied\r\n"));
	CHECK(has_line(&letter, "X-Auto-Response-Suppress: All\r\n"));
	CHECK(has_line(&letter, "MIME-Version: 1.0\r\n") ||
	    has_line(&letter, "Mime-Version: 1.0\r\n"));
	CHECK(has_line(&letter, "\r\n\r\nHello Ada,\r\n\r\nwater helps.\r\n"));
	CHECK(!has_line(&letter, "Bcc"));
	letter_release(&letter);
}

static void
test_compose__gives_the_same_bytes_again(void)
{
	struct hd_mail mail = make_mail();
	struct letter first = { NULL, 0 }, second = { NULL, 0 };
	char why[200];

	mail.html = "<p>water helps.</p>";
	CHECK_INT(write_mail(&mail, &first, why), COMPOSE_OK);
	CHECK_INT(write_mail(&mail, &second, why), COMPOSE_OK);
	CHECK(first.len == second.len &&
	    memcmp(first.at, second.at, first.len) == 0);
	letter_release(&second);
	mail.message_id = "412.8.Zm9v@desk.example";
	CHECK_INT(write_mail(&mail, &second, why), COMPOSE_OK);
	CHECK(first.len != second.len ||
	    memcmp(first.at, second.at, first.len) != 0);
	letter_release(&first);
	letter_release(&second);
}

static void
test_compose__refuses_what_would_add_a_header(void)
{
	static const char *const bad[] = { "a\nBcc: x@evil.example",
		"a\r\nBcc: x@evil.example", "a\rBcc: x@evil.example", "a\tb",
		"a\vb", "a\x7f", "\xc2\x85 next line", "\xff not UTF-8",
		"\xc0\x8a overlong", "\n" };
	static const char *const plain_id = "1.a@desk.example";

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		for (int place = 0; place < 9; place++) {
			struct hd_mail mail = make_mail();
			struct hd_mail_address to = ada;
			struct hd_mail_field field = { "X-Word", "b" };
			struct hd_mail_file file = { "/dev/null", "a",
				"text/plain" };
			const char *reference = plain_id;
			struct letter letter = { NULL, 0 };
			char why[200];

			mail.to = &to;
			mail.fields = &field;
			mail.field_count = 1;
			mail.references = &reference;
			mail.reference_count = 1;
			switch (place) {
			case 0: mail.subject = bad[i]; break;
			case 1: mail.from.name = bad[i]; break;
			case 2: to.name = bad[i]; break;
			case 3: to.address = bad[i]; break;
			case 4: field.value = bad[i]; break;
			case 5: field.name = bad[i]; break;
			case 6: mail.message_id = bad[i]; break;
			case 7: reference = bad[i]; break;
			case 8:
				file.name = bad[i];
				mail.files = &file;
				mail.file_count = 1;
				break;
			}
			CHECK_INT(
			    write_mail(&mail, &letter, why), COMPOSE_INVALID);
			CHECK(letter.at == NULL);
			CHECK(why[0] != '\0');
		}
	}
}

static void
test_compose__refuses_fields_that_are_not_the_callers(void)
{
	static const char *const names[] = { "Bcc", "bcc", "To", "Subject",
		"Content-Type", "content-transfer-encoding", "MIME-Version",
		"Return-Path", "", "A B", "X:", "X-\xc3\xa4" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct hd_mail mail = make_mail();
		struct hd_mail_field field = { names[i], "b" };
		struct letter letter = { NULL, 0 };
		char why[200];

		mail.fields = &field;
		mail.field_count = 1;
		CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_INVALID);
	}
}

static void
test_compose__carries_every_script(void)
{
	static const char *const texts[] = { "Gr\xc3\xbc\xc3\x9f"
					     "e aus K\xc3\xb6ln",
		"\xe6\x89\x93\xe5\x8d\xb0\xe6\x9c\xba\xe7\x9d\x80\xe7\x81\xab\xe4"
		"\xba\x86\xef\xbc\x8c\xe8\xaf\xb7\xe5\xb8\xae\xe5\xbf\x99",
		"\xd0\x9c\xd0\xbe\xd0\xbd\xd0\xb3\xd0\xbe\xd0\xbb",
		"quotes \" and \\ and <>, (comment)", "\xf0\x9f\x94\xa5 fire" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hd_mail mail = make_mail();
		struct hd_mail_address to = { "ada@example.org", texts[i] };
		struct letter letter = { NULL, 0 };
		InternetAddressList *list;
		GMimeMessage *message;
		GMimeObject *part;
		char why[200];
		char *text;

		mail.to = &to;
		mail.subject = texts[i];
		mail.text = texts[i];
		CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
		CHECK(is_well_formed(&letter));
		message = read_back(&letter);
		CHECK(
		    strcmp(g_mime_message_get_subject(message), texts[i]) == 0);
		list = g_mime_message_get_to(message);
		CHECK_INT(internet_address_list_length(list), 1);
		CHECK(strcmp(internet_address_get_name(
				 internet_address_list_get_address(list, 0)),
			  texts[i]) == 0);
		part = g_mime_message_get_mime_part(message);
		text = content_of(part);
		CHECK(strncmp(text, texts[i], strlen(texts[i])) == 0);
		CHECK(strcmp(g_mime_object_get_content_type_parameter(
				 part, "charset"),
			  "utf-8") == 0);
		free(text);
		g_object_unref(message);
		letter_release(&letter);
	}
}

static void
test_compose__writes_no_encoded_word_of_others(void)
{
	static const char word[] = "=?utf-8?q?Bcc=3A?= =?utf-8?q?x?=";
	struct hd_mail mail = make_mail();
	struct hd_mail_address to = { "ada@example.org", word };
	struct hd_mail_field field = { "X-Word", word };
	struct letter letter = { NULL, 0 };
	char why[200];

	mail.to = &to;
	mail.subject = word;
	mail.fields = &field;
	mail.field_count = 1;
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
	CHECK(!has_line(&letter, "=?"));
	CHECK(has_line(&letter, "Subject: = ?utf-8?q?Bcc=3A?= = ?utf-8?q?x?="));
	letter_release(&letter);
}

static void
test_compose__folds_long_headers(void)
{
	static char words[2400], chinese[1801];
	struct hd_mail mail = make_mail();
	struct hd_mail_address many[40];
	const char *references[100];
	struct letter letter = { NULL, 0 };
	GMimeMessage *message;
	char why[200];

	for (size_t i = 0; i < sizeof words - 6; i += 6)
		memcpy(&words[i], "words ", 6);
	words[sizeof words - 7] = '\0';
	for (size_t i = 0; i < sizeof chinese - 3; i += 3)
		memcpy(&chinese[i], "\xe7\x81\xab", 3);
	for (size_t i = 0; i < 40; i++)
		many[i] = ada;
	for (size_t i = 0; i < 100; i++)
		references[i] = "12345678.12345678.abcdefghijklmnop@a.example";
	mail.subject = words;
	mail.to = many;
	mail.to_count = 40;
	mail.references = references;
	mail.reference_count = 100;
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
	CHECK(is_well_formed(&letter));
	message = read_back(&letter);
	CHECK(strcmp(g_mime_message_get_subject(message), words) == 0);
	CHECK_INT(
	    internet_address_list_length(g_mime_message_get_to(message)), 40);
	g_object_unref(message);
	letter_release(&letter);
	mail.subject = chinese;
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
	CHECK(is_well_formed(&letter));
	message = read_back(&letter);
	CHECK(strcmp(g_mime_message_get_subject(message), chinese) == 0);
	g_object_unref(message);
	letter_release(&letter);
}

static void
test_compose__keeps_every_body(void)
{
	static char long_line[6001];
	static const char *const texts[] = { "", "\n", "one line without end",
		".\n..\n.dot\n", "From here on\n",
		"trailing space \nand tab\t\n", "a\r\nb\rc\n", long_line,
		"\x01 control\n",
		"h\xc3\xa9ll\xc3\xb6 "
		"and a long tail that is plain ASCII\n" };
	static const char *const wanted[] = { "", "\n",
		"one line without end\n", ".\n..\n.dot\n", "From here on\n",
		"trailing space \nand tab\t\n", "a\nb\nc\n", long_line,
		"\x01 control\n",
		"h\xc3\xa9ll\xc3\xb6 "
		"and a long tail that is plain ASCII\n" };

	memset(long_line, 'x', 5999);
	long_line[5999] = '\n';
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hd_mail mail = make_mail();
		struct letter letter = { NULL, 0 };
		GMimeMessage *message;
		char why[200];
		char *text, *to, *from;

		mail.text = texts[i];
		CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
		CHECK(is_well_formed(&letter));
		message = read_back(&letter);
		text = content_of(g_mime_message_get_mime_part(message));
		for (to = from = text; *from != '\0'; from++)
			if (*from != '\r')
				*to++ = *from;
		*to = '\0';
		CHECK(strcmp(text, wanted[i]) == 0);
		free(text);
		g_object_unref(message);
		letter_release(&letter);
	}
}

static void
test_compose__puts_text_before_html(void)
{
	struct hd_mail mail = make_mail();
	struct letter letter = { NULL, 0 };
	GMimeMultipart *both;
	GMimeMessage *message;
	char why[200];
	char *text;

	mail.html = "<p>\xe7\x81\xab</p>";
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
	CHECK(is_well_formed(&letter));
	message = read_back(&letter);
	both = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
	CHECK(g_mime_content_type_is_type(
	    g_mime_object_get_content_type(GMIME_OBJECT(both)), "multipart",
	    "alternative"));
	CHECK_INT(g_mime_multipart_get_count(both), 2);
	text = content_of(g_mime_multipart_get_part(both, 1));
	CHECK(strstr(text, mail.html) != NULL);
	free(text);
	g_object_unref(message);
	letter_release(&letter);
}

/* A file of <len> bytes in <path>. */
static int
write_temp(char *path, const char *at, size_t len)
{
	int fd = mkstemp(path);
	int is_done = fd >= 0 && write(fd, at, len) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return is_done;
}

static void
test_compose__attaches_files_with_any_name(void)
{
	static const char bytes[] = "\0\xff\r\n.\nFrom here\0";
	static const char *const names[] = { "plain.txt",
		"R\xc3\xa9sum\xc3\xa9 \xe7\x81\xab.pdf", "a\"b\\c;d=e.txt",
		"../../etc/passwd", "",
		"a-very-long-name-that-does-not-fit-into-a-single-line-of-a-"
		"header-\xc3\xa4-so-that-it-must-be-cut-into-pieces.tar.gz" };
	char path[] = "/tmp/hookdesk-attach-XXXXXX";

	CHECK(write_temp(path, bytes, sizeof bytes));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct hd_mail mail = make_mail();
		struct hd_mail_file file = { path, names[i],
			i % 2 ? "message/rfc822" : "application/pdf" };
		struct letter letter = { NULL, 0 };
		GMimeMultipart *mixed;
		GMimeMessage *message;
		GMimeObject *part;
		GMimeStream *stream;
		GByteArray *got;
		char why[200];

		mail.files = &file;
		mail.file_count = 1;
		CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_OK);
		CHECK(is_well_formed(&letter));
		message = read_back(&letter);
		mixed = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
		CHECK_INT(g_mime_multipart_get_count(mixed), 2);
		part = g_mime_multipart_get_part(mixed, 1);
		CHECK(strcmp(g_mime_part_get_filename(GMIME_PART(part)),
			  i == 4 ? "attachment" : names[i]) == 0);
		CHECK(strcmp(g_mime_object_get_disposition(part),
			  "attachment") == 0);
		stream = g_mime_stream_mem_new();
		g_mime_data_wrapper_write_to_stream(
		    g_mime_part_get_content(GMIME_PART(part)), stream);
		got = g_mime_stream_mem_get_byte_array(
		    GMIME_STREAM_MEM(stream));
		CHECK(got->len == sizeof bytes &&
		    memcmp(got->data, bytes, sizeof bytes) == 0);
		g_object_unref(stream);
		g_object_unref(message);
		letter_release(&letter);
	}
	unlink(path);
}

static void
test_compose__tells_what_is_wrong_with_a_file(void)
{
	static const char bytes[10000];
	struct hd_mail mail = make_mail();
	struct hd_mail_file file = { "/tmp", "a", "text/plain" };
	char path[] = "/tmp/hookdesk-attach-XXXXXX";
	struct letter letter = { NULL, 0 };
	char why[200];

	mail.files = &file;
	mail.file_count = 1;
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_INVALID);
	file.path = "/nonexistent/file";
	CHECK_INT(write_mail(&mail, &letter, why), COMPOSE_INVALID);
	CHECK(write_temp(path, bytes, sizeof bytes));
	file.path = path;
	CHECK_INT(compose(&mail, COMPOSE_CRLF, 9999, &letter, why, sizeof why),
	    COMPOSE_TOO_LARGE);
	CHECK_INT(compose(&mail, COMPOSE_CRLF, 11000, &letter, why, sizeof why),
	    COMPOSE_TOO_LARGE);
	CHECK(letter.at == NULL);
	CHECK_INT(compose(&mail, COMPOSE_CRLF, 20000, &letter, why, sizeof why),
	    COMPOSE_OK);
	letter_release(&letter);
	unlink(path);
}

static void
test_compose__ends_lines_as_programs_want(void)
{
	struct hd_mail mail = make_mail();
	struct letter letter = { NULL, 0 };
	char why[200];

	mail.html = "<p>a</p>\r\n<p>b</p>";
	CHECK_INT(compose(&mail, COMPOSE_LF, 0, &letter, why, sizeof why),
	    COMPOSE_OK);
	CHECK(memchr(letter.at, '\r', letter.len) == NULL);
	letter_release(&letter);
}

static void
test_check_is_address__knows_addresses(void)
{
	static const struct {
		const char *address;
		int is_good;
	} cases[] = {
		{ "a@b", 1 },
		{ "ada.lovelace+desk@mail.example.org", 1 },
		{ "o'hara@example.org", 1 },
		{ "ada@b\xc3\xbc"
		  "cher.example",
		    1 },
		{ "", 0 },
		{ "@b", 0 },
		{ "a@", 0 },
		{ "a", 0 },
		{ "a b@c", 0 },
		{ "a@b c", 0 },
		{ "a@@b", 0 },
		{ ".a@b", 0 },
		{ "a.@b", 0 },
		{ "a..b@c", 0 },
		{ "a@.b", 0 },
		{ "a@b.", 0 },
		{ "a@b..c", 0 },
		{ "a@b,c@d", 0 },
		{ "<a@b>", 0 },
		{ "a@b>\r\nRCPT TO:<c@d", 0 },
		{ "\"a b\"@c", 0 },
		{ "\xc3\xa4@b", 0 },
		{ "a@[127.0.0.1]", 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		printf("# %s\n", cases[i].is_good ? cases[i].address : "bad");
		CHECK_INT(check_is_address(cases[i].address), cases[i].is_good);
	}
}

static void
test_check_copy_line__cleans_and_cuts(void)
{
	char out[8];

	CHECK_INT(check_copy_line(out, sizeof out, "ab\r\ncd\n", 7), 6);
	CHECK(strcmp(out, "ab  cd") == 0);
	CHECK_INT(check_copy_line(out, sizeof out, "123456\xc3\xa4", 8), 6);
	CHECK(strcmp(out, "123456") == 0);
	CHECK_INT(check_copy_line(out, sizeof out,
		      "a\xff"
		      "b\xc3",
		      4),
	    3);
	CHECK(strcmp(out, "a b") == 0);
	CHECK_INT(check_copy_line(out, sizeof out, "", 0), 0);
	CHECK(out[0] == '\0');
}

int
main(void)
{
	compose_init();
	RUN(test_compose__writes_what_it_was_given);
	RUN(test_compose__gives_the_same_bytes_again);
	RUN(test_compose__refuses_what_would_add_a_header);
	RUN(test_compose__refuses_fields_that_are_not_the_callers);
	RUN(test_compose__carries_every_script);
	RUN(test_compose__writes_no_encoded_word_of_others);
	RUN(test_compose__folds_long_headers);
	RUN(test_compose__keeps_every_body);
	RUN(test_compose__puts_text_before_html);
	RUN(test_compose__attaches_files_with_any_name);
	RUN(test_compose__tells_what_is_wrong_with_a_file);
	RUN(test_compose__ends_lines_as_programs_want);
	RUN(test_check_is_address__knows_addresses);
	RUN(test_check_copy_line__cleans_and_cuts);
	return tap_done();
}
