/* tests/bench/bench_template.c - what rendering a list page costs.
 *
 *	bench_template [ROUNDS]
 *
 * 50 rows of 12 values in some 28 KiB, as the agent's inbox is; prints
 * microseconds a page, of the best of five runs. Without times of day, whose
 * cost is ICU's, and with them.
 */
#include "config.h"
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/web/template.h"
#include "core/web/translate.h"

#include <stdio.h>
#include <stdlib.h>

#define ROWS 50

struct row {
	int64_t number, entries;
	struct bytes subject, snippet, customer, owner, queue;
	const char *priority, *status;
	bool is_unread, has_files;
	int64_t waiting_us;
};

#define FIELD(name, how, member) \
	{ \
		name, how, offsetof(struct row, member) \
	}
static const struct view_field row_fields[] = {
	FIELD("number", VIEW_INT, number),
	FIELD("entries", VIEW_INT, entries),
	FIELD("subject", VIEW_TEXT, subject),
	FIELD("snippet", VIEW_TEXT, snippet),
	FIELD("customer", VIEW_TEXT, customer),
	FIELD("owner", VIEW_TEXT, owner),
	FIELD("queue", VIEW_TEXT, queue),
	FIELD("priority", VIEW_CSTR, priority),
	FIELD("status", VIEW_CSTR, status),
	FIELD("unread", VIEW_BOOL, is_unread),
	FIELD("files", VIEW_BOOL, has_files),
	FIELD("waiting", VIEW_TIME, waiting_us),
	{ NULL },
};
static const struct view_type row_type = { "row", row_fields };

struct inbox {
	struct view_list rows;
	const char *base;
};

static const struct view_field inbox_fields[] = {
	{ "rows", VIEW_LIST, offsetof(struct inbox, rows), .type = &row_type },
	{ "base", VIEW_CSTR, offsetof(struct inbox, base) },
	{ NULL },
};
static const struct view_type inbox_type = { "inbox", inbox_fields };

static const struct template_source sources[] = {
	{ "layout",
	    BYTES("<!doctype html>\n<html lang=en><head><title>"
		  "{{$title}}{{_ Help desk }}{{/title}}</title></head>\n"
		  "<body>{{$main}}{{/main}}</body></html>\n") },
	{ "row",
	    BYTES("<li class=\"row{{#unread}} is-unread{{/unread}}\">\n"
		  "  <a href=\"{{base}}/agent/t/{{number}}\" "
		  "class=\"row-link\" data-key=\"{{number}}\">\n"
		  "    <span class=\"row-who\">{{customer}}</span>\n"
		  "    <span class=\"row-subject\">{{subject}}</span>\n"
		  "    <span class=\"row-snippet\">{{snippet}}</span>\n"
		  "  </a>\n"
		  "  <span class=\"tag tag-{{priority}}\">{{priority}}"
		  "</span> <span class=\"status-{{status}}\">{{status}}"
		  "</span>\n"
		  "  <span class=\"row-queue\">{{queue}}</span>\n"
		  "  <span class=\"row-owner\">{{owner}}</span>\n"
		  "  {{#files}}<svg class=\"icon\"></svg>{{/files}}\n"
		  "  <span class=\"row-count\">{{_n entries | "
		  "{entries} entry | {entries} entries }}</span>\n"
		  "  {{$time}}{{/time}}\n"
		  "</li>\n") },
	{ "inbox",
	    BYTES("{{<layout}}{{$main}}<ul>{{#rows}}{{>row}}{{/rows}}"
		  "</ul>{{/main}}{{/layout}}") },
	{ "timed",
	    BYTES("{{<layout}}{{$main}}<ul>{{#rows}}{{<row}}{{$time}}"
		  "<time datetime=\"{{waiting.iso}}\">{{waiting}}</time>"
		  "{{/time}}{{/row}}{{/rows}}</ul>{{/main}}"
		  "{{/layout}}") },
};

static void
measure(
    struct template_set *set, const char *name, struct view *view, int rounds)
{
	struct buf out = BUF_INIT;
	int64_t best = INT64_MAX;

	for (int run = 0; run < 5; run++) {
		int64_t begin = clock_monotonic_us(), took;

		for (int i = 0; i < rounds; i++) {
			buf_clear(&out);
			arena_reset(view->arena);
			if (template_render(set, name, view, &out) != ERR_OK)
				exit(1);
		}
		took = clock_monotonic_us() - begin;
		if (took < best)
			best = took;
	}
	printf(
	    "%-8s %6zu bytes %7.2f us\n", name, out.len, (double)best / rounds);
	buf_release(&out);
}

int
main(int argc, char **argv)
{
	struct template_options options = { .sources = sources,
		.source_count = sizeof sources / sizeof *sources,
		.translate = translate_text,
		.plural = translate_plural,
		.languages = LANG__COUNT };
	int rounds = argc > 1 ? atoi(argv[1]) : 2000;
	struct template_set *set = NULL;
	struct row rows[ROWS];
	struct inbox inbox = { VIEW_LIST_OF(rows, ROWS), "/support" };
	struct view view = { .arena = arena_create(),
		.now_us = clock_now_us(),
		.page = &inbox,
		.page_type = &inbox_type };
	struct why why = { .message = "" };

	if (rounds < 1)
		return 2;
	for (int i = 0; i < ROWS; i++)
		rows[i] = (struct row){ .number = 41200 + i,
			.entries = i % 7 + 1,
			.subject = BYTES("My parcel \"A-113\" has not arrived"),
			.snippet = BYTES("Hello, I ordered two weeks ago & the "
					 "page still says <processing>."),
			.customer = BYTES("Ada Lovelace"),
			.owner = BYTES("Grace Hopper"),
			.queue = BYTES("Shipping"),
			.priority = "high",
			.status = "open",
			.is_unread = i % 3 == 0,
			.has_files = i % 4 == 0,
			.waiting_us = view.now_us - i * CLOCK_HOUR_US };
	if (template_set_load(&options, &why, &set) != ERR_OK) {
		fprintf(
		    stderr, "bench_template: %s %s\n", why.message, why.name);
		return 1;
	}
	measure(set, "inbox", &view, rounds);
	measure(set, "timed", &view, rounds / 10 + 1);
	template_set_release(set);
	arena_destroy(view.arena);
	return 0;
}
