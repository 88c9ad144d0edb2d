/* tests/crash/test_backup.mjs - a backup that is made while customers write
 * holds all that was acknowledged before it began, whole; what came meanwhile
 * is there whole or not at all; and the restored desk is held.
 */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import path from "node:path";
import { startDesk, temporaryFolder } from "../web/desk.mjs";
import { file } from "../web/http.mjs";
import { asker, listTickets } from "../web/people.mjs";
import { startSmtp } from "../web/smtp.mjs";
import { check, cleanup, done, equal, note, test, until }
	from "../web/tap.mjs";

const API_CLIENTS = 6;
const FORM_CLIENTS = 4;
const BACKUPS = 3;
const BEFORE = 40; /* things acknowledged before each */

const smtp = await startSmtp();
cleanup(() => smtp.close());
const desk = await startDesk({ threads: 8, smtp });
const api = await desk.api();
const folder = temporaryFolder();
const ledger = new Map(); /* body to { subject, hash }, as acknowledged */
const backups = []; /* { dir, known }: the bodies acknowledged by then */
let isOver = false;

async function apiClient(n) {
	let number = null;

	while (!isOver) {
		const id = randomUUID();
		const body = `words of ${id} `.repeat(1 + n * 400).trim();
		const page = number === null || Math.random() < 0.4 ?
			await api.api("POST", "/tickets", { subject: id, body,
				email: `c${n}@load.test`, name: `Client ${n}` }) :
			await api.api("POST", `/tickets/${number}/entries`,
				{ type: "note", body });
		equal(page.status, 201, page.text);
		number = page.json.number ?? number;
		ledger.set(body, {});
	}
}

async function formClient(n, client, send) {
	while (!isOver) {
		const body = `by the form: ${randomUUID()}`;
		const data = randomBytes(1 + Math.floor(Math.random() * 200_000));
		/* a person does not ask fifty times an hour */
		client.headers["X-Test-Client"] = `10.201.${n}.` +
			`${Math.floor(Math.random() * 250)}`;
		const page = await send({ name: `Form ${n}`,
			email: `f${n}@load.test`, subject: "A file", body,
			attachment: file("a.bin", "application/octet-stream", data) });
		equal(page.status, 303, page.words);
		ledger.set(body,
			{ hash: createHash("sha256").update(data).digest("hex") });
	}
}

await test(`${BACKUPS} backups under ${API_CLIENTS + FORM_CLIENTS} clients`,
	async () => {
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
		for (let n = 0; n < BACKUPS; n++) {
			const enough = ledger.size + BEFORE;
			await Promise.race([all, until("some tickets",
				() => ledger.size >= enough)]);
			const known = [...ledger.keys()];
			const dir = path.join(folder, `backup-${n}`);
			await desk.cli("backup", desk.dir, dir);
			check(ledger.size > known.length,
				"nobody wrote during the backup");
			backups.push({ dir, known });
		}
	} finally {
		isOver = true;
	}
	await all;
	note(`${ledger.size} acknowledged`);
	check(desk.server.isRunning);
	await desk.cli("check", desk.dir);
	await desk.server.stop();
});

/* Every entry's body, with the hashes of its files, as a desk tells it. */
async function readAll(client) {
	const found = new Map();

	for (const { number } of await listTickets(client)) {
		const page = await client.api("GET",
			`/tickets/${number}/entries?limit=500`);
		equal(page.status, 200, page.text);
		for (const entry of page.json.entries.filter((one) => one.body)) {
			const hashes = [];
			for (const { url } of entry.files ?? []) {
				const at = new URL(url);
				const got = await client.get(client.base +
					at.pathname.slice(at.pathname.indexOf("/api/")));
				equal(got.status, 200, url);
				hashes.push(createHash("sha256").update(got.bytes)
					.digest("hex"));
			}
			check(!found.has(entry.body), "an entry is there twice");
			found.set(entry.body, hashes);
		}
	}
	return found;
}

for (const [n, backup] of backups.entries()) {
	const dir = path.join(folder, `restored-${n}`);

	await test(`backup ${n + 1} is whole, elsewhere too`, async () => {
		await desk.cli("check", backup.dir);
		await desk.cli("restore", backup.dir, dir);
		await desk.cli("check", dir);
	});

	await test(`backup ${n + 1} has all that was acknowledged`, async () => {
		const restored = await startDesk({ dir });
		const client = restored.client({ headers: api.headers });
		const found = await readAll(client);

		for (const body of backup.known)
			check(found.has(body), `lost: ${body.slice(0, 60)}`);
		for (const [body, hashes] of found) {
			const { hash } = ledger.get(body) ?? {};
			if (hash !== undefined)
				equal(hashes.join(), hash, body.slice(0, 60));
		}
		note(`${backup.known.length} known, ${found.size} found`);
		await restored.stop();
	});
}

await test("a restored desk is held until it is told to go on", async () => {
	const dir = path.join(folder, "restored-0");
	const restored = await startDesk({ dir });
	const client = restored.client({ headers: api.headers });
	const isHeld = async () =>
		JSON.parse(await restored.cli("status", dir, "--json")).held;

	equal(await isHeld(), true);
	const sent = smtp.messages.length;
	const made = await client.api("POST", "/tickets", { subject: "Held?",
		body: "A confirmation would come.", email: "held@load.test" });
	equal(made.status, 201, made.text);
	await restored.restart();
	equal(smtp.messages.length, sent);
	await restored.cli("resume", dir);
	await smtp.message((one) => one.to.join().includes("held@load.test"));
	equal(await isHeld(), false);
});

await done();
