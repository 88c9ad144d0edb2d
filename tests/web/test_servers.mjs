/* tests/web/test_servers.mjs - the same desk behind each web server.
 *
 * What differs between them: how a path is decoded and merged, whether a body
 * comes buffered or as it arrives, which headers pass. Each is configured with
 * what `hookdesk snippet` prints.
 */
import { randomBytes } from "node:crypto";
import { startDesk } from "./desk.mjs";
import { file } from "./http.mjs";
import { ask, numberOf } from "./people.mjs";
import { hasWebServer } from "./servers.mjs";
import { check, deepEqual, done, equal, match, skip, test } from "./tap.mjs";

async function behind(server, mount) {
	const where = `${server} at ${mount || "/"}`;

	if (!hasWebServer(server))
		return skip(where, "not installed");
	const desk = await startDesk({ server, mount, useSnippet: true });
	const api = await desk.api();
	const client = desk.client();

	await test(`${where}: pages, style sheets and redirects`, async () => {
		const page = await client.get("/");
		equal(page.status, 200);
		match(page.headers["content-type"], /^text\/html; ?charset=utf-8$/i);
		const sheet = /href="([^"]*\.css[^"]*)"/.exec(page.text)[1];
		const css = await client.get(new URL(sheet, page.url).href);
		equal(css.status, 200);
		match(css.headers["content-type"], /^text\/css/);
		const inbox = await client.get("/agent");
		equal(inbox.status, 303);
		check(inbox.location.startsWith(`${desk.url}/agent/login`),
			inbox.location);
	});

	await test(`${where}: HEAD has the length and no body`, async () => {
		const page = await client.request("HEAD", "/new");
		equal(page.status, 200);
		equal(page.bytes.length, 0);
	});

	await test(`${where}: unknown addresses are not found`, async () => {
		for (const path of ["/nowhere", "/t/short", "/kb/%2e%2e/x", "/new/none"])
			equal((await client.get(path)).status, 404, path);
	});

	await test(`${where}: a form with a large file`, async () => {
		const data = randomBytes(3 * 1024 * 1024);
		const { page } = await ask(client, { name: "Bo",
			email: `bo@${server}.test`, subject: `From ${server}`,
			body: "See the file.",
			attachment: file("große Datei.bin", "application/octet-stream",
				data) });
		numberOf(page);
		const link = /href="([^"]*\/file[^"]*)"/.exec(page.text);
		check(link, "no link to the file");
		const got = await client.get(new URL(link[1], page.url).href);
		equal(got.status, 200);
		deepEqual(got.bytes, data);
		match(got.headers["content-disposition"], /^attachment/);
	});

	await test(`${where}: the API's token passes, JSON comes back`, async () => {
		const made = await api.api("POST", "/tickets", { subject: "Ünï <1>",
			body: "By the API", email: "cy@customer.test", name: "Çy" });
		equal(made.status, 201, made.text);
		match(made.headers["content-type"], /^application\/json/);
		const got = await api.api("GET", `/tickets/${made.json.number}`);
		equal(got.json.subject, "Ünï <1>");
		const wrong = await api.api("POST", "/tickets", { subject: "",
			body: "x", email: "cy@customer.test" });
		equal(wrong.status, 422);
		equal(wrong.json.error.field, "subject");
	});

	await test(`${where}: PATCH passes, other methods are refused`, async () => {
		const list = (await api.api("GET", "/tickets?limit=1")).json;
		const { number } = list.tickets[0];
		const set = await api.api("PATCH", `/tickets/${number}`,
			{ priority: "high" });
		equal(set.status, 200, set.text);
		equal((await api.api("GET", `/tickets/${number}`)).json.priority,
			"high");
		equal((await client.request("DELETE", "/new")).status, 405);
	});

	await test(`${where}: asked in vain, it asks again when hookdesk is back`,
		async () => {
		const statuses = async () => {
			const pages = await Promise.all(Array.from({ length: 20 },
				() => client.get("/readyz")));
			return pages.map((page) => page.status);
		};
		await desk.server.stop();
		for (const status of await statuses()) /* all its processes see it */
			check([502, 503, 504].includes(status), `${status}`);
		await desk.serve();
		await desk.ready();
		deepEqual([...new Set(await statuses())], [200]);
	});

	await desk.stop();
}

for (const server of ["nginx", "apache", "lighttpd"]) {
	for (const mount of ["", "/support"])
		await behind(server, mount);
}
await done();
