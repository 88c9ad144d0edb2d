/* tests/web/desk.mjs - a desk with a web server in front, for one test file.
 *
 *	const desk = await startDesk({ mount: "/support", smtp, tls: true });
 *	desk.url                  its address, without a slash at the end
 *	desk.client()             a new visitor (http.mjs)
 *	await desk.agent()        a client signed in as the admin
 *	await desk.api()          a client with a token that may do everything
 *	await desk.cli("queue", "add", desk.dir, "Billing")
 *	await desk.kill(); await desk.serve();
 *	const { host, sites } = await startSites(["alpha", "beta"]);
 *
 * Everything lies in a temporary folder and is gone when the file is done.
 * The program is the one that $HOOKDESK names, else build/hookdesk.
 */
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "./http.mjs";
import { freePort, Program, startWebServer } from "./servers.mjs";
import { cleanup, note, until } from "./tap.mjs";

export const top = fileURLToPath(new URL("../..", import.meta.url));
export const ADMIN = "admin@example.test";
export const PASSWORD = "correct horse battery";

const program = path.resolve(process.env.HOOKDESK ??
	path.join(process.env.HOOKDESK_BUILDDIR ?? path.join(top, "build"),
		"hookdesk"));

/** Where the program was built. */
export const build = path.dirname(program);

export const environment = {
	HOOKDESK_DATADIR: process.env.HOOKDESK_DATADIR ?? top,
	HOOKDESK_LOCALEDIR: process.env.HOOKDESK_LOCALEDIR ??
		path.join(build, "www/locale"),
	HOOKDESK_PLUGINDIR: process.env.HOOKDESK_PLUGINDIR ??
		path.join(build, "plugins"),
	HOOKDESK_SCRIPT_HOST: process.env.HOOKDESK_SCRIPT_HOST ??
		path.join(build, "hookdesk-script"),
};

/** A file of ../shared/data beside the project, or null when it is not there:
 * real input that is read in place. */
export function sharedData(name) {
	const file = path.join(top, "../shared/data", name);
	return fs.existsSync(file) ? file : null;
}

/** A folder that is removed at the end. */
export function temporaryFolder() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "hookdesk-test-"));
	fs.chmodSync(dir, 0o711); /* a web server of another user passes */
	cleanup(() => fs.rmSync(dir, { recursive: true, force: true }));
	return dir;
}

/** Run hookdesk with <args>: { code, stdout, stderr }. */
export function hookdesk(args, { input = "", env = {},
	timeout = 120_000 } = {}) {
	return new Promise((resolve) => {
		const child = execFile(program, args, { timeout,
			maxBuffer: 1 << 28, env: { ...process.env, ...environment,
				...env } },
		(error, stdout, stderr) => {
			resolve({ code: child.exitCode ?? -1, stdout, stderr,
				signal: child.signalCode });
		});
		child.stdin.on("error", () => {}); /* it need not read */
		child.stdin.end(input);
	});
}

/** The same, but a failure fails the test; returns its output. */
export async function hookdeskDone(args, options) {
	const { code, signal, stdout, stderr } = await hookdesk(args, options);
	if (code !== 0) {
		throw new Error(`hookdesk ${args.join(" ")}: ` +
			`${signal ?? code}\n${stdout}${stderr}`);
	}
	return stdout;
}

/** A certificate for 127.0.0.1 that signs itself: { cert, key } files, and
 * { ca }, what clients are to trust. */
function makeCertificate(dir) {
	const cert = path.join(dir, "cert.pem");
	const key = path.join(dir, "key.pem");

	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
		"/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
		"-keyout", key, "-out", cert], { stdio: "ignore" });
	return { cert, key, ca: fs.readFileSync(cert) };
}

export class Desk {
	constructor(options) {
		this.options = { server: "nginx", mount: "", threads: 4, args: [],
			env: {}, ...options };
		this.folder = options.folder ?? temporaryFolder();
		this.dir = options.dir ?? options.site ??
			path.join(this.folder, "site");
		this.socket = path.join(this.folder, "hookdesk.sock");
		this.mount = this.options.mount;
	}

	async choosePort() {
		const scheme = this.options.tls ? "https" : "http";

		this.port = await freePort();
		this.url = `${scheme}://127.0.0.1:${this.port}${this.mount}`;
		if (this.options.tls)
			this.tls = makeCertificate(this.folder);
	}

	cli(...args) {
		return hookdeskDone(args);
	}

	async init() {
		const { name = "Test desk", demo, demoSize } = this.options;

		await hookdeskDone(["init", this.dir, "--name", name,
			"--admin", ADMIN, "--password-stdin",
			"--base-url", this.url, ...(demo ? ["--demo"] : []),
			...(demoSize ? ["--demo-size", String(demoSize)] : [])],
		{ input: `${PASSWORD}\n`, timeout: 1_200_000 });
		for (const [key, value] of Object.entries(this.settings()))
			await this.set(key, value);
	}

	settings() {
		const { settings = {}, smtp } = this.options;

		return smtp === undefined ? settings : {
			"mail.transport": `smtp://127.0.0.1:${smtp.port}`,
			"mail.from": "desk@example.test",
			"mail.tls": "none", ...settings };
	}

	/** Change a setting of the whole site. */
	set(name, value) {
		return this.cli("setting", "set", this.dir, name,
			"--value", JSON.stringify(value));
	}

	/** Start the server and wait until it answers. */
	async serve() {
		fs.rmSync(this.socket, { force: true });
		this.server = new Program("hookdesk", program, ["serve",
			"--socket", this.socket,
			"--threads", String(this.options.threads),
			...this.options.args, this.dir],
		{ dir: this.folder, env: { ...environment, ...this.options.env } });
		await until("the server's socket", () => {
			this.server.mustRun();
			return fs.existsSync(this.socket);
		});
		fs.chmodSync(this.socket, 0o666); /* the folder guards it */
	}

	async ready() {
		const client = this.client();
		try {
			await until("/readyz", async () => {
				this.server.mustRun();
				this.front.mustRun();
				const page = await client.get("/readyz").catch(() => null);
				return page?.status === 200;
			});
		} catch (error) {
			for (const { name, output } of [this.server, this.front])
				note(`${name} says:\n${output.slice(-4000)}`);
			throw error;
		}
	}

	async startFront() {
		const { server, useSnippet } = this.options;
		const snippet = useSnippet ?
			(await this.cli("snippet", server, this.dir)).replaceAll(
				"/run/hookdesk/hookdesk.sock", this.socket) : undefined;

		this.front = await startWebServer(server, {
			dir: this.folder, port: this.port, mount: this.mount,
			socket: this.socket, snippet, tls: this.tls });
	}

	/** End the server at once, as a crash would. */
	async kill() {
		await this.server.kill("SIGKILL");
	}

	async restart() {
		await this.server.stop();
		await this.serve();
		await this.ready();
	}

	async stop() {
		await this.front?.stop();
		await this.server?.stop();
	}

	client(options) {
		return new Client(this.url, { ca: this.tls?.ca, ...options });
	}

	/** A client signed in by a one-time link. */
	async agent(email = ADMIN) {
		const client = this.client();
		const link = (await this.cli("agent", "link", this.dir, email)).trim();
		let page = await client.open(link);
		const form = page.forms.find((one) => one.method === "post" &&
			one.action.includes("/agent/"));

		/* A link scanner must not use the link up: a button does. */
		if (form && /\/agent\/l/.test(new URL(page.url).pathname))
			page = await client.submit(form);
		return client;
	}

	/** A client of the API. */
	async api(rights = "admin") {
		const out = await this.cli("token", "add", this.dir, "tests",
			"--rights", rights, "--json");
		return this.client({ headers: {
			Authorization: `Bearer ${JSON.parse(out).token}` } });
	}
}

/** Make a site, start the server and a web server, wait for both. */
export async function startDesk(options = {}) {
	const desk = new Desk(options);

	await desk.choosePort();
	cleanup(() => desk.stop());
	if (options.dir === undefined)
		await desk.init();
	await options.beforeServe?.(desk);
	await desk.serve();
	await desk.startFront();
	await desk.ready();
	return desk;
}

/** Several sites in one process, each below /NAME of one address: its host, and
 * a desk for each name, which has no server of its own. */
export async function startSites(names, options = {}) {
	const folder = temporaryFolder();
	const root = path.join(folder, "sites");
	const host = new Desk({ folder, dir: root, ...options,
		args: [...options.args ?? [], "--sites"] });

	fs.mkdirSync(root);
	await host.choosePort();
	cleanup(() => host.stop());
	const sites = names.map((name) => {
		const site = new Desk({ folder, dir: path.join(root, name), name });
		site.port = host.port;
		site.url = `${host.url}/${name}`;
		return site;
	});
	for (const site of sites)
		await site.init();
	await host.serve();
	host.front = await startWebServer("nginx", { dir: folder,
		port: host.port, mount: "", socket: host.socket, sites: names });
	return { host, sites };
}
