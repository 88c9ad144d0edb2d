/* tests/web/test_bootstrap.mjs - ./bootstrap run, as whoever tries it does:
 * from the printed addresses to Ctrl-C, twice.
 */
import net from "node:net";
import path from "node:path";
import { build, temporaryFolder, top } from "./desk.mjs";
import { Client } from "./http.mjs";
import { ask } from "./people.mjs";
import { Program } from "./servers.mjs";
import { check, cleanup, done, equal, match, test, until } from "./tap.mjs";

const folder = temporaryFolder();

/* What is under this port first makes bootstrap take another one. */
const taken = net.createServer((socket) => socket.end());
await new Promise((resolve) => {
	taken.once("error", resolve); /* somebody's own server: as good */
	taken.listen(8080, "127.0.0.1", resolve);
});
cleanup(() => taken.close());

/** Start it and wait for its addresses: { program, portal, agents, link }. */
async function bootstrap(name) {
	const program = new Program(name, path.join(top, "bootstrap"), ["run"], {
		dir: folder,
		env: { BUILD: path.relative(top, build), RUN: folder,
			MAKEFLAGS: "", MAKELEVEL: "" } });
	cleanup(() => program.stop());
	await until("the sign-in link", () => {
		program.mustRun();
		return /^Sign in/m.test(program.output);
	}, { timeout: 110_000 });
	const word = (key) =>
		new RegExp(`^${key}\\s+(\\S+)`, "m").exec(program.output)[1];
	return { program, portal: word("Portal"), agents: word("Agents"),
		link: word("Sign in") };
}

/** Ctrl-C; both programs and their sockets are gone after it. */
async function interrupt({ program, portal }) {
	await program.kill("SIGINT");
	equal(program.code, 0, program.output);
	const answer = await fetch(portal).catch(() => null);
	equal(answer, null, "nginx still answers");
}

let first = null;
await test("a desk with addresses that work, on a free port", async () => {
	first = await bootstrap("first");
	check(!first.portal.includes(":8080/"), first.portal);
	const page = await new Client(first.portal.replace(/\/$/, "")).get("/");
	equal(page.status, 200);
	match(page.words, /Demonstration/);
});

await test("the link signs the admin in, once", async () => {
	const agent = new Client(new URL(first.agents).origin);
	const page = await agent.open(first.link);
	const inbox = await agent.submit(page.forms.find((form) =>
		form.action.includes("/agent/login")));
	equal(inbox.status, 303, inbox.words);
	equal((await agent.get("/agent")).status, 200);
	const again = await new Client(new URL(first.agents).origin)
		.open(first.link);
	equal(again.status, 410);
});

await test("the demonstration's rules route what a customer asks",
	async () => {
		const customer = new Client(new URL(first.portal).origin);
		await ask(customer, { name: "Maria", email: "maria@customer.test",
			subject: "A refund, please", body: "I was charged twice." });
		const agent = new Client(new URL(first.agents).origin);
		await first.program.kill("SIGINT");
		first = await bootstrap("again");
		const page = await agent.open(first.link);
		await agent.submit(page.forms.find((form) =>
			form.action.includes("/agent/login")));
		const list = await agent.get(
			"/agent?q=status:open+queue:billing+tag:refund");
		match(list.words, /A refund, please/);
	});

await test("Ctrl-C ends both", async () => {
	await interrupt(first);
});

await done();
