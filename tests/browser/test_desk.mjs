/* tests/browser/test_desk.mjs - the desk in a real browser.
 *
 * A customer without JavaScript and one with it; an agent who works from the
 * keyboard; every page looked at by axe, in light and dark, narrow and wide.
 */
import { startDesk } from "../web/desk.mjs";
import { startSmtp } from "../web/smtp.mjs";
import { check, cleanup, done, equal, match, test, until } from "../web/tap.mjs";
import { accessible, askInBrowser, fits, openPage, quiet, READING_MS, signIn,
	startBrowser } from "./browser.mjs";

const browser = await startBrowser();

async function wholeStory(mount) {
	const where = mount === "" ? "at /" : `at ${mount}`;
	const smtp = await startSmtp();
	cleanup(() => smtp.close());
	const desk = await startDesk({ mount, smtp });

	for (const javaScriptEnabled of [false, true]) {
		const how = `${where}, ${javaScriptEnabled ? "with" : "without"} ` +
			"JavaScript";
		const subject = `Printer on fire ${javaScriptEnabled ? 2 : 1}`;
		const customer = await openPage(browser, { javaScriptEnabled });
		const agent = await openPage(browser, { javaScriptEnabled });

		await test(`${how}: a customer asks`, async () => {
			await askInBrowser(customer, desk, subject);
			quiet(customer);
		});
		const link = customer.url().split("?")[0];

		await test(`${how}: an agent answers and closes`, async () => {
			await signIn(agent, desk);
			await agent.getByRole("link", { name: subject }).click();
			await agent.getByLabel("Your reply", { exact: true })
				.fill("Please **unplug** it.");
			await agent.getByRole("button", { name: "Send & close" }).click();
			await agent.waitForURL((url) => !url.pathname.endsWith("reply"));
			quiet(agent);
			await agent.goto(`${desk.url}/agent?q=status:closed`);
			await agent.getByRole("link", { name: subject }).waitFor();
		});

		await test(`${how}: the customer reads and rates`, async () => {
			await customer.goto(link);
			await customer.getByText("unplug").waitFor();
			await customer.locator("label.face-5").click();
			await customer.getByRole("button", { name: "Send rating" }).click();
			await customer.getByText("Thank you for your rating").waitFor();
			quiet(customer);
		});
		await customer.context().close();
		await agent.context().close();
	}
	return desk;
}

const desk = await wholeStory("");
await wholeStory("/support");

await test("keys: j, Enter, r and Ctrl+Enter answer a ticket", async () => {
	const visitor = await openPage(browser);
	await askInBrowser(visitor, desk, "Answered by keys");
	const link = visitor.url();
	const agent = await openPage(browser);
	await signIn(agent, desk);
	await agent.goto(`${desk.url}/agent?q=status:open`);
	await agent.locator("html.is-ready").waitFor();
	await agent.keyboard.press("j");
	await agent.keyboard.press("Enter");
	await agent.waitForURL(/\/agent\/t\//);
	await agent.locator("html.is-ready").waitFor();
	await agent.keyboard.press("r");
	await agent.keyboard.type("Answered without a mouse.");
	await agent.keyboard.press("Control+Enter");
	await agent.locator(".entry-reply").filter({ hasText: "without a mouse" })
		.waitFor();
	await visitor.goto(link);
	await visitor.getByText("Answered without a mouse.").waitFor();
	quiet(agent);
});

await test("a new ticket shows up in an open inbox", async () => {
	const agent = await openPage(browser);
	await signIn(agent, desk);
	await agent.goto(`${desk.url}/agent?q=status:open`);
	const visitor = await openPage(browser);
	await askInBrowser(visitor, desk, "Comes by itself");
	const ticket = agent.getByRole("link", { name: "Comes by itself" });
	const bar = agent.getByRole("button", { name: /\d new/ });
	await until("the new ticket", async () => {
		if (await bar.isVisible())
			await bar.click(); /* nothing moves without being asked */
		return ticket.isVisible();
	}, { timeout: 60_000 });
	quiet(agent);
});

await test("what a customer types never runs", async () => {
	const visitor = await openPage(browser);
	const words = '"><img src=x onerror="window.hit=1"><script>window.hit=1' +
		"</script>";
	await visitor.goto(`${desk.url}/new`);
	await visitor.getByLabel("Your name").fill(words);
	await visitor.getByLabel("Your e-mail address").fill("eve@customer.test");
	await visitor.getByLabel("In one line: what is it about?").fill(words);
	await visitor.getByLabel("Tell us more").fill(`${words}\n[a](javascript:` +
		"window.hit=1)");
	await visitor.waitForTimeout(READING_MS);
	await visitor.getByRole("button", { name: "Send", exact: true }).click();
	await visitor.waitForURL(/\/t\//);
	const agent = await openPage(browser);
	await signIn(agent, desk);
	await agent.locator("a.item-link").filter({ hasText: "onerror" }).first()
		.click();
	await agent.waitForURL(/\/agent\/t\//);
	for (const page of [visitor, agent]) {
		equal(await page.evaluate(() => globalThis.hit), undefined);
		equal(await page.locator('a[href^="javascript:"]').count(), 0);
		quiet(page);
	}
});

const LONG = "Donaudampfschifffahrtsgesellschaft".repeat(4);

await test("a site has fields of its own, of all types", async () => {
	const add = (label, key, type, ...more) => desk.cli("field", "add",
		desk.dir, label, "--key", key, "--type", type, ...more);

	await add("Order number", "order", "text", "--is-public", "true");
	await add("Seats", "seats", "integer", "--max", "99");
	await add("Price", "price", "number");
	await add("A gift", "gift", "boolean", "--is-public", "true");
	await add("Bought on", "bought", "date");
	await add("Call back", "call", "time");
	await add("Size", "size", "choice", "--words", `small,${LONG}`);
	await add("Parts", "parts", "choices", "--words", `lid,${LONG}`,
		"--is-public", "true");
	await add(`What of it ${LONG}`, "more", "long_text");
	await add("Page", "page", "url");
	await add("Invoice", "invoice", "text", "--queue", "billing");
	await add("Contract", "contract", "text", "--of", "customer");
});

for (const javaScriptEnabled of [false, true]) {
	const how = `${javaScriptEnabled ? "with" : "without"} JavaScript`;
	const number = javaScriptEnabled ? 2 : 1;

	await test(`own fields are set beside a ticket, ${how}`, async () => {
		const agent = await openPage(browser, { javaScriptEnabled });
		const save = async () => {
			if (javaScriptEnabled)
				await agent.keyboard.press("Tab");
			else
				await agent.locator(".props").getByRole("button",
					{ name: "Save" }).click();
		};
		const told = (words) => agent.locator(".event-change")
			.filter({ hasText: words }).last().waitFor();

		await signIn(agent, desk);
		await agent.goto(`${desk.url}/agent/t/${number}`);
		if (javaScriptEnabled)
			await agent.locator("html.is-ready").waitFor();
		await agent.getByLabel("Order number").fill(`A-17 ${LONG}`);
		await save();
		await told(/Order number: A-17/);
		await agent.getByLabel("Seats").fill("100");
		await save();
		await agent.getByText("It is 99 at most.").first().waitFor();
		equal(await agent.getByLabel("Seats").inputValue(), "100");
		await agent.getByLabel("Seats").fill("20");
		await agent.getByLabel("Price").fill("7.5");
		await save();
		await told(/Price: 7\.5/);
		await agent.getByLabel("lid").check();
		await agent.getByLabel("A gift").check();
		await save();
		await told(/A gift: Yes/);
		await told(/Parts: lid/);
		await agent.getByLabel("Contract").fill("C-1");
		await agent.locator(".person").getByRole("button", { name: "Save" })
			.click();
		await agent.getByText("The customer was saved.").waitFor();
		equal(await agent.getByLabel("Contract").inputValue(), "C-1");
		equal(await agent.getByLabel("Seats").inputValue(), "20");
		check(agent.problems.every((one) => /422/.test(one)),
			agent.problems.join("\n"));
	});

	await test(`a new ticket asks what its queue asks, ${how}`, async () => {
		const agent = await openPage(browser, { javaScriptEnabled });

		await signIn(agent, desk);
		await agent.goto(`${desk.url}/agent/new`);
		if (javaScriptEnabled)
			await agent.locator("html.is-ready").waitFor();
		await agent.getByLabel("Subject").fill("By phone");
		await agent.getByLabel("Order number").fill("A-18");
		equal(await agent.getByLabel("Invoice").count(), 0);
		await agent.getByLabel("Queue", { exact: true })
			.selectOption("billing");
		if (!javaScriptEnabled)
			await agent.getByRole("button", { name: "queue's fields" })
				.click();
		await agent.getByLabel("Invoice").waitFor();
		equal(await agent.getByLabel("Order number").inputValue(), "A-18");
		equal(await agent.getByLabel("Subject").inputValue(), "By phone");
		quiet(agent);
	});
}

const sizes = { narrow: { width: 320, height: 640 },
	wide: { width: 1440, height: 900 } };

for (const colorScheme of ["light", "dark"]) {
	for (const [size, viewport] of Object.entries(sizes)) {
		await test(`axe finds nothing: ${colorScheme}, ${size}`, async () => {
			const page = await openPage(browser, { colorScheme, viewport,
				reducedMotion: "reduce" });
			await askInBrowser(page, desk, `Seen ${colorScheme} ${size}`);
			const ticket = page.url();
			const look = async (address) => {
				await page.goto(address);
				await accessible(page);
				await fits(page);
			};
			for (const path of ["/", "/new", "/my", "/agent/login",
				"/nowhere"])
				await look(desk.url + path);
			await look(ticket);
			await signIn(page, desk);
			for (const path of ["/agent", "/agent?q=status:closed",
				"/agent?q=words:none", "/agent/t/1", "/agent/new",
				"/admin", "/admin/scripts", "/admin/fields",
				"/admin/scripts/guide", "/admin/scripts/reference",
				"/admin/calendars/1", "/agent/t/1/handlers",
				"/admin/scripts/new", "/admin/scripts/routing/edit",
				"/admin/scripts/routing/versions",
				"/admin/scripts/routing/versions/1",
				"/admin/scripts/autoreply/try?ticket=1"])
				await look(desk.url + path);
			check(page.problems.every((one) => /404/.test(one)),
				page.problems.join("\n"));
		}, { timeout: 480_000 });
	}
}

await done();
