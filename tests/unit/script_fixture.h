/* tests/unit/script_fixture.h - a script host with a small made-up site, for
 * the tests of core/script and core/lua.
 *
 * HOOKDESK_SCRIPT_HOST names the real hookdesk-script; `make check` sets it.
 */
#ifndef HOOKDESK_TESTS_SCRIPT_FIXTURE_H
#define HOOKDESK_TESTS_SCRIPT_FIXTURE_H

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/script/host.h"
#include "tests/tap.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

#define SITE \
	"{\"api\":1,\"kinds\":{\"ticket\":[" \
	"{\"name\":\"id\",\"type\":\"int\"}," \
	"{\"name\":\"number\",\"type\":\"int\"}," \
	"{\"name\":\"url\",\"type\":\"text\"}," \
	"{\"name\":\"subject\",\"type\":\"text\",\"set\":true}," \
	"{\"name\":\"text\",\"type\":\"text\"}," \
	"{\"name\":\"status\",\"type\":\"enum\",\"set\":true," \
	"\"words\":[\"open\",\"pending\",\"closed\"]}," \
	"{\"name\":\"priority\",\"type\":\"enum\",\"set\":true," \
	"\"words\":[\"low\",\"normal\",\"high\",\"urgent\"]}," \
	"{\"name\":\"queue\",\"type\":\"ref\",\"of\":\"queue\",\"set\":true}," \
	"{\"name\":\"owner\",\"type\":\"key\",\"of\":\"agent\"}," \
	"{\"name\":\"customer\",\"type\":\"ref\",\"of\":\"customer\"}," \
	"{\"name\":\"tags\",\"type\":\"text\",\"list\":true}," \
	"{\"name\":\"due\",\"type\":\"time\",\"set\":true}," \
	"{\"name\":\"created\",\"type\":\"time\"}," \
	"{\"name\":\"language\",\"type\":\"text\",\"set\":true}," \
	"{\"name\":\"fields\",\"type\":\"map\",\"set\":true," \
	"\"names\":[\"order\"]}," \
	"{\"name\":\"replies\",\"type\":\"json\"," \
	"\"names\":[\"customer\",\"agent\"]}]," \
	"\"customer\":[{\"name\":\"id\",\"type\":\"int\"}," \
	"{\"name\":\"email\",\"type\":\"text\"}," \
	"{\"name\":\"name\",\"type\":\"text\",\"set\":true}," \
	"{\"name\":\"vip\",\"type\":\"bool\",\"set\":true}," \
	"{\"name\":\"last_agent\",\"type\":\"ref\",\"of\":\"agent\"}]," \
	"\"agent\":[{\"name\":\"login\",\"type\":\"text\"}," \
	"{\"name\":\"name\",\"type\":\"text\"}," \
	"{\"name\":\"available\",\"type\":\"bool\"}]," \
	"\"entry\":[{\"name\":\"body\",\"type\":\"text\"}]," \
	"\"queue\":[{\"name\":\"key\",\"type\":\"text\"}," \
	"{\"name\":\"label\",\"type\":\"text\"}]," \
	"\"organisation\":[{\"name\":\"name\",\"type\":\"text\"}]," \
	"\"article\":[{\"name\":\"title\",\"type\":\"text\"}]," \
	"\"calendar\":[{\"name\":\"key\",\"type\":\"text\"}]}," \
	"\"keys\":{\"queue\":[\"general\",\"billing\"]," \
	"\"agent\":[\"anna\",\"bob\"],\"role\":[\"agent\",\"admin\"]," \
	"\"calendar\":[\"office\"]}}"

#define TICKET \
	"{\"id\":7,\"number\":7,\"subject\":\"My Refund\",\"text\":\"Where is " \
	"it?\",\"status\":\"open\",\"priority\":\"normal\",\"queue\":" \
	"\"general\",\"owner\":\"anna\",\"customer\":3,\"tags\":[\"a\",\"b\"]," \
	"\"created\":1000,\"fields\":{},\"replies\":{\"customer\":1,\"agent\":" \
	"0}}"
#define CUSTOMER \
	"{\"id\":3,\"email\":\"c@example.org\",\"name\":\"Carl\",\"vip\":true," \
	"\"last_agent\":\"bob\"}"
#define BODY \
	"{\"event\":{\"id\":\"5.1\",\"at\":2000,\"source\":\"web\",\"actor\":{" \
	"\"kind\":\"customer\",\"name\":\"Carl\"},\"changes\":{\"priority\":{" \
	"\"from\":\"low\",\"to\":\"normal\"}}},\"ticket\":" TICKET \
	",\"customer\":" CUSTOMER "}"

#define NOW_US INT64_C(1700000000000000)

struct fixture {
	struct script_host *host;
	struct script_set *set;
	struct arena *arena;
	struct script_report report;
	struct script_outcome out;
	char question[2000]; /* the last one that was asked, with arguments */
	const char *answer;  /* JSON to give; NULL: an error */
};

static inline void
fixture_init(struct fixture *f)
{
	struct script_host_options options = { .site = "test" };

	*f = (struct fixture){ .arena = arena_create() };
	if (f->arena == NULL ||
	    script_host_create(&options, &f->host) != ERR_OK)
		abort();
}

static inline void
fixture_release(struct fixture *f)
{
	script_set_unref(f->set);
	script_host_destroy(f->host);
	arena_destroy(f->arena);
}

/* Load files, each as it stands; ERR_OK even if none of them loads. */
static inline enum err
fixture_load(struct fixture *f, const struct script_file *files, size_t n)
{
	enum err err = script_host_load(f->host, bytes_of(SITE), files, n,
	    BYTES("{}"), f->arena, &f->report, NULL);

	script_set_unref(f->set);
	f->set = script_host_set(f->host);
	return err;
}

/* Load one file called "t"; "" or what is wrong with it. */
static inline const char *
fixture_load_text(struct fixture *f, const char *text)
{
	struct script_file file = { BYTES("t"), bytes_of(text), BYTES_NONE };

	if (fixture_load(f, &file, 1) != ERR_OK)
		return "the load itself failed";
	return f->report.files[0].state == SCRIPT_OK ?
	    "" :
	    arena_copy(f->arena, f->report.files[0].message.at,
		f->report.files[0].message.len);
}

static inline enum err
fixture_ask(void *context, struct bytes question, const struct json *with,
    struct buf *answer, struct why *why)
{
	struct fixture *f = context;
	int64_t id = 0;

	(void)json_int(json_get(with, "id"), &id);
	snprintf(f->question, sizeof f->question, "%.*s %s %s%lld",
	    BYTES_ARG(question),
	    json_get(with, "kind") != NULL ?
		json_text(json_get(with, "kind")).at :
		"",
	    json_text(json_get(with, "id")).at != NULL ?
		json_text(json_get(with, "id")).at :
		"",
	    (long long)id);
	if (f->answer == NULL)
		return why_set(
		    why, ERR_INVALID, NULL, N_("no {name}"), 0, f->question);
	buf_text(answer, f->answer);
	return ERR_OK;
}

/* Run the first handler (or job, timer, test) of "t"; "" or its error. */
static inline const char *
fixture_run(struct fixture *f, const char *body)
{
	size_t count;
	const struct script_handler *handlers = script_set_all(f->set, &count);
	struct script_call call = { .set = f->set,
		.handler = handlers,
		.body = bytes_of(body),
		.now_us = NOW_US,
		.ask = fixture_ask,
		.context = f };
	struct why why = { .message = "" };

	if (count == 0)
		return "no handler";
	if (script_host_call(f->host, &call, f->arena, &f->out, &why) != ERR_OK)
		return "the call itself failed";
	return f->out.error.len > 0 ?
	    arena_copy(f->arena, f->out.error.at, f->out.error.len) :
	    "";
}

/* Load a file and run its first handler with BODY. */
static inline const char *
fixture_try(struct fixture *f, const char *text)
{
	const char *error = fixture_load_text(f, text);

	return error[0] != '\0' ? error : fixture_run(f, BODY);
}

#endif
