/* core/desk/ops_people.c - customers found and made. */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/text.h"
#include "core/desk/ops.h"
#include "core/model/value.h"

/* The organisation whose domain the address has; 0 if none. */
static enum err
find_organisation(struct work *work, struct bytes email, uint64_t *id)
{
	struct bytes domain = email;
	enum err err;

	bytes_split(&domain, '@');
	err = record_lookup(
	    work->read.snapshot, INDEX_ORGANISATION_DOMAIN, domain, id);
	if (err == ERR_NOT_FOUND) {
		*id = 0;
		return ERR_OK;
	}
	return err;
}

static enum err
make_customer(struct work *work, const struct record *given,
    struct bytes language, struct touched **out)
{
	struct buf list = buf_in(work->arena);
	struct bytes email = record_text(given, CUSTOMER_EMAIL);
	struct touched *customer;
	uint64_t organisation;
	enum err err = find_organisation(work, email, &organisation);

	if (err == ERR_OK)
		err = work->input->past_customer != 0 ?
		    work_create_as(work, KIND_CUSTOMER,
			work->input->past_customer, &customer) :
		    work_create(work, KIND_CUSTOMER, &customer);
	if (err != ERR_OK)
		return err;
	list_add_text(&list, email);
	if (list.failed)
		return ERR_NOMEM;
	record_set_text(&customer->new, CUSTOMER_EMAIL, email);
	record_set_text(&customer->new, CUSTOMER_ADDRESSES, buf_get(&list));
	record_set_from(&customer->new, CUSTOMER_NAME, given);
	record_set_text(&customer->new, CUSTOMER_LANGUAGE, language);
	record_set_int(
	    &customer->new, CUSTOMER_ORGANISATION, (int64_t)organisation);
	record_set_int(&customer->new, CUSTOMER_CREATED, work->read.now_us);
	record_set_int(&customer->new, CUSTOMER_UPDATED, work->read.now_us);
	customer->base = customer->new;
	*out = customer;
	return work_raise(
	    work, HOOK_CUSTOMER_CREATED, customer, 0, BYTES_NONE, BYTES_NONE);
}

enum err
ops_customer(struct work *work, struct bytes email, struct bytes name,
    struct bytes language, struct touched **out)
{
	struct record given;
	struct touched *t;
	uint64_t id;
	enum err err;

	if (bytes_trim(email).len == 0)
		return work_fail(work, ERR_INVALID, "email",
		    N_("Please fill this in."), 0, BYTES_NONE);
	record_init(&given, KIND_CUSTOMER, 0);
	err = value_from_text(&given, CUSTOMER_EMAIL, email,
	    work->read.directory, work->arena, work->why);
	if (err == ERR_OK)
		err = value_from_text(&given, CUSTOMER_NAME, name,
		    work->read.directory, work->arena, work->why);
	if (err != ERR_OK)
		return err;
	email = record_text(&given, CUSTOMER_EMAIL);
	for (t = work->touched; t != NULL; t = t->next)
		if (t->new.kind->id == KIND_CUSTOMER &&
		    bytes_equal(record_text(&t->new, CUSTOMER_EMAIL), email)) {
			*out = t;
			return ERR_OK;
		}
	err = record_lookup(
	    work->read.snapshot, INDEX_CUSTOMER_ADDRESS, email, &id);
	if (err == ERR_NOT_FOUND)
		return make_customer(work, &given, language, out);
	if (err != ERR_OK)
		return err;
	err = work_load(work, KIND_CUSTOMER, id, &t);
	if (err != ERR_OK)
		return err;
	/* whoever writes from an address may fill in what is empty there, and
	 * change nothing: the address may be somebody else's */
	if (!record_has(&t->new, CUSTOMER_NAME)) {
		record_set_from(&t->new, CUSTOMER_NAME, &given);
		t->base = t->new;
	}
	*out = t;
	return ERR_OK;
}
