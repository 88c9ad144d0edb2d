/* tests/web/test_routes.mjs - desk.route of the whole program, behind a real
 * web server: methods, headers, signatures, sizes, and what does not come
 * through.
 */
import crypto from "node:crypto";
import { startDesk } from "./desk.mjs";
import { check, done, equal, match, test } from "./tap.mjs";
import { withScript } from "./webhook.mjs";

const SECRET = "a-secret-of-the-hook";
const desk = await startDesk({ mount: "/support",
	settings: { "script/in": { key: SECRET } },
	beforeServe: withScript("in", `
desk.settings { key = { type = "string", secret = true } }
desk.route("POST /x/note", { verify = { secret = "key",
  header = "X-Hub-Signature-256" } }, function(request)
  local ticket = desk.ticket(request.json.ticket)
  ticket:note(request.json.text)
  return { status = 201, json = { number = ticket.number } }
end)
for _, method in ipairs { "GET", "PUT", "DELETE" } do
  desk.route(method .. " /x/echo", {}, function(request)
    return { json = request, headers = { ["X-Method"] = request.method } }
  end)
end
desk.route("POST /x/ours", { verify = { secret = "key" } },
  function() return { text = "ours" } end)
`) });
const api = await desk.api();
const agent = await desk.agent();

const hmac = (text) =>
	crypto.createHmac("sha256", SECRET).update(text).digest("hex");

function call(method, path, { body, headers = {} } = {}) {
	return desk.client().request(method, `/x/${path}`, { body, headers });
}

async function notes(number) {
	const { json } = await api.api("GET", `/tickets/${number}/entries`);
	return json.entries.filter(({ type }) => type === "note")
		.map(({ body }) => body);
}

await test("a signed request does what it says, once", async () => {
	const { json } = await api.api("POST", "/tickets", { subject: "Late",
		body: "Where is it?", email: "eve@customer.test" });
	const body = JSON.stringify({ ticket: json.number, text: "shipped" });
	const headers = { "Content-Type": "application/json",
		"X-Hub-Signature-256": `sha256=${hmac(body)}`,
		"Idempotency-Key": "delivery-1" };

	for (let i = 0; i < 2; i++) {
		const answer = await call("POST", "note", { body, headers });
		equal(answer.status, 201, answer.text);
	}
	equal((await notes(json.number)).join(), "shipped");
	const bad = await call("POST", "note", { body: `${body} `, headers });
	equal(bad.status, 401);
	equal((await call("POST", "note", { body })).status, 401);
	equal((await notes(json.number)).length, 1);
});

await test("a signature with a time in it ends", async () => {
	const sign = (at) => ({ "Hookdesk-Signature":
		`t=${at},v1=${hmac(`${at}.{}`)}` });
	const now = Math.floor(Date.now() / 1000);

	equal((await call("POST", "ours", { body: "{}", headers: sign(now) }))
		.text, "ours");
	equal((await call("POST", "ours", { body: "{}",
		headers: sign(now - 1000) })).status, 401);
});

await test("methods, queries and headers come through", async () => {
	for (const method of ["GET", "PUT", "DELETE"]) {
		const answer = await call(method, "echo?q=a%20b", {
			headers: { "X-Custom": "äh", Cookie: "hd=1",
				Authorization: "Bearer x" } });
		equal(answer.status, 200, answer.text);
		equal(answer.json.method, method);
		equal(answer.json.path, "/x/echo");
		equal(answer.json.query.q, "a b");
		equal(answer.json.headers.authorization, "Bearer x");
		equal("cookie" in answer.json.headers, false);
		equal(answer.headers["x-method"], method);
		equal(answer.headers["set-cookie"], undefined);
		match(answer.headers["content-security-policy"],
			/default-src 'none'/);
	}
	equal((await call("POST", "echo")).status, 405);
	equal((await call("GET", "none")).status, 404);
	equal((await call("GET", "echo/../../agent")).status === 200, false);
});

await test("what is too large stays out", async () => {
	const answer = await call("PUT", "echo", { body: "x".repeat(70_000),
		headers: { "Content-Type": "text/plain" } });
	equal(answer.status, 413);
	const most = await call("PUT", "echo", { body: "x".repeat(65_536),
		headers: { "Content-Type": "text/plain" } });
	/* the script is given it, but may not answer with so much JSON */
	equal(most.status, 500);
	check(!most.text.includes("in.lua"), most.text);
});

await test("the secret is in no trace and no log", async () => {
	const page = await agent.get("/admin/scripts/in");
	const runs = [...page.text.matchAll(/href="([^"]*\/runs\/[^"]+)"/g)];

	for (const [, link] of runs) {
		const run = await agent.get(link);
		equal(run.text.includes(SECRET), false, run.text);
	}
	equal(desk.server.output.includes(SECRET), false);
	match(desk.server.output, /event=route\.refused/);
});

await done();
