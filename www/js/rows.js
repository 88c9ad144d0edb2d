/* rows.js - a table of inputs grows by a button, and its rows go by one. */

function renumber(table, row, number) {
	const prefix = `${table.dataset.rows}.`;

	for (const input of row.querySelectorAll("input, select")) {
		const column = input.name.slice(prefix.length)
			.replace(/^\d+\./, "");

		input.name = `${prefix}${number}.${column}`;
	}
}

function clear(row) {
	for (const input of row.querySelectorAll("input, select")) {
		input.value = "";
	}
}

function addRemover(desk, row, table) {
	const cell = row.insertCell();
	const button = document.createElement("button");

	button.type = "button";
	button.className = "btn btn-bare btn-sm";
	button.textContent = desk.tr("Remove");
	button.addEventListener("click", () => {
		const next = row.nextElementSibling || row.previousElementSibling;

		clear(row);
		if (table.tBodies[0].rows.length > 1) {
			row.remove();
		}
		next?.querySelector("input, select")?.focus();
	});
	cell.append(button);
}

export function start(desk) {
	for (const table of document.querySelectorAll("[data-rows]")) {
		const body = table.tBodies[0];
		const button = document.createElement("button");
		const head = document.createElement("th");
		const blank = body.rows[body.rows.length - 1].cloneNode(true);
		let next = body.rows.length;

		head.append(Object.assign(document.createElement("span"),
		    { className: "sr", textContent: desk.tr("Remove") }));
		table.tHead.rows[0].append(head);
		/* without us there are empty rows to begin with */
		for (const spare of body.querySelectorAll("[data-spare]")) {
			if (body.rows.length > 1) {
				spare.remove();
			}
		}
		for (const row of body.rows) {
			addRemover(desk, row, table);
		}
		button.type = "button";
		button.className = "btn btn-sm";
		button.textContent = desk.tr("Add a row");
		button.addEventListener("click", () => {
			const row = blank.cloneNode(true);

			renumber(table, row, next++);
			clear(row);
			body.append(row);
			addRemover(desk, row, table);
			row.querySelector("input, select")?.focus();
		});
		table.parentElement.after(button);
	}
}
