-- What webhook.lua promises.

local url = "https://crm.example/hook"

local function desk_with(settings)
  settings.url = settings.url or url
  local world = desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general", "sales" },
    settings = { webhook = settings, autoreply = { sources = {} } },
  }
  world:http(url, { status = 204 })
  return world
end

local function submit(world, queue)
  return world:submit { subject = "Hello", text = "My secret is sesame", email = "carl@example.org", queue = queue }
end

it("sends what happened, without the customer's words", function()
  local world = desk_with {}
  local ticket = submit(world)
  equal(#world.requests, 1, "requests")
  local request = world.requests[1]
  local body = desk.json.decode(request.body)
  equal(request.method, "POST")
  equal(body.event, "ticket.created")
  equal(body.ticket.number, ticket.number)
  equal(body.ticket.customer, "carl@example.org")
  assert(not request.body:find("sesame", 1, true), "the customer's words went out")
  assert(not request.body:find("/t/", 1, true) or request.body:find("/agent/t/", 1, true), "the private link went out")
  equal(request.headers["Hookdesk-Signature"], nil, "a signature without a secret")
end)

it("signs", function()
  local world = desk_with { secret = "s3cret" }
  submit(world)
  local request = world.requests[1]
  local seconds, sum = request.headers["Hookdesk-Signature"]:match("^t=(%d+),v1=(%x+)$")
  equal(sum, desk.hmac("sha256", "s3cret", seconds .. "." .. request.body))
end)

it("sends what was chosen, and nothing without an address", function()
  local world = desk_with { events = { "ticket.closed" }, texts = true }
  local ticket = submit(world)
  equal(#world.requests, 0, "requests before")
  world:close(ticket, "anna")
  equal(desk.json.decode(world.requests[1].body).event, "ticket.closed")
  world = desk_with { url = "" }
  submit(world)
  equal(#world.requests, 0, "requests without an address")
end)

it("sends the words if it is told so", function()
  local world = desk_with { texts = true }
  submit(world)
  equal(desk.json.decode(world.requests[1].body).text, "My secret is sesame")
end)

it("is for the queues that are named", function()
  local world = desk_with { queues = { "sales" } }
  submit(world)
  equal(#world.requests, 0)
  submit(world, "sales")
  equal(#world.requests, 1)
end)

it("notes what was given up", function()
  local world = desk_with { events = { "ticket.created" } }
  world:http(url, { status = 410 })
  local ticket = submit(world)
  equal(ticket:entries { kind = "note" }[1].text, "The webhook for ticket.created failed: the answer is 410.")
end)
