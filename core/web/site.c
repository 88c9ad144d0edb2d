/* core/web/site.c - what sites share, and what each has of its own. */
#include "config.h"
#include "core/web/site.h"

#include "core/base/arena.h"
#include "core/desk/site.h"
#include "core/web/limit.h"
#include "core/web/page_private.h"
#include "core/web/route.h"
#include "core/web/static.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LIMIT_SLOTS 65536 /* clients and addresses counted at a time */
#define OWN_DEPTH 4       /* folders in folders of a site's www/ */

/* Templates and static files that belong together. */
struct looks {
	pthread_mutex_t lock;
	struct template_set *templates;
	struct static_set *files;
};

struct web_shared {
	struct route_table *routes;
	struct limiter *limiter;
	char share_dir[PATH_MAX];
	struct looks looks;
};

struct web_site {
	struct web_shared *shared;
	struct site *desk;
	char name[64];
	char own_dir[PATH_MAX]; /* www/ in the site's folder */
	bool has_own;           /* there are files: <looks> is used */
	struct looks looks;
};

/* Read both anew; those there stay when one fails. */
static enum err
looks_load(struct looks *looks, const char *share_dir, const char *own_dir,
    struct why *why)
{
	char share_templates[PATH_MAX + 16], own_templates[PATH_MAX + 16];
	struct template_options options = { .share_dir = share_templates,
		.site_dir = own_dir != NULL ? own_templates : NULL,
		.translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };
	struct template_set *templates = NULL, *old_templates;
	struct static_set *files = NULL, *old_files;
	enum err err;

	snprintf(
	    share_templates, sizeof share_templates, "%s/templates", share_dir);
	if (own_dir != NULL)
		snprintf(own_templates, sizeof own_templates, "%s/templates",
		    own_dir);
	err = template_set_load(&options, why, &templates);
	if (err == ERR_OK)
		err = static_set_load(share_dir, own_dir, why, &files);
	if (err != ERR_OK) {
		template_set_release(templates);
		return err;
	}
	pthread_mutex_lock(&looks->lock);
	old_templates = looks->templates;
	old_files = looks->files;
	looks->templates = templates;
	looks->files = files;
	pthread_mutex_unlock(&looks->lock);
	template_set_release(old_templates);
	static_set_release(old_files);
	return ERR_OK;
}

static void
looks_release(struct looks *looks)
{
	template_set_release(looks->templates);
	static_set_release(looks->files);
	pthread_mutex_destroy(&looks->lock);
}

enum err
web_shared_create(const char *share_dir, const struct route *const *routes,
    size_t count, struct why *why, struct web_shared **out)
{
	struct web_shared *shared = calloc(1, sizeof *shared);
	enum err err = ERR_NOMEM;

	if (shared == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&shared->looks.lock, NULL);
	snprintf(shared->share_dir, sizeof shared->share_dir, "%s", share_dir);
	shared->limiter = limiter_create(LIMIT_SLOTS);
	if (shared->limiter != NULL)
		err = route_table_create(routes, count, why, &shared->routes);
	if (err == ERR_OK)
		err = looks_load(&shared->looks, shared->share_dir, NULL, why);
	if (err == ERR_OK)
		*out = shared;
	else
		web_shared_destroy(shared);
	return err;
}

void
web_shared_destroy(struct web_shared *shared)
{
	if (shared == NULL)
		return;
	looks_release(&shared->looks);
	route_table_destroy(shared->routes);
	limiter_destroy(shared->limiter);
	free(shared);
}

enum err
web_shared_reload(struct web_shared *shared, struct why *why)
{
	return looks_load(&shared->looks, shared->share_dir, NULL, why);
}

enum err
web_site_create(struct web_shared *shared, struct site *desk, const char *name,
    struct why *why, struct web_site **out)
{
	struct web_site *site = calloc(1, sizeof *site);
	enum err err;

	if (site == NULL)
		return ERR_NOMEM;
	pthread_mutex_init(&site->looks.lock, NULL);
	site->shared = shared;
	site->desk = desk;
	snprintf(site->name, sizeof site->name, "%s", name);
	snprintf(site->own_dir, sizeof site->own_dir, "%s/www", site_dir(desk));
	err = web_site_reload(site, why);
	if (err == ERR_OK)
		*out = site;
	else
		web_site_destroy(site);
	return err;
}

void
web_site_destroy(struct web_site *site)
{
	if (site == NULL)
		return;
	looks_release(&site->looks);
	free(site);
}

/* Whether there is a file in <dir> or <depth> folders below. */
static bool
has_files(const char *dir, int depth)
{
	DIR *stream = opendir(dir);
	char path[PATH_MAX];
	struct dirent *item;
	bool is_found = false;
	struct stat st;

	while (
	    stream != NULL && !is_found && (item = readdir(stream)) != NULL) {
		if (item->d_name[0] == '.' ||
		    snprintf(path, sizeof path, "%s/%s", dir, item->d_name) >=
			(int)sizeof path ||
		    stat(path, &st) != 0)
			continue;
		is_found = S_ISREG(st.st_mode) ||
		    (S_ISDIR(st.st_mode) && depth > 0 &&
			has_files(path, depth - 1));
	}
	if (stream != NULL)
		closedir(stream);
	return is_found;
}

enum err
web_site_reload(struct web_site *site, struct why *why)
{
	/* A new site has the folder with nothing in it: what all sites share
	 * does for it, and is 1.7 MiB. */
	bool has_own = has_files(site->own_dir, OWN_DEPTH);
	enum err err = ERR_OK;

	if (has_own)
		err = looks_load(
		    &site->looks, site->shared->share_dir, site->own_dir, why);
	if (err != ERR_OK)
		return err;
	pthread_mutex_lock(&site->looks.lock);
	site->has_own = has_own;
	pthread_mutex_unlock(&site->looks.lock);
	return ERR_OK;
}

/* Both at once, so that a page's links carry the version of its time. */
static void
hold_looks(struct web_site *site, struct template_set **templates,
    struct static_set **files)
{
	struct looks *looks = &site->looks;

	pthread_mutex_lock(&looks->lock);
	if (!site->has_own) {
		pthread_mutex_unlock(&looks->lock);
		looks = &site->shared->looks;
		pthread_mutex_lock(&looks->lock);
	}
	if (templates != NULL)
		*templates = template_set_hold(looks->templates);
	if (files != NULL)
		*files = static_set_hold(looks->files);
	pthread_mutex_unlock(&looks->lock);
}

struct template_set *
web_site_templates(struct web_site *site)
{
	struct template_set *templates;

	hold_looks(site, &templates, NULL);
	return templates;
}

struct static_set *
web_site_static(struct web_site *site)
{
	struct static_set *files;

	hold_looks(site, NULL, &files);
	return files;
}

struct site *
web_site_desk(const struct web_site *site)
{
	return site->desk;
}

const char *
web_site_name(const struct web_site *site)
{
	return site->name;
}

struct limiter *
web_site_limiter(const struct web_site *site)
{
	return site->shared->limiter;
}

void
web_answer(struct web_site *site, request_param *param, void *ctx,
    struct request *request, struct response *response)
{
	struct page *page;

	response_init(response, request->arena);
	page = arena_new(request->arena, struct page);
	if (page == NULL) {
		response->status = 503;
		return;
	}
	page->arena = request->arena;
	page->request = request;
	page->response = response;
	page->site = site;
	page->desk = site->desk;
	page->limiter = site->shared->limiter;
	hold_looks(site, &page->templates, &page->files);
	page_answer(page, site->shared->routes, param, ctx);
	template_set_release(page->templates);
	static_set_release(page->files);
}
