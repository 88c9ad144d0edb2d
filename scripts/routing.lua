-- Which queue does a new ticket belong to?
--
-- Five rules, in this order; the first one that knows a queue decides:
--   1. important customers (VIP)    2. the sender's domain
--   3. words in subject and text    4. the customer's language
--   5. the form it was written on
-- A ticket that no rule knows stays where its form put it. Why it went where
-- it went is in its history.

local settings = desk.settings {
  vip_queue = { type = "queue", label = "Queue of important customers",
                help = "Without one they stay where they wrote to." },
  vip_priority = { type = "priority", label = "Priority of important customers", default = "high" },
  domains = { type = "rows", label = "Sender's domain",
              help = "example.com also stands for mail.example.com.",
              columns = { domain = "string", queue = "queue", priority = "priority", tag = "tag" }, default = {} },
  words = { type = "rows", label = "Words",
            help = "Whole words in any case; refund* also finds refunded.",
            columns = { words = "list", queue = "queue", priority = "priority", tag = "tag" }, default = {} },
  languages = { type = "rows", label = "Languages",
                help = "de also stands for de-AT.",
                columns = { language = "string", queue = "queue", priority = "priority", tag = "tag" }, default = {} },
  forms = { type = "rows", label = "Forms",
            help = "What tickets get that were written to a queue's own form.",
            columns = { form = "queue", queue = "queue", priority = "priority", tag = "tag" }, default = {} },
}

-- A rule's row: its priority and tag are set even if it names no queue.
local function apply(event, row, why)
  if row.priority then
    event.ticket:set({ priority = row.priority }, why)
  end
  if row.tag then
    event.ticket:tag(row.tag)
  end
  if row.queue then
    return event:choose(row.queue, why)
  end
end

-- In the rows below a cell may be empty, and then says nothing.
local function is_within(domain, wanted)
  return domain == wanted or domain:sub(-#wanted - 1) == "." .. wanted
end

desk.on("ticket.routing", { name = "vip", order = 10 }, function(event)
  if event.customer and event.customer.vip then
    return apply(event, { priority = settings.vip_priority, queue = settings.vip_queue },
                 "an important customer")
  end
end)

desk.on("ticket.routing", { name = "domain", order = 20 }, function(event)
  local email = event.customer and event.customer.email
  local domain = email and email:lower():match("@(.+)$")
  if not domain then
    return
  end
  for _, row in ipairs(settings.domains) do
    if row.domain and is_within(domain, row.domain:lower()) then
      return apply(event, row, "the domain " .. row.domain)
    end
  end
end)

desk.on("ticket.routing", { name = "words", order = 30 }, function(event)
  local ticket = event.ticket
  for _, row in ipairs(settings.words) do
    local word = desk.word_in({ ticket.subject, ticket.text }, row.words or {})
    if word then
      return apply(event, row, "the word " .. word)
    end
  end
end)

desk.on("ticket.routing", { name = "language", order = 40 }, function(event)
  local language = (event.ticket.language or ""):lower()
  for _, row in ipairs(settings.languages) do
    local wanted = (row.language or "none"):lower()
    if language == wanted or language:sub(1, #wanted + 1) == wanted .. "-" then
      return apply(event, row, "the language " .. row.language)
    end
  end
end)

desk.on("ticket.routing", { name = "form", order = 50 }, function(event)
  for _, row in ipairs(settings.forms) do
    if event.ticket.queue == row.form then
      return apply(event, row, "the form of " .. row.form)
    end
  end
end)
