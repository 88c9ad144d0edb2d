/* tests/browser/test_xss.mjs - nothing that anybody writes runs in a browser.
 *
 * Every vector goes into every place that takes text: the form's fields, file
 * names and files, Markdown of agents, the API, records of admins, addresses.
 * Then Chromium walks all pages by their links, as a customer and as an admin.
 * A vector that ran would call xss(); one that the Content-Security-Policy
 * stopped would be reported. Both must stay silent: the policy is the second
 * wall, and nothing may come as far as that.
 */
import { startDesk } from "../web/desk.mjs";
import { file } from "../web/http.mjs";
import { ask } from "../web/people.mjs";
import { check, done, equal, match, note, test } from "../web/tap.mjs";
import { openPage, startBrowser } from "./browser.mjs";

const VECTORS = [
	'"><script>xss(1)</script>',
	"'><img src=x onerror=xss(2)>",
	'"><svg/onload=xss(3)>',
	"</textarea></title></style></script><script>xss(4)</script>",
	'" autofocus onfocus="xss(5)" x="',
	"{{{constructor}}} {{#x}} ${xss(6)} {%xss(6)%} {customer.name}",
	"[a](javascript:xss(7)) <javascript:xss(7)> [b](java&#115;cript:xss(7))",
	'![a](x"onerror="xss(8)) ![b](data:text/html,<script>xss(8)</script>)',
	'<iframe srcdoc="<script>parent.xss(9)</script>"></iframe>',
	"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;" +
		'&lt;img src=1 onerror=xss(10)&gt;">',
	"<a href=\"&#1;javascript:xss(11)\">x</a> <base href=//evil.test/>",
	"[x](data:text/html;base64,PHNjcmlwdD54c3MoMTIpPC9zY3JpcHQ+)",
	"`<img src=x onerror=xss(13)>` ```html\n<script>xss(13)</script>\n```",
	"\u202e\u2066<scr\u200bipt>xss(14)</scr\u200bipt>\uFEFF",
	"&lt;img src=x onerror=xss(15)&gt; &amp;lt;script&amp;gt;",
	"<style>@import'//evil.test/x.css';</style><link rel=stylesheet " +
		"href=//evil.test/x.css><meta http-equiv=refresh content=0;" +
		"url=//evil.test/>",
	"//evil.test/\r\nSet-Cookie: a=b <x contenteditable onblur=xss(17)>",
	'[a]: javascript:xss(18) "t"\n[a] http://a.test/"onmouseover=xss(18)//',
];
const SAME_MAX = 6; /* pages of one kind that are looked at */
const ALL = VECTORS.join("\n\n");
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="xss(20)">' +
	"<script>xss(20)</script></svg>";
const HTML = "<!doctype html><script>xss(21)</script>";

const desk = await startDesk();
const browser = await startBrowser();
const api = await desk.api();
const admin = await desk.agent();
const links = [];

/* What one line of a field can hold. */
function line(vector, max = 190) {
	return vector.replace(/[\r\n\u0000]+/g, " ").slice(0, max);
}

async function made(kind, record) {
	const answer = await api.api("POST", `/${kind}`, record);
	check(answer.status === 201 || answer.status === 422,
		`${kind}: ${answer.status} ${answer.text}`);
	return answer;
}

await test("vectors go into every field that people fill in", async () => {
	for (const [i, vector] of VECTORS.entries()) {
		const visitor = desk.client();
		const name = line(vector).replace(/[/\\"\r\n]/g, "_");
		const { link } = await ask(visitor, { name: line(vector),
			email: `v${i}@customer.test`, subject: line(vector),
			body: `${vector}\n\n${ALL}`,
			attachment: [file(`${name}.svg`, "image/svg+xml", SVG),
				file(`${i}.png`, "image/png", HTML),
				file(`${name}.html`, "text/html", HTML)] });
		links.push(link);
	}
}, { timeout: 300_000 });

await test("and agents, programs and admins write them as well", async () => {
	for (let i = 0; i < VECTORS.length; i++) {
		const text = `${VECTORS[i]}\n\n${ALL}`;
		for (const type of ["reply", "note"]) {
			const answer = await api.api("POST",
				`/tickets/${i + 1}/entries`, { type, body: text,
					format: "markdown" });
			equal(answer.status, 201, answer.text);
		}
		await made("tickets", { subject: line(VECTORS[i]), body: text,
			email: `p${i}@customer.test`, name: line(VECTORS[i]) });
		await made("queues", { key: `q${i}`, label: line(VECTORS[i], 60),
			description: line(VECTORS[i]), has_form: i < 3 });
		await made("canned", { title: line(VECTORS[i]), body: text });
		await made("agents", { login: `a${i}`, name: line(VECTORS[i], 80),
			email: `a${i}@agents.test`, active: true });
		await made("roles", { key: `r${i}`, label: line(VECTORS[i], 80) });
		await made("articles", { slug: `article-${i}`,
			title: line(VECTORS[i]), body: text, is_published: true });
	}
	const page = await admin.get("/agent/t/1");
	const form = page.forms.find((one) => one.action.includes("/customer/"));
	if (form !== undefined)
		equal((await admin.submit(form, { note: ALL })).status, 303);
}, { timeout: 300_000 });

/* Whatever is sent has the headers that keep it in its place. */
function headersAreSafe(url, headers) {
	const policy = headers["content-security-policy"] ?? "";

	match(policy, /default-src 'none'|default-src 'self'/, url);
	check(!/unsafe-inline|unsafe-eval/.test(
		policy.replace(/style-src[^;]*/, "")), `${url}: ${policy}`);
	match(policy, /frame-ancestors|sandbox/, url);
	equal(headers["x-content-type-options"], "nosniff", url);
	match(headers["referrer-policy"] ?? "", /^(no-referrer|same-origin)$/, url);
}

/* What a page holds that could run, or lead elsewhere. */
function suspects() {
	const all = [...document.querySelectorAll("*")];
	const found = all.filter((one) => [...one.attributes].some((a) =>
		/^on/i.test(a.name) || (/^(href|src|action|formaction|data)$/i
			.test(a.name) && /^[\s\u0000-\u0020]*(javascript|data|vbscript):/i
			.test(a.value) && one.tagName !== "IMG")));

	found.push(...document.querySelectorAll(
		"base, object, embed, iframe[srcdoc]:not([sandbox]), " +
		"meta[http-equiv=refresh]"));
	found.push(...[...document.scripts].filter((one) => one.src === "" &&
		!/json/.test(one.type)));
	return found.map((one) => one.outerHTML.slice(0, 200));
}

/** Visit <starts> and all pages that links lead to; tells how many. */
async function walk(page, starts, most) {
	const queue = [...starts];
	const seen = new Set();
	let own = starts.length; /* these are looked at in any case */

	while (queue.length > 0 && seen.size < most) {
		const url = queue.shift();
		const isStart = own-- > 0;
		const address = new URL(url, desk.url);
		address.hash = "";
		const kind = address.pathname.replace(/\d+/g, "N");
		const many = [...seen].filter((one) =>
			new URL(one).pathname.replace(/\d+/g, "N") === kind).length;

		/* each body has all vectors, each list all subjects */
		if (seen.has(address.href) || (many >= SAME_MAX && !isStart) ||
		    !address.href.startsWith(desk.url) ||
		    /\/(static|file|logout)\//.test(address.pathname))
			continue;
		seen.add(address.href);
		const response = await page.goto(address.href,
			{ waitUntil: "load" });
		check(response.status() < 500, `${response.status()} ${url}`);
		headersAreSafe(address.href, await response.allHeaders());
		if (!/html/.test(response.headers()["content-type"]))
			continue;
		const found = await page.evaluate(suspects);
		check(found.length === 0, `${address.href}:\n${found.join("\n")}`);
		queue.push(...await page.evaluate(() =>
			[...document.links].map((one) => one.href)));
	}
	return seen.size;
}

/** A page in which whatever runs or is stopped is written down. */
async function watched() {
	const page = await openPage(browser);
	const events = [];

	await page.exposeBinding("xss", (source, n) => events.push(`ran: ${n}`));
	await page.exposeBinding("reported", (source, what) =>
		events.push(`stopped: ${what}`));
	await page.addInitScript(() => {
		document.addEventListener("securitypolicyviolation", (event) =>
			globalThis.reported(`${event.violatedDirective} ` +
				`${event.blockedURI} ${event.sample}`));
	});
	page.on("dialog", (dialog) => {
		events.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.on("request", (request) => {
		if (!request.url().startsWith(desk.url) &&
		    /^https?:/.test(request.url()))
			events.push(`asked: ${request.url()}`);
	});
	return { page, events };
}

/* Addresses that show again what is in them, with the vectors in turn. */
function reflected(...patterns) {
	return VECTORS.flatMap((vector, i) => [0, 1].map((step) =>
		patterns[(i + step) % patterns.length].replaceAll("VECTOR",
			encodeURIComponent(line(vector)))));
}

await test("customers' pages: 0 executions, 0 reports", async () => {
	const { page, events } = await watched();
	const count = await walk(page, ["/", "/new", "/my", "/kb",
		...links.slice(0, SAME_MAX),
		...VECTORS.slice(0, SAME_MAX).map((_, i) => `/kb/article-${i}`),
		...reflected("/search?q=VECTOR", "/suggest?q=VECTOR",
			"/new?subject=VECTOR&name=VECTOR", "/VECTOR")], 80);

	note(`${count} pages`);
	check(count > 30, `only ${count} pages`);
	equal(events.join("\n"), "");
	await page.context().close();
}, { timeout: 400_000 });

await test("agents' and admins' pages: 0 executions, 0 reports", async () => {
	const { page, events } = await watched();
	const link = (await desk.cli("agent", "link", desk.dir,
		"admin@example.test")).trim();

	await page.goto(link);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.waitForURL(/\/agent(\?|$)/);
	const count = await walk(page, ["/agent",
		...VECTORS.slice(0, SAME_MAX).map((_, i) => `/agent/t/${i + 1}`),
		"/agent/new", "/agent/me", "/admin", ...reflected(
			"/agent?q=VECTOR", "/agent/search?q=VECTOR",
			"/agent/new?subject=VECTOR&email=VECTOR",
			"/agent/login?next=VECTOR")], 120);

	note(`${count} pages`);
	check(count > 40, `only ${count} pages`);
	equal(events.join("\n"), "");
	await page.context().close();
}, { timeout: 600_000 });

await test("files: what is active is an attachment, in a sandbox", async () => {
	const visitor = desk.client();
	let count = 0;

	for (const link of links.slice(0, 6)) {
		const page = await visitor.get(link);
		const files = page.links.filter((one) => one.includes("/file/"));
		for (const url of new Set(files)) {
			const answer = await visitor.get(url);
			equal(answer.status, 200);
			match(answer.headers["content-disposition"], /^attachment;/);
			equal(answer.headers["content-type"],
				"application/octet-stream");
			match(answer.headers["content-security-policy"], /sandbox/);
			equal(answer.headers["x-content-type-options"], "nosniff");
			count++;
		}
	}
	equal(count, 18);
});

await done();
