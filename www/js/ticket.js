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

function equipProps(desk, form) {
	let before = new FormData(form);

	const rollBack = () => {
		for (const [name, value] of before) {
			form.elements[name].value = value;
		}
	};
	const save = async () => {
		form.classList.add("is-saving");
		try {
			const { response, page } = await desk.fetchPage(form.action,
			    { method: "POST", body: new URLSearchParams(new FormData(form)) });
			const theirs = page?.querySelector("form[data-autosave]");
			if (!response.ok || !theirs) {
				throw new Error(String(response.status));
			}
			absorb(desk, page);
			form.elements.key.value = theirs.elements.key.value;
			form.elements.tags.value = theirs.elements.tags.value;
			before = new FormData(form);
			desk.toast(desk.tr("Saved"));
		} catch {
			rollBack();
			desk.toast(desk.tr("That could not be saved. The old value is back."));
		}
		form.classList.remove("is-saving");
	};
	form.addEventListener("change", save);
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
