-- after: forms values
-- Shared: what a room has lost, by what its meta says, and what stands in its log that is none of ours. A fresh node
-- would show less than others who were there, or the former texts: so a loss is a new epoch.
-- Gives: NUMBERS, OURS, number_in(), is_epoch(), is_log_lost(), are_forms_lost(), count_forms(), drop_foreign().

-- Numbers end before: reactions are ordered by them, and other programs' entries have the time in ms.
local NUMBERS = 1e11
local OURS = string.format('%.0f', NUMBERS - 1)  -- the end of a range that has no others

-- The number in meta; nil where there is none that can be right.
local function number_in(text)
  local number = whole(text or '0')
  return number and number < NUMBERS and number or nil
end

local function is_epoch(text) return text and #text <= 64 and string.match(text, '^[%w_-]+$') ~= nil end

-- Is the log missing, or an older one? `from`: number of the oldest message kept, where meta has it.
local function is_log_lost(log, seq, from)
  return seq > 0 and (whole(from) or 1) <= seq and last(log) < seq
end

-- Are there fewer forms than meta has counted?
local function are_forms_lost(amended, counted)
  local most = whole(counted) or 0
  if most == 0 then return false end
  local size = redis.pcall('HLEN', amended)
  return type(size) ~= 'number' or size < most
end

-- Whatever changes the number of forms counts them. A key of another type makes way for them.
local function count_forms(amended, meta)
  make_way(amended, 'HLEN')
  local size = redis.call('HLEN', amended)
  redis.call('HSET', meta, 'forms', size)
  if size > 0 then redis.call('HSETNX', meta, 'swept', '0') end
end

-- Entries that another program added with the time as their number go, since a stream takes no lower number after them,
-- also where they were deleted: the log is copied without them. `kept`: s that the room is kept (0: for ever).
local function drop_foreign(log, kept)
  local copy, first = log .. ':copy', '-'
  redis.call('DEL', copy)
  repeat
    local entries = redis.call('XRANGE', log, first, OURS, 'COUNT', 500)
    for _, entry in ipairs(entries) do
      redis.call('XADD', copy, entry[1], 'm', content(entry) or '')  -- of ours; all of it may be too much for a script
    end
    first = #entries > 0 and '(' .. entries[#entries][1]
  until not first
  redis.call('DEL', log)
  if redis.call('EXISTS', copy) == 0 then return end
  redis.call('RENAME', copy, log)
  if kept > 0 then redis.call('EXPIRE', log, kept) end
end
