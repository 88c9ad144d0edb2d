-- What duplicates.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general" },
    settings = { duplicates = settings, autoreply = { sources = {} } },
  }
end

local text = "My printer in the second floor prints only pink pages since Monday."

local function write(world, words, email)
  return world:submit { subject = "Printer", text = words or text, email = email or "carl@example.org" }
end

local function note(ticket)
  local notes = ticket:entries { kind = "note" }
  return notes[1] and notes[1].text
end

it("points out what is alike", function()
  local world = desk_with {}
  local first = write(world)
  equal(note(first), nil, "a first one")
  local ticket = write(world, text .. " Please help!")
  equal(ticket.tags[1], "duplicate")
  assert(note(ticket):find("duplicate of #1 (", 1, true), note(ticket))
  equal(#ticket:entries { kind = "event" }, 1, "links")
end)

it("leaves other questions, and other customers, alone", function()
  local world = desk_with {}
  write(world)
  equal(note(write(world, "Where can I find the invoice of last year?")), nil, "another question")
  equal(note(write(world, text, "dora@example.org")), nil, "another customer")
end)

it("forgets", function()
  local world = desk_with { within = "1d" }
  write(world)
  world:advance("25h")
  equal(note(write(world)), nil)
end)

it("looks at the organisation if it is told so", function()
  local world = desk_with { organisation = true }
  world:add("organisation", { name = "Acme", domains = "acme.example" })
  write(world, text, "a@acme.example")
  assert(note(write(world, text, "b@acme.example")), "the colleague's was not found")
  equal(note(write(world, text, "c@other.example")), nil, "another organisation")
end)

it("merges the same words if it is told so", function()
  local world = desk_with { merge = true }
  local first = write(world)
  local second = write(world)
  equal(second.status, "closed")
  equal(first.status, "open")
  equal(write(world, text .. " Please, please help me with it!").status, "open", "only alike")
end)
