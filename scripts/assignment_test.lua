-- What assignment.lua promises.

local function desk_with(settings, agents)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = agents or { "anna", "bob" },
    queues = { "general", "billing" },
    settings = { assignment = settings, autoreply = { sources = {} } },
  }
end

local function submit(world, fields)
  fields = fields or {}
  fields.subject = fields.subject or "Hello"
  return world:submit(fields)
end

local function owner(ticket)
  return ticket.owner and ticket.owner.login
end

-- Why the ticket has the owner it has.
local function why(ticket)
  local reason
  for _, entry in ipairs(ticket:entries { kind = "change" }) do
    reason = entry.why or reason
  end
  return reason
end

describe("by load", function()
  it("the one with the fewest open tickets gets it, and it says so", function()
    local world = desk_with {}
    local first, second = submit(world), submit(world)
    assert(owner(first) ~= owner(second), "both went to one agent")
    assert(why(first):find("has the fewest: anna (0 open)", 1, true), why(first))
    world:close(second, "bob")
    equal(owner(submit(world)), "bob")
  end)
end)

describe("by turn", function()
  it("one after the other, however much they have", function()
    local world = desk_with { by = "turn" }
    local first = submit(world)
    local second = submit(world)
    world:close(second, owner(second))
    equal(owner(submit(world)), owner(first))
  end)
end)

describe("by the time worked today", function()
  it("who has worked least", function()
    local world = desk_with { by = "time_today", known = false }
    local first = submit(world, { email = "a@example.org" })
    equal(owner(first), "anna")
    world:reply(first, "anna", "Done.")
    equal(desk.agent("anna").time_today, 900, "seconds of anna")
    equal(owner(submit(world, { email = "b@example.org" })), "bob")
    local third = submit(world, { email = "c@example.org" })
    equal(owner(third), "bob", "bob has not worked yet")
    assert(why(third):find("worked least today: bob (1 open, 0 min today)", 1, true), why(third))
    world:advance("1d")
    equal(desk.agent("anna").time_today, 0, "seconds on the next day")
  end)
end)

describe("the agent who knows the customer", function()
  local function known(settings)
    local world = desk_with(settings)
    world:reply(submit(world, { email = "carl@example.org" }), "bob", "Here you are.")
    submit(world, { email = "dora@example.org" })
    return world
  end

  it("comes first", function()
    local ticket = submit(known {}, { email = "carl@example.org" })
    equal(owner(ticket), "bob")
    equal(why(ticket), "knows the customer")
  end)

  it("may be left out", function()
    local world = known { known = false }
    world:set(desk.agent("bob"), { available = false })
    equal(owner(submit(world, { email = "carl@example.org" })), "anna")
  end)

  it("has a substitute while away", function()
    local world = desk_with({
      substitutes = { { agent = "bob", substitute = "cat" }, { agent = "cat", substitute = "dan" } },
    }, { "anna", "bob", "cat", "dan" })
    world:reply(submit(world, { email = "carl@example.org" }), "bob", "Here you are.")
    world:set(desk.agent("bob"), { available = false })
    local ticket = submit(world, { email = "carl@example.org" })
    equal(owner(ticket), "cat")
    equal(why(ticket), "stands in for bob")
    world:set(desk.agent("cat"), { available = false })
    equal(owner(submit(world, { email = "carl@example.org" })), "dan", "the substitute's substitute")
  end)
end)

describe("an owner who is away", function()
  it("is stood in for when the customer writes again", function()
    local world = desk_with { substitutes = { { agent = "bob", substitute = "anna" } } }
    local ticket = submit(world)
    world:reply(ticket, "bob", "Yes?")
    world:set(ticket, { owner = "bob" })
    world:set(desk.agent("bob"), { available = false })
    world:reply(ticket, "customer", "And now?")
    equal(owner(ticket), "anna")
  end)

  it("keeps it if nobody stands in", function()
    local world = desk_with {}
    local ticket = submit(world)
    local first = owner(ticket)
    world:reply(ticket, first, "Yes?")
    world:set(desk.agent(first), { available = false })
    world:reply(ticket, "customer", "And now?")
    equal(owner(ticket), first)
  end)
end)

describe("nobody free", function()
  it("holds the ticket and tries again", function()
    local world = desk_with { cap = 1 }
    local first = submit(world)
    submit(world)
    local third = submit(world)
    equal(third.owner, nil, "owner")
    equal(#third:entries { kind = "event" } >= 1, true, "nothing says so")
    world:close(first, owner(first))
    world:advance("6m")
    assert(third.owner, "it was not tried again")
  end)
end)

describe("a skill", function()
  local agents = { anna = { skills = { "german" } }, bob = { skills = { "network" } } }
  local skills = {
    { skill = "german", language = "de" },
    { skill = "network", words = { "router", "wlan" } },
    { skill = "german", tag = "swiss" },
  }

  it("is asked for by language and words", function()
    local world = desk_with({ skills = skills }, agents)
    for _ = 1, 2 do
      equal(owner(submit(world, { subject = "Frage", language = "de" })), "anna")
    end
    local ticket = submit(world, { subject = "My router blinks", email = "dora@example.org" })
    equal(owner(ticket), "bob")
    assert(why(ticket):find("needs network, has the fewest: bob", 1, true), why(ticket))
  end)

  it("that nobody has leaves the ticket held", function()
    local world = desk_with({ skills = { { skill = "law", queue = "billing" } } }, agents)
    equal(submit(world, { queue = "billing" }).owner, nil)
    assert(submit(world).owner, "other queues need none")
  end)
end)

describe("a grade", function()
  local agents = { anna = { grade = 5 }, bob = { grade = 1 } }

  it("is asked for by priority, tier and severity", function()
    local world = desk_with({
      known = false, severity_field = "severity",
      grades = {
        { grade = 3, tier = "gold" },
        { grade = 2, severity = "down" },
        { grade = 9, severity = "down", priority = "urgent" },
      },
    }, agents)
    world:add("field", { key = "severity", label = "Severity", of = "ticket", is_public = true })
    for _ = 1, 2 do
      equal(owner(submit(world, { fields = { severity = "down" } })), "anna")
    end
    equal(owner(submit(world)), "bob", "nothing asks for experience")
    local first = submit(world, { email = "gold@example.org" })
    world:set(first.customer, { tier = "gold" })
    equal(owner(submit(world, { email = "gold@example.org" })), "anna", "a good customer")
  end)
end)

it("is for the queues that are named", function()
  local world = desk_with { queues = { "billing" } }
  equal(submit(world).owner, nil)
  assert(submit(world, { queue = "billing" }).owner, "nobody has it")
end)

it("takes no harm from rows that are not filled in", function()
  local world = desk_with {
    skills = { {} }, grades = { {}, { tier = "gold" } }, substitutes = { {}, { agent = "bob" } },
  }
  world:set(desk.agent("bob"), { available = false })
  equal(owner(submit(world)), "anna")
end)
