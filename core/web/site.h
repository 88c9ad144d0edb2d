/* core/web/site.h - a desk on the web: its looks, its place, its answers.
 *
 * web_answer() is where a request becomes a response: it finds the brand and
 * the route, the session and the language, refuses what may not come in, and
 * calls the page. Knows nothing of FastCGI.
 */
#ifndef HOOKDESK_WEB_SITE_H
#define HOOKDESK_WEB_SITE_H

#include "core/web/request.h"
#include "core/web/response.h"

struct limiter;
struct route;
struct site;
struct static_set;
struct template_set;

/* What all sites of a process share: routes, what we ship, rate limits. */
struct web_shared;

/* <share_dir> holds templates/, css/, js/ and icons/; <routes> as
 * route_table_create(). translate_start() comes before. ERR_INVALID, ERR_IO,
 * ERR_NOMEM with words in <why>. */
ERR_CHECKED enum err web_shared_create(const char *share_dir,
    const struct route *const *routes, size_t count, struct why *why,
    struct web_shared **out);
/* After all sites; NULL is allowed. */
void web_shared_destroy(struct web_shared *shared);

/* One site's part. */
struct web_site;

/* <desk> outlives it; <name> is what HOOKDESK_SITE calls it, "" when it is the
 * only one. What lies in www/ of the site's folder takes the place of ours. */
ERR_CHECKED enum err web_site_create(struct web_shared *shared,
    struct site *desk, const char *name, struct why *why,
    struct web_site **out);
void web_site_destroy(struct web_site *site);

/* Read templates and static files again: all or none. Requests that are being
 * answered go on with what they have. Any thread. */
ERR_CHECKED enum err web_shared_reload(
    struct web_shared *shared, struct why *why);
ERR_CHECKED enum err web_site_reload(struct web_site *site, struct why *why);

/* Held for the caller, who releases them. Any thread. */
struct template_set *web_site_templates(struct web_site *site);
struct static_set *web_site_static(struct web_site *site);

struct site *web_site_desk(const struct web_site *site);
const char *web_site_name(const struct web_site *site);
struct limiter *web_site_limiter(const struct web_site *site);

/* Answer one request. <request> has its arena, params and body set, all else zeroed;
 * <param> and <ctx> as request_init(). <response> is filled, whatever comes:
 * send response_head() and its body or file, then response_release() it. Any
 * thread. */
void web_answer(struct web_site *site, request_param *param, void *ctx,
    struct request *request, struct response *response);

#endif
