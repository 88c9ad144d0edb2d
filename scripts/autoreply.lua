-- "We have it": a confirmation to whoever wrote, with the private link.
--
-- It says until when to expect an answer, and out of hours when somebody is
-- here again. In the customer's language, and none of the visitor's own words in it, so
-- that nobody can use our form to send mail to strangers. One address gets at
-- most `most` of them in `within`, and until it has proved to be its owner's
-- who writes (customer.verified), one in `unproved`, but no more than one a
-- day; what is held back is noted on the ticket.
--
-- A program that makes a ticket stands for a form somewhere, so its customer
-- gets one, too. An agent who makes one decides by writing first, or not.

local settings = desk.settings {
  template = { type = "template", label = "Mail", default = "confirmation" },
  most = { type = "integer", label = "At most so many to one address", min = 1, max = 20, default = 3 },
  within = { type = "duration", label = "in this time", default = "1h" },
  unproved = { type = "duration", label = "Only one to an unproved address in this time", default = "1d" },
  promise = { type = "duration", label = "An answer can be expected within", default = "0m",
              help = "4bh or 1bd count business time alone. 0m: nothing is said." },
  calendar = { type = "calendar", label = "Calendar",
               help = "Empty: the queue's, or else the desk's." },
  out_of_hours = { type = "boolean", label = "Out of hours, say when we are back", default = true },
  note = { type = "text", label = "Your own words, out of hours", default = "" },
  sources = { type = "list", label = "For tickets that came by",
              help = "web, mail, api, phone, chat or agent. What an agent writes first is mailed by itself.",
              default = { "web", "mail", "api" } },
}

local function has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then
      return true
    end
  end
  return false
end

-- What the mail says of times, in the customer's words.
local function words_for(ticket)
  local calendar = desk.calendar(settings.calendar or desk.queue(ticket.queue))
  local now, vars = desk.now(), {}
  if settings.promise:match("[1-9]") and (calendar or not settings.promise:find("b", 1, true)) then
    local by = calendar and calendar:add(now, settings.promise) or now + (now - desk.ago(settings.promise))
    vars.answer_by = desk.date(by, "short", ticket.customer)
  end
  if settings.out_of_hours and calendar and not calendar:is_open(now) then
    vars.opens = desk.date(calendar:next_open(now), "short", ticket.customer)
    vars.note = settings.note ~= "" and desk.tr(settings.note, {}, ticket.language) or nil
  end
  return vars
end

desk.on("ticket.created", { name = "confirm" }, function(event)
  local ticket = event.ticket
  if has(settings.sources, ticket.source) then
    ticket:mail { template = settings.template, vars = words_for(ticket) }
  end
end)

-- The times of the confirmations to one address since a time, newest first.
local function recent(email, since)
  local times = {}
  for _, time in ipairs(desk.store:get("sent:" .. email) or {}) do
    if time > since then
      times[#times + 1] = time
    end
  end
  return times
end

desk.on("autoreply.sending", { name = "limit" }, function(event)
  local email = event.customer and event.customer.email
  if not email then
    return
  end
  local is_first = event.customer.verified or #recent(email, desk.ago(settings.unproved)) == 0
  if not is_first or #recent(email, desk.ago(settings.within)) >= settings.most then
    return event:deny { message = "too many automatic mails to this address", code = "limit" }
  end
end)

desk.on("autoreply.sent", { name = "count" }, function(event)
  local email = event.customer and event.customer.email
  if email and event.mail.kind == "autoreply" then
    local times = recent(email, math.min(desk.ago(settings.within), desk.ago(settings.unproved)))
    table.insert(times, 1, event.at)
    desk.store:set("sent:" .. email, times)
  end
end)
