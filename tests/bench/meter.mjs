/* tests/bench/meter.mjs - load, and what it costs: CPU and memory of
 * processes, as Linux accounts them in /proc.
 */
import { execFile, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"]));
const ROUNDS = 3;

export function median(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] :
		(sorted[middle - 1] + sorted[middle]) / 2;
}

/** Seconds of CPU that the processes have used, with those of their children
 * that have ended (proc(5), stat). */
export function cpuSeconds(...pids) {
	let ticks = 0;

	for (const pid of pids) {
		const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		for (const field of fields.slice(11, 15))
			ticks += Number(field);
	}
	return ticks / TICKS_PER_SECOND;
}

/** Kibibytes of a process: { anonymous, privateDirty, ... } (smaps_rollup). */
export function memory(pid) {
	const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
	const read = (name) =>
		Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)[1]);

	return { anonymous: read("Anonymous"), pss: read("Pss"),
		rss: read("Rss"), privateDirty: read("Private_Dirty") };
}

/* For wrk: the requests go to each of <paths> in turn. */
function inTurnScript(paths) {
	const file = path.join(os.tmpdir(), `hookdesk-wrk-${process.pid}.lua`);

	fs.writeFileSync(file, `
local paths = { ${paths.map((one) => JSON.stringify(one)).join(", ")} }
local n = 0
request = function()
  n = n % #paths + 1
  return wrk.format("GET", paths[n])
end
`);
	return file;
}

/** Run wrk on <url>: { requests, perSecond }; all answers must be fine. A list
 * of URLs of one server is asked for in turn. */
export function wrk(url, { headers = {}, seconds = 3, connections = 16 } = {}) {
	const urls = [url].flat();
	const script = urls.length > 1 ? ["-s", inTurnScript(urls.map((one) =>
		new URL(one).pathname + new URL(one).search))] : [];
	const args = ["-t1", `-c${connections}`, `-d${seconds}s`, ...script,
		...Object.entries(headers)
			.flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
		urls[0]];

	return new Promise((resolve, reject) => {
		execFile("wrk", args, (error, out) => {
			const requests = Number(/(\d+) requests in/.exec(out)?.[1] ?? 0);
			const bad = /Non-2xx|Socket errors/.exec(out);
			if (script.length > 0)
				fs.rmSync(script[1], { force: true });
			if (error || bad || requests === 0)
				return reject(new Error(`wrk ${url}: ${error ?? out}`));
			resolve({ requests,
				perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(out)[1]) });
		});
	});
}

/** Microseconds of CPU a request costs the processes that <pids> names. */
export async function cpuPerRequest(url, pids, options) {
	const before = cpuSeconds(...pids());
	const { requests } = await wrk(url, options);
	return (cpuSeconds(...pids()) - before) / requests * 1e6;
}

/** System calls a request, by strace(1) on all threads of <pid> while <body>
 * asks <count> times; null without strace. What threads do while they wait is
 * left out. */
export async function callsPerRequest(pid, count, body) {
	const file = path.join(os.tmpdir(), `hookdesk-calls-${pid}`);
	const idle = /nanosleep|futex|restart_syscall|total$/;
	const tracer = spawn("strace", ["-f", "-c", "-o", file, "-p", pid],
		{ stdio: ["ignore", "ignore", "pipe"] });
	const ended = new Promise((resolve) => {
		tracer.on("exit", resolve);
		tracer.on("error", () => resolve(null));
	});
	const isAttached = await Promise.race([ended.then(() => false),
		new Promise((resolve) => {
			tracer.stderr?.once("data", () => resolve(true));
		})]);

	if (!isAttached)
		return null;
	for (let n = 0; n < count; n++)
		await body();
	tracer.kill("SIGINT");
	await ended;
	const sum = fs.readFileSync(file, "utf8").split("\n")
		.filter((line) => /^ *\d/.test(line) && !idle.test(line))
		.reduce((all, line) => all + Number(line.trim().split(/ +/)[3]), 0);
	fs.rmSync(file, { force: true });
	return sum / count;
}

/** The medians of several measurements that take turns, so that a drifting
 * machine drifts for all of them. */
export async function inTurn(...bodies) {
	const results = bodies.map(() => []);

	for (let round = 0; round < ROUNDS; round++) {
		for (const [i, body] of bodies.entries())
			results[i].push(await body());
	}
	return results.map(median);
}
