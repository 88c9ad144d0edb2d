/* tests/unit/test_chosen.c - what scripts choose and hear of beside tickets: a
 * customer's tier, the article that is suggested first, articles that are
 * published and voted on. */
#include "config.h"
#include "core/desk/trace.h"
#include "core/model/ticket.h"
#include "tests/tap.h"
#include "tests/unit/pages_fixture.h"

static struct pages_fixture f;

static void
setup(const char *script)
{
	pages_setup(&f);
	desk_script(&f.desk, "my", script);
}

static void
customer_tier(uint64_t ticket, char out[64])
{
	struct record record, customer;
	struct site_read read;

	MUST(site_read_begin(f.desk.site, &read));
	MUST(record_find(read.snapshot, KIND_TICKET, ticket, &record));
	MUST(record_find(read.snapshot, KIND_CUSTOMER,
	    record_ref(&record, TICKET_CUSTOMER), &customer));
	snprintf(
	    out, 64, "%.*s", BYTES_ARG(record_text(&customer, CUSTOMER_TIER)));
	site_read_end(&read);
}

static void
test_tier__is_chosen_before_the_ticket_is_routed(void)
{
	char tier[64];
	uint64_t ticket;

	setup("desk.on('tier.selecting', { name = 'tier' }, function(event)\n"
	      "  if event.customer.tier then return end\n"
	      "  if event.ticket.subject == 'bad' then\n"
	      "    return event:choose(('x'):rep(60), 'too long')\n"
	      "  end\n"
	      "  return event:choose('gold', 'pays well')\n"
	      "end)\n"
	      "desk.on('ticket.routing', { when = { tier = 'gold' } },\n"
	      "  function(event)\n"
	      "  assert(event.customer.tier == 'gold')\n"
	      "  return event:choose('billing', 'gold')\n"
	      "end)\n"
	      "desk.on('customer.updated', {}, function(event)\n"
	      "  event.customer:note('was ' .. event.changes.tier.to)\n"
	      "end)\n");
	ticket = desk_submit(&f.desk, "a@example.com", "Hello", "Hi");
	customer_tier(ticket, tier);
	CHECK_BYTES(bytes_of(tier), "gold");
	CHECK_INT(desk_field(&f.desk, ticket, TICKET_QUEUE), 2);
	/* a choice that cannot be had fails its handler, and nothing else */
	ticket = desk_submit(&f.desk, "b@example.com", "bad", "Hi");
	customer_tier(ticket, tier);
	CHECK_BYTES(bytes_of(tier), "");
	pages_teardown(&f);
}

static uint64_t
add_article(const char *slug, const char *title, const char *published)
{
	return desk_add(&f.desk, KIND_ARTICLE,
	    (const char *const[]){ "slug", slug, "title", title, "body",
		"Water the plants.", "is_published", published, NULL });
}

static void
test_suggestion__puts_the_chosen_one_first(void)
{
	setup("desk.on('article.suggesting', {}, function(event)\n"
	      "  local word = event.search.text\n"
	      "  if word == 'loop' then while true do end end\n"
	      "  if word == 'fail' then error('x') end\n"
	      "  for _, a in ipairs(desk.articles{ q = 'hose' }) do\n"
	      "    return event:choose(a, event.search.language)\n"
	      "  end\n"
	      "end)\n");
	add_article("plants", "Plants", "true");
	CHECK_INT(pages_get(&f, "/suggest?q=plants"), 200);
	CHECK_BYTES(buf_get(&f.response.body),
	    "{\"articles\":[{\"title\":\"Plants\",\"url\":\"/kb/plants\"}]}");
	add_article("hose", "The hose", "true");
	CHECK_INT(pages_get(&f, "/suggest?q=plants"), 200);
	CHECK_BYTES(buf_get(&f.response.body),
	    "{\"articles\":[{\"title\":\"The hose\",\"url\":\"/kb/hose\"},"
	    "{\"title\":\"Plants\",\"url\":\"/kb/plants\"}]}");
	/* scripts that fail are no trouble of the reader's */
	CHECK_INT(pages_get(&f, "/suggest?q=fail"), 200);
	CHECK_INT(pages_get(&f, "/suggest?q=loop"), 200);
	CHECK_BYTES(buf_get(&f.response.body), "{\"articles\":[]}");
	pages_teardown(&f);
}

/* What the script has kept under "n". */
static size_t
times(const char *name)
{
	struct trace_run *runs;
	struct site_read read;
	size_t count, n = 0;

	desk_run_jobs(&f.desk);
	MUST(site_read_begin(f.desk.site, &read));
	MUST(
	    trace_newest(&read, BYTES("my"), 100, f.desk.arena, &runs, &count));
	for (size_t i = 0; i < count; i++) {
		if (runs[i].error.len > 0)
			printf("# %.*s\n", BYTES_ARG(runs[i].error));
		CHECK(runs[i].error.len == 0);
		n += bytes_is(runs[i].hook, name);
	}
	site_read_end(&read);
	return n;
}

static void
change_article(uint64_t article, const char *field, const char *value)
{
	struct act_input input;

	act_input_init(&input, VERB_RECORD_UPDATE, KIND_ARTICLE);
	input.actor = actor_system();
	input.subject = article;
	desk_set(&f.desk, &input, field, value);
	MUST(desk_do(&f.desk, &input));
}

static void
test_article__is_heard_of_when_published_and_voted_on(void)
{
	struct act_input vote;
	uint64_t article;

	setup("desk.on('article.published', {}, function(event)\n"
	      "  assert(event.article.slug == 'how')\n"
	      "end)\n"
	      "desk.on('article.voted', {}, function(event)\n"
	      "  assert(event.article.title == 'How' and event.vote.helpful)\n"
	      "end)\n");
	article = add_article("how", "How", "false");
	CHECK_INT(times("article.published"), 0);
	change_article(article, "is_published", "true");
	CHECK_INT(times("article.published"), 1);
	change_article(article, "body", "Otherwise.");
	CHECK_INT(times("article.published"), 1);
	change_article(article, "is_published", "false");
	change_article(article, "is_published", "true");
	CHECK_INT(times("article.published"), 2);
	act_input_init(&vote, VERB_ARTICLE_VOTE, KIND_ARTICLE);
	vote.actor = (struct actor){ .kind = BY_CUSTOMER };
	vote.subject = article;
	vote.rating = 1;
	MUST(desk_do(&f.desk, &vote));
	CHECK_INT(times("article.voted"), 1);
	pages_teardown(&f);
}

int
main(void)
{
	log_set_level(LOG_ERROR);
	RUN(test_tier__is_chosen_before_the_ticket_is_routed);
	RUN(test_suggestion__puts_the_chosen_one_first);
	RUN(test_article__is_heard_of_when_published_and_voted_on);
	return tap_done();
}
