/* core/cli/probe.c - what programs that watch a server ask. */
#include "config.h"
#include "core/cli/probe.h"

#include "core/base/log.h"
#include "core/cli/cli.h"
#include "core/desk/route.h"
#include "core/store/store.h"

#include <inttypes.h>

static bool health(struct buf *out, const struct probed *of);
static bool ready(struct buf *out, const struct probed *of);
static bool metrics(struct buf *out, const struct probed *of);

/* Each adds what it tells, and says whether that is good. */
static const struct row {
	const char *path;
	bool (*tell)(struct buf *out, const struct probed *of);
} rows[] = {
	{ "/healthz", health },
	{ "/readyz", ready },
	{ "/metrics", metrics },
};

static bool
health(struct buf *out, const struct probed *of)
{
	buf_text(out, "ok\n");
	return true;
}

static bool
ready(struct buf *out, const struct probed *of)
{
	enum err err = of->site != NULL ? store_ready(site_store(of->site)) :
					  ERR_BUSY;
	struct bytes name = of->site != NULL ?
	    cli_site_name(site_dir(of->site)) :
	    of->name;
	char text[512];

	if (err == ERR_OK) {
		buf_text(out, "ready\n");
		return true;
	}
	if (name.len > 0)
		buf_printf(out, "%.*s: ", BYTES_ARG(name));
	if (of->site == NULL && of->why->message != NULL &&
	    of->why->message[0] != '\0')
		buf_printf(out, "%s\n", why_text(of->why, text, sizeof text));
	else
		buf_printf(out, "%s\n", err_message(err));
	return false;
}

/* The text format of Prometheus (exposition format 0.0.4). */
static bool
metrics(struct buf *out, const struct probed *of)
{
	const struct fcgi_stats *stats = of->stats;
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
	if (of->site == NULL ||
	    store_status(site_store(of->site), &status) != ERR_OK)
		return true;
	buf_printf(out,
	    "# TYPE hookdesk_commits_total counter\n"
	    "hookdesk_commits_total %" PRIu64 "\n"
	    "# TYPE hookdesk_used_bytes gauge\nhookdesk_used_bytes %" PRIu64
	    "\n# TYPE hookdesk_disk_free_bytes gauge\n"
	    "hookdesk_disk_free_bytes %" PRIu64 "\n",
	    status.commits, status.space.used_bytes, status.disk_free);
	buf_printf(out,
	    "# TYPE hookdesk_routes_refused_total counter\n"
	    "hookdesk_routes_refused_total %" PRIu64 "\n",
	    routes_refused(of->site));
	return true;
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
probe_answer(
    struct fcgi_exchange *exchange, const char *uri, const struct probed *of)
{
	struct bytes path = path_of(uri);
	const struct row *row = find_row(path);
	struct buf body = buf_in(fcgi_arena(exchange));
	bool is_good;
	struct bytes head;
	enum err err;

	if (row == NULL)
		return false;
	path.len -= strlen(row->path);
	if (of->site != NULL && !is_mount(of->site, path))
		return false;
	is_good = row->tell(&body, of);
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
