-- after: forms
-- Read parts of a log in its present form, all of one moment.
-- KEYS: 1 log (stream), 2 amended (hash: seq -> the message as it is now)
-- ARGV: for each part: its first and its last number
-- Returns {number of the oldest message kept (0: none is),
--          {number, entry...}: messages in their present form, including deleted ones; changes as in the log,
--          {number, form...}: the present forms of the messages that these changes refer to}.
local log, amended = KEYS[1], KEYS[2]
local MOST = 1000  -- numbers in one part
local size = redis.pcall('HLEN', amended)
local has_forms = type(size) == 'number' and size > 0
local kept_from = oldest(log, amended) or 0
local entries, about, logged = {}, {}, {}

local function id(number) return string.format('%.0f-0', number) end

-- The stored forms of these messages, in the order of `numbers`.
local function forms_of(numbers)
  return has_forms and #numbers > 0 and redis.call('HMGET', amended, unpack(numbers)) or {}
end

local function read(first, last)
  local numbers = {}
  for i = 0, last - first do numbers[i + 1] = first + i end  -- counted from 0: 2^53 + 1 is 2^53
  for _, entry in ipairs(redis.call('XRANGE', log, id(first), id(last), 'COUNT', last - first + 1)) do
    logged[number_of(entry)] = content(entry)
  end
  local forms = forms_of(numbers)
  for i, number in ipairs(numbers) do
    local entry = forms[i] and as_now(forms[i], logged[number]) or not forms[i] and logged[number]
    if entry then
      entries[#entries + 1] = number
      entries[#entries + 1] = entry
      local of = changed_by(entry)
      if of then about[of] = true end
    end
  end
end

for i = 1, #ARGV, 2 do
  local first = math.max(tonumber(ARGV[i]), kept_from)
  local last = math.min(tonumber(ARGV[i + 1]), first + MOST - 1)
  if kept_from > 0 and first <= last then read(first, last) end
end

local numbers, changed = {}, {}
for of in pairs(about) do numbers[#numbers + 1] = of end
for i, form in ipairs(forms_of(numbers)) do
  local number = tonumber(numbers[i])
  if number >= kept_from then  -- a message older than the log only has the form of its last change
    form = as_now(form, logged[number] or content(redis.call('XRANGE', log, id(number), id(number))[1]))
  end
  if form then
    changed[#changed + 1] = number
    changed[#changed + 1] = form
  end
end
return {kept_from, entries, changed}
