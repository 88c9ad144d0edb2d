/* short_replay.js - beside the editor: how many of the last tickets would have
 * gone another way with what is typed, while one types. */

const REST_MS = 1200; /* nothing was typed for so long */

function say(desk, item, first) {
	const name = first.name ? `${first.kind} ${first.name}` : first.kind;
	let change = first.is_new ? first.to : first.from;

	if (first.is_moved) {
		change = desk.tr("{value}, at another time", { value: first.to });
	} else if (first.is_field || (!first.is_new && !first.is_gone)) {
		change = `${first.from || "–"} → ${first.to || "–"}`;
	}
	item.append(document.createElement("br"), `${name}: ${change}`);
}

function showTickets(desk, box, tickets) {
	const list = document.createElement("ul");

	for (const ticket of tickets.slice(0, 20)) {
		const item = document.createElement("li");
		const link = document.createElement("a");

		link.href = ticket.url;
		link.target = "_blank";
		link.rel = "noopener";
		link.textContent = `#${ticket.number} ${ticket.subject}`;
		item.append(link);
		say(desk, item, ticket.first);
		list.append(item);
	}
	box.append(list);
}

function show(desk, box, found) {
	const line = document.createElement("p");

	box.replaceChildren(line);
	if (found.load_error) {
		line.textContent = found.load_error;
		return;
	}
	if (found.looked === 0 && found.is_complete) {
		line.textContent = desk.tr("Nothing happened in the last weeks.");
		return;
	}
	line.textContent = desk.trn(
	    "Would have changed {n} of the last {looked} tickets",
	    "Would have changed {n} of the last {looked} tickets",
	    found.changed).replace("{looked}", found.looked);
	for (const error of found.errors) {
		const trouble = document.createElement("p");

		trouble.className = "trouble";
		trouble.textContent = `${error.count} × ${error.message}`;
		box.append(trouble);
	}
	showTickets(desk, box, found.tickets);
}

export function start(desk) {
	const form = document.querySelector("form[data-editor]");
	const aside = document.querySelector("[data-short-replay]");
	const text = form.querySelector("textarea[name=source]");
	const token = form.querySelector("input[name=csrf]").value;
	let timer = 0, running = null, shown = text.value;

	const box = document.createElement("section");
	box.className = "panel sheet short-replay";
	box.setAttribute("aria-live", "polite");
	box.hidden = true;
	aside.append(box);

	const look = async () => {
		if (text.value === shown) {
			return;
		}
		shown = text.value;
		running?.abort();
		running = new AbortController();
		try {
			const response = await fetch(aside.dataset.shortReplay, {
				method: "POST",
				credentials: "same-origin",
				headers: { "X-CSRF-Token": token },
				body: new URLSearchParams({ source: text.value }),
				signal: running.signal,
			});
			if (response.ok) {
				show(desk, box, await response.json());
				box.hidden = false;
			} else if (response.status === 503) {
				shown = null; /* another one is at it: once more */
				timer = setTimeout(look, 2 * REST_MS);
			}
		} catch {
			/* aborted, or offline: what stands there is older */
		}
	};
	text.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(look, REST_MS);
	});
}
