-- What complaints.lua promises.

local function desk_with(settings)
  local world = desk.test.world {
    now = "2026-03-02 09:00", -- a Monday
    agents = { "anna", "bob" },
    queues = { "general" },
    settings = { complaints = settings, autoreply = { sources = {} } },
  }
  world:set(desk.queue("general"), { lead = "bob" })
  return world
end

local late = "I want to complain: the delivery came two weeks late and nobody told me."

local function write(world, text, email)
  return world:submit { subject = "Delivery", text = text, email = email or "carl@example.org" }
end

it("marks complaints in any language and case", function()
  local world = desk_with {}
  for _, text in ipairs { late, "Das ist eine BESCHWERDE.", "Şikayetim var.", "我要投诉" } do
    local ticket = write(world, text)
    equal(ticket.tags[1], "complaint", text)
    equal(ticket.priority, "high", text)
  end
  local ticket = write(world, "When will it come?")
  equal(#ticket.tags, 0, "tags of a question")
  equal(ticket.priority, "normal", "priority of a question")
end)

it("marks a later message, too, and once", function()
  local world = desk_with {}
  local ticket = write(world, "When will it come?")
  world:reply(ticket, "customer", "This is unacceptable.")
  equal(ticket.tags[1], "complaint")
  world:reply(ticket, "customer", "Unacceptable!")
  equal(#ticket.tags, 1)
end)

it("says that the same complaint came again, and tells the lead in the end", function()
  local world = desk_with {}
  write(world, late, "a@example.org")
  local second = write(world, late .. " Really!", "b@example.org")
  equal(second:entries { kind = "note" }[1].text, "The same complaint came 2 times: see #1.")
  equal(#world.notified, 0, "notifications")
  write(world, "I complain about the colour of your shoes.", "c@example.org")
  local third = write(world, late, "d@example.org")
  assert(third:entries { kind = "note" }[1].text:find("came 3 times", 1, true), "the third one does not say so")
  equal(world.notified[1].agent, "bob", "who")
end)

it("forgets after a while", function()
  local world = desk_with { within = "30d" }
  write(world, late, "a@example.org")
  world:advance("31d")
  equal(#write(world, late, "b@example.org"):entries { kind = "note" }, 0)
end)

it("mails a report, what came most often first", function()
  local world = desk_with { report_to = { "anna", "boss@example.net" } }
  write(world, "I complain about the colour of your shoes.", "a@example.org")
  write(world, late, "b@example.org")
  write(world, late, "c@example.org")
  write(world, "When will it come?", "d@example.org")
  world:advance("6d")
  equal(#world.notified, 0, "mails on Sunday")
  world:advance("1d")
  equal(#world.notified, 1, "mails on Monday")
  local text = world.notified[1].text
  assert(text:find("3 in 7 days", 1, true), text)
  assert(text:find("2 times.*1 times"), text)
  equal(world.sent[1].to, "boss@example.net", "the address")
end)

it("mails nothing when there was none", function()
  local world = desk_with { report_to = { "anna" } }
  write(world, "When will it come?")
  world:advance("8d")
  equal(#world.notified, 0)
end)
