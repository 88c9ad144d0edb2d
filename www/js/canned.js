/* canned.js - canned replies at the press of "/" at the start of a line, with
 * a search as one types; and at once when picked from the list.
 *
 * GET <data-canned> gives {"replies": [{"id", "title", "text"}]}: the texts
 * are filled in for this ticket and customer by the server.
 */

let replies = null;

async function load(desk, url) {
	if (replies === null) {
		const answer = await fetch(url, { headers: { Accept: "application/json" } });
		replies = answer.ok ? (await answer.json()).replies || [] : [];
	}
	return replies;
}

/* Every letter of <words> in this order; the earlier and closer, the better. */
function score(title, words) {
	const text = title.toLowerCase();
	let at = -1;
	let gaps = 0;
	for (const letter of words.toLowerCase()) {
		const next = text.indexOf(letter, at + 1);
		if (next < 0) {
			return Infinity;
		}
		gaps += next - at - 1;
		at = next;
	}
	return gaps;
}

function best(all, words) {
	return all.map((reply) => [score(reply.title, words), reply])
		.filter(([gaps]) => gaps < Infinity)
		.sort((a, b) => a[0] - b[0])
		.slice(0, 8)
		.map(([, reply]) => reply);
}

/* The "/words" before the cursor, when the slash begins a line. */
function asked(text) {
	const before = text.value.slice(0, text.selectionStart);
	const match = /(?:^|\n)(\/([^\n\/]{0,40}))$/.exec(before);
	return match ? { from: before.length - match[1].length, words: match[2] } : null;
}

function insert(form, text, reply, from) {
	const start = from ?? text.selectionStart;
	text.setRangeText(reply.text, start, text.selectionEnd, "end");
	text.dispatchEvent(new Event("input", { bubbles: true }));
	const select = form.querySelector("select[name=canned]");
	if (select) {
		select.value = reply.id;
	}
	text.focus();
}

function makeList(desk, text) {
	const list = document.createElement("ul");
	list.className = "pick";
	list.id = "pick";
	list.setAttribute("role", "listbox");
	list.setAttribute("aria-label", desk.tr("Canned replies"));
	list.hidden = true;
	text.after(list);
	text.setAttribute("aria-controls", "pick");
	text.setAttribute("aria-autocomplete", "list");
	return list;
}

function option(reply, at, on) {
	const item = document.createElement("li");
	const hint = document.createElement("span");
	item.className = "menu-item";
	item.id = `pick-${at}`;
	item.setAttribute("role", "option");
	item.setAttribute("aria-selected", String(on));
	item.append(reply.title);
	hint.className = "pick-text cut";
	hint.textContent = reply.text.slice(0, 60);
	item.append(hint);
	return item;
}

function equipSlash(desk, form, text) {
	const list = makeList(desk, text);
	let found = [];
	let at = 0;

	const close = () => {
		list.hidden = true;
		text.removeAttribute("aria-activedescendant");
	};
	const draw = () => {
		list.replaceChildren(...found.map((reply, i) => option(reply, i, i === at)));
		list.hidden = found.length === 0;
		text.setAttribute("aria-activedescendant", `pick-${at}`);
	};
	const take = (i) => {
		insert(form, text, found[i], asked(text)?.from);
		close();
	};
	text.addEventListener("input", async () => {
		const want = asked(text);
		if (!want) {
			close();
			return;
		}
		found = best(await load(desk, form.dataset.canned), want.words);
		at = 0;
		draw();
	});
	text.addEventListener("keydown", (event) => {
		if (list.hidden) {
			return;
		}
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			const step = event.key === "ArrowDown" ? 1 : -1;
			at = (at + step + found.length) % found.length;
			draw();
		} else if (event.key === "Enter" || event.key === "Tab") {
			take(at);
		} else if (event.key === "Escape") {
			close();
		} else {
			return;
		}
		event.preventDefault();
		event.stopPropagation();
	});
	list.addEventListener("mousedown", (event) => {
		const item = event.target.closest("[role=option]");
		if (item) {
			event.preventDefault();
			take([...list.children].indexOf(item));
		}
	});
	text.addEventListener("blur", close);
}

function equipSelect(desk, form, text) {
	const select = form.querySelector("select[name=canned]");
	const button = form.querySelector("[data-canned-insert]");

	button?.addEventListener("click", async (event) => {
		event.preventDefault();
		const all = await load(desk, form.dataset.canned);
		const reply = all.find((one) => String(one.id) === select.value);
		if (reply) {
			insert(form, text, reply);
		} else {
			select.focus();
		}
	});
}

export function start(desk) {
	for (const form of document.querySelectorAll("form[data-canned]")) {
		const text = form.querySelector("textarea");
		equipSlash(desk, form, text);
		equipSelect(desk, form, text);
	}
}
