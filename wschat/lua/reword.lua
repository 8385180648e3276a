-- after: settle
-- Replace the JSON of moderators' acts and the values of bars in a room, if they are still as they were read. Acts
-- that were recorded meanwhile stay. The bars of addresses follow from those of people.
-- KEYS: 1-3 as in moderate.lua
-- ARGV: 1 s that the room is kept (0: for ever), 2 ms that an address is barred at most, 3 how many acts, then for each
--       its id and its JSON, then for each bar its field, its value as it was read, and the new one
-- Returns nothing.
local rules, barred, acts = unpack(KEYS)
local kept, address_max, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local FIRST = 4  -- the first argument with a replacement

-- The act in an entry, without the fields that another program added, which may be too many for a script.
local function act_of(entry)
  for i = 1, #entry[2], 2 do
    if entry[2][i] == 'a' then return entry[2][i + 1] end
  end
  return ''
end

local words = {}
for i = FIRST, FIRST + 2 * count - 1, 2 do words[ARGV[i]] = ARGV[i + 1] end
-- Any failure must come before the first write.
redis.call('HLEN', barred)
redis.call('XLEN', acts)
make_way(rules, 'HLEN')
if count > 0 then
  local recorded = redis.call('XRANGE', acts, '-', '+')
  redis.call('DEL', acts)
  for _, entry in ipairs(recorded) do
    redis.call('XADD', acts, entry[1], 'a', words[entry[1]] or act_of(entry))
  end
  if kept ~= '0' then redis.call('EXPIRE', acts, kept) end
end
for i = FIRST + 2 * count, #ARGV, 3 do
  local name, before, new = unpack(ARGV, i, i + 2)
  if redis.call('HGET', barred, name) == before then redis.call('HSET', barred, name, new) end
end
settle_bars(rules, barred, address_max)
if kept ~= '0' then redis.call('EXPIRE', rules, kept) end
