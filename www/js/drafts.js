/* drafts.js - what is being written survives a closed tab: kept in this
 * browser, by desk and ticket, until the server has it. */

/* The newest entry on the page: another one after sending means it arrived. */
function newest() {
	return [...document.querySelectorAll("li[id^='e']")].pop()?.id || "";
}

function keep(desk, form) {
	const text = form.querySelector("textarea");
	const state = form.querySelector("[data-draft-state]");
	const key = `hd-draft:${desk.base}:${form.dataset.draft}`;
	const draft = desk.readDraft(key);
	const arrived = draft.sentAfter !== undefined && draft.sentAfter !== newest();
	const say = (words) => {
		if (state) {
			state.textContent = words;
		}
	};

	if (arrived) {
		desk.writeDraft(key, null);
	} else if (draft.text && text.value.trim() === "") {
		text.value = draft.text;
		say(desk.tr("Your draft is back"));
	}
	let timer = 0;
	const save = () => {
		clearTimeout(timer);
		const kept = text.value.trim() === ""
			? desk.writeDraft(key, null)
			: desk.writeDraft(key, { text: text.value });
		say(kept && text.value.trim() !== "" ? desk.tr("Draft saved") : "");
	};
	text.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(save, 800);
	});
	text.addEventListener("blur", save);
	form.addEventListener("submit", (event) => {
		clearTimeout(timer);
		if (!event.defaultPrevented && text.value.trim() !== "") {
			desk.writeDraft(key, { text: text.value,
			    sentAfter: newest() });
		}
	});
}

export function start(desk) {
	for (const form of document.querySelectorAll("form[data-draft]")) {
		keep(desk, form);
	}
}
