-- Each agent's day, by mail: what waits for an answer, the longest first.
--
-- On working days in the morning, to whoever has something to do. In the
-- agent's language; tickets that an agent may not see are not in the mail.

local settings = desk.settings {
  at = { type = "string", label = "When, as in crontab", help = "minute hour day month weekday",
         default = "30 7 * * 1-5" },
  agents = { type = "list", label = "Only to these agents, by login", help = "Empty: to all.", default = {} },
  most = { type = "integer", label = "Tickets in a list", min = 1, max = 50, default = 10 },
  nobodys = { type = "boolean", label = "Also what nobody owns", default = true },
}

-- Rows for the mail, and how many are left out.
local function rows(filter, agent)
  local list = {}
  filter.status, filter.sort, filter.limit, filter.visible_to = "open", "waiting", settings.most, agent
  for ticket in desk.tickets(filter) do
    list[#list + 1] = {
      number = ticket.number, subject = ticket.subject, url = ticket.agent_url,
      since = desk.date(ticket.waiting_since or ticket.updated, "short", agent),
    }
  end
  filter.sort, filter.limit = nil, nil
  local more = desk.count(filter) - #list
  return list, more > 0 and more or nil
end

desk.cron(settings.at, { name = "morning" }, function()
  local agents = {}
  for _, login in ipairs(settings.agents) do
    agents[#agents + 1] = desk.agent(login)
  end
  if #settings.agents == 0 then
    agents = desk.agents { active = true }
  end
  desk.each(agents, "mail")
end)

desk.job("mail", function(agent)
  local vars = {}
  vars.mine, vars.more_mine = rows({ owner = agent }, agent)
  vars.has_mine = #vars.mine > 0
  if settings.nobodys then
    vars.nobodys, vars.more_nobodys = rows({ owner = false }, agent)
    vars.has_nobodys = #vars.nobodys > 0
  end
  if vars.has_mine or vars.has_nobodys then
    desk.mail { to = agent, template = "digest", vars = vars }
  end
end)
