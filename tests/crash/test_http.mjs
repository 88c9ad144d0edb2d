/* tests/crash/test_http.mjs - web requests of scripts are made at least once,
 * a repeat has the same key, and their answers are heard of once.
 *
 * Tickets come, a request goes out for each, and the server is killed at
 * random moments, most of them while the web server holds a request and has
 * not answered yet. At the end each request was made, a second copy is the
 * same with the same Idempotency-Key, there are not more of them than kills,
 * and each ticket has one note of the job that hears of the answer.
 */
import { startDesk } from "../web/desk.mjs";
import { sleep } from "../web/people.mjs";
import { check, done, equal, note, test, until } from "../web/tap.mjs";
import { startWebhook, withScript } from "../web/webhook.mjs";

const KILLS = Number(process.env.HOOKDESK_KILLS ?? 20);
const TICKETS_A_KILL = 4;

const hook = await startWebhook();
hook.answer = async (request, answer) => {
	await sleep(Math.random() * 15);
	answer.end(JSON.stringify({ word: `heard ${request.body}` }));
};

const desk = await startDesk({ threads: 8,
	settings: { "http.allowed": hook.host },
	beforeServe: withScript("hook", `
desk.on("ticket.created", { name = "tell" }, function(event)
  desk.http { url = "http://${hook.host}/new", body = event.ticket.subject,
    ticket = event.ticket, answer = "heard" }
end)
desk.job("heard", function(ticket, job)
  ticket:note(job.answer.ok and job.answer.json.word or "not heard")
end)
`) });
const api = await desk.api();
const tickets = new Map(); /* subject to number */

async function submit(n) {
	const subject = `ticket-${n}-end`;
	const made = await api.api("POST", "/tickets", { subject, body: "words",
		email: `c${n}@customer.test`, name: `Client ${n}` });
	equal(made.status, 201, made.text);
	tickets.set(subject, made.json.number);
}

function requestsMade() {
	const made = new Map();
	for (const request of hook.requests)
		made.set(request.body, [...(made.get(request.body) ?? []), request]);
	return made;
}

await test(`${KILLS} kills while requests go out`, async () => {
	for (let kill = 0; kill < KILLS; kill++) {
		const before = hook.requests.length;
		for (let i = 0; i < TICKETS_A_KILL; i++)
			await submit(kill * TICKETS_A_KILL + i);
		/* once the web server has one of them, at any moment after */
		await until("a request", () => hook.requests.length > before);
		await sleep(Math.random() * 20);
		await desk.kill();
		await desk.serve();
		await desk.ready();
	}
}, { timeout: 300_000 });

await test("each request was made, a repeat is the same", async () => {
	await until("all requests", () => requestsMade().size === tickets.size,
		{ timeout: 60_000 }).catch((error) => {
		throw new Error(`${error.message}: ${[...tickets.keys()].filter(
			(subject) => !requestsMade().has(subject))} are lost`);
	});
	const made = requestsMade();
	const keys = new Set();
	let repeats = 0;
	for (const copies of made.values()) {
		repeats += copies.length - 1;
		keys.add(copies[0].headers["idempotency-key"]);
		for (const copy of copies) {
			equal(copy.headers["idempotency-key"],
				copies[0].headers["idempotency-key"]);
		}
	}
	note(`${tickets.size} requests, ${repeats} repeats, ${KILLS} kills`);
	check(repeats <= KILLS, `${repeats} repeats`);
	equal(keys.size, tickets.size, "one key for several requests");
}, { timeout: 150_000 });

await test("each answer was heard of once", async () => {
	for (const [subject, number] of tickets) {
		const notes = await until(`the note on ${number}`, async () => {
			const page = await api.api("GET", `/tickets/${number}/entries`);
			const found = page.json.entries.filter((one) =>
				one.type === "note");
			return found.length > 0 && found;
		});
		equal(notes.length, 1, `${subject} has ${notes.length} notes`);
		equal(notes[0].body, `heard ${subject}`);
	}
}, { timeout: 150_000 });

await done();
