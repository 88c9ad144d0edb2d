/* tests/http/tls_server.mjs - a web server over TLS for C tests.
 *
 *	node tls_server.mjs DIR
 *
 * Makes a certificate for 127.0.0.1 that nobody knows, in DIR, and prints its
 * port. Ends with its standard input.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const dir = process.argv[2];

execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes",
	"-days", "2", "-subj", "/CN=test", "-addext",
	"subjectAltName=IP:127.0.0.1", "-keyout", `${dir}/key.pem`,
	"-out", `${dir}/cert.pem`], { stdio: "ignore" });

const server = createServer({ key: readFileSync(`${dir}/key.pem`),
	cert: readFileSync(`${dir}/cert.pem`) },
(request, answer) => answer.end("secret"));

process.stdin.on("end", () => process.exit()).resume();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
