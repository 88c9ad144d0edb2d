-- What survey.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { survey = settings, autoreply = { sources = {} } },
  }
end

local function solve(world, email)
  local ticket = world:submit { subject = "Broken", text = "It is.", email = email }
  world:reply(ticket, "anna", "Mended.")
  world:close(ticket, "anna")
  return ticket
end

local function surveys(world)
  local count = 0
  for _, mail in ipairs(world.sent) do
    if mail.kind == "survey" then
      count = count + 1
    end
  end
  return count
end

it("is off until it is switched on", function()
  local world = desk_with {}
  solve(world, "carl@example.org")
  world:advance("3d")
  equal(surveys(world), 0, "surveys")
end)

it("asks a day after closing", function()
  local world = desk_with { enabled = true }
  solve(world, "carl@example.org")
  world:advance("23h")
  equal(surveys(world), 0, "surveys")
  world:advance("2h")
  equal(surveys(world), 1, "surveys")
end)

it("asks a customer once a month", function()
  local world = desk_with { enabled = true }
  solve(world, "carl@example.org")
  world:advance("2d")
  solve(world, "carl@example.org")
  world:advance("2d")
  equal(surveys(world), 1, "surveys")
  world:advance("31d")
  solve(world, "carl@example.org")
  world:advance("2d")
  equal(surveys(world), 2, "surveys")
end)

it("does not ask when the ticket was opened again", function()
  local world = desk_with { enabled = true }
  local ticket = solve(world, "carl@example.org")
  world:reply(ticket, "customer", "Broken again!")
  world:advance("3d")
  equal(surveys(world), 0, "surveys")
end)

it("tells of a low score", function()
  local world = desk_with { enabled = true }
  local ticket = solve(world, "carl@example.org")
  world:advance("2d")
  world:rate(ticket, 1, "Never again.")
  equal(ticket.tags[1], "low-score", "tag")
  equal(#ticket:entries { kind = "note" }, 1, "notes")
end)

it("keeps quiet about a good one", function()
  local world = desk_with { enabled = true }
  local ticket = solve(world, "carl@example.org")
  world:advance("2d")
  world:rate(ticket, 5)
  equal(#ticket.tags, 0, "tags")
end)

it("tells the owner, or the lead where nobody owns it", function()
  local world = desk_with { enabled = true }
  world:set(desk.queue("general"), { lead = "anna" })
  local ticket = solve(world, "carl@example.org")
  world:advance("2d")
  world:rate(ticket, 2)
  equal(world.notified[1].agent, "anna", "the owner")
  ticket = solve(world, "dora@example.org")
  world:set(ticket, { owner = false })
  world:advance("2d")
  world:rate(ticket, 1, "Never again.")
  equal(#world.notified, 2, "the lead")
end)

it("opens the ticket again if it is told so", function()
  local world = desk_with { enabled = true, reopen = true }
  local ticket = solve(world, "carl@example.org")
  world:advance("2d")
  world:rate(ticket, 3)
  equal(ticket.status, "closed", "status after a fair score")
  ticket = solve(world, "dora@example.org")
  world:advance("2d")
  world:rate(ticket, 2)
  equal(ticket.status, "open", "status")
end)
