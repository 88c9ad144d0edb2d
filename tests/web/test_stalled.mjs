/* tests/web/test_stalled.mjs - slow clients cost a descriptor, not a thread.
 *
 * Four times as many clients as threads get stuck: in the middle of FastCGI's
 * parameters, in the body, and in reading a long answer. They speak FastCGI to
 * the socket themselves, so that no web server buffers for them. Others are
 * answered in under a second meanwhile; and slow uploads through Apache, which
 * passes them straight on, do not hurt either.
 */
import { randomBytes } from "node:crypto";
import net from "node:net";
import { startDesk } from "./desk.mjs";
import { file } from "./http.mjs";
import { ask, sleep } from "./people.mjs";
import { hasWebServer } from "./servers.mjs";
import { check, cleanup, done, equal, note, skip, test } from "./tap.mjs";

const THREADS = 4;
const STUCK = 4 * THREADS;
const BOUNDARY = "stalled";

/* A record of the FastCGI specification, section 3.3. */
function record(type, content) {
	const head = Buffer.from([1, type, 0, 1, content.length >> 8,
		content.length & 255, 0, 0]);
	return Buffer.concat([head, content]);
}

function pair(name, value) {
	const length = (text) => {
		const bytes = Buffer.byteLength(text);
		return bytes < 128 ? Buffer.from([bytes]) :
			Buffer.from([0x80 | bytes >> 24, bytes >> 16 & 255,
				bytes >> 8 & 255, bytes & 255]);
	};
	return Buffer.concat([length(name), length(value),
		Buffer.from(name + value)]);
}

const begin = record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]));

function params(values) {
	return record(4, Buffer.concat(Object.entries(values)
		.map(([name, value]) => pair(name, value))));
}

function get(path) {
	return Buffer.concat([begin, params({ REQUEST_METHOD: "GET",
		REQUEST_URI: path, QUERY_STRING: "", REMOTE_ADDR: "10.9.9.9",
		SERVER_PROTOCOL: "HTTP/1.1" }), record(4, Buffer.alloc(0)),
	record(5, Buffer.alloc(0))]);
}

function beginPost(path, length) {
	return Buffer.concat([begin, params({ REQUEST_METHOD: "POST",
		REQUEST_URI: path, QUERY_STRING: "", REMOTE_ADDR: "10.9.9.9",
		CONTENT_TYPE: `multipart/form-data; boundary=${BOUNDARY}`,
		CONTENT_LENGTH: String(length), SERVER_PROTOCOL: "HTTP/1.1" }),
	record(4, Buffer.alloc(0))]);
}

/* Connect, say <bytes>, and then neither speak nor read. */
function stall(socketPath, bytes) {
	return new Promise((resolve, reject) => {
		const socket = net.connect(socketPath);
		socket.pause();
		socket.on("error", reject);
		socket.on("connect", () => {
			socket.write(bytes, () => resolve(socket));
		});
	});
}

async function othersAreServed(desk, what) {
	const client = desk.client();
	let worst = 0;

	for (const path of ["/", "/new", "/", "/new", "/readyz"]) {
		const start = Date.now();
		const page = await client.get(path, { timeout: 10_000 });
		worst = Math.max(worst, Date.now() - start);
		equal(page.status, 200, `${path} ${page.words}`);
	}
	note(`the slowest of five took ${worst} ms`);
	check(worst < 1000, `${what}: a page took ${worst} ms`);
}

const desk = await startDesk({ threads: THREADS });
const { page } = await ask(desk.client(), { name: "Ed",
	email: "ed@customer.test", subject: "A long file", body: "Here it is.",
	attachment: file("long.bin", "application/octet-stream",
		randomBytes(8 * 1024 * 1024)) });
const long = new URL(/href="([^"]*\/file[^"]*)"/.exec(page.text)[1], page.url);
const sockets = [];

function letGo() {
	for (const socket of sockets.splice(0))
		socket.destroy();
}
cleanup(letGo);

const cases = {
	"in the first header": begin.subarray(0, 5),
	"in the parameters": params({ REQUEST_METHOD: "GET",
		REQUEST_URI: "/new" }).subarray(0, 20),
	"between parameters and body": beginPost("/new", 1000),
	"in a short body": Buffer.concat([beginPost("/new", 4000),
		record(5, Buffer.alloc(100, "x"))]),
	"in a long body": Buffer.concat([beginPost("/new", 9_000_000),
		record(5, Buffer.alloc(60_000, "x")),
		record(5, Buffer.alloc(60_000, "x"))]),
	"in reading a long answer": get(long.pathname + long.search),
};

for (const [what, bytes] of Object.entries(cases)) {
	await test(`${STUCK} clients stuck ${what}`, async () => {
		for (let n = 0; n < STUCK; n++)
			sockets.push(await stall(desk.socket, bytes));
		await sleep(300);
		await othersAreServed(desk, what);
	});
}

await test("all of them together", () => othersAreServed(desk, "all"));

await test("clients that go away in the middle leave nothing behind",
	async () => {
	letGo();
	await sleep(300);
	await othersAreServed(desk, "after");
	check(desk.server.isRunning);
});

if (hasWebServer("apache")) {
	const other = await startDesk({ server: "apache", threads: THREADS });
	await test(`${STUCK} slow uploads through Apache`, async () => {
		for (let n = 0; n < STUCK; n++) {
			const socket = net.connect(other.port, "127.0.0.1");
			sockets.push(socket);
			socket.on("error", () => {});
			socket.write("POST /new HTTP/1.1\r\nHost: localhost\r\n" +
				`Content-Type: multipart/form-data; boundary=${BOUNDARY}` +
				"\r\nContent-Length: 900000\r\n\r\n");
			socket.write(`--${BOUNDARY}\r\nContent-Disposition: form-data; ` +
				`name="body"\r\n\r\n${"slow ".repeat(5000)}`);
		}
		await sleep(500);
		await othersAreServed(other, "Apache");
		letGo();
	});
} else {
	skip("slow uploads through Apache", "not installed");
}

await done();
