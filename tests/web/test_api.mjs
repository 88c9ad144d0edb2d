/* tests/web/test_api.mjs - what openapi.json says is what the API does.
 *
 * Every operation that it names is called on a real desk, and every answer,
 * good or bad, is held against its schema.
 */
import { startDesk } from "./desk.mjs";
import { file } from "./http.mjs";
import { check, deepEqual, done, equal, match, test, until }
	from "./tap.mjs";
import { withScript } from "./webhook.mjs";

const desk = await startDesk({ mount: "/support",
	beforeServe: withScript("shop", `
desk.action("refund", { label = "Refund", ask = {
  amount = { type = "integer", required = true } } },
  function(ticket, agent, input)
  ticket:note("Refund of " .. input.amount)
  return "Refunded " .. input.amount
end)
`) });
const api = await desk.api("admin");
const spec = (await api.get("/api/v1/openapi.json")).json;

/* --- JSON Schema, as far as the description uses it --- */

const TYPES = {
	string: (v) => typeof v === "string",
	integer: (v) => Number.isInteger(v),
	boolean: (v) => typeof v === "boolean",
	object: (v) => v !== null && typeof v === "object" && !Array.isArray(v),
	array: Array.isArray,
	null: (v) => v === null,
};
const KEYWORDS = ["$ref", "type", "description", "properties", "required",
	"additionalProperties", "items", "maxItems", "enum", "format",
	"maxLength", "oneOf"];

/** What is wrong with <value>, as a list of texts. */
function faults(value, schema, at = "$") {
	const strange = Object.keys(schema).filter((k) => !KEYWORDS.includes(k));

	if (strange.length > 0)
		return [`${at}: this test does not know ${strange}`];
	if (schema.$ref !== undefined) {
		const name = schema.$ref.replace("#/components/schemas/", "");
		const found = spec.components.schemas[name];
		return found === undefined ? [`${at}: no schema ${schema.$ref}`] :
			faults(value, found, at);
	}
	if (schema.oneOf !== undefined) {
		const all = schema.oneOf.map((one) => faults(value, one, at));
		return all.filter((one) => one.length === 0).length === 1 ? [] :
			[`${at}: is not exactly one: ${all.flat()}`];
	}
	const types = schema.type === undefined ? [] : [schema.type].flat();
	if (types.length > 0 && !types.some((type) => TYPES[type](value)))
		return [`${at}: ${JSON.stringify(value)} is no ${types}`];
	if (schema.enum !== undefined && !schema.enum.includes(value))
		return [`${at}: ${value} is none of ${schema.enum}`];
	if (typeof value === "string") {
		if (Buffer.byteLength(value) > (schema.maxLength ?? Infinity))
			return [`${at}: too long`];
		if (schema.format === "date-time" &&
			!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value))
			return [`${at}: ${value} is no time`];
	}
	if (Array.isArray(value)) {
		return value.length > (schema.maxItems ?? Infinity) ?
			[`${at}: too many`] :
			value.flatMap((one, i) =>
				faults(one, schema.items, `${at}[${i}]`));
	}
	if (!TYPES.object(value) || schema.properties === undefined)
		return [];
	const names = Object.keys(value);
	return [
		...(schema.required ?? []).filter((name) => !names.includes(name))
			.map((name) => `${at}: ${name} is missing`),
		...names.flatMap((name) => {
			const inner = schema.properties[name];
			if (inner === undefined) {
				return schema.additionalProperties === false ?
					[`${at}: ${name} is not described`] : [];
			}
			return faults(value[name], inner, `${at}.${name}`);
		}),
	];
}

/* --- calling --- */

const called = new Set();

/** The description's path that <path> is one of: its own spelling first. */
function pathOf(path) {
	const parts = path.replace(/\?.*/, "").split("/");
	const fits = Object.keys(spec.paths).filter((known) => {
		const words = known.split("/");
		return words.length === parts.length && words.every((word, i) =>
			word === parts[i] || word.startsWith("{"));
	});

	return fits.sort((a, b) => a.split("{").length - b.split("{").length)[0];
}

/** Call it; the body and the answer must be as described. */
async function call(method, path, body, want = undefined) {
	const name = method.toLowerCase();
	const known = pathOf(path);
	const operation = spec.paths[known]?.[name];

	check(operation !== undefined, `${method} ${path} is described`);
	const page = await api.api(method, path, body);
	const good = Object.keys(operation.responses).find((code) =>
		code === String(page.status) || code === "2XX" && page.status < 300);
	const response = operation.responses[good ?? "default"];
	const schema = response.content?.["application/json"]?.schema;

	equal(page.status, want ?? (good === "2XX" ? page.status : Number(
		Object.keys(operation.responses)[0])), page.text);
	if (good !== undefined) {
		called.add(`${name} ${known}`);
		const takes = operation.requestBody?.content?.["application/json"];
		if (takes !== undefined)
			deepEqual(faults(body, takes.schema), [], JSON.stringify(body));
	}
	if (schema === undefined)
		return page;
	deepEqual(faults(page.json, schema), [], page.text);
	return page.json;
}

async function upload(name, content) {
	const page = await api.post("/api/v1/files",
		[["attachment", file(name, "text/plain", content)]]);
	const { content: types } = spec.paths["/files"].post.responses[201];

	equal(page.status, 201, page.text);
	called.add("post /files");
	deepEqual(faults(page.json, types["application/json"].schema), []);
	return page.json.files[0].upload;
}

await test("tickets, entries and files", async () => {
	const ref = await upload("naïve report.txt", "It burns.\n");
	const ticket = await call("POST", "/tickets", { subject: "Fire",
		body: "It burns", email: "bob@customer.test", name: "Bob",
		priority: "high", tags: ["hot"], files: [ref] });
	const path = `/tickets/${ticket.number}`;
	await call("GET", path);
	await call("PATCH", path, { owner: "admin", tags: ["cold"],
		status: "pending", why: "to see" });
	const entry = await call("POST", `${path}/entries`, { body: "Use *water*",
		status: "closed" });
	equal(entry.type, "reply");
	await call("POST", `${path}/entries`, { type: "note", body: "hm",
		files: [await upload("a.txt", "a")] });
	const { entries } = await call("GET", `${path}/entries?limit=500`);
	check(entries.length >= 4, "all of them");
	const [sent] = entries[0].files;
	equal(sent.name, "naïve report.txt");
	const page = await call("GET", new URL(sent.url).pathname
		.replace("/support/api/v1", ""));
	equal(page.text, "It burns.\n");
	match(page.headers["content-disposition"], /na%C3%AFve%20report.txt/);
	equal(page.headers["x-content-type-options"], "nosniff");
	await call("GET", "/tickets?q=tag:cold&limit=5");
});

await test("a ticket goes on in another one", async () => {
	const [first, second] = await Promise.all(["One", "Two"].map((subject) =>
		call("POST", "/tickets", { subject, body: "It hums",
			email: "twice@customer.test" })));
	const shown = await call("POST", `/tickets/${second.number}/merge`,
		{ into: first.number, why: "the same" });
	equal(shown.number, first.number);
	const merged = await call("GET", `/tickets/${second.number}`);
	equal(merged.status, "closed");
	equal(merged.merged_into, first.number);
});

await test("what scripts offer is listed, and done once", async () => {
	const { number } = await call("POST", "/tickets", { subject: "Late",
		body: "Where is it?", email: "eve@customer.test" });
	const { actions: [one] } = await call("GET", `/tickets/${number}/actions`);
	equal(one.name, "shop/refund");
	equal(one.ask.amount.type, "integer");
	const path = `/tickets/${number}/actions/${one.name}`;
	for (let i = 0; i < 2; i++) {
		const answer = await api.api("POST", path,
			{ input: { amount: 7 } },
			{ headers: { "Idempotency-Key": "once" } });
		equal(answer.status, 200, answer.text);
	}
	const done = await call("POST", path, { input: { amount: 8 } });
	equal(done.said, "Refunded 8");
	const { entries } = await call("GET", `/tickets/${number}/entries`);
	deepEqual(entries.filter(({ type }) => type === "note")
		.map(({ body }) => body), ["Refund of 7", "Refund of 8"]);
	const wrong = await api.api("POST", path, { input: { amont: 8 } });
	equal(wrong.status, 422);
	match(wrong.json.error.message, /did you mean "amount"/);
});

await test("timers are listed, and cancelled", async () => {
	const { number } = await call("POST", "/tickets", { subject: "Waits",
		body: "Hello?", email: "bob@customer.test" });
	const path = `/tickets/${number}/timers`;
	let timers = [];
	await until("escalation's timers", async () => {
		({ timers } = await call("GET", path));
		return timers.length === 4;
	});
	const [first] = timers;
	match(first.job, /^escalation\//);
	check(first.unless.includes("ticket.answered"), "an answer ends it");
	await call("DELETE", `${path}/${first.id}`);
	equal((await api.api("DELETE", `${path}/${first.id}`)).status, 404);
	({ timers } = await call("GET", path));
	equal(timers.length, 3);
	check(!timers.some((one) => one.id === first.id), "it is gone");
});

await test("historic tickets", async () => {
	const old = { subject: "Old", email: "eve@customer.test", entries: [
		{ at: "2019-03-01T10:00:00Z", body: "Help" },
		{ at: "2019-03-02T10:00:00Z", body: "Done", by: "agent",
			agent: "admin" }] };

	const one = await call("POST", "/imports/tickets", old);
	equal(one.created, "2019-03-01T10:00:00Z");
	const { results } = await call("POST", "/imports/tickets",
		{ tickets: [old, old] });
	equal(results.length, 2);
});

/* What each kind needs to be made, and what is changed then. */
const samples = {
	customers: [{ email: "cleo@customer.test", name: "Cleo" }, { vip: true }],
	organisations: [{ name: "Acme", domains: ["acme.test"] },
		{ name: "Acme Ltd" }],
	roles: [{ key: "helper", label: "Helper", rights: ["*:see"] },
		{ label: "Helpers" }],
	teams: [{ key: "one", label: "One" }, { label: "Team one" }],
	agents: [{ login: "bea", name: "Bea", email: "bea@desk.test",
		role: "agent", active: true }, { name: "Beatrix" }],
	brands: [{ key: "second", name: "Second" }, { name: "The second" }],
	queues: [{ key: "sales", label: "Sales" }, { is_private: true }],
	calendars: [{ key: "night", name: "Night", monday: ["22:00-06:00"] },
		{ holidays: ["2026-12-24 Christmas Eve", "12-25"] }],
	canned: [{ title: "Hello", body: "Hello {customer.name}" },
		{ title: "Welcome" }],
	articles: [{ slug: "how", title: "How?", body: "So." },
		{ is_published: true }],
	tokens: [{ name: "a program", rights: ["read"] },
		{ rights: ["read", "write"] }],
	settings: [{ name: "tickets.answer_time", value: "within a day" },
		{ value: "soon" }],
	fields: [{ key: "serial", label: "Serial number" }, { is_public: true }],
};

for (const [kind, [made, changed]] of Object.entries(samples)) {
	await test(`${kind} are made, shown, changed and removed`, async () => {
		const record = await call("POST", `/${kind}`, made);
		const path = `/${kind}/${record.id}`;
		deepEqual(await call("GET", path), { ...await call("GET", path) });
		const after = await call("PATCH", path, changed);
		for (const [name, value] of Object.entries(changed))
			deepEqual(after[name], value);
		const list = await call("GET", `/${kind}?limit=500`);
		check(list[kind].some((one) => one.id === record.id), "it is listed");
		if (spec.paths[`/${kind}/{id}`].delete === undefined)
			equal((await api.api("DELETE", path)).status, 405);
		else
			await call("DELETE", path);
	});
}

await test("what is wrong is said in one form", async () => {
	const wrong = [
		["POST", "/tickets", { subject: "x" }, 422, "email"],
		["POST", "/tickets", { sbject: "x" }, 422, "sbject"],
		["POST", "/tickets", { subject: "x".repeat(201), body: "x",
			email: "a@b.test" }, 422, "subject"],
		["POST", "/tickets", { subject: {}, body: "x", email: "a@b.test" },
			422, "subject"],
		["GET", "/tickets/999", undefined, 404, null],
		["GET", "/tickets?limit=x", undefined, 422, "limit"],
		["GET", "/tickets?q=queue:nosuch", undefined, 422, "q"],
		["GET", "/queues/nosuch", undefined, 404, null],
		["POST", "/queues", { key: "general", label: "x" }, 409, "key"],
		["POST", "/tokens", { name: "x", rights: ["everything"] }, 422,
			"rights"],
	];

	for (const [method, path, body, status, field] of wrong) {
		const answer = await call(method, path, body, status);
		equal(answer.error.field, field, JSON.stringify(answer));
	}
	const bad = await api.request("POST", "/api/v1/tickets", { body: "{\"a\":",
		headers: { "Content-Type": "application/json" } });
	equal(bad.status, 400);
	match(bad.json.error.message, /byte 6/);
	for (const path of ["/api/v1/nosuch/1/2", "/api/v2/tickets"]) {
		const page = await api.get(path);
		equal(page.status, 404);
		deepEqual(faults(page.json, spec.components.schemas.error), []);
	}
	deepEqual((await api.api("PUT", "/tickets/1", {})).status, 405);
});

await test("every operation that is described was called", async () => {
	const all = Object.entries(spec.paths).flatMap(([path, methods]) =>
		Object.keys(methods).map((method) => `${method} ${path}`));

	deepEqual(all.filter((one) => !called.has(one)), []);
	deepEqual([...called].filter((one) => !all.includes(one)), []);
});

await done();
