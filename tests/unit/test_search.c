/* tests/unit/test_search.c - what is found. */
#include "config.h"
#include "core/model/search.h"

#include "tests/unit/search_fixture.h"

/* --- finding --- */

static void
check_finds(void)
{
	CHECK_FOUND("refund", "1 2"); /* in a subject counts more */
	CHECK_FOUND("REFUND", "1 2");
	CHECK_FOUND("refund printer", "1"); /* subject and entry together */
	CHECK_FOUND("printer", "3 1");      /* the newer first */
	CHECK_FOUND("nothing", "");
	CHECK_FOUND("refund nothing", "");
	CHECK_FOUND("", "");
	CHECK_FOUND(" ,.! ", "");
	/* The last word may go on; others may not. */
	CHECK_FOUND("pri", "3 1");
	CHECK_FOUND("pri refund", "");
	CHECK_FOUND("pri* refund", "1");
	CHECK_FOUND("\"pri\"", "");
	/* Words in order. */
	CHECK_FOUND("\"order 4711\"", "2");
	CHECK_FOUND("\"4711 order\"", "");
	CHECK_FOUND("\"the printer\"", "3");
	CHECK_FOUND("a@b.example", "3");
	CHECK_FOUND("b@a.example", "");
	/* Not these. */
	CHECK_FOUND("refund -printer", "2");
	CHECK_FOUND("printer -\"the printer\"", "1");
	CHECK_FOUND("-refund", "");
	CHECK_FOUND("\"unfinished", "");
	CHECK_FOUND("\"the prin", "3");
}

static void
test_search_find__finds_words_noted_and_indexed(void)
{
	begin();
	put_ticket(1, "Refund please");
	reply(1, 1, "My printer came broken.");
	put_ticket(2, "Money");
	reply(2, 1, "I want a refund for order 4711, and soon.");
	reply(2, 2, "Thank you.");
	put_ticket(3, "On fire");
	reply(3, 1, "It is the printer! Write to a@b.example.");
	check_finds(); /* from the notes */
	CHECK_INT(index_some(4), 4);
	check_finds(); /* half and half */
	index_all();
	CHECK_INT(index_some(4), 0);
	check_finds();
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_find__knows_the_languages(void)
{
	begin();
	put_ticket(1,
	    "R\xc3\xbc"
	    "ckerstattung f\xc3\xbcr Stra\xc3\x9f"
	    "e 5");
	put_ticket(2, "\xc4\xb0stanbul'daki kap\xc4\xb1");
	put_ticket(3,
	    "\xe6\x88\x91\xe8\xa6\x81\xe7\x94\xb3\xe8\xaf\xb7"
	    "\xe9\x80\x80\xe6\xac\xbe");
	put_ticket(4,
	    "\xd0\xa5\xd0\xb0\xd1\x80\xd0\xb8\xd0\xbb\xd1\x86"
	    "\xd0\xb0\xd0\xb3\xd1\x87\xd0\xb8\xd0\xb9\xd0\xbd");
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_FOUND("ruckerstattung", "1");
		CHECK_FOUND("R\xc3\x9c"
			    "CKERSTATTUNG STRASSE",
		    "1");
		CHECK_FOUND("istanbul", "2");
		CHECK_FOUND("ISTANBUL KAPI", "2");
		CHECK_FOUND("\xe9\x80\x80\xe6\xac\xbe", "3");
		CHECK_FOUND("\xe7\x94\xb3\xe8\xaf\xb7\xe9\x80\x80", "3");
		CHECK_FOUND("\xe6\xac\xbe", "3");
		CHECK_FOUND("\xe8\xa6\x81", "3");
		CHECK_FOUND("\xe9\x80\x80\xe8\xaf\xb7", "");
		/* Both pairs are there, but not in a row. */
		CHECK_FOUND(
		    "\xe6\x88\x91\xe8\xa6\x81\xe9\x80\x80\xe6\xac\xbe", "");
		CHECK_FOUND("\xd1\x85\xd0\xb0\xd1\x80\xd0\xb8\xd0\xbb", "4");
		index_all();
	}
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_find__finds_other_forms_of_words(void)
{
	begin();
	put_ticket(1, "You refunded my order");
	put_ticket(2, "Our studies");
	put_ticket(3, "Zwei Rechnungen");
	put_ticket(4, "Refuge");
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_FOUND("refund order", "1");
		CHECK_FOUND("refunds", "1");
		CHECK_FOUND("refunding you", "1");
		CHECK_FOUND("study our", "2");
		CHECK_FOUND("Rechnung zwei", "3");
		CHECK_FOUND("\"refund\"", "");
		CHECK_FOUND("\"our study\"", "");
		CHECK_FOUND("order -refund", "1");
		CHECK_FOUND("order -refunded", "");
		index_all();
	}
	fixture_release(&f);
}

static void
test_search_find__opens_notes_only_to_who_may_read_them(void)
{
	begin();
	put_ticket(1, "Question");
	reply(1, 1, "When is my parcel coming?");
	put_entry(1, 2, ENTRY_IS_NOTE, BYTES("The parcel is lost, say sorry."));
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_FOUND("lost", "");
		CHECK_FOUND("parcel lost", "");
		CHECK_FOUND("parcel -lost", "1");
		CHECK_FOUND("\"parcel is lost\"", "");
		CHECK_BYTES(bytes_of(found_as(
				KIND_TICKET, "parcel lost", &sees_notes, 10)),
		    "1");
		CHECK_BYTES(bytes_of(found_as(KIND_TICKET, "\"parcel is lost\"",
				&sees_notes, 10)),
		    "1");
		index_all();
	}
	fixture_release(&f);
}

static void
test_search_find__tells_the_entry_that_fits_best(void)
{
	struct search_result result = { .count = 0 };
	struct snapshot *snapshot;

	begin();
	put_ticket(7, "Question");
	reply(7, 1, "Hello, nothing here.");
	reply(7, 2, "The parcel, the parcel, where is the parcel?");
	reply(7, 3,
	    "It is a long story, and only at the very end of it "
	    "somebody mentions a parcel among many other things.");
	index_all();
	MUST(store_snapshot(f.store, &snapshot));
	MUST(search_find(snapshot, KIND_TICKET, BYTES("parcel"), &sees_public,
	    10, f.arena, &result));
	CHECK_INT(result.count, 1);
	CHECK_INT(result.hits[0].entry, 2);
	MUST(search_find(snapshot, KIND_TICKET, BYTES("question"), &sees_public,
	    10, f.arena, &result));
	CHECK_INT(result.hits[0].entry, 0);
	snapshot_release(snapshot);
	fixture_release(&f);
}

/* Newer ids were updated later; odd ones may not be seen. */
static bool
sees_even(void *arg, uint64_t id, int64_t *updated_us)
{
	*updated_us = (int64_t)id * CLOCK_DAY_US;
	return id % 2 == 0;
}

static void
test_search_find__asks_who_may_see_and_puts_new_ones_first(void)
{
	const struct search_reader reader = { .sees = sees_even,
		.now_us = 100 * CLOCK_DAY_US };

	begin();
	for (uint64_t id = 1; id <= 9; id++)
		put_ticket(id, "The same words");
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_BYTES(
		    bytes_of(found_as(KIND_TICKET, "same words", &reader, 10)),
		    "8 6 4 2");
		CHECK_BYTES(
		    bytes_of(found_as(KIND_TICKET, "same words", &reader, 3)),
		    "8 6 4");
		index_all();
	}
	fixture_release(&f);
}

static void
test_search_find__finds_people_and_articles_apart(void)
{
	struct record record;
	struct buf addresses = BUF_INIT;

	begin();
	record_init(&record, KIND_CUSTOMER, 5);
	list_add_text(&addresses, BYTES("ann@example.com"));
	list_add_text(&addresses, BYTES("bee@home.example"));
	record_set_text(&record, CUSTOMER_EMAIL, BYTES("ann@example.com"));
	record_set_text(&record, CUSTOMER_ADDRESSES, buf_get(&addresses));
	record_set_text(&record, CUSTOMER_NAME, BYTES("Ann Bee"));
	put(KIND_CUSTOMER, 5, &record);
	record_init(&record, KIND_ARTICLE, 6);
	record_set_text(&record, ARTICLE_SLUG, BYTES("ann"));
	record_set_text(&record, ARTICLE_TITLE, BYTES("Who is Ann?"));
	record_set_text(&record, ARTICLE_BODY, BYTES("A *customer*."));
	put(KIND_ARTICLE, 6, &record);
	put_ticket(5, "Ann writes");
	for (int indexed = 0; indexed < 2; indexed++) {
		CHECK_BYTES(
		    bytes_of(found_as(KIND_CUSTOMER, "ann", &sees_notes, 9)),
		    "5");
		CHECK_BYTES(bytes_of(found_as(
				KIND_CUSTOMER, "bee@home.exa", &sees_notes, 9)),
		    "5");
		CHECK_BYTES(bytes_of(found_as(
				KIND_ARTICLE, "customer", &sees_notes, 9)),
		    "6");
		CHECK_BYTES(
		    bytes_of(found_as(KIND_CANNED, "ann", &sees_notes, 9)), "");
		CHECK_FOUND("ann", "5");
		index_all();
	}
	CHECK_INT(faults(), 0);
	buf_release(&addresses);
	fixture_release(&f);
}

static void
put_ticket_of(uint64_t id, uint64_t customer, const char *subject)
{
	struct record ticket;

	record_init(&ticket, KIND_TICKET, id);
	record_set_text(&ticket, TICKET_SUBJECT, bytes_of(subject));
	record_set_int(&ticket, TICKET_CUSTOMER, (int64_t)customer);
	record_set_int(&ticket, TICKET_UPDATED, (int64_t)id);
	put(KIND_TICKET, id, &ticket);
}

static void
test_search_find__finds_tickets_by_their_customers(void)
{
	const struct search_reader agent = { .sees_notes = true,
		.finds_people = true };
	static const char *const cases[][2] = {
		{ "ann", "1 3 2" },
		{ "ann parcel", "2" },
		{ "\"ann bee\"", "3 2" },
		{ "ann@example.com", "3 2" },
		{ "ann@example.org", "" },
		{ "bee an", "3 2" },
		{ "parcel -bee", "2" },
		{ "nobody", "" },
	};
	struct record record;

	begin();
	record_init(&record, KIND_CUSTOMER, 5);
	record_set_text(&record, CUSTOMER_EMAIL, BYTES("ann@example.com"));
	record_set_text(&record, CUSTOMER_NAME, BYTES("Ann Bee"));
	put(KIND_CUSTOMER, 5, &record);
	record_init(&record, KIND_CUSTOMER, 6);
	record_set_text(&record, CUSTOMER_NAME, BYTES("Carl Dee"));
	put(KIND_CUSTOMER, 6, &record);
	put_ticket_of(1, 6, "An answer to Ann");
	put_ticket_of(2, 5, "Parcel");
	put_ticket_of(3, 5, "Again");
	put_ticket_of(4, 6, "Other");
	for (int indexed = 0; indexed < 2; indexed++) {
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			const char *got = found_as(
			    KIND_TICKET, cases[i][0], &agent, 10);

			printf("# %s: %s\n", cases[i][0], got);
			CHECK_BYTES(bytes_of(got), cases[i][1]);
		}
		CHECK_FOUND("bee", "");
		index_all();
	}
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_excerpt__shows_where_the_words_stand(void)
{
	static const struct {
		const char *words, *text;
		size_t max;
		const char *want; /* with the marks in brackets */
	} cases[] = {
		{ "refund", "I want a Refund, please. A REFUND!", 60,
		    "I want a [Refund], please. A [REFUND]!" },
		{ "ref plea", "I want a refund,\n please.", 60,
		    "I want a refund, [please]." },
		{ "wan* -please refund", "I want a refund, please.", 60,
		    "I [want] a [refund], please." },
		{ "nothing", "I want a refund, please.", 12,
		    "I want a\xe2\x80\xa6" },
		{ "", "I want a refund.", 60, "I want a refund." },
		{ "swordfish",
		    "It is a very long story and only at its end there is a "
		    "swordfish in it, or two of them.",
		    40,
		    "\xe2\x80\xa6is a [swordfish] in it, or two of "
		    "them." },
		{ "r\xc3\xbc"
		  "ckerstattung",
		    "Die R\xc3\x9c"
		    "CKERSTATTUNG ist da",
		    60,
		    "Die [R\xc3\x9c"
		    "CKERSTATTUNG] ist da" },
		{ "\xe7\x94\xb3\xe8\xaf\xb7\xe9\x80\x80",
		    "\xe6\x88\x91\xe7\x94\xb3\xe8\xaf\xb7\xe9\x80\x80"
		    "\xe6\xac\xbe",
		    60,
		    "\xe6\x88\x91[\xe7\x94\xb3\xe8\xaf\xb7\xe9\x80\x80]"
		    "\xe6\xac\xbe" },
	};
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct search_excerpt got = { .mark_count = 0 };
		struct buf shown = BUF_INIT;
		size_t at = 0;

		MUST(search_excerpt(bytes_of(cases[i].words),
		    bytes_of(cases[i].text), cases[i].max, arena, &got));
		CHECK(got.text.len <= cases[i].max);
		for (size_t k = 0; k < got.mark_count; k++) {
			buf_add(
			    &shown, got.text.at + at, got.marks[k].from - at);
			buf_char(&shown, '[');
			buf_add(&shown, got.text.at + got.marks[k].from,
			    got.marks[k].to - got.marks[k].from);
			buf_char(&shown, ']');
			at = got.marks[k].to;
		}
		buf_add(&shown, got.text.at + at, got.text.len - at);
		CHECK_BYTES(buf_get(&shown), cases[i].want);
		buf_release(&shown);
	}
	arena_destroy(arena);
}

/* --- what changes --- */

static void
test_search_index__forgets_what_was_edited_or_removed(void)
{
	begin();
	put_ticket(1, "Secret");
	reply(1, 1, "My password is swordfish.");
	index_all();
	CHECK_FOUND("swordfish", "1");
	CHECK_INT(count_keys("swordfish"), 1);
	/* An edit counts at once, */
	reply(1, 1, "My password is removed.");
	CHECK_FOUND("swordfish", "");
	CHECK_FOUND("removed", "1");
	/* a second one before the first is indexed too, */
	reply(1, 1, "My password is gone.");
	CHECK_FOUND("removed", "");
	CHECK_INT(index_some(1), 1);
	CHECK_FOUND("gone", "1");
	index_all();
	CHECK_FOUND("gone", "1");
	CHECK_FOUND("password", "1");
	CHECK_INT(count_keys("swordfish"), 0);
	CHECK_INT(count_keys("removed"), 0);
	/* and removal. */
	put(KIND_ENTRY, entry_id(1, 1), NULL);
	CHECK_FOUND("gone", "");
	put(KIND_TICKET, 1, NULL);
	CHECK_FOUND("secret", "");
	index_all();
	CHECK_INT(count_keys("gone"), 0);
	CHECK_INT(count_keys("secret"), 0);
	CHECK_INT(count_keys("password"), 0);
	/* Removed before it was ever indexed. */
	put_ticket(2, "Fleeting");
	put(KIND_TICKET, 2, NULL);
	index_all();
	CHECK_FOUND("fleeting", "");
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_index__moves_words_when_a_reply_becomes_a_note(void)
{
	begin();
	put_ticket(1, "Ticket");
	reply(1, 1, "whispered");
	index_all();
	CHECK_FOUND("whispered", "1");
	put_entry(1, 1, ENTRY_IS_NOTE, BYTES("whispered"));
	CHECK_FOUND("whispered", "");
	index_all();
	CHECK_FOUND("whispered", "");
	CHECK_BYTES(
	    bytes_of(found_as(KIND_TICKET, "whispered", &sees_notes, 9)), "1");
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_index__takes_long_texts(void)
{
	struct buf text = BUF_INIT;

	begin();
	for (int i = 0; i < 6000; i++)
		buf_printf(&text, "w%06d ", i);
	put_ticket(1, "Long");
	put_entry(1, 1, ENTRY_IS_REPLY, buf_get(&text));
	put_ticket(2, "Short");
	for (int round = 0; round < 2; round++) {
		index_all();
		CHECK_FOUND("w000000", "1");
		CHECK_FOUND("w003000 w001000", "1");
		CHECK_FOUND("\"w000100 w000101\"", "1");
		CHECK_FOUND("short", "2");
		CHECK_INT(faults(), 0);
		/* In another order, so that weights stay and lists too. */
		text.at[0] = 'W';
		put_entry(1, 1, ENTRY_IS_REPLY, buf_get(&text));
	}
	put(KIND_ENTRY, entry_id(1, 1), NULL);
	index_all();
	CHECK_INT(count_keys("w0"), 0);
	CHECK_INT(faults(), 0);
	buf_release(&text);
	fixture_release(&f);
}

static void
test_search_index__reads_html_as_its_text(void)
{
	struct record entry;

	begin();
	put_ticket(1, "Mail");
	record_init(&entry, KIND_ENTRY, entry_id(1, 1));
	record_set_int(&entry, ENTRY_FORMAT, FORMAT_HTML);
	record_set_text(&entry, ENTRY_BODY,
	    BYTES("<STYLE>p{color:red}</style><p class=\"big\">Hello <b>"
		  "parcel</b><br>service</p><script>evil()</script>end<"));
	put(KIND_ENTRY, entry.id, &entry);
	index_all();
	CHECK_FOUND("hello parcel service end", "1");
	CHECK_FOUND("class", "");
	CHECK_FOUND("color", "");
	CHECK_FOUND("evil", "");
	fixture_release(&f);
}

static void
test_search_index__lets_one_of_two_batches_in(void)
{
	struct snapshot *snapshot;
	struct change *changes[2];
	size_t taken = 0;

	begin();
	put_ticket(1, "One");
	MUST(store_snapshot(f.store, &snapshot));
	for (int i = 0; i < 2; i++) {
		MUST(change_create(f.arena, &changes[i]));
		MUST(search_index(snapshot, changes[i], f.arena, 10, &taken));
		CHECK_INT(taken, 1);
	}
	snapshot_release(snapshot);
	CHECK_INT(store_commit(f.store, changes[0], NULL), ERR_OK);
	CHECK_INT(store_commit(f.store, changes[1], NULL), ERR_CONFLICT);
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

static void
test_search_waiting__counts_notes(void)
{
	struct snapshot *snapshot;
	struct change *change;
	size_t count = 99;

	begin();
	for (uint64_t id = 1; id <= 5; id++)
		put_ticket(id, "Words");
	MUST(change_create(f.arena, &change));
	search_note(change, KIND_SESSION, 1);
	CHECK(change_is_empty(change));
	MUST(store_snapshot(f.store, &snapshot));
	CHECK(search_waiting(snapshot, 100, &count) == ERR_OK);
	CHECK_INT(count, 5);
	CHECK(search_waiting(snapshot, 3, &count) == ERR_OK);
	CHECK_INT(count, 3);
	snapshot_release(snapshot);
	fixture_release(&f);
}

static void
test_search_differs__looks_at_searchable_fields(void)
{
	struct record a, b;

	record_init(&a, KIND_TICKET, 1);
	record_init(&b, KIND_TICKET, 1);
	record_set_text(&a, TICKET_SUBJECT, BYTES("x"));
	record_set_text(&b, TICKET_SUBJECT, BYTES("x"));
	record_set_int(&b, TICKET_UPDATED, 5);
	CHECK(!search_differs(&a, &b));
	CHECK(search_differs(NULL, &b));
	record_set_text(&b, TICKET_SUBJECT, BYTES("y"));
	CHECK(search_differs(&a, &b));
}

/* --- against a plain model --- */

#define MODEL_TICKETS 60
#define MODEL_ENTRIES 12
#define MODEL_WORDS 24

/* A bit for each word of the vocabulary; 0: no such entry. */
static uint32_t model[MODEL_TICKETS][MODEL_ENTRIES];
static void
word_name(char *out, unsigned word)
{
	sprintf(out, "word%c%c", 'a' + word / 5, 'a' + word % 5);
}

static void
change_model(void)
{
	uint32_t t = dice(MODEL_TICKETS), e = dice(MODEL_ENTRIES);
	uint32_t words = 0;
	char text[MODEL_WORDS * 8] = "", name[8];

	if (dice(5) > 0)
		for (int i = 0; i < 4; i++)
			words |= UINT32_C(1) << dice(MODEL_WORDS);
	for (unsigned w = 0; w < MODEL_WORDS; w++) {
		if (words >> w & 1) {
			word_name(name, w);
			strcat(text, name);
			strcat(text, " ");
		}
	}
	if (words != 0)
		put_entry(t + 1, e + 1, ENTRY_IS_REPLY, bytes_of(text));
	else if (model[t][e] != 0)
		put(KIND_ENTRY, entry_id(t + 1, e + 1), NULL);
	model[t][e] = words;
}

/* Two words, or a word and the beginning of others. */
static void
compare_model(void)
{
	unsigned a = dice(MODEL_WORDS), b = dice(MODEL_WORDS);
	bool by_beginning = dice(2) == 1;
	char query[32], name[8];
	struct search_result result = { .count = 0 };
	struct snapshot *snapshot;
	bool hit[MODEL_TICKETS + 1] = { false };
	uint32_t wanted = UINT32_C(1) << b;

	word_name(name, a);
	strcpy(query, name);
	word_name(name, b);
	if (by_beginning) {
		name[5] = '\0';
		wanted = 0;
		for (unsigned w = 0; w < MODEL_WORDS; w++)
			wanted |= (uint32_t)(w / 5 == b / 5) << w;
	}
	sprintf(query + strlen(query), " %s", name);
	MUST(store_snapshot(f.store, &snapshot));
	MUST(search_find(snapshot, KIND_TICKET, bytes_of(query), &sees_public,
	    SEARCH_HITS_MAX, f.arena, &result));
	snapshot_release(snapshot);
	for (size_t i = 0; i < result.count; i++)
		hit[result.hits[i].id] = true;
	for (int t = 0; t < MODEL_TICKETS; t++) {
		uint32_t all = 0;
		bool want;

		for (int e = 0; e < MODEL_ENTRIES; e++)
			all |= model[t][e];
		want = (all >> a & 1) && (all & wanted) != 0;
		if (hit[t + 1] != want)
			printf("# \"%s\" in ticket %d\n", query, t + 1);
		CHECK(hit[t + 1] == want);
	}
	arena_reset(f.arena);
}

static void
test_search__agrees_with_a_plain_model(void)
{
	begin();
	seed = 42;
	memset(model, 0, sizeof model);
	for (int i = 0; i < 3000; i++) {
		change_model();
		if (dice(20) == 0)
			index_some(1 + dice(40));
		if (dice(10) == 0)
			compare_model();
	}
	CHECK_INT(faults(), 0);
	index_all();
	for (int i = 0; i < 100; i++)
		compare_model();
	CHECK_INT(faults(), 0);
	for (int t = 0; t < MODEL_TICKETS; t++)
		for (int e = 0; e < MODEL_ENTRIES; e++)
			if (model[t][e] != 0)
				put(KIND_ENTRY,
				    entry_id((uint64_t)t + 1, (uint64_t)e + 1),
				    NULL);
	index_all();
	CHECK_INT(count_keys("word"), 0);
	CHECK_INT(faults(), 0);
	fixture_release(&f);
}

int
main(void)
{
	RUN(test_search_find__finds_words_noted_and_indexed);
	RUN(test_search_find__knows_the_languages);
	RUN(test_search_find__finds_other_forms_of_words);
	RUN(test_search_find__opens_notes_only_to_who_may_read_them);
	RUN(test_search_find__tells_the_entry_that_fits_best);
	RUN(test_search_find__asks_who_may_see_and_puts_new_ones_first);
	RUN(test_search_find__finds_people_and_articles_apart);
	RUN(test_search_find__finds_tickets_by_their_customers);
	RUN(test_search_excerpt__shows_where_the_words_stand);
	RUN(test_search_index__forgets_what_was_edited_or_removed);
	RUN(test_search_index__moves_words_when_a_reply_becomes_a_note);
	RUN(test_search_index__takes_long_texts);
	RUN(test_search_index__reads_html_as_its_text);
	RUN(test_search_index__lets_one_of_two_batches_in);
	RUN(test_search_waiting__counts_notes);
	RUN(test_search_differs__looks_at_searchable_fields);
	RUN(test_search__agrees_with_a_plain_model);
	return tap_done();
}
