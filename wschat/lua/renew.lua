-- Keep leases; let go of those that have run out, and say so to all nodes.
-- KEYS: 1 online (zset), 2 people (hash), 3 names (hash), 4 meta (hash)
-- ARGV: 1 signal channel, 2 lease in ms, 3.. ids of people whose lease is to be kept
-- Returns {version of the list, ids among those given that aren't in it any more}.
local online, people, names, meta = unpack(KEYS)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = now + ARGV[2]

-- Where nobody has looked for half a lease (Redis was away) nobody could renew one; where the clock was put back, they
-- end in a far future. So all begin anew: whoever isn't there to renew theirs is gone when it ends.
local looked = tonumber(redis.call('HGET', meta, 'looked') or 0)
if now < looked or now - looked > ARGV[2] / 2 then
  for _, person in ipairs(redis.call('ZRANGE', online, 0, -1)) do redis.call('ZADD', online, lease, person) end
end
if now < looked or now - looked > ARGV[2] / 8 then redis.call('HSET', meta, 'looked', now) end

-- All at once: a call each would hold up Redis for five times as long.
local missing, renewals = {}, {}
if #ARGV > 2 then
  for i, known in ipairs(redis.call('HMGET', people, unpack(ARGV, 3))) do
    local person = ARGV[i + 2]
    if known then
      renewals[#renewals + 1] = lease
      renewals[#renewals + 1] = person
    else
      missing[#missing + 1] = person
    end
  end
end
if #renewals > 0 then redis.call('ZADD', online, unpack(renewals)) end

local left = {}
for _, person in ipairs(redis.call('ZRANGEBYSCORE', online, '-inf', now, 'LIMIT', 0, 1000)) do
  local skeletons, json = string.match(redis.call('HGET', people, person) or '', '^([^\n]*)\n(.*)$')
  redis.call('ZREM', online, person)
  redis.call('HDEL', people, person)
  if skeletons then
    for skeleton in string.gmatch(skeletons, '[^\t]+') do
      if redis.call('HGET', names, skeleton) == person then redis.call('HDEL', names, skeleton) end
    end
    left[#left + 1] = json
  end
end
if #left > 0 then
  local version = redis.call('HINCRBY', meta, 'people', 1)
  redis.call('PUBLISH', ARGV[1], '{"version":' .. version .. ',"left":[' .. table.concat(left, ',') .. ']}')
end
return {tonumber(redis.call('HGET', meta, 'people') or 0), missing}
