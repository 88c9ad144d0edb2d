/* tests/crash/test_full_disk.mjs - a full disk refuses writes, not reads.
 *
 * The desk lies on a small tmpfs, which is filled to the last byte and freed.
 * Mounting needs root; without, the file is skipped.
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { startDesk, temporaryFolder } from "../web/desk.mjs";
import { asker } from "../web/people.mjs";
import { check, cleanup, done, equal, match, skipAll, test, until }
	from "../web/tap.mjs";

/* More than hookdesk wants to stay free, 256 MiB and 1 %, by some 60 MiB. */
const MOUNT_SIZE = "320m";

const dir = temporaryFolder();
const disk = path.join(dir, "disk");
fs.mkdirSync(disk);
const mounted = spawnSync("mount",
	["-t", "tmpfs", "-o", `size=${MOUNT_SIZE}`, "tmpfs", disk]);
if (mounted.status !== 0)
	skipAll("cannot mount a small tmpfs: needs root");
cleanup(() => spawnSync("umount", [disk]));

const desk = await startDesk({ folder: dir, site: path.join(disk, "site") });
const visitor = desk.client();
const send = await asker(visitor);
const api = await desk.api();
const filler = path.join(disk, "filler");

let attempts = 0;

/* Send question <n>, each time as another visitor: one has limits. */
function askAgain(n) {
	visitor.headers["X-Test-Client"] = `10.50.0.${++attempts % 250}`;
	return send(question(n));
}

const question = (n) => ({ name: "Di", email: `di${n}@customer.test`,
	subject: `Question ${n}`, body: "words ".repeat(200) });

async function isWritable() {
	const page = await api.api("POST", "/tickets", { subject: "Again",
		body: "words", email: "again@customer.test" });
	return page.status === 201;
}

/* Fill the disk until <free> bytes are left. */
function fill(free) {
	const out = fs.openSync(filler, "a");
	const block = Buffer.alloc(64 * 1024, "x");
	try {
		for (;;) {
			const { bavail, bsize } = fs.statfsSync(disk);
			if (bavail * bsize <= free)
				break;
			fs.writeSync(out, block, 0,
				Math.min(block.length, bavail * bsize - free));
		}
	} catch (error) {
		equal(error.code, "ENOSPC");
	} finally {
		fs.closeSync(out);
	}
}

let link;

await test("before: a ticket is made", async () => {
	const page = await askAgain(1);
	equal(page.status, 303, page.words);
	link = page.location;
});

for (const free of [200 * 1024 * 1024, 0]) {
	const state = free === 0 ? "to the last byte" : "nearly";

	await test(`full ${state}: writes get 503 and reads go on`, async () => {
		fill(free);
		const refused = await until("the first 503", async () => {
			const page = await askAgain(2);
			return page.status === 503 ? page : null;
		});
		check(Number(refused.headers["retry-after"]) > 0, "no Retry-After");
		const byApi = await api.api("POST", "/tickets", { subject: "Full",
			body: "words", email: "full@customer.test" });
		equal(byApi.status, 503);
		check(byApi.json.error.message);
		const page = await visitor.get(link);
		equal(page.status, 200);
		match(page.words, /Question 1/);
		equal((await api.api("GET", "/tickets?limit=10")).status, 200);
		check(desk.server.isRunning);
	});

	await test(`freed after being full ${state}: back without a restart`,
		async () => {
		const { pid } = desk.server;
		fs.rmSync(filler);
		await until("a write that passes", isWritable, { timeout: 5000 });
		equal(desk.server.pid, pid);
		check(desk.server.isRunning);
	});
}

await test("hookdesk check finds nothing wrong", () =>
	desk.cli("check", desk.dir));

await done();
