-- How likely is a new ticket spam?
--
-- Points for words, senders, links and shouting; from 100 on the ticket goes to
-- spam, where agents still find it. Whoever has had an answer from us, or has
-- proved to own the address, is no spammer.

local settings = desk.settings {
  words = { type = "rows", label = "Words",
            columns = { words = "list", points = "integer" },
            default = { { words = { "casino", "viagra", "backlinks", "bitcoin investment" }, points = 60 } } },
  senders = { type = "rows", label = "Addresses and domains",
              columns = { sender = "string", points = "integer" }, default = {} },
  links = { type = "integer", label = "Links that are usual", min = 0, max = 100, default = 2 },
  link = { type = "integer", label = "Points for each link more", min = 0, max = 1000, default = 25 },
  shouting = { type = "integer", label = "Points for a subject in capitals", min = 0, max = 1000, default = 30 },
  trusted = { type = "list", label = "Never spam: addresses and domains", default = {} },
}

-- a@mail.example.com is of a@mail.example.com, mail.example.com, example.com.
local function is_of(email, sender)
  sender = sender:lower()
  local domain = "." .. (email:match("@(.+)$") or "")
  return email == sender or domain:sub(-#sender - 1) == "." .. sender
end

local function is_trusted(customer, email)
  for _, sender in ipairs(settings.trusted) do
    if is_of(email, sender) then
      return true
    end
  end
  return customer.verified or customer.vip or customer.last_agent ~= nil
end

local function is_shouting(subject)
  return #subject > 10 and subject:match("%u") and not subject:match("%l") and not subject:match("[\128-\255]")
end

desk.on("spam.scoring", { name = "score" }, function(event)
  local ticket, customer = event.ticket, event.customer
  local email = customer and customer.email and customer.email:lower() or ""
  if not customer or is_trusted(customer, email) then
    return
  end
  local score, why = 0, {}
  local function add(points, what)
    score = score + points
    why[#why + 1] = what .. " " .. points
  end
  for _, row in ipairs(settings.words) do
    local word = desk.word_in({ ticket.subject, ticket.text }, row.words or {})
    if word then
      add(row.points or 0, word)
    end
  end
  for _, row in ipairs(settings.senders) do
    if row.sender and is_of(email, row.sender) then
      add(row.points or 0, row.sender)
    end
  end
  local _, links = ticket.text:gsub("https?://", "")
  if links > settings.links then
    add((links - settings.links) * settings.link, links .. " links")
  end
  if is_shouting(ticket.subject) then
    add(settings.shouting, "capitals")
  end
  if score > 0 then
    return event:choose(math.min(score, 1000), table.concat(why, ", "))
  end
end)
