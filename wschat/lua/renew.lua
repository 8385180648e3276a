-- Keep leases and the names that go with them; let go of those that have run out, and say so to all nodes.
-- KEYS: 1 online (zset; half a ms more than the end of the lease: the person is leaving), 2 people (hash),
--       3 names (hash), 4 meta (hash)
-- ARGV: 1 signal channel as in publish.lua, 2 lease in ms, 3 s that the keys are kept, 4 when this node last looked
--       (0: never), 5.. ids of people whose lease is to be kept
-- Returns {now in ms, version of the list, number of leases, ids among those given that must enter again: they have no
-- lease or no name any more, or are moderators who were leaving, by an authority of another node perhaps}.
local online, people, names, meta = unpack(KEYS)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = now + ARGV[2]

-- Where nobody has looked for half a lease, Redis was away and nobody could renew one; where the clock was put back, they
-- end in a far future. So those begin anew that held when somebody last looked: a person whose node is gone too is
-- removed when that lease ends. People who were leaving aren't kept, and a node that never looked can't tell an absence
-- of Redis from one of all nodes: it changes nothing until an older node looks, or none has for half a lease (`unsure`).
local looked = tonumber(redis.call('HGET', meta, 'looked') or 0) or 0
local went_back, was_away = now < looked, now - looked > ARGV[2] / 2
local mine = tonumber(ARGV[4])
local is_new = was_away and looked > 0 and (mine == 0 or mine > looked)
local unsure = is_new and tonumber(redis.call('HGET', meta, 'unsure') or 0) or 0
local is_over = is_new and unsure > looked and now - unsure > ARGV[2] / 2
if is_new and unsure <= looked then redis.call('HSET', meta, 'unsure', now) end
if went_back or was_away and not is_new then
  local leases = redis.call('ZRANGE', online, 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do
    local until_ = tonumber(leases[i + 1])
    local is_leaving = until_ % 1 > 0
    if went_back and is_leaving then redis.call('ZADD', online, now, leases[i]) end
    if not is_leaving and (went_back or until_ > looked) then redis.call('ZADD', online, lease, leases[i]) end
  end
end
if went_back or is_over or not is_new and now - looked > ARGV[2] / 8 then
  redis.call('HSET', meta, 'looked', now)
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[3]) end
end

-- All at once: a call each would hold up Redis for five times as long.
local missing, renewals, claims, claimants = {}, {}, {}, {}
if #ARGV > 4 then
  for i, entry in ipairs(redis.call('HMGET', people, unpack(ARGV, 5))) do
    local person = ARGV[i + 4]
    local is_moderator = entry and string.find(entry, ',"role":"moderator"', 1, true)
    local until_ = is_moderator and redis.call('ZSCORE', online, person)
    if entry and not (until_ and tonumber(until_) % 1 > 0) then
      renewals[#renewals + 1] = lease
      renewals[#renewals + 1] = person
      for skeleton in string.gmatch(string.match(entry, '^[^\n]*'), '[^\t]+') do
        claims[#claims + 1] = skeleton
        claimants[#claimants + 1] = person
      end
    else
      missing[#missing + 1] = person
    end
  end
end
if #renewals > 0 then redis.call('ZADD', online, unpack(renewals)) end

-- A name is held as long as its person is online, also when Redis has lost it. Where somebody else has it by now, theirs
-- it stays.
for first = 1, #claims, 1000 do
  local last = math.min(first + 999, #claims)
  for i, holder in ipairs(redis.call('HMGET', names, unpack(claims, first, last))) do
    local person = claimants[first + i - 1]
    if holder ~= person then
      local until_ = holder and redis.call('ZSCORE', online, holder)
      if until_ and tonumber(until_) > now then
        missing[#missing + 1] = person
      else
        redis.call('HSET', names, claims[first + i - 1], person)
      end
    end
  end
end

local left = {}
for _, person in ipairs(is_new and not is_over and {} or redis.call('ZRANGEBYSCORE', online, '-inf', now, 'LIMIT', 0, 1000)) do
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
  publish('{"version":' .. version .. ',"left":[' .. table.concat(left, ',') .. ']}')
end
return {now, tonumber(redis.call('HGET', meta, 'people') or 0) or 0, redis.call('ZCARD', online), missing}
