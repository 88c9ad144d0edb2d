/* desktop.js - the newest notification on the desktop, too, where this browser
 * was asked to: a choice of the device, kept in it. The bell in the page says
 * which one is the newest; poll.js keeps the bell up to date. */

const ON = "hd-desktop";
const SEEN = "hd-desktop-seen";

function isOn() {
	return localStorage.getItem(ON) === "1" && Notification.permission === "granted";
}

function show(desk) {
	const bell = document.querySelector("[data-notice]");

	if (!bell || !isOn() || localStorage.getItem(SEEN) === bell.dataset.notice) {
		return;
	}
	localStorage.setItem(SEEN, bell.dataset.notice);
	const note = new Notification(bell.textContent,
	    { tag: `hookdesk-${bell.dataset.notice}` });
	note.addEventListener("click", () => {
		window.focus();
		location.assign(`${desk.base}/agent/notices`);
	});
}

export function start(desk) {
	if (!("Notification" in window)) {
		return;
	}
	for (const box of document.querySelectorAll("[data-desktop]")) {
		box.closest("[hidden]").hidden = false;
		box.checked = isOn();
		box.addEventListener("change", async () => {
			if (box.checked) {
				box.checked =
				    await Notification.requestPermission() === "granted";
			}
			localStorage.setItem(ON, box.checked ? "1" : "");
		});
	}
	desk.tellDesktop = () => show(desk);
	show(desk);
}
