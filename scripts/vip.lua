-- Important customers: who they are, and what their tickets get.
--
-- Whoever writes from one of the addresses, domains or organisations below, or
-- has one of the tiers, is marked as important (VIP); routing.lua then knows
-- them. Their first ticket, which came before the mark, gets its priority here.
-- Nobody is unmarked: an agent may mark others by hand.

local settings = desk.settings {
  senders = { type = "list", label = "Addresses and domains",
              help = "example.com also stands for mail.example.com.", default = {} },
  organisations = { type = "list", label = "Organisations, by a domain of theirs", default = {} },
  tiers = { type = "list", label = "Tiers", default = {} },
  priority = { type = "priority", label = "Priority of their tickets", default = "high" },
  tag = { type = "tag", label = "Tag of their tickets", default = "vip" },
  tell = { type = "list", label = "Tell these agents of each ticket, by login", default = {} },
}

local function is_sender(email)
  email = email:lower()
  for _, wanted in ipairs(settings.senders) do
    wanted = wanted:lower()
    local domain = "." .. (email:match("@(.+)$") or "")
    if email == wanted or domain:sub(-#wanted - 1) == "." .. wanted then
      return "writes from " .. wanted
    end
  end
end

local function is_at(organisation)
  for _, domain in ipairs(settings.organisations) do
    if organisation and organisation == desk.organisation(domain) then
      return "belongs to " .. organisation.name
    end
  end
end

local function has_tier(tier)
  for _, wanted in ipairs(settings.tiers) do
    if tier == wanted then
      return "has the tier " .. tier
    end
  end
end

-- Why the customer is important; nil if nothing says so.
local function reason(customer)
  return is_sender(customer.email or "") or is_at(customer.organisation) or has_tier(customer.tier)
end

local function mark(customer)
  local why = not customer.vip and reason(customer)
  if why then
    customer:set({ vip = true }, why)
  end
  return customer.vip or why ~= nil and why ~= false
end

desk.on("customer.updated", { name = "mark" }, function(event)
  mark(event.customer)
end)

desk.on("ticket.created", { name = "ticket" }, function(event)
  local ticket = event.ticket
  if not event.customer or not mark(event.customer) then
    return
  end
  ticket:tag(settings.tag)
  if ticket.priority == "normal" or ticket.priority == "low" then
    ticket:set({ priority = settings.priority }, "an important customer")
  end
  local told = {}
  for _, login in ipairs(settings.tell) do
    told[#told + 1] = desk.agent(login)
  end
  if #told > 0 then
    desk.notify(told, { title = "An important customer wrote", text = ticket.subject, ticket = ticket })
  end
end)
