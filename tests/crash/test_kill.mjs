/* tests/crash/test_kill.mjs - kill -9 loses nothing that was acknowledged.
 *
 * 64 clients make tickets and notes by the API, and tickets with a file by the
 * form. Each notes in a ledger what was acknowledged, and repeats with the same
 * key what was not. The server is killed at random moments, 50 times. At the
 * end each thing is there once and whole, and `hookdesk check` finds nothing
 * wrong.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { startDesk } from "../web/desk.mjs";
import { file } from "../web/http.mjs";
import { asker, listTickets, sleep } from "../web/people.mjs";
import { check, deepEqual, done, equal, note, test } from "../web/tap.mjs";

const KILLS = Number(process.env.HOOKDESK_KILLS ?? 50);
const PATIENCE_MS = 600_000 + KILLS * 4000;
const API_CLIENTS = 48;
const FORM_CLIENTS = 16;
const THINKING_MS = 60;

const desk = await startDesk({ threads: 8 });
const api = await desk.api();
const ledger = new Map(); /* key to what was acknowledged */
let isOver = false;
let failures = 0;

/* Do it until it is acknowledged, whatever happens to the server. */
async function insist(send) {
	for (let tries = 0; ; tries++) {
		const page = await send().catch(() => null);
		if (page !== null && page.status < 500 && page.status !== 429)
			return page;
		if (page === null || page.status === 502)
			failures++;
		check(tries < 400, `not taken: ${page?.status} ${page?.words}`);
		await sleep(20 + Math.random() * 50);
	}
}

async function post(path, value, key) {
	const page = await insist(() => api.api("POST", path, value,
		{ headers: { "Idempotency-Key": key } }));
	equal(page.status, 201, page.text);
	return page.json;
}

async function apiClient(n) {
	let mine = null;

	while (!isOver) {
		const key = randomUUID();
		if (mine === null || Math.random() < 0.4) {
			const body = `words of ${key} `.repeat(1 + n % 20);
			mine = await post("/tickets", { subject: key, body,
				email: `c${n}@load.test`, name: `Client ${n}` }, key);
			ledger.set(key, { kind: "ticket", number: mine.number, body });
		} else {
			const body = `reply ${key}`;
			await post(`/tickets/${mine.number}/entries`,
				{ type: "note", body }, key);
			ledger.set(key, { kind: "entry", number: mine.number, body });
		}
		await sleep(Math.random() * THINKING_MS);
	}
}

async function formClient(n, client, send) {
	while (!isOver) {
		const subject = randomUUID();
		const body = `by the form: ${subject}`;
		const data = randomBytes(1 + Math.floor(Math.random() * 40_000));
		const fields = { name: `Form ${n}`, email: `f${n}@load.test`,
			subject, body, key: subject,
			attachment: file("a.bin", "application/octet-stream", data) };
		const page = await insist(() => {
			/* a person does not ask fifty times an hour */
			client.headers["X-Test-Client"] = `10.200.${n}.` +
				`${Math.floor(Math.random() * 250)}`;
			return send(fields);
		});
		equal(page.status, 303, page.words);
		ledger.set(subject, { kind: "form", link: page.location, body,
			data });
		await sleep(Math.random() * THINKING_MS * 4);
	}
}

async function entriesOf(numbers) {
	const entries = new Map();
	const queue = [...numbers];

	await Promise.all(Array.from({ length: 8 }, async () => {
		for (let number; (number = queue.pop()) !== undefined;) {
			const page = await api.api("GET",
				`/tickets/${number}/entries?limit=500`);
			equal(page.status, 200, page.text);
			entries.set(number, page.json.entries);
		}
	}));
	return entries;
}

await test(`${KILLS} kills under ${API_CLIENTS + FORM_CLIENTS} clients`,
	async () => {
	/* The forms are open before the first kill; what counts is sending. */
	const visitors = await Promise.all(Array.from({ length: FORM_CLIENTS },
		async () => {
			const client = desk.client();
			return [client, await asker(client)];
		}));
	const all = Promise.all([
		...Array.from({ length: API_CLIENTS }, (_, n) => apiClient(n)),
		...visitors.map(([client, send], n) => formClient(n, client, send)),
	]);
	all.catch(() => {}); /* awaited below */

	try {
		for (let kill = 0; kill < KILLS; kill++) {
			await sleep(50 + Math.random() * 450);
			await desk.kill();
			await desk.serve();
			await Promise.race([desk.ready(), all]);
		}
	} finally {
		isOver = true;
	}
	await all;
	note(`${ledger.size} acknowledged, ${failures} answers lost`);
	check(ledger.size > KILLS, "hardly anything was written");
	check(failures > KILLS / 5, "the kills hit nobody");
}, { timeout: PATIENCE_MS });

await test("each acknowledged thing is there once and whole", async () => {
	const tickets = await listTickets(api);
	const bySubject = new Map(tickets.map((one) => [one.subject, one]));
	equal(bySubject.size, tickets.length, "a ticket is there twice");
	const made = [...ledger].filter(([, one]) => one.kind !== "entry");
	for (const [key, one] of made) {
		const ticket = bySubject.get(key);
		check(ticket, `${key} is lost`);
		if (one.kind === "ticket")
			equal(ticket.number, one.number);
	}
	equal(tickets.length, made.length);
	const entries = await entriesOf(tickets.map((one) => one.number));
	const bodies = new Map();
	for (const list of entries.values()) {
		for (const { body } of list.filter((one) => one.body))
			bodies.set(body, (bodies.get(body) ?? 0) + 1);
	}
	for (const [key, one] of ledger) {
		equal(bodies.get(one.body) ?? bodies.get(one.body.trim()), 1,
			`${one.kind} ${key}`);
	}
}, { timeout: PATIENCE_MS });

await test("each acknowledged file is there, once and whole", async () => {
	const visitor = desk.client();
	const forms = [...ledger.values()].filter((one) => one.kind === "form");
	for (const { link, data } of forms) {
		const page = await visitor.get(link);
		const files = new Set([...page.text.matchAll(
			/href="([^"]*\/file\/[^"]*)"/g)].map(([, href]) => href));
		equal(files.size, 1, link);
		const got = await visitor.get(new URL([...files][0], page.url).href);
		deepEqual(got.bytes, data);
	}
	note(`${forms.length} files`);
	check(forms.length > 0, "no form was sent");
}, { timeout: PATIENCE_MS });

await test("hookdesk check finds nothing wrong", async () => {
	await desk.cli("check", desk.dir);
	await desk.server.stop();
	await desk.cli("check", desk.dir);
});

await done();
