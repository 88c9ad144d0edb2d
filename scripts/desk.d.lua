---@meta
-- Types of hookdesk's Lua API, version 1, for editors with the Lua language
-- server: put the folder of this file into its "workspace.library". It names
-- what the program has and nothing else; a test compares the two.

---A queue, tag, priority, role ...: its stable key, not its label.
---@alias Key string
---UTC seconds.
---@alias Time integer
---"15m" "6h" "2d" "1w"
---@alias Duration string
---Time that counts only while a calendar is open: "30bm" "2bh" "1bd"; a Duration, too.
---@alias BusinessTime string

---@alias Hook
---| "form.validating"
---| "spam.scoring"
---| "ticket.creating"
---| "ticket.routing"
---| "ticket.assigning"
---| "ticket.updating"
---| "ticket.reopening"
---| "ticket.deleting"
---| "reply.receiving"
---| "reply.sending"
---| "note.adding"
---| "attachment.adding"
---| "agent.signing_in"
---| "survey.sending"
---| "mail.sending"
---| "autoreply.sending"
---| "notification.sending"
---| "ticket.created"
---| "ticket.updated"
---| "ticket.assigned"
---| "ticket.waiting"
---| "ticket.answered"
---| "ticket.snoozed"
---| "ticket.closed"
---| "ticket.reopened"
---| "ticket.viewed"
---| "reply.received"
---| "reply.sent"
---| "autoreply.sent"
---| "autoreply.withheld"
---| "note.added"
---| "agent.mentioned"
---| "mail.sent"
---| "mail.failed"
---| "customer.created"
---| "customer.updated"
---| "agent.signed_in"
---| "agent.availability_changed"
---| "survey.answered"
---| "script.failed"
---| "search.missed"
---| "ticket.merging"
---| "ticket.merged"
---| "ticket.unmerged"
---| "http.failed"
---| "tier.selecting"
---| "article.suggesting"
---| "article.published"
---| "article.voted"

---F: which tickets. A word or a list of words (any of them).
---@class filter
---@field queue? Key|Key[]
---@field status? "open"|"pending"|"closed"|string[]
---@field priority? Key|Key[]
---@field owner? string|Agent|false|(string|Agent)[] a login or an agent; false: nobody
---@field tag? Key|Key[]
---@field source? string|string[]
---@field language? string|string[]
---@field customer? string|Customer an address or a customer
---@field organisation? string|Organisation a domain or an organisation
---@field tier? Key|Key[]
---@field fields? table<string, any> custom fields: a value of their type, or a list of them
---@field except? filter what must not be so
---@field created_after? Time
---@field created_before? Time
---@field waiting_over? Duration
---@field visible_to? string|Agent
---@field q? string words to search for; in look-ups only
---@field changed? string|string[] in `when` only: the event changed one of these fields
---@field actor? "customer"|"agent"|"script"|"system"|string[] in `when` only
---@field sort? "updated"|"waiting" in look-ups only
---@field limit? integer in look-ups only

---A: which agents.
---@class agents
---@field queue? Key who may answer in it
---@field role? Key|Key[]
---@field skill? Key|Key[]
---@field grade? integer at least
---@field available? boolean
---@field active? boolean

---------------------------------------------------------------------- desk

---@class desk
---@field store desk.store
---@field json desk.json
---@field test desk.test
desk = {}

---@class desk.on
---@field name? string unique within the file
---@field when? filter
---@field order? integer 0 to 1000, low ones first; 50
---@field required? boolean if it fails, the act is refused

---Run a function when something is about to happen (-ing) or has happened.
---@param hook Hook
---@param options desk.on
---@param handler fun(event: Event): any
function desk.on(hook, options, handler) end

---What after, at and each start, by its name.
---@param name string
---@param job fun(subject: any, job: Job)
function desk.job(name, job) end

---@class desk.every
---@field name? string

---Run a function again and again; at least a minute apart.
---@param every Duration
---@param options desk.every
---@param timer fun(job: Job)
function desk.every(every, options, timer) end

---@class desk.cron
---@field name? string "cron 30 7 * * 1-5" if not given
---@field zone? string whose clocks count, e.g. "Europe/Berlin"; the site's
---@field missed? "once"|"skip" "once": what came while nothing could run is made up for by one run

---Run a function at times as in crontab(5): minute, hour, day of the month, month, day of the week.
---A time that is left out in spring comes with the next minute there is; one that comes twice in autumn counts once.
---@param text string "30 7 * * 1-5"
---@param options desk.cron
---@param timer fun(job: Job)
function desk.cron(text, options, timer) end

---@class desk.action
---@field label? string on the button; the name if not given
---@field icon? string "bolt" if not given; the names of www/icons/sprite.svg
---@field key? string one key that does it on a ticket's page
---@field when? filter for which tickets it is offered
---@field ask? table<string, desk.settings> a form that is filled in first; no rows

---A button on the page of the tickets for which `when` holds, an entry of the command palette, and a call of the API.
---It runs at once, for at most 250 ms; what it changes is done whole or not at all, and the timeline says who chose it.
---It may do all that an agent may, to other tickets as well; only who may answer the ticket can choose it.
---agent is nil for a program that acts for nobody; a text that is returned is shown to the agent.
---@param name string unique within the file
---@param options desk.action
---@param action fun(ticket: Ticket, agent?: Agent, input?: table<string, any>): string?
function desk.action(name, options, action) end

---@class desk.panel
---@field title? string above the rows; the name if not given
---@field when? filter beside which tickets it is shown

---@class panel.row
---@field label string cut after 60 bytes
---@field value? string|number|boolean plain text; cut after 400 bytes
---@field link? string|false https://, http://, mailto:, or a path of the desk such as "/agent/t/7"

---Rows beside the tickets for which `when` holds, at most 20. It only looks things up, as the script: whatever it gives
---is shown to every agent who may see the ticket. The page does not wait for it; browsers keep the rows for 10 seconds.
---@param name string unique within the file
---@param options desk.panel
---@param panel fun(ticket: Ticket, agent: Agent): panel.row[]?
function desk.panel(name, options, panel) end

---@class desk.route.verify
---@field header? string that has the signature; "Hookdesk-Signature", as desk.http{ sign = } makes it
---@field secret string the name of a setting of this file with secret = true
---@field hash? "sha256"|"sha1"|"sha512" "sha256" if not given

---@class desk.route
---@field name? string "POST :x:sms" if not given
---@field verify? desk.route.verify other requests are answered with 401, and no script runs

---@class route.request
---@field method string
---@field path string
---@field query table<string, string>
---@field headers table<string, string> by names in small letters; without cookies
---@field form? table<string, string> of a body that is a form
---@field json? any of a body that is JSON
---@field body string
---@field address string of the client

---@class route.answer
---@field status? integer 200 if not given
---@field json? any
---@field text? string
---@field headers? table<string, string> Retry-After, and names that begin with X-

---An address of the desk below /x/ for programs elsewhere: no session, no cookies, UTF-8 bodies up to 64 KiB, GET, POST, PUT and DELETE.
---A signature is an HMAC of the body, hexadecimal or Base64, alone or behind "sha256="; or of the time and the body as desk.http{ sign = } makes it, then it holds for five minutes.
---What the script changes is done before the answer is sent; nil is answered with 204. A repeat with the same Idempotency-Key or Hookdesk-Delivery changes nothing.
---@param text string "POST /x/sms"
---@param options desk.route
---@param route fun(request: route.request): route.answer?
function desk.route(text, options, route) end

---@class desk.settings
---@field type "string"|"text"|"integer"|"number"|"boolean"|"word"|"duration"|"url"|"list"|"rows"|"queue"|"agent"|"tag"|"priority"|"template"|"calendar"
---@field label? string
---@field help? string
---@field default? any
---@field required? boolean
---@field secret? boolean
---@field min? number
---@field max? number
---@field words? string[] for type "word"
---@field columns? table<string, string> for type "rows": name to type

---What the owner of the site may choose; gives the values, read-only.
---@param schema table<string, desk.settings>
---@return table<string, any>
function desk.settings(schema) end

---@param number integer
---@return Ticket?
function desk.ticket(number) end
---@param address string
---@return Customer?
function desk.customer(address) end
---@param login string
---@return Agent?
function desk.agent(login) end
---@param key Key
---@return Queue?
function desk.queue(key) end
---@param domain string
---@return Organisation?
function desk.organisation(domain) end
---@param filter filter
---@return fun(): Ticket?
function desk.tickets(filter) end
---@param filter filter
---@return integer # over 1 000 it is 1 001
function desk.count(filter) end
---@param filter agents
---@return Agent[]
function desk.agents(filter) end

---@class desk.articles
---@field q? string
---@field language? string
---@field limit? integer

---@param options desk.articles
---@return Article[]
function desk.articles(options) end

---One run of the job for each.
---@param list_or_filter (Ticket|Customer|Agent)[]|filter
---@param job string
---@param data? any
function desk.each(list_or_filter, job, data) end

---@class desk.notify
---@field title string
---@field text? string
---@field ticket? Ticket
---@field urgent? boolean

---@param agents Agent|Agent[]
---@param options desk.notify
function desk.notify(agents, options) end

---@class desk.mail
---@field to Agent|string|(Agent|string)[]
---@field template string
---@field vars? table<string, any>

---@param options desk.mail
function desk.mail(options) end

---@class desk.http
---@field method? "GET"|"POST"|"PUT"|"PATCH"|"DELETE"|"HEAD"
---@field url string https:// or http://
---@field headers? table<string, string>
---@field json? any the body; or
---@field body? string
---@field sign? string the name of a setting of this file with secret = true: adds Hookdesk-Signature: t=SECONDS,v1=HEX, where HEX is the HMAC-SHA256 of SECONDS.BODY with the setting as its key, and SECONDS the time of this try
---@field answer? string a job of this file, which runs once with job.answer
---@field ticket? Ticket what that job is about; requests of one ticket go out in order
---@field data? any its job.data

---A web request, made after the commit and at least once, each time with the
---same Idempotency-Key. Without an answer in five seconds, or with 429 or 5xx,
---it is tried again for two hours; any other answer is final, redirects too. A
---failure that no answer's job hears of raises http.failed. Only public
---addresses are reached, unless the setting http.allowed names HOST:PORT. An
---answer's text is kept up to 64 KiB, less what data takes. At most 10 in a run.
---@param options desk.http
function desk.http(options) end

---The first of the words that is in the text: whole words in any case,
---"refund*" for beginnings, Chinese anywhere.
---@param text_or_list string|string[]|nil
---@param words string[]
---@return string?
function desk.word_in(text_or_list, words) end

---A canned reply by its title, filled in.
---@param template string
---@param vars? table<string, any>
---@param language? string
---@return string
function desk.render(template, vars, language) end
---@param text string
---@param vars? table<string, any>
---@param language? string
---@return string
function desk.tr(text, vars, language) end
---@param time Time
---@param style "short"|"long"|"relative"
---@param reader? Customer|Agent
---@return string
function desk.date(time, style, reader) end
---@return Time
function desk.now() end
---@param duration Duration
---@return Time
function desk.ago(duration) end
---@param hash "sha256"|"sha512"
---@param secret string
---@param text string
---@return string # hexadecimal
function desk.hmac(hash, secret, text) end
---The calendar of a queue, or the one of this key; the site's if nothing is given.
---@param queue_or_name? Key|Queue
---@return Calendar?
function desk.calendar(queue_or_name) end

---The only memory between runs; a file has its own.
---@class desk.store
local store = {}
---@param key string
---@return any
function store:get(key) end
---@param key string
---@param value any nil or false removes it
function store:set(key, value) end
---@param key string
---@param n integer
function store:add(key, n) end

---@class desk.json
local json = {}
---@param value any
---@return string
function json.encode(value) end
---@param text string
---@return any value, string? why_not
function json.decode(text) end

-------------------------------------------------------------- event and job

---@class Event
---@field hook Hook
---@field id? integer
---@field at Time
---@field source string
---@field actor { kind: string, name?: string, script?: string }
---@field cause? integer
---@field ticket Ticket
---@field customer? Customer
---@field agent? Agent
---@field entry? Entry
---@field form? { key: string, title: string }
---@field changes table<string, { from: any, to: any }>
---@field answer { survey: string, score: integer, comment?: string }
---@field article Article
---@field vote { helpful: boolean }
---@field attachment { name: string, type: string, size_bytes: integer }
---@field mail { kind: string, template?: string, vars?: table, to?: string|string[], address?: string, title?: string, text?: string, urgent?: boolean, why?: string, tries?: integer }
---@field notification { title: string, text?: string, urgent?: boolean }
---@field failure { script: string, handler: string, hook?: string, message: string, file?: string, line?: integer }
---@field request { script: string, method: string, host: string, status?: integer, error: string, tries: integer }
---@field search { text: string, language?: string }
local event = {}

---@class event.deny
---@field message string
---@field field? string the form's field that it is about
---@field code? string for programs

---return event:deny{ ... } refuses; -ing only.
---@param options event.deny
function event:deny(options) end
---return event:choose(...) decides what the hook asks; the first choice ends it.
---@param value Key|Agent|Article|integer|string
---@param why? string
function event:choose(value, why) end
---return event:stop() skips later handlers of this hook, but not required ones.
---@param why? string
function event:stop(why) end

---@class Job
---@field name string
---@field data any
---@field due Time
---@field answer { ok: boolean, status?: integer, text: string, json?: any, error?: string } of desk.http

-------------------------------------------------------------------- ticket

---@class Ticket
---@field number integer
---@field url string the customer's private link
---@field agent_url string
---@field subject string
---@field text string the first message
---@field status "open"|"pending"|"closed"
---@field priority Key
---@field queue Key
---@field tags Key[]
---@field language? string
---@field source string
---@field owner? Agent
---@field customer? Customer
---@field organisation? Organisation
---@field participants string[]
---@field fields table<string, any> custom fields by their types: integers and numbers, booleans, times, lists of choices; else text
---@field created Time
---@field updated Time
---@field waiting_since? Time
---@field answered_at? Time
---@field closed_at? Time
---@field due? Time
---@field replies { customer: integer, agent: integer }
---@field place "desk"|"spam"|"trash"
---@field spam_score integer what spam.scoring chose; from 100 on it goes to spam
local ticket = {}

---@param fields table<string, any> status queue priority subject language due fields; false clears
---@param why? string
function ticket:set(fields, why) end
---@param ... Key
function ticket:tag(...) end
---@param ... Key
function ticket:untag(...) end

---@class ticket.assign
---@field to? Agent|false
---@field prefer? Agent[]
---@field from? agents
---@field by? "load"|"time_today"|"turn"
---@field cap? integer

---To an agent, or chosen at the commit.
---@param options ticket.assign
---@param why? string
function ticket:assign(options, why) end

---@class ticket.reply
---@field text? string
---@field template? string
---@field vars? table<string, any>
---@field as? Agent
---@field close? boolean

---An answer to the customer.
---@param options ticket.reply
function ticket:reply(options) end

---@class ticket.mail
---@field template string
---@field vars? table<string, any>
---@field to? "customer"|"participants"

---An automatic mail, never an answer.
---@param options ticket.mail
function ticket:mail(options) end
---@param name string
function ticket:survey(name) end

---@class ticket.note
---@field mention? Agent[]

---@param text string
---@param options? ticket.note
function ticket:note(text, options) end

---@class ticket.after
---@field unless? Hook[]
---@field paused_when? filter
---@field calendar? Key by which business time counts; else the queue's, else the site's
---@field data? any

---@param duration BusinessTime at least a minute
---@param job string
---@param options? ticket.after
function ticket:after(duration, job, options) end

---@class ticket.at
---@field unless? Hook[]
---@field data? any

---@param time Time
---@param job string
---@param options? ticket.at
function ticket:at(time, job, options) end
---@param job string
function ticket:cancel(job) end
---@param other Ticket
---@param how "duplicate"|"related"|"parent"|"problem"
function ticket:link(other, how) end
---It is closed and goes on in the other one, which is the same customer's; its
---timers end.
---@param into Ticket
function ticket:merge(into) end

---@class ticket.entries
---@field kind? "reply"|"note"|"change"|"event"
---@field from? "customer"|"agent"|"script"|"system"
---@field limit? integer

---@param options? ticket.entries
---@return Entry[]
function ticket:entries(options) end
---@param filter filter
---@return fun(): Ticket?, number? # likeness, 0 to 1
function ticket:similar(filter) end

-------------------------------------------------------------------- people

---@class Customer
---@field email string
---@field addresses string[]
---@field name? string
---@field language? string
---@field zone? string
---@field verified boolean
---@field vip boolean
---@field tier? Key
---@field organisation? Organisation
---@field fields table<string, any> custom fields by their types: integers and numbers, booleans, times, lists of choices; else text
---@field last_agent? Agent
---@field surveyed_at? Time
---@field created Time
local customer = {}
---@param fields table<string, any>
---@param why? string
function customer:set(fields, why) end
---@param text string
function customer:note(text) end

---@class Agent
---@field login string
---@field name string
---@field email string
---@field language? string
---@field zone? string
---@field active boolean
---@field available boolean
---@field load integer open tickets
---@field time_today integer seconds: an answer or a note counts the time since the one before, 1 to 15 minutes
---@field grade integer
---@field skills Key[]
---@field role Key
local agent = {}
---@param verb "see"|"note"|"reply"|"assign"|"manage"
---@param ticket_or_queue Ticket|Key
---@return boolean
function agent:may(verb, ticket_or_queue) end

---@class Entry
---@field number integer
---@field type "reply"|"note"|"change"|"event"
---@field by "customer"|"agent"|"script"|"system"
---@field agent? Agent
---@field at Time
---@field text string
---@field why? string the reason of a change or an event
---@field event? string what happened, for an event

---@class Queue
---@field key Key
---@field label string
---@field calendar? Key its own; the site's otherwise
---@field lead? Agent who is asked when nobody else can

---Business hours. A span over midnight belongs to the day on which it begins.
---@class Calendar
---@field key Key
---@field name string
---@field zone? string the site's otherwise
---@field monday string[] "08:00-12:00", and so on to Sunday
---@field tuesday string[]
---@field wednesday string[]
---@field thursday string[]
---@field friday string[]
---@field saturday string[]
---@field sunday string[]
---@field holidays string[] "2026-12-24 Christmas Eve"; "12-25 Christmas Day" is one of every year
---@field is_default boolean
local calendar = {}
---@param at Time
---@return boolean
function calendar:is_open(at) end
---When it opens next: `at` itself if it is open then.
---@param at Time
---@return Time
function calendar:next_open(at) end
---When that has passed. A business day is the same time of day then, or the next moment that is open.
---@param at Time
---@param duration BusinessTime
---@return Time
function calendar:add(at, duration) end
---For how many seconds it is open between the two; negative if `b` is the earlier one.
---@param a Time
---@param b Time
---@return integer
function calendar:between(a, b) end

---@class Organisation
---@field name string
---@field domains string[]

---@class Article
---@field slug Key
---@field title string
---@field language? string

--------------------------------------------------------------------- tests

---@class desk.test
local test = {}

---@class desk.test.world
---@field now? string "2026-03-02 09:00"
---@field zone? string
---@field agents? string[]|table<string, { name?: string, role?: Key, skills?: Key[], grade?: integer, available?: boolean }>
---@field queues? Key[]
---@field settings? table<string, table<string, any>>

---A desk of its own, with the scripts under test; the clock stands.
---@param options? desk.test.world
---@return World
function test.world(options) end

---@class World
---@field sent { to: string, kind: string, template: string, language: string, subject: string, text: string }[]
---@field notified { agent: string, to: string, subject: string, text: string }[]
---@field requests { method: string, url: string, headers: table<string, string>, body?: string }[]
---@field failed { handler: string, message: string }[]
---@field now Time
local world = {}

---@class world.submit
---@field subject string
---@field text? string
---@field email? string
---@field name? string
---@field queue? Key
---@field language? string
---@field priority? Key
---@field fields? table<string, any>
---@field vip? boolean an important customer, who has written before
---@field source? string how it came: web, the form, if nothing is said

---@param form world.submit
---@return Ticket
function world:submit(form) end
---@param ticket Ticket
---@param who "customer"|Agent|string
---@param text string
---@return Ticket
function world:reply(ticket, who, text) end
---@param ticket Ticket
---@param who? "customer"|Agent|string
---@return Ticket
function world:close(ticket, who) end
---What an admin changes: world:set(desk.agent("anna"), { available = false })
---@param thing Ticket|Customer|Agent|Queue|Organisation
---@param fields table<string, any> false clears
function world:set(thing, fields) end
---What an admin adds: world:add("organisation", { name = "Acme", domains = "acme.example" })
---@param kind "agent"|"article"|"calendar"|"canned"|"field"|"organisation"|"queue"|"role"|"team"
---@param fields table<string, any>
function world:add(kind, fields) end
---@param duration Duration
function world:advance(duration) end
---@param ticket Ticket
---@param score integer
---@param comment? string
function world:rate(ticket, score, comment) end

---@class world.http
---@field status? integer 200 if not given
---@field json? any what it says; or
---@field text? string

---What a web server answers from now on; false: nobody answers.
---@param url string
---@param answer world.http|false
function world:http(url, answer) end

---An agent chooses an action. Gives the ticket and what the action said; or nil, and why it failed.
---@param ticket Ticket
---@param name string "refunds/refund"
---@param who? Agent|string the first agent if not given
---@param input? table<string, any> what it asks for
---@return Ticket?, string?
function world:action(ticket, name, who, input) end

---@class world.request
---@field query? table<string, string>
---@field headers? table<string, string>
---@field form? table<string, string>
---@field json? any
---@field body? string
---@field sign? string a secret: it is signed as the route wants it
---@field address? string

---A program elsewhere calls a route.
---@param text string "POST /x/sms"
---@param options? world.request
---@return { status: integer, headers: table<string, string>, json?: any, text?: string }
function world:request(text, options) end

---In test files: names the tests within.
---@param name string
---@param tests fun()
function describe(name, tests) end
---In test files: a test.
---@param name string
---@param test fun()
function it(name, test) end
---In test files: raises, showing both, unless they are the same.
---@param got any
---@param want any
---@param what? string
function equal(got, want, what) end
