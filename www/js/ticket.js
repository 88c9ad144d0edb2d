/* ticket.js - one ticket: properties are saved as they are changed, and what
 * comes in is taken up without losing what is being written. */

/* Take from a newer copy of this page what this one lacks. Returns how many
 * entries were added. */
function absorb(desk, page) {
	const line = desk.live("line");
	const theirs = desk.live("line", page);
	const box = page.querySelector("[data-ticket]");
	if (!theirs || !box) {
		return 0;
	}
	let added = 0;
	for (const entry of theirs.children) {
		const mine = document.getElementById(entry.id);
		if (!mine) {
			line.append(document.importNode(entry, true));
			added++;
		} else if (mine.innerHTML !== entry.innerHTML) {
			mine.replaceWith(document.importNode(entry, true));
		}
	}
	desk.live("state")?.replaceWith(
	    document.importNode(desk.live("state", page), true));
	document.querySelector("[data-ticket]").dataset.seen = box.dataset.seen;
	for (const seen of document.querySelectorAll("input[name=seen]")) {
		seen.value = box.dataset.seen;
	}
	desk.refreshTimes?.();
	return added;
}

/* What a form has under a name, to be compared. */
function valueOf(data, name) {
	return JSON.stringify(data.getAll(name));
}

/* Take the own fields as the answer has them, with what is wrong beside them,
 * but for one that was changed meanwhile, or is being typed. */
function takeOwn(form, theirs, sent) {
	const now = new FormData(form);
	const end = form.querySelector(".props-end");
	const wanted = new Set();

	for (const field of theirs.querySelectorAll("[data-prop]")) {
		const name = field.dataset.prop;
		const mine = form.querySelector(`[data-prop="${CSS.escape(name)}"]`);
		wanted.add(name);
		if (!mine) {
			end.before(document.importNode(field, true));
		} else if (!mine.contains(document.activeElement)
		    && valueOf(now, name) === valueOf(sent, name)) {
			mine.replaceWith(document.importNode(field, true));
		}
	}
	for (const mine of form.querySelectorAll("[data-prop]")) {
		if (!wanted.has(mine.dataset.prop)
		    && !mine.contains(document.activeElement)) {
			mine.remove();
		}
	}
}

/* The values of a moment before are back. */
function restore(form, before) {
	for (const input of form.elements) {
		const values = before.getAll(input.name);
		if (input.type === "checkbox") {
			input.checked = values.includes(input.value);
		} else if (input.type !== "hidden" && values.length > 0) {
			input.value = values[0];
		}
	}
}

function equipProps(desk, form) {
	let before = new FormData(form);
	let last = Promise.resolve();

	const save = async () => {
		const sent = new FormData(form);
		form.classList.add("is-saving");
		try {
			const { response, page } = await desk.fetchPage(form.action,
			    { method: "POST", body: new URLSearchParams(sent) });
			const theirs = page?.querySelector("form[data-autosave]");
			const error = theirs?.querySelector(".error");
			if (response.status === 422 && error) {
				takeOwn(form, theirs, sent);
				desk.toast(error.textContent);
				return;
			}
			if (!response.ok || !theirs) {
				throw new Error(String(response.status));
			}
			absorb(desk, page);
			form.elements.key.value = theirs.elements.key.value;
			if (form.elements.tags) {
				form.elements.tags.value = theirs.elements.tags.value;
			}
			takeOwn(form, theirs, sent);
			before = new FormData(form);
			desk.toast(desk.tr("Saved"));
		} catch {
			restore(form, before);
			desk.toast(desk.tr("That could not be saved. The old value is back."));
		} finally {
			form.classList.remove("is-saving");
		}
	};
	/* One after the other: each brings the key of the next. */
	form.addEventListener("change", () => {
		last = last.then(save);
	});
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		document.activeElement?.blur();
	});
}

export function start(desk) {
	const props = document.querySelector("form[data-autosave]");

	if (props) {
		equipProps(desk, props);
	}
	for (const label of document.querySelectorAll(".compose-label")) {
		label.addEventListener("click", (event) => {
			const isNote = label.htmlFor === "tab-note";
			event.preventDefault();
			document.getElementById(label.htmlFor).checked = true;
			document.getElementById(isNote ? "f-note" : "f-body")?.focus();
		});
	}
	desk.absorb = (page) => absorb(desk, page);
}
