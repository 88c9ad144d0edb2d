/* tests/web/test_ticket.mjs - from the question to the rating, through nginx.
 *
 * The main job, once mounted at / and once at /support: a customer asks by
 * the form, gets a confirmation by mail, an agent answers, the customer reads
 * it by the private link, writes back, and rates.
 */
import fs from "node:fs";
import path from "node:path";
import { startDesk } from "./desk.mjs";
import { file } from "./http.mjs";
import { answer, ask, numberOf, openTicket, READING_MS, setFields, sleep,
	ticketThat, writeBack } from "./people.mjs";
import { startSmtp } from "./smtp.mjs";
import { check, cleanup, deepEqual, done, equal, match, test } from "./tap.mjs";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlE" +
	"QVR4nGNgYGBgAAAABQABpfZFQAAAAABJRU5ErkJggg==", "base64");

/* The mail server wants to be signed in to, by what JSON and command lines have
 * to escape. */
const USER = "DOMAIN\\desk \"<help>\"";
const SECRET = "s3cret \\ \"<ä>\"";

const FIRE = `desk.on("ticket.created", { name = "alarm" }, function(event)
  event.ticket:set({ priority = "urgent" }, "it burns")
  event.ticket:reply { text = "We come at once." }
end)
`;

async function wholeStory(mount) {
	const where = mount === "" ? "at /" : `at ${mount}`;
	const smtp = await startSmtp({ user: USER, password: SECRET });
	cleanup(() => smtp.close());
	const desk = await startDesk({ mount, smtp,
		settings: { "mail.user": USER } });
	await desk.cli("setting", "set", desk.dir, "mail.password",
		"--value", SECRET);
	const agent = await desk.agent();
	const api = await desk.api();
	const ann = desk.client();
	let ticket;
	let number;

	await test(`${where}: the portal leads to the form`, async () => {
		const page = await ann.get("/");
		equal(page.status, 200);
		check(page.links.includes(`${desk.url}/new`), page.links.join(" "));
	});

	await test(`${where}: what is wrong is said beside the field, and what ` +
		"was typed stays", async () => {
		const visitor = desk.client();
		const page = await visitor.get("/new");
		await sleep(READING_MS);
		const result = await visitor.submit(page.form("/new"), {
			name: "Ann", email: "not an address", subject: "Printer",
			body: "It <b>burns</b> & smokes" });
		equal(result.status, 422);
		const form = result.form("/new");
		const typed = Object.fromEntries(form.fields);
		equal(typed.email, "not an address");
		equal(typed.subject, "Printer");
		equal(typed.body, "It <b>burns</b> & smokes");
		match(form.html, /aria-describedby="e-email/);
	});

	await test(`${where}: the form makes a ticket with a private page`,
		async () => {
		ticket = await ask(ann, { name: "Ann Lee", email: "ann@customer.test",
			subject: "Printer on fire <now>",
			body: "It **burns**.\n\n<script>alert(1)</script>",
			attachment: file("smoke.png", "image/png", PNG) });
		check(ticket.link.startsWith(`${desk.url}/t/`), ticket.link);
		number = numberOf(ticket.page);
		match(ticket.page.words, /Printer on fire <now>/);
		match(ticket.page.words, /smoke\.png/);
		check(!ticket.page.text.includes("<script>alert"),
			"the customer's words became a script");
	});

	await test(`${where}: sending the same form again makes no second ticket`,
		async () => {
		const before = (await api.api("GET", "/tickets?limit=100")).json;
		const page = await ann.get("/new");
		const form = page.form("/new");
		const fields = { name: "Ann Lee", email: "ann@customer.test",
			subject: "Twice", body: "Do I exist twice?" };
		await sleep(READING_MS);
		const first = await ann.submit(form, fields);
		const second = await ann.submit(form, fields);
		equal(first.status, 303, first.words);
		equal(second.status, 303, second.words);
		const ids = [first, second].map((one) =>
			new URL(one.location).pathname);
		equal(ids[0], ids[1]);
		const after = (await api.api("GET", "/tickets?limit=100")).json;
		equal(after.tickets.length, before.tickets.length + 1);
	});

	await test(`${where}: the confirmation has the private link and none of ` +
		"the customer's words", async () => {
		const mail = await smtp.message((one) =>
			one.to.includes("ann@customer.test"), "the confirmation");
		check(mail.text.includes(ticket.link.slice(0, -4)) ||
			/\/t\/[\w-]+/.test(mail.text), mail.text);
		equal(mail.headers["auto-submitted"], "auto-replied");
		check(!/burns|on fire/.test(mail.raw), "the visitor's words are in it");
		const link = /https?:\/\/\S+\/t\/[\w-]+/.exec(mail.text)[0];
		const page = await desk.client().get(link);
		equal(page.status, 200);
		equal(numberOf(page), number);
	});

	await test(`${where}: the agent finds it in the inbox`, async () => {
		const inbox = await agent.get("/agent?q=status:open");
		equal(inbox.status, 200);
		match(inbox.words, /Printer on fire <now>/);
		match(inbox.words, /Ann Lee/);
		const page = await openTicket(agent, number);
		match(page.words, /ann@customer\.test/);
		match(page.words, /smoke\.png/);
	});

	await test(`${where}: the picture comes back as it was sent`, async () => {
		const page = await openTicket(agent, number);
		const found = /(?:href|src)="([^"]*\/file[^"]*)"/.exec(page.text);
		check(found, "no link to the file");
		const got = await agent.get(new URL(found[1], page.url).href);
		equal(got.status, 200);
		deepEqual(got.bytes, PNG);
		equal(got.headers["x-content-type-options"], "nosniff");
	});

	await test(`${where}: a note stays between agents`, async () => {
		const page = await openTicket(agent, number);
		const result = await agent.submit(page.form(`/t/${number}/note`),
			{ body: "Looks like the 2019 model." });
		equal(result.status, 303);
		match((await openTicket(agent, number)).words, /2019 model/);
		const seen = await ann.get(ticket.link);
		check(!seen.words.includes("2019 model"), "the customer sees it");
	});

	await test(`${where}: the answer reaches the customer by mail and page`,
		async () => {
		const page = await answer(agent, number,
			"Please **unplug** it.", "stay");
		match(page.words, /Please unplug it/);
		const mail = await smtp.message((one) => /unplug/.test(one.text),
			"the answer");
		deepEqual(mail.to, ["ann@customer.test"]);
		check(mail.headers["auto-submitted"] === undefined ||
			mail.headers["auto-submitted"] === "no");
		check(mail.headers["message-id"], "no Message-ID");
		const seen = await ann.get(ticket.link);
		match(seen.words, /Please unplug it/);
		await ticketThat(api, number, (one) => one.status === "pending",
			"the customer's turn");
	});

	await test(`${where}: sending stops when something new came in meanwhile`,
		async () => {
		const page = await openTicket(agent, number);
		const form = page.form(`/t/${number}/reply`);
		await writeBack(ann, ticket.link, "It still burns!");
		const result = await agent.submit(form,
			{ body: "Is it out now?", then: "stay" });
		equal(result.status, 409);
		match(result.words, /It still burns!/);
		const again = result.form(`/t/${number}/reply`);
		equal(Object.fromEntries(again.fields).body, "Is it out now?");
		const anyway = await agent.submit(again, { then: "stay" });
		equal(anyway.status, 303, anyway.words);
	});

	await test(`${where}: queue, priority and tags change, and undo takes ` +
		"it back", async () => {
		await setFields(agent, number,
			{ priority: "urgent", tags: "fire, hardware" });
		const changed = await ticketThat(api, number, (one) =>
			one.priority === "urgent", "the priority");
		deepEqual([...changed.tags].sort(), ["fire", "hardware"]);
		const page = await openTicket(agent, number);
		const undo = page.forms.filter((form) =>
			form.action.endsWith("/undo")).at(-1);
		const entry = /name="entry" value="(\d+)"/.exec(undo.html)[1];
		equal((await agent.submit(undo, { entry })).status, 303);
		await ticketThat(api, number, (one) => one.priority === "normal",
			"the old priority");
	});

	await test(`${where}: answered and closed in one step, rated, reopened`,
		async () => {
		await answer(agent, number, "Glad it is out.", "close");
		await ticketThat(api, number, (one) => one.status === "closed",
			"closed");
		const page = await ann.get(ticket.link);
		const form = page.form("/rate");
		const looked = await ann.get(`${ticket.link}/rate`);
		check(looked.status < 500);
		check(!(await api.api("GET", `/tickets/${number}`)).json.rating,
			"a GET has rated");
		const rated = await ann.submit(form,
			{ score: "5", comment: "Warm welcome" });
		equal(rated.status, 303, rated.words);
		await ticketThat(api, number, (one) => one.rating === 5,
			"the rating");
		await writeBack(ann, ticket.link, "One more thing");
		await ticketThat(api, number, (one) => one.status === "open",
			"open again");
	});

	await test(`${where}: what a script would do to it is seen before`,
		async () => {
		fs.writeFileSync(path.join(desk.dir, "scripts", "fire.lua"), FIRE);
		await desk.cli("reload", desk.dir);
		const before = (await api.api("GET", `/tickets/${number}`)).json;
		const told = await desk.cli("try", desk.dir,
			path.join(desk.dir, "scripts", "fire.lua"), "--ticket", number);
		match(told, /urgent \(it burns\)/);
		const list = await agent.get(`/agent/t/${number}/handlers`);
		const fetched = (form, changes) => agent.get(`${form.action}?` +
			new URLSearchParams({ ...Object.fromEntries(form.fields),
				...changes }));
		const tried = await fetched(list.form("/fire/try"),
			{ handler: "alarm" });
		equal(tried.status, 200, tried.words);
		match(tried.words, /urgent \(it burns\)/);
		match(tried.words, /We come at once\./);
		const again = await fetched(tried.form("/fire/try"),
			{ ticket: "999999" });
		match(again.words, /There is no ticket 999999\./);
		const after = (await api.api("GET", `/tickets/${number}`)).json;
		deepEqual(after, before);
	});

	await test(`${where}: others see nothing of it`, async () => {
		const stranger = desk.client();
		const wrong = ticket.link.slice(0, -1) +
			(ticket.link.endsWith("A") ? "B" : "A");
		equal((await stranger.get(wrong)).status, 404);
		const inbox = await stranger.get(`/agent/t/${number}`);
		check([302, 303, 401, 403, 404].includes(inbox.status),
			`${inbox.status}`);
		check(!inbox.words.includes("Printer"));
		const denied = await stranger.api("GET", `/tickets/${number}`);
		equal(denied.status, 401);
		check(denied.json.error.code, "an error has a code");
	});

	await test(`${where}: a post without its token is refused`, async () => {
		const result = await agent.post(`/agent/t/${number}/note`,
			{ body: "forged" }, { headers: { Origin: "https://evil.test" } });
		check([400, 403].includes(result.status), `${result.status}`);
	});

	await test(`${where}: everything fits together afterwards`, async () => {
		match(await desk.cli("check", desk.dir), /\S/);
	});
}

await wholeStory("");
await wholeStory("/support");
await done();
