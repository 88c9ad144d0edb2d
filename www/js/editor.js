/* editor.js - the text area of a script as an editor: numbers of lines, Tab,
 * Ctrl+S, the erring line, and what is typed kept in this browser. */

const INDENT = "  ";

/* The numbers beside the text, in step with its scrolling; the line that is
 * wrong, and those that may be, are marked. */
function addNumbers(text, box, wrong, doubtful) {
	const numbers = document.createElement("div");
	let count = 0;

	const show = () => {
		const lines = text.value.split("\n").length;

		if (lines !== count) {
			count = lines;
			numbers.replaceChildren(...Array.from({ length: lines },
			    (_, i) => {
				const line = document.createElement("div");
				line.dataset.no = i + 1;
				line.classList.toggle("is-error", i + 1 === wrong);
				line.classList.toggle("is-warn",
				    doubtful.includes(i + 1));
				return line;
			}));
		}
		numbers.scrollTop = text.scrollTop;
	};
	numbers.className = "editor-numbers";
	numbers.setAttribute("aria-hidden", "true");
	box.prepend(numbers);
	box.classList.add("has-numbers");
	text.addEventListener("input", show);
	text.addEventListener("scroll", () => {
		numbers.scrollTop = text.scrollTop;
	});
	show();
}

/* Change the text so that it can be undone by the browser. */
function insert(text, words) {
	text.focus();
	if (!document.execCommand("insertText", false, words)) {
		text.setRangeText(words, text.selectionStart, text.selectionEnd,
		    "end");
		text.dispatchEvent(new Event("input", { bubbles: true }));
	}
}

/* Indent the lines that are marked, or take it back. */
function shift(text, isBack) {
	const start = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
	const end = text.selectionEnd;
	const lines = text.value.slice(start, end).split("\n");
	const changed = lines.map((line) => isBack
		? line.replace(/^( {1,2}|\t)/, "")
		: line && INDENT + line);

	text.setSelectionRange(start, end);
	insert(text, changed.join("\n"));
	text.setSelectionRange(start, start + changed.join("\n").length);
}

function onKey(text, state, save, event) {
	if ((event.ctrlKey || event.metaKey) && !event.altKey &&
	    event.key.toLowerCase() === "s") {
		event.preventDefault();
		save();
		return;
	}
	if (event.target !== text) {
		return;
	}
	if (event.key === "Tab" && !event.ctrlKey && !event.altKey &&
	    !state.leaves) {
		event.preventDefault();
		if (text.selectionStart !== text.selectionEnd || event.shiftKey) {
			shift(text, event.shiftKey);
		} else {
			insert(text, INDENT);
		}
	} else if (event.key === "Enter" && !event.isComposing &&
	    !event.ctrlKey && !event.metaKey) {
		const start = text.value.lastIndexOf("\n",
		    text.selectionStart - 1) + 1;
		const indent = /^[ \t]*/.exec(
		    text.value.slice(start, text.selectionStart))[0];

		if (indent !== "") {
			event.preventDefault();
			insert(text, "\n" + indent);
		}
	}
	state.leaves = event.key === "Escape" ||
	    (state.leaves && event.key === "Shift");
}

/* Go to the line that is wrong. */
function goTo(text, line) {
	const lines = text.value.split("\n");
	const start = lines.slice(0, line - 1).join("\n").length + (line > 1);
	const height = text.scrollHeight / Math.max(lines.length, 1);

	text.focus({ preventScroll: true });
	text.setSelectionRange(start, start + (lines[line - 1] || "").length);
	text.scrollTop = Math.max(0, (line - 5) * height);
}

/* What was typed and not saved, in a line above the text. */
function offer(desk, text, box, draft, drop) {
	const line = document.createElement("p");
	const words = document.createElement("span");
	const buttons = [[desk.tr("Take it back"), true],
	    [desk.tr("Drop it"), false]];

	line.className = "notice notice-info editor-draft";
	words.textContent = desk.tr(
	    "What you typed here before was not saved.");
	line.append(words);
	for (const [label, isBack] of buttons) {
		const button = document.createElement("button");

		button.type = "button";
		button.className = "btn btn-sm";
		button.textContent = label;
		button.addEventListener("click", () => {
			if (isBack) {
				text.value = draft.text;
				text.dispatchEvent(new Event("input"));
			} else {
				drop();
			}
			line.remove();
			text.focus();
		});
		line.append(button);
	}
	box.before(line);
}

/* Kept until the server has it: a page that shows just that text has. */
function keepDraft(desk, form, text, box) {
	const key = `hd-script:${desk.base}:${form.dataset.editor}`;
	const say = form.querySelector("[data-editor-state]");
	const isTyped = "typed" in form.dataset;
	const saved = text.value;
	let timer = 0;
	let isSending = false;
	const draft = desk.readDraft(key);

	if (draft.text === saved) {
		desk.writeDraft(key, null);
	} else if (draft.text !== undefined && !isTyped) {
		offer(desk, text, box, draft, () => desk.writeDraft(key, null));
	}
	const isDirty = () => isTyped || text.value !== saved;
	const keep = () => {
		clearTimeout(timer);
		if (isDirty()) {
			desk.writeDraft(key, { text: text.value });
		}
		say.textContent = isDirty() ? desk.tr("Not saved yet") : "";
	};
	text.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(keep, 400);
	});
	form.addEventListener("submit", () => {
		keep();
		isSending = true;
	});
	addEventListener("beforeunload", (event) => {
		if (isDirty() && !isSending) {
			keep();
			event.preventDefault();
			event.returnValue = "";
		}
	});
	addEventListener("pageshow", () => {
		isSending = false;
	});
}

export function start(desk) {
	const form = document.querySelector("form[data-editor]");
	const text = form.querySelector("textarea[name=source]");
	const box = form.querySelector("[data-editor-box]");
	const save = form.querySelector("[data-editor-save]");
	const line = Number(form.dataset.line || 0);
	const state = { leaves: false };

	addNumbers(text, box, line,
	    Array.from(form.querySelectorAll("[data-warn-line]"),
		(item) => Number(item.dataset.warnLine)));
	keepDraft(desk, form, text, box);
	form.querySelector("[data-editor-help]").hidden = false;
	form.addEventListener("keydown", (event) =>
		onKey(text, state, () => form.requestSubmit(save), event));
	if (line > 0) {
		goTo(text, line);
	}
}
