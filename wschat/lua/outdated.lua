-- after: losses
-- Erase the forms of messages that are older than a moment, and that the log has trimmed by number: their last change
-- may still be there. A portion of all forms in each call.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now)
-- ARGV: 1 that moment in the format of messages, 2 cursor of HSCAN, 3 forms in a portion
-- Returns the next cursor; '0': that was all.
local log, meta, amended = unpack(KEYS)
local cutoff, cursor, portion = unpack(ARGV)

local first = first_entry(log)
local found = redis.pcall('HSCAN', amended, cursor, 'COUNT', portion)
if not first or found.err then return '0' end
local is_lost, gone = are_forms_lost(amended, field(meta, 'forms')), 0
for i = 1, #found[2], 2 do
  local number, time = whole(found[2][i]), string.match(found[2][i + 1], '"time":"([^"]+)"')
  if number and number < first and time and time < cutoff then
    gone = gone + redis.call('HDEL', amended, found[2][i])
    redis.call('DEL', reactions_of(amended, found[2][i]))
  end
end
if gone > 0 and not is_lost then count_forms(amended, meta) end  -- or the next opening wouldn't notice the loss
return found[1]
