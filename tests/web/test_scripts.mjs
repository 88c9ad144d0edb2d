/* tests/web/test_scripts.mjs - scripts are written over HTTP while the desk is
 * at work, and killed: no request fails, no acknowledged version is lost, and
 * no secret is told again.
 */
import fs from "node:fs";
import path from "node:path";
import { startDesk } from "./desk.mjs";
import { check, deepEqual, done, equal, match, test, until } from "./tap.mjs";

const desk = await startDesk({ threads: 8 });
const api = await desk.api();
const agent = await desk.agent();

/* Loading takes its time, and the tag says which version it was. */
const textOf = (version) => `-- version ${version}
for i = 1, 2000000 do local x = i end
desk.on("ticket.creating", { name = "tag" }, function(event)
  event.ticket:tag("v-${version}")
end)
`;

/* Save by the form that a person would use. */
async function save(source, name = "tagger", more = { on: "1" }) {
	const isNew = !fs.existsSync(
		path.join(desk.dir, "scripts", `${name}.lua`));
	const where = isNew ? "/admin/scripts/new" :
		`/admin/scripts/${name}/edit`;
	const page = await agent.get(where);

	equal(page.status, 200, page.words);
	return agent.submit(page.forms.find(({ method, action }) =>
		method === "post" && action.endsWith(where)),
		isNew ? { name, source, ...more } : { source });
}

const tickets = [];
let isOver = false;

async function submitOnAndOn() {
	while (!isOver) {
		const page = await api.api("POST", "/tickets", {
			subject: "Which version?", body: "words",
			email: `c${tickets.length}@customer.test` });
		tickets.push({ status: page.status, tags: page.json?.tags,
			text: page.text });
	}
}

await test("requests run while versions switch: none fails", async () => {
	equal((await save(textOf(0))).status, 303);
	const clients = Array.from({ length: 4 }, submitOnAndOn);

	for (let version = 1; version <= 12; version++) {
		const answer = await save(textOf(version));
		equal(answer.status, 303, answer.words);
	}
	isOver = true;
	await Promise.all(clients);
	check(tickets.length > 20, `${tickets.length} tickets`);
	for (const { status, tags, text } of tickets) {
		equal(status, 201, text);
		check(tags.every((tag) => /^v-\d+$/.test(tag)), tags.join());
	}
	/* a handler for which the machine was too slow is left out, as ever,
	 * and the log says so */
	const leftOut = tickets.filter(({ tags }) => tags.length === 0).length;
	equal(desk.server.output.split("event=script.failed handler=tagger/")
		.length - 1, leftOut);
	check(leftOut <= tickets.length / 20, `${leftOut} were left out`);
}, { timeout: 120_000 });

await test("an acknowledged version survives kill -9", async () => {
	for (let version = 20; version < 26; version++) {
		const answer = await save(textOf(version));
		equal(answer.status, 303, answer.words);
		await desk.kill();
		equal(fs.readFileSync(
			path.join(desk.dir, "scripts/tagger.lua"), "utf8"),
		textOf(version));
		await desk.serve();
		await desk.ready();
		const page = await api.api("POST", "/tickets", { subject: "After",
			body: "words", email: "after@customer.test" });
		deepEqual(page.json.tags, [`v-${version}`]);
	}
}, { timeout: 120_000 });

/* Whatever the moment: the file is one whole version, and a version that the
 * desk knows of. */
await test("killed while it is saved, it is the one or the other", async () => {
	for (let round = 0; round < 8; round++) {
		const version = 40 + round;
		const saving = save(textOf(version)).catch(() => null);

		await new Promise((resolve) => {
			setTimeout(resolve, 15 * round);
		});
		await desk.kill();
		await saving;
		await desk.serve();
		await desk.ready();
		await until("it is loaded", async () =>
			(await agent.get("/admin/scripts")).status === 200);
		const text = fs.readFileSync(
			path.join(desk.dir, "scripts/tagger.lua"), "utf8");
		match(text, /^-- version \d+\n.*\nend\)\n$/s);
		equal(await desk.cli("script", "show", desk.dir, "tagger"), text);
	}
	equal(/waits|not written/.test(await desk.cli("script", "versions",
		desk.dir, "tagger")), false);
	match(await desk.cli("check", desk.dir), /0 faults/);
}, { timeout: 120_000 });

/* That of a script that is off is sealed, too: a new one, and a shipped one. */
await test("a secret is not told again, by no way", async () => {
	const secret = "s3cret-of-the-chat";
	const given = { chat: "s.token", off: "s.token", webhook: "s.secret" };
	const text = `local settings = desk.settings {
  token = { type = "string", secret = true },
}
`;

	equal((await save(text, "chat")).status, 303);
	equal((await save(text, "off", {})).status, 303);
	for (const [name, field] of Object.entries(given)) {
		const page = await agent.get(`/admin/scripts/${name}/settings`);
		const answer = await agent.submit(page.form("/settings"),
			{ [field]: secret });
		equal(answer.status, 303, answer.words);
	}
	for (const told of [
		await desk.cli("setting", "list", desk.dir),
		await desk.cli("setting", "list", desk.dir, "--json"),
		await desk.cli("export", desk.dir),
		(await api.api("GET", "/settings")).text,
		(await agent.get("/admin/scripts/chat")).text,
		(await agent.get("/admin/scripts/chat/settings")).text,
		(await agent.get("/admin/scripts/off/settings")).text,
		(await agent.get("/admin/scripts/webhook/settings")).text,
		desk.server.output]) {
		check(told.length > 0, "nothing was told");
		equal(told.includes(secret), false, told);
	}
});

/* One that waits to be switched on is not kept once more in each site. */
await test("a shipped script is looked at, and copied", async () => {
	for (const page of ["", "/edit", "/settings"])
		equal((await agent.get(`/admin/scripts/spam${page}`)).status, 200);
	match((await agent.get("/admin/scripts/spam/versions")).words,
		/None yet/);
	const page = await agent.get("/admin/scripts/spam/edit");
	const form = page.forms.find(({ action }) => action.endsWith("/edit"));
	const answer = await agent.submit(form, { note: "mine",
		source: `-- Mine.\n${form.fields
			.find(([name]) => name === "source")[1]}` });
	equal(answer.status, 303, answer.words);
	match((await agent.get("/admin/scripts/spam/versions")).words,
		/Version 2 .*mine .*Version 1 .*comes with hookdesk/);
	match((await agent.get("/admin/scripts/spam/versions/2")).text,
		/<ins><code>-- Mine\./);
});

await test("nobody writes a script without a form of ours", async () => {
	const other = desk.client();
	const cookies = agent.cookies;

	other.cookies = cookies;
	for (const [where, fields] of [
		["/admin/scripts/new", "name=evil&source=x"],
		["/admin/scripts/tagger/edit", "source=x"],
		["/admin/scripts/tagger/back", "version=1"],
		["/admin/scripts/tagger/remove", "sure=1"],
		["/admin/scripts/chat/settings", "all=1"],
		["/admin/scripts/tagger/tests", ""]]) {
		const response = await other.request("POST", where, {
			body: fields, headers: {
				"Content-Type": "application/x-www-form-urlencoded",
				Origin: "https://evil.test" } });
		equal(response.status, 403, `${where}: ${response.status}`);
	}
	equal(fs.existsSync(path.join(desk.dir, "scripts/evil.lua")), false);
});

await done();
