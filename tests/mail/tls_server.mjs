/* tests/mail/tls_server.mjs - a mail server with STARTTLS for C tests.
 *
 *	node tls_server.mjs DIR
 *
 * Makes a certificate for 127.0.0.1 that nobody knows, DIR/cert.pem, prints
 * its port, then a line for each mail: "secure" or "plain". Ends with its
 * standard input.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { startSmtp } from "../web/smtp.mjs";

const dir = process.argv[2];

execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes",
	"-days", "2", "-subj", "/CN=test", "-addext",
	"subjectAltName=IP:127.0.0.1", "-keyout", `${dir}/key.pem`,
	"-out", `${dir}/cert.pem`], { stdio: "ignore" });

const server = await startSmtp({ tls: { key: readFileSync(`${dir}/key.pem`),
	cert: readFileSync(`${dir}/cert.pem`) } });
const push = server.messages.push;

server.messages.push = function (message) {
	console.log(message.secure ? "secure" : "plain");
	return push.call(this, message);
};
process.stdin.on("end", () => process.exit()).resume();
console.log(server.port);
