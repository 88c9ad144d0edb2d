/* tests/crash/test_faults.mjs - whole requests, while one call after another
 * of the server fails.
 *
 * Each request is sent with its first allocation failing, then its second and
 * so on; and so for opens, reads, writes, syncs, renames, accepts, starts of
 * the script host, and pipes. What comes back is the usual answer or a refusal
 * as a whole; sent again it is done; at the end all that was acknowledged is
 * there once. The server stays the same process, and its memory does not grow.
 *
 * Spared are the allocations of libfcgi, GLib, ICU and libmagic: see
 * faults.c.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { startDesk, temporaryFolder } from "../web/desk.mjs";
import { file } from "../web/http.mjs";
import { asker, listTickets, scriptHosts } from "../web/people.mjs";
import { check, deepEqual, done, equal, note, skipAll, test, until }
	from "../web/tap.mjs";
import { Faults } from "./faults.mjs";

const CALLS_MAX = 3000; /* of one kind in one request */
const FAILED_MIN = 50; /* allocations, to look for what leaks */
const ROUNDS_MAX = 200;

if (!Faults.isBuilt)
	skipAll("make check builds what this needs");

const folder = temporaryFolder();
const faults = new Faults(folder);
const desk = await startDesk({ folder, threads: 2, env: faults.environment });
const api = await desk.api();
const agent = await desk.agent();
const visitor = desk.client();
const send = await asker(visitor);
const tickets = new Map(); /* subject to the file that came with it, or null */
const replies = new Map(); /* text to the ticket's number */
let visitors = 0;

/* As another visitor each time: one has limits. */
function otherVisitor() {
	visitors++;
	visitor.headers["X-Test-Client"] =
		`10.77.${visitors >> 8 & 255}.${visitors & 255}`;
}

function killScriptHosts() {
	for (const host of scriptHosts(desk.server.pid))
		process.kill(host, "SIGKILL");
}

async function newTicket() {
	const subject = randomUUID();
	const made = await api.api("POST", "/tickets", { subject, body: "words",
		email: "fay@customer.test" });
	equal(made.status, 201, made.text);
	tickets.set(subject, null);
	return made.json.number;
}

const shown = await newTicket();

/* What is asked for; <prepare> gives a function that sends it, twice the same
 * thing when called twice. <status> is what is well. */
const requests = {
	"the form": { status: 200, prepare: () => () => visitor.get("/new") },
	"a question with a file": {
		status: 303,
		prepare() {
			const subject = randomUUID();
			const data = randomBytes(3000);
			tickets.set(subject, data);
			return () => {
				otherVisitor();
				return send({ key: subject, name: "Fay",
					email: "fay@customer.test", subject, body: "words",
					attachment: file("a.bin", "application/octet-stream",
						data) });
			};
		},
	},
	"the inbox": { status: 200, prepare: () => () => agent.get("/agent") },
	"a ticket's page": {
		status: 200,
		prepare: () => () => agent.get(`/agent/t/${shown}`),
	},
	"an answer": {
		status: 303,
		async prepare() {
			const number = await newTicket();
			const body = randomUUID();
			replies.set(body, number);
			const page = await agent.get(`/agent/t/${number}`);
			const form = page.form(`/t/${number}/reply`);
			return () => agent.submit(form, { body, then: "stay" });
		},
	},
	"a ticket by the API": {
		status: 201,
		prepare() {
			const subject = randomUUID();
			tickets.set(subject, null);
			return () => api.api("POST", "/tickets", { subject,
				body: "words", email: "fay@customer.test" },
			{ headers: { "Idempotency-Key": subject } });
		},
	},
};

/* A site whose store failed for good, or twice, says so and waits for people. */
async function isClosed() {
	const page = await visitor.get("/readyz");
	return page.status === 503;
}

/* A job may have met the failure: then the answer was good, and the store is
 * closed behind it. */
async function heal(kind) {
	if (["write", "sync"].includes(kind) && await isClosed())
		await desk.restart();
}

/* Let the n-th call of <kind> fail while <request> is answered; returns
 * whether there were so many. */
async function tryNth(kind, n, { status, prepare }, seen) {
	await heal(kind);
	const sending = await prepare();

	if (kind === "spawn" || kind === "descriptor")
		killScriptHosts();
	faults.arm(kind, n);
	const page = await sending().catch(() => null);
	const calls = faults.disarm();
	desk.server.mustRun();
	seen[page?.status] = (seen[page?.status] ?? 0) + 1;
	check(page === null || page.status === status || page.status >= 500,
		`the ${n}. ${kind} gives ${page?.status} ${page?.words}`);
	if (page?.status !== status) {
		await until(`an answer after the ${n}. ${kind}`, async () => {
			await heal(kind);
			return (await sending()).status === status;
		});
	}
	return calls >= n;
}

async function sweep(kind, request) {
	const seen = {};
	let n = 1;

	while (await tryNth(kind, n, request, seen))
		check(++n < CALLS_MAX, `${kind} is called without an end`);
	return { calls: n - 1, seen };
}

const { pid } = desk.server;

for (const kind of ["malloc", "open", "read", "accept", "name", "spawn",
	"descriptor", "write", "sync"]) {
	await test(`each ${kind} fails once`, async () => {
		let all = 0;
		for (const [name, request] of Object.entries(requests)) {
			const { calls, seen } = await sweep(kind, request);
			note(`${name}: ${calls} calls, ${JSON.stringify(seen)}`);
			all += calls;
		}
		check(all > 0, "nothing was made to fail");
		if (!["write", "sync"].includes(kind))
			equal(desk.server.pid, pid);
	}, { timeout: 600_000 });
}

await test("what failed leaves no memory behind", async () => {
	const reading = Object.values(requests).filter((one) =>
		one.status === 200);
	const jobs = async () => JSON.parse(await desk.cli("status", desk.dir,
		"--json")).jobs;
	const round = async () => {
		const waiting = await jobs();
		const before = faults.blocks;
		let failed = 0;
		for (let n = 0; n < ROUNDS_MAX && failed < FAILED_MIN; n++) {
			for (const request of reading)
				failed += (await sweep("malloc", request)).calls;
		}
		const more = faults.blocks - before;
		/* a script that ran is remembered: that is no leak */
		return await jobs() === waiting ? { failed, more } : round();
	};

	await round(); /* since the last start: caches are filled */
	const { failed, more } = await round();
	note(`${failed} failing allocations left ${more} blocks`);
	check(failed >= FAILED_MIN, "hardly anything was allocated");
	check(more < failed / 10, `${failed} left ${more} blocks`);
}, { timeout: 300_000 });

await test("all that was acknowledged is there once", async () => {
	const all = await listTickets(api);
	deepEqual(all.map((one) => one.subject).sort(), [...tickets.keys()].sort());
	for (const { number, subject } of all) {
		const data = tickets.get(subject);
		if (data === null)
			continue;
		const page = await agent.get(`/agent/t/${number}`);
		const links = new Set([...page.text.matchAll(
			/(?:href|src)="([^"]*\/file[^"]*)"/g)].map(([, link]) => link));
		equal(links.size, 1, `the files of ${number}`);
		const got = await agent.get(new URL([...links][0], page.url).href);
		deepEqual(got.bytes, data);
	}
	for (const [text, number] of replies) {
		const { entries } = (await api.api("GET",
			`/tickets/${number}/entries`)).json;
		equal(entries.filter((one) => one.body === text).length, 1, text);
	}
}, { timeout: 300_000 });

await test("hookdesk check finds nothing wrong", () =>
	desk.cli("check", desk.dir));

await done();
