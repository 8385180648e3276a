-- after: now losses
-- Replace a room's log by another one, in one step; without another one, empty the room. A new epoch begins, so every
-- node reads the room again and tells its clients once.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now), 4 log copy (stream),
--       5 the other log, 6 its amended. The keys of its reactions follow from that, as a room's do.
-- ARGV: 1 epoch, 2 seq of its newest entry, 3 seconds that the room is kept (0: for ever), 4 1: a moderator clears it,
--       5-6 number of entries in the other log, and of forms; without them, empty the room, and erase any other log
-- Returns nothing.
local log, meta, amended, copy, other, other_amended = unpack(KEYS)
local epoch, seq, kept, entries, forms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[5]), tonumber(ARGV[6])

local function numbers_in(forms)
  local found = redis.pcall('HKEYS', forms)
  return found.err and {} or found
end

local function keep(key)
  redis.call('PERSIST', key)
  if kept ~= '0' then redis.call('EXPIRE', key, kept) end
end

local function take(from, to)
  if redis.call('EXISTS', from) == 0 then return end
  redis.call('RENAME', from, to)
  keep(to)
end

local function erase(forms, ...)
  for _, number in ipairs(numbers_in(forms)) do redis.call('DEL', reactions_of(forms, number)) end
  redis.call('DEL', forms, ...)
end

redis.call('HLEN', meta)  -- any failure must come before the first write
if not entries then
  erase(other_amended, other)
elseif redis.call('XLEN', other) ~= entries or redis.call('HLEN', other_amended) ~= forms then
  return redis.error_reply('ERR the room was cleared, or restored by somebody else, meanwhile')
end
erase(amended, log, copy)
local numbers = numbers_in(other_amended)
for _, number in ipairs(numbers) do
  local from, to = reactions_of(other_amended, number), reactions_of(amended, number)
  if redis.call('EXISTS', from) == 1 then
    redis.call('RENAME', from, to)
    redis.call('PERSIST', to)
    if kept ~= '0' then redis.call('EXPIRE', to, 2 * kept) end
  end
end
take(other, log)
take(other_amended, amended)
redis.pcall('XSETID', log, seq .. '-0')  -- the number of a message that was deleted isn't given again
redis.call('HDEL', meta, 'swept', 'renewed', 'purge', 'pace', 'from')
redis.call('HSET', meta, 'epoch', epoch, 'seq', seq)
if ARGV[4] == '1' then redis.call('HSET', meta, 'cleared', epoch) end
if redis.call('EXISTS', log) == 0 then redis.call('HSET', meta, 'from', seq + 1) end
if #numbers > 0 then redis.call('HSET', meta, 'renewed', now) end
count_forms(amended, meta)
if kept ~= '0' then redis.call('EXPIRE', meta, kept) end
