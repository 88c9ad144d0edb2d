/* tests/web/tap.mjs - tests in JavaScript that speak TAP, version 12.
 *
 *	import { check, equal, test } from "./tap.mjs";
 *
 *	await test("a promise in words", async () => {
 *		equal(1 + 1, 2);
 *	});
 *
 * Tests run in the order they are written. What cleanup() was given runs at
 * the end, the last first, whatever happened before.
 */
import assert from "node:assert/strict";

export const equal = assert.equal;
export const deepEqual = assert.deepEqual;
export const match = assert.match;
export const doesNotMatch = assert.doesNotMatch;

const TEST_TIMEOUT_MS = 120_000;

const cleanups = [];
let count = 0;
let failed = 0;
let finished = false;

/** Fail the test unless <condition>; <what> says what should have been. */
export function check(condition, what) {
	if (!condition)
		throw new assert.AssertionError({ message: what ?? "not so" });
}

/** A line of explanation in the log. */
export function note(text) {
	for (const line of String(text).split("\n"))
		console.log(`# ${line}`);
}

function describe(error) {
	note(error?.message ?? error);
	const frames = String(error?.stack ?? "").split("\n");
	for (const frame of frames.filter((line) => line.includes("/tests/")))
		note(frame.trim());
}

/** Run <body>; it fails when it throws or takes over <timeout> ms. */
export async function test(name, body, { timeout = TEST_TIMEOUT_MS } = {}) {
	let timer;
	const late = new Promise((resolve, reject) => {
		timer = setTimeout(() => {
			reject(new Error(`not done after ${timeout} ms`));
		}, timeout);
	});
	const begin = Date.now();
	let word = "ok";

	try {
		await Promise.race([body(), late]);
	} catch (error) {
		describe(error);
		word = "not ok";
		failed++;
	} finally {
		clearTimeout(timer);
	}
	if (Date.now() - begin > 1000)
		note(`${Date.now() - begin} ms`);
	count++;
	console.log(`${word} ${count} - ${name.replaceAll("#", "number ")}`);
}

/** Count a test that cannot run here. */
export function skip(name, why) {
	count++;
	console.log(`ok ${count} - ${name} # SKIP ${why}`);
}

/** The whole file cannot run here. */
export function skipAll(why) {
	console.log(`1..0 # SKIP ${why}`);
	finished = true;
	process.exit(0);
}

/** Run <body> when all tests are done, or when the program is ended. */
export function cleanup(body) {
	cleanups.push(body);
}

async function runCleanups() {
	while (cleanups.length > 0) {
		try {
			await cleanups.pop()();
		} catch (error) {
			note(`cleaning up: ${error?.stack ?? error}`);
			failed++;
		}
	}
}

/** The last line of each file. */
export async function done() {
	finished = true;
	await runCleanups();
	console.log(`1..${count}`);
	process.exit(failed > 0 ? 1 : 0);
}

/** Wait until <condition> gives something true, and return that. */
export async function until(what, condition, { timeout = 20_000 } = {}) {
	const end = Date.now() + timeout;
	let pause = 5;

	for (;;) {
		const got = await condition();
		if (got)
			return got;
		if (Date.now() > end)
			throw new Error(`waited ${timeout} ms for ${what}`);
		await new Promise((resolve) => {
			setTimeout(resolve, pause);
		});
		pause = Math.min(pause * 1.5, 200);
	}
}

async function giveUp(error) {
	if (finished)
		return;
	finished = true;
	describe(error);
	await runCleanups();
	process.exit(1);
}

process.on("uncaughtException", giveUp);
process.on("unhandledRejection", giveUp);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(signal, () => giveUp(new Error(`ended by ${signal}`)));
