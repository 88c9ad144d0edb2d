/* core/pages/admin.c - the side bar of admins and their first page. */
#include "config.h"
#include "core/pages/admin.h"
#include "core/base/arena.h"
#include "core/desk/job.h"
#include "core/desk/scripts.h"

#include <stdarg.h>
#include <stdio.h>

#define FAILED_COUNT_MAX 100

/* In the order of the side bar. */
static const struct {
	const char *path, *name, *icon, *about;
} pages[] = {
	{ "scripts", N_("Scripts"), "script",
	    N_("What the desk does by itself, and what failed.") },
	{ "agents", N_("Agents"), "people",
	    N_("Who answers, and how they sign in.") },
	{ "roles", N_("Roles"), "shield",
	    N_("What agents may see and do in each queue.") },
	{ "teams", N_("Teams"), "people", N_("Agents who share work.") },
	{ "queues", N_("Queues"), "queue",
	    N_("Where tickets wait, and the forms of customers.") },
	{ "calendars", N_("Calendars"), "clock",
	    N_("Business hours and holidays.") },
	{ "canned", N_("Canned replies"), "reply",
	    N_("Answers kept for use again.") },
	{ "articles", N_("Articles"), "book",
	    N_("Answers before they are asked.") },
	{ "customers", N_("Customers"), "person",
	    N_("Who asks: addresses, notes, organisation.") },
	{ "organisations", N_("Organisations"), "people",
	    N_("Companies and groups that customers belong to.") },
	{ "fields", N_("Own fields"), "pencil",
	    N_("What your forms ask besides.") },
	{ "brands", N_("Brands"), "brush",
	    N_("The web sites that this desk answers for.") },
	{ "tokens", N_("API tokens"), "lock",
	    N_("Let programs use the desk.") },
	{ "settings", N_("Settings"), "settings",
	    N_("Mail, and where new tickets go.") },
};
#define PAGES (sizeof pages / sizeof *pages)

static const struct view_field admin_link_fields[] = {
	VIEW_FIELD(struct admin_link, url, VIEW_TEXT),
	VIEW_FIELD(struct admin_link, name, VIEW_TEXT),
	VIEW_FIELD(struct admin_link, about, VIEW_TEXT),
	VIEW_FIELD(struct admin_link, count, VIEW_TEXT),
	VIEW_FIELD(struct admin_link, icon, VIEW_CSTR),
	VIEW_FIELD(struct admin_link, is_current, VIEW_BOOL),
	{ .name = NULL },
};
const struct view_type admin_link_type = { "admin page", admin_link_fields,
	NULL, NULL };

struct bytes
admin_url(struct page *page, const char *format, ...)
{
	char rest[512];
	va_list args;
	char *url;

	va_start(args, format);
	vsnprintf(rest, sizeof rest, format, args);
	va_end(args);
	url = arena_printf(page->arena, "%.*s/admin%s%s",
	    BYTES_ARG(page->root.base), rest[0] != '\0' ? "/" : "", rest);
	return bytes_of(url);
}

enum err
admin_count_failed(struct site_read *read, size_t max, size_t *out)
{
	struct job_at at = { .number = 0 };
	struct job_run run;
	size_t count = 0;
	enum err err = ERR_OK;

	while (count < max &&
	    (err = job_next_failed(read->snapshot, &at, &run)) == ERR_OK)
		count++;
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out = count;
	return ERR_OK;
}

/* How many scripts do not load. */
static size_t
count_broken(const struct directory *directory)
{
	size_t count, broken = 0;
	const struct record *const *all = directory_all(
	    directory, KIND_SCRIPT, &count);

	for (size_t i = 0; i < count; i++)
		broken += !record_int(all[i], SCRIPT_IS_OFF) &&
		    record_text(all[i], SCRIPT_ERROR).len > 0;
	return broken;
}

enum err
admin_side_fill(struct page *page, struct site_read *read, const char *current,
    struct admin_side *side)
{
	struct admin_link *links = arena_array(
	    page->arena, struct admin_link, PAGES);
	size_t troubles = 0;
	enum err err = admin_count_failed(read, FAILED_COUNT_MAX, &troubles);

	if (links == NULL)
		return ERR_NOMEM;
	if (err != ERR_OK)
		return err;
	troubles += count_broken(read->directory) +
	    scripts_resting(page->desk, read->now_us);
	for (size_t i = 0; i < PAGES; i++)
		links[i] = (struct admin_link){
			.url = admin_url(page, "%s", pages[i].path),
			.name = bytes_of(page_tr(page, pages[i].name)),
			.about = bytes_of(page_tr(page, pages[i].about)),
			.icon = pages[i].icon,
			.is_current = strcmp(pages[i].path, current) == 0,
		};
	if (troubles > 0)
		links[0].count = troubles < FAILED_COUNT_MAX ?
		    agent_count_text(page, (int64_t)troubles, false) :
		    BYTES("99+");
	side->pages = VIEW_LIST_OF(links, PAGES);
	return agent_bar_fill(page, read, &side->bar);
}

struct home_page {
	struct admin_side side;
};

static const struct view_field home_fields[] = {
	ADMIN_SIDE_FIELDS(struct home_page, side),
	{ .name = NULL },
};
static const struct view_type home_type = { "admin home", home_fields, NULL,
	NULL };

static int
show_home(struct page *page)
{
	struct home_page *data = arena_new(page->arena, struct home_page);
	struct site_read *read;
	enum err err;

	if (data == NULL)
		return 503;
	err = page_read(page, &read);
	if (err == ERR_OK)
		err = admin_side_fill(page, read, "", &data->side);
	if (err != ERR_OK)
		return page_status(err);
	return page_show(page, "admin/home", &home_type, data);
}

const struct route admin_home_routes[] = {
	{ ROUTE_GET, "/admin", ACCESS_ADMIN, show_home, false },
	{ .pattern = NULL },
};
