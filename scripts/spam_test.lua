-- What spam.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { spam = settings, autoreply = { sources = {} } },
  }
end

local function write(world, subject, text, email)
  return world:submit { subject = subject, text = text or "Please help.", email = email or "carl@example.org" }
end

it("lets usual tickets through", function()
  local world = desk_with {}
  local ticket = write(world, "Where is my order?", "See https://a.example and https://b.example")
  equal(ticket.place, "desk")
  equal(ticket.spam_score, 0)
end)

it("counts words, links and shouting", function()
  local world = desk_with {}
  local ticket = write(world, "Online casino")
  equal(ticket.spam_score, 60)
  equal(ticket.place, "desk", "60 points")
  ticket = write(world, "BEST CASINO EVER", ("https://x.example "):rep(4))
  equal(ticket.spam_score, 60 + 30 + 50)
  equal(ticket.place, "spam", "140 points")
end)

it("does not take other scripts for shouting", function()
  equal(write(desk_with {}, "Где мой заказ ИЛИ ЧТО").spam_score, 0)
  equal(write(desk_with {}, "OK FAX").spam_score, 0, "a short one")
end)

it("knows senders and their domains", function()
  local world = desk_with { senders = { { sender = "bad.example", points = 100 } } }
  equal(write(world, "Hi", nil, "a@mail.bad.example").place, "spam")
  equal(write(world, "Hi", nil, "a@notbad.example").place, "desk")
end)

it("believes whoever it trusts or has answered", function()
  local world = desk_with { trusted = { "casino.example" } }
  equal(write(world, "casino", ("https://x.example "):rep(9), "a@casino.example").place, "desk")
  local ticket = write(world, "Hello")
  world:reply(ticket, "anna", "Yes?")
  equal(write(world, "casino", ("https://x.example "):rep(9)).place, "desk")
end)

it("scores at most what there is", function()
  equal(write(desk_with { link = 1000 }, "Hi", ("https://x.example "):rep(9)).spam_score, 1000)
end)

it("takes no harm from rows that are not filled in", function()
  local world = desk_with { words = { { points = 50 }, { words = { "casino" } } }, senders = { { points = 50 } } }
  equal(write(world, "casino").spam_score, 0)
end)
