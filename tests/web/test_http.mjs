/* tests/web/test_http.mjs - desk.http of the whole program: the plugin, a real
 * web server, and what an admin allows. */
import crypto from "node:crypto";
import { startDesk, temporaryFolder } from "./desk.mjs";
import { check, done, equal, match, test, until } from "./tap.mjs";
import { startWebhook, withScript } from "./webhook.mjs";

const SECRET = "a-secret-of-the-hook";
const hook = await startWebhook();
const desk = await startDesk({ settings: { "script/hook": { key: SECRET } },
	beforeServe: withScript("hook", `
local settings = desk.settings {
  key = { type = "string", secret = true },
}
desk.on("ticket.created", { name = "tell" }, function(event)
  desk.http { url = "http://${hook.host}/new", sign = "key",
    headers = { Authorization = "Bearer " .. settings.key },
    json = { subject = event.ticket.subject },
    ticket = event.ticket, answer = "heard" }
end)
desk.job("heard", function(ticket, job)
  local answer = job.answer
  ticket:note(answer.ok and answer.json.word or answer.error)
end)
`) });
const api = await desk.api();

/** A ticket's only note, once it is there. */
async function noteOf(subject) {
	const made = await api.api("POST", "/tickets", { subject, body: "words",
		email: "c@customer.test" });
	equal(made.status, 201, made.text);
	return until("the note", async () => {
		const page = await api.api("GET",
			`/tickets/${made.json.number}/entries`);
		return page.json.entries.find((one) => one.type === "note")?.body;
	});
}

await test("a private address is refused", async () => {
	match(await noteOf("refused"), /private address/);
	equal(hook.requests.length, 0);
});

await test("one that an admin allows is reached, and signed for", async () => {
	await desk.set("http.allowed", hook.host);
	hook.answer = (request, answer) => answer.end('{"word":"thanks"}');
	equal(await noteOf("allowed"), "thanks");
	equal(hook.requests.length, 1);
	const [{ method, path, headers, body }] = hook.requests;
	equal(`${method} ${path} ${body}`, 'POST /new {"subject":"allowed"}');
	equal(headers["content-type"], "application/json");
	equal(headers.authorization, `Bearer ${SECRET}`);
	const [, time, mac] = headers["hookdesk-signature"].match(
		/^t=(\d+),v1=([0-9a-f]{64})$/);
	equal(mac, crypto.createHmac("sha256", SECRET)
		.update(`${time}.${body}`).digest("hex"));
});

await test("a redirect is an answer, and not followed", async () => {
	hook.answer = (request, answer) => {
		answer.writeHead(302, { Location: `http://${hook.host}/other` });
		answer.end();
	};
	equal(await noteOf("moved"), "the answer is 302");
	equal(hook.requests.at(-1).path, "/new");
});

await test("no log and no trace has the secret", async () => {
	const agent = await desk.agent();
	const page = await agent.get("/admin/scripts/hook");
	const runs = [...page.text.matchAll(/href="([^"]*\/runs\/[^"]+)"/g)];

	check(runs.length > 0, "no run is listed");
	for (const [, link] of runs) {
		const run = await agent.get(link);
		equal(run.status, 200);
		equal(run.text.includes(SECRET), false, run.text);
	}
	equal(desk.server.output.includes(SECRET), false);
});

/* What is only refused when a ticket comes is found out too late. */
await test("without the plugin a script that makes requests is refused",
	async () => {
	const bare = await startDesk({
		env: { HOOKDESK_PLUGINDIR: temporaryFolder() },
		beforeServe: withScript("hook", `desk.job("a", function()
  desk.http { url = "https://example.org/" }
end)
`) });
	const agent = await bare.agent();

	match((await agent.get("/admin/scripts/hook")).text,
		/desk\.http: this server makes no web requests/);
	match(bare.server.output, /plugin\.refused .*plugin=http/);
});

await done();
