/* core/web/form.h - what a form sent, urlencoded or multipart.
 *
 * Knows nothing of pages: fields and files by their names, in order. Values
 * are UTF-8 without NUL; line ends come as CRLF and are made LF.
 */
#ifndef HOOKDESK_WEB_FORM_H
#define HOOKDESK_WEB_FORM_H

#include "core/web/multipart.h"
#include "core/web/request.h"

struct form_limits {
	size_t fields_max;       /* fields and files together */
	size_t field_bytes_max;  /* one field's value */
	size_t total_bytes_max;  /* all fields' values together */
	size_t files_max;        /* files that are not empty */
	int64_t file_bytes_max;  /* one file */
	int64_t files_bytes_max; /* all files together */
};

/* 200 fields, 256 KiB one, 1 MiB all; 20 files, 25 MiB one, 50 MiB all. */
extern const struct form_limits form_limits_default;

/* A file that came whole; <handle> is what the sink's open() gave. A file
 * input left empty gives none. */
struct form_file {
	struct bytes field; /* the input's name: "attachment" */
	struct bytes name;  /* a label: no path, no control characters */
	struct bytes type;  /* as claimed; not to be believed */
	int64_t size_bytes;
	void *handle;
};

/* Takes files as they come. open() gives a handle for write() and for close(),
 * which ends a file that came whole. drop() takes back one that nobody will
 * use: cut off, refused, or of a form that was refused later; it is called
 * once, before close() or after it. After form_read() returned 0 all files are
 * closed, and the caller's.
 *
 * An error of open(), write() or close() refuses the form: 413 for ERR_LIMIT,
 * else 503. */
struct form_sink {
	enum err (*open)(
	    void *ctx, const struct form_file *file, void **handle);
	enum err (*write)(void *ctx, void *handle, struct bytes part);
	enum err (*close)(void *ctx, void *handle);
	void (*drop)(void *ctx, void *handle);
	void *ctx;
};

struct form {
	struct params fields;
	struct form_file *files;
	size_t file_count;
};

/* Read the body of <request> as a form. <sink> NULL refuses files.
 *
 * Returns 0 and *<form>, in the request's arena; or the status to answer: 400
 * malformed or cut off, 413 over a limit (<why> says which), 415 another
 * content type, 503 when memory or the sink fails. Then every file that the
 * sink opened has been dropped.
 */
ERR_CHECKED int form_read(struct request *request,
    const struct form_limits *limits, const struct form_sink *sink,
    struct form *form, struct why *why);

static inline struct bytes
form_get(const struct form *form, const char *name)
{
	return params_get(&form->fields, name);
}

/* A label for a file from the name that a browser sent: what is after the
 * last / or \, without control and bidi characters, at most 200 bytes, and
 * "file" when nothing is left. In <arena>; {NULL, 0} without memory. */
struct bytes form_file_label(struct arena *arena, struct bytes name);

#endif
