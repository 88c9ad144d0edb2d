/* tests/browser/test_replay.mjs - a replay on its page, and a short one beside
 * the editor, in a real browser, with and without JavaScript. */
import fs from "node:fs";
import path from "node:path";
import { startDesk } from "../web/desk.mjs";
import { check, done, equal, match, test, until } from "../web/tap.mjs";
import { accessible, fits, openPage, quiet, signIn, startBrowser }
	from "./browser.mjs";

const browser = await startBrowser();
const desk = await startDesk();

const LOUD = `desk.on("ticket.created", { name = "loud" }, function(event)
  if desk.word_in(event.ticket.subject, { "fire" }) then
    event.ticket:set({ priority = "urgent" }, "it burns")
    event.ticket:note("Call the fire brigade.")
  end
end)
`;

fs.writeFileSync(path.join(desk.dir, "scripts/loud.lua"), "-- Nothing yet.\n");
await desk.cli("reload", desk.dir);
const api = await desk.api();

const source = (page) => page.locator("textarea[name=source]");

await test("where nothing happened, that is said", async () => {
	const page = await openPage(browser);
	await signIn(page, desk);
	await page.goto(`${desk.url}/admin/scripts/loud/edit`);
	await page.locator("html.is-ready").waitFor();
	await source(page).fill(LOUD);
	await page.locator(".short-replay").getByText("Nothing happened").waitFor();
	await page.goto(`${desk.url}/admin/scripts/loud/replay`);
	await page.locator("html.is-ready").waitFor();
	await page.getByRole("button", { name: "Replay" }).click();
	await page.getByText("Nothing happened in this time").waitFor();
	quiet(page);
});

for (const subject of ["My hat is on fire", "An invoice", "Fire in the hall"]) {
	equal((await api.api("POST", "/tickets", { subject,
		/* one each: whose second mail is withheld by which rule depends on
		 * how fast the machine is */
		email: `${subject.length}@example.org`, body: "Please help." }))
		.status, 201,
	    subject);
}

/* Where somebody wants to look at the pages: a folder. */
async function picture(page, name) {
	if (process.env.PICTURES) {
		await page.screenshot({ fullPage: true,
			path: path.join(process.env.PICTURES, `${name}.png`) });
	}
}

await test("beside the editor it says what would have changed, while one types",
	async () => {
		const page = await openPage(browser);
		await signIn(page, desk);
		await page.goto(`${desk.url}/admin/scripts/loud/edit`);
		await page.locator("html.is-ready").waitFor();
		await source(page).fill(LOUD);
		const said = page.locator(".short-replay");
		await said.getByText("2 of the last 3 tickets").waitFor();
		match(await said.innerText(), /Fire in the hall/);
		match(await said.innerText(), /Field priority: normal → urgent/);
		check(!(await said.innerText()).includes("invoice"), "the other one");
		await picture(page, "short");
		await accessible(page);
		await source(page).fill(LOUD.replace("fire\"", "smoke\""));
		await said.getByText("Would have changed 0").waitFor();
		await source(page).fill("desk.on(");
		await said.getByText("loud.lua:1").waitFor();
		quiet(page);
	});

await test("a script that is not there yet is replayed, too", async () => {
	const page = await openPage(browser);
	await signIn(page, desk);
	await page.goto(`${desk.url}/admin/scripts/new`);
	await page.locator("html.is-ready").waitFor();
	await source(page).fill(LOUD);
	await page.locator(".short-replay").getByText("2 of the last 3 tickets")
		.waitFor();
	quiet(page);
});

/* A replay gives way to all else, and may take a while on a busy machine. */
async function lookUntil(page, words, byHand) {
	await until(words, async () => {
		await page.waitForLoadState();
		if (await page.getByText(words).count() > 0)
			return true;
		if (byHand) {
			await page.getByRole("link", { name: "Look again" })
				.click({ timeout: 1000 }).catch(() => {});
		}
		return false;
	}, { timeout: 90_000 }).catch(async (error) => {
		throw new Error(`${error.message}: ` +
			await page.locator("main").innerText());
	});
}

for (const javaScriptEnabled of [false, true]) {
	const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

	await test(`${how}: the page shows how far it is, and what came of it`,
		async () => {
			const page = await openPage(browser, { javaScriptEnabled });
			await signIn(page, desk);
			await page.goto(`${desk.url}/admin/scripts/loud`);
			await page.getByRole("link", { name: "Replay" }).click();
			await page.getByLabel("Period").selectOption("7");
			await page.getByRole("button", { name: "Replay" }).click();
			await lookUntil(page, "No ticket would have gone another way",
				!javaScriptEnabled);
			equal(await page.getByLabel("Period").inputValue(), "7", "period");
			quiet(page);
		});
}

await test("what stands in the editor is replayed, too", async () => {
	const page = await openPage(browser, { javaScriptEnabled: false });
	await signIn(page, desk);
	await page.goto(`${desk.url}/admin/scripts/loud/edit`);
	await source(page).fill(LOUD);
	const [result] = await Promise.all([page.context().waitForEvent("page"),
		page.getByRole("button", { name: "Replay" }).click()]);
	await lookUntil(result, "2 of 3 tickets would have gone another way", true);
	check(await result.getByText("A draft").count() === 1, "a draft");
	equal(await result.locator(".replayed-ticket").count(), 2, "tickets");
	quiet(page);
});

await test("the result reads well, wide and narrow", async () => {
	const page = await openPage(browser);
	await signIn(page, desk);
	await page.goto(`${desk.url}/admin/scripts/loud/replay`);
	await page.locator("html.is-ready").waitFor();
	await page.getByText("1 thing followed").first().click();
	await picture(page, "wide");
	await accessible(page);
	for (const width of [320, 360]) {
		await page.setViewportSize({ width, height: 800 });
		await fits(page);
	}
	await picture(page, "narrow");
	await page.emulateMedia({ colorScheme: "dark" });
	await picture(page, "dark");
	await page.getByRole("link", { name: "My hat is on fire" }).click();
	await page.getByRole("heading", { name: "My hat is on fire" }).waitFor();
	quiet(page);
});

/* Two from another help desk, of the last days. */
await test("what was imported is replayed from its timelines", async () => {
	const at = (days) => new Date(Date.now() - days * 86400e3).toISOString();
	const page = await openPage(browser);

	for (const subject of ["The fire is out", "A bill"]) {
		equal((await api.api("POST", "/imports/tickets", { subject,
			email: "eve@example.org", status: "closed", entries: [
				{ at: at(5), body: "Please help." },
				{ at: at(4), by: "agent", body: "So be it." }] })).status,
		    201, subject);
	}
	await signIn(page, desk);
	await page.goto(`${desk.url}/admin/scripts/loud/edit`);
	await page.locator("html.is-ready").waitFor();
	await source(page).fill(LOUD);
	await page.locator(".short-replay").getByText("3 of the last 5 tickets")
		.waitFor();
	await page.getByText("The fire is out").waitFor();
	fs.writeFileSync(path.join(desk.dir, "scripts/loud.lua"), LOUD);
	await page.goto(`${desk.url}/admin/scripts/loud/replay`);
	await page.locator("html.is-ready").waitFor();
	await page.getByRole("button", { name: "Replay" }).click();
	await page.getByText("2 of the tickets were imported").waitFor();
	await picture(page, "imported");
	await accessible(page);
	quiet(page);
});

await done();
