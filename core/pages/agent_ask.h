/* core/pages/agent_ask.h - the form of what an action asks for, by its schema
 * (core/desk/schema.h). */
#ifndef HOOKDESK_PAGES_AGENT_ASK_H
#define HOOKDESK_PAGES_AGENT_ASK_H

#include "core/pages/common.h"
#include "core/pages/own_fields.h"

/* Before a name, as inputs are called: the form has others beside them. */
#define ASK_PREFIX "ask."

/* Its inputs as a list of struct own_field, what is needed before the rest,
 * else by their names: <values> of a form, or what they begin with for NULL.
 * Queues that <actor> does not know are no choice. ERR_NOMEM. */
ERR_CHECKED enum err ask_view(struct page *page,
    const struct directory *directory, const struct actor *actor,
    const struct json *schema, const struct params *values,
    const struct problems *problems, struct view_list *out);

/* What a form has, as the JSON object that VERB_ACTION_RUN wants. ERR_NOMEM. */
ERR_CHECKED enum err ask_read(struct page *page, const struct json *schema,
    const struct params *values, struct bytes *out);

/* All that is wrong with it, for a form that the act has refused. */
void ask_problems(struct page *page, const struct json *schema,
    const struct bytes *given, struct problems *problems);

#endif
