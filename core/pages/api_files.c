/* core/pages/api_files.c - /api/v1/files: attachments in and out.
 *
 * A file is sent first, as a form does it (multipart/form-data), and gives a
 * reference that a new ticket or entry names within a day. A reference, not an
 * id: whoever can count could attach what a stranger has just uploaded.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/model/table.h"
#include "core/pages/api.h"
#include "core/pages/upload.h"

enum err
api_put_file(
    struct json_writer *w, struct page *page, const struct record *file)
{
	static const struct {
		const char *name;
		int slot;
	} texts[] = {
		{ "name", FILE_NAME },
		{ "type", FILE_TYPE },
		{ "hash", FILE_HASH },
	};
	const struct record *brand = directory_brand(page->read.directory, 0);
	char *url = arena_printf(page->arena, "%.*s/api/v1/files/%llu",
	    BYTES_ARG(brand != NULL ? record_text(brand, BRAND_BASE_URL) :
				      BYTES_NONE),
	    (unsigned long long)file->id);

	if (url == NULL)
		return ERR_NOMEM;
	json_begin_object(w);
	json_member_int(w, "id", (int64_t)file->id);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		json_member_text(
		    w, texts[i].name, record_text(file, texts[i].slot));
	json_member_int(w, "size", record_int(file, FILE_SIZE));
	json_member_string(w, "url", url);
	json_end_object(w);
	return ERR_OK;
}

/* A form that holds no file, or one that could not be kept. */
static int
refuse(struct page *page, const struct uploads *uploads)
{
	struct why why = uploads->why;
	enum err err = uploads->err;

	if (err == ERR_OK)
		err = why_set(&why, ERR_INVALID, "attachment",
		    N_("Send files as multipart/form-data, each as "
		       "\"attachment\"."),
		    0, NULL);
	return err == ERR_LIMIT ? api_fail_with(page, 413, err, &why, NULL) :
				  api_fail(page, err, &why, NULL);
}

int
api_add_files(struct page *page)
{
	struct uploads *uploads = arena_new(page->arena, struct uploads);
	struct form *form = arena_new(page->arena, struct form);
	struct act_input *input = arena_new(page->arena, struct act_input);
	struct json_writer w;
	struct actor actor;
	int status;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	if (uploads == NULL || form == NULL || input == NULL)
		return api_fail(page, ERR_NOMEM, NULL, NULL);
	/* before the bytes come: may he, and is his key one? */
	err = desk_may(page->read.directory, &actor, VERB_FILE_ADD, NULL);
	if (err == ERR_OK)
		err = api_input(page, &actor, VERB_FILE_ADD, KIND_FILE, input);
	if (err != ERR_OK)
		return api_fail(page, err, &page->why, NULL);
	status = upload_read(page, &actor, true, form, uploads);
	if (status != 0)
		return status;
	if (uploads->err != ERR_OK || uploads->count == 0)
		return refuse(page, uploads);
	w = api_answer(page, 201);
	json_begin_object(&w);
	json_key(&w, "files");
	json_begin_list(&w);
	for (size_t i = 0; i < uploads->count; i++) {
		json_begin_object(&w);
		json_member_string(&w, "upload", uploads->at[i].ref);
		json_member_text(&w, "name", uploads->at[i].name);
		json_member_int(&w, "size", uploads->at[i].size_bytes);
		json_end_object(&w);
	}
	json_end_list(&w);
	json_end_object(&w);
	return api_finish(page);
}

/* Whoever sees the ticket sees its files; one that is attached to nothing yet
 * is nobody's. */
int
api_get_file(struct page *page)
{
	struct record file, ticket;
	struct site_read *read;
	struct actor actor;
	int64_t id = 0;
	enum err err;

	if (!api_actor(page, &actor))
		return 0;
	err = page_read(page, &read);
	if (err == ERR_OK &&
	    bytes_to_int(request_route(page->request, "id"), &id) != ERR_OK)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK)
		err = record_find(
		    read->snapshot, KIND_FILE, (uint64_t)id, &file);
	if (err == ERR_OK)
		err = record_find(read->snapshot, KIND_TICKET,
		    record_ref(&file, FILE_TICKET), &ticket);
	if (err == ERR_OK &&
	    (!desk_may_see(read->directory, &actor, &ticket) ||
		!desk_may_see_part(read->directory, &actor, &ticket, &file)))
		err = ERR_NOT_FOUND;
	return err == ERR_OK ? upload_send(page, &file) :
			       api_fail(page, err, NULL, NULL);
}
