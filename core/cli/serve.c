/* core/cli/serve.c - hookdesk serve: answers the web server's requests.
 *
 * Ties the floors together: sockets (fcgi.h) to sites (sites.h) to pages
 * (web/site.h). One more thread looks after the sites and takes SIGHUP.
 */
#include "config.h"
#include "core/cli/conf.h"
#include "core/cli/output.h"
#include "core/cli/probe.h"
#include "core/cli/sites.h"
#include "core/cli/verbs.h"

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/heap.h"
#include "core/base/log.h"
#include "core/base/paths.h"
#include "core/base/text_format.h"
#include "core/pages/pages.h"
#include "core/web/fcgi.h"
#include "core/web/site.h"
#include "core/web/translate.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define THREADS_USUAL 16
#define THREADS_MAX 1024
#define LOCK_WAIT_MS 30000 /* an upgrade: the old process ends first */
#define CARE_MS 200
#define CARE_EVERY 25 /* so many times that between two looks at the sites */

const struct cli_option cli_serve_options[] = {
	{ "socket", "PATH", "Listen on this unix socket." },
	{ "fd", "0", "Listen on the socket that is descriptor 0." },
	{ "threads", "N", "Requests answered at once. [16]" },
	{ "sites", "ROOT", "Serve each site below this folder." },
	{ "config", "FILE", "Instead of " CONF_PATH "." },
	CLI_OPTIONS_END,
};

static atomic_int must_stop, must_reload; /* set by signal handlers */

/* For SIGHUP and `hookdesk reload`, which know a site only. */
static struct sites *all_sites;

struct serving {
	struct cli *cli;
	struct conf conf;
	unsigned threads;
	int listen_fd;
	struct mail_pages pages;
	struct output *output;
	struct web_shared *shared;
	struct sites *sites;
	struct fcgi_stats stats;
	pthread_t care;
};

/* --- requests --- */

static const char *
get_param(void *ctx, const char *name)
{
	return fcgi_param(ctx, name);
}

static long
read_body(void *ctx, char *at, size_t size)
{
	return fcgi_read(ctx, at, size);
}

/* Before there is a site there is no page to show. */
static void
answer_without_site(struct fcgi_exchange *exchange, enum err err)
{
	static const char body[] = "The desk cannot be reached at the moment. "
				   "Please try again in a minute.\n";
	static const char none[] = "There is no desk here.\n";
	bool is_none = err == ERR_NOT_FOUND;
	struct bytes head = is_none ?
	    BYTES("Status: 404 Not Found\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\n\r\n") :
	    BYTES("Status: 503 Service Unavailable\r\nRetry-After: 5\r\n"
		  "Content-Type: text/plain; charset=utf-8\r\n\r\n");

	err = fcgi_send(exchange, head, bytes_of(is_none ? none : body));
	if (err != ERR_OK)
		log_event(LOG_DEBUG, "answer.lost", "error=%s", err_name(err));
}

/* The head of an answer to HEAD is that of GET; it has no body. */
static void
send_response(struct fcgi_exchange *exchange, const struct request *request,
    struct response *response)
{
	bool is_head = request->method == METHOD_HEAD;
	struct bytes head = response_head(response);
	enum err err;

	if (head.at == NULL)
		head = BYTES("Status: 503 Service Unavailable\r\n\r\n");
	if (response->file_fd >= 0 && !is_head)
		err = fcgi_send_file(exchange, head, response->file_fd,
		    response->file_offset, response->file_size);
	else
		err = fcgi_send(exchange, head,
		    is_head ? BYTES_NONE : buf_get(&response->body));
	if (err != ERR_OK)
		log_event(LOG_DEBUG, "answer.lost", "error=%s", err_name(err));
}

static void
answer(struct fcgi_exchange *exchange, void *ctx)
{
	struct serving *serving = ctx;
	struct request request = { .arena = fcgi_arena(exchange),
		.params = fcgi_params(exchange),
		.body = { read_body, exchange } };
	struct why why = { .message = "" };
	const char *uri = fcgi_param(exchange, "REQUEST_URI");
	struct probed probed = { bytes_of(
				     fcgi_param(exchange, "HOOKDESK_SITE")),
		NULL, &why, &serving->stats };
	bool is_probe = probe_is_likely(uri);
	struct web_site *site;
	struct response response;
	enum err err;

	err = sites_take(serving->sites, probed.name, &site, &why);
	if (err != ERR_OK) {
		if (!is_probe || err == ERR_NOT_FOUND ||
		    !probe_answer(exchange, uri, &probed))
			answer_without_site(exchange, err);
		return;
	}
	probed.site = web_site_desk(site);
	if (is_probe && probe_answer(exchange, uri, &probed)) {
		sites_give(serving->sites, site);
		return;
	}
	web_answer(site, get_param, exchange, &request, &response);
	send_response(exchange, &request, &response);
	response_release(&response);
	sites_give(serving->sites, site);
}

/* --- the thread that cares --- */

static void
reload_all(struct serving *serving)
{
	struct buf report = BUF_INIT;
	struct why why = { .message = "" };
	char text[512];
	enum err err = sites_reload(serving->sites, NULL, &report, &why);

	if (err != ERR_OK)
		log_event(LOG_ERROR, "reload.failed", "why=%s",
		    why_text(&why, text, sizeof text));
	else
		log_event(
		    LOG_INFO, "reload.done", "report=%s", buf_string(&report));
	buf_release(&report);
}

static void *
care(void *arg)
{
	struct serving *serving = arg;
	struct timespec pause = { .tv_nsec = CARE_MS * 1000000L };

	sites_open_all(serving->sites);
	for (unsigned n = 1; !must_stop; n++) {
		nanosleep(&pause, NULL);
		if (must_reload) {
			must_reload = 0;
			reload_all(serving);
		}
		if (n % CARE_EVERY == 0)
			sites_care(serving->sites);
	}
	return NULL;
}

/* --- start and end --- */

static void
on_signal(int number)
{
	if (number == SIGHUP)
		must_reload = 1;
	else
		must_stop = 1;
}

static void
take_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* sd_notify(3): tell systemd, if it asked. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&address, (socklen_t)len) < 0)
		log_event(
		    LOG_WARN, "systemd.notify", "why=%s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static struct template_set *
hold_templates(void *arg, struct site *site)
{
	struct serving *serving = arg;

	return sites_templates(serving->sites, site);
}

static enum err
reload_one(struct site *site, struct buf *report, struct why *why)
{
	return sites_reload(all_sites, site, report, why);
}

static int
read_options(struct serving *serving)
{
	struct cli *cli = serving->cli;
	struct why why = { .message = "" };
	enum log_level level;
	int64_t threads;
	enum err err;

	if ((cli->arg_count == 1) == (cli_option(cli, "sites") != NULL))
		return cli_usage(cli, "give a site's folder, or --sites ROOT");
	conf_init(&serving->conf);
	err = conf_read(&serving->conf, cli_option(cli, "config"), &why);
	if (err != ERR_OK)
		return cli_fail_err(cli, "configuration", err, &why);
	if (log_level_from(serving->conf.log_level, &level) != ERR_OK)
		return cli_fail(cli, "configuration",
		    "log_level is error, warn, info or debug");
	log_set_level(level);
	threads = serving->conf.threads > 0 ? serving->conf.threads :
					      THREADS_USUAL;
	if (!cli_option_int(cli, "threads", 1, THREADS_MAX, &threads))
		return CLI_USAGE;
	serving->threads = (unsigned)threads;
	return CLI_DONE;
}

/* A wrong folder is better told at once than as 503 for ever. */
static int
check_folder(struct serving *serving)
{
	const char *root = cli_option(serving->cli, "sites");
	const char *dir = root != NULL ? root : serving->cli->args[0];
	char path[PATH_MAX];
	int code = cli_join(
	    serving->cli, path, dir, root != NULL ? "." : "data.mdb");

	if (code == CLI_DONE && access(path, R_OK) != 0)
		code = cli_fail(serving->cli, path, "%s", strerror(errno));
	return code;
}

static int
listen_on(struct serving *serving)
{
	struct cli *cli = serving->cli;
	const char *fd = cli_option(cli, "fd");
	const char *path = cli_option(cli, "socket");
	enum err err;

	if (fd != NULL && (strcmp(fd, "0") != 0 || path != NULL))
		return cli_usage(cli, "--fd is 0, and without --socket");
	if (path == NULL) {
		serving->listen_fd = fcgi_inherited();
		if (serving->listen_fd >= 0)
			return CLI_DONE;
		if (fd != NULL)
			return cli_fail(
			    cli, "--fd 0", "it is no listening socket");
		path = serving->conf.socket;
	}
	err = fcgi_listen(path, 0660, &serving->listen_fd);
	if (err == ERR_IO)
		return cli_fail(cli, path, "%s", strerror(errno));
	return err == ERR_OK ? CLI_DONE : cli_fail_err(cli, path, err, NULL);
}

static enum err
open_web(struct serving *serving, struct why *why)
{
	struct sites_options options = {
		.dir = serving->cli->arg_count == 1 ? serving->cli->args[0] :
						      NULL,
		.root = cli_option(serving->cli, "sites"),
		.threads = serving->threads,
		.wait_ms = LOCK_WAIT_MS,
		.map_size = (uint64_t)serving->conf.map_size_gib << 30,
		.min_free_set = serving->conf.min_free_mib >= 0,
		.min_free = (uint64_t)serving->conf.min_free_mib << 20,
		.limits = { .mails_per_hour = serving->conf.mails_per_hour,
		    .file_bytes = serving->conf.files_mb * 1000000 },
	};
	char dir[PATH_MAX];
	enum err err = translate_start(path_get(PATH_LOCALEDIR));

	if (err == ERR_IO) {
		log_event(LOG_WARN, "translate.none", "why=%s",
		    "the locale C.UTF-8 is missing");
		err = ERR_OK;
	}
	snprintf(dir, sizeof dir, "%s/www", path_get(PATH_DATADIR));
	if (err == ERR_OK)
		err = web_shared_create(
		    dir, page_routes, page_routes_count, why, &serving->shared);
	options.shared = serving->shared;
	options.idle_s = options.root != NULL ?
	    (unsigned)serving->conf.site_idle_s :
	    0;
	if (err == ERR_OK)
		err = sites_create(&options, &serving->sites);
	serving->pages = (struct mail_pages){ hold_templates, serving };
	if (err == ERR_OK)
		err = output_create(
		    &serving->conf, &serving->pages, &serving->output);
	if (err == ERR_OK)
		sites_set_output(serving->sites, output_desk(serving->output));
	return err;
}

static void
close_web(struct serving *serving)
{
	sites_destroy(serving->sites);
	output_destroy(serving->output);
	web_shared_destroy(serving->shared);
}

static int
run(struct serving *serving)
{
	struct cli *cli = serving->cli;
	struct fcgi_options options = {
		.listen_fd = serving->listen_fd,
		.threads = serving->threads,
	};
	enum err err;

	if (cli_option(cli, "sites") != NULL)
		options.site_workers_max = (serving->threads + 1) / 2;
	text_format_prepare();
	all_sites = serving->sites;
	cli_desk.reload = reload_one;
	if (pthread_create(&serving->care, NULL, care, serving) != 0)
		return cli_fail_err(cli, "serve", ERR_NOMEM, NULL);
	log_event(LOG_INFO, "serve.started", "version=%s threads=%u",
	    PACKAGE_VERSION, serving->threads);
	notify("READY=1");
	err = fcgi_serve(
	    &options, answer, serving, &serving->stats, &must_stop);
	notify("STOPPING=1");
	must_stop = 1;
	pthread_join(serving->care, NULL);
	cli_desk.reload = NULL;
	log_event(LOG_INFO, "serve.ended", "requests=%llu",
	    (unsigned long long)serving->stats.requests);
	return err == ERR_OK ? CLI_DONE : cli_fail_err(cli, "serve", err, NULL);
}

int
cli_serve(struct cli *cli)
{
	struct serving *serving = calloc(1, sizeof *serving);
	struct why why = { .message = "" };
	enum err err;
	int code;

	if (serving == NULL)
		return cli_fail_err(cli, "serve", ERR_NOMEM, NULL);
	serving->cli = cli;
	code = read_options(serving);
	if (code == CLI_DONE)
		code = check_folder(serving);
	if (code == CLI_DONE)
		code = listen_on(serving);
	if (code == CLI_DONE) {
		take_signals();
		heap_share();
		err = open_web(serving, &why);
		code = err == ERR_OK ? run(serving) :
				       cli_fail_err(cli, "serve", err, &why);
		close_web(serving);
	}
	free(serving);
	return code;
}
