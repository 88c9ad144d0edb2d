/* app.js - the entry: makes the desk object and starts the parts that the page
 * at hand can use. Every page works without any of this.
 *
 * A part is a module with start(desk); parts know each other only through
 * desk. They are loaded with the version that app.js came with, because
 * browsers keep these files for a year.
 *
 *	desk.base         mount path, "" or "/support"
 *	desk.tr, desk.trn texts in the page's language (strings.js)
 *	desk.toast(text, action)  a short message; action: { label, run }
 *	desk.fetchPage(url, init) a page as { response, page }; page is a Document
 *	desk.live(name, root)     the element with data-live="name"
 *	desk.isTyping(target)     single keys belong to this field
 *	desk.readDraft(key)       what this browser kept for a month at most, or {}
 *	desk.writeDraft(key, it)  keep it, null: no longer; false if it cannot
 *
 * <html> is .is-live from the start and .is-ready when all parts have started.
 */
const version = new URL(import.meta.url).search;
const root = document.documentElement;
const DRAFT_AGE_MS = 30 * 86400 * 1000;

/* Selector of what a part works on, and its name; in the order of starting. */
const parts = [
	["[data-theme-toggle]", "theme"],
	["time[data-relative]", "times"],
	["details.menu, .side", "menus"],
	["form", "forms"],
	["[data-suggest]", "suggest"],
	["[data-attach]", "attach"],
	["[data-draft]", "drafts"],
	["[data-own]", "own"],
	["[data-editor]", "editor"],
	["[data-rows]", "rows"],
	["[data-bulk]", "list"],
	["[data-ticket]", "ticket"],
	["[data-canned]", "canned"],
	["[data-ask], [data-panel]", "offers"],
	["[data-agent]", "desktop"],
	["[data-replay]", "replay"],
	["[data-short-replay]", "short_replay"],
	["[data-poll]", "poll"],
	["[data-agent]", "palette"],
	["[data-agent]", "keys"],
];

function load(name) {
	return import(`./${name}.js${version}`);
}

function toast(text, action) {
	let box = document.querySelector(".toasts");
	if (!box) {
		box = document.createElement("div");
		box.className = "toasts";
		box.setAttribute("role", "status");
		document.body.append(box);
	}
	const item = document.createElement("div");
	item.className = "toast";
	item.append(text);
	if (action) {
		const button = document.createElement("button");
		button.type = "button";
		button.className = "btn-link";
		button.textContent = action.label;
		button.addEventListener("click", () => {
			item.remove();
			action.run();
		});
		item.append(button);
	}
	box.append(item);
	setTimeout(() => item.remove(), action ? 10000 : 5000);
}

async function fetchPage(url, init = {}) {
	const response = await fetch(url, { credentials: "same-origin", ...init });
	const type = response.headers.get("Content-Type") || "";
	const page = response.status !== 304 && type.startsWith("text/html")
		? new DOMParser().parseFromString(await response.text(), "text/html")
		: null;
	return { response, page };
}

function isTyping(target) {
	return target.closest?.(
	    "input:not([type=checkbox]):not([type=radio]), textarea, select, dialog, [contenteditable]") != null;
}

function readDraft(key) {
	try {
		const draft = JSON.parse(localStorage.getItem(key)) || {};
		return Date.now() - draft.at > DRAFT_AGE_MS ? {} : draft;
	} catch {
		return {};
	}
}

function writeDraft(key, draft) {
	try {
		if (draft) {
			localStorage.setItem(key,
			    JSON.stringify({ ...draft, at: Date.now() }));
		} else {
			localStorage.removeItem(key);
		}
		return true;
	} catch {
		return false; /* storage is full or forbidden: nothing is kept */
	}
}

async function main() {
	root.classList.add("is-live");
	const { strings } = await load("strings");
	const base = root.dataset.base || "";
	const desk = {
		base,
		...await strings(root.lang, version),
		toast,
		fetchPage,
		isTyping,
		readDraft,
		writeDraft,
		live: (name, within = document) =>
			within.querySelector(`[data-live="${name}"]`),
	};
	const wanted = parts.filter(([selector]) => document.querySelector(selector));
	const modules = await Promise.allSettled(
	    wanted.map(([, name]) => load(name)));
	for (const { value, reason } of modules) {
		if (value) {
			value.start(desk);
		} else {
			console.error(reason);
		}
	}
	root.classList.add("is-ready");
}

main();
