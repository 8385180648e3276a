-- after: publish pace settle list versions
-- Check, do, record and publish an act of a moderator, in one step.
-- KEYS: 1 rules (hash), 2 barred (hash, as bars.lua has it), 3 acts (stream of JSON), 4 meta (hash), 5-7 online, people
--       and names as in enter.lua, 8 the moderator's pace
-- ARGV: 1 signal channel as in publish.lua, 2 s that the room is kept (0: for ever), 3 ms that an address is barred at
--       most, 4 generation of the moderator's link (*: the node has verified it), 5 JSON of the moderator, 6 time,
--       7 ms between two acts (0: no limit), 8 ms that they may be ahead of that, 9 act, then for
--       mute, remove: 10 person, 11 JSON of the person ('': must be online), 12 seconds (0: for good), then from an
--       operator 13 the address to bar ('': those remembered for the person), 14 the reason as JSON ('': none)
--       erase: 10 person, 11 JSON of the person ('': there is nothing to erase), 12 seconds (0: everything)
--       let_in: 10 person; slow, read_only, locked, password, topic: 10 the value, '' for none; clear, cleared, barred:
--         nothing
-- Returns {'done'}, for barred {'done', {{ms left, JSON}...}, {acts...}}, or why not: {'not_allowed'}, {'gone'},
-- {'too_many'}, {'wait', ms}.
local rules, barred, acts, meta, online, people, names, pace = unpack(KEYS)
local kept, address_max, generation, moderator, time = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6]
local interval, ahead, act = tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local subject, given_person, seconds, address, reason = unpack(ARGV, 10)
local BARS, REPEAT = 1000, 30000  -- ms in which a mute or removal of the same length again is a retry
local room = string.match(rules, '^(.*):rules$')

local function wait_between_acts() return wait(pace, interval, ahead) end

local function settle() return settle_bars(rules, barred, address_max) end

local function json_bool(field) return field and 'true' or 'false' end

-- Record and publish an act that has changed something, as its last step.
local function record(details, told)
  local version = next_version(rules, meta)
  local name = act == 'locked' and 'lock' or act
  add_act(acts, '{"act":"' .. name .. '","by":' .. moderator .. ',"time":"' .. time .. '"' .. details .. '}')
  if kept > 0 then
    for i = 1, 4 do redis.call('EXPIRE', KEYS[i], kept) end
  end
  local slow, read_only, locked, password, topic, links =
    unpack(redis.call('HMGET', rules, 'slow', 'read_only', 'locked', 'password', 'topic', 'generation'))
  publish('{"rules":{"version":' .. version .. ',"slow":' .. (whole(slow, SLOW_MAX) or 0)
    .. ',"read_only":' .. json_bool(read_only) .. ',"locked":' .. json_bool(locked)
    .. ',"password":' .. json_bool(password) .. ',"topic":' .. cjson.encode(topic or '')
    .. '},"generation":' .. cjson.encode(links or '') .. told .. '}')
  return {'done'}
end

-- Take a person who is removed off the list at once.
local function sign_off()
  local json = take_off(online, people, names, subject)
  if json then publish('{"version":' .. next_list_version(meta) .. ',"left":[' .. json .. ']}') end
end

local function bar()
  local field, length = act .. ':' .. subject, tonumber(seconds) * 1000
  local listed = redis.call('HGET', people, subject)
  local before = redis.call('HGET', barred, field)
  if is_moderator(listed) then return {'not_allowed'} end
  local last = length == 0 and 0 or now + length
  local ends, made, _, known = bar_parts(before)
  local why = (reason or '') ~= '' and ',"reason":' .. reason or ''
  if ends and (why == '' or string.find(known, why, 1, true)) then  -- with another reason it is another bar
    if ends == 0 and last == 0 then return {'done'} end
    if ends - made == length and now - made < REPEAT then return {'done'} end
  end
  local person = json_of(listed) or given_person ~= '' and given_person
    or known and string.match(known, '^{"person":({.-}),"act"')
  if not person then return {'gone'} end
  local _, count = settle()
  if count >= BARS and not ends then return {'too_many'} end
  local pause = wait_between_acts()
  if pause > 0 then return {'wait', pause} end
  local addresses = address or ''
  if addresses == '' then
    local remembered = string.match(get(room .. ':address:' .. subject) or '', '%S.*') or ''
    addresses = string.gsub(remembered, ' ', ',')
  end
  local json = '{"person":' .. person .. ',"act":"' .. act .. '","by":' .. moderator .. ',"time":"' .. time .. '"'
    .. why .. '}'
  redis.call('HSET', barred, field, string.format('%.0f %.0f %s %s', last, now, addresses, json))
  settle()
  local told = (act == 'remove' and ',"removed":{"' or ',"muted":{"') .. subject .. '":' .. seconds .. '}'
  local done = record(',"person":' .. person .. ',"seconds":' .. seconds .. why, told)
  if act == 'remove' then sign_off() end
  return done
end

-- Free the people online who were muted with an address whose mute is over: JSON that tells them that they may write.
local function freed()
  local told = ''
  for _, person in ipairs(redis.call('ZRANGE', online, 0, -1)) do
    local address = person ~= subject and get(room .. ':muted:' .. person)
    if address and not field(barred, 'address:mute:' .. address) then
      redis.call('DEL', room .. ':muted:' .. person)
      told = told .. ',"' .. person .. '":null'
    end
  end
  return told
end

local function let_in()
  local known = {redis.call('HGET', barred, 'mute:' .. subject), redis.call('HGET', barred, 'remove:' .. subject)}
  local _, _, _, muted = bar_parts(known[1])
  local _, _, _, removed = bar_parts(known[2])
  local with_address = redis.call('DEL', room .. ':muted:' .. subject) == 1
  local person = json_of(redis.call('HGET', people, subject))
  person = string.match(removed or muted or '', '^{"person":({.-}),"act"') or person
  if not (muted or removed or with_address) or not person then return {'done'} end
  redis.call('HDEL', barred, 'mute:' .. subject, 'remove:' .. subject)
  settle()
  local told = ''
  if muted or with_address then told = ',"muted":{"' .. subject .. '":null' .. (muted and freed() or '') .. '}' end
  return record(',"person":' .. person, told)
end

-- Record an erasure. The node deletes the messages, one by one.
local function erase()
  if given_person == '' then return {'done'} end
  local pause = wait_between_acts()
  return pause > 0 and {'wait', pause} or record(',"person":' .. given_person .. ',"seconds":' .. seconds, '')
end

local function set(details)
  if (redis.call('HGET', rules, act) or '') == subject then return {'done'} end
  local pause = wait_between_acts()
  if pause > 0 then return {'wait', pause} end
  if subject == '' then redis.call('HDEL', rules, act) else redis.call('HSET', rules, act, subject) end
  return record(details, '')
end

local function list()
  local bars, listed, made = settle(), {}, {}
  for field, value in pairs(bars) do
    local ends, since, _, json = bar_parts(value)
    listed[#listed + 1] = {math.max(0, ends - now), json}
    made[listed[#listed]] = since
  end
  table.sort(listed, function(one, other) return made[one] > made[other] end)
  local recorded = {}
  for i, entry in ipairs(redis.call('XREVRANGE', acts, '+', '-', 'COUNT', ACTS)) do recorded[i] = entry[2][2] end
  return {'done', listed, recorded}
end

if generation ~= '*' and generation ~= (field(rules, 'generation') or '') then return {'not_allowed'} end
-- Any failure must come before the first write.
redis.call('HGET', meta, 'rules')
if act == 'mute' or act == 'remove' or act == 'let_in' then redis.call('HLEN', people) end
if act == 'remove' or act == 'let_in' then redis.call('ZCARD', online) end
if act == 'remove' then redis.call('HLEN', names) end
make_way(rules, 'HLEN')
make_way(barred, 'HLEN')
make_way(acts, 'XRANGE', '-', '+', 'COUNT', 1)
if act == 'barred' then return list() end
if act == 'mute' or act == 'remove' then return bar() end
if act == 'let_in' then return let_in() end
if act == 'erase' then return erase() end
if act == 'clear' then  -- the node clears the room, and then calls with `cleared`
  local pause = wait_between_acts()
  return pause > 0 and {'wait', pause} or {'done'}
end
if act == 'cleared' then
  act = 'clear'
  return record('', '')
end
if act == 'slow' then return set(',"seconds":' .. (subject == '' and '0' or subject)) end
return set(act == 'topic' and '' or ',"on":' .. tostring(subject ~= ''))
