/* tests/bench/bench.mjs - the table of numbers; see tests/bench/run. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { Desk, startDesk, temporaryFolder, top }
	from "../web/desk.mjs";
import { answer, ask, numberOf, openTicket, sleep }
	from "../web/people.mjs";
import { freePort, Program, startWebServer } from "../web/servers.mjs";
import { check, cleanup, done, equal, until } from "../web/tap.mjs";
import { children, cpuPerRequest, cpuSeconds, inTurn, median, memory }
	from "./meter.mjs";

const build = process.env.HOOKDESK_BUILDDIR ?? path.join(top, "build");
const SIZE = Number(process.env.SIZE ?? 1_000_000);
const SMALL = 1000;
const THREADS = 4;

let misses = 0;

/* A row of the table; <most> or <least> is what DESIGN promises. */
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

async function deskOf(size) {
	return startDesk({ demoSize: size, threads: THREADS });
}

const desks = new Map();
async function sharedDesk(size) {
	if (!desks.has(size))
		desks.set(size, await deskOf(size));
	return desks.get(size);
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
	for (const [what, client, where, most] of cases) {
		const { ratio, detail } = await against(bare, desk, client, where);
		row(`${what}: CPU against a bare program`, ratio, "x",
			{ most, detail });
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

async function size() {
	const large = await sharedDesk(SIZE);
	const small = await sharedDesk(SMALL);
	/* Both are 50 rows on both desks. What a queue's list shows lies as far
	 * apart as there are tickets of others between. */
	const cases = [["recent rows", "/agent?q=status:closed", 1.2],
		["random rows", "/agent?q=status:closed+queue:billing", 1.5]];

	for (const [what, where, most] of cases) {
		const [many, few] = await inTurn(...[large, small].map((desk) =>
			async () => {
				const agent = desk.benchAgent ??= await desk.agent();
				const cookie = [...agent.cookies].map(([name, value]) =>
					`${name}=${value}`).join("; ");
				return cpuPerRequest(agent.address(where),
					() => [desk.server.pid], { headers: { Cookie: cookie } });
			}));
		row(`list, ${what}: ${SIZE} tickets against ${SMALL}`, many / few,
			"x", { most, detail: `${us(many)} against ${us(few)}` });
	}
}

function submitProgram(...args) {
	return new Promise((resolve, reject) => {
		execFile(path.join(build, "tests/bench/submit"), args,
			(error, stdout, stderr) => {
				if (error)
					return reject(new Error(`submit: ${stderr}`));
				resolve(Number(stdout));
			});
	});
}

async function submit() {
	const folder = temporaryFolder();
	const fresh = () => path.join(folder, randomUUID());
	const [grouped, single] = await inTurn(
		() => submitProgram(fresh(), "64", "3", "0"),
		() => submitProgram(fresh(), "64", "3", "1"));
	row("durable submissions: 64 threads against single commits",
		grouped / single, "x", { least: 2.5,
			detail: `${grouped.toFixed(0)}/s against ${single.toFixed(0)}/s` });
}

const HOOK = `
desk.on("ticket.routing", { name = "asks" }, function(event)
  local queue = desk.queue("general")
  local waiting = desk.count { status = "open", customer = event.customer }
  if queue and waiting < 0 then
    return event:choose("general", "never")
  end
end)
`;

/* CPU of server and script hosts for each of <count> tickets by the API. */
async function cpuPerTicket(desk, api, count) {
	const pids = () => [desk.server.pid,
		...children(desk.server.pid, "hookdesk-scrip")];
	const post = async () => {
		const made = await api.api("POST", "/tickets", { subject: "Measured",
			body: "words", email: "bench@customer.test" });
		equal(made.status, 201, made.text);
	};

	for (let n = 0; n < 50; n++)
		await post();
	const before = cpuSeconds(...pids());
	for (let n = 0; n < count; n++)
		await post();
	return (cpuSeconds(...pids()) - before) / count * 1e6;
}

async function script() {
	const bareDesk = async (text) => startDesk({ threads: THREADS,
		shippedScripts: false, async beforeServe(made) {
			const dir = path.join(made.dir, "scripts");
			fs.mkdirSync(dir, { recursive: true });
			if (text)
				fs.writeFileSync(path.join(dir, "asks.lua"), text);
		} });
	const hooked = await bareDesk(HOOK);
	const plain = await bareDesk(null);
	const [hookedApi, plainApi] = [await hooked.api(), await plain.api()];
	const [with_, without] = await inTurn(
		() => cpuPerTicket(hooked, hookedApi, 1500),
		() => cpuPerTicket(plain, plainApi, 1500));
	row("routing hook with two questions, both processes", with_ - without,
		"us", { most: 100, detail: `${us(with_)} against ${us(without)}` });

	const [host] = children(hooked.server.pid, "hookdesk-scrip");
	row("script host: private memory", memory(host).privateDirty / 1024,
		"MiB", { most: 1 });
	const timed = async () => {
		const start = performance.now();
		await hookedApi.api("POST", "/tickets", { subject: "Timed",
			body: "words", email: "bench@customer.test" });
		return performance.now() - start;
	};
	const [cold, warm] = await inTurn(async () => {
		for (const pid of children(hooked.server.pid, "hookdesk-scrip"))
			process.kill(pid, "SIGKILL");
		await sleep(100);
		return timed();
	}, timed);
	row("script host: first answer of a new one", cold - warm, "ms",
		{ most: 5, detail: `${cold.toFixed(1)} ms against ` +
			`${warm.toFixed(1)} ms warm` });
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
	const names = Array.from({ length: COUNT + 1 }, (_, n) => `s${n}`);
	fs.mkdirSync(root);
	const host = new Desk({ folder, dir: root, args: ["--sites"],
		threads: THREADS });
	await host.choosePort();
	cleanup(() => host.stop());
	const addSite = async (name) => {
		const site = new Desk({ folder, dir: path.join(root, name), name });
		site.port = host.port;
		site.url = `${host.url}/${name}`;
		await site.init();
	};
	const anonymous = async (count) => {
		await host.serve();
		for (const name of names.slice(0, count))
			await host.client().get(`/${name}/`);
		await sleep(500);
		return memory(host.server.pid).anonymous;
	};

	await addSite(names[0]);
	host.front = await startWebServer("nginx", { dir: folder,
		port: host.port, mount: "", socket: host.socket, sites: names });
	const one = await anonymous(1);
	row("server with one idle site: anonymous memory", one / 1024, "MiB",
		{ most: 32 });
	await host.server.stop();
	for (const name of names.slice(1))
		await addSite(name);
	/* At the start each is opened for its jobs, and closes when it was idle
	 * for long: what a closed one costs cannot be seen here. */
	const open = await anonymous(names.length);
	row("each further site, open", (open - one) / COUNT, "KiB",
		{ most: 300 });
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

const parts = { pages, poll, size, submit, script, start,
	memory: memoryOfSites, crash };
const wanted = process.argv.length > 2 ? process.argv.slice(2) :
	Object.keys(parts);
for (const name of wanted) {
	if (!(name in parts)) {
		console.error(`bench: ${name}? one of ${Object.keys(parts).join(" ")}`);
		process.exit(2);
	}
	await parts[name]();
}
console.log(misses === 0 ? "all kept" : `${misses} missed`);
await done();
