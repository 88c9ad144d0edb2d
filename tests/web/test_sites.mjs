/* tests/web/test_sites.mjs - several sites in one process know nothing of
 * each other.
 */
import fs from "node:fs";
import path from "node:path";
import { Desk, hookdeskDone, temporaryFolder } from "./desk.mjs";
import { startWebServer } from "./servers.mjs";
import { check, cleanup, done, equal, test } from "./tap.mjs";

const folder = temporaryFolder();
const root = path.join(folder, "sites");
const names = ["alpha", "beta", "gamma"];
fs.mkdirSync(root);

const host = new Desk({ folder, dir: root, args: ["--sites"] });
await host.choosePort();
cleanup(() => host.stop());

const sites = names.map((name) => {
	const site = new Desk({ folder, dir: path.join(root, name), name });
	site.port = host.port;
	site.url = `${host.url}/${name}`;
	return site;
});
for (const site of sites)
	await site.init();
await host.serve();
host.front = await startWebServer("nginx", { dir: folder, port: host.port,
	mount: "", socket: host.socket, sites: names });

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

await test("each site's data is whole", async () => {
	for (const site of sites)
		await hookdeskDone(["check", site.dir]);
	check(host.server.isRunning);
});

await done();
