-- People enter a room, or change their name there; each only if nobody else who is online looks the same.
-- KEYS: 1 online (zset: person -> end of lease in ms; half a ms more: the person is leaving),
--       2 people (hash: person -> skeletons, newline, JSON), 3 names (hash: skeleton -> person), 4 meta (hash)
-- ARGV: 1 signal channel as in publish.lua, 2 lease in ms, 3 s that the keys are kept, then for each: person's id,
--       JSON of the person, the name's skeletons with a tab between them
-- Returns for each '' or, where the name is taken, the id of its holder.
local online, people, names, meta = unpack(KEYS)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = now + ARGV[2]

-- Another person online whose name has one of these skeletons.
local function holder(person, skeletons)
  for skeleton in string.gmatch(skeletons, '[^\t]+') do
    local other = redis.call('HGET', names, skeleton)
    local until_ = other and other ~= person and redis.call('ZSCORE', online, other)
    if until_ and tonumber(until_) > now then return other end
  end
end

local joined, renamed, answers = {}, {}, {}
for i = 4, #ARGV, 3 do
  local person, json, skeletons = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local other = holder(person, skeletons)
  if other then
    answers[#answers + 1] = other
  else
    local before = redis.call('HGET', people, person)
    local entry = skeletons .. '\n' .. json
    if before ~= entry then
      for old in string.gmatch(before and string.match(before, '^[^\n]*') or '', '[^\t]+') do
        if redis.call('HGET', names, old) == person then redis.call('HDEL', names, old) end
      end
      redis.call('HSET', people, person, entry)
      local list = before and renamed or joined
      list[#list + 1] = json
    end
    for skeleton in string.gmatch(skeletons, '[^\t]+') do redis.call('HSET', names, skeleton, person) end
    redis.call('ZADD', online, lease, person)
    answers[#answers + 1] = ''
  end
end
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[3]) end
if #joined + #renamed > 0 then
  local version = redis.call('HINCRBY', meta, 'people', 1)
  publish('{"version":' .. version .. ',"joined":[' .. table.concat(joined, ',')
    .. '],"renamed":[' .. table.concat(renamed, ',') .. ']}')
end
return answers
