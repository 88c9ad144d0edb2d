/* core/base/text_email.c - addresses of mail: what they look like, and when
 * two are one. Whether anybody reads them, only mail can tell.
 */
#include "config.h"
#include "core/base/text.h"

#include "core/base/utf8.h"

#include <pthread.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>

#define LOCAL_MAX 64   /* bytes (RFC 5321 4.5.3.1.1) */
#define DOMAIN_MAX 253 /* bytes (RFC 1035 2.3.4, less the root's) */
#define LABEL_MAX 63

static UIDNA *idna; /* NULL when memory was exhausted; any thread may use it */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
open_idna(void)
{
	UErrorCode status = U_ZERO_ERROR;

	idna = uidna_openUTS46(
	    UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, &status);
}

/* Letters, marks and digits of any script; after UTS #46 that is what names
 * of hosts are made of. */
static bool
is_label_character(uint32_t c)
{
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '-';
	return (U_GET_GC_MASK((UChar32)c) &
		   (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) != 0 ||
	    c == 0x200c || c == 0x200d || c == 0xb7 || c == 0x30fb;
}

/* Of a local part without quotes (RFC 5322 atext, RFC 6531 for the letters
 * over ASCII), and dots. */
static bool
is_local_character(uint32_t c)
{
	if (c < 0x80)
		return c > ' ' && c < 0x7f &&
		    strchr("\"(),:;<>@[\\]", (int)c) == NULL;
	return c != UTF8_BAD && !u_isUWhiteSpace((UChar32)c) &&
	    (U_GET_GC_MASK((UChar32)c) &
		(U_GC_C_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK)) == 0;
}

static bool
all_are(struct bytes text, bool (*is_good)(uint32_t))
{
	const char *p = text.at, *end = p + text.len;
	bool bad = false;

	while (p < end)
		if (!is_good(utf8_next(&p, end, &bad)))
			return false;
	return !bad;
}

static bool
is_domain(struct bytes domain)
{
	struct bytes rest = domain, label = BYTES_NONE;
	bool has_letter = false;
	int labels = 0;

	if (domain.len == 0 || domain.len > DOMAIN_MAX)
		return false;
	while (rest.at != NULL) {
		label = bytes_split(&rest, '.');
		if (label.len == 0 || label.len > LABEL_MAX ||
		    label.at[0] == '-' || label.at[label.len - 1] == '-' ||
		    !all_are(label, is_label_character))
			return false;
		labels++;
	}
	/* A last label of digits is an address of IP, not a name. */
	for (size_t i = 0; i < label.len; i++)
		has_letter = has_letter || label.at[i] < '0' ||
		    label.at[i] > '9';
	return has_letter && (labels > 1 || bytes_is(domain, "localhost"));
}

static void
add_lower(struct buf *out, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		buf_char(out, (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c));
	}
}

/* Add <domain> in lower case and as letters; false if it is no domain. */
static bool
add_domain(struct buf *out, struct bytes domain)
{
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode status = U_ZERO_ERROR;
	char letters[512];
	int32_t len;

	pthread_once(&once, open_idna);
	if (idna == NULL || domain.len > DOMAIN_MAX) {
		out->failed = out->failed || idna == NULL;
		return false;
	}
	len = uidna_nameToUnicodeUTF8(idna, domain.at, (int32_t)domain.len,
	    letters, sizeof letters, &info, &status);
	if (U_FAILURE(status) || info.errors != 0 ||
	    len > (int32_t)sizeof letters)
		return false;
	buf_add(out, letters, (size_t)len);
	return true;
}

/* The parts before and after the last "@" of <typed>, less what people put
 * around addresses; false if there is none. */
static bool
split_address(struct bytes address, struct bytes *local, struct bytes *domain)
{
	const char *at = address.len > 0 ?
	    memrchr(address.at, '@', address.len) :
	    NULL;

	if (at == NULL)
		return false;
	*local = (struct bytes){ address.at, (size_t)(at - address.at) };
	*domain = (struct bytes){ at + 1, address.len - local->len - 1 };
	return true;
}

static enum err
check_and_add(struct buf *out, struct bytes address, struct why *why)
{
	struct bytes local, domain;
	size_t from = out->len;
	bool added = true;

	if (!split_address(address, &local, &domain))
		return why_set(why, ERR_INVALID, NULL,
		    N_("An address looks like name@example.com."), 0, NULL);
	if (local.len == 0 || local.len > LOCAL_MAX ||
	    !all_are(local, is_local_character))
		return why_set(why, ERR_INVALID, NULL,
		    N_("What stands before the @ cannot be part of an "
		       "address."),
		    0, NULL);
	buf_bytes(out, local);
	buf_char(out, '@');
	if (utf8_is_ascii(domain))
		add_lower(out, domain);
	else
		added = add_domain(out, domain);
	if (out->failed)
		return ERR_NOMEM;
	domain = (struct bytes){ out->at + from + local.len + 1,
		out->len - from - local.len - 1 };
	if (!added || !is_domain(domain) || out->len - from > TEXT_EMAIL_MAX)
		return why_set(why, ERR_INVALID, NULL,
		    N_("What stands behind the @ is no name of a host."), 0,
		    NULL);
	return ERR_OK;
}

enum err
text_email(struct buf *out, struct bytes typed, struct why *why)
{
	struct buf line = BUF_INIT;
	struct bytes address;
	size_t before = out->len;
	enum err err;

	/* Longer than any address with what may stand around it. */
	if (typed.len > 4 * TEXT_EMAIL_MAX)
		return why_set(why, ERR_INVALID, NULL,
		    N_("An address has at most {n} bytes."), TEXT_EMAIL_MAX,
		    NULL);
	if (memchr(typed.at != NULL ? typed.at : "", '\0', typed.len) != NULL)
		return why_set(why, ERR_INVALID, NULL,
		    N_("An address looks like name@example.com."), 0, NULL);
	text_repair(&line, typed);
	address = bytes_trim(buf_get(&line));
	if (address.len > 2 && address.at[0] == '<' &&
	    address.at[address.len - 1] == '>')
		address = bytes_trim(
		    (struct bytes){ address.at + 1, address.len - 2 });
	err = line.failed ? ERR_NOMEM : check_and_add(out, address, why);
	if (err != ERR_OK)
		out->len = before;
	buf_release(&line);
	return err;
}

void
text_email_key(struct buf *out, struct bytes email)
{
	struct bytes local, domain;
	size_t from;

	if (!split_address(email, &local, &domain)) {
		text_fold(out, email);
		return;
	}
	text_fold(out, local);
	buf_char(out, '@');
	from = out->len;
	if (!add_domain(out, domain)) {
		out->len = from;
		text_fold(out, domain);
	}
}
