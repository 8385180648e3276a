-- after: losses due
-- Erase the forms of messages that the log has trimmed by number, and that are older than a moment, or than a message
-- that was erased by its age: their last change may still be in the log. A portion of all forms in each call.
-- KEYS: as in retain.lua
-- ARGV: 1 that moment in the format of messages, 2 cursor of HSCAN, 3 forms in a portion, 4 who erases, for the 4th key
-- Returns {the next cursor, '0': that was all; number of forms erased}.
local log, meta, amended = unpack(KEYS)
local cutoff, cursor, portion = unpack(ARGV)

local first = first_entry(log) or NUMBERS  -- of an empty log, too, there may be forms
local seq, from, forms = unpack(redis.call('HMGET', meta, 'seq', 'from', 'forms'))
seq, from = number_in(seq) or 0, whole(from) or 1
local is_lost = are_forms_lost(amended, forms)
local found = redis.pcall('HSCAN', amended, cursor, 'COUNT', portion)
if found.err then return {'0', 0} end

-- The number comes first: to look for the time in all forms would take several times as long.
local function is_outdated(number, form)
  if not number or number >= first then return false end
  local time = number >= from and time_of(form)
  return number < from or time and time < cutoff
end

local gone, kept_from = 0, from
for i = 1, #found[2], 2 do
  local number = whole(found[2][i])
  if is_outdated(number, found[2][i + 1]) then
    gone = gone + redis.call('HDEL', amended, found[2][i])
    redis.call('DEL', reactions_of(amended, found[2][i]))
    if number < seq then kept_from = math.max(kept_from, number + 1) end  -- no change of another has its own number
  end
end
if gone > 0 and KEYS[4] then note(KEYS[4], ARGV[4], true) end
if gone > 0 and redis.call('EXISTS', meta) == 1 then  -- a meta that has expired mustn't come back
  if kept_from > from then redis.call('HSET', meta, 'from', kept_from) end  -- nodes forget what they have before it
  if not is_lost then count_forms(amended, meta) end  -- or the next opening wouldn't notice the loss
end
return {found[1], gone}
