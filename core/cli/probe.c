/* core/cli/probe.c - what programs that watch a server ask. */
#include "config.h"
#include "core/cli/probe.h"

#include "core/base/log.h"
#include "core/store/store.h"

#include <inttypes.h>

static void health(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good);
static void ready(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good);
static void metrics(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good);

static const struct row {
	const char *path;
	void (*tell)(struct buf *out, struct site *site, const struct why *why,
	    const struct fcgi_stats *stats, bool *is_good);
} rows[] = {
	{ "/healthz", health },
	{ "/readyz", ready },
	{ "/metrics", metrics },
};

static void
health(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good)
{
	buf_text(out, "ok\n");
}

static void
ready(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good)
{
	enum err err = site != NULL ? store_ready(site_store(site)) : ERR_BUSY;
	char text[512];

	*is_good = err == ERR_OK;
	if (err == ERR_OK)
		buf_text(out, "ready\n");
	else if (site == NULL && why->message != NULL &&
	    why->message[0] != '\0')
		buf_printf(out, "%s\n", why_text(why, text, sizeof text));
	else
		buf_printf(out, "%s\n", err_message(err));
}

/* The text format of Prometheus (exposition format 0.0.4). */
static void
metrics(struct buf *out, struct site *site, const struct why *why,
    const struct fcgi_stats *stats, bool *is_good)
{
	const struct {
		const char *name, *type;
		uint64_t n;
	} numbers[] = {
		{ "connections", "gauge", stats->connections },
		{ "parked", "gauge", stats->parked },
		{ "workers_busy", "gauge", stats->busy },
		{ "requests_total", "counter", stats->requests },
		{ "aborted_total", "counter", stats->aborted },
		{ "timed_out_total", "counter", stats->timed_out },
		{ "refused_total", "counter", stats->refused },
		{ "accept_failed_total", "counter", stats->accept_failed },
	};
	struct store_status status;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		buf_printf(out,
		    "# TYPE hookdesk_%s %s\nhookdesk_%s %" PRIu64 "\n",
		    numbers[i].name, numbers[i].type, numbers[i].name,
		    numbers[i].n);
	if (site == NULL || store_status(site_store(site), &status) != ERR_OK)
		return;
	buf_printf(out,
	    "# TYPE hookdesk_commits_total counter\n"
	    "hookdesk_commits_total %" PRIu64 "\n"
	    "# TYPE hookdesk_used_bytes gauge\nhookdesk_used_bytes %" PRIu64
	    "\n# TYPE hookdesk_disk_free_bytes gauge\n"
	    "hookdesk_disk_free_bytes %" PRIu64 "\n",
	    status.commits, status.space.used_bytes, status.disk_free);
}

/* The path without its query. */
static struct bytes
path_of(const char *uri)
{
	return (struct bytes){ uri, strcspn(uri, "?") };
}

static const struct row *
find_row(struct bytes path)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t len = strlen(rows[i].path);

		if (path.len >= len &&
		    memcmp(path.at + path.len - len, rows[i].path, len) == 0)
			return &rows[i];
	}
	return NULL;
}

bool
probe_is_likely(const char *uri)
{
	return uri != NULL && find_row(path_of(uri)) != NULL;
}

/* Whether one of the brands is mounted at <mount>: "" or "/support". */
static bool
is_mount(struct site *site, struct bytes mount)
{
	const struct record *const *brands;
	struct site_read read;
	bool is_one = false;
	size_t count;

	if (site_read_begin(site, &read) != ERR_OK)
		return true;
	brands = directory_all(read.directory, KIND_BRAND, &count);
	for (size_t i = 0; i < count && !is_one; i++) {
		struct bytes url = record_text(brands[i], BRAND_BASE_URL);
		const char *host = bytes_find(url, BYTES("://"));
		size_t at = host != NULL ? (size_t)(host - url.at) + 3 : 0;

		while (at < url.len && url.at[at] != '/')
			at++;
		is_one = bytes_equal(
		    mount, (struct bytes){ url.at + at, url.len - at });
	}
	site_read_end(&read);
	return is_one;
}

bool
probe_answer(struct fcgi_exchange *exchange, const char *uri, struct site *site,
    const struct why *why, const struct fcgi_stats *stats)
{
	struct bytes path = path_of(uri);
	const struct row *row = find_row(path);
	struct buf body = buf_in(fcgi_arena(exchange));
	bool is_good = true;
	struct bytes head;
	enum err err;

	if (row == NULL)
		return false;
	path.len -= strlen(row->path);
	if (site != NULL && !is_mount(site, path))
		return false;
	row->tell(&body, site, why, stats, &is_good);
	head = is_good ?
	    BYTES("Content-Type: text/plain; charset=utf-8\r\n"
		  "Cache-Control: no-store\r\n\r\n") :
	    BYTES("Status: 503 Service Unavailable\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\n"
		  "Cache-Control: no-store\r\nRetry-After: 5\r\n\r\n");
	err = fcgi_send(exchange, head, buf_get(&body));
	if (err != ERR_OK)
		log_event(LOG_DEBUG, "answer.lost", "error=%s", err_name(err));
	return true;
}
