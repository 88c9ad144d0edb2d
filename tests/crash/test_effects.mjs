/* tests/crash/test_effects.mjs - what scripts do is there exactly once, however
 * often the server and the script host are killed.
 *
 * Each ticket sets off an event, which writes, counts, sets a timer and sends a
 * web request; the timer's job changes the ticket, which sets off a second
 * event, of which another script's handler hears; the answer of the request
 * comes to a job. Server and host are killed at random moments, and each time
 * the server is started again its clock is further ahead, so that timers are
 * due. At the end every effect in the store is counted, and of the requests
 * there are not more repeats than kills.
 */
import path from "node:path";
import { randomUUID } from "node:crypto";
import { build, startDesk } from "../web/desk.mjs";
import { scriptHosts, sleep } from "../web/people.mjs";
import { check, deepEqual, done, equal, note, test, until }
	from "../web/tap.mjs";
import { startWebhook, withScript } from "../web/webhook.mjs";

/* A ticket with the tag is told what was counted. */
const report = (...keys) => `
desk.on("ticket.created", { name = "report", when = { tag = "report" } },
    function(event)
  for _, key in ipairs { ${keys.map((key) => `"${key}"`).join(", ")} } do
    event.ticket:note(key .. " " .. desk.store:get(key))
  end
end)`;

const KILLS = Number(process.env.HOOKDESK_KILLS ?? 20);
const TICKETS_A_KILL = 5;
const AHEAD_S = 25; /* a timer of a minute is due after three kills */

const hook = await startWebhook();
hook.answer = async (request, answer) => {
	await sleep(Math.random() * 15);
	answer.end(JSON.stringify({ word: `heard ${request.body}` }));
};

const desk = await startDesk({ threads: 8,
	settings: { "http.allowed": hook.host },
	env: { LD_PRELOAD: path.join(build, "tests/crash/.libs/ahead.so") },
	beforeServe(made) {
		withScript("first", `
desk.on("ticket.created", { name = "begin", when = { except = { tag = "report" } } },
    function(event)
  local ticket = event.ticket
  ticket:note("begun")
  ticket:after("1m", "later")
  desk.store:add("begun", 1)
  desk.http { url = "http://${hook.host}/new", body = ticket.subject,
    ticket = ticket, answer = "heard" }
end)
desk.job("later", function(ticket)
  ticket:set({ priority = "urgent" }, "a minute has passed")
  ticket:note("later")
  desk.store:add("later", 1)
end)
desk.job("heard", function(ticket, job)
  ticket:note(job.answer.ok and job.answer.json.word or "not heard")
  desk.store:add("heard", 1)
end)
${report("begun", "heard", "later")}
`)(made);
		withScript("second", `
desk.on("ticket.updated", { name = "raised", when = { changed = "priority" } },
    function(event)
  event.ticket:note("raised")
  event.ticket:tag("raised")
  desk.store:add("raised", 1)
end)
${report("raised")}
`)(made);
	} });
const api = await desk.api();
const tickets = new Map(); /* subject to number */
let serverKills = 0;
let hostKills = 0;

/* Until it is acknowledged: a killed server answers nothing. */
async function submit(n) {
	const subject = `ticket-${n}-end`;
	const key = randomUUID();
	const made = await until(subject, async () => {
		const page = await api.api("POST", "/tickets", { subject,
			body: "words", email: `c${n}@customer.test` },
		{ headers: { "Idempotency-Key": key } }).catch(() => null);
		return page?.status === 201 && page;
	});
	tickets.set(subject, made.json.number);
}

function killHosts() {
	for (const host of scriptHosts(desk.server.pid)) {
		try {
			process.kill(host, "SIGKILL");
			hostKills++;
		} catch {
			/* it has just ended */
		}
	}
}

async function startAgain() {
	desk.options.env.HOOKDESK_AHEAD_S = String(++serverKills * AHEAD_S);
	await desk.kill();
	await desk.serve();
	await desk.ready();
}

await test(`${KILLS} kills while events, timers and requests run`, async () => {
	for (let kill = 0; kill < KILLS; kill++) {
		const coming = Promise.all(Array.from({ length: TICKETS_A_KILL },
			(_, i) => submit(kill * TICKETS_A_KILL + i)));
		await sleep(Math.random() * 60);
		killHosts();
		await sleep(Math.random() * 60);
		await startAgain();
		await coming;
	}
}, { timeout: 300_000 });

await test("each effect is there once", async () => {
	const want = (subject) =>
		["begun", `heard ${subject}`, "later", "raised"];

	const notesOf = async (number) => {
		const { json } = await api.api("GET",
			`/tickets/${number}/entries?limit=100`);
		return json.entries.filter((one) => one.type === "note")
			.map((one) => one.body);
	};
	const left = new Map(tickets);

	/* what waits for its time is due after some restarts */
	for (let restarts = 0; left.size > 0; restarts++) {
		check(restarts < 30, `${[...left.keys()]} are not done`);
		await startAgain();
		await until("all of them", async () => {
			for (const [subject, number] of left) {
				if ((await notesOf(number)).length < 4)
					return false;
				left.delete(subject);
			}
			return true;
		}, { timeout: 2000 }).catch(() => {});
	}
	for (const [subject, number] of tickets) {
		deepEqual((await notesOf(number)).sort(), want(subject).sort(),
			subject);
		const { json } = await api.api("GET", `/tickets/${number}`);
		equal(json.priority, "urgent");
		deepEqual(json.tags, ["raised"]);
	}
	note(`${tickets.size} tickets, ${serverKills} kills of the server, ` +
		`${hostKills} of the script host`);
	check(hostKills > 0, "no script host was found");
}, { timeout: 300_000 });

await test("what was counted is right", async () => {
	const { json } = await api.api("POST", "/tickets", { subject: "Report",
		body: "words", email: "report@customer.test", tags: ["report"] });
	const told = await until("the report", async () => {
		const page = await api.api("GET", `/tickets/${json.number}/entries`);
		const notes = page.json.entries.filter((one) => one.type === "note");
		return notes.length === 4 && notes.map((one) => one.body);
	});

	deepEqual(told.sort(), ["begun", "heard", "later", "raised"].map((key) =>
		`${key} ${tickets.size}`));
});

await test("each request was made, and repeated once a kill at most", async () => {
	const made = new Map();
	let repeats = 0;

	for (const request of hook.requests)
		made.set(request.body, [...(made.get(request.body) ?? []), request]);
	equal(made.size, tickets.size);
	for (const [subject, copies] of made) {
		const keys = new Set(copies.map((copy) =>
			copy.headers["idempotency-key"]));
		equal(keys.size, 1, `${subject} went out under several keys`);
		repeats += copies.length - 1;
	}
	note(`${repeats} repeats`);
	check(repeats <= serverKills * TICKETS_A_KILL, `${repeats} repeats`);
});

await test("nothing was set aside, and check finds nothing wrong", async () => {
	const status = JSON.parse(await desk.cli("status", desk.dir, "--json"));

	equal(status.jobs_failed, 0);
	await desk.cli("check", desk.dir);
});

await done();
