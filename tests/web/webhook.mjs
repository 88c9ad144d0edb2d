/* tests/web/webhook.mjs - a web server that keeps the requests it is sent.
 *
 *	const hook = await startWebhook();
 *	hook.host             HOST:PORT, on 127.0.0.1
 *	hook.requests         { method, path, headers, body } in order
 *	hook.answer           (request, answer) => ..., instead of an empty 200
 */
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { cleanup } from "./tap.mjs";

export async function startWebhook() {
	const hook = { requests: [], answer: (request, answer) => answer.end() };
	const server = http.createServer((request, answer) => {
		const parts = [];

		request.on("data", (part) => parts.push(part));
		request.on("end", () => {
			const kept = { method: request.method, path: request.url,
				headers: request.headers,
				body: Buffer.concat(parts).toString() };

			hook.requests.push(kept);
			hook.answer(kept, answer);
		});
	});

	await new Promise((listening) => {
		server.listen(0, "127.0.0.1", listening);
	});
	hook.host = `127.0.0.1:${server.address().port}`;
	cleanup(() => {
		server.close();
		server.closeAllConnections();
	});
	return hook;
}

/** For startDesk: a script of the site. */
export function withScript(name, text) {
	return (made) => {
		const dir = path.join(made.dir, "scripts");

		fs.mkdirSync(dir, { recursive: true });
		fs.writeFileSync(path.join(dir, `${name}.lua`), text);
	};
}
