-- after: publish bars list versions
-- Let people enter a room, or change their name there; each only if the rules of the room allow it, and nobody else
-- online has a name that looks the same.
-- KEYS: 1 online (zset: person -> end of lease in ms; half a ms more: the person is leaving),
--       2 people (hash: person -> skeletons, newline, JSON), 3 names (hash: skeleton -> person),
--       4 roles (zset: moderator -> end of the role's lease in ms), 5 meta (hash), 6 rules (hash), 7 barred (hash) and
--       8 acts (stream) as in moderate.lua, 9 newcomers (hash: part of an address -> new people from there), then for
--       each: the person's addresses (a space before them: too many new people came from there), when they may post in
--       slow mode, the address whose mute applies to them
-- ARGV: 1 signal channel as in publish.lua, 2 lease in ms, 3 s that the keys are kept, 4 s that the rules are kept (0:
--       for ever), 5 s that an address is remembered, 6 1: enter, 0: only answer, then for each 7: person's id, JSON of
--       the person, the name's skeletons with a tab between them, then
--       authority: generation of a moderator's link, * for one that the node has verified, - for a former one, or ''
--       address: as moderate.lua bars it, or ''
--       proof: the room's password as stored in the rules, if the person knows it
--       1 for somebody who has been in the room all the time, even if the lease is lost; else 0
-- Returns for each {'in', role, 1 if the authority given is valid, else 0, ms that the person is muted (0: for good,
-- -1: not at all)}, {'taken', id of the name's holder}, {'named', the name that a muted person keeps, as in JSON},
-- {'barred', ms (0: for good)}, {'locked'} or {'password', the one in the rules}.
local online, people, names, roles, meta, rules, barred, acts, newcomers = unpack(KEYS)
local PARTS = 7
local keys_kept, rules_kept, remembered, is_trial = ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '0'
local ADDRESSES = 4  -- the last ones of a person
local NEWCOMERS = 100  -- of an address
local BRIEF = 3600  -- s that addresses of more newcomers are remembered: a flood mustn't fill Redis
local FORGOTTEN = '—'  -- the name in the bars of somebody whom the operator has forgotten
local lease = now + ARGV[2]
local found, is_hash = fields(rules, 'version', 'generation', 'locked', 'password', 'slow', 'bars')
local is_ruled, generation, is_locked, password = found[1] or not is_hash, found[2], found[3], found[4]
local slow, bars = whole(found[5], SLOW_MAX) or 0, bars_in(found[6], is_hash)

-- Another person online whose name has one of these skeletons.
local function holder(person, skeletons)
  for skeleton in string.gmatch(skeletons, '[^\t]+') do
    local other = redis.call('HGET', names, skeleton)
    local until_ = other and other ~= person and redis.call('ZSCORE', online, other)
    if until_ and tonumber(until_) > now then return other end
  end
end

-- As bar_of(), but a room without bars isn't looked up.
local function bar(kind, who)
  return bars > 0 and bar_of(barred, kind, who) or nil
end

-- The ms that the person, or the address from which they came, is muted; 0: for good; nil: not at all. Posts meet the
-- same rule in restrictions.lua.
local function mute_of(person, address)
  return bar('mute', person) or bar('address:mute', address or '')
end

-- The name under which a moderator muted the person, if the new one is another. A number may follow it in the new
-- name, since somebody else may have it by now.
local function kept_name(person, json)
  local mute = field(barred, 'mute:' .. person)
  if not bar_end(mute) then return nil end
  local kept, name = string.match(mute, '"name":"(.-)"},"act"'), string.match(json, '"name":"(.*)"}$')
  if not kept or kept == FORGOTTEN or kept == name then return nil end
  local base = string.match(name, '^(.+) %d+$')
  return (not base or string.sub(kept, 1, #base) ~= base) and kept or nil
end

-- Mute somebody who comes from a muted address, for as long as that is.
local function take_over_mute(came_from, address)
  local left = bar('address:mute', address)
  if left then redis.call('SET', came_from, address, 'PX', math.max(1, left)) end
end

-- Why somebody who isn't a moderator may not enter; nil if they may.
local function refusal(person, address, proof)
  local removed = bar('remove', person)
  if removed then return {'barred', removed} end
  if address == nil then return nil end  -- is in the room already
  removed = bar('address:remove', address)
  if removed then return {'barred', removed} end
  if is_locked then return {'locked'} end
  if password and proof ~= password then return {'password', password} end
end

local function wait_in_slow_mode(next_post)
  if slow > 0 then redis.call('SET', next_post, now + slow * 1000, 'PX', slow * 1000) end
end

-- Count a new person from this address; whether there are more than are remembered for long. A few bits of the
-- address are enough to count by, and don't reveal where anybody came from.
local function is_one_too_many(address)
  local part = string.sub(address, 1, 3)
  local count = write('HINCRBY', newcomers, part, 1)
  if count == 1 then redis.call('EXPIRE', newcomers, remembered, 'NX') end
  return count > NEWCOMERS
end

local function remember_address(key, address)
  local listed = write('SET', key, address, 'EX', remembered, 'GET')
  if listed == address then return end
  local is_brief = listed and string.sub(listed, 1, 1) == ' ' or not listed and is_one_too_many(address)
  local kept, count = address, 1
  for other in string.gmatch(listed or '', '%S+') do
    if other ~= address and count < ADDRESSES then kept, count = kept .. ' ' .. other, count + 1 end
  end
  if not listed and not is_brief then return end
  redis.call('SET', key, (is_brief and ' ' or '') .. kept, 'EX', is_brief and BRIEF or remembered)
end

local joined, renamed = {}, {}

local function enter(person, json, skeletons, before)
  local listed = skeletons .. '\n' .. json
  if before ~= listed then
    if before then free_names(names, person, before) end
    redis.call('HSET', people, person, listed)
    local list = before and renamed or joined
    list[#list + 1] = json
  end
  for skeleton in string.gmatch(skeletons, '[^\t]+') do redis.call('HSET', names, skeleton, person) end
  redis.call('ZADD', online, lease, person)
end

-- Whether it makes somebody a moderator.
local function is_valid(authority) return authority == '*' or authority ~= '' and authority == generation end

local function answer(keys, person, json, skeletons, authority, address, proof, was_inside)
  local addresses, next_post, came_from = unpack(keys)
  local before = redis.call('HGET', people, person)
  local until_ = before and redis.call('ZSCORE', online, person)
  local is_here = until_ and tonumber(until_) > now
  -- If their lease is ending (half a ms), the last node with an authority of theirs may be gone.
  local was_moderator = is_here and tonumber(until_) % 1 == 0 and is_moderator(before)
  local has_role = is_valid(authority) or authority ~= '-' and was_moderator  -- moderators are exempt from the rules
  local is_bound = is_ruled and not has_role
  local is_new = not is_here and was_inside ~= '1'
  local why = is_bound and refusal(person, is_new and address or nil, proof)
  if why then return why end
  local kept = bars > 0 and not has_role and was_inside ~= '1' and kept_name(person, json)
  if kept then return {'named', kept} end
  local other = holder(person, skeletons)
  if other then return {'taken', other} end
  if is_bound and is_new and not is_trial then
    take_over_mute(came_from, address)
    wait_in_slow_mode(next_post)
  end
  local muted = mute_of(person, is_trial and is_new and address or bars > 0 and get(came_from))
  if has_role then json = string.sub(json, 1, -2) .. MODERATOR .. '}' end
  if not is_trial then
    if address ~= '' then remember_address(addresses, address) end
    enter(person, json, skeletons, before)
    if is_valid(authority) then redis.call('ZADD', roles, lease, person) end
  end
  return {'in', has_role and 'moderator' or '', is_valid(authority) and 1 or 0, not has_role and muted or -1}
end

-- Any failure must come before the first write: somebody would be listed of whom nobody was told.
local function check_keys()
  redis.call('ZCARD', online)
  for _, key in ipairs({people, names, meta}) do redis.call('HLEN', key) end
  for i = 10, #ARGV, PARTS do
    if is_valid(ARGV[i]) then redis.call('ZCARD', roles) end
  end
end

if not is_trial then check_keys() end
local answers = {}
for i = 7, #ARGV, PARTS do
  local key = 10 + 3 * #answers
  answers[#answers + 1] = answer({unpack(KEYS, key, key + 2)}, unpack(ARGV, i, i + PARTS - 1))
end
if is_trial then return answers end
for i = 1, 4 do redis.call('EXPIRE', KEYS[i], keys_kept) end
for i = 6, is_ruled and rules_kept ~= '0' and 8 or 5 do redis.call('EXPIRE', KEYS[i], rules_kept) end
if #joined + #renamed > 0 then
  local version = next_list_version(meta)
  publish('{"version":' .. version .. ',"joined":[' .. table.concat(joined, ',')
    .. '],"renamed":[' .. table.concat(renamed, ',') .. ']}')
end
return answers
