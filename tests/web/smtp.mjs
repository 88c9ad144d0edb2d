/* tests/web/smtp.mjs - a mail server that keeps what it is given (RFC 5321).
 *
 *	const smtp = await startSmtp();
 *	smtp.port             where it listens, on 127.0.0.1
 *	smtp.messages         { from, to, raw, headers, text } in order
 *	smtp.answer.rcpt      "550 5.1.1 no such user" instead of 250, and so
 *	                      on for connect, ehlo, mail, data, body
 *	await smtp.message(m => ...)   waits for one that fits
 *
 * With { tls } it offers STARTTLS, with { user, password } it wants AUTH.
 */
import net from "node:net";
import tls from "node:tls";
import { until } from "./tap.mjs";

function decodeQuotedPrintable(text) {
	return Buffer.from(text.replace(/=\r?\n/g, "")
		.replace(/=([0-9a-f]{2})/gi, (all, hex) =>
			String.fromCharCode(parseInt(hex, 16))), "latin1");
}

function decodeBody(body, encoding) {
	switch ((encoding ?? "7bit").trim().toLowerCase()) {
	case "base64": return Buffer.from(body, "base64");
	case "quoted-printable": return decodeQuotedPrintable(body);
	default: return Buffer.from(body, "latin1");
	}
}

/** RFC 2047 words in a header's value. */
export function decodeWords(value) {
	return value.replace(/\?=\s+=\?/g, "?==?").replace(
		/=\?[^?]+\?([bq])\?([^?]*)\?=/gi, (all, kind, text) => {
			const bytes = kind.toLowerCase() === "b" ?
				Buffer.from(text, "base64") :
				decodeQuotedPrintable(text.replaceAll("_", " "));
			return bytes.toString("utf8");
		});
}

function splitHeaders(raw) {
	const end = raw.search(/\r?\n\r?\n/);
	const head = end < 0 ? raw : raw.slice(0, end);
	const body = end < 0 ? "" : raw.slice(end).replace(/^\r?\n\r?\n/, "");
	const headers = {};

	for (const line of head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/)) {
		const at = line.indexOf(":");
		const name = line.slice(0, at).toLowerCase();
		const value = decodeWords(line.slice(at + 1).trim());
		headers[name] = name in headers ?
			`${headers[name]}, ${value}` : value;
	}
	return { headers, body };
}

/** Headers by lower-case name, and the plain text of a message. */
export function parseMessage(raw) {
	const { headers, body } = splitHeaders(raw);
	const type = headers["content-type"] ?? "text/plain";
	const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];

	if (boundary !== undefined) {
		const parts = body.split(`--${boundary}`).slice(1, -1)
			.map((part) => parseMessage(part.replace(/^\r?\n/, "")));
		return { headers, parts,
			text: parts.map((part) => part.text).filter(Boolean)[0] ?? "" };
	}
	const bytes = decodeBody(body, headers["content-transfer-encoding"]);
	return { headers, parts: [],
		text: /^text\/plain/i.test(type) ? bytes.toString("utf8") : "",
		bytes };
}

/* One conversation with a client; `server` is what startSmtp() returned. */
class Conversation {
	constructor(server, socket, secure) {
		this.server = server;
		this.secure = secure;
		this.reset();
		this.isTrusted = server.options.user === undefined;
		this.attach(socket);
	}

	reset() {
		this.from = null;
		this.to = [];
	}

	attach(socket) {
		this.socket = socket;
		this.rest = "";
		this.reading = false;
		socket.setEncoding("latin1");
		socket.on("data", (text) => this.take(text));
		socket.on("error", () => socket.destroy());
	}

	say(line) {
		this.socket.write(`${line}\r\n`);
	}

	/* What the test wants said at <step>, else <usual>; true when usual. */
	reply(step, usual) {
		const special = this.server.answer[step];
		const line = typeof special === "function" ? special(this) : special;

		this.say(line ?? usual);
		return line === undefined || line === null;
	}

	take(text) {
		this.rest += text;
		for (;;) {
			const end = this.reading ? "\r\n.\r\n" : "\r\n";
			const at = this.rest.indexOf(end);
			if (at < 0)
				return;
			const whole = this.rest.slice(0, at);
			this.rest = this.rest.slice(at + end.length);
			if (this.reading)
				this.body(whole.slice(2)); /* see DATA */
			else
				this.command(whole);
		}
	}

	body(text) {
		const raw = text.replace(/^\.\./gm, ".");

		this.reading = false;
		if (this.reply("body", "250 2.0.0 taken")) {
			this.server.messages.push({ from: this.from, to: this.to, raw,
				secure: this.secure, ...parseMessage(raw) });
		}
		this.reset();
	}

	command(line) {
		const [verb] = line.toUpperCase().split(/[ :]/);
		const known = COMMANDS[verb];

		this.server.commands.push(line);
		if (this.login)
			this.login(line);
		else if (known === undefined)
			this.say("500 5.5.1 what?");
		else
			known.call(this, line);
	}

	greet() {
		const offers = ["sink", "8BITMIME", "SMTPUTF8"];
		const { tls: isTls, user } = this.server.options;

		if (isTls && !this.secure)
			offers.push("STARTTLS");
		if (user !== undefined && (this.secure || !isTls))
			offers.push("AUTH PLAIN LOGIN");
		const lines = offers.map((offer, i) =>
			`250${i < offers.length - 1 ? "-" : " "}${offer}`);
		this.reply("ehlo", lines.join("\r\n"));
	}

	upgrade() {
		this.say("220 2.0.0 go on");
		this.socket.removeAllListeners("data");
		const secure = new tls.TLSSocket(this.socket, { isServer: true,
			...this.server.options.tls });
		this.secure = true;
		this.reset();
		this.attach(secure);
	}

	authenticate(line) {
		const [, method, first] = line.split(" ");
		const { user, password } = this.server.options;
		const finish = (name, secret) => {
			this.login = null;
			this.isTrusted = name === user && secret === password;
			this.say(this.isTrusted ? "235 2.7.0 welcome" :
				"535 5.7.8 wrong user or password");
		};
		const decode = (text) => Buffer.from(text, "base64").toString();

		if (method.toUpperCase() === "PLAIN") {
			const plain = (text) => {
				const [, name, secret] = decode(text).split("\0");
				finish(name, secret);
			};
			if (first)
				return plain(first);
			this.login = plain;
			return this.say("334 ");
		}
		this.login = (name) => {
			this.login = (secret) => finish(decode(name), decode(secret));
			this.say("334 UGFzc3dvcmQ6");
		};
		this.say("334 VXNlcm5hbWU6");
	}
}

const COMMANDS = {
	EHLO() { this.greet(); },
	HELO() { this.reply("ehlo", "250 sink"); },
	NOOP() { this.say("250 2.0.0 fine"); },
	RSET() { this.reset(); this.say("250 2.0.0 fine"); },
	STARTTLS() { this.upgrade(); },
	AUTH(line) { this.authenticate(line); },
	MAIL(line) {
		if (!this.isTrusted)
			return this.say("530 5.7.0 sign in first");
		if (this.reply("mail", "250 2.1.0 fine"))
			this.from = /<(.*?)>/.exec(line)?.[1] ?? "";
	},
	RCPT(line) {
		if (this.reply("rcpt", "250 2.1.5 fine"))
			this.to.push(/<(.*?)>/.exec(line)?.[1] ?? "");
	},
	DATA() {
		if (this.to.length === 0)
			return this.say("503 5.5.1 to whom?");
		if (!this.reply("data", "354 go on"))
			return;
		this.reading = true;
		this.rest = `\r\n${this.rest}`; /* an empty message ends so too */
	},
	QUIT() { this.say("221 2.0.0 bye"); this.socket.end(); },
};

/** Start a server on a free port of 127.0.0.1. */
export async function startSmtp(options = {}) {
	const sockets = new Set();
	const server = {
		options, answer: {}, messages: [], commands: [], connections: 0,
		/** Wait for a message that fits. */
		message(fits, what = "a mail") {
			return until(what, () => this.messages.find(fits));
		},
		async close() {
			for (const socket of sockets)
				socket.destroy();
			await new Promise((resolve) => {
				listener.close(resolve);
			});
		},
	};
	const listener = net.createServer((socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
		server.connections++;
		new Conversation(server, socket, false)
			.reply("connect", "220 sink ESMTP");
	});

	await new Promise((resolve) => {
		listener.listen(0, "127.0.0.1", resolve);
	});
	server.port = listener.address().port;
	return server;
}
