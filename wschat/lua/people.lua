-- Everyone online in a room: all people whose lease hasn't ended. After values.lua.
-- KEYS: 1 online (zset), 2 people (hash), 3 meta (hash)
-- Returns {version of the list, JSON of each person...}.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local list = {whole(redis.call('HGET', KEYS[3], 'people')) or 0}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
for first = 1, #ids, 1000 do
  local entries = redis.call('HMGET', KEYS[2], unpack(ids, first, math.min(first + 999, #ids)))
  for _, entry in ipairs(entries) do
    list[#list + 1] = entry and string.match(entry, '\n(.*)$') or nil
  end
end
return list
