-- What autoreply.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { autoreply = settings },
  }
end

local function submit(world, email, language)
  return world:submit { subject = "Buy cheap pills", text = "at pills.example", email = email, language = language }
end

it("confirms with the private link", function()
  local world = desk_with {}
  local ticket = submit(world, "carl@example.org")
  equal(#world.sent, 1, "mails")
  local mail = world.sent[1]
  equal(mail.to, "carl@example.org", "to")
  equal(mail.template, "confirmation", "template")
  assert(mail.text:find(ticket.url:match("^.*/t/"), 1, true), "the link is missing")
end)

it("sends none of the visitor's words", function()
  local world = desk_with {}
  submit(world, "stranger@example.org")
  local mail = world.sent[1]
  assert(not mail.text:find("pills", 1, true), "the visitor's words went out")
  assert(not mail.subject:find("pills", 1, true), "the visitor's subject went out")
end)

it("writes in the customer's language", function()
  local world = desk_with {}
  submit(world, "carl@example.org", "de")
  equal(world.sent[1].language, "de", "language")
end)

it("stops at the limit, per address, until its time is over", function()
  local world = desk_with { most = 2, within = "1h" }
  local ticket = submit(world, "carl@example.org")
  world:reply(ticket, "customer", "It is me.")
  for _ = 1, 3 do
    submit(world, "carl@example.org")
    world:advance("1m")
  end
  equal(#world.sent, 2, "mails")
  submit(world, "dora@example.org")
  equal(#world.sent, 3, "mails")
  world:advance("2h")
  submit(world, "carl@example.org")
  equal(#world.sent, 4, "mails")
end)

it("sends one a day to an address that has not proved itself", function()
  local world = desk_with {}
  for _ = 1, 3 do
    submit(world, "victim@example.org")
    world:advance("5h")
  end
  equal(#world.sent, 1, "mails")
  world:advance("1d")
  submit(world, "victim@example.org")
  equal(#world.sent, 2, "mails")
end)

it("sends as many as are allowed once the address has proved itself", function()
  local world = desk_with {}
  local ticket = submit(world, "carl@example.org")
  submit(world, "carl@example.org")
  equal(#world.sent, 1, "mails before")
  world:reply(ticket, "customer", "It is me.")
  submit(world, "carl@example.org")
  equal(#world.sent, 2, "mails after")
end)

it("confirms what programs bring, too, and nothing that an agent typed in", function()
  local world = desk_with {}
  for _, source in ipairs { "api", "phone", "agent", "import" } do
    world:submit { subject = "Hello", text = "Hello", email = source .. "@example.org", source = source }
  end
  equal(#world.sent, 1, "mails")
  equal(world.sent[1].to, "api@example.org", "to")
end)

it("leaves the clock of the waiting customer alone", function()
  local world = desk_with {}
  local ticket = submit(world, "carl@example.org")
  assert(ticket.waiting_since, "the customer no longer waits")
  equal(ticket.status, "open", "status")
end)

describe("the expected answer", function()
  local function text(settings, now, language)
    local world = desk.test.world {
      now = now, zone = "Europe/Berlin", agents = { "anna" }, queues = { "general" },
      settings = { autoreply = settings },
    }
    submit(world, "carl@example.org", language)
    return world.sent[1].text
  end
  local monday_morning, friday_night = "2026-03-02 10:00", "2026-03-06 20:00"

  it("is said in business time", function()
    local words = text({ promise = "4bh" }, monday_morning)
    assert(words:find("an answer by .*14:00") or words:find("an answer by .*2:00"), words)
    assert(not words:find("Nobody is here", 1, true), words)
  end)

  it("is said in usual time", function()
    local words = text({ promise = "3h" }, monday_morning)
    assert(words:find("an answer by .*13:00") or words:find("an answer by .*1:00"), words)
  end)

  it("is left out unless it is chosen", function()
    assert(not text({}, monday_morning):find("an answer by", 1, true))
  end)

  it("comes with when we are back, out of hours", function()
    local words = text({ promise = "4bh", note = "In a hurry? Call us." }, friday_night)
    assert(words:find("Nobody is here at the moment", 1, true), words)
    assert(words:find("In a hurry? Call us.", 1, true), words)
    assert(not text({ out_of_hours = false, note = "In a hurry?" }, friday_night):find("hurry", 1, true))
  end)

  it("is in the customer's language", function()
    local words = text({ promise = "4bh" }, friday_night, "de")
    assert(not words:find("an answer by", 1, true), words)
  end)
end)
