-- Who gets a new ticket?
--
-- Among those who may answer in its queue, and have the skill and the grade it
-- needs: whoever answered this customer before, else by load, by the time
-- worked today, or in turn. Nobody free: the ticket is held and tried again.
-- Who is away has a substitute. The reason stands in the ticket's history.

local settings = desk.settings {
  by = { type = "word", label = "How", words = { "load", "time_today", "turn" }, default = "load",
         help = "load: fewest open tickets. time_today: least worked today. turn: one after the other." },
  known = { type = "boolean", label = "First the agent who knows the customer", default = true },
  cap = { type = "integer", label = "Nobody gets one who has so many open", min = 0, max = 1000, default = 0,
          help = "0: no limit." },
  queues = { type = "list", label = "In these queues, by key", help = "Empty: in all.", default = {} },
  skills = { type = "rows", label = "What needs a skill",
             help = "A row holds if all that it says is so; the first one counts.",
             columns = { skill = "string", queue = "queue", tag = "tag", language = "string", words = "list" },
             default = {} },
  grades = { type = "rows", label = "What needs experience",
             help = "Severity is the field named below. The highest grade of the rows that hold.",
             columns = { grade = "integer", tier = "string", priority = "priority", severity = "string" },
             default = {} },
  severity_field = { type = "string", label = "The tickets' own field that says how severe it is", default = "" },
  substitutes = { type = "rows", label = "Substitutes", help = "Who answers for an agent who is away.",
                  columns = { agent = "agent", substitute = "agent" }, default = {} },
}

-- Each that the row names has to be so.
local function holds(row, facts)
  for name, wanted in pairs(row) do
    if facts[name] ~= nil and wanted ~= "" and facts[name] ~= wanted then
      return false
    end
  end
  return true
end

local function has(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then
      return true
    end
  end
  return false
end

local function skill_for(ticket)
  for _, row in ipairs(settings.skills) do
    local words = row.words or {}
    if holds(row, { queue = ticket.queue, language = ticket.language or "none" })
        and (not row.tag or has(ticket.tags, row.tag))
        and (#words == 0 or desk.word_in({ ticket.subject, ticket.text }, words)) then
      return row.skill
    end
  end
end

local function grade_for(ticket)
  local grade
  local severity = settings.severity_field ~= "" and ticket.fields[settings.severity_field]
  local facts = {
    tier = ticket.customer and ticket.customer.tier or "none",
    priority = ticket.priority,
    severity = severity or "none",
  }
  for _, row in ipairs(settings.grades) do
    if row.grade and holds(row, facts) then
      grade = math.max(grade or 1, row.grade)
    end
  end
  return grade
end

-- The agent, or who stands in for him; nil if all of them are away.
local function present(agent, why)
  for _ = 1, 5 do
    if not agent or agent.available then
      return agent, why
    end
    local away = agent
    agent = nil
    for _, row in ipairs(settings.substitutes) do
      if row.agent == away.login and row.substitute then
        agent = desk.agent(row.substitute)
        why = "stands in for " .. away.name
      end
    end
  end
end

desk.on("ticket.created", { name = "give", when = { owner = false } }, function(event)
  local ticket = event.ticket
  if #settings.queues > 0 and not has(settings.queues, ticket.queue) then
    return
  end
  local skill, grade = skill_for(ticket), grade_for(ticket)
  local needs = {}
  if skill then
    needs[#needs + 1] = "needs " .. skill
  end
  if grade then
    needs[#needs + 1] = "needs grade " .. grade
  end
  local agent, why
  if settings.known and ticket.customer then
    agent, why = present(ticket.customer.last_agent, "knows the customer")
  end
  if agent and agent:may("reply", ticket) and (settings.cap == 0 or agent.load < settings.cap)
      and (not skill or has(agent.skills, skill)) and agent.grade >= (grade or 0) then
    return ticket:assign({ to = agent }, why)
  end
  ticket:assign({
    by = settings.by,
    cap = settings.cap > 0 and settings.cap or nil,
    from = { skill = skill, grade = grade },
  }, #needs > 0 and table.concat(needs, ", ") or nil)
end)

desk.on("ticket.waiting", { name = "stand in" }, function(event)
  local owner = event.ticket.owner
  local agent, why = present(owner)
  if agent and agent ~= owner then
    event.ticket:assign({ to = agent }, why)
  end
end)
