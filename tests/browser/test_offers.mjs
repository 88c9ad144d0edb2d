/* tests/browser/test_offers.mjs - what scripts offer on a ticket's page, in a
 * real browser: an action by mouse, by key and from the palette, with its form
 * on a page and in a dialog; panels. With SHOTS a folder, pictures of it all.
 */
import path from "node:path";
import { startDesk } from "../web/desk.mjs";
import { check, done, equal, match, test } from "../web/tap.mjs";
import { withScript } from "../web/webhook.mjs";
import { accessible, fits, openPage, quiet, signIn, startBrowser }
	from "./browser.mjs";

const browser = await startBrowser();
const desk = await startDesk({ beforeServe: withScript("shop", `
desk.action("urgent", { label = "Make it urgent", icon = "flag", key = "y",
  when = { priority = { "low", "normal", "high" } } }, function(ticket)
  ticket:set({ priority = "urgent" }, "chosen")
  return "It is urgent now."
end)
desk.action("refund", { label = "Refund", key = "b", ask = {
  amount = { type = "number", label = "Amount in euros", required = true,
    min = 1, max = 500, help = "Up to 500 without asking a lead" },
  reason = { type = "word", label = "Reason", words = { "late", "broken",
    "other" }, default = "late" },
  mail = { type = "boolean", label = "Tell the customer", default = true } },
}, function(ticket, agent, input)
  ticket:note("Refund of " .. input.amount .. " (" .. input.reason .. ")")
  return "Refunded " .. input.amount
end)
desk.action("call", { label = "Ask for a call" }, function(ticket)
  error("the phone is off")
end)
desk.panel("order", { title = "Order" }, function(ticket)
  return { { label = "Number", value = "A-4711",
      link = "https://shop.test/orders/4711" },
    { label = "Sum", value = "129,90 €" },
    { label = "Sent", value = "2 March, by parcel" },
    { label = "Other tickets", value = "all of them", link = "/agent" } }
end)
desk.panel("stock", { title = "In stock" }, function() error("no answer") end)
`) });
const api = await desk.api();

async function ask(subject) {
	const made = await api.api("POST", "/tickets", { subject,
		body: "It burns.", email: "ann@customer.test", name: "Ann Lee" });
	equal(made.status, 201, made.text);
	return made.json.number;
}

async function open(options, subject) {
	const page = await openPage(browser, options);
	const number = await ask(subject);

	await signIn(page, desk);
	await page.goto(`${desk.url}/agent/t/${number}`);
	return page;
}

/** A form that was refused is no error of the page. */
function onlyRefused(page) {
	check(page.problems.every((one) => /422/.test(one)),
		page.problems.join("\n"));
}

async function shot(page, name) {
	if (process.env.SHOTS)
		await page.screenshot({ fullPage: true,
			path: path.join(process.env.SHOTS, `${name}.png`) });
}

await test("without JavaScript: buttons, a page to fill in, a link", async () => {
	const page = await open({ javaScriptEnabled: false }, "Plain");

	await page.getByRole("button", { name: "Make it urgent" }).click();
	await page.getByText("It is urgent now.").waitFor();
	equal(await page.getByRole("button", { name: "Make it urgent" }).count(),
		0, "it is urgent already");
	await page.getByRole("link", { name: "Refund" }).click();
	await page.getByLabel("Amount in euros").fill("999");
	await page.getByRole("button", { name: "Refund" }).click();
	await page.getByText("It is 500 at most.").first().waitFor();
	equal(await page.getByLabel("Amount in euros").inputValue(), "999");
	await page.getByLabel("Amount in euros").fill("20");
	await page.getByRole("button", { name: "Refund" }).click();
	await page.getByText("Refunded 20").waitFor();
	await page.getByText("Refund of 20 (late)").waitFor();
	await page.getByRole("button", { name: "Ask for a call" }).click();
	await page.getByText("The action failed, and nothing was changed.")
		.waitFor();
	await page.getByText("Order", { exact: true }).click();
	await page.getByRole("link", { name: "Show" }).first().click();
	await page.getByText("129,90").waitFor();
	equal(await page.getByRole("heading", { name: "Order" }).count(), 1);
	onlyRefused(page);
});

await test("with JavaScript: keys, the palette, a dialog, panels", async () => {
	const page = await open({}, "Lively");

	await page.waitForSelector("html.is-ready");
	await page.getByText("129,90").waitFor();
	await page.getByText("This panel failed.").waitFor();
	equal(await page.getByRole("link", { name: "A-4711" })
		.getAttribute("rel"), "nofollow noopener noreferrer");
	await page.keyboard.press("y");
	await page.getByText("It is urgent now.").waitFor();
	await page.waitForSelector("html.is-ready");
	await page.keyboard.press("Control+k");
	await page.keyboard.type("refu");
	await page.keyboard.press("Enter");
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("Amount in euros").fill("0");
	await dialog.getByRole("button", { name: "Refund" }).click();
	await dialog.getByText("It is 1 at least.").first().waitFor();
	await accessible(page);
	await page.keyboard.press("Escape");
	equal(await dialog.count(), 0, "Escape closes it");
	await page.keyboard.press("b");
	await dialog.getByLabel("Amount in euros").fill("30");
	await dialog.getByLabel("Reason").selectOption("broken");
	await dialog.getByRole("button", { name: "Refund" }).click();
	await page.getByText("Refunded 30").waitFor();
	equal(await page.getByText("Refund of 30 (broken)").count(), 1);
	match(await page.locator(".line").innerText(),
		/Chose an action of a script/);
	onlyRefused(page);
});

await test("an action for many tickets", async () => {
	const page = await open({}, "One of many");

	await page.goto(`${desk.url}/agent`);
	await page.waitForSelector("html.is-ready");
	await page.locator(".tick").first().check({ force: true });
	await page.getByLabel("Action").selectOption("shop/urgent");
	await page.getByRole("button", { name: "Run" }).click();
	await page.getByText("1 ticket was changed.").waitFor();
	quiet(page);
});

const sizes = { narrow: { width: 360, height: 740 },
	wide: { width: 1280, height: 900 } };

for (const colorScheme of ["light", "dark"]) {
	for (const [size, viewport] of Object.entries(sizes)) {
		await test(`axe finds nothing: ${colorScheme}, ${size}`, async () => {
			const page = await open({ colorScheme, viewport,
				reducedMotion: "reduce" }, `Seen ${colorScheme} ${size}`);
			const ticket = page.url();

			await page.getByText("129,90").waitFor();
			await accessible(page);
			await fits(page);
			await shot(page, `ticket-${colorScheme}-${size}`);
			await page.getByRole("link", { name: "Refund" }).click();
			await page.getByRole("dialog").waitFor();
			await accessible(page);
			await shot(page, `dialog-${colorScheme}-${size}`);
			for (const rest of ["/action/shop/refund", "/panel/shop/order",
				"/panel/shop/stock"]) {
				await page.goto(ticket + rest);
				await accessible(page);
				await fits(page);
				await shot(page, `${rest.slice(1).replaceAll("/", "-")}-` +
					`${colorScheme}-${size}`);
			}
			await page.goto(`${desk.url}/agent`);
			await page.waitForSelector("html.is-ready");
			await page.locator(".tick").first().check({ force: true });
			await page.getByLabel("Action").waitFor();
			await accessible(page);
			await fits(page);
			await shot(page, `inbox-${colorScheme}-${size}`);
			quiet(page);
		}, { timeout: 240_000 });
	}
}

await done();
