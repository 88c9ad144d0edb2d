/* menus.js - menus and the drawer close as people expect: with Escape and with
 * a press beside them. */

function openMenus() {
	return document.querySelectorAll("details.menu[open]");
}

export function start() {
	document.addEventListener("click", (event) => {
		for (const menu of openMenus()) {
			if (!menu.contains(event.target)) {
				menu.open = false;
			}
		}
	});
	document.addEventListener("keydown", (event) => {
		if (event.key !== "Escape") {
			return;
		}
		for (const menu of openMenus()) {
			const held = menu.contains(document.activeElement);
			menu.open = false;
			if (held) {
				menu.querySelector("summary").focus();
			}
		}
		if (location.hash === "#side") {
			location.hash = "#main";
			document.querySelector("[data-side]")?.focus();
		}
	});
	document.querySelector("[data-side]")?.addEventListener("click", () =>
		setTimeout(() => document.querySelector(".side-close")?.focus(), 200));
}
