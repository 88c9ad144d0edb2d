-- What digest.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00", -- a Monday
    agents = { "anna", "bob" },
    queues = { "general", "secret" },
    settings = { digest = settings, autoreply = { sources = {} } },
  }
end

local function submit(world, subject, owner, queue)
  local ticket = world:submit { subject = subject, queue = queue }
  if owner then
    world:set(ticket, { owner = owner })
  end
  return ticket
end

local function mail_to(world, login)
  for _, mail in ipairs(world.notified) do
    if mail.agent == login then
      return mail.text
    end
  end
end

it("comes in the morning, with one's own and nobody's", function()
  local world = desk_with {}
  submit(world, "First of anna", "anna")
  submit(world, "Nobody's")
  world:close(submit(world, "Closed of anna", "anna"), "anna")
  world:advance("22h")
  equal(#world.notified, 0, "mails at seven")
  world:advance("1h")
  local text = mail_to(world, "anna")
  assert(text:find("First of anna", 1, true), text)
  assert(text:find("Nobody's", 1, true), text)
  assert(not text:find("Closed of anna", 1, true), text)
  assert(not mail_to(world, "bob"):find("First of anna", 1, true), "bob has anna's")
end)

it("does not come without anything to do, nor at weekends", function()
  local world = desk_with { nobodys = false }
  submit(world, "Of anna", "anna")
  world:advance("4d") -- Friday morning has been
  equal(mail_to(world, "bob"), nil, "to bob")
  local before = #world.notified
  equal(before, 4, "mails to anna")
  world:advance("2d")
  equal(#world.notified, before, "mails at the weekend")
end)

it("lists the longest waiting first, and says how many more", function()
  local world = desk_with { most = 2, agents = { "anna" } }
  for i = 1, 4 do
    submit(world, "Number " .. i, "anna")
    world:advance("1m")
  end
  world:advance("23h")
  local text = mail_to(world, "anna")
  assert(text:find("Number 1.*Number 2"), text)
  assert(not text:find("Number 3", 1, true), text)
  assert(text:find("and 2 more", 1, true), text)
  equal(mail_to(world, "bob"), nil, "to bob")
end)

it("has nothing in it that the agent may not see", function()
  local world = desk_with {}
  submit(world, "For all")
  local ticket = submit(world, "For few", nil, "secret")
  world:set(desk.queue("secret"), { is_private = true })
  world:advance("23h")
  assert(mail_to(world, "bob"):find("For all", 1, true))
  assert(not mail_to(world, "bob"):find("For few", 1, true), "#" .. ticket.number .. " is in the mail")
end)
