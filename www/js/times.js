/* times.js - keeps "3 minutes ago" true while a page stays open. The exact
 * time is in the title, as the server wrote it. */

const steps = [
	[60, 1, "second"],
	[3600, 60, "minute"],
	[86400, 3600, "hour"],
	[7 * 86400, 86400, "day"],
	[60 * 86400, 7 * 86400, "week"],
	[Infinity, 30 * 86400, "month"],
];

function words(format, iso) {
	const seconds = (Date.parse(iso) - Date.now()) / 1000;
	const size = Math.abs(seconds);
	const [, unit, name] = steps.find(([limit]) => size < limit);
	return name === "second"
		? format.format(0, "second")
		: format.format(Math.trunc(seconds / unit), name);
}

/* How long since, in the fewest letters: a list is read at a glance. */
function brief(lang, iso) {
	const seconds = Math.max(0, (Date.now() - Date.parse(iso)) / 1000);
	const [, unit, name] = steps.find(([limit]) => seconds < limit);
	return new Intl.NumberFormat(lang, {
		style: "unit",
		unit: name === "second" ? "minute" : name,
		unitDisplay: "short",
	}).format(Math.max(1, Math.floor(seconds / (name === "second" ? 60 : unit))));
}

export function start(desk) {
	const format = new Intl.RelativeTimeFormat(desk.lang, { numeric: "auto" });

	desk.refreshTimes = (within = document) => {
		for (const time of within.querySelectorAll("time[data-relative]")) {
			time.textContent = time.dataset.relative === "short"
				? brief(desk.lang, time.dateTime)
				: words(format, time.dateTime);
		}
	};
	desk.refreshTimes();
	setInterval(() => desk.refreshTimes(), 30000);
}
