-- after: bars
-- Read the rules of a room, and which of these people are removed or muted; a moderator isn't, even if there is a bar
-- from before.
-- KEYS: 1 rules (hash), 2 barred (hash), 3 meta (hash)
-- ARGV: 1 s that the room is kept (0: for ever), 2.. ids of people
-- Returns {version, slow, read_only, locked, 1: there is a password, topic, generation of the moderators' links,
-- {for each removed or muted person: remove or mute, id, ms that it lasts (0: for good)}}.
local rules, barred, meta = unpack(KEYS)
local found, is_hash =
  fields(rules, 'version', 'slow', 'read_only', 'locked', 'password', 'topic', 'generation', 'bars')
local version = whole(found[1])

-- Begin a version for rules without a valid one. If the rules are lost while people are barred, the bars stay: posts
-- and nodes must know that they have to look.
local function begin_anew()
  local bars = redis.pcall('HLEN', barred)
  if type(bars) ~= 'number' then bars = 0 end
  if is_hash and not found[1] and bars == 0 then return nil end  -- the room was never moderated
  make_way(rules, 'HLEN')
  local next = (whole(field(meta, 'rules')) or 0) + 1
  local stored = redis.pcall('HSET', rules, 'version', string.format('%.0f', next))
  if type(stored) ~= 'number' then return nil end
  if not is_hash or not found[1] then
    found, is_hash = {[8] = tostring(bars)}, true
    redis.pcall('HSET', rules, 'bars', bars)
  end
  if ARGV[1] ~= '0' then redis.pcall('EXPIRE', rules, ARGV[1]) end
  return next
end

version = version or begin_anew()

local muted_with = string.gsub(rules, 'rules$', 'muted:')
local people = string.gsub(rules, 'rules$', 'people')
local bars = {}
local function add(kind, person, value)
  local left = bar_left(value)
  if left and not is_moderator(field(people, person)) then bars[#bars + 1] = {kind, person, left} end
end

-- As bar_of() in bars.lua and mute_of() in restrictions.lua, but for many people with one call: a mute of the person
-- comes after that of their address, so that the node keeps their own.
local function look(first, last)
  local names = {}
  for i = first, last do
    local person = ARGV[i]
    names[#names + 1] = 'address:mute:' .. (get(muted_with .. person) or '')
    names[#names + 1] = 'remove:' .. person
    names[#names + 1] = 'mute:' .. person
  end
  local values = fields(barred, unpack(names))
  for i = first, last do
    local at = 3 * (i - first)
    add('mute', ARGV[i], values[at + 1])
    add('remove', ARGV[i], values[at + 2])
    add('mute', ARGV[i], values[at + 3])
  end
end

if version and bars_in(found[8], is_hash) > 0 then
  for first = 2, #ARGV, UNPACK_MAX do look(first, math.min(first + UNPACK_MAX - 1, #ARGV)) end
end
-- Update the version in meta, by which posts go and which nodes poll.
local known = field(meta, 'rules')
if version and whole(known) ~= version then
  redis.pcall('HSET', meta, 'rules', string.format('%.0f', version))
elseif not version and known then
  redis.pcall('HDEL', meta, 'rules')  -- the rules are gone: the room was forgotten
end
return {version or 0, whole(found[2], SLOW_MAX) or 0, found[3] or 0, found[4] or 0, found[5] and 1 or 0, found[6] or '',
  found[7] or '', bars}
