-- after: now publish list versions
-- Renew leases, and the names and roles that belong to them; end those that have run out, and tell all nodes.
-- KEYS: 1 online (zset; half a ms more than the end of the lease: the person is leaving), 2 people (hash),
--       3 names (hash), 4 roles (zset: a role lasts as long as some node has a session with an authority),
--       5 meta (hash)
-- ARGV: 1 signal channel as in publish.lua, 2 lease in ms, 3 s that the keys are kept, 4 when this node last called it
--       (0: never), 5 how many of the people are moderators by an authority of this node, 6.. ids of people whose lease
--       is to be renewed, those moderators first
-- Returns {now in ms, version of the list, number of leases, ids among those given that must enter again: they have no
-- lease, no name or no role any more, or are moderators who were leaving, perhaps by an authority of another node}.
local online, people, names, roles, meta = unpack(KEYS)
local FIRST = 6  -- the first argument that is a person
local duration, kept, mine, authorized = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local lease = now + duration

-- Any failure must come before the first write: `looked` would say that leases were renewed. Names and roles that can't
-- be read don't keep leases from being renewed: names are read after that, and roles make way.
redis.call('ZCARD', online)
redis.call('HLEN', people)
make_way(roles, 'ZCARD')

-- If no node has called this for half a lease (`looked`), Redis was unreachable and no lease could be renewed; if the
-- clock was put back, leases end in a far future. So all leases that were valid at the last call begin anew: a person
-- whose node is gone, too, is removed when that lease ends. Leases of people who were leaving aren't kept. A node
-- that never called it before can't tell an absence of Redis from one of all nodes: it changes nothing until an older
-- node calls, or none has for half a lease (`unsure`: when the first of such nodes called).
local looked = whole(redis.call('HGET', meta, 'looked')) or 0
local went_back, was_away = now < looked, now - looked > duration / 2
local unsure = was_away and whole(redis.call('HGET', meta, 'unsure')) or 0
local is_new = was_away and looked > 0 and (mine == 0 or unsure > looked and mine >= unsure)
local is_over = is_new and unsure > looked and now - unsure > duration / 2
if is_new and unsure <= looked then redis.call('HSET', meta, 'unsure', now) end
if went_back or was_away and not is_new then
  for _, key in ipairs({online, roles}) do
    local leases = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
    for i = 1, #leases, 2 do
      local until_ = tonumber(leases[i + 1])
      local is_leaving = until_ % 1 > 0
      if went_back and is_leaving then redis.call('ZADD', key, now, leases[i]) end
      if not is_leaving and (went_back or until_ > looked) then redis.call('ZADD', key, lease, leases[i]) end
    end
  end
end
if went_back or is_over or not is_new and now - looked > duration / 8 then
  redis.call('HSET', meta, 'looked', now)
  for i = 1, 4 do redis.call('EXPIRE', KEYS[i], kept) end
end

-- All at once: a call for each person would hold up Redis for five times as long.
local missing, renewals, claims, claimants = {}, {}, {}, {}
if #ARGV >= FIRST then
  for i, listed in ipairs(redis.call('HMGET', people, unpack(ARGV, FIRST))) do
    local person, is_authorized = ARGV[i + FIRST - 1], i <= authorized
    local has_role = is_moderator(listed)
    local until_ = has_role and redis.call('ZSCORE', online, person)
    local is_leaving = until_ and tonumber(until_) % 1 > 0
    local is_whole = listed and string.find(listed, '\n{', 1, true)
    if is_whole and not is_leaving and (has_role or not is_authorized) then
      if is_authorized then
        redis.call('ZADD', roles, lease, person)
      elseif has_role then
        redis.call('ZADD', roles, 'NX', lease, person)  -- Redis has lost it: it lasts one lease, unless renewed
      end
      renewals[#renewals + 1] = lease
      renewals[#renewals + 1] = person
      for skeleton in skeletons_of(listed) do
        claims[#claims + 1] = skeleton
        claimants[#claimants + 1] = person
      end
    else
      missing[#missing + 1] = person
    end
  end
end
if #renewals > 0 then redis.call('ZADD', online, unpack(renewals)) end

-- A person keeps their name as long as they are online, even if Redis has lost it. If somebody else has it by now, it
-- stays theirs.
for first = 1, #claims, UNPACK_MAX do
  local last = math.min(first + UNPACK_MAX - 1, #claims)
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

local function ended(key)
  return is_new and not is_over and {} or redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, 1000)
end

-- Any failure must come before the first write: somebody would go of whom nobody was told.
local leaving, former = ended(online), ended(roles)
if #leaving > 0 then redis.call('HLEN', names) end
local left, demoted = {}, {}
for _, person in ipairs(leaving) do
  left[#left + 1] = take_off(online, people, names, person)
end
for _, person in ipairs(former) do
  redis.call('ZREM', roles, person)
  local listed, count = string.gsub(redis.call('HGET', people, person) or '', MODERATOR .. '}$', '}')
  if count > 0 then
    redis.call('HSET', people, person, listed)
    demoted[#demoted + 1] = json_of(listed)
  end
end
if #left + #demoted > 0 then
  local version = next_list_version(meta)
  publish('{"version":' .. version .. ',"left":[' .. table.concat(left, ',')
    .. '],"renamed":[' .. table.concat(demoted, ',') .. ']}')
end
return {now, whole(redis.call('HGET', meta, 'people')) or 0, redis.call('ZCARD', online), missing}
