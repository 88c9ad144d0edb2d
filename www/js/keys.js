/* keys.js - single keys outside of fields, from data-key in the page; and the
 * list of them, with a switch to turn them off (WCAG 2.1.4). Never with Ctrl,
 * Alt or Meta: those are the browser's. */

const OFF = "hd-keys-off";
const PAIR_MS = 1200;

function isOff() {
	return localStorage.getItem(OFF) === "1";
}

function wanted(key) {
	return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]
		.find((element) => element.offsetParent !== null
		    || element.closest("details, .side"));
}

function row(key, words) {
	const line = document.createElement("div");
	const term = document.createElement("dt");
	const keys = document.createElement("dd");

	term.textContent = words;
	keys.append(...key.split(" ").flatMap((one) => {
		const kbd = document.createElement("kbd");
		kbd.textContent = one;
		return [kbd, " "];
	}));
	line.append(term, keys);
	return line;
}

function makeHelp(desk) {
	const dialog = document.createElement("dialog");
	const head = document.createElement("h2");
	const list = document.createElement("dl");
	const end = document.createElement("div");
	const label = document.createElement("label");
	const box = document.createElement("input");
	const close = document.createElement("button");
	const seen = new Set();

	dialog.className = "keys";
	head.textContent = desk.tr("Keyboard shortcuts");
	head.id = "keys-head";
	dialog.setAttribute("aria-labelledby", head.id);
	list.className = "keys-list";
	list.append(row("Ctrl K", desk.tr("Commands")),
	    row("/", desk.tr("Search")), row("Ctrl Enter", desk.tr("Send")));
	for (const [key, words] of desk.listKeys || []) {
		list.append(row(key === "Escape" ? "Esc" : key, words));
		seen.add(key);
	}
	for (const element of document.querySelectorAll("[data-key][data-action]")) {
		if (!seen.has(element.dataset.key)) {
			seen.add(element.dataset.key);
			list.append(row(element.dataset.key, element.dataset.action));
		}
	}
	end.className = "keys-end";
	label.className = "check";
	box.type = "checkbox";
	box.checked = !isOff();
	box.addEventListener("change", () =>
		localStorage.setItem(OFF, box.checked ? "" : "1"));
	label.append(box, desk.tr("Single-key shortcuts"));
	close.type = "button";
	close.className = "btn";
	close.textContent = desk.tr("Close");
	close.addEventListener("click", () => dialog.close());
	end.append(label, close);
	dialog.append(head, list, end);
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
}

export function start(desk) {
	let first = "";
	let timer = 0;

	for (const button of document.querySelectorAll("[data-keys-help]")) {
		button.hidden = false;
		button.addEventListener("click", () => {
			button.closest("details")?.removeAttribute("open");
			makeHelp(desk);
		});
	}
	document.addEventListener("keydown", (event) => {
		if (isOff() || event.defaultPrevented || event.ctrlKey || event.metaKey
		    || event.altKey || desk.isTyping(event.target)) {
			return;
		}
		const key = first ? `${first} ${event.key}` : event.key;
		first = "";
		clearTimeout(timer);
		if (key === "g") {
			first = key;
			timer = setTimeout(() => {
				first = "";
			}, PAIR_MS);
			return;
		}
		const ofList = desk.listKeys?.find(([name]) => name === key);
		if (ofList) {
			event.preventDefault();
			ofList[2]();
			return;
		}
		const element = wanted(key);
		if (element) {
			event.preventDefault();
			desk.perform(element);
		}
	});
}
