/* tests/web/test_tls.mjs - behind a web server that speaks https the session's
 * cookie is one that browsers guard (RFC 6265bis, 4.1.3).
 */
import { ADMIN, PASSWORD, startDesk } from "./desk.mjs";
import { findProgram } from "./servers.mjs";
import { check, done, equal, skipAll, test } from "./tap.mjs";

if (findProgram("openssl") === null)
	skipAll("openssl is not here");

/* { name, value, attributes } of each cookie that a page sets. */
function cookiesOf(page) {
	return (page.headers["set-cookie"] ?? []).map((line) => {
		const [pair, ...attributes] = line.split(/;\s*/);
		const at = pair.indexOf("=");
		return { name: pair.slice(0, at), value: pair.slice(at + 1),
			attributes: attributes.map((one) => one.toLowerCase()) };
	});
}

async function signIn(desk, client) {
	const page = await client.get("/agent/login");
	equal(page.status, 200);
	return client.submit(page.form("/agent/login"),
		{ email: ADMIN, password: PASSWORD });
}

const MOUNTS = [
	{ mount: "", name: /^__Host-hd$/, path: "path=/" },
	{ mount: "/support", name: /^hd-[0-9a-f]{8}$/, path: "path=/support" },
];
const names = []; /* of the sessions so far */

for (const { mount, name, path } of MOUNTS) {
	const desk = await startDesk({ mount, tls: true });
	const client = desk.client();

	await test(`at ${mount || "/"} whoever signs in gets a guarded cookie`,
		async () => {
		const page = await signIn(desk, client);
		const cookies = cookiesOf(page);
		const session = cookies.find((one) => name.test(one.name));

		equal(page.status, 303);
		check(page.location.startsWith(`${desk.url}/agent`), page.location);
		check(session?.value.length >= 20, cookies.map((one) => one.name));
		for (const { name: called, attributes } of cookies) {
			for (const one of [path, "secure", "httponly", "samesite=lax"])
				check(attributes.includes(one), `${called}: no ${one}`);
			check(!attributes.some((one) => one.startsWith("domain=")));
		}
		names.push(session.name);
	});

	await test(`at ${mount || "/"} the cookie is a session until it is ended`,
		async () => {
		const inbox = await client.get("/agent");
		equal(inbox.status, 200);
		const out = await client.submit(inbox.form("/agent/logout"));
		const ended = cookiesOf(out).find((one) => name.test(one.name));

		check(ended?.attributes.includes("max-age=0"));
		check(ended.attributes.includes(path));
		equal((await client.get("/agent")).status, 303);
	});

	await test(`at ${mount || "/"} a cookie by another name is none`,
		async () => {
		await signIn(desk, client);
		const [, value] = [...client.cookies]
			.find(([called]) => name.test(called));
		const other = desk.client();

		for (const wrong of ["hd", "__Host-hd2", "__Secure-hd", ...names
			.filter((one) => !name.test(one))]) {
			other.cookies = new Map([[wrong, value]]);
			equal((await other.get("/agent")).status, 303, wrong);
		}
	});
	await desk.stop();
}

await done();
