/* tests/web/test_replay.mjs - hookdesk replay beside the server of the site:
 * people work through web, API and scripts, and it all comes again.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { build, environment, hookdesk, startDesk, temporaryFolder }
	from "./desk.mjs";
import { check, done, equal, match, test, until } from "./tap.mjs";

const ROUTING = `desk.on("ticket.routing", { name = "words" }, function(event)
  if desk.word_in(event.ticket.subject, { "invoice" }) then
    return event:choose("billing", "its words")
  end
end)
desk.on("ticket.created", { name = "tag" }, function(event)
  event.ticket:tag("new")
end)
desk.on("ticket.answered", { name = "thanks" }, function(event)
  event.ticket:untag("new")
  event.ticket:note("It was answered.")
end)
desk.on("ticket.waiting", { name = "later" }, function(event)
  event.ticket:after("6h", "remind", { unless = { "ticket.answered" } })
end)
desk.job("remind", function(ticket) ticket:note("Late.") end)
`;

const desk = await startDesk();
const scripts = path.join(desk.dir, "scripts");
fs.writeFileSync(path.join(scripts, "routing.lua"), ROUTING);
await desk.cli("reload", desk.dir);

const api = await desk.api();
const made = [];

async function send(method, where, value) {
	const answer = await api.api(method, where, value);

	check(answer.status < 300, `${method} ${where}: ${answer.status}`);
	return answer.json;
}

/* Questions, answers, changes, some of them by programs. */
for (const subject of ["An invoice", "My hat", "Another invoice", "The door"]) {
	const { number } = await send("POST", "/tickets", { subject,
		email: `${subject.length}@example.org`, body: "Please help." });
	made.push(number);
}
/* a day is longer than the moment that handlers take: one of our own, and four
 * of the shipped escalation */
for (const number of made) {
	await until("its timers wait", async () =>
		(await send("GET", `/tickets/${number}/timers`)).timers.length >= 5);
}
await send("POST", `/tickets/${made[0]}/entries`,
	{ type: "reply", body: "Here it is." });
await send("POST", `/tickets/${made[1]}/entries`,
	{ type: "note", body: "I know him." });
await send("PATCH", `/tickets/${made[2]}`,
	{ priority: "high", tags: ["odd"] });
await send("PATCH", `/tickets/${made[3]}`, { status: "closed" });
await until("the handlers have run", async () =>
	(await api.api("GET", `/tickets/${made[0]}/entries`)).text
		.includes("It was answered."));

/* Run it with <source> as routing.lua; what it says as JSON. */
async function replay(source, ...args) {
	const file = path.join(temporaryFolder(), "routing.lua");

	fs.writeFileSync(file, source);
	const { code, stdout, stderr } = await hookdesk(["replay", desk.dir, file,
		"--json", ...args]);
	equal(code, 0, stderr);
	return JSON.parse(stdout);
}

await test("the scripts that were at work make no difference", async () => {
	for (const against of ["record", "current"]) {
		const report = await replay(ROUTING, `--against=${against}`);

		equal(JSON.stringify(report.tickets), "[]");
		equal(report.looked, 4);
		equal(report.not_replayed, 0);
		equal(report.skipped, 0);
		equal(report.is.changes, report.was.changes);
		check(report.complete, "to its end");
	}
});

await test("others show what they would have done", async () => {
	const report = await replay(ROUTING.replace("invoice", "hat"),
		"--against=record");

	equal(report.tickets.map((ticket) => ticket.ticket).join(),
		[made[0], made[1], made[2]].join());
	equal(report.tickets[1].first.name, "queue");
	equal(report.tickets[1].first.to, "billing");
	equal(report.tickets[1].first.by, "routing/words");
	const later = await replay(ROUTING.replace("6h", "2h"),
		"--against=record");
	check(later.tickets.length >= 2, "timers that wait");
	check(later.tickets.every((ticket) => ticket.first.what === "timer"),
		"nothing but timers");
});

const scratch = path.join(desk.dir, "scratch");
const inScratch = () =>
	fs.existsSync(scratch) ? fs.readdirSync(scratch).sort() : [];

/* One that does not end by itself, and is at work: how it ends, what it said,
 * and its folder. */
async function startSlow() {
	const file = path.join(temporaryFolder(), "slow.lua");
	const before = inScratch();
	const slow = { said: "" };

	/* as long as a handler may take there, for each ticket */
	fs.writeFileSync(file, `desk.on("ticket.created", { name = "slow" },
  function(event) while true do local s = event.ticket.subject end end)
`);
	slow.child = spawn(path.join(build, "hookdesk"), ["replay", desk.dir,
		file, "--against=record"],
	{ env: { ...process.env, ...environment },
		stdio: ["ignore", "ignore", "pipe"] });
	slow.child.stderr.on("data", (text) => slow.said += text);
	slow.end = new Promise((resolve) => slow.child.on("exit", resolve));
	await until("it runs", () => {
		slow.folder = inScratch().find((name) => !before.includes(name));
		return slow.folder !== undefined &&
			fs.existsSync(path.join(scratch, slow.folder, "data.mdb"));
	});
	return slow;
}

await test("Ctrl-C ends it, and it says how far it came", async () => {
	const slow = await startSlow();

	slow.child.kill("SIGINT");
	equal(await slow.end, 1);
	match(slow.said, /^hookdesk: replay: stopped at 20/);
	equal(fs.existsSync(scratch), false, "nothing is left");
});

await test("what kill -9 leaves is removed by the next one", async () => {
	const killed = await startSlow();
	const slow = await startSlow();
	const copy = path.join(temporaryFolder(), "copy");

	equal(inScratch().length, 2, "both are at work");
	killed.child.kill("SIGKILL");
	await killed.end;
	equal(inScratch().includes(killed.folder), true, "left behind");
	equal((await hookdesk(["check", desk.dir])).code, 0, "check");
	equal((await hookdesk(["backup", desk.dir, copy])).code, 0, "backup");
	equal(fs.existsSync(path.join(copy, "scratch")), false, "in no backup");
	await replay(ROUTING);
	equal(inScratch().join(), slow.folder, "the other one goes on");
	slow.child.kill("SIGINT");
	await slow.end;
	equal(fs.existsSync(scratch), false, "nothing is left");
});

await test("and so it is when the site is opened", async () => {
	const killed = await startSlow();

	killed.child.kill("SIGKILL");
	await killed.end;
	equal(inScratch().join(), killed.folder, "left behind");
	await desk.kill();
	await desk.serve();
	await desk.ready();
	await until("it is swept", () => !fs.existsSync(scratch));
});

/* Behind the others, so that they count what lived here alone. */
await test("what was imported comes again from its timeline", async () => {
	const at = (hours) =>
		new Date(Date.now() - hours * 3600e3).toISOString();

	for (const [subject, queue] of [["An old invoice", "general"],
		["An older invoice", "billing"], ["An old hat", "general"]]) {
		made.push((await send("POST", "/imports/tickets", { subject, queue,
			email: "eve@example.org", status: "closed", closed: at(20),
			entries: [{ at: at(50), body: "Please help." },
				{ at: at(40), by: "agent", body: "Here it is." },
				{ at: at(39), by: "agent", type: "note", body: "Hm." },
				{ at: at(30), body: "Thank you." }] })).number);
	}
	const report = await replay(ROUTING, "--against=record", "--since=3d");
	const of = (number) =>
		report.tickets.find((ticket) => ticket.ticket === number);
	equal(report.looked, 7);
	equal(report.from_timelines, 3);
	equal(report.skipped, 0);
	equal(report.differ, 3);
	for (const number of made.slice(4)) {
		const all = [of(number).first, ...of(number).followed];
		equal(all.some((d) => d.what === "reply"), false, "what people said");
		equal(all.filter((d) => d.to === "Late.").length, 2, number);
		equal(all.some((d) => d.name === "queue"),
			of(number).subject === "An old invoice", number);
	}
});

await test("nothing of it reaches the desk", async () => {
	equal((await api.api("GET", "/tickets")).json.tickets.length, 7);
	const { code, stdout } = await hookdesk(["check", desk.dir]);
	equal(code, 0, stdout);
});

await done();
