/* tests/web/http.mjs - a browser without a screen: cookies, forms, uploads.
 *
 * Redirects are not followed unless asked, so that tests see them. A new
 * connection is made for each request, as a lost one must not fail the next.
 */
import http from "node:http";
import https from "node:https";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'",
	nbsp: "\u00a0" };

/** Text with its entities replaced. */
export function decodeEntities(text) {
	return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+|#39);/gi, (all, name) => {
		if (/^#x/i.test(name))
			return String.fromCodePoint(parseInt(name.slice(2), 16));
		if (name.startsWith("#"))
			return String.fromCodePoint(parseInt(name.slice(1), 10));
		return ENTITIES[name.toLowerCase()] ?? all;
	});
}

function attributes(tag) {
	const found = {};
	const pattern = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
	const rest = tag.replace(/^<\w+/, "").replace(/\/?>$/, "");

	for (const [, name, double, single, bare] of rest.matchAll(pattern)) {
		found[name.toLowerCase()] =
			decodeEntities(double ?? single ?? bare ?? "");
	}
	return found;
}

/** The fields of one form as a browser would send them untouched. */
function formFields(html) {
	const fields = [];
	const pattern = /<input\b[^>]*>|<textarea\b[^>]*>([\s\S]*?)<\/textarea>|<select\b[^>]*>([\s\S]*?)<\/select>/g;

	for (const [tag, area, options] of html.matchAll(pattern)) {
		const head = attributes(tag.match(/^<[^>]*>/)[0]);
		if (!head.name || "disabled" in head)
			continue;
		if (tag.startsWith("<textarea")) {
			fields.push([head.name,
				decodeEntities(area).replace(/^\r?\n/, "")]);
		} else if (tag.startsWith("<select")) {
			const all = [...options.matchAll(/<option\b[^>]*>([^<]*)/g)]
				.map(([option, text]) => ({ text,
					...attributes(option.match(/^<[^>]*>/)[0]) }));
			const chosen = all.find((one) => "selected" in one) ?? all[0];
			if (chosen)
				fields.push([head.name, chosen.value ??
					decodeEntities(chosen.text.trim())]);
		} else if (head.type === "checkbox" || head.type === "radio") {
			if ("checked" in head)
				fields.push([head.name, head.value ?? "on"]);
		} else if (!["file", "submit", "button", "image", "reset"]
			.includes(head.type)) {
			fields.push([head.name, head.value ?? ""]);
		}
	}
	return fields;
}

export class Page {
	constructor(url, status, headers, bytes) {
		this.url = url;
		this.status = status;
		this.headers = headers;
		this.bytes = bytes;
	}

	get text() {
		return this.bytes.toString("utf8");
	}

	get json() {
		return JSON.parse(this.text);
	}

	/** Where a redirect leads, absolute; null when it is none. */
	get location() {
		const to = this.headers.location;
		return to === undefined ? null : new URL(to, this.url).href;
	}

	/** What a reader sees, in one line. */
	get words() {
		return decodeEntities(this.text
			.replace(/<(script|style|template)\b[\s\S]*?<\/\1>/g, " ")
			.replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ").trim();
	}

	/** All links' targets, absolute. */
	get links() {
		return [...this.text.matchAll(/<a\b[^>]*>/g)]
			.map(([tag]) => attributes(tag).href)
			.filter((href) => href !== undefined)
			.map((href) => new URL(href, this.url).href);
	}

	get forms() {
		return [...this.text.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)]
			.map(([html]) => {
				const head = attributes(html.match(/^<[^>]*>/)[0]);
				return {
					html,
					action: new URL(head.action || this.url, this.url).href,
					method: (head.method ?? "get").toLowerCase(),
					multipart: head.enctype === "multipart/form-data",
					fields: formFields(html),
				};
			});
	}

	/** The form whose action's path ends like <path>, or fails. */
	form(path) {
		const found = this.forms.find((form) =>
			new URL(form.action).pathname.endsWith(path));
		if (!found) {
			const there = this.forms.map((form) => form.action);
			throw new Error(`no form for ${path} on ${this.url} ` +
				`(${this.status}), only: ${there.join(" ")}`);
		}
		return found;
	}
}

/** A file to upload: its name, type and bytes. */
export function file(name, type, data) {
	return { name, type, data: Buffer.from(data) };
}

function multipart(fields) {
	const boundary = `----hookdesk${Math.random().toString(36).slice(2)}`;
	const parts = [];

	for (const [name, value] of fields) {
		const isFile = typeof value === "object";
		const label = isFile ? `; filename="${value.name}"` : "";
		const type = isFile ? `Content-Type: ${value.type}\r\n` : "";
		parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: ` +
			`form-data; name="${name}"${label}\r\n${type}\r\n`));
		parts.push(isFile ? value.data : Buffer.from(value));
		parts.push(Buffer.from("\r\n"));
	}
	parts.push(Buffer.from(`--${boundary}--\r\n`));
	return {
		type: `multipart/form-data; boundary=${boundary}`,
		body: Buffer.concat(parts),
	};
}

/** <fields> with those of <changes> put in their place or added. */
function merged(fields, changes) {
	const kept = fields.filter(([name]) => !(name in changes));
	const added = Object.entries(changes).flatMap(([name, value]) => {
		if (value === undefined)
			return [];
		return [value].flat().map((one) => [name, one]);
	});

	return [...kept, ...added];
}

let visitors = 0;

export class Client {
	/** <base> is the desk's address, without a slash at its end. Each client
	 * comes from another network address (see servers.mjs). <ca>: the
	 * certificate to be trusted, where it is https. */
	constructor(base, { headers = {}, ca } = {}) {
		const n = ++visitors;
		this.base = base;
		this.ca = ca;
		this.headers = { "X-Test-Client":
			`10.${n >> 16 & 255}.${n >> 8 & 255}.${n & 255}`, ...headers };
		this.cookies = new Map();
	}

	address(path) {
		return /^https?:/.test(path) ? path : this.base + path;
	}

	#keepCookies(headers) {
		for (const line of headers["set-cookie"] ?? []) {
			const [pair] = line.split(";");
			const at = pair.indexOf("=");
			const name = pair.slice(0, at).trim();
			if (/;\s*max-age=0/i.test(line))
				this.cookies.delete(name);
			else
				this.cookies.set(name, pair.slice(at + 1).trim());
		}
	}

	/** One request, one answer; throws when the connection fails. */
	request(method, path, { headers = {}, body, timeout = 30_000 } = {}) {
		const url = this.address(path);
		const sent = { ...this.headers, ...headers };

		if (this.cookies.size > 0) {
			sent.Cookie = [...this.cookies]
				.map(([name, value]) => `${name}=${value}`).join("; ");
		}
		if (body !== undefined)
			sent["Content-Length"] = Buffer.byteLength(body);
		return new Promise((resolve, reject) => {
			const { request } = url.startsWith("https:") ? https : http;
			const out = request(url, { method, headers: sent,
				agent: false, timeout, ca: this.ca }, (answer) => {
				const parts = [];
				answer.on("data", (part) => parts.push(part));
				answer.on("error", reject);
				answer.on("end", () => {
					this.#keepCookies(answer.headers);
					resolve(new Page(url, answer.statusCode,
						answer.headers, Buffer.concat(parts)));
				});
			});
			out.on("timeout", () => {
				out.destroy(new Error(`${method} ${url}: timeout`));
			});
			out.on("error", reject);
			out.end(body);
		});
	}

	get(path, options) {
		return this.request("GET", path, options);
	}

	/** GET, and where redirects lead to, at most five. */
	async open(path, options) {
		let page = await this.get(path, options);
		for (let hops = 0; page.location !== null && hops < 5; hops++)
			page = await this.get(page.location, options);
		return page;
	}

	/** POST <fields>; a value may be a list, or a file(). */
	post(path, fields, { headers = {}, ...options } = {}) {
		const list = Array.isArray(fields) ? fields : merged([], fields);
		const hasFile = list.some(([, value]) => typeof value === "object");
		const sent = { Origin: new URL(this.base).origin, ...headers };

		if (hasFile) {
			const { type, body } = multipart(list);
			return this.request("POST", path, { ...options, body,
				headers: { ...sent, "Content-Type": type } });
		}
		return this.request("POST", path, { ...options,
			body: new URLSearchParams(list).toString(),
			headers: { ...sent,
				"Content-Type": "application/x-www-form-urlencoded" } });
	}

	/** Send a form of a page with some fields changed. */
	submit(form, changes = {}, options = {}) {
		return this.post(form.action, merged(form.fields, changes), options);
	}

	/** A call of the JSON API; the answer's .json is what came. */
	api(method, path, value, { headers = {}, ...options } = {}) {
		const body = value === undefined ? undefined : JSON.stringify(value);
		return this.request(method, `/api/v1${path}`, { ...options, body,
			headers: { Accept: "application/json",
				...(body === undefined ? {} :
					{ "Content-Type": "application/json" }),
				...headers } });
	}
}
