/* forms.js - forms are sent once, Ctrl+Enter sends, a refused form puts the
 * cursor on what is wrong, and a promised attachment is not forgotten. */

/* A second press while the first is on its way would only show an error: the
 * idempotency key makes it harmless, this makes it invisible. */
function sendOnce(form) {
	form.addEventListener("submit", (event) => {
		if (form.dataset.sent) {
			event.preventDefault();
			return;
		}
		if (event.defaultPrevented) {
			return;
		}
		form.dataset.sent = "yes";
		for (const button of form.querySelectorAll("button")) {
			button.setAttribute("aria-disabled", "true");
		}
	});
	/* Shown again by "back": it may be sent again. */
	addEventListener("pageshow", () => {
		delete form.dataset.sent;
		for (const button of form.querySelectorAll("button")) {
			button.removeAttribute("aria-disabled");
		}
	});
}

function hasFiles(form) {
	return [...form.querySelectorAll("input[type=file]")]
		.some((input) => input.files.length > 0)
		|| form.querySelector("input[name=upload]") != null;
}

function asksForFile(desk, form) {
	const words = desk.tr("attached, attachment, enclosed").toLowerCase();
	const text = form.querySelector("textarea")?.value.toLowerCase() || "";
	return form.querySelector("input[type=file]") && !hasFiles(form)
	    && words.split(",").some((word) => text.includes(word.trim()));
}

export function start(desk) {
	for (const form of document.querySelectorAll("form[data-draft]")) {
		form.addEventListener("submit", (event) => {
			if (asksForFile(desk, form) && !confirm(desk.tr(
			    "You mention an attachment, but there is none. Send anyway?"))) {
				event.preventDefault();
			}
		});
	}
	document.querySelectorAll("form[data-once]").forEach(sendOnce);
	document.querySelector("[data-focus]")?.focus();
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)
		    || event.target.tagName !== "TEXTAREA") {
			return;
		}
		const form = event.target.form;
		const button = form?.querySelector("[data-send]")
		    || form?.querySelector("button.btn-main");
		if (button) {
			event.preventDefault();
			form.requestSubmit(button);
		}
	});
}
