-- Put other words into the acts of moderators and the bars of a room, where these are still as they were read. What was
-- recorded meanwhile stays.
-- KEYS: 1 acts (stream), 2 barred (hash)
-- ARGV: 1 s that the room is kept (0: for ever), 2 how many acts, then for each its id and its JSON, then for each bar
--       its field, its value as it was read, and the new one
-- Returns nothing.
local acts, barred = KEYS[1], KEYS[2]
local kept, count = ARGV[1], tonumber(ARGV[2])
local FIRST = 3  -- argument of what there is to do

local words = {}
for i = FIRST, FIRST + 2 * count - 1, 2 do words[ARGV[i]] = ARGV[i + 1] end
if count > 0 then
  local recorded = redis.call('XRANGE', acts, '-', '+')
  redis.call('DEL', acts)
  for _, entry in ipairs(recorded) do
    local new = words[entry[1]]
    redis.call('XADD', acts, entry[1], unpack(new and {'a', new} or entry[2]))
  end
  if kept ~= '0' then redis.call('EXPIRE', acts, kept) end
end
for i = FIRST + 2 * count, #ARGV, 3 do
  if redis.call('HGET', barred, ARGV[i]) == ARGV[i + 1] then redis.call('HSET', barred, ARGV[i], ARGV[i + 2]) end
end
