/* tests/browser/browser.mjs - Debian's Chromium, and axe to look at pages.
 *
 *	const browser = await startBrowser();
 *	const page = await browser.newPage({ viewport: { width: 320, ... } });
 *	await accessible(page);
 */
import { createRequire } from "node:module";
import fs from "node:fs";
import { findProgram } from "../web/servers.mjs";
import { check, cleanup, match, note, skipAll } from "../web/tap.mjs";

const require = createRequire(import.meta.url);

/** WCAG 2.2 AA and what is good practice besides. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
	"best-practice"];

/** Skips the file when there is no browser or no Playwright. */
export async function startBrowser() {
	const program = findProgram("chromium");

	if (program === null)
		skipAll("chromium is not installed");
	if (!fs.existsSync(new URL("node_modules/playwright-core",
		import.meta.url)))
		skipAll("./bootstrap check fetches the browser's modules");
	const { chromium } = require("playwright-core");
	const browser = await chromium.launch({ executablePath: program, args: [
		"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update",
		"--disable-sync"] });
	cleanup(() => browser.close());
	return browser;
}

/** A page that fails the test on errors of scripts and broken requests. */
export async function openPage(browser, options = {}) {
	const context = await browser.newContext(options);
	const page = await context.newPage();

	page.problems = [];
	page.on("pageerror", (error) => page.problems.push(`script: ${error}`));
	page.on("console", (message) => {
		if (message.type() === "error")
			page.problems.push(`console: ${message.text()}`);
	});
	page.on("response", (response) => {
		if (response.status() >= 500)
			page.problems.push(`${response.status()} ${response.url()}`);
	});
	page.setDefaultTimeout(8_000);
	return page;
}

/** By a link, as people do; whoever signed in to this desk once stays so: it
 * takes no more than a few sign-ins of one person. */
export async function signIn(page, desk) {
	if (desk.session !== undefined) {
		await page.context().addCookies(desk.session);
		await page.goto(`${desk.url}/agent`);
		return;
	}
	const link = (await desk.cli("agent", "link", desk.dir,
		"admin@example.test")).trim();
	await page.goto(link);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.waitForURL(/\/agent(\?|$)/);
	desk.session = (await page.context().cookies())
		.filter(({ httpOnly }) => httpOnly);
}

/** Nobody writes faster: who does is taken for a program. */
export const READING_MS = 2500;

/** Ask by the form as a person does; the private page is open afterwards. */
export async function askInBrowser(page, desk, subject) {
	await page.goto(`${desk.url}/`);
	await page.locator("header").getByRole("link", { name: "Ask us" }).click();
	await page.getByLabel("Your name").fill("Ann Lee");
	await page.getByLabel("Your e-mail address").fill("ann@customer.test");
	await page.getByLabel("In one line: what is it about?").fill(subject);
	await page.getByLabel("Tell us more").fill("It burns, and I am worried.");
	await page.waitForTimeout(READING_MS);
	await page.getByRole("button", { name: "Send", exact: true }).click();
	await page.waitForURL(/\/t\//);
	match(await page.locator("h1").innerText(), new RegExp(subject));
}

/** Nothing went wrong on the page so far. */
export function quiet(page) {
	check(page.problems.length === 0, page.problems.join("\n"));
}

/** axe finds nothing on the page. */
export async function accessible(page) {
	const isLoaded = await page.evaluate(() => "axe" in globalThis);
	if (!isLoaded) {
		/* past the page's own policy, as an extension would */
		const source = fs.readFileSync(
			require.resolve("axe-core/axe.min.js"), "utf8");
		await page.evaluate(source);
	}
	const { violations } = await page.evaluate((tags) =>
		globalThis.axe.run({ runOnly: tags }), RULES);
	for (const { id, help, nodes } of violations) {
		note(`${page.url()}: ${id}: ${help}`);
		for (const { html, failureSummary } of nodes.slice(0, 3))
			note(`  ${html.slice(0, 200)} ${failureSummary}`);
	}
	check(violations.length === 0, violations.map((one) => one.id).join(" "));
}

/** Nothing sticks out to the side. */
export async function fits(page) {
	const { wide, shown } = await page.evaluate(() => ({
		wide: document.documentElement.scrollWidth,
		shown: document.documentElement.clientWidth }));
	check(wide <= shown, `${page.url()} is ${wide} px wide in ${shown}`);
}
