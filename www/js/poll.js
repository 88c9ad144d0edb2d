/* poll.js - asks every ten seconds, while the page is seen, whether it has
 * changed. An unchanged page costs the server a 304. Nothing moves under the
 * reader's hands: counts change in place, new rows wait behind a bar. */

const EVERY_MS = 10000;
const title = document.title;

function changed(desk, page) {
	/* an empty inbox has no rows yet */
	const list = desk.live("rows") || desk.live("rows", page) ? "rows" : "line";
	const seen = new Map([...desk.live(list)?.children || []].map((item) =>
		[item.dataset.id, item.dataset.rev]));
	return [...desk.live(list, page)?.children || []].filter((item) =>
		!seen.has(item.dataset.id)
		|| (item.dataset.rev && seen.get(item.dataset.id) !== item.dataset.rev));
}

function takeCounts(desk, page) {
	for (const name of ["folders", "queues", "count", "bell"]) {
		const mine = desk.live(name);
		const theirs = desk.live(name, page);
		if (mine && theirs && mine.innerHTML !== theirs.innerHTML) {
			mine.innerHTML = theirs.innerHTML;
		}
	}
	desk.tellDesktop?.();
}

function takeRows(desk, page) {
	const mine = desk.live("rows");
	const theirs = desk.live("rows", page);
	if (!mine || !theirs) {
		location.reload(); /* the list was or is now empty */
		return;
	}
	const ticked = new Set([...mine.querySelectorAll(".tick:checked")]
		.map((tick) => tick.value));
	const at = document.querySelector(".item.is-current")?.dataset.id;
	mine.innerHTML = theirs.innerHTML;
	for (const tick of mine.querySelectorAll(".tick")) {
		tick.checked = ticked.has(tick.value);
	}
	mine.querySelector(`[data-id="${CSS.escape(at || "")}"]`)
		?.classList.add("is-current");
	desk.refreshTicks?.();
	desk.refreshTimes?.(mine);
}

function offer(desk, news, count, run) {
	const button = document.createElement("button");
	button.type = "button";
	button.className = "btn btn-main btn-sm";
	button.textContent = desk.trn("{n} new – show", "{n} new – show", count);
	button.addEventListener("click", () => {
		news.hidden = true;
		document.title = title;
		run();
	});
	news.replaceChildren(button);
	news.hidden = false;
	document.title = `(${count}) ${title}`;
}

export function start(desk) {
	const news = document.querySelector("[data-news]");
	const isTicket = document.querySelector("[data-ticket]") != null;
	let etag = "";
	let timer = 0;

	news.setAttribute("role", "status");
	const look = async () => {
		const headers = { "X-Poll": "1" };
		if (etag) {
			headers["If-None-Match"] = etag;
		}
		const { response, page } = await desk.fetchPage(location.href,
		    { headers, cache: "no-store" });
		if (response.redirected || response.status === 401) {
			desk.toast(desk.tr("You are signed out."), {
				label: desk.tr("Sign in"),
				run: () => location.reload(),
			});
			return false;
		}
		etag = response.headers.get("ETag") || etag;
		if (!response.ok || !page) {
			return true;
		}
		takeCounts(desk, page);
		const fresh = changed(desk, page);
		if (fresh.length > 0) {
			offer(desk, news, fresh.length, () => isTicket
				? desk.absorb(page) : takeRows(desk, page));
		}
		return true;
	};
	const again = async () => {
		clearTimeout(timer);
		let goOn = true;
		if (!document.hidden) {
			try {
				goOn = await look();
			} catch {
				/* The network comes back; so do we. */
			}
		}
		if (goOn) {
			timer = setTimeout(again, EVERY_MS);
		}
	};
	timer = setTimeout(again, EVERY_MS);
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden) {
			again();
		}
	});
}
