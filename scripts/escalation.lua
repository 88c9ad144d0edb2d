-- A customer waits, and nobody answers.
--
-- Three levels, each counted from the moment it became our turn: first a
-- reminder to the owner, then the priority rises, then the ticket goes to
-- somebody else. An answer, or closing the ticket, ends it; the customer's next
-- message begins it anew. "4bh" and "1bd" count business time alone.

local settings = desk.settings {
  remind_after = { type = "duration", label = "Remind after", default = "4h",
                   help = "4bh or 1bd count business hours or days alone, here and below." },
  raise_after = { type = "duration", label = "Raise the priority after", default = "8h" },
  reassign_after = { type = "duration", label = "Give it to somebody else after", default = "1d" },
  calendar = { type = "calendar", label = "Calendar for business time",
               help = "Empty: the queue's, or else the desk's." },
  priority = { type = "priority", label = "Raised priority", default = "urgent" },
  helpers = { type = "list", label = "Who takes over, by login",
              help = "Empty: whoever may answer in the queue and has the fewest tickets.", default = {} },
}

local answered = { unless = { "ticket.answered", "ticket.closed" }, calendar = settings.calendar }

desk.on("ticket.waiting", { name = "levels" }, function(event)
  event.ticket:after(settings.remind_after, "remind", answered)
  event.ticket:after(settings.raise_after, "raise", answered)
  event.ticket:after(settings.reassign_after, "reassign", answered)
end)

desk.job("remind", function(ticket)
  local title = "#" .. ticket.number .. " waits for an answer"
  if ticket.owner then
    desk.notify(ticket.owner, { title = title, text = ticket.subject, ticket = ticket })
  else
    ticket:note("Nobody has answered for " .. settings.remind_after .. ", and nobody owns this ticket.")
  end
end)

desk.job("raise", function(ticket)
  if ticket.priority ~= "urgent" then
    ticket:set({ priority = settings.priority }, settings.raise_after .. " without an answer")
  end
end)

desk.job("reassign", function(ticket)
  local helpers = {}
  for _, login in ipairs(settings.helpers) do
    local agent = desk.agent(login)
    if agent and agent.available and agent ~= ticket.owner then
      helpers[#helpers + 1] = agent
    end
  end
  ticket:note("Nobody has answered for " .. settings.reassign_after .. ": somebody else takes over.")
  ticket:assign({ by = "load", prefer = helpers }, settings.reassign_after .. " without an answer")
end)
