-- after: forms values
-- Shared: detects data that a room has lost, by its meta, and entries of other programs in its log. A fresh node
-- would show less than other nodes, or earlier texts, so a loss begins a new epoch.
-- Gives: NUMBERS, OURS, number_in(), is_epoch(), is_log_lost(), are_forms_lost(), count_forms(), drop_foreign().

-- Numbers end before this: reactions are ordered by them, and other programs' entries have the time in ms.
local NUMBERS = 1e11
local OURS = string.format('%.0f', NUMBERS - 1)  -- the end of a range without entries of others

-- The number in meta, 0 without one; nil if it can't be right.
local function number_in(text)
  local number = whole(text or '0')
  return number and number < NUMBERS and number or nil
end

local function is_epoch(text) return text and #text <= 64 and string.match(text, '^[%w_-]+$') ~= nil end

-- Whether the log is missing, or an older one. `from`: number of the oldest message kept, if meta has it.
local function is_log_lost(log, seq, from)
  return seq > 0 and (whole(from) or 1) <= seq and last(log) < seq
end

-- Whether there are fewer forms than meta has counted.
local function are_forms_lost(amended, counted)
  local most = whole(counted) or 0
  if most == 0 then return false end
  local size = redis.pcall('HLEN', amended)
  return type(size) ~= 'number' or size < most
end

-- Count the forms, after any change of their number. A key of another type is deleted.
local function count_forms(amended, meta)
  make_way(amended, 'HLEN')
  local size = redis.call('HLEN', amended)
  redis.call('HSET', meta, 'forms', size)
  if size > 0 then redis.call('HSETNX', meta, 'swept', '0') end
end

-- Drop entries that another program added with the time as their number, since a stream takes no lower number after
-- them, even if they were deleted: the log is copied without them. `kept`: s that the room is kept (0: for ever).
local function drop_foreign(log, kept)
  local copy, first = log .. ':copy', '-'
  redis.call('DEL', copy)
  repeat
    local entries = redis.call('XRANGE', log, first, OURS, 'COUNT', 500)
    for _, entry in ipairs(entries) do
      redis.call('XADD', copy, entry[1], 'm', content(entry) or '')  -- only our field: all may be too many for a script
    end
    first = #entries > 0 and '(' .. entries[#entries][1]
  until not first
  redis.call('DEL', log)
  if redis.call('EXISTS', copy) == 0 then return end
  redis.call('RENAME', copy, log)
  if kept > 0 then redis.call('EXPIRE', log, kept) end
end
