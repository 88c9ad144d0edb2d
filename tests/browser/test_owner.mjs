/* tests/browser/test_owner.mjs - the site owner's evening, in a real browser.
 *
 * Whoever knows a little Lua can, without a shell: write a script on the
 * Scripts page, see what it would have done to last month's tickets, test it,
 * switch it on, read why it changed a ticket, and roll it back.
 *
 * PICTURES=FOLDER keeps what the pages look like.
 */
import path from "node:path";
import { build, startDesk } from "../web/desk.mjs";
import { check, done, equal, match, test, until } from "../web/tap.mjs";
import { accessible, askInBrowser, fits, openPage, quiet, signIn, startBrowser }
	from "./browser.mjs";

const DAY_S = 86400;
const WEEKS = [
	["My hat is on fire", "An invoice", "Where is my parcel?"],
	["Fire in the hall", "A refund, please"],
	["Thank you", "The lamp flickers"],
];
let customers = 0;
const TICKETS = WEEKS.flat().length;

const FIRE = `-- Raises what burns.
desk.on("ticket.created", { name = "alarm" }, function(event)
  local ticket = event.ticket
  if desk.word_in({ ticket.subject, ticket.text }, { "fire*" }) then
    local open = desk.count { queue = ticket.queue, status = "open" }
    ticket:set({ priority = "urgent" }, "it burns")
    ticket:note("Open in this queue: " .. open)
    ticket:reply { text = "Leave the house. We are on our way." }
  end
end)
`;

const TEST = `it("raises what burns", function()
  local world = desk.test.world {}
  local ticket = world:submit { subject = "FIRE!" }
  equal(ticket.priority, "urgent", "priority")
  equal(world:submit { subject = "Hello" }.priority, "normal", "other")
end)
`;

const browser = await startBrowser();
const desk = await startDesk({ env: { HOOKDESK_AHEAD_S: "0",
	LD_PRELOAD: path.join(build, "tests/crash/.libs/ahead.so") } });
const api = await desk.api();
/* A desk that sleeps for weeks escalates late; it is not what is tried here. */
const admin = await desk.agent();
const list = await admin.get("/admin/scripts");
await admin.submit(list.forms.find(({ fields }) => fields.some(([name, value]) =>
	name === "script" && value === "escalation")), { on: "0" });
for (const [week, subjects] of WEEKS.entries()) {
	if (week > 0) {
		desk.options.env.HOOKDESK_AHEAD_S = String(7 * DAY_S * week);
		await desk.restart();
	}
	for (const subject of subjects)
		equal((await api.api("POST", "/tickets", { subject, body: "Please.",
			email: `bob${++customers}@customer.test` })).status, 201, subject);
}

const owner = await openPage(browser, { viewport: { width: 1280, height: 800 },
	reducedMotion: "reduce" });
await signIn(owner, desk);
const source = owner.locator("textarea[name=source]");
const button = (name) => owner.getByRole("button", { name, exact: true });
const link = (name) => owner.getByRole("link", { name, exact: true });

/* The page as it is, wide and narrow, light and dark; axe has looked at some
 * in the tests that are about them. */
async function look(name, { isKnown = false } = {}) {
	await owner.locator("html.is-ready").waitFor();
	for (const [width, colorScheme] of [[1280, "light"], [360, "dark"],
		[360, "light"], [1280, "dark"]]) {
		await owner.setViewportSize({ width, height: 2000 }); /* all at once */
		await owner.emulateMedia({ colorScheme });
		await fits(owner);
		if (!isKnown && (width === 1280) === (colorScheme === "light"))
			await accessible(owner);
		if (process.env.PICTURES)
			await owner.screenshot({ fullPage: true,
				path: path.join(process.env.PICTURES,
					`${name}-${width}-${colorScheme}.png`) });
	}
	await owner.setViewportSize({ width: 1280, height: 800 });
	await owner.emulateMedia({ colorScheme: "light" });
}

await test("a mistake is shown with its line, and what was meant", async () => {
	await owner.goto(`${desk.url}/admin/scripts`);
	await look("scripts");
	await link("New script").click();
	await owner.locator("html.is-ready").waitFor();
	await owner.getByLabel("Name", { exact: true }).fill("fire");
	await source.fill(FIRE.replace("priority", "priorty"));
	await button("Save").click();
	await owner.getByText("Saved as version 1. It is off: try it, then").waitFor();
	match(await owner.locator(".notice-warn").innerText(),
		/Line 6 .*a ticket has no "priorty" \(did you mean "priority"\?\)/);
	await owner.locator("html.is-ready").waitFor();
	equal(await owner.locator(".editor-numbers .is-warn")
		.getAttribute("data-no"), "6");
	await look("mistake");
});

await test("beside it stands what it would have changed", async () => {
	const said = owner.locator(".short-replay");

	await source.fill(FIRE);
	await said.getByText(`Would have changed 2 of the last ${TICKETS}`).waitFor();
	match(await said.innerText(), /My hat is on fire/);
	match(await said.innerText(), /Fire in the hall/);
	check(!(await said.innerText()).includes("invoice"), "the invoice");
	await look("beside");
	await button("Save").click();
	await owner.getByText("Saved as version 2. It is off").waitFor();
	equal(await owner.locator(".notice-warn").count(), 0, "warnings");
});

await test("its test fails, is mended, and passes", async () => {
	await link("Test it").click();
	await source.fill(TEST.replace("\"urgent\"", "\"low\""));
	await button("Save").click();
	await owner.getByText("that fail: 1").waitFor();
	await look("tests");
	await source.fill(TEST);
	await button("Save").click();
	await owner.getByText("All tests pass: 1.").waitFor();
});

await test("a replay lists what would have gone another way", async () => {
	await link("See what it would have done").click();
	await button("Replay").click();
	await owner.getByText(`2 of ${TICKETS} tickets would have gone another way`)
		.waitFor();
	equal(await owner.locator(".replayed-ticket").count(), 2, "tickets");
	await look("replay", { isKnown: true });
});

await test("it is switched on, and works for a customer", async () => {
	const customer = await openPage(browser);

	await owner.locator(".crumbs").getByRole("link").click();
	await look("off");
	await button("Switch on").click();
	await owner.getByText("The script is switched on.").waitFor();
	await askInBrowser(customer, desk, "The barn is on fire");
	quiet(customer);
	await customer.context().close();
});

await test("the ticket says who did it and why; one click tells all", async () => {
	const line = owner.locator(".event", { hasText: "it burns" });

	await owner.goto(`${desk.url}/agent?q=status:pending`);
	await owner.getByRole("link", { name: "The barn is on fire" }).click();
	await until("it is raised", async () => {
		await owner.reload();
		return await line.count() > 0;
	});
	match(await line.innerText(), /fire\/alarm/);
	match(await line.innerText(), /Urgent/);
	await look("ticket", { isKnown: true });
	await line.getByRole("link", { name: "fire/alarm" }).click();
	await owner.getByRole("heading", { name: "alarm" }).waitFor();
	const said = await owner.locator("main").innerText();
	match(said, /took [\d.]+ ms, of it [\d.]+ ms of processor time/);
	match(said, /it burns/);
	match(said, /"ask": "count"/);
	match(said, /"subject": "The barn is on fire"/);
	match(await owner.locator(".causes").innerText(),
		/ticket\.created #\d+ · Ann Lee/);
	await look("run");
});

await test("a second version is compared, and rolled back", async () => {
	await owner.locator(".crumbs").getByRole("link").click();
	await link("Edit").click();
	await source.fill(FIRE.replace("urgent", "high"));
	await owner.getByLabel("What is new in it").fill("Not so loud");
	await button("Save").click();
	await owner.getByText("Its tests fail, so it was not saved.").waitFor();
	await owner.getByLabel("although 1 of its tests fail").check();
	await button("Save").click();
	await owner.getByText("Saved as version 3.").waitFor();
	await link("Versions").click();
	await look("versions", { isKnown: true });
	await link("Version 3").click();
	match(await owner.locator(".diff del").innerText(), /"urgent"/);
	match(await owner.locator(".diff ins").innerText(), /"high"/);
	await look("diff", { isKnown: true });
	await owner.goBack();
	await button("Go back to it 2").click();
	await owner.getByText("Version 2 is at work again.").waitFor();
});

await test("its changes are taken back, and what stays is told", async () => {
	const line = owner.locator(".event", { hasText: "it burns" });

	await owner.goto(`${desk.url}/agent?q=status:pending`);
	await owner.getByRole("link", { name: "The barn is on fire" }).click();
	const number = Number(owner.url().match(/\/t\/(\d+)/)[1]);
	equal((await api.api("PATCH", `/tickets/${number}`, { priority: "low" }))
		.status, 200, "somebody else lowers it");
	await line.getByRole("link", { name: "fire/alarm" }).click();
	await owner.locator(".crumbs").getByRole("link").click();
	await owner.getByLabel("Take back the changes of").selectOption("24");
	await look("undo", { isKnown: true });
	await button("Take its changes back").click();
	await owner.getByText("taken back").first().waitFor();
	const said = await owner.locator("main").innerText();
	match(said, new RegExp(`Left as it is: #${number} priority`));
	match(said, /Answers, notes and mails stay\./);
	await look("undone");
});

await test("who knows no Lua fills in words and queues", async () => {
	await owner.goto(`${desk.url}/admin/scripts`);
	await link("routing").click();
	await owner.locator(".script-acts").getByRole("link", { name: "Settings" })
		.click();
	await owner.locator("html.is-ready").waitFor();
	await button("Add a row").first().click();
	const row = owner.locator("tr", { has: owner.getByLabel("Words",
		{ exact: true }) }).last();
	await row.getByLabel("Words", { exact: true }).fill("bill, invoice");
	await row.getByLabel("Queue", { exact: true }).selectOption("billing");
	await button("Save").click();
	await owner.getByText("are at work").waitFor();
	await owner.getByText("Show as Lua").click();
	match(await owner.locator(".lua").innerText(),
		/words = \{ "bill", "invoice" \}/);
	await look("settings", { isKnown: true });
	const made = await api.api("POST", "/tickets", { subject: "My bill",
		body: "It is too high.", email: "bob@customer.test" });
	equal(made.json.queue, "billing", made.text);
	check(owner.problems.every((one) => /422/.test(one)),
		owner.problems.join("\n"));
});

await done();
