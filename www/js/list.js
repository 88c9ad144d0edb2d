/* list.js - lists of tickets from the keyboard, ticks and their bar, and how
 * close together the rows are. */

function rows() {
	return [...document.querySelectorAll(".rows .item")];
}

function current() {
	return document.querySelector(".item.is-current");
}

function move(step) {
	const all = rows();
	if (all.length === 0) {
		return;
	}
	const at = all.indexOf(current());
	const next = all[Math.max(0, Math.min(all.length - 1,
	    at < 0 ? 0 : at + step))];
	all[at]?.classList.remove("is-current");
	next.classList.add("is-current");
	next.querySelector(".item-link").focus({ preventScroll: true });
	next.scrollIntoView({ block: "nearest" });
}

function tickOf(row) {
	return row?.querySelector(".tick");
}

function equipTicks(desk, form) {
	const bar = form.querySelector(".bulk");
	const count = form.querySelector("[data-bulk-count]");
	let last = null;

	const refresh = () => {
		const n = form.querySelectorAll(".tick:checked").length;
		bar.classList.toggle("is-on", n > 0);
		count.textContent = n > 0
			? desk.trn("{n} ticket selected", "{n} tickets selected", n) : "";
	};
	/* With Shift everything from the last tick to this one. */
	form.addEventListener("click", (event) => {
		const tick = tickOf(event.target.closest(".item"));
		if (!tick || event.target !== tick) {
			return;
		}
		const all = rows();
		const [a, b] = [all.findIndex((row) => tickOf(row) === last),
		    all.findIndex((row) => tickOf(row) === tick)];
		if (event.shiftKey && a >= 0) {
			for (const row of all.slice(Math.min(a, b), Math.max(a, b) + 1)) {
				tickOf(row).checked = tick.checked;
			}
		}
		last = tick;
		refresh();
	});
	form.addEventListener("change", refresh);
	addEventListener("pageshow", refresh);
	desk.refreshTicks = refresh;
	refresh();
}

function equipDensity() {
	const button = document.querySelector("[data-density]");
	const key = "hd-density";
	const apply = (isClose) => {
		document.documentElement.dataset.density = isClose ? "close" : "";
		button?.setAttribute("aria-pressed", String(isClose));
	};
	apply(localStorage.getItem(key) === "close");
	if (!button) {
		return;
	}
	button.hidden = false;
	button.addEventListener("click", () => {
		const isClose = document.documentElement.dataset.density !== "close";
		localStorage.setItem(key, isClose ? "close" : "");
		apply(isClose);
	});
}

export function start(desk) {
	const form = document.querySelector("[data-bulk]");

	equipTicks(desk, form);
	equipDensity();
	desk.listKeys = [
		["j", desk.tr("Next row"), () => move(1)],
		["k", desk.tr("Previous row"), () => move(-1)],
		["o", desk.tr("Open the row"), () =>
			current()?.querySelector(".item-link").click()],
		["x", desk.tr("Select the row"), () => tickOf(current())?.click()],
		["Escape", desk.tr("Clear the selection"), () => {
			for (const tick of form.querySelectorAll(".tick:checked")) {
				tick.checked = false;
			}
			desk.refreshTicks();
		}],
	];
}
