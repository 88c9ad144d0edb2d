/* drafts.js - what is being written survives a closed tab: kept in this
 * browser, by desk and ticket, until the server has it. */

const MAX_AGE_MS = 30 * 86400 * 1000;

function read(key) {
	try {
		return JSON.parse(localStorage.getItem(key)) || {};
	} catch {
		return {};
	}
}

function write(key, draft) {
	try {
		if (draft) {
			localStorage.setItem(key, JSON.stringify(draft));
		} else {
			localStorage.removeItem(key);
		}
		return true;
	} catch {
		return false; /* storage is full or forbidden: nothing is kept */
	}
}

/* The newest entry on the page: another one after sending means it arrived. */
function newest() {
	return [...document.querySelectorAll("li[id^='e']")].pop()?.id || "";
}

function keep(desk, form) {
	const text = form.querySelector("textarea");
	const state = form.querySelector("[data-draft-state]");
	const key = `hd-draft:${desk.base}:${form.dataset.draft}`;
	const draft = read(key);
	const arrived = draft.sentAfter !== undefined && draft.sentAfter !== newest();
	const say = (words) => {
		if (state) {
			state.textContent = words;
		}
	};

	if (arrived || (draft.at && Date.now() - draft.at > MAX_AGE_MS)) {
		write(key, null);
	} else if (draft.text && text.value.trim() === "") {
		text.value = draft.text;
		say(desk.tr("Your draft is back"));
	}
	let timer = 0;
	const save = () => {
		clearTimeout(timer);
		const kept = text.value.trim() === ""
			? write(key, null)
			: write(key, { text: text.value, at: Date.now() });
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
			write(key, { text: text.value, at: Date.now(),
			    sentAfter: newest() });
		}
	});
}

export function start(desk) {
	for (const form of document.querySelectorAll("form[data-draft]")) {
		keep(desk, form);
	}
}
