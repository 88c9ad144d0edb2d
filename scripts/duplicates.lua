-- The same customer, the same question: point it out.
--
-- A new ticket that is much like an open or lately closed one of the same
-- customer (or organisation) is linked with it, and a note says so. Whether
-- they are merged is for an agent to decide, unless you let it happen.

local settings = desk.settings {
  likeness = { type = "integer", label = "So alike, in percent", min = 30, max = 100, default = 60,
               help = "How many of their words two tickets share; 100 is the same text." },
  within = { type = "duration", label = "Within", default = "14d" },
  organisation = { type = "boolean", label = "Look at the whole organisation", default = false },
  tag = { type = "tag", label = "Tag", default = "duplicate" },
  merge = { type = "boolean", label = "Merge the same text of the same customer at once", default = false },
}

desk.on("ticket.created", { name = "find" }, function(event)
  local ticket, customer = event.ticket, event.customer
  if not customer then
    return
  end
  local who = { created_after = desk.ago(settings.within), limit = 3 }
  if settings.organisation and customer.organisation then
    who.organisation = customer.organisation
  else
    who.customer = customer
  end
  local found = {}
  for other, likeness in ticket:similar(who) do
    if likeness * 100 >= settings.likeness then
      if settings.merge and likeness == 1 and other.status ~= "closed" and other.customer == customer then
        ticket:note("The same as #" .. other.number .. ", word by word: merged.")
        return ticket:merge(other)
      end
      ticket:link(other, "duplicate")
      found[#found + 1] = "#" .. other.number .. " (" .. math.floor(likeness * 100) .. " %)"
    end
  end
  if #found > 0 then
    ticket:tag(settings.tag)
    ticket:note("Perhaps a duplicate of " .. table.concat(found, ", ") .. ".")
  end
end)
