/* own.js - a form asks for the own fields of the queue that is chosen in it. */

async function ask(desk, form, box) {
	const sent = new URLSearchParams();

	for (const [name, value] of new FormData(form)) {
		if (typeof value === "string") { /* files are not needed */
			sent.append(name, value);
		}
	}
	sent.set("again", "1");
	const { response, page } = await desk.fetchPage(form.action,
	    { method: "POST", body: sent });
	const theirs = page?.querySelector("[data-own]");
	if (!response.ok || !theirs) {
		throw new Error(String(response.status));
	}
	box.replaceChildren(...document.importNode(theirs, true).childNodes);
}

export function start(desk) {
	for (const box of document.querySelectorAll("[data-own]")) {
		const form = box.closest("form");

		form.elements[box.dataset.own].addEventListener("change", () => {
			/* without an answer, the form asks when it is sent */
			ask(desk, form, box).catch(console.error);
		});
	}
}
