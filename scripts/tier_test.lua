-- What tier.lua promises.

local function desk_with(settings)
  local world = desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { tier = settings, autoreply = { sources = {} } },
  }
  world:add("field", { key = "orders", label = "Orders", of = "customer", type = "integer" })
  world:add("field", { key = "partner", label = "Partner", of = "customer", type = "boolean" })
  world:add("field", { key = "plan", label = "Plan", of = "customer" })
  return world
end

local function write(world)
  return world:submit { subject = "Hello", email = "carl@example.org" }.customer
end

it("begins with the first tier and rises with tickets", function()
  local world = desk_with {}
  equal(write(world).tier, "bronze")
  for _ = 1, 9 do
    write(world)
  end
  equal(write(world).tier, "silver")
end)

it("forgets tickets after a year", function()
  local world = desk_with { ticket = 10 }
  local customer = write(world)
  equal(customer.tier, "silver")
  world:advance("366d")
  world:set(customer, { name = "Carl" })
  equal(customer.tier, "bronze")
end)

it("keeps a tier that was reached if it is told so", function()
  local world = desk_with { ticket = 10, keep = true }
  local customer = write(world)
  world:advance("366d")
  world:set(customer, { name = "Carl" })
  equal(customer.tier, "silver")
end)

it("counts fields: numbers, a yes, and one value", function()
  local world = desk_with { ticket = 0, fields = {
    { field = "orders", points = 2 }, { field = "partner", points = 10 },
    { field = "plan", value = "pro", points = 40 },
  } }
  local customer = write(world)
  world:set(customer, { fields = { orders = 4 } })
  equal(customer.tier, "bronze", "8 points")
  world:set(customer, { fields = { orders = 4, partner = true } })
  equal(customer.tier, "silver", "18 points")
  world:set(customer, { fields = { orders = 4, partner = true, plan = "free" } })
  equal(customer.tier, "silver", "the other plan")
  world:set(customer, { fields = { orders = 4, partner = true, plan = "pro" } })
  equal(customer.tier, "gold", "58 points")
end)

it("counts importance and organisations", function()
  local world = desk_with { ticket = 0 }
  local customer = write(world)
  world:set(customer, { vip = true })
  equal(customer.tier, "silver", "20 points")
end)

it("has the tiers that the owner names", function()
  local world = desk_with { tiers = { { tier = "friend", points = 2 } } }
  equal(write(world).tier, nil, "1 point")
  equal(write(world).tier, "friend", "2 points")
end)

it("takes no harm from rows that are not filled in", function()
  local world = desk_with {
    tiers = { { points = 1 }, { tier = "friend" } }, fields = { { points = 5 }, { field = "orders" } },
  }
  equal(write(world).tier, "friend")
end)
