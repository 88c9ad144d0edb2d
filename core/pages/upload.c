/* core/pages/upload.c - files that come with a form, taken in and kept. */
#include "config.h"
#include "core/pages/upload.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/desk/quota.h"
#include "core/store/store.h"
#include "core/web/magic.h"
#include "core/web/page.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Numbers signed for uploads are marked, so that no other signed number of a
 * form passes for one. */
#define REF_MARK (UINT64_C(1) << 62)

#define DISK_SIZE (2 * SECRET_TOKEN_SIZE + 1)

/* A file on its way in. */
struct incoming {
	int fd;        /* -1: thrown away, or closed */
	bool is_whole; /* it lies on disk under its name */
	char disk[DISK_SIZE];
	int64_t size_bytes;
	struct secret_hasher hasher;
	uint8_t hash[SECRET_HASH_SIZE];
	char head[MAGIC_HEAD_SIZE];
	size_t head_len;
};

/* All that comes with one form. */
struct intake {
	struct page *page;
	struct uploads *uploads;
	bool takes_files;
	size_t count;
	int64_t total_bytes;
	int64_t room_bytes; /* that the desk has left for files */
	struct why no_room; /* what to say of more */
};

/* Keep the first trouble; the form itself goes on. */
static void
trouble_why(struct intake *in, enum err err, const struct why *why)
{
	if (in->uploads->err != ERR_OK)
		return;
	in->uploads->err = err;
	in->uploads->why = *why;
}

static void
trouble(struct intake *in, enum err err, const char *message, int64_t n)
{
	struct why why;

	(void)why_set(&why, err, "attachment", message, n, NULL);
	trouble_why(in, err, &why);
}

static void
trouble_of_disk(struct intake *in, enum err err)
{
	trouble(in, err,
	    err == ERR_FULL ?
		N_("There is no room for files at the moment.") :
		N_("The file could not be kept. Please send it again."),
	    0);
}

static void
trouble_of_count(struct intake *in)
{
	trouble(
	    in, ERR_LIMIT, N_("At most {n} files can be sent."), UPLOADS_MAX);
}

static bool
path_of(const struct intake *in, const char *disk, bool is_part, char *out)
{
	int len = snprintf(out, PATH_MAX, "%s/files/%s%s%s",
	    site_dir(in->page->desk), is_part ? "." : "", disk,
	    is_part ? ".part" : "");

	return len > 0 && len < PATH_MAX;
}

static void
drop(struct intake *in, struct incoming *file)
{
	char path[PATH_MAX];

	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	if (path_of(in, file->disk, true, path))
		unlink(path);
}

/* A hasher wants more alignment than an arena gives. */
static struct incoming *
incoming_create(struct arena *arena)
{
	const size_t align = _Alignof(struct incoming);
	char *at = arena_alloc(arena, sizeof(struct incoming) + align);

	if (at == NULL)
		return NULL;
	return (struct incoming *)(void *)(at + align - (uintptr_t)at % align);
}

static enum err
incoming_open(void *ctx, const struct form_file *meta, void **handle)
{
	struct intake *in = ctx;
	struct incoming *file = incoming_create(in->page->arena);
	uint8_t raw[SECRET_TOKEN_SIZE];
	struct buf hex = BUF_INIT;
	char path[PATH_MAX];

	(void)meta;
	if (file == NULL)
		return ERR_NOMEM;
	*handle = file;
	file->fd = -1;
	if (!in->takes_files)
		return ERR_OK;
	if (++in->count > UPLOADS_MAX) {
		trouble_of_count(in);
		return ERR_OK;
	}
	if (store_ready(site_store(in->page->desk)) == ERR_FULL) {
		trouble_of_disk(in, ERR_FULL);
		return ERR_OK;
	}
	random_bytes(raw, sizeof raw);
	hex.at = file->disk;
	hex.cap = DISK_SIZE;
	secret_hex_add(&hex, (struct bytes){ (const char *)raw, sizeof raw });
	file->disk[DISK_SIZE - 1] = '\0';
	if (path_of(in, file->disk, true, path))
		file->fd = open(
		    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file->fd < 0) {
		log_event(LOG_ERROR, "upload.open", "errno=%d", errno);
		trouble_of_disk(in, errno == ENOSPC ? ERR_FULL : ERR_IO);
	}
	secret_hasher_begin(&file->hasher);
	return ERR_OK;
}

static enum err
incoming_write(void *ctx, void *handle, struct bytes part)
{
	struct intake *in = ctx;
	struct incoming *file = handle;
	size_t head = sizeof file->head - file->head_len;
	enum err err;

	if (file->fd < 0)
		return ERR_OK;
	in->total_bytes += (int64_t)part.len;
	if (in->total_bytes > in->room_bytes) {
		trouble_why(in, ERR_LIMIT, &in->no_room);
		drop(in, file);
		return ERR_OK;
	}
	if (in->total_bytes > UPLOADS_BYTES_MAX) {
		trouble(in, ERR_LIMIT,
		    N_("These files are too large: at most {n} MB together."),
		    UPLOADS_BYTES_MAX / 1000000);
		drop(in, file);
		return ERR_OK;
	}
	if (head > part.len)
		head = part.len;
	memcpy(file->head + file->head_len, part.at, head);
	file->head_len += head;
	secret_hasher_add(&file->hasher, part);
	file->size_bytes += (int64_t)part.len;
	err = file_write_all(file->fd, part.at, part.len);
	if (err != ERR_OK) {
		trouble_of_disk(in, err);
		drop(in, file);
	}
	return ERR_OK;
}

static enum err
incoming_close(void *ctx, void *handle)
{
	struct intake *in = ctx;
	struct incoming *file = handle;
	char part[PATH_MAX], path[PATH_MAX];

	if (file->fd < 0)
		return ERR_OK;
	secret_hasher_end(&file->hasher, file->hash);
	if (fsync(file->fd) != 0 || !path_of(in, file->disk, true, part) ||
	    !path_of(in, file->disk, false, path) || rename(part, path) != 0) {
		log_event(LOG_ERROR, "upload.close", "errno=%d", errno);
		trouble_of_disk(in, errno == ENOSPC ? ERR_FULL : ERR_IO);
		drop(in, file);
		return ERR_OK;
	}
	close(file->fd);
	file->fd = -1;
	file->is_whole = true;
	return ERR_OK;
}

/* Taken back: cut off, or of a form that was refused. */
static void
incoming_drop(void *ctx, void *handle)
{
	struct incoming *file = handle;
	char path[PATH_MAX];

	if (file->fd >= 0)
		drop(ctx, file);
	else if (file->is_whole && path_of(ctx, file->disk, false, path))
		unlink(path);
	file->is_whole = false;
}

static void
add_upload(
    struct uploads *uploads, const struct site *site, const struct record *file)
{
	struct upload *up = &uploads->at[uploads->count++];

	up->file = file->id;
	up->name = record_text(file, FILE_NAME);
	up->size_bytes = record_int(file, FILE_SIZE);
	token_stamp(site, file->id | REF_MARK, up->ref);
}

static void
forget_file(struct intake *in, const struct incoming *file)
{
	char path[PATH_MAX];

	if (path_of(in, file->disk, false, path))
		unlink(path);
}

/* The record of a file that lies on disk. */
static enum err
add_record(struct intake *in, const struct actor *actor,
    const struct form_file *meta, const struct incoming *file)
{
	struct bytes key = in->page->request->idempotency_key; /* programs' */
	struct arena *arena = in->page->arena;
	struct buf hash = buf_in(arena);
	char type[MAGIC_TYPE_SIZE];
	struct act_input input;
	struct act_result result;
	struct why why;
	enum err err;

	magic_guess((struct bytes){ file->head, file->head_len }, type);
	secret_hex_add(&hash,
	    (struct bytes){ (const char *)file->hash, sizeof file->hash });
	act_input_init(&input, VERB_FILE_ADD, KIND_FILE);
	input.actor = *actor;
	record_set_text(&input.fields, FILE_NAME, meta->name);
	record_set_text(&input.fields, FILE_TYPE,
	    bytes_of(arena_copy(arena, type, strlen(type))));
	record_set_int(&input.fields, FILE_SIZE, file->size_bytes);
	record_set_text(&input.fields, FILE_DISK, bytes_of(file->disk));
	record_set_text(&input.fields, FILE_HASH, buf_get(&hash));
	if (key.len > 0)
		input.key = bytes_of(arena_printf(
		    arena, "%.*s %zu", BYTES_ARG(key), in->uploads->count));
	if (hash.failed || (key.len > 0 && input.key.at == NULL))
		return ERR_NOMEM;
	err = desk_act(in->page->desk, &input, arena, &result, &why);
	if (err == ERR_LIMIT)
		trouble_why(in, err, &why);
	if (err != ERR_OK)
		return err;
	if (result.is_repeat) /* the one sent before lies there already */
		forget_file(in, file);
	input.fields.id = result.record;
	add_upload(in->uploads, in->page->desk, &input.fields);
	return ERR_OK;
}

static enum err
add_records(
    struct intake *in, const struct actor *actor, const struct form *form)
{
	char path[PATH_MAX];
	bool is_synced = false;
	enum err err = ERR_OK;

	snprintf(path, sizeof path, "%s/files", site_dir(in->page->desk));
	for (size_t i = 0; i < form->file_count; i++) {
		const struct form_file *meta = &form->files[i];
		const struct incoming *file = meta->handle;

		if (!file->is_whole)
			continue;
		if (in->uploads->count == UPLOADS_MAX) {
			trouble_of_count(in);
			forget_file(in, file);
			continue;
		}
		if (!is_synced && err == ERR_OK)
			err = file_sync_folder(path);
		is_synced = true;
		if (err == ERR_OK)
			err = add_record(in, actor, meta, file);
		if (err != ERR_OK)
			forget_file(in, file);
	}
	return err;
}

/* An upload, if the reference is ours and nobody has attached it yet. */
static enum err
find_upload(const struct site *site, struct site_read *read, struct bytes ref,
    struct record *file)
{
	uint64_t number;
	enum err err;

	if (token_stamp_read(site, ref, &number) != ERR_OK ||
	    !(number & REF_MARK))
		return ERR_NOT_FOUND;
	err = record_find(read->snapshot, KIND_FILE, number & ~REF_MARK, file);
	return err == ERR_OK && record_has(file, FILE_TICKET) ? ERR_NOT_FOUND :
								err;
}

enum err
upload_find(struct page *page, struct bytes ref, uint64_t *id)
{
	struct site_read *read;
	struct record file;
	enum err err = page_read(page, &read);

	if (err == ERR_OK)
		err = find_upload(page->desk, read, ref, &file);
	if (err == ERR_OK)
		*id = file.id;
	return err;
}

static enum err
keep_one(struct intake *in, struct site_read *read, struct bytes ref)
{
	struct record file;
	enum err err = find_upload(in->page->desk, read, ref, &file);

	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	for (size_t i = 0; i < in->uploads->count; i++)
		if (in->uploads->at[i].file == file.id)
			return ERR_OK;
	add_upload(in->uploads, in->page->desk, &file);
	return ERR_OK;
}

/* A copy that outlives the look at the desk; false without memory. */
static bool
keep_text(struct page *page, struct bytes *text)
{
	text->at = arena_copy(page->arena, text->at, text->len);
	return text->at != NULL;
}

static enum err
keep_former(struct intake *in, const struct form *form)
{
	struct bytes removed = form_get(form, "remove");
	struct site_read *read;
	enum err err = ERR_OK;

	if (!params_has(&form->fields, "upload"))
		return ERR_OK;
	err = page_read(in->page, &read);
	for (size_t i = 0; err == ERR_OK && i < form->fields.count &&
	     in->uploads->count < UPLOADS_MAX;
	     i++) {
		const struct param *field = &form->fields.at[i];

		if (bytes_is(field->name, "upload") &&
		    !bytes_equal(field->value, removed))
			err = keep_one(in, read, field->value);
	}
	for (size_t i = 0; err == ERR_OK && i < in->uploads->count; i++)
		if (!keep_text(in->page, &in->uploads->at[i].name))
			err = ERR_NOMEM;
	page_read_end(in->page);
	return err;
}

/* Before the bytes come; the act that keeps a file looks again. */
static enum err
find_room(struct intake *in)
{
	struct site_read read;
	enum err err = site_read_begin(in->page->desk, &read);

	if (err != ERR_OK)
		return err;
	err = quota_file_room(
	    &read, UPLOADS_BYTES_MAX, &in->room_bytes, &in->no_room);
	site_read_end(&read);
	return err;
}

int
upload_read(struct page *page, const struct actor *actor, bool takes_files,
    struct form *form, struct uploads *uploads)
{
	struct intake in = {
		.page = page, .uploads = uploads, .takes_files = takes_files
	};
	struct form_sink sink = { incoming_open, incoming_write, incoming_close,
		incoming_drop, &in };
	enum err err;
	int status;

	memset(uploads, 0, sizeof *uploads);
	page_read_end(page);
	if (takes_files && find_room(&in) != ERR_OK)
		return 503;
	status = form_read(
	    page->request, &form_limits_default, &sink, form, &page->why);
	if (status != 0)
		return status;
	err = keep_former(&in, form);
	if (err == ERR_OK)
		err = add_records(&in, actor, form);
	if (err != ERR_OK)
		trouble_of_disk(&in, err);
	return 0;
}

void
upload_attach(const struct uploads *uploads, struct act_input *input)
{
	for (size_t i = 0;
	     i < uploads->count && input->file_count < ACT_FILES_MAX; i++)
		input->files[input->file_count++] = uploads->at[i].file;
}

int
upload_send(struct page *page, const struct record *file)
{
	struct bytes disk = record_text(file, FILE_DISK);
	struct bytes name = record_text(file, FILE_NAME);
	struct bytes type = record_text(file, FILE_TYPE);
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (!keep_text(page, &name) || !keep_text(page, &type))
		return 503;
	snprintf(path, sizeof path, "%s/files/%.*s", site_dir(page->desk),
	    BYTES_ARG(disk));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		log_event(LOG_ERROR, "file.open", "file=%llu errno=%d",
		    (unsigned long long)file->id, errno);
		if (fd >= 0)
			close(fd);
		return 404;
	}
	if (response_file(page->response, fd, st.st_size, name, type, true) !=
	    ERR_OK)
		return 503;
	return 0;
}
