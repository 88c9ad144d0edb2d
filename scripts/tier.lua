-- Which tier does a customer have?
--
-- A score of what we know decides: own fields of the customer with their
-- weights (a number counts as often as it says, a yes once), tickets of the
-- last year, being important, having an organisation. It is counted anew with
-- each ticket, before it is routed, and whenever the customer changes.

local settings = desk.settings {
  tiers = { type = "rows", label = "Tiers", help = "The highest one whose points are reached.",
            columns = { tier = "string", points = "number" },
            default = {
              { tier = "bronze", points = 0 }, { tier = "silver", points = 10 }, { tier = "gold", points = 50 },
            } },
  fields = { type = "rows", label = "Points for the customers' own fields",
             help = "With a value, only that one counts.",
             columns = { field = "string", value = "string", points = "number" }, default = {} },
  ticket = { type = "number", label = "Points for each ticket of a year", default = 1 },
  vip = { type = "number", label = "Points for important customers", default = 20 },
  organisation = { type = "number", label = "Points for having an organisation", default = 5 },
  keep = { type = "boolean", label = "Never lower a tier", default = false },
}

-- What a field counts: a number as often as it says, a yes once.
local function times(value, wanted)
  if wanted and wanted ~= "" then
    return tostring(value) == wanted and 1 or 0
  elseif type(value) == "number" then
    return value
  end
  return value and value ~= "" and 1 or 0
end

-- <new> tickets are on their way and not counted yet.
local function score(customer, new)
  local sum, parts = 0, {}
  local function add(what, points)
    if points ~= 0 then
      sum = sum + points
      parts[#parts + 1] = what .. " " .. points
    end
  end
  for _, row in ipairs(settings.fields) do
    if row.field then
      add(row.field, (row.points or 0) * times(customer.fields[row.field], row.value))
    end
  end
  local before = customer.created and desk.count { customer = customer, created_after = desk.ago("365d") } or 0
  add("tickets", settings.ticket * (before + new))
  add("important", customer.vip and settings.vip or 0)
  add("organisation", customer.organisation and settings.organisation or 0)
  return sum, table.concat(parts, ", ")
end

local function points_of(tier)
  for _, row in ipairs(settings.tiers) do
    if row.tier == tier then
      return row.points or 0
    end
  end
end

-- Another tier than the customer has, and why; nil if it stays.
local function other_tier(customer, new)
  local sum, parts = score(customer, new)
  local best
  for _, row in ipairs(settings.tiers) do
    local points = row.points or 0
    if row.tier and points <= sum and (not best or points > (best.points or 0)) then
      best = row
    end
  end
  local now = points_of(customer.tier)
  if not best or best.tier == customer.tier or (settings.keep and now and now > (best.points or 0)) then
    return
  end
  return best.tier, sum .. " points: " .. parts
end

desk.on("tier.selecting", { name = "ticket" }, function(event)
  local tier, why
  if event.customer then
    tier, why = other_tier(event.customer, 1)
  end
  if tier then
    return event:choose(tier, why)
  end
end)

desk.on("customer.updated", { name = "customer" }, function(event)
  local tier, why = other_tier(event.customer, 0)
  if tier then
    event.customer:set({ tier = tier }, why)
  end
end)
