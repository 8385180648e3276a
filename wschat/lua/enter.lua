-- People enter a room, or change their name there; each only if nobody else who is online looks the same.
-- KEYS: 1 online (zset: person -> end of lease in ms), 2 people (hash: person -> skeleton, newline, JSON),
--       3 names (hash: skeleton -> person), 4 meta (hash)
-- ARGV: 1 signal channel, 2 lease in ms, then for each: person's id, JSON of the person, name's skeleton
-- Returns for each '' or, where the name is taken, the id of who has it.
local online, people, names, meta = unpack(KEYS)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lease = now + ARGV[2]

local joined, renamed, answers = {}, {}, {}
for i = 3, #ARGV, 3 do
  local person, json, skeleton = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local holder = redis.call('HGET', names, skeleton)
  local until_ = holder and redis.call('ZSCORE', online, holder)
  if holder and holder ~= person and until_ and tonumber(until_) > now then
    answers[#answers + 1] = holder
  else
    local before = redis.call('HGET', people, person)
    local entry = skeleton .. '\n' .. json
    if before ~= entry then
      local old = before and string.match(before, '^[^\n]*')
      if old and old ~= skeleton then redis.call('HDEL', names, old) end
      redis.call('HSET', people, person, entry)
      local list = before and renamed or joined
      list[#list + 1] = json
    end
    redis.call('HSET', names, skeleton, person)
    redis.call('ZADD', online, lease, person)
    answers[#answers + 1] = ''
  end
end
if #joined + #renamed > 0 then
  local version = redis.call('HINCRBY', meta, 'people', 1)
  redis.call('PUBLISH', ARGV[1], '{"version":' .. version .. ',"joined":[' .. table.concat(joined, ',')
    .. '],"renamed":[' .. table.concat(renamed, ',') .. ']}')
end
return answers
