/* core/cli/snippet.c - hookdesk snippet: what belongs into the configuration
 * of the web server that is already there. */
#include "config.h"
#include "core/cli/verbs.h"

#include <stdio.h>

/* @MOUNT@ is where the desk is mounted ("" or "/support"), @SITE@ its name
 * where one server has several. */
static const struct {
	const char *server, *text;
} snippets[] = {
	{ "nginx",
	    "# Into a server { }. fastcgi_keep_conn stays off: kept connections\n"
	    "# starve each other when there are more of them than threads.\n"
	    "location @MOUNT@/ {\n"
	    "\tinclude fastcgi_params;\n"
	    "\tfastcgi_param HOOKDESK_SITE @SITE@;\n"
	    "\tfastcgi_pass unix:@SOCKET@;\n"
	    "\tclient_max_body_size 64m;\n"
	    "}\n" },
	{ "apache",
	    "# Into a <VirtualHost>; needs a2enmod proxy_fcgi.\n"
	    "AllowEncodedSlashes NoDecode\n"
	    "ProxyPass \"@MOUNT@/\" \"unix:@SOCKET@|fcgi://localhost/\"\n"
	    "ProxyFCGIBackendType GENERIC\n"
	    "<Location \"@MOUNT@/\">\n"
	    "\tProxyFCGISetEnvIf \"true\" SCRIPT_NAME \"@MOUNT@\"\n"
	    "\tProxyFCGISetEnvIf \"true\" HOOKDESK_SITE \"@SITE@\"\n"
	    "\tCGIPassAuth On\n"
	    "</Location>\n" },
	{ "lighttpd",
	    "server.modules += ( \"mod_fastcgi\", \"mod_setenv\" )\n"
	    "$HTTP[\"url\"] =~ \"^@MOUNT@/\" {\n"
	    "\tsetenv.set-environment = ( \"HOOKDESK_SITE\" => \"@SITE@\" )\n"
	    "\tfastcgi.server = ( \"@MOUNT@/\" => ((\n"
	    "\t\t\"socket\" => \"@SOCKET@\",\n"
	    "\t\t\"check-local\" => \"disable\",\n"
	    "\t\t\"fix-root-scriptname\" => \"enable\"\n"
	    "\t)) )\n"
	    "}\n" },
};

struct bytes
cli_mount_of(struct bytes url)
{
	const char *slashes = bytes_find(url, BYTES("://"));
	const char *path;

	if (slashes == NULL)
		return url;
	path = memchr(
	    slashes + 3, '/', (size_t)(url.at + url.len - slashes - 3));
	if (path == NULL)
		return BYTES_NONE;
	return (struct bytes){ path, (size_t)(url.at + url.len - path) };
}

struct bytes
cli_site_name(const char *dir)
{
	struct bytes name = bytes_of(dir);

	while (name.len > 1 && name.at[name.len - 1] == '/')
		name.len--;
	for (size_t i = name.len; i-- > 0;)
		if (name.at[i] == '/')
			return (
			    struct bytes){ name.at + i + 1, name.len - i - 1 };
	return name;
}

static void
fill_in(
    struct buf *out, const char *text, struct bytes mount, struct bytes site)
{
	const struct {
		const char *word;
		struct bytes value;
	} words[] = {
		{ "@MOUNT@", mount },
		{ "@SITE@", site },
		{ "@SOCKET@", BYTES("/run/hookdesk/hookdesk.sock") },
	};

	while (*text != '\0') {
		size_t i = 0;

		while (i < sizeof words / sizeof *words &&
		    strncmp(text, words[i].word, strlen(words[i].word)) != 0)
			i++;
		if (i < sizeof words / sizeof *words) {
			buf_bytes(out, words[i].value);
			text += strlen(words[i].word);
		} else {
			buf_char(out, *text++);
		}
	}
}

int
cli_snippet(struct cli *cli)
{
	const struct record *brand;
	struct site_read read;
	enum err err;

	for (size_t i = 0; i < sizeof snippets / sizeof *snippets; i++) {
		if (strcmp(snippets[i].server, cli->args[0]) != 0)
			continue;
		err = site_read_begin(cli->site, &read);
		if (err != ERR_OK)
			return cli_fail_err(cli, cli->args[1], err, NULL);
		brand = directory_brand(read.directory, 0);
		fill_in(&cli->out, snippets[i].text,
		    cli_mount_of(brand != NULL ?
			    record_text(brand, BRAND_BASE_URL) :
			    BYTES_NONE),
		    cli_site_name(cli->args[1]));
		site_read_end(&read);
		return CLI_DONE;
	}
	return cli_usage(cli, "nginx, apache or lighttpd");
}
