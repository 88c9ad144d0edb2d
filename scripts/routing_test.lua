-- What routing.lua promises.

local function desk_with(settings)
  return desk.test.world {
    now = "2026-03-02 09:00",
    agents = { "anna" },
    queues = { "general", "billing", "sales", "vip" },
    settings = { routing = settings },
  }
end

local function write(world, fields)
  fields.email = fields.email or "carl@example.org"
  fields.text = fields.text or "Please help."
  return world:submit(fields)
end

describe("words", function()
  local words = {
    { words = { "refund*", "Rückerstattung", "iade" }, queue = "billing", priority = "high", tag = "money" },
    { words = { "退款" }, queue = "billing" },
  }

  it("move a ticket and say why", function()
    local world = desk_with { words = words }
    local ticket = write(world, { subject = "When am I REFUNDED?" })
    equal(ticket.queue, "billing", "queue")
    equal(ticket.priority, "high", "priority")
    equal(ticket.tags[1], "money", "tag")
  end)

  it("are found in the text, in any case and language", function()
    local world = desk_with { words = words }
    equal(write(world, { subject = "Frage", text = "Wo bleibt die RÜCKERSTATTUNG?" }).queue, "billing")
    equal(write(world, { subject = "Soru", text = "İADE ne zaman?" }).queue, "billing")
    equal(write(world, { subject = "问题", text = "我要退款。" }).queue, "billing")
  end)

  it("are whole words", function()
    local world = desk_with { words = words }
    equal(write(world, { subject = "The prerefund form" }).queue, "general")
  end)
end)

describe("a sender's domain", function()
  local domains = { { domain = "bigcorp.example", queue = "sales" } }

  it("decides, with all under it", function()
    local world = desk_with { domains = domains }
    equal(write(world, { subject = "Hi", email = "a@BigCorp.example" }).queue, "sales")
    equal(write(world, { subject = "Hi", email = "a@mail.bigcorp.example" }).queue, "sales")
  end)

  it("is not the end of another one", function()
    local world = desk_with { domains = domains }
    equal(write(world, { subject = "Hi", email = "a@notbigcorp.example" }).queue, "general")
  end)

  it("comes before words", function()
    local world = desk_with {
      domains = domains,
      words = { { words = { "refund" }, queue = "billing" } },
    }
    equal(write(world, { subject = "refund", email = "a@bigcorp.example" }).queue, "sales")
  end)
end)

describe("important customers", function()
  it("get a priority, and a queue if there is one for them", function()
    local world = desk_with {}
    local ticket = write(world, { subject = "Hi", vip = true })
    equal(ticket.queue, "general")
    equal(ticket.priority, "high")

    world = desk_with { vip_queue = "vip" }
    equal(write(world, { subject = "Hi", vip = true }).queue, "vip")
  end)
end)

describe("a language", function()
  local languages = { { language = "de", queue = "sales", tag = "german" } }

  it("decides, with its kinds", function()
    local world = desk_with { languages = languages }
    local ticket = write(world, { subject = "Frage", language = "de" })
    equal(ticket.queue, "sales")
    equal(ticket.tags[1], "german")
    equal(write(world, { subject = "Frage", language = "de-at" }).queue, "sales")
    equal(write(world, { subject = "Question", language = "en" }).queue, "general")
  end)

  it("comes after words", function()
    local world = desk_with { languages = languages, words = { { words = { "iade" }, queue = "billing" } } }
    equal(write(world, { subject = "iade", language = "de" }).queue, "billing")
  end)
end)

describe("a form", function()
  it("keeps its queue if no rule knows better", function()
    local world = desk_with {}
    equal(write(world, { subject = "Hi", queue = "sales" }).queue, "sales")
  end)

  it("gives what its row says", function()
    local world = desk_with { forms = { { form = "sales", priority = "urgent" } } }
    local ticket = write(world, { subject = "Hi", queue = "sales" })
    equal(ticket.queue, "sales")
    equal(ticket.priority, "urgent")
  end)
end)

it("takes no harm from rows that are not filled in", function()
  local world = desk_with {
    domains = { { queue = "sales" } }, words = { { queue = "sales" }, { words = {}, tag = "x" } },
    languages = { { queue = "sales" } }, forms = { { queue = "sales" } },
  }
  equal(write(world, { subject = "Hi", language = "de" }).queue, "general")
end)
