/* tests/web/servers.mjs - private web servers in front of a desk.
 *
 * Each is started in the foreground as the current user, with a configuration
 * of its own in a temporary folder, and stopped by its process id.
 */
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { note, until } from "./tap.mjs";

const isRoot = process.getuid() === 0;
const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

/* Ports from which the system takes none for outgoing connections: one that is
 * free stays free until a server that starts slowly takes it. */
const PORTS_FROM = 12000;
const PORTS_TO = Number(fs.readFileSync(
	"/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/)[0]);

function isFree(port) {
	return new Promise((resolve) => {
		const server = net.createServer();
		server.on("error", () => resolve(false));
		server.listen(port, "127.0.0.1", () => {
			server.close(() => resolve(true));
		});
	});
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
	for (;;) {
		const port = randomInt(PORTS_FROM, PORTS_TO);
		if (await isFree(port))
			return port;
	}
}

/** Where <program> is, or null. */
export function findProgram(program) {
	for (const dir of PATH.split(":")) {
		const file = path.join(dir, program);
		if (fs.existsSync(file))
			return file;
	}
	return null;
}

/** A child process whose output goes to a file. */
export class Program {
	constructor(name, file, args, { dir, env = {} }) {
		this.name = name;
		this.log = path.join(dir, `${name}.log`);
		const out = fs.openSync(this.log, "a");
		this.process = spawn(file, args, { cwd: dir,
			stdio: ["ignore", out, out],
			env: { ...process.env, PATH, ...env } });
		fs.closeSync(out);
		this.ended = new Promise((resolve) => {
			this.process.on("exit", (code, signal) => {
				this.code = code;
				this.signal = signal;
				resolve();
			});
			this.process.on("error", (error) => {
				this.code = 127;
				this.error = error;
				resolve();
			});
		});
	}

	get pid() {
		return this.process.pid;
	}

	get isRunning() {
		return this.code === undefined && this.signal === undefined;
	}

	get output() {
		return fs.readFileSync(this.log, "utf8");
	}

	/** Throws, with the end of its output, when it has ended. */
	mustRun() {
		if (this.isRunning)
			return;
		note(this.output.slice(-4000));
		throw new Error(`${this.name} ended: ` +
			`${this.error ?? this.signal ?? this.code}`);
	}

	async kill(signal = "SIGKILL") {
		if (this.isRunning)
			this.process.kill(signal);
		await this.ended;
	}

	/** End it gracefully; with force after <timeout> ms. */
	async stop({ timeout = 20_000 } = {}) {
		const timer = setTimeout(() => {
			note(`${this.name} did not end in ${timeout} ms`);
			this.process.kill("SIGKILL");
		}, timeout);
		await this.kill("SIGTERM");
		clearTimeout(timer);
	}
}

const FASTCGI_PARAMS = `
	fastcgi_param QUERY_STRING $query_string;
	fastcgi_param REQUEST_METHOD $request_method;
	fastcgi_param CONTENT_TYPE $content_type;
	fastcgi_param CONTENT_LENGTH $content_length;
	fastcgi_param SCRIPT_NAME $fastcgi_script_name;
	fastcgi_param REQUEST_URI $request_uri;
	fastcgi_param DOCUMENT_URI $document_uri;
	fastcgi_param SERVER_PROTOCOL $server_protocol;
	fastcgi_param REQUEST_SCHEME $scheme;
	fastcgi_param HTTPS $https if_not_empty;
	fastcgi_param GATEWAY_INTERFACE CGI/1.1;
	fastcgi_param REMOTE_ADDR $test_client;
	fastcgi_param REMOTE_PORT $remote_port;
	fastcgi_param SERVER_ADDR $server_addr;
	fastcgi_param SERVER_PORT $server_port;
	fastcgi_param SERVER_NAME $server_name;
`;

/* Each takes { dir, port, mount, socket }: mount is "" or "/support". With
 * `snippet`, what `hookdesk snippet` says takes the place of our own lines. With
 * `tls`, { cert, key } files, nginx speaks https. */

function nginxConf({ dir, port, mount, socket, sites, snippet, tls }) {
	const temporary = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
		.map((name) => `${name}_temp_path ${dir}/tmp;`).join("\n");
	const location = (where, site) => `
		location ${where}/ {
			fastcgi_pass unix:${socket};
			client_max_body_size 64m;
			fastcgi_read_timeout 120s;
			${FASTCGI_PARAMS}
			${site ? `fastcgi_param HOOKDESK_SITE ${site};` : ""}
		}`;
	const locations = sites === undefined ? snippet ?? location(mount) :
		sites.map((site) => location(`/${site}`, site)).join("\n");

	/* beside nginx.conf, as where Debian has it */
	fs.writeFileSync(path.join(dir, "fastcgi_params"), FASTCGI_PARAMS);

	return `
${isRoot ? "user root;" : ""}
daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	${temporary}
	keepalive_requests 1000000;
	# One machine plays many visitors: each has limits of its own.
	map $http_x_test_client $test_client {
		default $http_x_test_client;
		"" $remote_addr;
	}
	server {
		listen 127.0.0.1:${port} backlog=1024${tls ? " ssl" : ""};
		${tls ? `ssl_certificate ${tls.cert};
		ssl_certificate_key ${tls.key};` : ""}
		${locations}
	}
}
`;
}

function apacheConf({ dir, port, mount, socket, snippet }) {
	const modules = ["mpm_event", "authz_core", "proxy", "proxy_fcgi"]
		.map((name) => `LoadModule ${name}_module ` +
			`/usr/lib/apache2/modules/mod_${name}.so`).join("\n");

	return `
ServerRoot ${dir}
DefaultRuntimeDir ${dir}
ServerName localhost
PidFile ${dir}/apache.pid
ErrorLog /dev/stderr
Listen 127.0.0.1:${port}
${modules}
${isRoot ? "User www-data\nGroup www-data" : ""}
${snippet ?? `AllowEncodedSlashes NoDecode
ProxyPass "${mount}/" "unix:${socket}|fcgi://localhost/"
ProxyFCGIBackendType GENERIC
ProxyFCGISetEnvIf "true" SCRIPT_NAME "${mount}"
<Location "/">
	CGIPassAuth On
</Location>`}
`;
}

function lighttpdConf({ dir, port, mount, socket, snippet }) {
	return `
server.modules = ()
server.document-root = "${dir}"
server.bind = "127.0.0.1"
server.port = ${port}
server.upload-dirs = ( "${dir}/tmp" )
${snippet ?? `server.modules += ( "mod_fastcgi" )
fastcgi.server = ( "${mount}/" => (( "socket" => "${socket}",
	"check-local" => "disable"${mount === "" ?
	', "fix-root-scriptname" => "enable"' : ""} )) )`}
`;
}

const KINDS = {
	nginx: { program: "nginx", conf: nginxConf,
		args: (dir, conf) => ["-p", dir, "-e", "stderr", "-c", conf] },
	apache: { program: "apache2", conf: apacheConf,
		args: (dir, conf) => ["-D", "FOREGROUND", "-f", conf] },
	lighttpd: { program: "lighttpd", conf: lighttpdConf,
		args: (dir, conf) => ["-D", "-f", conf] },
};

/** True when the web server <kind> is installed. */
export function hasWebServer(kind) {
	return findProgram(KINDS[kind].program) !== null;
}

/** True when somebody takes connections on <port>. */
export function isListening(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, "127.0.0.1");
		socket.on("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.on("error", () => resolve(false));
	});
}

/** Start <kind> on options.port, serving options.mount from options.socket;
 * with options.sites each of them below /NAME. */
export async function startWebServer(kind, options) {
	const { program, conf, args } = KINDS[kind];
	const { dir, port } = options;
	const file = path.join(dir, `${kind}.conf`);

	fs.mkdirSync(path.join(dir, "tmp"), { recursive: true });
	fs.writeFileSync(file, conf(options));
	const server = new Program(kind, findProgram(program), args(dir, file),
		{ dir });
	await until(`${kind} to listen`, () => {
		server.mustRun();
		return isListening(port);
	});
	return server;
}
