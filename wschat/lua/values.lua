-- Shared: goes before scripts that read what anybody may have written into Redis. A key of another type, and a value
-- that can't be right, count as none.
local SLOW_MAX = 86400  -- s

-- The value of a string, or nil for anything else that may stand there.
local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or nil
end

-- The value of a field, or nil.
local function field(key, name)
  local value = redis.pcall('HGET', key, name)
  return type(value) == 'string' and value or nil
end

-- The values of some fields, and whether the key is a hash, or none.
local function fields(key, ...)
  local found = redis.pcall('HMGET', key, ...)
  if found.err then return {}, false end
  return found, true
end

-- A whole number of up to 15 digits, `most` where it is more; nil for anything else.
local function whole(text, most)
  local number = text and #text < 16 and string.match(text, '^%d+$') and tonumber(text)
  return number and math.min(number, most or number) or nil
end

-- The end of a bar in ms, 0: it is for good; nil where it is over, or none.
local function bar_end(value, now)
  local ends = type(value) == 'string' and whole(string.match(value, '^%d+'))
  return ends and (ends == 0 or ends > now) and ends or nil
end

-- How many bars the rules say there are, 0: it isn't worth looking. Where they can't say, it is.
local function bars_in(text, is_hash)
  return whole(text) or (text or not is_hash) and 1 or 0
end

-- A key of another type makes way for a hash ('HLEN') or a stream ('XRANGE').
local function make_way(key, reading)
  local found = reading == 'HLEN' and redis.pcall('HLEN', key) or redis.pcall('XRANGE', key, '-', '+', 'COUNT', 1)
  if type(found) == 'table' and found.err and string.find(found.err, 'WRONGTYPE', 1, true) then
    redis.call('DEL', key)
  end
end

-- What meta says of a room that a moderator ever did anything in: the version of its rules; nil where nobody did.
-- Broken rules, and bars without rules, have one that isn't right, so that somebody looks.
local function moderated(room)
  local is_there = redis.call('EXISTS', room .. ':rules', room .. ':barred') > 0
  return is_there and (field(room .. ':rules', 'version') or '?') or nil
end

-- Count a change of the list of people, from the beginning where meta has no number that it could be: nodes whose list
-- is newer read it again.
local function next_list_version(meta)
  local version = redis.pcall('HINCRBY', meta, 'people', 1)
  if type(version) == 'number' then return version end
  redis.call('HSET', meta, 'people', 1)
  return 1
end

-- Count a change of the rules, also in meta, by which posts and nodes go.
local function next_version(rules, meta)
  local known = whole(field(rules, 'version')) or whole(field(meta, 'rules')) or 0
  local version = string.format('%.0f', known + 1)
  redis.call('HSET', rules, 'version', version)
  redis.call('HSET', meta, 'rules', version)
  return version
end
