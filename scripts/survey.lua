-- "How did we do?": a survey some time after a ticket was closed.
--
-- Off until it is switched on. A customer is asked at most once in `rest`. The
-- mail opens a page; only its button saves a rating, because mail scanners
-- follow links. A low score is told to the owner, or else to the queue's lead,
-- and opens the ticket again if you like.

local settings = desk.settings {
  enabled = { type = "boolean", label = "Send surveys", default = false },
  after = { type = "duration", label = "So long after closing", default = "1d" },
  rest = { type = "duration", label = "Do not ask a customer again for", default = "30d" },
  low = { type = "integer", label = "Tell us of scores up to", min = 0, max = 4, default = 2 },
  reopen = { type = "boolean", label = "Open such a ticket again", default = false },
}

desk.on("ticket.closed", { name = "plan" }, function(event)
  if settings.enabled then
    event.ticket:after(settings.after, "ask", { unless = { "ticket.reopened", "survey.answered" } })
  end
end)

desk.job("ask", function(ticket)
  if ticket.replies.agent > 0 then
    ticket:survey("rating")
  end
end)

desk.on("survey.sending", { name = "rest" }, function(event)
  local last = event.customer and event.customer.surveyed_at
  if last and last > desk.ago(settings.rest) then
    return event:deny { message = "asked this customer not long ago", code = "rest" }
  end
end)

desk.on("survey.answered", { name = "low score" }, function(event)
  local ticket, answer = event.ticket, event.answer
  if answer.score > settings.low then
    return
  end
  ticket:tag("low-score")
  ticket:note("The customer rated this ticket " .. answer.score .. " of 5.")
  if settings.reopen and ticket.status == "closed" then
    ticket:set({ status = "open" }, "rated " .. answer.score .. " of 5")
  end
  local told = ticket.owner or desk.queue(ticket.queue).lead
  if told then
    desk.notify(told, {
      title = "#" .. ticket.number .. " was rated " .. answer.score .. " of 5",
      text = answer.comment, ticket = ticket, urgent = true,
    })
  end
end)
