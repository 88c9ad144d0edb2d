/* attach.js - files by paste and by drop as well as by the button, and a list
 * of what will be sent. The field stays the one truth: it is what is posted. */

function sizeWords(desk, bytes) {
	const [unit, n] = bytes < 1e6
		? ["kilobyte", Math.max(1, Math.round(bytes / 1e3))]
		: ["megabyte", Math.round(bytes / 1e5) / 10];
	return new Intl.NumberFormat(desk.lang,
	    { style: "unit", unit, unitDisplay: "short" }).format(n);
}

function setFiles(input, files) {
	const carrier = new DataTransfer();
	for (const file of files) {
		carrier.items.add(file);
	}
	input.files = carrier.files;
	input.dispatchEvent(new Event("change"));
}

function card(desk, input, file) {
	const item = document.createElement("li");
	const name = document.createElement("span");
	const size = document.createElement("span");
	const remove = document.createElement("button");

	item.className = "file-card";
	name.className = "cut";
	name.textContent = file.name;
	size.className = "muted nowrap";
	size.textContent = sizeWords(desk, file.size);
	remove.type = "button";
	remove.className = "btn btn-bare btn-sm";
	remove.textContent = desk.tr("Remove");
	remove.setAttribute("aria-label",
	    desk.tr("Remove {name}", { name: file.name }));
	remove.addEventListener("click", () => {
		setFiles(input, [...input.files].filter((other) => other !== file));
		input.focus();
	});
	item.append(name, size, remove);
	return item;
}

function equip(desk, box) {
	const input = box.querySelector("input[type=file]");
	const form = input.form;
	const list = document.createElement("ul");
	let picked = [...input.files];

	list.className = "files picked";
	list.hidden = true;
	input.after(list);
	/* The button replaces what was picked; people expect it to add. */
	input.addEventListener("click", () => {
		picked = [...input.files];
	});
	input.addEventListener("input", () => {
		const fresh = [...input.files];
		const isNew = (file) => !fresh.some((other) =>
			other.name === file.name && other.size === file.size);
		setFiles(input, [...picked.filter(isNew), ...fresh]);
	});
	input.addEventListener("change", () => {
		picked = [...input.files];
		list.replaceChildren(...picked.map((file) => card(desk, input, file)));
		list.hidden = picked.length === 0;
	});
	const add = (files) => {
		const fold = box.closest("details");
		if (fold) {
			fold.open = true;
		}
		setFiles(input, [...input.files, ...files]);
		desk.toast(desk.trn("{n} file added", "{n} files added", files.length));
	};
	form.addEventListener("paste", (event) => {
		const files = [...event.clipboardData.files];
		if (files.length > 0) {
			event.preventDefault();
			add(files);
		}
	});
	form.addEventListener("dragover", (event) => {
		if (event.dataTransfer.types.includes("Files")) {
			event.preventDefault();
			form.classList.add("is-dropping");
		}
	});
	form.addEventListener("dragleave", (event) => {
		if (!form.contains(event.relatedTarget)) {
			form.classList.remove("is-dropping");
		}
	});
	form.addEventListener("drop", (event) => {
		form.classList.remove("is-dropping");
		if (event.dataTransfer.files.length > 0) {
			event.preventDefault();
			add([...event.dataTransfer.files]);
		}
	});
}

export function start(desk) {
	for (const box of document.querySelectorAll("[data-attach]")) {
		equip(desk, box);
	}
}
