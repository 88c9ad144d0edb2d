/* tests/web/test_sites.mjs - several sites in one process know nothing of
 * each other.
 */
import fs from "node:fs";
import path from "node:path";
import { hookdeskDone, startSites } from "./desk.mjs";
import { check, done, equal, match, test } from "./tap.mjs";

const { host, sites } = await startSites(["alpha", "beta", "gamma"]);

/* What a site owner can do to the script host, a handler each. */
const HOSTILE = {
	loop: "while true do end",
	memory: "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) end",
	pattern: "return (('a'):rep(5e5)):find(('a-'):rep(30) .. 'b')",
	deep: "local function f() return 1 + f() end f()",
	flood: "for i = 1, 1e6 do print(('x'):rep(1000)) end",
};

await test("each site is opened on demand and has its own tickets", async () => {
	for (const site of sites) {
		const api = await site.api();
		const made = await api.api("POST", "/tickets", { body: "words",
			subject: `Only in ${site.options.name}`,
			email: "x@customer.test" });
		equal(made.status, 201, made.text);
		const { tickets } = (await api.api("GET", "/tickets?limit=100")).json;
		equal(tickets.length, 1);
		equal(tickets[0].subject, `Only in ${site.options.name}`);
	}
});

await test("a token, a session and a private link open one site only",
	async () => {
	const [alpha, beta] = sites;
	const api = await alpha.api();
	api.base = beta.url;
	equal((await api.api("GET", "/tickets")).status, 401);
	const agent = await alpha.agent();
	equal((await agent.get("/agent")).status, 200);
	agent.base = beta.url;
	equal((await agent.get("/agent")).status, 303);
});

await test("an unknown site is not found", async () => {
	const client = host.client();
	equal((await client.get("/delta/")).status, 404);
});

await test("a site's hostile scripts are its own trouble", async () => {
	const [alpha, , gamma] = sites;
	const visitor = alpha.client();
	const api = await gamma.api();

	for (const [name, code] of Object.entries(HOSTILE)) {
		fs.writeFileSync(path.join(gamma.dir, "scripts", `${name}.lua`),
			`desk.on("ticket.creating", { name = "x" }, function(event)\n` +
			`  if event.ticket.subject == "${name}" then ${code} end\nend)\n`);
	}
	await gamma.cli("reload", gamma.dir);
	for (const name of Object.keys(HOSTILE)) {
		const tickets = [1, 2, 3].map(() => api.api("POST", "/tickets", {
			subject: name, body: "words", email: "x@customer.test" }));
		equal((await visitor.get("/")).status, 200);
		for (const made of await Promise.all(tickets))
			equal(made.status, 201, `${name}: ${made.text}`);
	}
	check(host.server.output.includes("event=script.killed"));
	check(host.server.isRunning);
});

await test("a site that cannot be opened is named, and alone", async () => {
	const [alpha, beta] = sites;
	const store = path.join(beta.dir, "data.mdb");
	const whole = fs.readFileSync(store);

	await host.server.stop();
	fs.writeFileSync(store, "no store at all");
	await host.serve();
	const page = await beta.client().get("/readyz");
	equal(page.status, 503);
	match(page.text, /^beta: /);
	equal((await beta.client().get("/")).status, 503);
	equal((await alpha.client().get("/readyz")).text, "ready\n");
	await host.server.stop();
	fs.writeFileSync(store, whole);
	await host.serve();
	equal((await beta.client().get("/readyz")).text, "ready\n");
});

await test("each site's data is whole", async () => {
	for (const site of sites)
		await hookdeskDone(["check", site.dir]);
	check(host.server.isRunning);
});

await done();
