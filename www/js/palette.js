/* palette.js - Ctrl+K: go anywhere, do anything, find a ticket, in one field.
 * It is fed by the page itself: whatever has data-action is in it, with its
 * key from data-key. Escape goes back to exactly where one was. */

const RECENT = "hd-recent";

function recent() {
	try {
		return JSON.parse(localStorage.getItem(RECENT)) || [];
	} catch {
		return [];
	}
}

function remember(name) {
	const names = [name, ...recent().filter((other) => other !== name)];
	localStorage.setItem(RECENT, JSON.stringify(names.slice(0, 8)));
}

function actions() {
	return [...document.querySelectorAll("[data-action]")]
		.map((element) => ({
			name: element.dataset.action,
			key: element.dataset.key || "",
			icon: element.querySelector("svg"),
			run: () => desk.perform(element),
		}));
}

let desk = null;

function forWords(q) {
	const rows = [];
	if (/^#?\d+$/.test(q)) {
		const number = q.replace("#", "");
		rows.push({ name: desk.tr("Open ticket {number}", { number }),
		    run: () => location.assign(`${desk.base}/agent/t/${number}`) });
	}
	if (q) {
		rows.push({ name: desk.tr("Search tickets for “{q}”", { q }),
		    run: () => location.assign(
			`${desk.base}/agent/search?q=${encodeURIComponent(q)}`) });
	}
	return rows;
}

function matching(q) {
	const words = q.toLowerCase().split(/\s+/).filter(Boolean);
	const last = recent();
	const rank = (row) => {
		const at = last.indexOf(row.name);
		return at < 0 ? last.length : at;
	};
	const seen = new Set();
	return actions()
		.filter((row) => words.every((word) => row.name.toLowerCase().includes(word)))
		.filter((row) => !seen.has(row.name) && seen.add(row.name))
		.sort((a, b) => rank(a) - rank(b));
}

function draw(list, input, rows, at) {
	list.replaceChildren(...rows.map((row, i) => {
		const item = document.createElement("li");
		item.className = "menu-item";
		item.id = `palette-${i}`;
		item.setAttribute("role", "option");
		item.setAttribute("aria-selected", String(i === at));
		if (row.icon) {
			item.append(row.icon.cloneNode(true));
		}
		item.append(row.name);
		if (row.key) {
			const key = document.createElement("kbd");
			key.textContent = row.key;
			item.append(key);
		}
		return item;
	}));
	input.setAttribute("aria-activedescendant", `palette-${at}`);
	list.children[at]?.scrollIntoView({ block: "nearest" });
}

function build() {
	const dialog = document.createElement("dialog");
	const input = document.createElement("input");
	const list = document.createElement("ul");

	dialog.className = "palette";
	dialog.setAttribute("aria-label", desk.tr("Commands"));
	input.className = "palette-input";
	input.type = "text";
	input.placeholder = desk.tr("Go to, do, or find …");
	input.setAttribute("role", "combobox");
	input.setAttribute("aria-label", input.placeholder);
	input.setAttribute("aria-expanded", "true");
	input.setAttribute("aria-controls", "palette-list");
	list.className = "palette-list";
	list.id = "palette-list";
	list.setAttribute("role", "listbox");
	list.setAttribute("aria-label", desk.tr("Commands"));
	dialog.append(input, list);
	document.body.append(dialog);
	return { dialog, input, list };
}

function equip({ dialog, input, list }) {
	let rows = [];
	let at = 0;

	const refresh = () => {
		const q = input.value.trim();
		rows = [...matching(q), ...forWords(q)];
		at = 0;
		draw(list, input, rows, at);
	};
	const run = (i) => {
		const row = rows[i];
		dialog.close();
		if (row) {
			if (row.icon || row.key) {
				remember(row.name);
			}
			row.run();
		}
	};
	input.addEventListener("input", refresh);
	dialog.addEventListener("keydown", (event) => {
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			const step = event.key === "ArrowDown" ? 1 : -1;
			at = (at + step + rows.length) % Math.max(1, rows.length);
			draw(list, input, rows, at);
		} else if (event.key === "Enter") {
			run(at);
		} else {
			return;
		}
		event.preventDefault();
	});
	list.addEventListener("click", (event) => {
		const item = event.target.closest("[role=option]");
		if (item) {
			run([...list.children].indexOf(item));
		}
	});
	dialog.addEventListener("click", (event) => {
		if (event.target === dialog) {
			dialog.close();
		}
	});
	return () => {
		input.value = "";
		refresh();
		dialog.showModal();
	};
}

/* Do what an element stands for: a field takes the cursor, the rest is
 * pressed. */
function perform(element) {
	if (element.matches("input, select, textarea")) {
		element.focus();
		element.select?.();
		return;
	}
	element.click();
}

export function start(theDesk) {
	desk = theDesk;
	desk.perform = perform;
	const open = equip(build());
	document.addEventListener("keydown", (event) => {
		if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)
		    && !event.shiftKey && !event.altKey
		    && !document.querySelector("dialog[open]")) {
			event.preventDefault();
			open();
		}
	});
	const hint = document.querySelector("[data-palette-hint]");
	if (hint) {
		hint.hidden = false;
		if (/Mac|iP/.test(navigator.platform)) {
			hint.textContent = "⌘K";
		}
	}
}
