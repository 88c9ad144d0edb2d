/* tests/bench/meter.mjs - load, and what it costs: CPU and memory of
 * processes, as Linux accounts them in /proc.
 */
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"]));
const ROUNDS = 3;

export function median(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle] :
		(sorted[middle - 1] + sorted[middle]) / 2;
}

/** The children of a process, by the name they run under. */
export function children(pid, name) {
	const found = [];

	for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
		const list = `/proc/${pid}/task/${task}/children`;
		for (const child of fs.readFileSync(list, "utf8").split(" ")) {
			try {
				if (child.trim() !== "" && fs.readFileSync(
					`/proc/${child}/comm`, "utf8").startsWith(name))
					found.push(Number(child));
			} catch {
				/* it has just ended */
			}
		}
	}
	return found;
}

/** Seconds of CPU that the processes have used (proc(5), stat). */
export function cpuSeconds(...pids) {
	let ticks = 0;

	for (const pid of pids) {
		const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		ticks += Number(fields[11]) + Number(fields[12]);
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

/** Run wrk on <url>: { requests, perSecond }; all answers must be fine. */
export function wrk(url, { headers = {}, seconds = 3, connections = 16 } = {}) {
	const args = ["-t1", `-c${connections}`, `-d${seconds}s`,
		...Object.entries(headers)
			.flatMap(([name, value]) => ["-H", `${name}: ${value}`]), url];

	return new Promise((resolve, reject) => {
		execFile("wrk", args, (error, out) => {
			const requests = Number(/(\d+) requests in/.exec(out)?.[1] ?? 0);
			const bad = /Non-2xx|Socket errors/.exec(out);
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

/** Medians of several measurements that take turns, so that a drifting machine
 * drifts for all of them. Each of <bodies> returns a number. */
export async function inTurn(...bodies) {
	const results = bodies.map(() => []);

	for (let round = 0; round < ROUNDS; round++) {
		for (const [i, body] of bodies.entries())
			results[i].push(await body());
	}
	return results.map(median);
}
