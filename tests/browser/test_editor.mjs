/* tests/browser/test_editor.mjs - scripts written in a real browser, with and
 * without JavaScript. */
import { startDesk } from "../web/desk.mjs";
import { check, done, equal, match, test } from "../web/tap.mjs";
import { accessible, fits, openPage, quiet, signIn, startBrowser }
	from "./browser.mjs";

const browser = await startBrowser();
const desk = await startDesk();

const GOOD = `-- Tags what is new.
desk.on("ticket.created", { name = "first" }, function(event)
  event.ticket:tag("new")
end)
`;

const source = (page) => page.locator("textarea[name=source]");

async function open(page, path) {
	await page.goto(desk.url + path);
}

async function ready(page, path) {
	await open(page, path);
	await page.locator("html.is-ready").waitFor();
}

for (const javaScriptEnabled of [false, true]) {
	const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";
	const name = javaScriptEnabled ? "with" : "without";

	await test(`${how}: a script is written, mended, tested, taken back`,
		async () => {
			const page = await openPage(browser, { javaScriptEnabled });
			await signIn(page, desk);
			await open(page, "/admin/scripts");
			await page.getByRole("link", { name: "New script" }).click();
			await page.getByLabel("Name", { exact: true }).fill(name);
			await source(page).fill(GOOD.replace("end)", "end"));
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("It does not load").waitFor();
			match(await source(page).inputValue(), /event.ticket:tag/);
			await source(page).fill(GOOD);
			await page.getByLabel("What is new in it").fill("The first one");
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("Saved as version 1.").waitFor();
			equal(await source(page).inputValue(), GOOD);

			await page.getByRole("link", { name: "Tests", exact: true })
				.click();
			await source(page).fill(`it("tags", function()
  local world = desk.test.world { now = "2026-03-02 09:00" }
  local ticket = world:submit { subject = "Hello", email = "a@example.org",
    text = "Hm" }
  equal(ticket.tags[1], "new", "tag")
end)
`);
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("All tests pass: 1.").waitFor();

			await page.getByRole("link", { name: "Script", exact: true })
				.click();
			await source(page).fill(GOOD.replace(`"new"`, `"old"`));
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("Its tests fail, so").waitFor();
			await page.getByLabel("although 1 of its tests fail").check();
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("Saved as version 2.").waitFor();

			await page.getByRole("link", { name: "Versions" }).click();
			await page.getByText("The first one").waitFor();
			await page.getByRole("link", { name: "Version 2" }).click();
			equal(await page.locator(".diff del").innerText(),
				`  event.ticket:tag("new")`);
			await page.goBack();
			await page.getByRole("button", { name: "Go back to it 1" })
				.click();
			await page.getByText("Version 1 is at work again.").waitFor();
			await open(page, `/admin/scripts/${name}/edit`);
			equal(await source(page).inputValue(), GOOD);
			await page.getByLabel("I am sure").check();
			await page.getByRole("button", { name: "Delete" }).click();
			await page.getByText("Its versions are kept.").waitFor();
			check(page.problems.every((one) => /422/.test(one)),
				page.problems.join("\n"));
			await page.context().close();
		});
}

await test("two who write at once: the later one sees what came", async () => {
	const [one, two] = [await openPage(browser), await openPage(browser)];

	for (const page of [one, two])
		await signIn(page, desk);
	await open(one, "/admin/scripts/new");
	await one.getByLabel("Name", { exact: true }).fill("both");
	await source(one).fill(GOOD);
	await one.getByRole("button", { name: "Save", exact: true }).click();
	await one.getByText("Saved as version 1.").waitFor();
	await ready(two, "/admin/scripts/both/edit");
	await source(one).fill(`${GOOD}-- one\n`);
	await one.getByRole("button", { name: "Save", exact: true }).click();
	await one.getByText("Saved as version 2.").waitFor();
	await source(two).fill(`${GOOD}-- two\n`);
	await two.getByRole("button", { name: "Save", exact: true }).click();
	await two.getByRole("heading", { name: "Somebody else changed this" })
		.waitFor();
	equal(await two.locator(".diff ins").innerText(), "-- one");
	equal(await source(two).inputValue(), `${GOOD}-- two\n`);
	await two.getByRole("button", { name: "Save", exact: true }).click();
	await two.getByText("Saved as version 3.").waitFor();
	for (const page of [one, two])
		await page.context().close();
});

await test("keys: Tab indents, Ctrl+S saves, Escape and Tab leave", async () => {
	const page = await openPage(browser);

	await signIn(page, desk);
	await ready(page, "/admin/scripts/both/edit");
	await source(page).fill("");
	await source(page).press("Tab");
	await page.keyboard.type("-- a");
	await page.keyboard.press("Enter");
	await page.keyboard.type("-- b");
	equal(await source(page).inputValue(), "  -- a\n  -- b");
	await page.keyboard.press("Control+a");
	await page.keyboard.press("Shift+Tab");
	equal(await source(page).inputValue(), "-- a\n-- b");
	equal(await page.locator(".editor-numbers > div").count(), 2);
	await page.keyboard.press("Control+s");
	await page.getByText("Saved as version 4.").waitFor();
	await page.locator("html.is-ready").waitFor();
	await source(page).focus();
	await page.keyboard.press("Escape");
	await page.keyboard.press("Tab");
	check(await source(page).evaluate((text) =>
		document.activeElement !== text), "the field is left");
	quiet(page);
	await page.context().close();
});

await test("the line that is wrong is marked", async () => {
	const page = await openPage(browser);

	await signIn(page, desk);
	await ready(page, "/admin/scripts/both/edit");
	await source(page).fill("-- one\nlocal x = = 2\n-- three\n");
	await page.keyboard.press("Control+s");
	await page.getByText("It does not load").waitFor();
	await page.locator("html.is-ready").waitFor();
	equal(await page.locator(".editor-numbers .is-error")
		.getAttribute("data-no"), "2");
	await page.context().close();
});

await test("what was typed survives a closed tab, and is offered", async () => {
	const page = await openPage(browser);
	const dialogs = [];

	page.on("dialog", (dialog) => {
		dialogs.push(dialog.type());
		dialog.accept();
	});
	await signIn(page, desk);
	await ready(page, "/admin/scripts/both/edit");
	const before = await source(page).inputValue();
	await source(page).press("End");
	await page.keyboard.type(" typed and not saved");
	await page.getByText("Not saved yet").waitFor();
	await ready(page, "/admin/scripts");
	equal(dialogs.join(), "beforeunload");
	await ready(page, "/admin/scripts/both/edit");
	equal(await source(page).inputValue(), before);
	await page.getByRole("button", { name: "Take it back" }).click();
	match(await source(page).inputValue(), /typed and not saved/);
	await page.keyboard.press("Control+s");
	await page.getByText("Saved as version").waitFor();
	await page.locator("html.is-ready").waitFor();
	equal(await page.getByRole("button", { name: "Take it back" }).count(), 0);
	quiet(page);
	await page.context().close();
});

await test("what is typed into a script runs nowhere but there", async () => {
	const page = await openPage(browser);
	const evil = `-- </textarea><script>alert(1)</script><img src=x ` +
		`onerror=alert(1)>`;

	page.on("dialog", (dialog) => {
		page.problems.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	await signIn(page, desk);
	await ready(page, "/admin/scripts/new");
	await page.getByLabel("Name", { exact: true }).fill("evil");
	await source(page).fill(evil);
	await page.getByLabel("What is new in it").fill(evil);
	await page.getByRole("button", { name: "Save", exact: true }).click();
	await page.getByText("Saved as version 1.").waitFor();
	equal(await source(page).inputValue(), evil);
	for (const path of ["/admin/scripts", "/admin/scripts/evil",
		"/admin/scripts/evil/versions", "/admin/scripts/evil/versions/1"])
		await ready(page, path);
	quiet(page);
	await page.context().close();
});

const CHOICES = `local settings = desk.settings {
  words = { type = "rows", label = "Words to queues",
    columns = { words = "list", queue = "queue" },
    default = { { words = { "refund" }, queue = "general" } } },
  wait = { type = "duration", label = "How long", default = "6h" },
  token = { type = "string", secret = true, label = "Token" },
}
`;

for (const javaScriptEnabled of [false, true]) {
	const how = javaScriptEnabled ? "with JavaScript" : "without JavaScript";

	await test(`${how}: settings are chosen in a form`, async () => {
		const page = await openPage(browser, { javaScriptEnabled });
		const path = `/admin/scripts/choices${Number(javaScriptEnabled)}`;

		await signIn(page, desk);
		await open(page, "/admin/scripts/new");
		await page.getByLabel("Name", { exact: true })
			.fill(path.split("/").pop());
		await source(page).fill(CHOICES);
		await page.getByRole("button", { name: "Save and switch on" }).click();
		await page.getByText("Saved as version 1.").waitFor();
		await (javaScriptEnabled ? ready : open)(page, `${path}/settings`);
		if (javaScriptEnabled)
			await page.getByRole("button", { name: "Add a row" }).click();
		await page.getByLabel("Words", { exact: true }).nth(1)
			.fill("iade, 退款");
		await page.getByLabel("Queue", { exact: true }).nth(1).selectOption("general");
		await page.getByLabel("How long").fill("soon");
		await page.getByLabel("Token").fill("hunter2");
		await page.getByRole("button", { name: "Save", exact: true }).last().click();
		await page.getByRole("alert").waitFor();
		equal(await page.getByLabel("How long").inputValue(), "soon");
		equal(await page.getByLabel("Words", { exact: true }).nth(1)
			.inputValue(), "iade, 退款");
		await page.getByLabel("How long").fill("2bh");
		await page.getByLabel("Token").fill("hunter2");
		await page.getByRole("button", { name: "Save", exact: true }).last().click();
		await page.getByText("are at work").waitFor();
		equal(await page.getByLabel("How long").inputValue(), "2bh");
		equal(await page.locator("input[type=password]").inputValue(),
			"");
		check(!(await page.content()).includes("hunter2"), "not shown");
		await page.getByText("Show as Lua").click();
		match(await page.locator(".lua").innerText(),
			/words = \{ "iade", "退款" \}/);
		if (javaScriptEnabled) {
			await page.locator("html.is-ready").waitFor();
			await page.getByRole("button", { name: "Remove" }).first()
				.click();
			equal(await page.getByLabel("Words", { exact: true }).count(),
				1);
		} else {
			await page.getByLabel("Words", { exact: true }).first().fill("");
			await page.getByLabel("Queue", { exact: true }).first().selectOption("");
		}
		await page.getByRole("button", { name: "Save", exact: true }).last().click();
		await page.getByText("are at work").waitFor();
		equal(await page.getByLabel("Words", { exact: true }).first()
			.inputValue(), "iade, 退款");
		await page.getByRole("button", { name: "All back to how it comes" })
			.click();
		await page.getByText("are at work").waitFor();
		equal(await page.getByLabel("How long").inputValue(), "6h");
		check(page.problems.every((one) => /422/.test(one)),
			page.problems.join("\n"));
		await page.context().close();
	});
}

for (const colorScheme of ["light", "dark"]) {
	for (const width of [360, 1280]) {
		await test(`axe finds nothing: ${colorScheme}, ${width}`, async () => {
			const page = await openPage(browser, { colorScheme,
				viewport: { width, height: 800 },
				reducedMotion: "reduce" });

			await signIn(page, desk);
			await ready(page, "/admin/scripts/both/edit");
			await source(page).fill("broken(");
			await page.getByRole("button", { name: "Save", exact: true }).click();
			await page.getByText("It does not load").waitFor();
			await page.locator("html.is-ready").waitFor();
			await accessible(page);
			await fits(page);
			for (const path of ["/admin/scripts/both/versions",
				"/admin/scripts/both/versions/2",
				"/admin/scripts/choices1/settings"]) {
				page.once("dialog", (dialog) => dialog.accept());
				await ready(page, path);
				await accessible(page);
				await fits(page);
			}
			await page.context().close();
		}, { timeout: 240_000 });
	}
}

await done();
