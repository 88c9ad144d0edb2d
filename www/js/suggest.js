/* suggest.js - articles that may answer, while a customer still writes.
 * GET /suggest?q= gives {"articles": [{"title", "url"}]}. */

function show(desk, input, box, articles) {
	box.hidden = articles.length === 0;
	if (box.hidden) {
		return;
	}
	const head = document.createElement("p");
	head.className = "suggest-head";
	head.textContent = desk.tr("This may be your answer:");
	const links = articles.slice(0, 5).map((article) => {
		const link = document.createElement("a");
		link.className = "menu-item";
		link.href = article.url;
		link.textContent = article.title;
		if (input.name !== "q") {
			link.target = "_blank"; /* the form keeps what was typed */
			link.rel = "noopener";
		}
		return link;
	});
	box.replaceChildren(head, ...links);
}

function equip(desk, input) {
	const box = document.createElement("div");
	const isSearch = input.name === "q";
	let timer = 0;
	let last = "";

	box.className = isSearch ? "suggest" : "suggest suggest-below";
	box.setAttribute("role", "status");
	box.hidden = true;
	input.after(box);
	const ask = async () => {
		const q = input.value.trim();
		if (q === last) {
			return;
		}
		last = q;
		if (q.length < 3) {
			box.hidden = true;
			return;
		}
		try {
			const answer = await fetch(
			    `${input.dataset.suggest}?q=${encodeURIComponent(q)}`,
			    { headers: { Accept: "application/json" } });
			if (answer.ok && q === last) {
				show(desk, input, box, (await answer.json()).articles || []);
			}
		} catch {
			box.hidden = true; /* a suggestion less, nothing lost */
		}
	};
	input.addEventListener("input", () => {
		clearTimeout(timer);
		timer = setTimeout(ask, 250);
	});
	input.addEventListener("keydown", (event) => {
		if (event.key === "ArrowDown" && !box.hidden) {
			event.preventDefault();
			box.querySelector("a").focus();
		} else if (event.key === "Escape") {
			box.hidden = true;
		}
	});
	box.addEventListener("keydown", (event) => {
		const links = [...box.querySelectorAll("a")];
		const at = links.indexOf(document.activeElement);
		if (event.key === "ArrowDown") {
			links[Math.min(at + 1, links.length - 1)].focus();
		} else if (event.key === "ArrowUp") {
			(at > 0 ? links[at - 1] : input).focus();
		} else if (event.key === "Escape") {
			box.hidden = true;
			input.focus();
		} else {
			return;
		}
		event.preventDefault();
	});
	if (isSearch) {
		document.addEventListener("click", (event) => {
			if (!input.parentElement.contains(event.target)) {
				box.hidden = true;
			}
		});
	}
}

export function start(desk) {
	for (const input of document.querySelectorAll("[data-suggest]")) {
		equip(desk, input);
	}
}
