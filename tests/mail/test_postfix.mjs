/* tests/mail/test_postfix.mjs - mail goes out through a real mail server:
 * encrypted, in threads, and what it refuses is shown.
 */
import { startDesk, temporaryFolder } from "../web/desk.mjs";
import { answer, ask, numberOf, openTicket } from "../web/people.mjs";
import { check, done, equal, match, test, until } from "../web/tap.mjs";
import { startPostfix } from "./postfix.mjs";

const postfix = await startPostfix(temporaryFolder());
const desk = await startDesk({ settings: {
	"mail.transport": `smtp://127.0.0.1:${postfix.port}`,
	"mail.from": "desk@example.test",
	"mail.verify": false, /* its certificate is nobody's */
} });
const agent = await desk.agent();

/** A header field of a mail, unfolded; empty when there is none. */
function header({ raw }, name) {
	const head = raw.split(/\r?\n\r?\n/)[0].replace(/\r?\n[ \t]+/g, " ");
	return new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1] ?? "";
}

let ticket = null;
let confirmation = null;

await test("a confirmation arrives, encrypted on its way", async () => {
	const { link, page } = await ask(desk.client(), { name: "Zoë Ünlü",
		email: "zoe@customer.test", subject: "Größe der Lampe",
		body: "Which size is it?" });
	ticket = { link, number: numberOf(page) };
	confirmation = await postfix.mail(({ raw }) =>
		/^To:.*zoe@customer\.test/im.test(raw), "the confirmation");
	match(header(confirmation, "Received"), /with ESMTPS/);
	match(header(confirmation, "Auto-Submitted"), /^auto-replied/);
	match(header(confirmation, "Message-ID"), /^<[^<>\s]+@[^<>\s]+>$/);
});

await test("an answer arrives in the same thread", async () => {
	await until("the confirmation in the timeline", async () =>
		(await openTicket(agent, ticket.number)).words
			.includes("automatic mail"));
	await answer(agent, ticket.number, "It is **40 cm** wide.");
	const mail = await postfix.mail(({ raw }) => /40 cm/.test(raw),
		"the answer");
	equal(header(mail, "Auto-Submitted"), "");
	const parents = header(mail, "References");
	check(parents !== "", "no References");
	match(header(mail, "Received"), /with ESMTPS/);
	const ids = [confirmation, mail].map((one) => header(one, "Message-ID"));
	check(ids[0] !== ids[1], ids[0]);
	check(parents.includes(ids[0]) ||
		parents === header(confirmation, "References"),
	`${parents} has nothing of ${ids[0]}`);
});

await test("what the server refuses is shown with its words", async () => {
	const { page } = await ask(desk.client(), { name: "Nobody",
		email: "nobody@elsewhere.test", subject: "Hello",
		body: "Does this arrive?" });
	const number = numberOf(page);

	await answer(agent, number, "Not at all.");
	const shown = await until("the failure on the ticket", async () => {
		const now = await openTicket(agent, number);
		return /Relay access denied/.test(now.words) ? now : null;
	}, { timeout: 60_000 });
	check(shown.forms.some((form) => /resend/.test(form.action)),
		"no button to send it again");
});

await done();
