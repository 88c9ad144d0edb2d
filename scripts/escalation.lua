-- A customer waits, and nobody answers.
--
-- Four levels, each counted from the moment it became our turn: the owner is
-- warned, the priority rises, the ticket goes to somebody else, the queue's
-- lead is told. An answer, or closing the ticket, ends it; the customer's next
-- message begins it anew. While the ticket waits for the customer, time stands
-- still. "4bh" and "1bd" count business time alone; "0m" leaves a level out.

local settings = desk.settings {
  remind_after = { type = "duration", label = "Remind after", default = "4h",
                   help = "4bh or 1bd count business hours or days alone; 0m is never. Here and below." },
  raise_after = { type = "duration", label = "Raise the priority after", default = "8h" },
  reassign_after = { type = "duration", label = "Give it to somebody else after", default = "1d" },
  lead_after = { type = "duration", label = "Tell the queue's lead after", default = "2d" },
  calendar = { type = "calendar", label = "Calendar for business time",
               help = "Empty: the queue's, or else the desk's." },
  priority = { type = "priority", label = "Raised priority", default = "urgent" },
  helpers = { type = "list", label = "Who takes over, by login",
              help = "Empty: whoever may answer in the queue and has the fewest tickets.", default = {} },
}

local levels = {
  { job = "remind", after = settings.remind_after },
  { job = "raise", after = settings.raise_after },
  { job = "reassign", after = settings.reassign_after },
  { job = "lead", after = settings.lead_after },
}

local function is_used(level)
  return level.after:match("[1-9]") ~= nil -- "0m" is never
end

desk.on("ticket.waiting", { name = "levels" }, function(event)
  for _, level in ipairs(levels) do
    if is_used(level) then
      event.ticket:after(level.after, level.job, {
        unless = { "ticket.answered", "ticket.closed" },
        paused_when = { status = "pending" },
        calendar = settings.calendar,
      })
    end
  end
end)

desk.job("remind", function(ticket)
  local title = "#" .. ticket.number .. " waits for an answer"
  if ticket.owner then
    local next = is_used(levels[2]) and "Its priority rises after " .. settings.raise_after .. "." or ""
    desk.notify(ticket.owner, { title = title, text = ticket.subject .. "\n" .. next, ticket = ticket })
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

desk.job("lead", function(ticket)
  local lead = desk.queue(ticket.queue).lead
  ticket:note("Nobody has answered for " .. settings.lead_after .. (lead and ": the lead is told." or "."))
  if lead then
    desk.notify(lead, {
      title = "#" .. ticket.number .. " has waited for " .. settings.lead_after,
      text = ticket.subject, ticket = ticket, urgent = true,
    })
  end
end)
