/* plugins/mail/compose.c - writes a mail as RFC 5322 and MIME want it.
 *
 * GMime does the encodings (RFC 2047, 2231, 2045); what it would let through
 * is refused before it sees it. Lines end with LF until the last step.
 */
#include "config.h"
#include "plugins/mail/compose.h"

#include "plugins/mail/check.h"

#include <errno.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 998 /* RFC 5322, 2.1.1 */
#define LINE_PLAIN 76      /* longer lines of a body are encoded */

/* What one compose() carries along. */
struct composer {
	const struct hd_mail *mail;
	GMimeMessage *message;
	enum compose_result result;
	int64_t size_max;
	unsigned boundaries; /* given out so far */
	char *why;
	size_t why_size;
};

void
compose_init(void)
{
	static bool is_done;

	if (!is_done)
		g_mime_init();
	is_done = true;
}

void
letter_release(struct letter *letter)
{
	g_free(letter->at);
	*letter = (struct letter){ NULL, 0 };
}

__attribute__((format(printf, 3, 4))) static void
fail(struct composer *composer, enum compose_result result, const char *format,
    ...)
{
	va_list args;

	if (composer->result != COMPOSE_OK)
		return; /* the first reason is the one to tell */
	composer->result = result;
	va_start(args, format);
	vsnprintf(composer->why, composer->why_size, format, args);
	va_end(args);
}

/* All that goes into a header passes here. */
static int
check_value(struct composer *composer, const char *field, const char *value)
{
	if (check_is_clean(value))
		return 1;
	fail(composer, COMPOSE_INVALID,
	    "%s holds a line break or another control character", field);
	return 0;
}

/* <text>, in which nothing can be read as an encoded word (RFC 2047, 2) that
 * we did not write: GMime takes "=?...?=" for one and leaves it. g_free() it.
 */
static char *
copy_text(const char *text)
{
	GString *out = g_string_new(text);

	g_string_replace(out, "=?", "= ?", 0);
	return g_string_free(out, FALSE);
}

static void
set_header(struct composer *composer, const char *name, const char *value)
{
	char *text = copy_text(value);

	if (check_value(composer, name, value))
		g_mime_object_set_header(
		    GMIME_OBJECT(composer->message), name, text, "utf-8");
	g_free(text);
}

static void
set_addresses(struct composer *composer, const char *field,
    GMimeAddressType type, const struct hd_mail_address *addresses,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct hd_mail_address *a = &addresses[i];
		char *name;

		if (!check_value(composer, field, a->name))
			return;
		if (!check_is_address(a->address)) {
			fail(composer, COMPOSE_INVALID,
			    "%s: not an address we can send to: %.254s", field,
			    check_is_clean(a->address) ? a->address :
							 "(unclean)");
			return;
		}
		name = a->name[0] != '\0' ? copy_text(a->name) : NULL;
		g_mime_message_add_mailbox(
		    composer->message, type, name, a->address);
		g_free(name);
	}
}

static void
set_ids(struct composer *composer)
{
	const struct hd_mail *mail = composer->mail;
	GString *references = g_string_new(NULL);

	for (size_t i = 0; i < mail->reference_count; i++) {
		if (!check_is_message_id(mail->references[i]))
			fail(composer, COMPOSE_INVALID, "References: no id");
		g_string_append_printf(references, "%s<%s>", i > 0 ? " " : "",
		    mail->references[i]);
	}
	if (!check_is_message_id(mail->message_id))
		fail(composer, COMPOSE_INVALID, "Message-ID: no id");
	else
		g_mime_message_set_message_id(
		    composer->message, mail->message_id);
	if (mail->in_reply_to[0] != '\0') {
		char *value = g_strdup_printf("<%s>", mail->in_reply_to);

		if (!check_is_message_id(mail->in_reply_to))
			fail(composer, COMPOSE_INVALID, "In-Reply-To: no id");
		else
			set_header(composer, "In-Reply-To", value);
		g_free(value);
	}
	if (references->len > 0 && composer->result == COMPOSE_OK)
		set_header(composer, "References", references->str);
	g_string_free(references, TRUE);
}

static void
set_fields(struct composer *composer)
{
	const struct hd_mail *mail = composer->mail;

	for (size_t i = 0; i < mail->field_count; i++) {
		if (check_is_field_name(mail->fields[i].name))
			set_header(composer, mail->fields[i].name,
			    mail->fields[i].value);
		else
			fail(composer, COMPOSE_INVALID,
			    "a header field of this name cannot be added");
	}
}

static void
set_headers(struct composer *composer)
{
	static const char *const automatic[HD_MAIL_AUTO__COUNT] = {
		[HD_MAIL_AUTO_REPLIED] = "auto-replied",
		[HD_MAIL_AUTO_GENERATED] = "auto-generated",
	};
	const struct hd_mail *mail = composer->mail;
	GDateTime *date;

	set_addresses(
	    composer, "From", GMIME_ADDRESS_TYPE_FROM, &mail->from, 1);
	if (mail->reply_to.address[0] != '\0')
		set_addresses(composer, "Reply-To", GMIME_ADDRESS_TYPE_REPLY_TO,
		    &mail->reply_to, 1);
	if (mail->to_count == 0)
		fail(composer, COMPOSE_INVALID, "there is nobody to send to");
	set_addresses(
	    composer, "To", GMIME_ADDRESS_TYPE_TO, mail->to, mail->to_count);
	set_header(composer, "Subject", mail->subject);
	date = g_date_time_new_from_unix_utc(mail->date_us / 1000000);
	if (date == NULL) {
		fail(composer, COMPOSE_INVALID, "Date: no time");
	} else {
		g_mime_message_set_date(composer->message, date);
		g_date_time_unref(date);
	}
	set_ids(composer);
	if ((unsigned)mail->automatic < HD_MAIL_AUTO__COUNT &&
	    automatic[mail->automatic] != NULL)
		set_header(
		    composer, "Auto-Submitted", automatic[mail->automatic]);
	set_fields(composer);
}

/* <text> with LF at the end of each line, whatever ended them before. */
static GString *
copy_with_lf(const char *text)
{
	GString *out = g_string_new(NULL);

	for (; *text != '\0'; text++) {
		if (*text != '\r')
			g_string_append_c(out, *text);
		else if (text[1] != '\n')
			g_string_append_c(out, '\n');
	}
	if (out->len > 0 && out->str[out->len - 1] != '\n')
		g_string_append_c(out, '\n');
	return out;
}

/* Plain if it is short lines of ASCII; base64 where quoted-printable would
 * blow it up, as with Chinese. */
static GMimeContentEncoding
choose_encoding(const GString *text)
{
	size_t high = 0, line = 0, longest = 0;
	int is_odd = 0;

	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->str[i];

		line = c == '\n' ? 0 : line + 1;
		longest = line > longest ? line : longest;
		high += c >= 0x80;
		is_odd |= c < 0x20 && c != '\n' && c != '\t';
		/* MTAs of old times put a > before it. */
		is_odd |= line == 1 && strncmp(&text->str[i], "From ", 5) == 0;
	}
	if (high == 0 && !is_odd && longest <= LINE_PLAIN)
		return GMIME_CONTENT_ENCODING_7BIT;
	if (high > text->len / 4)
		return GMIME_CONTENT_ENCODING_BASE64;
	return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

/* Put <content> of <len> bytes, which it copies, into <part>. */
static void
set_content(GMimePart *part, const char *content, size_t len,
    GMimeContentEncoding encoding)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(content, len);
	GMimeDataWrapper *wrapper = g_mime_data_wrapper_new_with_stream(
	    stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(part, wrapper);
	g_mime_part_set_content_encoding(part, encoding);
	g_object_unref(wrapper);
	g_object_unref(stream);
}

static GMimeObject *
make_text(struct composer *composer, const char *subtype, const char *text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	GString *lf = copy_with_lf(text);
	GMimeContentEncoding encoding = choose_encoding(lf);

	if (!check_is_utf8(text))
		fail(composer, COMPOSE_INVALID, "the text is not UTF-8");
	/* Text in base64 is made of lines with CRLF: RFC 2045, 6.8. */
	if (encoding == GMIME_CONTENT_ENCODING_BASE64)
		g_string_replace(lf, "\n", "\r\n", 0);
	g_mime_object_set_content_type_parameter(
	    GMIME_OBJECT(part), "charset", "utf-8");
	set_content(part, lf->str, lf->len, encoding);
	g_string_free(lf, TRUE);
	return GMIME_OBJECT(part);
}

/* Boundaries come from the Message-ID, so that a repeat is the same mail;
 * "=_" is in no encoded text. */
static GMimeMultipart *
make_multipart(struct composer *composer, const char *subtype)
{
	GMimeMultipart *multipart = g_mime_multipart_new_with_subtype(subtype);
	char *seed = g_strdup_printf(
	    "%u %s", composer->boundaries++, composer->mail->message_id);
	char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, seed, -1);
	char *boundary = g_strdup_printf("=_%.32s", hash);

	g_mime_multipart_set_boundary(multipart, boundary);
	g_free(boundary);
	g_free(hash);
	g_free(seed);
	return multipart;
}

static GMimeObject *
make_body(struct composer *composer)
{
	const struct hd_mail *mail = composer->mail;
	GMimeObject *text = make_text(composer, "plain", mail->text);
	GMimeMultipart *both;
	GMimeObject *html;

	if (mail->html == NULL)
		return text;
	both = make_multipart(composer, "alternative");
	html = make_text(composer, "html", mail->html);
	g_mime_multipart_add(both, text);
	g_mime_multipart_add(both, html); /* the better one last */
	g_object_unref(text);
	g_object_unref(html);
	return GMIME_OBJECT(both);
}

/* Read the whole regular file <path> into <out>, at most <max> bytes. */
static int
read_file(struct composer *composer, const struct hd_mail_file *file,
    int64_t max, GString *out)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char block[16384];
	struct stat st;
	ssize_t n = -1;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		int is_gone = fd >= 0 || errno == ENOENT || errno == ELOOP;

		fail(composer, is_gone ? COMPOSE_INVALID : COMPOSE_FILE,
		    "attachment \"%.100s\": %s", file->name,
		    fd >= 0 ? "not a regular file" : strerror(errno));
		goto out;
	}
	while ((n = read(fd, block, sizeof block)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fail(composer, COMPOSE_FILE,
			    "attachment \"%.100s\": %s", file->name,
			    strerror(errno));
			break;
		}
		g_string_append_len(out, block, n);
		if (max > 0 && (int64_t)out->len > max) {
			fail(composer, COMPOSE_TOO_LARGE,
			    "the attachments are too large for a mail");
			break;
		}
	}
out:
	if (fd >= 0)
		close(fd);
	return n == 0;
}

static GMimeObject *
make_attachment(struct composer *composer, const struct hd_mail_file *file)
{
	const char *type = check_is_media_type(file->type) ?
	    file->type :
	    "application/octet-stream";
	const char *slash = strchr(type, '/');
	char *top = g_strndup(type, (size_t)(slash - type));
	GMimePart *part = g_mime_part_new_with_type(top, slash + 1);
	GString *content = g_string_new(NULL);

	if (check_value(composer, "the name of an attachment", file->name) &&
	    read_file(composer, file, composer->size_max, content)) {
		g_mime_object_set_disposition(
		    GMIME_OBJECT(part), GMIME_DISPOSITION_ATTACHMENT);
		g_mime_part_set_filename(
		    part, file->name[0] != '\0' ? file->name : "attachment");
		set_content(part, content->str, content->len,
		    GMIME_CONTENT_ENCODING_BASE64);
	}
	g_string_free(content, TRUE);
	g_free(top);
	return GMIME_OBJECT(part);
}

static void
set_parts(struct composer *composer)
{
	const struct hd_mail *mail = composer->mail;
	GMimeMultipart *mixed = NULL;
	GMimeObject *body;

	if (mail->file_count > 0)
		mixed = make_multipart(composer, "mixed");
	body = make_body(composer);
	if (mixed == NULL) {
		g_mime_message_set_mime_part(composer->message, body);
		g_object_unref(body);
		return;
	}
	g_mime_multipart_add(mixed, body);
	g_object_unref(body);
	for (size_t i = 0;
	     i < mail->file_count && composer->result == COMPOSE_OK; i++) {
		GMimeObject *part = make_attachment(composer, &mail->files[i]);

		g_mime_multipart_add(mixed, part);
		g_object_unref(part);
	}
	g_mime_message_set_mime_part(composer->message, GMIME_OBJECT(mixed));
	g_object_unref(mixed);
}

/* Copy the <len> bytes at <from> with the wanted line ends, and look at the
 * length of each line. */
static void
end_lines(struct composer *composer, enum compose_lines lines, const char *from,
    size_t len, struct letter *out)
{
	GString *text = g_string_sized_new(len + len / 32 + 64);
	size_t line = 0;

	for (size_t i = 0; i < len; i++) {
		if (from[i] == '\r')
			continue; /* only as a part of line ends here */
		if (from[i] == '\n' && lines == COMPOSE_CRLF)
			g_string_append_c(text, '\r');
		g_string_append_c(text, from[i]);
		line = from[i] == '\n' ? 0 : line + 1;
		if (line > LINE_MAX_BYTES)
			fail(composer, COMPOSE_INVALID,
			    "a word in the header is too long");
	}
	if (composer->size_max > 0 && (int64_t)text->len > composer->size_max)
		fail(composer, COMPOSE_TOO_LARGE,
		    "the mail is %zu bytes long, %lld are allowed", text->len,
		    (long long)composer->size_max);
	out->len = text->len;
	out->at = g_string_free(text, FALSE);
}

static void
write_message(
    struct composer *composer, enum compose_lines lines, struct letter *out)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	GMimeStream *stream = g_mime_stream_mem_new();
	GByteArray *bytes;

	g_mime_format_options_set_newline_format(
	    options, GMIME_NEWLINE_FORMAT_UNIX);
	g_mime_format_options_set_param_encoding_method(
	    options, GMIME_PARAM_ENCODING_METHOD_RFC2231);
	g_mime_object_write_to_stream(
	    GMIME_OBJECT(composer->message), options, stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	end_lines(composer, lines, (const char *)bytes->data, bytes->len, out);
	g_object_unref(stream);
	g_mime_format_options_free(options);
}

enum compose_result
compose(const struct hd_mail *mail, enum compose_lines lines, int64_t size_max,
    struct letter *out, char *why, size_t why_size)
{
	struct composer composer = {
		.mail = mail,
		.message = g_mime_message_new(FALSE),
		.size_max = size_max,
		.why = why,
		.why_size = why_size,
	};
	struct letter letter = { NULL, 0 };

	set_headers(&composer);
	if (composer.result == COMPOSE_OK)
		set_parts(&composer);
	if (composer.result == COMPOSE_OK)
		write_message(&composer, lines, &letter);
	g_object_unref(composer.message);
	if (composer.result == COMPOSE_OK)
		*out = letter;
	else
		letter_release(&letter);
	return composer.result;
}
