-- Shared: the entries of a log, and the present forms of its messages.
-- Gives: is_tombstone(), number_of(), first_entry(), oldest(), content(), portion_of(), time_of(), changed_by(),
-- reactions_of(), as_now(), stream_info(), last_id(), last().
local RUN, PORTION = 1000, 100  -- deleted messages in a row that are read in total, and at once
local STEP = 10  -- entries of a portion that are read at once: no more of them are read after it is full

local function is_tombstone(form)
  return type(form) == 'string' and string.find(form, ',"deleted":true', 1, true) ~= nil
end

local function number_of(entry) return tonumber(string.match(entry[1], '^%d+')) end

-- The number of the log's first entry; nil if it is empty.
local function first_entry(log)
  local entry = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  return entry and number_of(entry)
end

-- The number of the oldest message kept; nil if the log is empty. Deleted messages before the first entry count: they
-- left tombstones in `amended`. It reads one of these, then many at once, since a call for each would take long.
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

-- The content of an entry of the log; nil without an entry.
local function content(entry)
  if entry and entry[2][1] == 'm' then return entry[2][2] end
  for i = 1, entry and #entry[2] or 0, 2 do
    if entry[2][i] == 'm' then return entry[2][i + 1] end
  end
end

-- Entries from `from` on, up to `to`, and whether these are all: at most `most`, of which no more follow once they have
-- so many bytes. How long a script takes depends on both.
local function portion_of(log, from, to, most, bytes)
  local found, size = {}, 0
  repeat
    local step = math.min(STEP, most - #found)
    local entries = redis.call('XRANGE', log, from, to, 'COUNT', step)
    for _, entry in ipairs(entries) do
      found[#found + 1] = entry
      size = size + #(content(entry) or '')
    end
    if #entries < step then return found, true end
    from = '(' .. entries[step][1]
  until size >= bytes or #found >= most
  return found, false
end

-- The time of a message; nil without one. A pattern would try each character of a long text.
local function time_of(message)
  local at = string.find(message, '"time":"', 1, true)
  return at and string.match(message, '^"time":"([^"]+)"', at)
end

-- The number of the message that an entry changes, as text; nil if it isn't a change. 97: a, of "amended".
local function changed_by(text)
  return string.byte(text, 10) == 97
    and string.match(text, '^{"type":"amended","seq":%d+,"epoch":"[^"]*","id":"[^"]*","of":(%d+)}$') or nil
end

-- The key of the reactions to a message of the log that has these forms.
local function reactions_of(amended, number)
  return string.gsub(amended, '}:amended', '}:reactions', 1) .. ':' .. number
end

-- The present form of a message: the one in `amended`, or the entry in the log. A form belongs to a message in the
-- log, or is its tombstone; any other form is left over from a lost log.
local function as_now(form, logged)
  if not form or not logged then return is_tombstone(form) and form or logged end
  local likeness = string.match(form, ',"id":"[^"]*","from":{"id":"[^"]*",')
  return likeness and string.find(logged, likeness, 1, true) and form or logged
end

-- What Redis knows of a stream by this name; nil without the stream.
local function stream_info(stream, name)
  local info = redis.pcall('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == name then return info[i + 1] end
  end
end

-- The id of the last entry that the log ever had, even if that message was deleted: a stream takes no id twice. Nil
-- without a log.
local function last_id(log) return stream_info(log, 'last-generated-id') end

-- The number of the last entry that the log ever had; 0 without a log. If meta is lost, the numbers continue after
-- it.
local function last(log) return tonumber(string.match(last_id(log) or '0', '^%d+')) end
