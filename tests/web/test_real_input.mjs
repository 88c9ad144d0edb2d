/* tests/web/test_real_input.mjs - real questions, as many as there are.
 *
 * 525 conversations go in as historic tickets by the API, 10 003 questions by
 * the web form, where a script routes them. Then counts, search and routing
 * are compared with the files.
 */
import fs from "node:fs";
import path from "node:path";
import { parseCsv } from "./csv.mjs";
import { sharedData, startDesk } from "./desk.mjs";
import { asker, listTickets, sleep } from "./people.mjs";
import { check, deepEqual, done, equal, note, skipAll, test, until }
	from "./tap.mjs";

const conversationsFile = sharedData("tickets/conversations.jsonl");
const questionsFile = sharedData("tickets/banking-questions.csv");

if (conversationsFile === null || questionsFile === null)
	skipAll("the real input is not beside the project");

const conversations = fs.readFileSync(conversationsFile, "utf8")
	.split("\n").filter(Boolean).map((line) => JSON.parse(line));

const questions = parseCsv(fs.readFileSync(questionsFile, "utf8"))
	.slice(1).map(([text, category]) => ({ text, category }));

/* The first row with one of its words in the question decides. */
const ROUTES = [
	{ queue: "cards", words: ["card", "cards"] },
	{ queue: "transfers", words: ["transfer", "transfers"] },
	{ queue: "exchange", words: ["exchange", "currency", "rate"] },
	{ queue: "identity", words: ["identity", "verify", "verification"] },
];

/* Required: where the script host has too much to do, the form is refused and
 * sent again, rather than kept without having been routed. */
const SCRIPT = `
desk.on("ticket.routing", { name = "topics", order = 5, required = true },
    function(event)
  local ticket = event.ticket
${ROUTES.map(({ queue, words }) => `
  if desk.word_in({ ticket.subject, ticket.text },
    { ${words.map((word) => `"${word}"`).join(", ")} }) then
    return event:choose("${queue}", "its words")
  end`).join("\n")}
end)
`;

function wordsOf(text) {
	return text.toLowerCase().match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ??
		[];
}

function subjectOf(text) {
	return text.slice(0, 180).replace(/\s+/g, " ").trim();
}

/* For a script, the word "card" is in "my card's number". */
function routeOf(text) {
	const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
	return ROUTES.find((route) => route.words.some((word) =>
		words.has(word)))?.queue ?? "general";
}

const desk = await startDesk({ threads: 8,
	settings: { "tickets.queue": "general" },
	async beforeServe(made) {
		for (const { queue } of ROUTES)
			await made.cli("queue", "add", made.dir, queue);
		const dir = path.join(made.dir, "scripts");
		fs.mkdirSync(dir, { recursive: true });
		fs.writeFileSync(path.join(dir, "topics.lua"), SCRIPT);
	} });
const api = await desk.api();

const list = (q) => listTickets(api, q);

/* Run <job> over <items>, <width> at a time. */
async function spread(items, width, job) {
	let next = 0;
	await Promise.all(Array.from({ length: width }, async (_, lane) => {
		while (next < items.length) {
			const n = next++;
			await job(items[n], n, lane);
		}
	}));
}

const numbers = new Map(); /* ticket number to conversation */

await test(`${conversations.length} conversations go in with their times`,
	async () => {
	await spread(conversations, 8, async (one, n) => {
		const made = await api.api("POST", "/imports/tickets", {
			subject: `${one.company} ${n}`,
			email: `customer${n}@twitter.test`, name: `Customer ${n}`,
			created: one.at, status: "closed",
			entries: one.messages.map((message) => ({
				type: "reply", by: message.from, at: message.at,
				body: message.text,
			})),
		});
		equal(made.status, 201, made.text);
		numbers.set(made.json.number, one);
	});
	equal(numbers.size, conversations.length);
}, { timeout: 300_000 });

await test("each is there as the file has it", async () => {
	await spread([...numbers], 8, async ([number, one]) => {
		const ticket = (await api.api("GET", `/tickets/${number}`)).json;
		equal(Date.parse(ticket.created), Date.parse(one.at), `${number}`);
		const { entries } = (await api.api("GET",
			`/tickets/${number}/entries?limit=500`)).json;
		const replies = entries.filter((entry) => entry.type === "reply");
		deepEqual(replies.map((entry) => [entry.by, Date.parse(entry.at),
			entry.body.trim()]), one.messages.map((message) =>
			[message.from, Date.parse(message.at), message.text.trim()]));
	});
}, { timeout: 300_000 });

await test("nothing historic raised a mail or a script", async () => {
	const metrics = await list("status:open");
	equal(metrics.length, 0);
});

await test("search finds the conversations that have a word", async () => {
	const found = async (word) => new Set((await list(`"${word}"`))
		.map((one) => one.number));
	const tokens = new Map([...numbers].map(([number, one]) => [number,
		new Set(one.messages.flatMap((message) => wordsOf(message.text)))]));
	const counts = new Map();
	for (const words of tokens.values()) {
		for (const word of words)
			counts.set(word, (counts.get(word) ?? 0) + 1);
	}
	const words = [...counts].filter(([word, n]) => n > 3 && n < 60 &&
		/^[a-z]{5,}$/.test(word)).map(([word]) => word).sort();
	const sample = words.filter((_, n) => n % Math.ceil(words.length / 40) === 0);

	await until("the index to be built", async () =>
		(await found(sample[0])).size > 0);
	for (const word of sample) {
		const got = await found(word);
		const stem = word.slice(0, 4);
		for (const [number, has] of tokens) {
			if (has.has(word))
				check(got.has(number), `"${word}" misses ${number}`);
			else if (got.has(number))
				check([...has].some((one) => one.startsWith(stem)),
					`"${word}" should not find ${number}`);
		}
	}
	note(`${sample.length} words looked up`);
}, { timeout: 300_000 });

await test(`${questions.length} questions go through the form`, async () => {
	const senders = await Promise.all(Array.from({ length: 32 }, async () => {
		const client = desk.client();
		return { client, send: await asker(client) };
	}));
	let refused = 0;
	await spread(questions, senders.length, async ({ text }, n, lane) => {
		const { client, send } = senders[lane];
		const fields = { name: `Customer ${n}`,
			email: `person${n}@bank.test`, key: `question ${n}`,
			subject: subjectOf(text), body: text };
		/* each question comes from a person of its own */
		client.headers["X-Test-Client"] =
			`10.100.${n >> 8}.${n & 255}`;
		for (let tries = 0; ; tries++) {
			const page = await send(fields);
			if (page.status === 303)
				return;
			refused++;
			check(tries < 8, `${page.status} ${page.words}`);
			await sleep(200);
		}
	});
	note(`${refused} had to be sent again`);
}, { timeout: 600_000 });

await test("routing and counts are what the file says", async () => {
	const want = {};
	for (const { text } of questions)
		want[routeOf(text)] = (want[routeOf(text)] ?? 0) + 1;
	note(JSON.stringify(want));
	/* what decides may stand behind what a subject has room for */
	const texts = new Map(questions.map(({ text }) =>
		[subjectOf(text), text]));
	for (const queue of ["cards", "transfers", "exchange", "identity"]) {
		const got = await list(`queue:${queue} status:open`);
		equal(got.length, want[queue], queue);
		for (const { subject } of got)
			equal(routeOf(texts.get(subject)), queue, subject);
	}
	const inbox = await (await desk.agent()).get("/agent");
	for (const queue of ["cards", "transfers"]) {
		const count = want[queue].toLocaleString("en")
			.replace(",", "[,.\\s\u00a0\u202f]?");
		check(new RegExp(`${queue}\\s+${count}\\b`, "i").test(inbox.words),
			`the inbox counts ${queue} otherwise: ${inbox.words.slice(0, 600)}`);
	}
}, { timeout: 300_000 });

await test("hookdesk check finds nothing wrong", () =>
	desk.cli("check", desk.dir), { timeout: 300_000 });

await done();
