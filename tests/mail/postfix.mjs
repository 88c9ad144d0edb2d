/* tests/mail/postfix.mjs - a Postfix of its own on a free port of 127.0.0.1.
 *
 *	const postfix = await startPostfix(dir);   skips the file without Postfix
 *	postfix.port
 *	await postfix.mail((one) => one.text.includes("x"), "what")
 *
 * It offers STARTTLS with a certificate that nobody knows, keeps what is for
 * customer.test in <dir>/mail/box/new, and refuses all other addresses. Only
 * root can start Postfix.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { findProgram, freePort, Program } from "../web/servers.mjs";
import { cleanup, skipAll, until } from "../web/tap.mjs";

const DAEMONS = "/usr/lib/postfix/sbin";
const NOBODY = 65534;

function mainCf(dir) {
	return Object.entries({
		compatibility_level: "3.6",
		queue_directory: `${dir}/queue`,
		data_directory: `${dir}/data`,
		command_directory: "/usr/sbin",
		daemon_directory: DAEMONS,
		mail_owner: "postfix",
		setgid_group: "postdrop",
		maillog_file: `${dir}/postfix.log`,
		maillog_file_prefixes: dir,
		inet_interfaces: "127.0.0.1",
		inet_protocols: "ipv4",
		myhostname: "mail.test.invalid",
		mydestination: "",
		alias_maps: "",
		mynetworks: "",
		smtpd_relay_restrictions: "reject_unauth_destination",
		smtpd_tls_security_level: "may",
		smtpd_tls_cert_file: `${dir}/cert.pem`,
		smtpd_tls_key_file: `${dir}/key.pem`,
		smtpd_tls_received_header: "yes",
		virtual_mailbox_domains: "customer.test",
		virtual_mailbox_base: `${dir}/mail`,
		virtual_mailbox_maps: "static:box/",
		virtual_minimum_uid: "1",
		virtual_uid_maps: `static:${NOBODY}`,
		virtual_gid_maps: `static:${NOBODY}`,
	}).map(([name, value]) => `${name} = ${value}\n`).join("");
}

/* master(5): no chroot, and only what takes mail and puts it into a file. */
function masterCf(port) {
	const services = [
		[`127.0.0.1:${port}`, "inet", "n", "-", "smtpd"],
		["cleanup", "unix", "n", "0", "cleanup"],
		["qmgr", "unix", "n", "1", "qmgr"],
		["rewrite", "unix", "-", "-", "trivial-rewrite"],
		["bounce", "unix", "-", "0", "bounce"],
		["defer", "unix", "-", "0", "bounce"],
		["trace", "unix", "-", "0", "bounce"],
		["flush", "unix", "n", "0", "flush"],
		["proxymap", "unix", "-", "-", "proxymap"],
		["error", "unix", "-", "-", "error"],
		["retry", "unix", "-", "-", "error"],
		["anvil", "unix", "-", "1", "anvil"],
		["tlsmgr", "unix", "-", "1", "tlsmgr"],
		["postlog", "unix-dgram", "n", "1", "postlogd"],
	].map(([name, type, isPrivate, most, command]) =>
		[name, type, isPrivate, "-", "n", "-", most, command]);

	services.push(["virtual", "unix", "-", "n", "n", "-", "-", "virtual"]);
	return services.map((line) => `${line.join(" ")}\n`).join("");
}

function mails(box) {
	return fs.existsSync(box) ? fs.readdirSync(box).map((name) =>
		({ name, raw: fs.readFileSync(path.join(box, name), "latin1") })) : [];
}

export async function startPostfix(folder) {
	const program = findProgram("postfix");

	if (program === null || !fs.existsSync(DAEMONS))
		skipAll("postfix is not installed");
	if (process.getuid() !== 0)
		skipAll("only root can start Postfix");
	const dir = path.join(folder, "postfix");
	const port = await freePort();
	for (const name of ["conf", "queue", "data", "mail"])
		fs.mkdirSync(path.join(dir, name), { recursive: true });
	fs.chmodSync(dir, 0o755);
	fs.chownSync(path.join(dir, "mail"), NOBODY, NOBODY);
	execFileSync("chown", ["postfix", path.join(dir, "data")]);
	execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes",
		"-days", "2", "-subj", "/CN=mail.test.invalid",
		"-keyout", `${dir}/key.pem`, "-out", `${dir}/cert.pem`],
	{ stdio: "ignore" });
	fs.writeFileSync(`${dir}/conf/main.cf`, mainCf(dir));
	fs.writeFileSync(`${dir}/conf/master.cf`, masterCf(port));

	/* In the foreground master(8) is our child: its end is the end of all. */
	execFileSync(program, ["-c", `${dir}/conf`, "check"], { stdio: "ignore" });
	const master = new Program("postfix-master", path.join(DAEMONS, "master"),
		["-c", `${dir}/conf`, "-d"], { dir });
	cleanup(() => master.stop());
	const box = path.join(dir, "mail/box/new");
	return { port, master,
		mail: (fits, what) => until(what, () => {
			master.mustRun();
			return mails(box).find(fits);
		}, { timeout: 60_000 }) };
}
