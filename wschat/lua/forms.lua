-- Shared: goes before scripts that need it. What a log keeps, and its messages as they are now.
local RUN, PORTION = 1000, 100  -- deleted messages in a row that are looked at, and at once

local function is_tombstone(form)
  return type(form) == 'string' and string.find(form, ',"deleted":true', 1, true) ~= nil
end

-- The number of the log's first entry; nil where it is empty.
local function first_entry(log)
  local entry = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  return entry and tonumber(string.match(entry[1], '^%d+'))
end

-- The number of the oldest message kept; nil where the log is empty. Deleted messages before the first entry count:
-- they left their tombstones in `amended`. One is looked at, then many at once: a call for each would take long.
local function oldest(log, amended)
  local first, looked, portion = first_entry(log), 0, 1
  while first and first > 1 and looked < RUN do
    local numbers = {}
    for i = 1, math.min(portion, first - 1, RUN - looked) do numbers[i] = first - i end
    local forms = redis.pcall('HMGET', amended, unpack(numbers))
    for i = 1, #numbers do
      if not is_tombstone(forms[i]) then return first end
      first = first - 1
    end
    looked, portion = looked + #numbers, PORTION
  end
  return first
end

-- What an entry of the log says; nil without one.
local function content(entry)
  if entry and entry[2][1] == 'm' then return entry[2][2] end
  for i = 1, entry and #entry[2] or 0, 2 do
    if entry[2][i] == 'm' then return entry[2][i + 1] end
  end
end

-- The message as it is now: its form in `amended`, or what the log has. A form stands for a message that the log has,
-- or is its tombstone; any other one is left over from a log that is lost.
local function as_now(form, logged)
  if not form or not logged then return is_tombstone(form) and form or logged end
  local likeness = string.match(form, ',"id":"[^"]*","from":{"id":"[^"]*",')
  return likeness and string.find(logged, likeness, 1, true) and form or logged
end

-- The last number that the log ever had, also where that message was deleted: a stream takes no number twice. The
-- numbers of a log whose meta was lost go on after it.
local function last(log)
  local info = redis.pcall('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return tonumber(string.match(info[i + 1], '^%d+')) end
  end
  return 0
end
