-- What vip.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna", "bob" },
    queues = { "general" },
    settings = { vip = settings, autoreply = { sources = {} } },
  }
end

local function write(world, email, fields)
  fields = fields or {}
  fields.subject, fields.email = "Hello", email
  return world:submit(fields)
end

it("marks addresses and domains", function()
  local world = desk_with { senders = { "Boss@small.example", "big.example" } }
  for _, email in ipairs { "boss@small.example", "a@big.example", "b@mail.big.example" } do
    local ticket = write(world, email)
    equal(ticket.customer.vip, true, email)
    equal(ticket.priority, "high", email)
    equal(ticket.tags[1], "vip", email)
  end
  for _, email in ipairs { "other@small.example", "a@notbig.example" } do
    local ticket = write(world, email)
    equal(ticket.customer.vip, false, email)
    equal(ticket.priority, "normal", email)
    equal(#ticket.tags, 0, email)
  end
end)

it("marks organisations", function()
  local world = desk_with { organisations = { "acme.example" } }
  world:add("organisation", { name = "Acme", domains = "acme.example" })
  equal(write(world, "ann@acme.example").customer.vip, true)
  equal(write(world, "ann@other.example").customer.vip, false)
end)

it("marks tiers, as soon as a customer has one", function()
  local world = desk_with { tiers = { "gold" } }
  local ticket = write(world, "carl@example.org")
  equal(ticket.customer.vip, false)
  world:set(ticket.customer, { tier = "gold" })
  equal(ticket.customer.vip, true)
end)

it("tells those who want to know", function()
  local world = desk_with { senders = { "big.example" }, tell = { "bob" } }
  write(world, "a@small.example")
  equal(#world.notified, 0, "notifications")
  write(world, "a@big.example")
  equal(world.notified[1].agent, "bob", "who")
end)
