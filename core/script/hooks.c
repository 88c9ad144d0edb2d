/* core/script/hooks.c - the table of hook points, made from hooks.def. */
#include "config.h"
#include "core/script/hooks.h"

const struct hook_point hook_points[HOOK__COUNT] = {
#define HOOK(id, name, kind, since, doc, holds, may, chooses) \
	[HOOK_##id] = { name, doc, holds, chooses, HOOK_##kind, may, since },
#include "core/script/hooks.def"
#undef HOOK
};

const struct event_part event_parts[] = {
	{ "form", "key title", "The form that was sent." },
	{ "changes", "from to",
	    "By field: its value before and after. A tag list, owner or status "
	    "is a field here as any other." },
	{ "answer", "survey score comment", "What the customer answered." },
	{ "attachment", "name type size_bytes", "The file as it was sent." },
	{ "mail", "kind template vars to address title text urgent why tries",
	    "kind: reply, autoreply, survey, notify, mail, links or sign_in. "
	    "address is the customer's, of an automatic one; to lists agents." },
	{ "notification", "title text urgent", "What the agent would read." },
	{ "failure", "script handler hook message file line",
	    "The handler that failed; nothing of the ticket's words." },
	{ "request", "script method host status error tries",
	    "The desk.http that failed; status is nil without an answer." },
	{ "vote", "helpful", "What the reader said of the article." },
	{ "search", "text language", "What was looked for, and in which." },
	{ NULL, NULL, NULL },
};

enum hook
hook_find(struct bytes name)
{
	for (int i = 0; i < HOOK__COUNT; i++)
		if (bytes_is(name, hook_points[i].name))
			return (enum hook)i;
	return HOOK__COUNT;
}

bool
hook_holds(enum hook hook, struct bytes part)
{
	struct bytes rest = bytes_of(hook_points[hook].holds);

	while (rest.at != NULL) {
		struct bytes one = bytes_split(&rest, ' ');

		if (one.len > 0 && one.at[one.len - 1] == '?')
			one.len--;
		if (bytes_equal(one, part))
			return true;
	}
	return false;
}

const char *
hook_kind_name(enum hook_kind kind)
{
	return kind == HOOK_BEFORE ? "before" : "after";
}
