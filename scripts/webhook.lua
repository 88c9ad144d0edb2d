-- Tell another program of what happens, signed.
--
-- A POST with JSON for each event that you name. Hookdesk-Signature holds
-- t=SECONDS,v1=HEX: the HMAC-SHA256 of SECONDS.BODY with the secret as its key;
-- Idempotency-Key is the same when a request is repeated. What the customer
-- wrote goes along only if you say so. Sent again for two hours if nobody
-- answers; what is given up is noted on the ticket.

local settings = desk.settings {
  url = { type = "url", label = "Address", help = "https://... Empty: nothing is sent.", default = "" },
  secret = { type = "string", label = "Secret for the signature", secret = true, default = "" },
  events = { type = "list", label = "Events",
             default = { "ticket.created", "ticket.assigned", "ticket.answered", "ticket.closed", "ticket.reopened" } },
  queues = { type = "list", label = "Only of these queues, by key", help = "Empty: of all.", default = {} },
  texts = { type = "boolean", label = "With the message", default = false },
}

local function has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then
      return true
    end
  end
  return false
end

-- What is told of a ticket; no private link, and no words unless chosen.
local function describe_ticket(ticket)
  return {
    number = ticket.number, url = ticket.agent_url, subject = ticket.subject,
    status = ticket.status, priority = ticket.priority, queue = ticket.queue, tags = ticket.tags,
    language = ticket.language, owner = ticket.owner and ticket.owner.login,
    customer = ticket.customer and ticket.customer.email,
  }
end

-- What was said to or by the customer; notes stay inside.
local with_text = { "ticket.created", "reply.received", "reply.sent" }

local function send(event)
  local ticket = event.ticket
  if settings.url == "" or (#settings.queues > 0 and not has(settings.queues, ticket.queue)) then
    return
  end
  desk.http {
    method = "POST", url = settings.url, answer = "answered", ticket = ticket, data = { event = event.hook },
    sign = settings.secret ~= "" and "secret" or nil,
    json = {
      event = event.hook, id = event.id, at = event.at, by = event.actor.kind,
      ticket = describe_ticket(ticket),
      text = settings.texts and has(with_text, event.hook) and event.entry and event.entry.text or nil,
    },
  }
end

local function listen(hook)
  if has(settings.events, hook) then
    desk.on(hook, { name = hook }, send)
  end
end

for _, hook in ipairs { "ticket.created", "ticket.updated", "ticket.assigned", "ticket.waiting", "ticket.answered",
                        "ticket.snoozed", "ticket.closed", "ticket.reopened", "ticket.merged", "reply.received",
                        "reply.sent", "note.added", "survey.answered" } do
  listen(hook)
end

desk.job("answered", function(ticket, job)
  local answer = job.answer
  if not answer.ok then
    ticket:note("The webhook for " .. job.data.event .. " failed: "
                .. answer.error .. ".")
  end
end)
