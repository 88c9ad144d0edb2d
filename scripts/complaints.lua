-- Complaints: marked, raised, and the same complaint again reported.
--
-- A message with one of the words is tagged and gets a priority. A complaint
-- that is much like earlier ones is linked with them and says how often it came;
-- from `often` on the queue's lead is told. A report of what comes again is
-- mailed to whoever wants it.

local settings = desk.settings {
  words = { type = "list", label = "Words of complaints",
            default = { "complain*", "unacceptable", "disappointed", "Beschwerde*", "enttäuscht", "şikayet*", "投诉" } },
  tag = { type = "tag", label = "Tag", default = "complaint" },
  priority = { type = "priority", label = "Priority", default = "high" },
  likeness = { type = "integer", label = "The same again: so alike, in percent", min = 20, max = 100, default = 40 },
  within = { type = "duration", label = "within", default = "90d" },
  often = { type = "integer", label = "Tell the queue's lead from so many on", min = 2, max = 100, default = 3 },
  report_to = { type = "list", label = "Mail a report to these agents, by login, or addresses", default = {} },
  report_at = { type = "string", label = "When, as in crontab", help = "minute hour day month weekday",
                default = "0 8 * * 1" },
  report_days = { type = "integer", label = "Days in the report", min = 1, max = 366, default = 7 },
}

local function is_one(ticket)
  for _, tag in ipairs(ticket.tags) do
    if tag == settings.tag then
      return true
    end
  end
  return false
end

-- Earlier complaints that are like this one.
local function earlier(ticket)
  local found = {}
  for other, likeness in ticket:similar { tag = settings.tag, created_after = desk.ago(settings.within) } do
    if likeness * 100 >= settings.likeness then
      found[#found + 1] = other
    end
  end
  return found
end

local function mark(ticket, word)
  ticket:tag(settings.tag)
  if ticket.priority == "normal" or ticket.priority == "low" then
    ticket:set({ priority = settings.priority }, "a complaint: the word " .. word)
  end
  local found, numbers = earlier(ticket), {}
  for i, other in ipairs(found) do
    ticket:link(other, "related")
    numbers[i] = "#" .. other.number
  end
  if #found == 0 then
    return
  end
  local times = "The same complaint came " .. #found + 1 .. " times"
  ticket:note(times .. ": see " .. table.concat(numbers, ", ") .. ".")
  local lead = desk.queue(ticket.queue).lead
  if #found + 1 >= settings.often and lead then
    desk.notify(lead, { title = times, text = ticket.subject, ticket = ticket })
  end
end

desk.on("ticket.created", { name = "new", order = 60 }, function(event)
  local word = desk.word_in({ event.ticket.subject, event.ticket.text }, settings.words)
  if word then
    mark(event.ticket, word)
  end
end)

desk.on("reply.received", { name = "reply" }, function(event)
  local word = not is_one(event.ticket) and desk.word_in(event.entry.text, settings.words)
  if word then
    mark(event.ticket, word)
  end
end)

-- The complaints of the last days; those alike are one topic.
local function topics()
  local list, seen, count = {}, {}, 0
  local since = desk.ago(settings.report_days .. "d")
  for ticket in desk.tickets { tag = settings.tag, created_after = since, limit = 100 } do
    count = count + 1
    if not seen[ticket.number] and #list < 10 then
      local topic = { subject = ticket.subject, url = ticket.agent_url, times = 1 }
      for other, likeness in ticket:similar { tag = settings.tag, created_after = since } do
        if likeness * 100 >= settings.likeness and not seen[other.number] then
          seen[other.number] = true
          topic.times = topic.times + 1
        end
      end
      list[#list + 1] = topic
    end
  end
  table.sort(list, function(a, b)
    return a.times > b.times or (a.times == b.times and a.url < b.url)
  end)
  return list, count
end

desk.cron(settings.report_at, { name = "report" }, function()
  local readers = {}
  for _, reader in ipairs(settings.report_to) do
    readers[#readers + 1] = reader:find("@", 1, true) and reader or desk.agent(reader)
  end
  local list, count = topics()
  if #readers > 0 and count > 0 then
    desk.mail {
      to = readers, template = "complaints",
      vars = { count = count, days = settings.report_days, topics = list },
    }
  end
end)
