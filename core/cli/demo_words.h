/* core/cli/demo_words.h - what the people of a demonstration desk say.
 *
 * A small shop that sells lamps with an app. Made up for this purpose; each
 * topic has a queue, subjects, what customers write and what agents answer.
 */
#ifndef HOOKDESK_CLI_DEMO_WORDS_H
#define HOOKDESK_CLI_DEMO_WORDS_H

#include <stddef.h>

#define DEMO_LINES 8

struct demo_topic {
	const char *queue, *label, *description;
	const char *tags[4];
	const char *subjects[DEMO_LINES];
	const char *asks[DEMO_LINES];
	const char *answers[DEMO_LINES];
};

struct demo_person {
	const char *first, *last;
};

extern const struct demo_topic demo_topics[];
extern const size_t demo_topic_count;
extern const struct demo_person demo_agents[];
extern const size_t demo_agent_count;
struct demo_article {
	const char *slug, *title, *body; /* Markdown */
};
extern const struct demo_article demo_articles[];
extern const size_t demo_article_count;
extern const char *const demo_first_names[], *const demo_last_names[];
extern const size_t demo_first_name_count, demo_last_name_count;
extern const char *const demo_domains[];
extern const size_t demo_domain_count;
/* For both sides: what goes between. */
extern const char *const demo_details[], *const demo_thanks[];
extern const char *const demo_followups[], *const demo_notes[];
extern const size_t demo_detail_count, demo_thank_count;
extern const size_t demo_followup_count, demo_note_count;
extern const char *const demo_products[];
extern const size_t demo_product_count;

#endif
