/* theme.js - light or dark, remembered in a cookie that the server reads, so
 * that the next page is drawn right at once. */

const root = document.documentElement;

function isDark() {
	if (root.dataset.theme) {
		return root.dataset.theme === "dark";
	}
	return matchMedia("(prefers-color-scheme: dark)").matches;
}

function choose(theme, base) {
	root.dataset.theme = theme;
	const secure = location.protocol === "https:" ? "; Secure" : "";
	document.cookie = `hd_theme=${theme}; Path=${base || "/"}; ` +
	    `Max-Age=31536000; SameSite=Lax${secure}`;
}

export function start(desk) {
	for (const button of document.querySelectorAll("[data-theme-toggle]")) {
		button.hidden = false;
		button.addEventListener("click", () =>
			choose(isDark() ? "light" : "dark", desk.base));
	}
}
