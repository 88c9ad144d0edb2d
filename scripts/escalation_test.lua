-- What escalation.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna", "bob" },
    queues = { "general" },
    settings = { escalation = settings },
  }
end

local function submit(world)
  return world:submit { subject = "Hello?", text = "Is there anybody?", email = "carl@example.org" }
end

local function notes(ticket)
  return #ticket:entries { kind = "note" }
end

it("does nothing before its time", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:advance("3h")
  equal(notes(ticket), 0, "notes")
  equal(ticket.priority, "normal", "priority")
end)

it("reminds first", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:advance("5h")
  equal(notes(ticket), 1, "notes")
  equal(ticket.priority, "normal", "priority")
end)

it("raises the priority next, and then gives it to somebody", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:advance("9h")
  equal(ticket.priority, "urgent", "priority")
  equal(ticket.owner, nil, "owner")
  world:advance("16h")
  equal(notes(ticket), 2, "notes")
  assert(ticket.owner, "nobody owns it")
end)

it("prefers the helpers", function()
  local world = desk_with { helpers = { "bob" } }
  local ticket = submit(world)
  world:advance("25h")
  equal(ticket.owner, desk.agent("bob"), "owner")
end)

it("rests after an answer, and begins anew with the next message", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:advance("2h")
  world:reply(ticket, "anna", "Yes, here I am.")
  world:advance("3d")
  equal(ticket.priority, "normal", "priority")
  world:reply(ticket, "customer", "And now?")
  world:advance("9h")
  equal(ticket.priority, "urgent", "priority")
end)

-- Office hours are nine to five, Monday to Friday.
it("counts business time if it is told so", function()
  local world = desk.test.world {
    now = "2026-03-27 16:00", -- a Friday; clocks are put forward on Sunday
    zone = "Europe/Berlin",
    agents = { "anna", "bob" },
    queues = { "general" },
    settings = {
      escalation = {
        remind_after = "2bh", raise_after = "1bd", reassign_after = "2bd", lead_after = "3bd", calendar = "office",
      },
    },
  }
  local ticket = submit(world)
  world:advance("64h") -- Monday, 9:00
  equal(notes(ticket), 0, "notes on Monday morning")
  world:advance("61m")
  equal(notes(ticket), 1, "notes on Monday at ten")
  equal(ticket.priority, "normal", "priority on Monday at ten")
  world:advance("6h")
  equal(ticket.priority, "urgent", "priority on Monday at four")
end)

it("rests when the ticket is closed", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:close(ticket, "anna")
  world:advance("3d")
  equal(notes(ticket), 0, "notes")
end)

it("stands still while the ticket waits for the customer", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:advance("2h")
  world:set(ticket, { status = "pending" })
  world:advance("3d")
  equal(ticket.priority, "normal", "priority")
  world:set(ticket, { status = "open" })
  world:advance("5h")
  equal(ticket.priority, "normal", "priority after seven hours")
  world:advance("2h")
  equal(ticket.priority, "urgent", "priority after nine hours")
end)

it("warns the owner of what comes next", function()
  local world = desk_with {}
  local ticket = submit(world)
  world:set(ticket, { owner = "bob" })
  world:advance("5h")
  equal(#world.notified, 1, "notifications")
  equal(world.notified[1].agent, "bob", "who")
  assert(world.notified[1].text:find("priority rises after 8h", 1, true), world.notified[1].text)
end)

it("tells the lead last", function()
  local world = desk_with {}
  world:set(desk.queue("general"), { lead = "anna" })
  local ticket = submit(world)
  world:advance("47h")
  equal(#world.notified, 0, "notifications before")
  world:advance("2h")
  equal(world.notified[1].agent, "anna", "who")
  equal(notes(ticket), 3, "notes")
end)

it("leaves levels out", function()
  local world = desk_with { remind_after = "0m", raise_after = "0bh", reassign_after = "0m", lead_after = "0d" }
  local ticket = submit(world)
  world:advance("5d")
  equal(notes(ticket), 0, "notes")
  equal(ticket.priority, "normal", "priority")
end)
