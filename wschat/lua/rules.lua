-- The rules of a room as they are now, and which of these people are removed or muted.
-- KEYS: 1 rules (hash), 2 barred (hash), 3 meta (hash)
-- ARGV: ids of people
-- Returns {version, slow, read_only, locked, is there a password, topic, generation of the moderators' links,
-- {for each removed or muted person: remove or mute, id, ms that it lasts (0: for good)}}.
local rules, barred, meta = unpack(KEYS)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local version, slow, read_only, locked, password, topic, generation =
  unpack(redis.call('HMGET', rules, 'version', 'slow', 'read_only', 'locked', 'password', 'topic', 'generation'))

local bars = {}
local function look(kind, first, last)
  local names = {}
  for i = first, last do names[#names + 1] = kind .. ':' .. ARGV[i] end
  for i, value in ipairs(redis.call('HMGET', barred, unpack(names))) do
    local ends = value and tonumber(string.match(value, '^%d+'))
    if ends and (ends == 0 or ends > now) then
      bars[#bars + 1] = {kind, ARGV[first + i - 1], math.max(0, ends - now)}
    end
  end
end

-- Whoever came from an address that is muted (enter.lua).
local function look_at_addresses(first, last)
  local keys, names = {}, {}
  for i = first, last do keys[#keys + 1] = string.gsub(rules, 'rules$', 'muted:') .. ARGV[i] end
  for i, address in ipairs(redis.call('MGET', unpack(keys))) do names[i] = 'address:mute:' .. (address or '') end
  for i, value in ipairs(redis.call('HMGET', barred, unpack(names))) do
    if value and tonumber(value) > now then bars[#bars + 1] = {'mute', ARGV[first + i - 1], tonumber(value) - now} end
  end
end

if version then
  for first = 1, #ARGV, 1000 do
    local last = math.min(first + 999, #ARGV)
    look_at_addresses(first, last)
    look('remove', first, last)
    look('mute', first, last)
  end
  -- What meta says of them is what posts go by and what nodes poll.
  if redis.call('HGET', meta, 'rules') ~= version then redis.pcall('HSET', meta, 'rules', version) end
elseif redis.call('HGET', meta, 'rules') then
  redis.pcall('HDEL', meta, 'rules')  -- the rules are gone: the room was forgotten
end
return {version or 0, slow or 0, read_only or 0, locked or 0, password and 1 or 0, topic or '', generation or '', bars}
