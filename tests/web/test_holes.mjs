/* tests/web/test_holes.mjs - holes that other help desks had.
 *
 * One test for each class of hole that could be ours, tried from outside on a
 * running desk behind nginx, named by where it was seen. What is foreign to
 * whom is tests/unit/test_foreign.c, what runs in a browser
 * tests/browser/test_xss.mjs, hostile Lua tests/unit/test_lua_hostile.c.
 */
import { ADMIN, PASSWORD, startDesk } from "./desk.mjs";
import { file } from "./http.mjs";
import { answer, ask, asker, numberOf, READING_MS, sleep }
	from "./people.mjs";
import { startSmtp } from "./smtp.mjs";
import { check, cleanup, doesNotMatch, done, equal, match, test, until }
	from "./tap.mjs";

const smtp = await startSmtp();
cleanup(() => smtp.close());
const desk = await startDesk({ smtp });
const api = await desk.api();
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE" +
	"QVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==", "base64");
const FIELDS = { name: "Eve", email: "eve@customer.test", subject: "Help",
	body: "It burns" };

/* A hole, by the project that had it. */
function hole(name, body, options) {
	return test(name, body, options);
}

async function ticketCount() {
	return (await api.api("GET", "/tickets?limit=200&q=place:desk,spam,trash"))
		.json.tickets.length;
}

/* --- identity and tokens --- */

await hole("FreeScout CVE-2026-27637: a token is neither empty, short, " +
	"derived nor another's", async () => {
	const one = await ask(desk.client(), FIELDS);
	const token = new URL(one.link).pathname.split("/").pop();
	const tries = ["", " ", "%00", "0", "1", "null", "undefined", "A".repeat(32),
		token.slice(0, -1), `${token}A`, token.toUpperCase(),
		`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
		`${token}%00`, `${token.slice(0, 11)}${"A".repeat(21)}`,
		encodeURIComponent(`${token}\n`), "*", "%25"];
	for (const wrong of tries) {
		const page = await desk.client().get(`/t/${wrong}`);
		check(page.status === 404 || page.status === 400,
			`/t/${wrong}: ${page.status}`);
	}
	equal((await desk.client().get(one.link)).status, 200);
	for (const wrong of ["", "A", "A".repeat(22), "%00", token]) {
		const page = await desk.client().post("/agent/login",
			{ token: wrong, email: "", password: "" });
		check(page.status >= 400, `${wrong}: ${page.status}`);
		const call = await desk.client().get("/api/v1/tickets",
			{ headers: { Authorization: `Bearer ${wrong}` } });
		equal(call.status, 401);
	}
});

await hole("osTicket: a session gets a new id at sign-in, and none from the " +
	"address or a guessed cookie", async () => {
	const agent = desk.client();
	let page = await agent.get("/agent/login");
	equal(agent.cookies.size, 0);
	const name = [...(await desk.agent()).cookies.keys()]
		.find((one) => !one.includes("known"));
	agent.cookies.set(name, "fixed-by-somebody-else");
	page = await agent.submit(page.form("/agent/login"),
		{ email: ADMIN, password: PASSWORD });
	equal(page.status, 303, page.words);
	const secret = agent.cookies.get(name);
	check(secret !== "fixed-by-somebody-else" && secret.length >= 22, secret);
	const line = page.headers["set-cookie"].find((one) =>
		one.startsWith(`${name}=`));
	match(line, /; HttpOnly/);
	match(line, /; SameSite=Lax/);
	/* a second sign-in ends the first session */
	page = await agent.get("/agent/me");
	const other = desk.client();
	other.cookies.set(name, secret);
	equal((await other.get("/agent/me")).status, 200);
	page = await agent.post("/agent/login",
		{ email: ADMIN, password: PASSWORD });
	check(agent.cookies.get(name) !== secret, "the same session");
	equal((await other.get("/agent/me")).status, 303);
	/* nor is one taken from the address */
	const visitor = desk.client();
	equal((await visitor.get(`/agent/me?${name}=${agent.cookies.get(name)}`))
		.status, 303);
	/* signing out ends it for those who copied it, too */
	const copy = desk.client();
	copy.cookies.set(name, agent.cookies.get(name));
	page = await agent.get("/agent/me");
	await agent.submit(page.form("/agent/logout"));
	equal((await copy.get("/agent/me")).status, 303);
});

await hole("RT, osTicket: forms of other sites change nothing (CSRF)",
	async () => {
	const agent = await desk.agent();
	const page = await agent.get("/agent/me");
	const csrf = page.form("/agent/me").fields.find(([name]) =>
		name === "csrf")[1];
	const elsewhere = [{ Origin: "https://evil.test" }, { Origin: "null" },
		{ Origin: `${desk.url}.evil.test` },
		{ Origin: "", "Sec-Fetch-Site": "cross-site" },
		{ Origin: "", "Sec-Fetch-Site": "same-site" }];
	for (const headers of elsewhere) {
		for (const [path, fields] of [
			["/agent/me", { csrf, theme: "dark" }],
			["/agent/new", { csrf, ...FIELDS }],
			["/agent/login", { email: ADMIN, password: PASSWORD }],
			["/new", FIELDS], ["/my", { email: "a@b.test" }]]) {
			equal((await agent.post(path, fields, { headers })).status,
				403, `${path} ${JSON.stringify(headers)}`);
		}
	}
	for (const wrong of [undefined, "", "A", "A".repeat(22),
		csrf.toLowerCase() === csrf ? csrf.toUpperCase() :
			csrf.toLowerCase()]) {
		equal((await agent.post("/agent/me", { csrf: wrong, theme: "dark" }))
			.status, 403);
	}
	/* another session's token is none either, nor one in the address */
	const second = await desk.agent();
	equal((await second.post("/agent/me", { csrf, theme: "dark" })).status,
		403);
	equal((await agent.post(`/agent/me?csrf=${csrf}`, { theme: "dark" }))
		.status, 403);
	doesNotMatch((await agent.get("/agent")).text,
		new RegExp(`(href|action)="[^"]*${csrf}`));
});

await hole("enumeration: unknown and known people get the same answers",
	async () => {
	const known = await desk.client().post("/agent/login",
		{ email: ADMIN, password: "wrong password" });
	const unknown = await desk.client().post("/agent/login",
		{ email: "nobody@example.test", password: "wrong password" });
	const plain = (page) => page.text.replace(/[\w.]+@[\w.]+/g, "")
		.replace(/value="[^"]*"/g, "");
	equal(known.status, unknown.status);
	equal(plain(known), plain(unknown));
	await ask(desk.client(), { ...FIELDS, email: "known@customer.test" });
	const mine = await desk.client().post("/my",
		{ email: "known@customer.test" });
	const theirs = await desk.client().post("/my",
		{ email: "unknown@customer.test" });
	equal(mine.status, theirs.status);
	equal(plain(mine), plain(theirs));
});

await hole("timing: a wrong password takes as long for nobody", async () => {
	const times = { known: [], unknown: [] };
	for (let i = 0; i < 5; i++) {
		for (const [who, email] of [["known", ADMIN],
			["unknown", `no${i}@example.test`]]) {
			const begin = process.hrtime.bigint();
			await desk.client().post("/agent/login",
				{ email, password: "wrong password" });
			times[who].push(Number(process.hrtime.bigint() - begin));
		}
	}
	/* the least noisy try of each: argon2 runs for both or for none */
	const ratio = Math.min(...times.known) / Math.min(...times.unknown);
	check(ratio > 0.4 && ratio < 2.5, `${ratio}`);
});

await hole("sign-in is limited for each client and person, and locks nobody " +
	"out who signed in from that browser before", async () => {
	const email = "limited@agents.test";
	await desk.cli("agent", "add", desk.dir, email, "--name", "Lim Ited");
	const id = (await api.api("GET", "/agents?limit=100")).json.agents
		.find((one) => one.email === email).id;
	equal((await api.api("PATCH", `/agents/${id}`,
		{ password: "a long password" })).status, 200);
	const good = { email, password: "a long password" };
	const own = desk.client();
	equal((await own.post("/agent/login", good)).status, 303);
	const known = desk.client();
	for (const [name, value] of own.cookies)
		if (name.includes("known"))
			known.cookies.set(name, value);
	equal(known.cookies.size, 1);
	let limited = 0;
	for (let i = 0; i < 14 && limited === 0; i++) {
		const page = await desk.client().post("/agent/login",
			{ email, password: `wrong ${i}` });
		limited += page.status === 429 ? 1 : 0;
	}
	check(limited > 0, "one can try for ever");
	equal((await desk.client().post("/agent/login", good)).status, 429);
	equal((await known.post("/agent/login", good)).status, 303);
	/* that cookie is for one address, and no way around the limit */
	const thief = desk.client();
	for (const [name, value] of own.cookies)
		if (name.includes("known"))
			thief.cookies.set(name, value);
	let waits = 0;
	for (let i = 0; i < 14 && waits === 0; i++) {
		const page = await thief.post("/agent/login",
			{ email, password: `wrong ${i}` });
		waits += page.status === 429 ? 1 : 0;
	}
	check(waits > 0, "a known browser can try for ever");
});

await hole("long passwords and fields are refused quickly", async () => {
	const begin = Date.now();
	const page = await desk.client().post("/agent/login",
		{ email: ADMIN, password: "x".repeat(500_000) });
	check(page.status >= 400 && page.status < 500, `${page.status}`);
	check(Date.now() - begin < 20_000, "it was hashed");
	const many = new URLSearchParams();
	for (let i = 0; i < 5000; i++)
		many.append(`f${i}`, "x");
	const refused = await desk.client().post("/new", [...many]);
	equal(refused.status, 413);
});

/* --- where a request comes from, where an answer leads --- */

await hole("Zammad CVE-2026-34720, FreeScout: headers that name a user, a " +
	"host or a client are not believed", async () => {
	const headers = { "X-Forwarded-User": "admin", "Remote-User": "admin",
		"X-Remote-User": ADMIN, "X-Forwarded-Host": "evil.test",
		"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/agent",
		"X-Rewrite-URL": "/admin", "X-HTTP-Method-Override": "DELETE",
		"X-Forwarded-Proto": "https", Forwarded: "host=evil.test" };
	const visitor = desk.client();
	equal((await visitor.get("/agent", { headers })).status, 303);
	equal((await visitor.get("/admin", { headers })).status, 303);
	for (const host of ["evil.test", "evil.test:80", "127.0.0.1@evil.test"]) {
		const page = await visitor.get("/", { headers: { ...headers,
			Host: host } });
		check(page.status === 400 || !page.text.includes("evil.test"),
			"a header became a link");
		const sent = await visitor.get("/agent", { headers: { Host: host } });
		check(!(sent.headers.location ?? "").includes("evil.test"),
			sent.headers.location);
	}
});

await hole("Host header in a mail's link", async () => {
	const send = await asker(desk.client());
	const page = await send({ ...FIELDS, email: "host@customer.test" },
		{ headers: { Host: "evil.test" } });
	check(page.status < 500);
	if (page.status !== 303)
		await send({ ...FIELDS, email: "host@customer.test" });
	await desk.client().post("/my", { email: "host@customer.test" },
		{ headers: { Host: "evil.test", Origin: "http://evil.test" } });
	const mail = await smtp.message((one) =>
		one.to.includes("host@customer.test"), "the mail");
	doesNotMatch(mail.raw, /evil\.test/);
	check(mail.text.includes(`${desk.url}/t/`), mail.text);
});

await hole("open redirects: only local paths", async () => {
	const agent = await desk.agent();
	const local = await agent.get("/agent/login?next=/agent/new");
	equal(new URL(local.location).pathname, "/agent/new");
	for (const next of ["//evil.test", "https://evil.test", "/\\evil.test",
		"\\\\evil.test", "/\t/evil.test", "javascript:x()",
		" //evil.test", "/..//evil.test", "///evil.test", "http:evil.test",
		".evil.test", "@evil.test", "/\r\nLocation: //evil.test"]) {
		const page = await agent.get(
			`/agent/login?next=${encodeURIComponent(next)}`);
		if (page.status === 400)
			continue; /* no address at all */
		equal(page.status, 303, next);
		equal(new URL(page.location).origin, new URL(desk.url).origin, next);
		doesNotMatch(page.headers.location, /^\/[/\\]/, next);
	}
});

/* --- what is written into headers and mails --- */

await hole("RT, osTicket, Laravel: no line break gets into a header",
	async () => {
	const breaks = ["\r\nBcc: victim@evil.test", "\nX-Evil: 1", "\rX-Evil: 1",
		"%0d%0aX-Evil: 1", "\u2028X-Evil: 1", "\u0000X-Evil: 1"];
	const send = await asker(desk.client());
	for (const [i, text] of breaks.entries()) {
		const page = await send({ ...FIELDS, email: `crlf${i}@customer.test`,
			name: `Eve${text}`, subject: `Help${text}` });
		check([303, 400, 422, 429].includes(page.status), `${page.status}`);
		const wrong = await send({ ...FIELDS,
			email: `crlf@customer.test${text}` });
		check([400, 422, 429].includes(wrong.status), `${wrong.status}`);
	}
	const twice = await send([["name", "a"], ["email", "a@customer.test"],
		["email", "b@customer.test"]]);
	check(twice.status >= 400, `${twice.status}`);
	const agent = await desk.agent();
	const { page } = await ask(desk.client(), { ...FIELDS,
		email: "sentto@customer.test", subject: "A \r\nBcc: x@evil.test" });
	await answer(agent, numberOf(page), "An answer");
	await smtp.message((one) => one.to.includes("sentto@customer.test") &&
		/An answer/.test(one.text), "the answer");
	for (const mail of smtp.messages) {
		const head = mail.raw.split(/\r?\n\r?\n/)[0];
		doesNotMatch(head, /^(X-Evil|Bcc)/im);
		check(!mail.to.join().includes("evil.test"), mail.to.join());
	}
	for (const path of ["/%0d%0aX-Evil:%201", "/agent/login?next=%0d%0aX-Evil",
		"/?lang=%0d%0aX-Evil:1"]) {
		const got = await desk.client().get(path);
		equal(got.headers["x-evil"], undefined);
	}
});

await hole("Zendesk 2025: the form is no way to mail strangers one's own words",
	async () => {
	const victim = "victim@stranger.test";
	await Promise.all(Array.from({ length: 6 }, () => ask(desk.client(), {
		name: "BUYNOW http://spam.test", email: victim, subject: "BUYNOW",
		body: "BUYNOW http://spam.test" })));
	const waiting = async () => (await desk.cli("status", desk.dir, "--json")
		.catch(() => "{}"));
	await smtp.message((one) => one.to.includes(victim), "the confirmation");
	await waiting();
	const entries = await until("all six are settled", async () => {
		const list = (await api.api("GET",
			`/tickets?q=customer:${victim}`)).json.tickets;
		let settled = 0;
		for (const ticket of list) {
			const told = (await api.api("GET",
				`/tickets/${ticket.number}/entries`)).json.entries;
			settled += told.some((one) =>
				/autoreply/.test(one.event ?? "")) ? 1 : 0;
		}
		return settled === 6;
	});
	check(entries);
	const mails = smtp.messages.filter((one) => one.to.includes(victim));
	equal(mails.length, 1);
	doesNotMatch(mails[0].raw + mails[0].text, /BUYNOW|spam\.test/);
}, { timeout: 240_000 });

await hole("password reset floods: /my sends at most three mails an hour",
	async () => {
	const email = "flood@customer.test";
	await ask(desk.client(), { ...FIELDS, email });
	for (let i = 0; i < 8; i++)
		await desk.client().post("/my", { email });
	const links = () => smtp.messages.filter((one) =>
		one.to.includes(email)).length;
	await until("some came", () => links() >= 2);
	/* a later mail to another shows that the earlier ones are through */
	await ask(desk.client(), { ...FIELDS, email: "after@customer.test" });
	await smtp.message((one) => one.to.includes("after@customer.test"), "it");
	check(links() <= 4, `${links()} mails`);
}, { timeout: 240_000 });

/* --- files --- */

await hole("FreeScout CVE-2026-28289 and others: a file's name is a label",
	async () => {
	const names = ["../../etc/passwd", "..\\..\\x.php", ".htaccess",
		"x.php\u0000.png", "a\r\nX-Evil: 1.txt", "\u202egnp.exe", "con",
		"\u200b.htaccess", `${"x".repeat(400)}.png`, "a\"; filename=evil.html",
		"%2e%2e%2fx", "'><b>.png", "\ufeff.user.ini", "☃ ü.png", "-rf"];
	let shown = 0;
	await Promise.all(names.map(async (name) => {
		const visitor = desk.client();
		const page = await visitor.get("/new");
		await sleep(READING_MS);
		const sent = await visitor.submit(page.form("/new"), { ...FIELDS,
			attachment: file(name.replace(/["\r\n]/g, encodeURIComponent), "text/plain",
				"hello") });
		if (sent.status !== 303) {
			check(sent.status < 500, `${name}: ${sent.status}`);
			return;
		}
		const ticket = await visitor.open(sent.location);
		const link = ticket.links.find((one) => one.includes("/file/"));
		check(link !== undefined, `no file: ${JSON.stringify(name)}`);
		const label = decodeURIComponent(new URL(link).pathname.split("/")
			.slice(5).join("/"));
		doesNotMatch(label, /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069/\\]/);
		const got = await visitor.get(link);
		equal(got.status, 200, name);
		equal(got.headers["x-evil"], undefined);
		match(got.headers["content-disposition"], /^(inline|attachment); /);
		doesNotMatch(got.headers["content-disposition"],
			/[^\x20-\x7e]|filename="[^"]*[/\\]/);
		shown++;
	}));
	check(shown >= names.length - 3, `${shown}`);
	await ask(desk.client(), { ...FIELDS });
}, { timeout: 240_000 });

await hole("active attachments are sent as attachments, whatever they say " +
	"they are", async () => {
	const kinds = [
		["x.png", "image/png", "<html><script>1</script>", false],
		["x.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>",
			false],
		["x.html", "text/html", "<!doctype html><b>x</b>", false],
		["x.pdf", "application/pdf", "%PDF-1.4\n", false],
		["x.xml", "text/xml", "<?xml version='1.0'?><x/>", false],
		["x.js", "text/javascript", "#!/usr/bin/env node\nalert(1)", false],
		["x.png", "text/html", PNG, true],
		["x.txt", "text/html", "just words\n", true],
	];
	await Promise.all(kinds.map(async ([name, type, data, isInline]) => {
		const visitor = desk.client();
		const { page } = await ask(visitor, { ...FIELDS,
			attachment: file(name, type, data) });
		const link = page.links.find((one) => one.includes("/file/"));
		const got = await visitor.get(link);
		match(got.headers["content-disposition"],
			isInline ? /^inline/ : /^attachment/, `${name} ${type}`);
		match(got.headers["content-type"], isInline ?
			/^(image\/png|text\/plain;charset=utf-8)$/ :
			/^application\/octet-stream$/);
		match(got.headers["content-security-policy"], /sandbox/);
		equal(got.headers["x-content-type-options"], "nosniff");
	}));
}, { timeout: 240_000 });

/* --- the rest of the table --- */

await hole("template text of customers is data", async () => {
	const words = "{{7*7}} {{{site}}} {customer.email} ${7*7} <%= 7*7 %> " +
		"{agent.password} {{#tickets}}x{{/tickets}}";
	const { page, link } = await ask(desk.client(), { ...FIELDS,
		email: "data@customer.test", name: "{customer.name}", subject: words,
		body: words });
	check(page.words.includes(words), page.words);
	const agent = await desk.agent();
	const shown = await answer(agent, numberOf(page), "Answered");
	check(shown.words.includes(words), shown.words);
	const mail = await smtp.message((one) =>
		one.to.includes("data@customer.test") && /Answered/.test(one.text),
	"the answer");
	doesNotMatch(mail.text, /argon2|(^|\s)49(\s|$)/);
	equal((await desk.client().get(link)).status, 200);
});

await hole("a form that is sent twice is done once", async () => {
	const visitor = desk.client();
	const page = await visitor.get("/new");
	await sleep(READING_MS);
	const before = await ticketCount();
	const sent = await Promise.all([1, 2, 3, 4].map(() =>
		visitor.submit(page.form("/new"), { ...FIELDS,
			email: "once@customer.test" })));
	for (const one of sent)
		equal(one.status, 303, one.words);
	equal(new Set(sent.map((one) => one.location)).size, 1);
	equal(await ticketCount(), before + 1);
	/* the key is that visitor's: another gets no ticket of his by it */
	const other = await desk.client().submit(page.form("/new"), { ...FIELDS,
		email: "other@customer.test" });
	check(other.location !== sent[0].location, other.location);
});

await hole("an Idempotency-Key is its program's alone", async () => {
	const headers = { "Idempotency-Key": "1" };
	const another = await desk.api("read,write");
	const one = await api.api("POST", "/tickets", { ...FIELDS },
		{ headers });
	const same = await api.api("POST", "/tickets", { ...FIELDS },
		{ headers });
	const other = await another.api("POST", "/tickets", { ...FIELDS },
		{ headers });
	equal(one.json.number, same.json.number);
	check(other.json.number !== one.json.number, "another's ticket");
});

await hole("API tokens may what they were given", async () => {
	const bodies = { "/tickets": FIELDS, "/tickets/1": { subject: "Other" },
		"/queues": { key: "x", label: "X" }, "/tokens": { name: "X" },
		"/agents/1": { name: "X" },
		"/imports/tickets": { tickets: [{ subject: "X",
			email: "x@customer.test", entries: [{ body: "x" }] }] } };
	const cases = [["read", "GET", "/tickets", true],
		["read", "POST", "/tickets"], ["read", "PATCH", "/tickets/1"],
		["read", "POST", "/queues"], ["read", "GET", "/tokens"],
		["read", "GET", "/settings"], ["write", "POST", "/queues"],
		["write", "GET", "/tickets"], ["write", "GET", "/tokens"],
		["read,write", "POST", "/tokens"],
		["read,write", "PATCH", "/agents/1"],
		["read,write", "POST", "/imports/tickets"],
		["write", "PATCH", "/tickets/1", true]];
	for (const [rights, method, path, isGiven] of cases) {
		const program = await desk.api(rights);
		const got = await program.api(method, path,
			method === "GET" ? undefined : bodies[path]);
		const isDone = got.status < 400 && !/"denied"/.test(got.text);
		equal(isDone, isGiven === true,
			`${rights} ${method} ${path}: ${got.status} ${got.text}`);
		check(isDone || /"denied"/.test(got.text), got.text);
	}
});

await hole("private links do not leak by Referer, caches or robots",
	async () => {
	const { link } = await ask(desk.client(), FIELDS);
	const page = await desk.client().get(link);
	match(page.headers["referrer-policy"], /^(no-referrer|same-origin)$/);
	match(page.headers["cache-control"], /no-store/);
	match(`${page.headers["x-robots-tag"] ?? ""} ${page.text}`, /noindex/);
	match(page.headers["content-security-policy"],
		/frame-ancestors 'none'/);
	doesNotMatch(page.headers["content-security-policy"], /unsafe/);
});

await hole("what is too large is refused with a page of ours", async () => {
	const visitor = desk.client();
	const page = await visitor.get("/new");
	await sleep(READING_MS);
	const sent = await visitor.submit(page.form("/new"), { ...FIELDS,
		subject: "s".repeat(5000), name: "n".repeat(5000) });
	equal(sent.status, 422);
	const typed = Object.fromEntries(sent.form("/new").fields);
	equal(typed.body, FIELDS.body);
	const many = await visitor.submit(page.form("/new"), { ...FIELDS,
		attachment: Array.from({ length: 15 }, (_, i) =>
			file(`${i}.txt`, "text/plain", `${i}`)) });
	equal(many.status, 422);
	equal(Object.fromEntries(many.form("/new").fields).body, FIELDS.body);
	const big = await api.api("POST", "/tickets",
		{ ...FIELDS, body: "x".repeat(300_000) });
	equal(big.status, 413);
	const deep = await api.request("POST", "/api/v1/tickets",
		{ headers: { "Content-Type": "application/json" },
			body: `${"[".repeat(5000)}${"]".repeat(5000)}` });
	check(deep.status === 400 || deep.status === 413, `${deep.status}`);
});

await done();
