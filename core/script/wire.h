/* core/script/wire.h - what the server and a script host say to each other.
 *
 * Shared by core/script/host.c and core/lua/, which have nothing else in
 * common. A stream socket pair carries frames; one side speaks at a time:
 *
 *   +--------------------------+--------+---------------------+
 *   | length of the rest, 4    | type,  | a JSON object       |
 *   | bytes, big-endian        | 1 byte |                     |
 *   +--------------------------+--------+---------------------+
 *
 * A frame is at most WIRE_TO_HOST_MAX or WIRE_TO_SERVER_MAX bytes; what
 * breaks this, is no JSON, or comes out of turn ends the host. The server
 * believes nothing that a host says: it checks every wish and question.
 *
 * ---------------------------------------------------------------- to the host
 *
 * WIRE_SITE, once, before all else: { "site": SITE, "settings": { "routing":
 *   { KEY: VALUE } } }. The host answers WIRE_LOADED without members.
 *
 *   SITE is { "api": 1, "has_requests": true if somebody makes web requests,
 *     "kinds": { "ticket": [ FIELD ... ], "customer": ..., "agent": ...,
 *                "entry": ..., "queue": ..., "organisation": ...,
 *                "article": ..., "calendar": ... },
 *     "keys": { "queue": [ "billing" ... ], "role": ..., "team": ...,
 *               "calendar": ..., "agent": [ LOGIN ... ] } }
 *   FIELD is { "name", "type", "list"?, "of"?, "words"?, "names"?, "set"? }:
 *     type   "bool" "int" "time" "text" "enum" "ref" "key" "map" "json"
 *     list   true for a list of them
 *     of     the kind that a "ref" refers to by id, a "key" by its stable key
 *            (agents: the login). Tickets, customers, agents and
 *            organisations become objects, the others stay text.
 *     words  of an enum
 *     names  of the members of a map or of a json object
 *     set    true if noun:set{} may name it
 *   RECORD, here and below, is an object of field names and values with an
 *   "id" besides; times are UTC seconds. What is not there is nil.
 *
 * WIRE_LOAD: take one file: { "name": "routing", "text": SOURCE }. The host
 *   answers WIRE_LOADED, after any number of WIRE_ASK whether there is a time
 *   zone, "zone"; of a file that does not load nothing stays.
 *
 * WIRE_CALL: run one handler, job, timer, action, panel or route.
 *   { "handler": ID, "now": MICROSECONDS, "body": BODY }
 *   BODY: { "event": EVENT } or { "job": JOB }, and records that need not be
 *   asked for: "ticket", "customer", "entry", "agent", "known": [ [ KIND,
 *   RECORD ] ... ]. For a job "subject": KIND says which of them it is about.
 *   EVENT: { "id", "at", "source", "actor": { "kind", "name", "script"? },
 *     "cause"?, and the parts that hooks.def lists: "form", "changes": {
 *     FIELD: { "from", "to" } }, "mail", "answer" ... }
 *   Of an action "input"?: { NAME: VALUE }, with "ticket" and "agent", which a
 *   panel has, too. Of a route "request": { "method", "path", "query", "headers"
 *   { NAME: TEXT }, "form"? { NAME: TEXT } | "json"?, "body", "address" }.
 *   JOB: { "data"?, "due", "answer"?: { "ok", "status"?, "error"?, "text" } }
 *   The host answers WIRE_DONE or WIRE_FAILED, after any number of WIRE_ASK.
 *
 * WIRE_ANSWER: to a question: { "value": VALUE }, where null is "none", or
 *   { "error": TEXT }, which raises in the script.
 *
 * ---------------------------------------------------------- from the host
 *
 * WIRE_LOADED: { "error": { "message", "line"? }, "settings"?: SCHEMA } or
 *   { "replaces"?: NAME, "settings"?: SCHEMA, "warnings": [ { "line",
 *       "message" } ],
 *     "handlers": [ { "kind": "handler" | "job" | "timer" | "action" |
 *       "panel" | "route" | "test", "name", "line", "hook"?, "order"?,
 *       "required"?, "when"?: F, "every"?: SECONDS, "cron"?: TEXT, "zone"?,
 *       "skip_missed"?, "with"?: OFFER } ] }
 *   A handler's id is its place among all handlers of all files that loaded,
 *   from 0. F and SCHEMA are texts that are JSON: they are kept, not looked
 *   at. SCHEMA is { KEY: { "type", "label"?, "default"? ... } } as the script
 *   gave it. OFFER is { "label", "icon"?, "key"?, "ask"?: SCHEMA } of an
 *   action, with the schema as an object; { "label" } of a panel; { "method",
 *   "path", "verify"?: { "header", "secret", "hash" } } of a route.
 *
 * WIRE_ASK: { "ask": NAME, "with": ARGUMENTS }; see wire_questions below.
 *
 * WIRE_DONE: { "wishes": [ WISH ... ], "deny"?: { "message", "field"?,
 *     "code"? }, "choose"?: { "value", "why"? }, "stop"?: { "why"? },
 *     "print"?: [ TEXT ... ], "value"?: TEXT for the agent, of an action; [ {
 *     "label", "value", "link"? } ], of a panel; { "status", "headers"? { NAME:
 *     TEXT }, "text"? | "json"?: TEXT that is JSON }, of a route }
 *   The value chosen is as hooks.def says; an agent is a login.
 *
 * WIRE_FAILED: { "message", "file", "line", "traceback"?, "print"? }
 *
 * ------------------------------------------------------------------- wishes
 *
 * Each is an object whose "do" is one of these. TICKET is a number, or 0 for
 * the ticket of the act itself in -ing handlers; CUSTOMER an id; AGENT a
 * login; TIME UTC seconds; F a filter; JOB "file/name".
 *
 *   set            ticket, fields { NAME: VALUE or false }, why?
 *   tag, untag     ticket, tags [ KEY ]
 *   assign         ticket, to: AGENT or false, why?
 *   assign         ticket, by: "load" | "turn", prefer? [ AGENT ], from?: A,
 *                  cap?
 *   reply          ticket, text | template, vars?, as?: AGENT, close?
 *   mail           ticket, template, vars?, to: "customer" | "participants"
 *   survey         ticket, name
 *   note           ticket, text, mention? [ AGENT ]
 *   after          ticket, duration: "6h" or "2bh", calendar?: KEY, job: JOB,
 *                  unless? [ HOOK ], paused_when?: F, data?
 *   at             ticket, time: TIME, job: JOB, unless?, data?
 *   cancel         ticket, job: JOB
 *   link           ticket, other: TICKET, as: "duplicate" | "related" |
 *                  "parent" | "problem"
 *   merge          ticket, other: TICKET
 *   customer_set   customer, fields { NAME: VALUE or false }, why?
 *   customer_note  customer, text
 *   each           items [ { "kind", "id" } ] | filter: F, job: JOB, data?
 *   notify         agents [ AGENT ], title, text?, ticket?, urgent?
 *   mail_agents    to [ AGENT or address ], template, vars?
 *   http           method, url, headers? { NAME: TEXT }, body?: TEXT, sign?:
 *                  the key of a setting, answer?: JOB, ticket?, data?
 *   store_set      key, value (false removes)
 *   store_add      key, n
 *
 * "vars" is { NAME: VALUE }, where VALUE is a text, a number, a boolean, a
 * list, or { "kind": KIND, "id": ID } for an object.
 *
 * ---------------------------------------------------------------- questions
 *
 *   zone           name; while a file loads            true or false
 *   get            kind, id (or login, key)            RECORD or null
 *   ticket         number                              RECORD or null
 *   customer       address                             RECORD or null
 *   agent          login                               RECORD or null
 *   queue          key                                 RECORD or null
 *   organisation   domain                              RECORD or null
 *   tickets        filter: F, after?: CURSOR   { "items": [ RECORD ], "next"?:
 *                                                CURSOR }
 *   count          filter: F                           a number
 *   agents         filter: A                           [ RECORD ]
 *   articles       q?, language?, limit?               [ RECORD ]
 *   entries        ticket, kind?, from?, limit?        [ RECORD ]
 *   similar        ticket, filter: F     [ { "ticket": RECORD, "likeness" } ]
 *   may            agent, verb, ticket? | queue?       true or false
 *   store          key                                 the value or null
 *   render         template, vars?, language?          text
 *   tr             text, vars?, language?              text
 *   date           time, style, reader?: { "kind", "id" }   text
 *   hmac           hash, secret, text                  hexadecimal text
 *   calendar       key? (of a queue or a calendar)     RECORD or null
 *   calendar.is_open    calendar: KEY, at              true or false
 *   calendar.next_open  calendar, at                   TIME
 *   calendar.add        calendar, at, duration         TIME
 *   calendar.between    calendar, at, to               seconds
 *
 * and in tests only, answered by the desk that the test runs on; WORLD is the
 * number that "world" gave. What a test looks up besides is answered by the
 * world that was used last. Each answer is { "value": VALUE, "now": TIME },
 * VALUE being
 *
 *   world          now?, zone?, agents?, queues?, settings?       WORLD
 *   world.submit   world, form { "subject", "text"?, "email"?, "name"?,
 *                  "queue"?, "language"?, "fields"?, "vip"? }     RECORD
 *   world.reply    world, ticket, who: "customer" or AGENT, text   RECORD
 *   world.close    world, ticket, who?                             RECORD
 *   world.rate     world, ticket, score, comment?                  RECORD
 *   world.advance  world, seconds                                  null
 *   world.action   world, ticket, name, who?, input?
 *                                     { "ticket"?: RECORD, "said"?: TEXT }
 *   world.request  world, method, path, query?, headers?, form? | json? |
 *                  body?, sign?: a secret, address?
 *                  { "status", "headers", "text"? | "json"? }
 *   world.http     world, url, answer: { "status"?, "json"? | "text"? } or
 *                  false, nobody answers                           null
 *   world.requests world    [ { "method", "url", "headers", "body"? } ]
 *   world.sent     world    [ { "to", "kind", "template", "language",
 *                             "subject", "text" } ], to customers
 *   world.notified world    [ the same, and "agent" ], to agents
 *   world.failed   world    [ { "handler", "message" } ]
 *   world.now      world                                           TIME
 */
#ifndef HOOKDESK_SCRIPT_WIRE_H
#define HOOKDESK_SCRIPT_WIRE_H

#include "core/base/bytes.h"

enum wire_type {
	WIRE_SITE = 'S',
	WIRE_LOAD = 'L',
	WIRE_CALL = 'C',
	WIRE_ANSWER = 'A',
	WIRE_LOADED = 'l',
	WIRE_ASK = 'q',
	WIRE_DONE = 'd',
	WIRE_FAILED = 'f'
};

#define WIRE_HEADER 5 /* bytes: length and type */
#define WIRE_TO_HOST_MAX (2 * 1024 * 1024)
#define WIRE_TO_SERVER_MAX (1024 * 1024)
#define WIRE_DEPTH_MAX 32 /* of any JSON in a frame */

/* A script's run, at most. */
#define SCRIPT_SOURCE_MAX (256 * 1024) /* bytes of a file */
#define SCRIPT_FILES_MAX 200
#define SCRIPT_WISHES_MAX 50
#define SCRIPT_MAILS_MAX 10 /* among them: reply, mail, survey, mail_agents */
#define SCRIPT_REQUESTS_MAX 10 /* of desk.http */
#define SCRIPT_ASKS_MAX 100
#define SCRIPT_PRINT_MAX 8192 /* bytes printed in a run; the rest is cut */
#define SCRIPT_ERROR_MAX 1024 /* bytes of an error's text; the rest is cut */

/* Exit codes of hookdesk-script. */
#define SCRIPT_EXIT_END 0     /* the server closed the socket */
#define SCRIPT_EXIT_SANDBOX 3 /* a lock of the sandbox did not close */
#define SCRIPT_EXIT_WIRE 4    /* a frame that made no sense */
#define SCRIPT_EXIT_NOMEM 5   /* not enough memory to begin with */

/* Begin a frame in <out>, which may hold others before it; returns where it
 * begins, for wire_end(). The JSON is appended between the two. */
size_t wire_begin(struct buf *out, enum wire_type type);
/* Fill in the length of the frame begun at <start>. */
void wire_end(struct buf *out, size_t start);

/* Write all of <bytes> to the stream socket <fd>.
 *
 * <deadline_us>  monotonic clock (clock_monotonic_us()), or 0 to wait for ever
 *                (the host's side: plain read() and write(), as its sandbox
 *                knows no others)
 *
 * ERR_TIMEOUT, or ERR_IO when the other side is gone; with a deadline it
 * never raises SIGPIPE. */
ERR_CHECKED enum err wire_write(
    int fd, struct bytes bytes, int64_t deadline_us);

/* Read one frame into <buf>, which is emptied first.
 *
 * <max>  the longest frame to be taken
 *
 * Sets *<type>, and *<json> to the part of <buf> behind it. ERR_NOT_FOUND when
 * the other side closed between two frames, ERR_IO when in the midst of one,
 * ERR_INVALID for a frame over <max>, empty, or with something behind it (one
 * side speaks at a time), ERR_TIMEOUT, ERR_NOMEM. */
ERR_CHECKED enum err wire_read(int fd, struct buf *buf, size_t max,
    int64_t deadline_us, enum wire_type *type, struct bytes *json);

#endif
