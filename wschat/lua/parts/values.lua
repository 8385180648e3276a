-- Shared: reads values that anybody may have written into Redis. A key of another type, and a value that can't be
-- right, count as missing.
-- Gives: SLOW_MAX, UNPACK_MAX, MODERATOR, ACTS, get(), field(), fields(), whole(), make_way(), write(), add_act(),
-- moderated(), is_moderator().
local SLOW_MAX = 86400  -- s
local UNPACK_MAX = 1000  -- values that unpack() gives to one call: Lua can't pass more than 8,000
local MODERATOR = ',"role":"moderator"'  -- the last of a moderator's JSON
local ACTS = 100  -- acts of moderators that a room keeps

-- The value of a string; nil for a missing key, or one of another type.
local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or nil
end

-- The value of a field of a hash, or nil.
local function field(key, name)
  local value = redis.pcall('HGET', key, name)
  return type(value) == 'string' and value or nil
end

-- The values of some fields, and whether the key is a hash, or missing.
local function fields(key, ...)
  local found = redis.pcall('HMGET', key, ...)
  if found.err then return {}, false end
  return found, true
end

-- A whole number of up to 15 digits, at most `most`; nil for anything else.
local function whole(text, most)
  local number = text and #text < 16 and string.match(text, '^%d+$') and tonumber(text)
  return number and math.min(number, most or number) or nil
end

-- Whether a command failed because of what another program wrote: a key of another type, or a value that can't be
-- right. Only such a key makes way. A Redis that is full, or stores nothing for another reason, must not seem to have
-- one: after a script's first write, which a DEL is, Redis refuses it nothing any more.
local function is_foreign(reply)
  local problem = type(reply) == 'table' and reply.err or ''
  for _, words in ipairs({'WRONGTYPE', 'is not an integer', 'would overflow', 'exhausted the last possible ID'}) do
    if string.find(problem, words, 1, true) then return true end
  end
  return false
end

-- Delete a key if it isn't of the type that a command reads, to make way for one.
local function make_way(key, reading, ...)
  if is_foreign(redis.pcall(reading, key, ...)) then redis.call('DEL', key) end
end

-- Do a command that writes to a key; what another program wrote there makes way. Any other failure is raised.
local function write(command, key, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if is_foreign(reply) then redis.call('DEL', key) end
  return redis.call(command, key, ...)
end

-- Add the JSON of a moderator's act to the last ones. If the key is of another type, or has an entry with the highest
-- number that there is, it makes way: the act is done, and mustn't fail then.
local function add_act(acts, json) pcall(write, 'XADD', acts, 'MAXLEN', ACTS, '*', 'a', json) end

-- The value of `rules` in the meta of a room that was ever moderated: the version of its rules; nil if it never was.
-- Broken rules, and bars without rules, have an invalid version, so that nodes read them.
local function moderated(room)
  local is_there = redis.call('EXISTS', room .. ':rules', room .. ':barred') > 0
  return is_there and (field(room .. ':rules', 'version') or '?') or nil
end

-- Whether a person is a moderator. `listed`: their entry in the list of people.
local function is_moderator(listed)
  return listed and string.find(listed, MODERATOR, 1, true) ~= nil
end
