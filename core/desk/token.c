/* core/desk/token.c - private links and mail tokens. */
#include "config.h"
#include "core/desk/token.h"
#include "core/base/arena.h"
#include "core/base/secret.h"

#define TOKEN_SIZE (8 + SECRET_MAC_SIZE)

static const char *const purposes[] = {
	[TOKEN_LINK] = "link",
	[TOKEN_MAIL] = "mail",
	[TOKEN_FORM] = "form",
	[TOKEN_MAILED] = "mailed",
};

/* <email> is empty but for TOKEN_MAILED. */
static void
write_token(const struct site *site, enum token_purpose purpose,
    uint64_t number, uint64_t generation, struct bytes email,
    char out[TOKEN_TEXT_SIZE])
{
	char n[8], g[8], raw[TOKEN_SIZE];
	const struct bytes parts[] = { bytes_of(purposes[purpose]),
		{ n, sizeof n }, { g, sizeof g }, email };
	struct buf text = BUF_INIT;

	be64_write(n, number);
	be64_write(g, generation);
	memcpy(raw, n, 8);
	secret_mac(site_key(site), parts, purpose == TOKEN_MAILED ? 4 : 3,
	    (uint8_t *)raw + 8);
	text.at = out;
	text.cap = TOKEN_TEXT_SIZE;
	secret_base64_add(
	    &text, SECRET_BASE64URL, (struct bytes){ raw, sizeof raw });
	out[TOKEN_TEXT_SIZE - 1] = '\0';
}

/* The number in a token that has the right length. */
static enum err
read_number(struct bytes text, uint64_t *number)
{
	char raw[TOKEN_SIZE];

	if (text.len != TOKEN_TEXT_SIZE - 1 ||
	    secret_base64url_to(text, raw, sizeof raw) != ERR_OK)
		return ERR_INVALID;
	*number = be64_read(raw);
	return ERR_OK;
}

void
token_make(const struct site *site, const struct record *ticket,
    enum token_purpose purpose, char out[TOKEN_TEXT_SIZE])
{
	write_token(site, purpose, ticket->id,
	    (uint64_t)record_int(ticket, TICKET_GENERATION), BYTES_NONE, out);
}

static void
make_mailed(const struct site *site, const struct record *ticket,
    const struct record *customer, char out[TOKEN_TEXT_SIZE])
{
	write_token(site, TOKEN_MAILED, ticket->id,
	    (uint64_t)record_int(ticket, TICKET_GENERATION),
	    record_text(customer, CUSTOMER_EMAIL), out);
}

enum err
token_find(struct site_read *read, struct bytes text,
    enum token_purpose purpose, struct record *ticket)
{
	char want[TOKEN_TEXT_SIZE];
	struct record found;
	uint64_t number;
	enum err err;

	if (read_number(text, &number) != ERR_OK)
		return ERR_NOT_FOUND;
	err = record_find(read->snapshot, KIND_TICKET, number, &found);
	if (err != ERR_OK)
		return err;
	token_make(read->site, &found, purpose, want);
	if (!secret_equal(want, text.at, TOKEN_TEXT_SIZE - 1))
		return ERR_NOT_FOUND;
	*ticket = found;
	return ERR_OK;
}

/* As token_find() for TOKEN_MAILED. */
static enum err
find_mailed(struct site_read *read, struct bytes text, struct record *ticket)
{
	char want[TOKEN_TEXT_SIZE];
	struct record found, customer;
	uint64_t number;
	enum err err;

	if (read_number(text, &number) != ERR_OK)
		return ERR_NOT_FOUND;
	err = record_find(read->snapshot, KIND_TICKET, number, &found);
	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_CUSTOMER,
		    record_ref(&found, TICKET_CUSTOMER), &customer);
	if (err != ERR_OK)
		return err;
	make_mailed(read->site, &found, &customer, want);
	if (!secret_equal(want, text.at, TOKEN_TEXT_SIZE - 1))
		return ERR_NOT_FOUND;
	*ticket = found;
	return ERR_OK;
}

enum err
token_find_link(struct site_read *read, struct bytes text,
    struct record *ticket, bool *is_mailed)
{
	enum err err = token_find(read, text, TOKEN_LINK, ticket);

	*is_mailed = err == ERR_NOT_FOUND;
	return *is_mailed ? find_mailed(read, text, ticket) : err;
}

void
token_stamp(const struct site *site, uint64_t number, char out[TOKEN_TEXT_SIZE])
{
	write_token(site, TOKEN_FORM, number, 0, BYTES_NONE, out);
}

enum err
token_stamp_read(const struct site *site, struct bytes text, uint64_t *number)
{
	char want[TOKEN_TEXT_SIZE];
	uint64_t n;

	if (read_number(text, &n) != ERR_OK)
		return ERR_INVALID;
	token_stamp(site, n, want);
	if (!secret_equal(want, text.at, TOKEN_TEXT_SIZE - 1))
		return ERR_INVALID;
	*number = n;
	return ERR_OK;
}

static struct bytes
base_url(const struct directory *directory, const struct record *ticket)
{
	const struct record *brand = directory_brand(
	    directory, record_ref(ticket, TICKET_QUEUE));

	return brand != NULL ? record_text(brand, BRAND_BASE_URL) : BYTES_NONE;
}

static struct bytes
link_url(const struct directory *directory, const struct record *ticket,
    const char *token, struct arena *arena)
{
	return bytes_of(arena_printf(
	    arena, "%.*s/t/%s", BYTES_ARG(base_url(directory, ticket)), token));
}

struct bytes
token_url(const struct site *site, const struct directory *directory,
    const struct record *ticket, struct arena *arena)
{
	char token[TOKEN_TEXT_SIZE];

	token_make(site, ticket, TOKEN_LINK, token);
	return link_url(directory, ticket, token, arena);
}

struct bytes
token_mailed_url(const struct site *site, const struct directory *directory,
    const struct record *ticket, const struct record *customer,
    struct arena *arena)
{
	char token[TOKEN_TEXT_SIZE];

	make_mailed(site, ticket, customer, token);
	return link_url(directory, ticket, token, arena);
}

struct bytes
token_agent_url(const struct directory *directory, const struct record *ticket,
    struct arena *arena)
{
	return bytes_of(arena_printf(arena, "%.*s/agent/t/%llu",
	    BYTES_ARG(base_url(directory, ticket)),
	    (unsigned long long)ticket->id));
}
