/* tests/unit/test_json.c */
#include "config.h"
#include "core/base/json.h"

#include "core/base/arena.h"
#include "core/base/json_write.h"
#include "tests/tap.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static struct arena *arena;

static const struct json *
parse(const char *text)
{
	const struct json *value = NULL;
	struct why why = { .message = "" };

	if (json_parse(arena, bytes_of(text), JSON_BYTES_MAX, &value, &why) !=
	    ERR_OK)
		printf("# %s: %s at %d\n", text, why.message, (int)why.n);
	return value;
}

static void
test_json_parse__takes_what_rfc_8259_allows(void)
{
	static const struct {
		const char *text;
		enum json_type want;
	} cases[] = {
		{ "null", JSON_NULL },
		{ " true\r\n", JSON_BOOL },
		{ "false", JSON_BOOL },
		{ "0", JSON_NUMBER },
		{ "-0", JSON_NUMBER },
		{ "-12.5e-3", JSON_NUMBER },
		{ "1E+2", JSON_NUMBER },
		{ "\"\"", JSON_TEXT },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
		    JSON_TEXT },
		{ "[]", JSON_LIST },
		{ "[ ]", JSON_LIST },
		{ "[1 , [2],{}]", JSON_LIST },
		{ "{}", JSON_OBJECT },
		{ "{ \"a\" : 1 , \"A\":2,\"\":3 }", JSON_OBJECT },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_INT(json_type(parse(cases[i].text)), cases[i].want);
}

static void
test_json_parse__refuses_and_says_where(void)
{
	static const struct {
		struct bytes text;
		int64_t n;
	} cases[] = {
		{ BYTES(""), 1 },
		{ BYTES("  "), 3 },
		{ BYTES("{} x"), 4 },
		{ BYTES("{}{}"), 3 },
		{ BYTES("null\0"), 5 },
		{ BYTES("\xef\xbb\xbf{}"), 1 },
		{ BYTES("[1,]"), 4 },
		{ BYTES("[1 2]"), 4 },
		{ BYTES("[1"), 3 },
		{ BYTES("{\"a\":1,}"), 8 },
		{ BYTES("{\"a\" 1}"), 6 },
		{ BYTES("{a:1}"), 2 },
		{ BYTES("{'a':1}"), 2 },
		{ BYTES("\"a"), 3 },
		{ BYTES("\"a\nb\""), 3 },
		{ BYTES("\"a\0b\""), 3 },
		{ BYTES("\"\\u0000\""), 8 },
		{ BYTES("\"\\x41\""), 3 },
		{ BYTES("\"\\u00g0\""), 6 },
		{ BYTES("\"\\ud800\""), 8 },
		{ BYTES("\"\\ud800\\u0041\""), 14 },
		{ BYTES("\"\\udc00\""), 8 },
		{ BYTES("\"\xc0\xaf\""), 2 },
		{ BYTES("\"\xed\xa0\x80\""), 2 },
		{ BYTES("\"\xff\""), 2 },
		{ BYTES("tru"), 4 },
		{ BYTES("True"), 1 },
		{ BYTES("nan"), 2 },
		{ BYTES("+1"), 1 },
		{ BYTES("01"), 2 },
		{ BYTES(".5"), 1 },
		{ BYTES("1."), 3 },
		{ BYTES("1e"), 3 },
		{ BYTES("-"), 2 },
		{ BYTES("0x10"), 2 },
		{ BYTES("1e400"), 1 },
		{ BYTES("-1e400"), 1 },
		{ BYTES("[9007199254740993]"), 2 },
		{ BYTES("9223372036854775808"), 1 },
		{ BYTES("1234567890123456789012345678901234567890"
			"123456789012345678901234567890"),
		    1 },
		{ BYTES("// no\n1"), 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct json *value = NULL;
		struct why why = { .n = -1 };
		enum err err = json_parse(
		    arena, cases[i].text, JSON_BYTES_MAX, &value, &why);

		if (err != ERR_INVALID || why.n != cases[i].n)
			printf(
			    "# case %zu: %.*s\n", i, BYTES_ARG(cases[i].text));
		CHECK_INT(err, ERR_INVALID);
		CHECK_INT(why.n, cases[i].n);
		CHECK(value == NULL);
	}
}

static void
test_json_parse__refuses_names_that_come_twice(void)
{
	const struct json *value = NULL;
	struct why why = { .message = "" };
	struct buf buf = BUF_INIT;

	CHECK(json_parse(arena, BYTES("[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]"),
		  JSON_BYTES_MAX, &value, &why) == ERR_INVALID);
	CHECK_BYTES(bytes_of(why.name), "a");
	/* The same name, once written with an escape. */
	CHECK(json_parse(arena, BYTES("{\"a\":1,\"\\u0061\":3}"),
		  JSON_BYTES_MAX, &value, NULL) == ERR_INVALID);
	buf_char(&buf, '{');
	for (int i = 0; i < 1000; i++)
		buf_printf(&buf, "\"name%d\":%d,", i, i);
	buf_text(&buf, "\"name500\":1}");
	CHECK(json_parse(arena, buf_get(&buf), JSON_BYTES_MAX, &value, &why) ==
	    ERR_INVALID);
	CHECK_BYTES(bytes_of(why.name), "name500");
	buf.at[buf.len - 11] = 'N';
	CHECK(json_parse(arena, buf_get(&buf), JSON_BYTES_MAX, &value, &why) ==
	    ERR_OK);
	CHECK_INT(json_count(value), 1001);
	buf_release(&buf);
}

static void
test_json_parse__keeps_to_size_and_depth(void)
{
	const struct json *value = NULL;
	struct why why = { .message = "" };
	char deep[2 * JSON_DEPTH_MAX + 2];
	struct buf ones = BUF_INIT;

	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	CHECK(json_parse(arena, (struct bytes){ deep, 2 * JSON_DEPTH_MAX },
		  JSON_BYTES_MAX, &value, NULL) == ERR_OK);
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	CHECK(json_parse(arena, (struct bytes){ deep, sizeof deep },
		  JSON_BYTES_MAX, &value, &why) == ERR_LIMIT);
	CHECK_INT(why.n, JSON_DEPTH_MAX + 1);

	buf_char(&ones, '[');
	while (ones.len < JSON_BYTES_MAX - 2)
		buf_text(&ones, "1,");
	buf_text(&ones, "1]");
	CHECK(json_parse(arena, buf_get(&ones), JSON_BYTES_MAX, &value, &why) ==
	    ERR_LIMIT);
	CHECK_INT(why.n, JSON_BYTES_MAX);
	arena_reset(arena);
	CHECK(json_parse(arena, buf_get(&ones), JSON_BYTES_MAX + 1, &value,
		  &why) == ERR_OK);
	CHECK_INT(json_count(value), JSON_BYTES_MAX / 2);
	CHECK(arena_size(arena) <= 80 * ones.len);
	arena_reset(arena);
	buf_release(&ones);
}

static void
test_json_get__reads_what_is_there(void)
{
	const struct json *v = parse(
	    "{\"n\":42,\"f\":1.5,\"big\":9007199254740992,"
	    "\"low\":-9007199254740992,\"exp\":3e2,\"t\":\"h\\u00e9\","
	    "\"e\":\"\",\"b\":true,\"z\":null,\"l\":[1,\"x\",[]]}");
	const struct json *item;
	int64_t n = -1;
	double f = -1;
	bool b = false;

	CHECK(json_int(json_get(v, "n"), &n) && n == 42);
	CHECK(!json_int(json_get(v, "f"), &n) && n == 42);
	CHECK(json_number(json_get(v, "f"), &f) && f == 1.5);
	CHECK(json_int(json_get(v, "big"), &n) && n == JSON_INT_MAX);
	CHECK(json_int(json_get(v, "low"), &n) && n == -JSON_INT_MAX);
	CHECK(json_int(json_get(v, "exp"), &n) && n == 300);
	CHECK_BYTES(json_text(json_get(v, "t")), "h\xc3\xa9");
	CHECK(json_text(json_get(v, "e")).at != NULL);
	CHECK(json_text(json_get(v, "n")).at == NULL);
	CHECK(json_bool(json_get(v, "b"), &b) && b);
	CHECK(!json_bool(json_get(v, "z"), &b));
	CHECK(json_type(json_get(v, "z")) == JSON_NULL);
	CHECK(json_type(json_get(v, "none")) == JSON_NONE);
	CHECK(json_get(v, "N") == NULL);
	CHECK(json_get(json_get(v, "l"), "n") == NULL);
	CHECK(json_get(NULL, "n") == NULL);
	CHECK_INT(json_count(json_get(v, "l")), 3);
	CHECK_INT(json_count(v), 10);
	item = json_first(v);
	CHECK_BYTES(bytes_of(json_name(item)), "n");
	CHECK_BYTES(bytes_of(json_name(json_next(item))), "f");
	CHECK_BYTES(bytes_of(json_name(json_first(json_get(v, "l")))), "");
	CHECK(json_first(json_get(v, "t")) == NULL);
	CHECK(json_next(NULL) == NULL);
}

static void *
parse_often(void *ok)
{
	struct arena *own = arena_create();
	bool all = own != NULL;

	for (int i = 0; i < 2000 && all; i++) {
		const struct json *v = NULL;
		int64_t n = 0;

		arena_reset(own);
		all = json_parse(own, BYTES("{\"a\":[1,2,{\"b\":77}]}"), 100,
			  &v, NULL) == ERR_OK &&
		    json_int(json_get(json_next(json_next(
					  json_first(json_get(v, "a")))),
				 "b"),
			&n) &&
		    n == 77;
	}
	arena_destroy(own);
	*(bool *)ok = all;
	return NULL;
}

static void
test_json_parse__runs_in_several_threads(void)
{
	pthread_t threads[4];
	bool ok[4] = { false };
	int started = 0;

	while (started < 4 &&
	    pthread_create(
		&threads[started], NULL, parse_often, &ok[started]) == 0)
		started++;
	for (int i = 0; i < started; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ok[i]);
	}
	CHECK_INT(started, 4);
}

static void
test_json_writer__writes_commas_where_they_belong(void)
{
	struct buf buf = BUF_INIT;
	struct json_writer w = json_writer(&buf);

	json_begin_object(&w);
	json_member_int(&w, "a", INT64_MIN);
	json_key(&w, "l");
	json_begin_list(&w);
	json_begin_list(&w);
	json_end_list(&w);
	json_begin_object(&w);
	json_end_object(&w);
	json_put_null(&w);
	json_end_list(&w);
	json_member_bool(&w, "b", true);
	json_member_bool(&w, "c", false);
	json_member_null(&w, "d");
	json_member_text(&w, "e", BYTES("x"));
	json_member_string(&w, "f", "y");
	json_key(&w, "g");
	json_put_raw(&w, BYTES("[1]"));
	json_key_bytes(&w, BYTES("h\""));
	json_put_int(&w, 0);
	json_end_object(&w);
	CHECK_BYTES(buf_get(&buf),
	    "{\"a\":-9223372036854775808,\"l\":[[],{},null],\"b\":true,"
	    "\"c\":false,\"d\":null,\"e\":\"x\",\"f\":\"y\",\"g\":[1],"
	    "\"h\\\"\":0}");
	CHECK_INT(w.depth, 0);
	buf_release(&buf);
}

static void
test_json_put_text__escapes(void)
{
	static const struct {
		struct bytes text;
		const char *want;
	} cases[] = {
		{ BYTES(""), "\"\"" },
		{ BYTES("plain"), "\"plain\"" },
		{ BYTES("\"\\/\b\f\n\r\t\x01\x7f\0z"),
		    "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u0000z\"" },
		{ BYTES("</script><!--"), "\"\\u003c/script>\\u003c!--\"" },
		{ BYTES("\xe2\x80\xa8\xe2\x80\xa9"), "\"\\u2028\\u2029\"" },
		{ BYTES("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
		    "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"" },
		{ BYTES("a\xff\xc3z\xe2\x82"),
		    "\"a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\"" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf = BUF_INIT;
		struct json_writer w = json_writer(&buf);

		json_put_text(&w, cases[i].text);
		CHECK_BYTES(buf_get(&buf), cases[i].want);
		buf_release(&buf);
	}
}

static void
test_json_put_number__reads_back_the_same(void)
{
	static const double cases[] = { 0, -1, 0.1, 1.0 / 3, 1e300, 5e-324,
		9007199254740994.0, -9007199254740996.0, 123456789.125, 0x1p53,
		2.5 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf buf = BUF_INIT;
		struct json_writer w = json_writer(&buf);
		double got = NAN;

		json_put_number(&w, cases[i]);
		CHECK(json_number(parse(buf_string(&buf)), &got) &&
		    got == cases[i]);
		buf_release(&buf);
	}
	{
		struct buf buf = BUF_INIT;
		struct json_writer w = json_writer(&buf);

		json_begin_list(&w);
		json_put_number(&w, 0.1);
		json_put_number(&w, NAN);
		json_put_number(&w, INFINITY);
		json_end_list(&w);
		CHECK_BYTES(buf_get(&buf), "[0.1,null,null]");
		buf_release(&buf);
	}
}

int
main(void)
{
	arena = arena_create();
	RUN(test_json_parse__takes_what_rfc_8259_allows);
	RUN(test_json_parse__refuses_and_says_where);
	RUN(test_json_parse__refuses_names_that_come_twice);
	RUN(test_json_parse__keeps_to_size_and_depth);
	RUN(test_json_get__reads_what_is_there);
	RUN(test_json_parse__runs_in_several_threads);
	RUN(test_json_writer__writes_commas_where_they_belong);
	RUN(test_json_put_text__escapes);
	RUN(test_json_put_number__reads_back_the_same);
	arena_destroy(arena);
	return tap_done();
}
