/* offers.js - what scripts offer on a ticket's page: what an action asks for is
 * shown in a dialog instead of on a page of its own, and panels are fetched
 * once the page is there. */

/* The form of an action's page, from an answer that has one. */
function formOf(page) {
	const form = page?.querySelector("[data-ask-form]");
	return form ? document.importNode(form, true) : null;
}

function show(desk, form) {
	const dialog = document.createElement("dialog");

	dialog.className = "ask-box";
	dialog.setAttribute("aria-labelledby", "ask-head");
	dialog.append(form);
	dialog.addEventListener("close", () => dialog.remove());
	dialog.addEventListener("click", (event) => {
		if (event.target.closest("[data-ask-cancel]")) {
			event.preventDefault();
			dialog.close();
		}
	});
	dialog.addEventListener("submit", async (event) => {
		const sent = event.target;
		event.preventDefault();
		if (sent.dataset.busy) {
			return;
		}
		sent.dataset.busy = "1";
		try {
			const { response, page } = await desk.fetchPage(sent.action,
			    { method: "POST", redirect: "manual",
				body: new URLSearchParams(new FormData(sent)) });
			const again = response.status === 422 ? formOf(page) : null;
			if (again) {
				sent.replaceWith(again);
				again.querySelector("[aria-invalid], [data-focus]")?.focus();
				return;
			}
			/* What came of it stands on the ticket's page. */
			location.reload();
		} catch {
			delete sent.dataset.busy;
			desk.toast(desk.tr("That did not work. Please try again."));
		}
	});
	document.body.append(dialog);
	dialog.showModal();
	dialog.querySelector(".input, .tick")?.focus();
}

async function ask(desk, link) {
	try {
		const form = formOf((await desk.fetchPage(link.href)).page);
		if (form) {
			show(desk, form);
			return;
		}
	} catch {
		/* then its own page says what is wrong */
	}
	location.assign(link.href);
}

async function fill(panel) {
	const body = panel.querySelector("[data-panel-body]");
	try {
		const response = await fetch(panel.dataset.panel,
		    { credentials: "same-origin" });
		if (!response.ok) {
			return; /* the link stays */
		}
		const page = new DOMParser().parseFromString(
		    await response.text(), "text/html");
		body.replaceChildren(...[...page.body.children].map(
		    (child) => document.importNode(child, true)));
		panel.open = true;
	} catch {
		/* the link stays */
	}
}

export async function start(desk) {
	for (const link of document.querySelectorAll("[data-ask]")) {
		link.addEventListener("click", (event) => {
			if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
				event.preventDefault();
				ask(desk, link);
			}
		});
	}
	/* One after the other: they share a script host. */
	for (const panel of document.querySelectorAll("[data-panel]")) {
		await fill(panel);
	}
}
