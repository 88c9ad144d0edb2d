-- For luacheck(1): the globals that hookdesk's scripts have, and no others.
-- `hookdesk script new` lays it beside a site's scripts.

local function of(names, more)
  local fields = more or {}
  for name in names:gmatch("%S+") do
    fields[name] = {}
  end
  return { fields = fields }
end

stds.hookdesk = {
  read_globals = {
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
    "rawset", "select", "setmetatable", "tonumber", "tostring", "type", "xpcall", "_VERSION",
    coroutine = of "close create isyieldable resume running status wrap yield",
    math = of("abs acos asin atan ceil cos deg exp floor fmod huge log max maxinteger min mininteger modf pi rad "
              .. "random randomseed sin sqrt tan tointeger type ult"),
    os = of "clock date difftime time",
    string = of("byte char find format gmatch gsub len lower match pack packsize rep reverse sub unpack upper"),
    table = of "concat insert move pack remove sort unpack",
    utf8 = of "char charpattern codepoint codes len offset",
    desk = of("on job every cron action panel route settings ticket customer agent queue organisation tickets count "
              .. "agents articles each notify mail http word_in render tr date now ago hmac calendar",
              { store = of "get set add", json = of "encode decode" }),
  },
}
stds.hookdesk_test = {
  read_globals = { "describe", "it", "equal", desk = { fields = { test = of "world" } } },
}

std = "hookdesk"
files["**/*_test.lua"].std = "hookdesk+hookdesk_test"
exclude_files = { "**/*.d.lua" }
max_line_length = 120
