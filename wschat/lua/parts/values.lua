-- Shared: reads values that anybody may have written into Redis. A key of another type, and a value that can't be
-- right, count as missing.
-- Gives: SLOW_MAX, UNPACK_MAX, MODERATOR, ACTS, get(), field(), fields(), whole(), make_way(), add_act(), moderated(),
-- is_moderator().
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

-- Delete a key if it isn't a hash ('HLEN') or a stream ('XRANGE'), to make way for one.
local function make_way(key, reading)
  local found = reading == 'HLEN' and redis.pcall('HLEN', key) or redis.pcall('XRANGE', key, '-', '+', 'COUNT', 1)
  if type(found) == 'table' and found.err and string.find(found.err, 'WRONGTYPE', 1, true) then
    redis.call('DEL', key)
  end
end

-- Add the JSON of a moderator's act to the last ones, when the act is done: it mustn't fail then. If the key is of
-- another type, or has an entry with the highest number that there is, it makes way.
local function add_act(acts, json)
  local function add() return redis.pcall('XADD', acts, 'MAXLEN', ACTS, '*', 'a', json) end
  if type(add()) == 'table' then
    redis.call('DEL', acts)
    add()
  end
end

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
