/* tests/crash/test_mail.mjs - what goes out is handed over at least once, and
 * a repeat is the same mail.
 *
 * Agents answer, mails are on their way, and the server is killed at random
 * moments, most of them while the mail server holds a message and has not
 * said "250" yet. At the end each answer was handed over; a second copy has
 * the same Message-ID and the same bytes, and there are not more of them than
 * kills.
 */
import { startDesk } from "../web/desk.mjs";
import { sleep } from "../web/people.mjs";
import { startSmtp } from "../web/smtp.mjs";
import { check, done, equal, note, test, until } from "../web/tap.mjs";

const KILLS = Number(process.env.HOOKDESK_KILLS ?? 20);
const ANSWERS_A_KILL = 4;

const smtp = await startSmtp();
const desk = await startDesk({ threads: 8, smtp });
const api = await desk.api();
const wanted = new Set();

async function answer(n) {
	const made = await api.api("POST", "/tickets", { subject: `Mail ${n}`,
		body: "words", email: `c${n}@customer.test`, name: `Client ${n}` });
	equal(made.status, 201, made.text);
	const body = `answer-${n}-end`;
	const entry = await api.api("POST",
		`/tickets/${made.json.number}/entries`, { body });
	equal(entry.status, 201, entry.text);
	wanted.add(body);
}

function answersSent() {
	const sent = new Map();
	for (const message of smtp.messages) {
		const body = message.text.match(/answer-\d+-end/)?.[0];
		if (body !== undefined)
			sent.set(body, [...(sent.get(body) ?? []), message]);
	}
	return sent;
}

await test(`${KILLS} kills while mails go out`, async () => {
	for (let kill = 0; kill < KILLS; kill++) {
		const before = smtp.messages.length;
		for (let i = 0; i < ANSWERS_A_KILL; i++)
			await answer(kill * ANSWERS_A_KILL + i);
		/* once the mail server has one of them, at any moment after */
		await until("a mail", () => smtp.messages.length > before);
		await sleep(Math.random() * 20);
		await desk.kill();
		await desk.serve();
		await desk.ready();
	}
}, { timeout: 300_000 });

await test("each answer was handed over, a repeat is the same", async () => {
	await until("all mails", () => answersSent().size === wanted.size,
		{ timeout: 60_000 }).catch((error) => {
		throw new Error(`${error.message}: ${[...wanted].filter((body) =>
			!answersSent().has(body))} are lost`);
	});
	const sent = answersSent();
	let repeats = 0;
	for (const body of wanted) {
		const copies = sent.get(body);
		repeats += copies.length - 1;
		for (const copy of copies) {
			equal(copy.headers["message-id"],
				copies[0].headers["message-id"]);
			equal(copy.raw,
				copies[0].raw);
		}
	}
	note(`${wanted.size} answers, ${repeats} repeats, ${KILLS} kills`);
	check(repeats <= KILLS, `${repeats} repeats`);
	const ids = new Set(smtp.messages.map((m) => m.headers["message-id"]));
	check(ids.size >= wanted.size, "one Message-ID for several mails");
}, { timeout: 150_000 });

await done();
