/* tests/web/test_reload.mjs - the scripts of 300 sites are loaded again and
 * again while requests for all of them run: none fails.
 *
 * Each ticket says which version of its site's script it was made by. It is one
 * that was there at the time, the whole of it, and never an older one than
 * after the last load. A handler for which the machine was too slow is left
 * out, as ever, and the log says so.
 */
import fs from "node:fs";
import path from "node:path";
import { startSites } from "./desk.mjs";
import { check, deepEqual, done, equal, note, test, until } from "./tap.mjs";

const SITES = Number(process.env.HOOKDESK_SITES ?? 300);
const VERSIONS = 4;
const CLIENTS = 8;

const names = Array.from({ length: SITES }, (_, n) => `s${n}`);
const { host, sites } = await startSites(names, { threads: 8 });

/* Two handlers that a load may not mix: they tag what they belong to. */
function write(site, version) {
	const file = path.join(site.dir, "scripts/version.lua");
	const next = `${file}.next`;

	fs.writeFileSync(next, `
desk.on("ticket.creating", { name = "first" }, function(event)
  event.ticket:tag("first-${version}")
end)
desk.on("ticket.creating", { name = "second", order = 60 },
    function(event)
  event.ticket:tag("second-${version}")
end)
`);
	fs.renameSync(next, file);
}

const clients = new Map();
const loaded = new Map(sites.map((site) => [site, 0]));
let made = 0;
let leftOut = 0;
let isOver = false;

async function submit(site) {
	const atLeast = loaded.get(site);
	const page = await clients.get(site).api("POST", "/tickets", {
		subject: "Which version?", body: "words",
		email: `c${made++}@customer.test` });

	equal(page.status, 201, `${site.options.name}: ${page.text}\n` +
		troublesOf().slice(0, 5).join("\n"));
	const tags = page.json.tags.map((tag) => tag.split("-"));
	leftOut += 2 - tags.length;
	equal(tags[0]?.[1], tags.at(-1)?.[1], "two versions in one act");
	for (const [, version] of tags)
		check(Number(version) >= atLeast,
			`version ${version} after ${atLeast} was loaded`);
}

async function submitOnAndOn() {
	while (!isOver)
		await submit(sites[Math.floor(Math.random() * SITES)]);
}

function troublesOf() {
	return host.server.output.split("\n").filter((line) =>
		/level=(warn|error)/.test(line) &&
		!line.includes("No mail server is set"));
}

function loads() {
	return host.server.output.split("event=reload.done").length - 1;
}

await test(`${SITES} sites are opened with their scripts`, async () => {
	for (const site of sites) {
		fs.mkdirSync(path.join(site.dir, "scripts"), { recursive: true });
		write(site, 0);
		clients.set(site, await site.api());
	}
	await host.server.stop();
	await host.serve();
	for (const site of sites) {
		await until(site.options.name, async () =>
			(await site.client().get("/healthz")).status === 200);
		await submit(site);
	}
}, { timeout: 300_000 });

await test(`${VERSIONS} times all of them are loaded while requests run`,
	async () => {
	const running = Array.from({ length: CLIENTS }, submitOnAndOn);
	const before = made;

	for (let version = 1; version <= VERSIONS; version++) {
		const begin = loads();
		for (const site of sites)
			write(site, version);
		process.kill(host.server.pid, "SIGHUP");
		await until("the load", () => loads() > begin,
			{ timeout: 120_000 });
		for (const site of sites)
			loaded.set(site, version);
	}
	isOver = true;
	await Promise.all(running);
	note(`${made - before} requests meanwhile`);
	check(made > before, "no request came");
	for (const site of sites)
		await submit(site);
}, { timeout: 600_000 });

await test("nothing of it was trouble to anybody", async () => {
	const troubles = troublesOf();
	const failed = troubles.filter((line) =>
		line.includes("event=script.failed handler=version/"));

	note(`${leftOut} handlers were left out`);
	equal(failed.length, leftOut);
	check(leftOut <= made / 50, `${leftOut} of ${2 * made} handlers`);
	deepEqual(troubles.filter((line) => !/event=script\.(failed|killed)/
		.test(line)), []);
});

await done();
