/* tests/bench/bench.mjs - the table of numbers; see tests/bench/run. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Desk, startDesk, startSites, temporaryFolder, top }
	from "../web/desk.mjs";
import { answer, ask, numberOf, openTicket, sleep }
	from "../web/people.mjs";
import { freePort, Program, startWebServer } from "../web/servers.mjs";
import { check, cleanup, done, until } from "../web/tap.mjs";
import { callsPerRequest, cpuPerRequest, inTurn, median, memory }
	from "./meter.mjs";

const build = process.env.HOOKDESK_BUILDDIR ?? path.join(top, "build");
const SIZE = Number(process.env.SIZE ?? 1_000_000);
const SMALL = 1000;
const THREADS = 4;
const ROWS = 50; /* of a page */
const SCATTERED = 600;

let misses = 0;

/* A row of the table; <most> or <least> is what is promised. */
function row(what, value, unit, { most, least, detail = "" }) {
	const isKept = most !== undefined ? value <= most : value >= least;
	const limit = most !== undefined ? `at most ${most}` : `at least ${least}`;

	if (!isKept)
		misses++;
	console.log([isKept ? "kept  " : "MISSED", what.padEnd(52),
		`${Number(value.toPrecision(3))} ${unit}`.padEnd(14),
		`(${limit})`.padEnd(18), detail].join("  "));
}

function us(number) {
	return `${number.toFixed(1)} us`;
}

/* The bare program behind an nginx of its own. */
async function startBare() {
	const dir = temporaryFolder();
	const socket = path.join(dir, "bare.sock");
	const bare = new Program("bare", path.join(build, "tests/bench/bare"),
		[socket, String(THREADS)], { dir });
	cleanup(() => bare.kill());
	await until("the bare program", () => {
		bare.mustRun();
		return fs.existsSync(socket);
	});
	const port = await freePort();
	const front = await startWebServer("nginx",
		{ dir, port, mount: "", socket });
	cleanup(() => front.stop());
	return { pid: bare.pid, url: `http://127.0.0.1:${port}` };
}

/* CPU of the server for a page, against the bare program with as many bytes. */
async function against(bare, desk, client, where, extra = {}) {
	const cookie = [...client.cookies]
		.map(([name, value]) => `${name}=${value}`).join("; ");
	const headers = { ...client.headers, ...(cookie && { Cookie: cookie }),
		...extra };
	const page = await client.get(where, { headers: extra });
	check([200, 304].includes(page.status), `${where}: ${page.status}`);
	const size = page.status === 304 ? 304 : page.bytes.length;
	const [ours, theirs] = await inTurn(
		() => cpuPerRequest(client.address(where), () => [desk.server.pid],
			{ headers }),
		() => cpuPerRequest(`${bare.url}/x?${size}`, () => [bare.pid]));

	return { ratio: ours / theirs,
		detail: `${us(ours)} against ${us(theirs)}, ${page.bytes.length} bytes` };
}

const desks = new Map(); /* promises of them */
function sharedDesk(size) {
	if (!desks.has(size))
		desks.set(size, startDesk({ demoSize: size, threads: THREADS }));
	return desks.get(size);
}

/* Wait until the texts of a new desk are in its search index: until then the
 * server uses CPU that is no page's. */
async function isAtRest(desk) {
	for (;;) {
		const { texts } = JSON.parse(
			await desk.cli("status", desk.dir, "--json"));
		if (texts === 0)
			return;
		await sleep(1000);
	}
}

async function pages() {
	const desk = await sharedDesk(SMALL);
	const bare = await startBare();
	const agent = await desk.agent();
	const customer = desk.client();
	const { page } = await ask(customer, { name: "Bench",
		email: "bench@customer.test", subject: "Measured",
		body: "The first of twenty entries." });
	const number = numberOf(page);

	/* The automatic answer would come between an answer and its page. */
	await until("the automatic answer", async () =>
		(await openTicket(agent, number)).words.includes("automatic mail"));
	for (let n = 2; n < 20; n++)
		await answer(agent, number, `Answer ${n} with **some** words in it.`);

	const cases = [
		["customer form", desk.client(), "/new", 2],
		["list of 50", agent, "/agent?q=status:closed", 4],
		["ticket with 20 entries", agent, `/agent/t/${number}`, 4],
	];
	check((await agent.get(cases[1][2])).text.split('name="ticket"')
		.length === 51, "the list is not one of 50");
	await isAtRest(desk);
	for (const [what, client, where, most] of cases) {
		const { ratio, detail } = await against(bare, desk, client, where);
		const calls = await callsPerRequest(desk.server.pid, 100,
			() => client.get(where));
		row(`${what}: CPU against a bare program`, ratio, "x",
			{ most, detail: detail +
				(calls === null ? "" : `, ${calls.toFixed(1)} calls`) });
	}
}

async function poll() {
	const desk = await sharedDesk(SMALL);
	const bare = await startBare();
	const agent = await desk.agent();
	const where = "/agent?q=status:open";
	const { etag } = (await agent.get(where,
		{ headers: { "X-Poll": "1" } })).headers;

	check(etag, "the inbox has no ETag");
	const { ratio, detail } = await against(bare, desk, agent, where,
		{ "If-None-Match": etag, "X-Poll": "1" });
	row("unchanged poll (304): CPU against a bare program", ratio, "x",
		{ most: 1.3, detail });
}

/* The addresses of pages whose rows lie anywhere in the desk: tickets taken by
 * chance are tagged, and their list is walked from page to page. */
async function scatteredPages(desk, agent, size) {
	const api = await desk.api();
	const numbers = new Set();
	const pages = [];
	let where = "/agent?q=tag:scattered";

	while (numbers.size < SCATTERED)
		numbers.add(1 + Math.floor(Math.random() * size));
	const todo = [...numbers];
	await Promise.all(Array.from({ length: 16 }, async () => {
		for (let number; (number = todo.pop()) !== undefined;) {
			const { status, text } = await api.api("PATCH",
				`/tickets/${number}`, { tags: ["scattered"] });
			check(status === 200 || status === 404,
				`tagging ${number}: ${status} ${text}`);
		}
	}));
	while (where) {
		const page = await agent.get(where);
		const rows = page.text.split('name="ticket"').length - 1;
		if (rows === ROWS)
			pages.push(agent.address(where));
		where = /href="([^"]*after=[^"]*)" rel="next"/.exec(page.text)?.[1]
			.replaceAll("&amp;", "&");
	}
	check(pages.length >= 5, `${pages.length} pages of scattered tickets`);
	return pages;
}

/* The same pages of two desks. Rows that were updated lately lie together;
 * scattered ones do not, and each request is for other ones. */
async function size() {
	const sizes = [[await sharedDesk(SIZE), SIZE],
		[await sharedDesk(SMALL), SMALL]];
	const lists = { recent: [], scattered: [] };

	for (const [desk, count] of sizes) {
		const agent = await desk.agent();
		const cookie = [...agent.cookies].map(([name, value]) =>
			`${name}=${value}`).join("; ");
		const add = (list, urls) => list.push(() => cpuPerRequest(urls,
			() => [desk.server.pid], { headers: { Cookie: cookie } }));
		add(lists.recent, agent.address("/agent?q=status:closed"));
		add(lists.scattered, await scatteredPages(desk, agent, count));
		await isAtRest(desk);
	}
	for (const [what, list, most] of [["recent", lists.recent, 1.2],
		["random", lists.scattered, 1.5]]) {
		const [many, few] = await inTurn(...list);
		row(`list, ${what} rows: ${SIZE} tickets against ${SMALL}`,
			many / few, "x", { most, detail: `${us(many)} against ${us(few)}` });
	}
}

/* What a program beside this one prints. */
function program(name, ...args) {
	const env = { ...process.env,
		HOOKDESK_SCRIPT_HOST: path.join(build, "hookdesk-script") };

	return new Promise((resolve, reject) => {
		execFile(path.join(build, "tests/bench", name), args, { env },
			(error, stdout, stderr) => {
				if (error)
					return reject(new Error(`${name}: ${stderr}`));
				resolve(stdout);
			});
	});
}

async function submit() {
	const folder = temporaryFolder();
	const fresh = () => path.join(folder, randomUUID());
	const [grouped, single] = await inTurn(
		async () => Number(await program("submit", fresh(), "64", "3", "0")),
		async () => Number(await program("submit", fresh(), "64", "3", "1")));
	row("durable submissions: 64 threads against single commits",
		grouped / single, "x", { least: 2.5,
			detail: `${grouped.toFixed(0)}/s against ${single.toFixed(0)}/s` });
}

/* A folder in memory, if there is such: a disk's part in a ticket's CPU is
 * many times that of a hook, and never the same. */
function memoryFolder() {
	const root = fs.existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
	const dir = fs.mkdtempSync(path.join(root, "hookdesk-bench-"));
	fs.chmodSync(dir, 0o711);
	cleanup(() => fs.rmSync(dir, { recursive: true, force: true }));
	return dir;
}

/* What a script costs a ticket: the difference, with it, without. */
async function costs(name) {
	return (await program("hook", memoryFolder(), name)).split(" ").map(Number);
}

async function script() {
	const [hook, hooked, plain] = await costs("asks");
	const [silent, scripted, unscripted] = await costs("silent");

	row("routing hook with two questions, both processes", hook, "us",
		{ most: 100, detail: `a ticket ${us(hooked)} against ${us(plain)}` });
	row("scripts without a matching handler, for a ticket", silent, "us",
		{ most: 2, detail: `${us(scripted)} against ${us(unscripted)}` });

	/* From no process to the answer of a call, without a desk around it. */
	const out = await program("bench_script");
	const [, ms, kib] =
		/new host to first answer +([\d.]+) ms, (\d+) KiB/.exec(out).map(Number);
	const start = Number(/process that does nothing +([\d.]+) ms/.exec(out)[1]);

	row("script host: private memory", kib / 1024, "MiB", { most: 1 });
	row("script host: first answer of a new one", ms, "ms", { most: 5,
		detail: `${start.toFixed(1)} ms for any new process` });
}

/* A backlog after a restart, on a disk. */
async function events() {
	const COUNT = 10_000;
	const [rate, cpu] = (await program("events", temporaryFolder(),
		String(COUNT))).split(" ").map(Number);

	row("events a second, each changes its ticket", rate, "/s",
		{ least: 2000, detail: `${us(cpu)} of CPU each, of ${COUNT}` });
}

async function timers() {
	const COUNT = 500_000;
	const [idle, idleAlone, ticket, ticketAlone] = (await program("timers",
		memoryFolder(), String(COUNT))).split(" ").map(Number);

	row(`${COUNT} pending timers: CPU of an idle second`, idle, "us",
		{ most: 1000, detail: `${us(idleAlone)} without any` });
	row(`${COUNT} pending timers: CPU of a ticket and its event`,
		ticket / ticketAlone, "x", { most: 1.1,
			detail: `${us(ticket)} against ${us(ticketAlone)}` });
}

/* A month once more; the desk is made on the way. */
async function replay() {
	const COUNT = 10_000;
	const [rate, cpu, memory, same, other] =
		(await program("replay", temporaryFolder(), String(COUNT)))
		.split(" ").map(Number);

	row("events a second of a replay", rate, "/s",
		{ least: 5000, detail: `${us(cpu)} of CPU each, ${COUNT} tickets` });
	row("memory of a replay", memory, "MiB", { most: 64 });
	row("tickets that differ with the same scripts", same, "",
		{ most: 0, detail: `${other} with another threshold` });
}

async function start() {
	const desk = await sharedDesk(SIZE);
	const times = [];

	for (let round = 0; round < 5; round++) {
		await desk.server.stop();
		const begin = performance.now();
		await desk.serve();
		const client = desk.client();
		for (;;) {
			const page = await client.get("/").catch(() => null);
			if (page?.status === 200)
				break;
			await sleep(1);
		}
		times.push(performance.now() - begin);
	}
	row(`start with ${SIZE} tickets until the first answer`, median(times),
		"ms", { most: 200 });
}

async function memoryOfSites() {
	const COUNT = 40;
	const folder = temporaryFolder();
	const root = path.join(folder, "sites");
	const conf = path.join(folder, "hookdesk.conf");
	const names = Array.from({ length: COUNT + 1 }, (_, n) => `s${n}`);
	fs.mkdirSync(root);
	fs.writeFileSync(conf, "[server]\nsite_idle_s = 1\n");
	const host = new Desk({ folder, dir: root, threads: THREADS });
	await host.choosePort();
	cleanup(() => host.stop());
	const addSite = async (name) => {
		const site = new Desk({ folder, dir: path.join(root, name), name });
		site.port = host.port;
		site.url = `${host.url}/${name}`;
		await site.init();
	};
	/* What the server needs when each site was asked for a page and is left
	 * alone; with <args>, until it has closed them. */
	const anonymous = async (count, args, isClosing) => {
		host.options.args = [...args, "--sites"];
		fs.rmSync(path.join(folder, "hookdesk.log"), { force: true });
		await host.serve();
		for (const name of names.slice(0, count))
			await host.client().get(`/${name}/`);
		const closed = () =>
			host.server.output.split("event=site.closed").length - 1;
		while (isClosing && closed() < count)
			await sleep(200);
		await sleep(6000); /* it looks after its sites every five seconds */
		const kib = memory(host.server.pid).anonymous;
		await host.server.stop();
		return kib;
	};

	await addSite(names[0]);
	host.front = await startWebServer("nginx", { dir: folder,
		port: host.port, mount: "", socket: host.socket, sites: names });
	const one = await anonymous(1, []);
	row("server with one idle site: anonymous memory", one / 1024, "MiB",
		{ most: 32 });
	const oneClosed = await anonymous(1, ["--config", conf], true);
	for (const name of names.slice(1))
		await addSite(name);
	const open = await anonymous(names.length, []);
	row("each further site, open", (open - one) / COUNT, "KiB",
		{ most: 300 });
	const closed = await anonymous(names.length, ["--config", conf], true);
	row("each further site, closed", (closed - oneClosed) / COUNT, "KiB",
		{ most: 16 });
}

/* What the slowest of a hundred visitors waits, in milliseconds. */
async function slowest(client, where, rounds) {
	const times = [];

	for (let round = 0; round < rounds; round++) {
		const begin = performance.now();
		const page = await client.get(where);
		times.push(performance.now() - begin);
		check(page.status === 200, `${where}: ${page.status}`);
	}
	return times.sort((a, b) => a - b)[Math.floor(rounds * 0.99)];
}

/* One site's scripts loop, eat memory and kill their host while tickets come
 * in; the next site's visitors should not notice. */
async function hostile() {
	const HANDLERS = 60;
	const { host, sites: [quiet, bad] } =
		await startSites(["quiet", "bad"], { threads: THREADS });
	const visitor = quiet.client();
	const api = await bad.api();
	let isHostile = true;
	let submitted = 0;

	/* Many, for each is switched off when it was stopped a few times. */
	fs.writeFileSync(path.join(bad.dir, "scripts/bad.lua"), `
for i = 0, ${HANDLERS - 1} do
  desk.on("ticket.creating", { name = "x" .. i }, function(event)
    if event.ticket.subject ~= tostring(i) then return end
    if i % 3 == 0 then while true do end end
    local t = {}
    while i % 3 == 1 do t[#t + 1] = ("x"):rep(1e6) end
    return (("a"):rep(5e5)):find(("a-"):rep(30) .. "b")
  end)
end
`);
	await bad.cli("reload", bad.dir);
	const attack = async () => {
		while (isHostile) {
			const made = await api.api("POST", "/tickets", { body: "words",
				subject: String(submitted++ % HANDLERS),
				email: "x@customer.test" });
			check([201, 503].includes(made.status), made.text);
		}
	};
	await slowest(visitor, "/new", 100);
	const [troubled, alone] = await inTurn(
		async () => {
			isHostile = true;
			const attackers = Array.from({ length: THREADS }, attack);
			const ms = await slowest(visitor, "/new", 500);
			isHostile = false;
			await Promise.all(attackers);
			return ms;
		},
		() => slowest(visitor, "/new", 500));
	check(host.server.isRunning, "the server ended");
	check(host.server.output.includes("event=script.killed"));
	row("p99 of a page beside a site with hostile scripts",
		troubled / alone, "x", { most: 2,
			detail: `${troubled.toFixed(1)} ms against ` +
				`${alone.toFixed(1)} ms, ${submitted} attacks` });
}

function crash() {
	return new Promise((resolve) => {
		execFile(process.execPath, [path.join(top,
			"tests/crash/test_kill.mjs")], (error, stdout) => {
			const bad = stdout.match(/^not ok/gm)?.length ?? (error ? 1 : 0);
			row("acknowledged things lost in 50 kills", bad, "", { most: 0,
				detail: /# (\d+ acknowledged.*)/.exec(stdout)?.[1] ?? "" });
			resolve();
		});
	});
}

/* What counts memory and losses comes first: meanwhile the large desk is made
 * and its search index is built, which takes minutes of CPU. */
const parts = { memory: memoryOfSites, crash, pages, poll, size, submit, script,
	events, timers, replay, hostile, start };
const usesCpu = (name) => !["memory", "crash"].includes(name);
const wanted = process.argv.length > 2 ? process.argv.slice(2) :
	Object.keys(parts);
for (const name of wanted) {
	if (!(name in parts)) {
		console.error(`bench: ${name}? one of ${Object.keys(parts).join(" ")}`);
		process.exit(2);
	}
}
if (wanted.includes("size") || wanted.includes("start"))
	sharedDesk(SIZE).catch(() => {}); /* who waits for it will hear */
for (const name of wanted) {
	if (usesCpu(name) && desks.has(SIZE))
		await isAtRest(await sharedDesk(SIZE));
	await parts[name]();
}
console.log(misses === 0 ? "all kept" : `${misses} missed`);
await done();
