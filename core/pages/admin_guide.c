/* core/pages/admin_guide.c - /admin/scripts/guide and /reference: how scripts
 * are written.
 *
 * The texts are www/guide/scripts.md, of which tests/guide.sh runs what it
 * shows, and reference.md, which is made from hookdesk-scripts(5).
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/paths.h"
#include "core/pages/admin.h"
#include "core/web/markdown.h"

#define SECTIONS_MAX 60
#define GUIDE_MAX MARKDOWN_SOURCE_MAX

struct section {
	struct bytes id, title, html;
};

struct guide_page {
	struct admin_side side;
	bool is_guide;
	struct bytes title;
	struct view_list sections;
};

static const struct view_field section_fields[] = {
	{ "id", VIEW_TEXT, offsetof(struct section, id), NULL, NULL },
	{ "title", VIEW_TEXT, offsetof(struct section, title), NULL, NULL },
	{ "html", VIEW_HTML, offsetof(struct section, html), NULL, NULL },
	{ .name = NULL },
};
static const struct view_type section_type = { "section", section_fields, NULL,
	NULL };

static const struct view_field guide_fields[] = {
	ADMIN_SIDE_FIELDS(struct guide_page, side),
	{ "is_guide", VIEW_BOOL, offsetof(struct guide_page, is_guide), NULL,
	    NULL },
	{ "title", VIEW_TEXT, offsetof(struct guide_page, title), NULL, NULL },
	{ "sections", VIEW_LIST, offsetof(struct guide_page, sections),
	    &section_type, NULL },
	{ .name = NULL },
};
static const struct view_type guide_type = { "guide", guide_fields, NULL,
	NULL };

/* "Route by words" is route-by-words. */
static struct bytes
id_of(struct page *page, struct bytes title)
{
	struct buf id = buf_in(page->arena);

	for (size_t i = 0; i < title.len; i++) {
		char c = title.at[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buf_char(&id, c);
		else if (id.len > 0 && id.at[id.len - 1] != '-')
			buf_char(&id, '-');
	}
	return buf_get(&id);
}

/* Code that is wider than the page is scrolled by keys, too. */
static void
add_focusable(struct buf *out, struct bytes html)
{
	const struct bytes open = BYTES("<pre>");
	const char *at, *end = html.at + html.len;

	while ((at = bytes_find(html, open)) != NULL) {
		buf_bytes(
		    out, (struct bytes){ html.at, (size_t)(at - html.at) });
		buf_text(out, "<pre tabindex=\"0\">");
		html.at = at + open.len;
		html.len = (size_t)(end - html.at);
	}
	buf_bytes(out, html);
}

static enum err
fill_section(struct page *page, struct bytes text, struct section *out)
{
	struct buf plain = buf_in(page->arena), html = buf_in(page->arena);
	enum err err;

	out->title = bytes_trim(bytes_split(&text, '\n'));
	out->id = id_of(page, out->title);
	err = markdown_render(&plain, text);
	add_focusable(&html, buf_get(&plain));
	out->html = buf_get(&html);
	return err == ERR_OK && html.failed ? ERR_NOMEM : err;
}

/* A section begins at each line "## Title"; the line before all of them,
 * "# Title", is the page's. */
static enum err
fill_sections(struct page *page, struct bytes text, struct guide_page *data)
{
	struct section *sections = arena_array(
	    page->arena, struct section, SECTIONS_MAX);
	const char *end = text.at + text.len, *at, *next;
	struct bytes first = text;
	size_t count = 0;
	enum err err = ERR_OK;

	if (sections == NULL)
		return ERR_NOMEM;
	data->title = bytes_split(&first, '\n');
	while (data->title.len > 0 &&
	    (data->title.at[0] == '#' || data->title.at[0] == ' ')) {
		data->title.at++;
		data->title.len--;
	}
	at = bytes_find(text, BYTES("\n## "));
	for (; err == ERR_OK && at != NULL && count < SECTIONS_MAX; at = next) {
		struct bytes rest = { at + 4, (size_t)(end - at - 4) };

		next = bytes_find(rest, BYTES("\n## "));
		if (next != NULL)
			rest.len = (size_t)(next - rest.at);
		err = fill_section(page, rest, &sections[count++]);
	}
	data->sections = VIEW_LIST_OF(sections, count);
	return err;
}

static enum err
fill(struct page *page, const char *name, struct guide_page *data)
{
	struct buf text = buf_in(page->arena);
	struct site_read *read;
	char *path = arena_printf(
	    page->arena, "%s/www/guide/%s.md", path_get(PATH_DATADIR), name);
	enum err err = path != NULL ? page_read(page, &read) : ERR_NOMEM;

	if (err == ERR_OK)
		err = admin_side_fill(page, read, "scripts", &data->side);
	if (err == ERR_OK)
		err = file_read(path, GUIDE_MAX, &text, NULL);
	return err == ERR_OK ? fill_sections(page, buf_get(&text), data) : err;
}

static int
show(struct page *page, const char *name, bool is_guide)
{
	struct guide_page *data = arena_new(page->arena, struct guide_page);
	enum err err = data != NULL ? fill(page, name, data) : ERR_NOMEM;

	if (err != ERR_OK)
		return page_status(err);
	data->is_guide = is_guide;
	return page_show(page, "admin/guide", &guide_type, data);
}

static int
show_guide(struct page *page)
{
	return show(page, "scripts", true);
}

static int
show_reference(struct page *page)
{
	return show(page, "reference", false);
}

const struct route admin_guide_routes[] = {
	{ ROUTE_GET, "/admin/scripts/guide", ACCESS_ADMIN, show_guide, false },
	{ ROUTE_GET, "/admin/scripts/reference", ACCESS_ADMIN, show_reference,
	    false },
	{ .pattern = NULL },
};
