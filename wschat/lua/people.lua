-- after: now values list
-- Read everyone online in a room: all people whose lease hasn't ended.
-- KEYS: 1 online (zset), 2 people (hash), 3 meta (hash)
-- Returns {version of the list, JSON of each person...}.
local list = {whole(redis.call('HGET', KEYS[3], 'people')) or 0}
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
for first = 1, #ids, UNPACK_MAX do
  local some = {unpack(ids, first, math.min(first + UNPACK_MAX - 1, #ids))}
  for _, listed in ipairs(redis.call('HMGET', KEYS[2], unpack(some))) do list[#list + 1] = json_of(listed) end
end
return list
