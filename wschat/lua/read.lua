-- Parts of a log as it is now, all of one moment. After forms.lua.
-- KEYS: 1 log (stream), 2 amended (hash: seq -> the message as it is now)
-- ARGV: for each part: its first and its last number
-- Returns {number of the oldest message kept (0: none is),
--          {number, entry...}: messages as they are now, also deleted ones; changes as the log has them,
--          {number, form...}: the messages that these changes are about, as they are now}.
local log, amended = KEYS[1], KEYS[2]
local CHANGE = '^{"type":"amended","seq":%d+,"epoch":"[^"]*","id":"[^"]*","of":(%d+)}$'
local MOST = 1000  -- numbers in one part
local size = redis.pcall('HLEN', amended)
local has_forms = type(size) == 'number' and size > 0
local kept_from = oldest(log, amended) or 0
local entries, about = {}, {}

local function id(number) return string.format('%.0f-0', number) end

local function add(number, entry)
  entries[#entries + 1] = number
  entries[#entries + 1] = entry
  local of = has_forms and string.sub(entry, 1, 17) == '{"type":"amended"' and string.match(entry, CHANGE)
  if of then about[of] = true end
end

local function read_amended(first, last, logged)
  local numbers = {}
  for i = 0, last - first do numbers[#numbers + 1] = first + i end  -- counted from 0: 2^53 + 1 is 2^53
  for i, form in ipairs(redis.call('HMGET', amended, unpack(numbers))) do
    local entry = as_now(form, logged[numbers[i]])
    if entry then add(numbers[i], entry) end
  end
end

local function read(first, last)
  local logged = {}
  for _, entry in ipairs(redis.call('XRANGE', log, id(first), id(last), 'COUNT', last - first + 1)) do
    local number = tonumber(string.match(entry[1], '^%d+'))
    logged[number] = content(entry)
    if not has_forms and logged[number] then add(number, logged[number]) end
  end
  if has_forms then read_amended(first, last, logged) end
end

for i = 1, #ARGV, 2 do
  local first = math.max(tonumber(ARGV[i]), kept_from)
  local last = math.min(tonumber(ARGV[i + 1]), first + MOST - 1)
  if kept_from > 0 and first <= last then read(first, last) end
end

local forms = {}
for of in pairs(about) do
  local form, logged = redis.call('HGET', amended, of), content(redis.call('XRANGE', log, of .. '-0', of .. '-0')[1])
  -- A message that is older than the log was as its last change says.
  local now = tonumber(of) >= kept_from and as_now(form, logged) or tonumber(of) < kept_from and form
  if now then
    forms[#forms + 1] = tonumber(of)
    forms[#forms + 1] = now
  end
end
return {kept_from, entries, forms}
