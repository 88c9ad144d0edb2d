/* core/pages/admin_script_limits.c - what scripts use of what they may, and in
 * which order their handlers run. */
#include "config.h"
#include "core/base/arena.h"
#include "core/pages/admin_script.h"

#define LIMITS 5

static const struct view_field limit_fields[] = {
	{ "label", VIEW_CSTR, offsetof(struct limit_view, label), NULL, NULL },
	{ "used", VIEW_TEXT, offsetof(struct limit_view, used), NULL, NULL },
	{ "most", VIEW_TEXT, offsetof(struct limit_view, most), NULL, NULL },
	{ "is_over", VIEW_BOOL, offsetof(struct limit_view, is_over), NULL,
	    NULL },
	{ .name = NULL },
};
const struct view_type limit_view_type = { "limit", limit_fields, NULL, NULL };

static const struct view_field handler_fields[] = {
	{ "full", VIEW_TEXT, offsetof(struct hook_handler, full), NULL, NULL },
	{ "url", VIEW_TEXT, offsetof(struct hook_handler, url), NULL, NULL },
	{ "order", VIEW_INT, offsetof(struct hook_handler, order), NULL, NULL },
	{ "is_required", VIEW_BOOL, offsetof(struct hook_handler, is_required),
	    NULL, NULL },
	{ .name = NULL },
};
static const struct view_type hook_handler_type = { "handler of a hook",
	handler_fields, NULL, NULL };

static const struct view_field hook_fields[] = {
	{ "hook", VIEW_CSTR, offsetof(struct hook_view, hook), NULL, NULL },
	{ "handlers", VIEW_LIST, offsetof(struct hook_view, handlers),
	    &hook_handler_type, NULL },
	{ .name = NULL },
};
const struct view_type hook_view_type = { "hook", hook_fields, NULL, NULL };

static struct bytes
number(struct page *page, int64_t n, const char *unit)
{
	return bytes_of(
	    arena_printf(page->arena, "%lld%s", (long long)n, unit));
}

/* "1 000+" of what is counted no further. */
static struct bytes
counted(struct page *page, size_t n)
{
	return agent_count_text(page, (int64_t)n, n >= SCRIPTS_COUNT_MAX);
}

enum err
script_limits_fill(
    struct page *page, struct site_read *read, struct view_list *out)
{
	struct limit_view *limits = arena_array(
	    page->arena, struct limit_view, LIMITS);
	struct scripts_usage usage;
	enum err err = limits != NULL ? scripts_usage(read, &usage) : ERR_NOMEM;

	if (err != ERR_OK)
		return err;
	limits[0] = (struct limit_view){
		.label = page_tr(page, N_("Processor time in this minute")),
		.used = number(page, usage.cpu_us / 1000, " ms"),
		.most = number(page, usage.cpu_max_us / 1000, " ms"),
		.is_over = usage.cpu_us >= usage.cpu_max_us,
	};
	limits[1] = (struct limit_view){
		.label = page_tr(page, N_("Mails in this hour, of the desk")),
		.used = number(page, usage.mails, ""),
		.most = usage.mails_max > 0 ?
		    number(page, usage.mails_max, "") :
		    BYTES_NONE,
		.is_over = usage.mails_max > 0 &&
		    usage.mails >= usage.mails_max,
	};
	limits[2] = (struct limit_view){
		.label = page_tr(page, N_("Jobs and timers that wait")),
		.used = counted(page, usage.waiting),
	};
	limits[3] = (struct limit_view){
		.label = page_tr(page, N_("Runs that are kept, for 30 days")),
		.used = counted(page, usage.traces),
	};
	limits[4] = (struct limit_view){
		.label = page_tr(page, N_("Kept in desk.store")),
		.used = page_size_text(page, usage.bytes),
		.most = page_size_text(page, usage.bytes_max),
		.is_over = usage.bytes >= usage.bytes_max,
	};
	*out = VIEW_LIST_OF(limits, LIMITS);
	return ERR_OK;
}

enum err
script_order_fill(
    struct page *page, struct when_set *set, struct view_list *out)
{
	struct hook_view *hooks = arena_array(
	    page->arena, struct hook_view, HOOK__COUNT);
	size_t n = 0;

	if (hooks == NULL)
		return ERR_NOMEM;
	for (int hook = 0; set != NULL && hook < HOOK__COUNT; hook++) {
		size_t count;
		const struct script_handler *all = script_set_on(
		    when_set_scripts(set), (enum hook)hook, &count);
		struct hook_handler *list;

		if (count < 2)
			continue;
		list = arena_array(page->arena, struct hook_handler, count);
		if (list == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < count; i++)
			list[i] = (struct hook_handler){ .full = all[i].full,
				.url = admin_url(page, "scripts/%.*s",
				    BYTES_ARG(all[i].file)),
				.order = all[i].order,
				.is_required = all[i].is_required };
		hooks[n++] = (struct hook_view){ hook_points[hook].name,
			VIEW_LIST_OF(list, count) };
	}
	*out = VIEW_LIST_OF(hooks, n);
	return ERR_OK;
}
