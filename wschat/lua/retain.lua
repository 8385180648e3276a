-- after: now losses due
-- Erase a room's messages that are older than a moment, a portion in each call. All entries before the first message
-- that is kept are erased: older messages, even if their last change is newer, and changes of them. A message that a
-- wrong clock dated ahead counts by the messages after it. The numbers continue; a purge is requested, since a stream
-- keeps the bytes of trimmed entries.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now), 4 records that Redis's file is
--       to be rewritten (zset, see file_rewriting.py; missing: somebody else sees to that)
-- ARGV: 1 that moment in the format of messages, 2 entries in a portion, 3 the present, as 1,
--       4 seconds that the room is kept (0: for ever), 5 who erases, for the 4th key
-- Returns {1 if there is more to do, else 0; number of entries erased; time of the oldest message kept, '' for none}.
local AHEAD = 500  -- entries looked at in total, behind messages that a wrong clock dated ahead
local log, meta, amended = unpack(KEYS)
local cutoff, portion, present, kept_for = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]

local has_meta = redis.call('EXISTS', meta) == 1  -- if it has expired, it mustn't come back for ever

local first, last_gone, kept, gone = nil, nil, '', 0
local looked, numbers = 0, {}  -- the numbers of the entries looked at

-- Look at some entries; whether they tell which message is the first one kept.
local function look(entries)
  for index, entry in ipairs(entries) do
    local number, text = number_of(entry), content(entry) or ''
    numbers[#numbers + 1] = number
    local time = string.find(text, '{"type":"message"', 1, true) == 1 and time_of(text)
    if time and time >= cutoff then
      if not first then first, kept = number, time end
      if time <= present then return true end
    elseif time or not first then
      first, kept, gone, last_gone = nil, '', looked + index, number
    end
  end
  looked = looked + #entries
  return false
end

local entries, after = nil, '-'
repeat
  entries = redis.call('XRANGE', log, after, '+', 'COUNT', portion)
  local is_clear = look(entries)
  after = #entries > 0 and '(' .. entries[#entries][1]
until is_clear or not first or #entries < portion or looked >= AHEAD

if gone > 0 then
  -- Any failure must come before the first write.
  local seq, forms = unpack(redis.call('HMGET', meta, 'seq', 'forms'))
  local is_lost = are_forms_lost(amended, forms)
  make_way(amended, 'HLEN')
  redis.call('XTRIM', log, 'MINID', string.format('%.0f-0', first or last_gone + 1))
  -- Between them there may be any number of messages that were deleted: outdated.lua erases their forms, in portions.
  for i = 1, gone do
    redis.call('HDEL', amended, numbers[i])
    redis.call('DEL', reactions_of(amended, numbers[i]))
  end
  if KEYS[4] then note(KEYS[4], ARGV[5], true) end  -- here, since the reply may get lost
  redis.call('DEL', log .. ':copy')  -- or a purge that has begun would bring erased entries back, without their forms
  -- Another program's last entry doesn't move `from` beyond the end: nodes would keep messages, and miss a lost log.
  seq = number_in(seq)
  if has_meta then
    redis.call('HSET', meta, 'from', math.min(first or last_gone + 1, seq and seq + 1 or NUMBERS))
    if not is_lost then count_forms(amended, meta) end  -- or the next opening of the room wouldn't notice it
  end
  redis.call('HSETNX', meta, 'purge', now)
  if not has_meta and kept_for ~= '0' then redis.call('EXPIRE', meta, kept_for) end
end
local is_more = not first and #entries == portion
if not is_more and has_meta then redis.call('HSET', meta, 'retained', now) end
return {is_more and 1 or 0, gone, kept}
