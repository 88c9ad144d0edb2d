/* core/plugin.h - the ABI of native plugins: all that a plugin may include.
 *
 * A plugin is a shared object with one exported symbol, `hd_plugin`. It gets
 * plain values and gives plain values; it never sees what is inside hookdesk.
 * Plugins are trusted code: they run in the server's process.
 *
 *    static int
 *    start(const struct hd_host *host, char *why, size_t why_size)
 *    {
 *            return host->add_mail_transport(host, &transport);
 *    }
 *
 *    const struct hd_plugin hd_plugin = {
 *            HD_ABI, sizeof hd_plugin, "mail", "0.1.0", "Sends mail.", start,
 *            NULL
 *    };
 *
 * How it grows: structs that begin with `abi` and `size` get new members at
 * their end only, and no member ever changes its meaning. `size` is
 * sizeof(the struct) as its maker knew it: look at a member only when `size`
 * says that it is there (HD_HAS). HD_ABI rises only when that is not enough;
 * a plugin of another HD_ABI is refused at the start.
 *
 * All texts are UTF-8 and end with a NUL; none is NULL unless it says so, and
 * all of them are borrowed until the call returns. Functions return 0 for
 * success.
 */
#ifndef HOOKDESK_PLUGIN_H
#define HOOKDESK_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HD_ABI 1

/* Whether <member> is within what the maker of *<at> knew. */
#define HD_HAS(at, type, member) \
	((at)->size >= offsetof(type, member) + sizeof((at)->member))

/* How urgent a line of the log is. */
enum hd_level { HD_ERROR = 0, HD_WARN, HD_INFO, HD_DEBUG };

/* --- mail transports --- */

struct hd_mail_address {
	const char *address; /* local@domain */
	const char *name;    /* of the person; "" if not known */
};

/* A file to attach. */
struct hd_mail_file {
	const char *path; /* to read it from */
	const char *name; /* what the reader shall see; a label, never a path */
	const char *type; /* media type, e.g. image/png */
};

/* A header field of its own, e.g. X-Auto-Response-Suppress. */
struct hd_mail_field {
	const char *name, *value;
};

/* What sort of mail it is: RFC 3834, 5. */
enum hd_mail_auto {
	HD_MAIL_BY_HAND = 0,    /* a person wrote it */
	HD_MAIL_AUTO_REPLIED,   /* answers one message by itself */
	HD_MAIL_AUTO_GENERATED, /* nobody's answer: notifications, reports */
	HD_MAIL_AUTO__COUNT
};

struct hd_mail {
	uint32_t abi, size;
	int64_t date_us; /* for Date: UTC microseconds */
	struct hd_mail_address from;
	struct hd_mail_address reply_to; /* address "": none */
	const char *bounces; /* envelope sender: NULL as <from>, "" none (<>) */
	const struct hd_mail_address *to;
	size_t to_count; /* at least 1 */
	const char *subject;
	const char *text;              /* the body */
	const char *html;              /* the same as HTML; NULL: none */
	const char *message_id;        /* left@right, without < > */
	const char *in_reply_to;       /* the same; "" for none */
	const char *const *references; /* the same each, the oldest first */
	size_t reference_count;
	enum hd_mail_auto automatic;
	const struct hd_mail_field *fields; /* more of them */
	size_t field_count;
	const struct hd_mail_file *files;
	size_t file_count;
};

enum hd_mail_tls {
	HD_MAIL_TLS_REQUIRED = 0,  /* STARTTLS and a valid certificate */
	HD_MAIL_TLS_OPPORTUNISTIC, /* if offered, any certificate; required if
				      there is a password */
	HD_MAIL_TLS_NONE,          /* plain, for a server on this machine */
	HD_MAIL_TLS__COUNT
};

/* Where to hand mail over. */
struct hd_mail_settings {
	uint32_t abi, size;
	const char *url;      /* smtp://HOST[:PORT], smtps://HOST[:PORT] (TLS
				 from the first byte), file:///FOLDER (each
				 mail a file); "" for <command> */
	const char *user;     /* "": no authentication */
	const char *password; /* never logged */
	const char *hello;    /* our name in EHLO; "": the machine's */
	const char *ca_file;  /* certificates to trust; "": the system's */
	enum hd_mail_tls tls;
	int is_unverified; /* any certificate will do */
	int timeout_ms;    /* for connecting, and for each answer */
	/* A program that reads the mail on standard input, e.g.
	 * /usr/sbin/sendmail -t -i, ending with NULL; no shell is involved.
	 * NULL when <url> is given. */
	const char *const *command;
	int64_t size_max; /* bytes of a whole mail; larger ones are refused */
};

enum hd_mail_state {
	HD_MAIL_SENT = 0, /* taken over; some addresses may be refused */
	HD_MAIL_LATER,    /* it can work another time */
	HD_MAIL_REFUSED,  /* it will not work, however often it is tried */
	HD_MAIL_STATE__COUNT
};

struct hd_mail_outcome {
	uint32_t abi, size;
	enum hd_mail_state state;
	int code; /* the server's last reply code, or 0 */
	/* What the server said, or what went wrong: one line, without control
	 * characters. After HD_MAIL_SENT: what was said of the addresses that
	 * were refused, "" if all were taken. */
	char reply[1000];
};

/* A way to send mail. A session is used by one thread at a time; several
 * sessions may be open. A session keeps its connection for the next mail. */
struct hd_mail_transport {
	uint32_t abi, size;
	const char *name;
	/* NULL, and the reason in <why>, when <settings> make no sense. Does
	 * not connect. <settings> are copied. */
	void *(*open)(const struct hd_mail_settings *settings, char *why,
	    size_t why_size);
	/* Hand over <mail>; always fills *<outcome>, of which the caller has
	 * set abi and size. Sent again, the same <mail> gives the same bytes.
	 */
	void (*send)(void *session, const struct hd_mail *mail,
	    struct hd_mail_outcome *outcome);
	void (*close)(void *session); /* NULL is allowed */
};

/* --- web clients --- */

struct hd_http_field {
	const char *name, *value;
};

/* A request whose URL somebody wrote who is not trusted with this machine's
 * network. */
struct hd_http_request {
	uint32_t abi, size;
	const char *method; /* GET, POST ... */
	const char *url;    /* http:// or https:// */
	const struct hd_http_field *fields;
	size_t field_count;
	const char *body; /* may hold NULs; NULL: none */
	size_t body_size;
	/* What may be reached though its address is not public, or its port not
	 * one of the web: HOST:PORT, [ADDRESS]:PORT. */
	const char *const *allowed;
	size_t allowed_count;
	int timeout_ms; /* for all of it */
};

enum hd_http_state {
	HD_HTTP_ANSWERED = 0, /* whatever the status says */
	HD_HTTP_LATER,        /* no answer; it can work another time */
	HD_HTTP_REFUSED,      /* not sent, and never will be */
	HD_HTTP_STATE__COUNT
};

struct hd_http_outcome {
	uint32_t abi, size;
	enum hd_http_state state;
	int status;        /* 200, 404 ...; 0 without an answer */
	int retry_after_s; /* what the server asks for; 0: it says nothing */
	int is_cut;        /* the answer was longer than <room> */
	char *body;        /* given by the caller, for <room> bytes */
	size_t room;
	size_t body_size;
	char error[300]; /* without an answer: why; one line */
};

/* Who makes web requests. Redirects are not followed; nothing of the machine's
 * (proxies, cookies, passwords) is used; certificates are checked. */
struct hd_http_client {
	uint32_t abi, size;
	const char *name;
	/* Always fills *<outcome>, of which the caller has set abi, size, body
	 * and room. Any thread. */
	void (*perform)(const struct hd_http_request *request,
	    struct hd_http_outcome *outcome);
};

/* --- the two ends --- */

/* What hookdesk offers. Lives until the plugin's stop() has returned. */
struct hd_host {
	uint32_t abi, size;
	const char *version; /* hookdesk's own, e.g. "0.1.0" */
	/* One line to the log; control characters are escaped. Any thread. */
	void (*log)(enum hd_level level, const char *plugin, const char *text);
	/* In start() only. <transport> stays where it is until stop(). Fails
	 * when the name is taken or a member is missing. */
	int (*add_mail_transport)(const struct hd_host *host,
	    const struct hd_mail_transport *transport);
	/* The same of a web client, of which there is one. */
	int (*add_http_client)(
	    const struct hd_host *host, const struct hd_http_client *client);
};

struct hd_plugin {
	uint32_t abi, size;
	const char *name;        /* a-z, 0-9 and _; at most 31 bytes */
	const char *version;     /* the plugin's own */
	const char *description; /* one sentence */
	/* Called once, before threads are started. Not 0, and the reason in
	 * <why>: the plugin is refused, what it added is forgotten, stop() is
	 * not called. */
	int (*start)(const struct hd_host *host, char *why, size_t why_size);
	void (*stop)(void); /* after all else; may be NULL */
};

#ifndef HD_HOST_SIDE
__attribute__((visibility("default"))) extern const struct hd_plugin hd_plugin;
#endif

#ifdef __cplusplus
}
#endif

#endif
