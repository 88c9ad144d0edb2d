-- What followup.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { followup = settings, autoreply = { sources = {} } },
  }
end

local function answered(world)
  local ticket = world:submit { subject = "Broken", email = "carl@example.org" }
  world:reply(ticket, "customer", "Really!")
  world:reply(ticket, "anna", "Have you tried to switch it on?")
  return ticket
end

-- The templates of the automatic mails, in their order.
local function mails(world)
  local names = {}
  for _, mail in ipairs(world.sent) do
    if mail.kind == "autoreply" then
      names[#names + 1] = mail.template
    end
  end
  return table.concat(names, " ")
end

it("asks after three days and closes after seven", function()
  local world = desk_with {}
  local ticket = answered(world)
  world:advance("71h")
  equal(mails(world), "")
  world:advance("2h")
  equal(mails(world), "followup")
  world:advance("94h")
  equal(ticket.status, "pending", "status before")
  world:advance("2h")
  equal(ticket.status, "closed", "status")
  equal(mails(world), "followup closing")
end)

it("ends when the customer writes", function()
  local world = desk_with {}
  local ticket = answered(world)
  world:advance("4d")
  world:reply(ticket, "customer", "It is still broken.")
  world:advance("9d")
  equal(ticket.status, "open", "status")
  equal(mails(world), "followup")
end)

it("counts from the last answer", function()
  local world = desk_with {}
  local ticket = answered(world)
  world:advance("2d")
  world:reply(ticket, "anna", "One more thing.")
  world:advance("2d")
  equal(mails(world), "")
  world:advance("26h")
  equal(mails(world), "followup")
end)

it("begins when an agent says that it is the customer's turn", function()
  local world = desk_with {}
  local ticket = world:submit { subject = "Broken", email = "carl@example.org" }
  world:set(ticket, { status = "pending" })
  world:advance("8d")
  equal(ticket.status, "closed", "status")
end)

it("leaves alone what was put aside, is tagged, or is our turn", function()
  local world = desk_with {}
  local aside, tagged, open = answered(world), answered(world), answered(world)
  world:set(aside, { due = world.now + 30 * 86400 })
  world:set(tagged, { tags = "keep-open" })
  world:set(open, { status = "open" })
  world:advance("9d")
  equal(aside.status, "pending", "put aside")
  equal(tagged.status, "pending", "tagged")
  equal(open.status, "open", "open")
  equal(mails(world), "")
end)

it("closes in silence, or only asks", function()
  local world = desk_with { tell = false, remind_after = "0m" }
  local ticket = answered(world)
  world:advance("8d")
  equal(ticket.status, "closed", "status")
  equal(mails(world), "")

  world = desk_with { close_after = "0m" }
  ticket = answered(world)
  world:advance("30d")
  equal(ticket.status, "pending", "status")
  equal(mails(world), "followup")
end)

it("counts business days", function()
  local world = desk_with { remind_after = "3bd", close_after = "0m", calendar = "office" }
  answered(world) -- on a Monday
  world:advance("71h")
  equal(mails(world), "")
  world:advance("2h")
  equal(mails(world), "followup")
end)
