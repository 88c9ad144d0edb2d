/* tests/web/test_shipped_routing.mjs - the shipped routing script on 10 003
 * real questions: each goes to the queue that the owner's table of words names,
 * with its priority and tag, and says why. What the table says is computed here
 * once more, from the file alone.
 */
import fs from "node:fs";
import { parseCsv } from "./csv.mjs";
import { hookdeskDone, sharedData, startDesk } from "./desk.mjs";
import { listTickets } from "./people.mjs";
import { check, done, equal, note, skipAll, test } from "./tap.mjs";

const file = sharedData("tickets/banking-questions.csv");

if (file === null)
	skipAll("the real input is not beside the project");

const questions = parseCsv(fs.readFileSync(file, "utf8")).slice(1)
	.map(([text]) => text);

/* As an owner writes it: whole words, beginnings, some in two rows. */
const ROWS = [
	{ words: ["stolen", "lost", "fraud*", "compromised"], queue: "security",
		priority: "urgent", tag: "danger" },
	{ words: ["pin", "passcode", "identity", "verif*"], queue: "identity",
		tag: "identity" },
	{ words: ["atm", "cash", "withdraw*"], queue: "cash", priority: "high" },
	{ words: ["exchange", "currenc*", "rate"], queue: "exchange" },
	{ words: ["refund*", "charge*", "fee*"], queue: "money",
		priority: "high", tag: "money" },
	{ words: ["transfer*", "payment*", "top"], queue: "transfers" },
	{ words: ["card*"], queue: "cards", priority: "low" },
];
const QUEUES = [...new Set(ROWS.map((row) => row.queue))];

function routeOf(text) {
	const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
	const has = (word) => word.endsWith("*") ?
		[...words].some((one) => one.startsWith(word.slice(0, -1))) :
		words.has(word);

	for (const row of ROWS) {
		const word = row.words.find(has);
		if (word)
			return { word, queue: row.queue,
				priority: row.priority ?? "normal",
				tags: row.tag ? [row.tag] : [] };
	}
	return { queue: "general", priority: "normal", tags: [] };
}

const desk = await startDesk({ threads: 4,
	settings: { "tickets.queue": "general" },
	async beforeServe(made) {
		for (const queue of QUEUES)
			await made.cli("queue", "add", made.dir, queue);
		await hookdeskDone(["setting", "add", made.dir, "script/routing",
			"--value", JSON.stringify({ words: ROWS })]);
	} });
const api = await desk.api();
const made = new Map(); /* number to question */

async function askOne(text, n) {
	const ticket = await api.api("POST", "/tickets", {
		subject: `Question ${n}`, body: text,
		email: `person${n}@bank.test`,
	});
	equal(ticket.status, 201, ticket.text);
	return ticket.json.number;
}

/* What became of a ticket, in a line. */
function fate({ queue, priority, tags }) {
	return [queue, priority, ...tags].join(" ");
}

await test(`${questions.length} questions are asked`, async () => {
	let next = 0;
	await Promise.all([1, 2, 3].map(async () => {
		while (next < questions.length) {
			const n = next++;
			made.set(await askOne(questions[n], n), questions[n]);
		}
	}));
	equal(made.size, questions.length);
}, { timeout: 600_000 });

/* A machine that sleeps for a while has a handler left out, which loses no
 * ticket: such a question is asked once more, alone. */
await test("each went where its first word says", async () => {
	const counts = {};
	const missed = [];
	const tickets = await listTickets(api);

	equal(tickets.length, questions.length);
	for (const ticket of tickets) {
		const want = routeOf(made.get(ticket.number));
		counts[want.queue] = (counts[want.queue] ?? 0) + 1;
		if (fate(ticket) !== fate(want))
			missed.push(ticket);
	}
	note(JSON.stringify(counts));
	check(missed.length <= 20, `${missed.length} are elsewhere`);
	for (const { number } of missed) {
		const text = made.get(number);
		const again = await askOne(text, number);
		const ticket = (await api.api("GET", `/tickets/${again}`)).json;
		equal(fate(ticket), fate(routeOf(text)), text);
		made.delete(number);
		made.set(again, text);
	}
	note(`${missed.length} had to be asked again`);
}, { timeout: 300_000 });

await test("and says why", async () => {
	let n = 0;
	for (const [number, text] of made) {
		const want = routeOf(text);
		if (n++ % 97 !== 0 || !want.word)
			continue;
		const { entries } = (await api.api("GET",
			`/tickets/${number}/entries?limit=50`)).json;
		const change = entries.find((entry) => entry.changes?.queue);
		equal(change?.script, "routing/words", text);
		equal(change?.why, `the word ${want.word}`, text);
	}
}, { timeout: 300_000 });

await done();
