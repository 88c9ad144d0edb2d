-- A customer does not answer: ask once, then close.
--
-- Counted from our last answer, while the ticket waits for the customer. What
-- the customer writes ends it; a ticket that was put aside until a date is left
-- alone. Writing on a closed ticket opens it again.

local settings = desk.settings {
  remind_after = { type = "duration", label = "Ask whether it is solved after", default = "3d",
                   help = "3bd counts business days. 0m: do not ask." },
  close_after = { type = "duration", label = "Close it after", default = "7d", help = "0m: never." },
  tell = { type = "boolean", label = "Tell the customer of the closing", default = true },
  calendar = { type = "calendar", label = "Calendar for business time",
               help = "Empty: the queue's, or else the desk's." },
  except_tag = { type = "tag", label = "Leave tickets with this tag alone", default = "keep-open" },
}

local function is_never(duration)
  return not duration:match("[1-9]")
end

local function is_ours(ticket)
  for _, tag in ipairs(ticket.tags) do
    if tag == settings.except_tag then
      return true
    end
  end
  return ticket.status ~= "pending" or ticket.due ~= nil
end

local function plan(ticket)
  local unless = { "reply.received", "ticket.closed", "ticket.snoozed" }
  local options = { unless = unless, calendar = settings.calendar }
  if not is_never(settings.remind_after) then
    ticket:after(settings.remind_after, "remind", options)
  end
  if not is_never(settings.close_after) then
    ticket:after(settings.close_after, "close", options)
  end
end

desk.on("reply.sent", { name = "answered" }, function(event)
  plan(event.ticket)
end)

desk.on("ticket.updated", { name = "pending", when = { changed = "status", status = "pending" } }, function(event)
  plan(event.ticket)
end)

desk.job("remind", function(ticket)
  if is_ours(ticket) then
    return
  end
  local vars = {}
  if not is_never(settings.close_after) then
    local calendar = desk.calendar(settings.calendar or desk.queue(ticket.queue))
    local since = ticket.answered_at or ticket.updated
    local closes = calendar and calendar:add(since, settings.close_after)
        or since + desk.now() - desk.ago(settings.close_after)
    vars.closes = desk.date(math.max(closes, desk.now()), "short", ticket.customer)
  end
  ticket:mail { template = "followup", vars = vars }
end)

desk.job("close", function(ticket)
  if is_ours(ticket) then
    return
  end
  if settings.tell then
    ticket:mail { template = "closing" }
  end
  ticket:set({ status = "closed" }, "no answer for " .. settings.close_after)
end)
