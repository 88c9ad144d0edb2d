/* tests/crash/test_script_host.mjs - the script host dies in the middle.
 *
 * While handlers run, their process is killed again and again. No effect may
 * be lost or be there twice, and the server stays the same process.
 */
import fs from "node:fs";
import path from "node:path";
import { randomUUID } from "node:crypto";
import { startDesk } from "../web/desk.mjs";
import { scriptHosts, sleep } from "../web/people.mjs";
import { check, done, equal, note, test, until } from "../web/tap.mjs";

const TICKETS = 400;
const KILLS = 20;

const SCRIPT = `
desk.on("ticket.created", { name = "once" }, function(event)
  local sum = 0
  for i = 1, 200000 do sum = sum + i end -- time to be killed in
  event.ticket:note("counted to " .. sum)
  event.ticket:tag("counted")
end)
`;

const desk = await startDesk({ beforeServe(made) {
	const dir = path.join(made.dir, "scripts");
	fs.mkdirSync(dir, { recursive: true });
	fs.writeFileSync(path.join(dir, "counting.lua"), SCRIPT);
} });
const api = await desk.api();
const numbers = [];

await test(`${KILLS} kills of the script host while ${TICKETS} tickets come`,
	async () => {
	const { pid } = desk.server;
	let kills = 0;
	let isOver = false;
	const killer = (async () => {
		while (!isOver && kills < KILLS) {
			await sleep(20 + Math.random() * 60);
			for (const host of scriptHosts(pid)) {
				try {
					process.kill(host, "SIGKILL");
					kills++;
				} catch {
					/* it has just ended */
				}
			}
		}
	})();

	for (let n = 0; n < TICKETS; n++) {
		const made = await api.api("POST", "/tickets", { subject: `n ${n}`,
			body: "count", email: `c${n}@load.test` },
		{ headers: { "Idempotency-Key": randomUUID() } });
		equal(made.status, 201, made.text);
		numbers.push(made.json.number);
	}
	isOver = true;
	await killer;
	note(`${kills} kills`);
	check(kills > 0, "no script host was found");
	check(desk.server.isRunning && desk.server.pid === pid);
}, { timeout: 300_000 });

await test("each ticket was handled once", async () => {
	for (const number of numbers) {
		const entries = await until(`the note on ${number}`, async () => {
			const page = await api.api("GET", `/tickets/${number}/entries`);
			const notes = page.json.entries.filter((one) =>
				one.body?.startsWith("counted to"));
			return notes.length > 0 ? notes : null;
		}, { timeout: 240_000 });
		equal(entries.length, 1, `ticket ${number}`);
		equal(entries[0].body, "counted to 20000100000");
		const { tags } = (await api.api("GET", `/tickets/${number}`)).json;
		equal(tags.filter((tag) => tag === "counted").length, 1);
	}
}, { timeout: 480_000 });

await test("hookdesk check finds nothing wrong", () =>
	desk.cli("check", desk.dir));

await done();
