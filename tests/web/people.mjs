/* tests/web/people.mjs - what customers and agents do with the pages.
 *
 * Each step looks for the form that a person would use, fills it in and sends
 * it, so a page without its form fails here.
 */
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { check, equal, until } from "./tap.mjs";

/* The form's time trap takes whoever sends it faster than this for a robot. */
export const READING_MS = 2500;

export function sleep(ms) {
	return new Promise((resolve) => {
		setTimeout(resolve, ms);
	});
}

/** Ask by the web form: the customer's { link, page } of the new ticket. */
export async function ask(client, { queue, ...fields }) {
	const page = await client.get(queue ? `/new/${queue}` : "/new");
	equal(page.status, 200, page.words);
	const form = page.form(queue ? `/new/${queue}` : "/new");

	await sleep(READING_MS);
	const answer = await client.submit(form, fields);
	equal(answer.status, 303, answer.words);
	const shown = await client.get(answer.location);
	equal(shown.status, 200);
	const link = new URL(answer.location);
	link.search = "";
	return { link: link.href, page: shown };
}

/** A visitor who asks again and again: the page is read once, then each
 * question is sent, with a key of its own unless <fields> has one. */
export async function asker(client, path = "/new") {
	const page = await client.get(path);
	const form = page.form(path);

	await sleep(READING_MS);
	return (fields, options) => client.submit(form,
		{ key: randomUUID(), ...fields }, options);
}

/** The customer writes on the private page. */
export async function writeBack(client, link, body, extra = {}) {
	const page = await client.get(link);
	const answer = await client.submit(page.form("/reply"),
		{ body, ...extra });
	equal(answer.status, 303, answer.words);
	return client.get(answer.location);
}

/** Open a ticket's page as an agent. */
export async function openTicket(agent, number) {
	const page = await agent.get(`/agent/t/${number}`);
	equal(page.status, 200, page.words);
	return page;
}

/** Answer as an agent; <then> is what happens to the ticket. */
export async function answer(agent, number, body, then = "stay") {
	const page = await openTicket(agent, number);
	const result = await agent.submit(page.form(`/t/${number}/reply`),
		{ body, then });
	equal(result.status, 303, result.words);
	return openTicket(agent, number);
}

/** Change fields of a ticket as an agent. */
export async function setFields(agent, number, fields) {
	const page = await openTicket(agent, number);
	const form = page.form(`/t/${number}/set`);
	const hidden = form.fields.filter(([name]) =>
		["csrf", "key", "seen"].includes(name));
	const result = await agent.post(form.action,
		[...hidden, ...Object.entries(fields)]);
	equal(result.status, 303, result.words);
	return openTicket(agent, number);
}

/** The number that a customer's page shows. */
export function numberOf(page) {
	const found = /Request\s+(?:#\s*)?(\d+)/.exec(page.words);
	check(found, `no number on ${page.url}: ${page.words.slice(0, 300)}`);
	return Number(found[1]);
}

/** Wait until the API says of a ticket what <fits> wants. */
export function ticketThat(api, number, fits, what = "the ticket") {
	return until(what, async () => {
		const page = await api.api("GET", `/tickets/${number}`);
		return page.status === 200 && fits(page.json) ? page.json : null;
	});
}

/** All tickets that the filter <q> finds. Lists go by the last change, so what
 * a job changes meanwhile moves to a page that was read already: they are read
 * until nothing is new. */
export async function listTickets(api, q = "") {
	const found = new Map();
	let before;

	do {
		let after = "";
		before = found.size;
		do {
			const page = (await api.api("GET", `/tickets?limit=100&q=` +
				`${encodeURIComponent(q)}&after=` +
				encodeURIComponent(after))).json;
			for (const ticket of page.tickets)
				found.set(ticket.number, ticket);
			after = page.after ?? "";
		} while (after !== "");
	} while (found.size > before);
	return [...found.values()];
}

/** Process ids of the script hosts of the server <pid>. */
export function scriptHosts(pid) {
	const found = [];

	for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
		let children = "";
		try {
			children = fs.readFileSync(
				`/proc/${pid}/task/${task}/children`, "utf8");
		} catch {
			/* the thread has just ended */
		}
		for (const child of children.trim().split(" ")) {
			try {
				const name = fs.readFileSync(`/proc/${child}/comm`, "utf8");
				if (name.startsWith("hookdesk-scrip"))
					found.push(Number(child));
			} catch {
				/* there is none, or it has just ended */
			}
		}
	}
	return found;
}
