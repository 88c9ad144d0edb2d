/* tests/crash/faults.mjs - lets calls of a running server fail.
 *
 *	const faults = new Faults(folder);
 *	const desk = await startDesk({ folder, env: faults.environment });
 *	faults.arm("malloc", 7);    the seventh from now on fails
 *	faults.disarm()             how many there were meanwhile
 *	faults.blocks               of memory in use
 *
 * faults.c, which the server loads, has the other side.
 */
import fs from "node:fs";
import path from "node:path";
import { build } from "../web/desk.mjs";

/** In the order of enum kind in faults.c. */
export const KINDS = ["malloc", "open", "read", "write", "sync", "name",
	"accept", "spawn", "descriptor"];

const library = path.join(build, "tests/crash/.libs/faults.so");

export class Faults {
	constructor(folder) {
		const file = path.join(folder, "faults");

		this.words = new Uint32Array(4); /* struct faults */
		fs.writeFileSync(file, this.words);
		this.file = fs.openSync(file, "r+");
		this.environment = { LD_PRELOAD: library, HOOKDESK_FAULTS: file };
	}

	static get isBuilt() {
		return fs.existsSync(library);
	}

	#put(word, value) {
		fs.writeSync(this.file, Uint32Array.of(value), 0, 4, 4 * word);
	}

	#read() {
		fs.readSync(this.file, this.words, 0, 16, 0);
		return this.words;
	}

	arm(kind, nth) {
		this.#put(1, nth);
		this.#put(2, 0);
		this.#put(0, 1 + KINDS.indexOf(kind));
	}

	disarm() {
		this.#put(0, 0);
		return this.#read()[2];
	}

	get blocks() {
		return this.#read()[3] | 0; /* what was there before counts below 0 */
	}
}
