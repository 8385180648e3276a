-- Shared by post.lua and amend.lua, after numbering.lua: what the rules of the room keep a person from. A room that
-- nobody ever moderated has no `rules` in its meta: then nothing is read here.
local room = string.match(log, '^(.*):log$')
local rules = is_ruled and redis.pcall('HMGET', room .. ':rules', 'slow', 'read_only', 'bars') or {}
local slow, is_read_only, bars = tonumber(rules[1] or 0) or 0, rules[2], tonumber(rules[3] or 0) or 0
local is_restricted = slow > 0 or is_read_only or bars > 0
local OPERATOR = 'operator'  -- nobody's token is for this id

-- Ms that a bar lasts, 0: for good; nil where there is none.
local function bar(kind, person)
  local value = redis.pcall('HGET', room .. ':barred', kind .. ':' .. person)
  local ends = type(value) == 'string' and tonumber(string.match(value, '^%d+'))
  if ends and ends > now then return ends - now end
  return ends == 0 and 0 or nil
end

-- The same for a mute, which also goes with the address from which the person came (enter.lua).
local function mute(person)
  local own = bar('mute', person)
  if own then return own end
  local address = get(room .. ':muted:' .. person)
  return address and bar('address:mute', address)
end

local function is_moderator(person)
  local entry = redis.pcall('HGET', room .. ':people', person)
  return person == OPERATOR or type(entry) == 'string' and string.find(entry, '"role":"moderator"', 1, true)
end

-- Why the person may not post, edit or react: 'barred:<ms>', 'muted:<ms>' or 'read_only:0'; nil where they may.
local function restriction(person)
  if is_moderator(person) then return nil end
  local removed, muted
  if bars > 0 then removed, muted = bar('remove', person), mute(person) end
  return removed and 'barred:' .. removed or muted and 'muted:' .. muted or is_read_only and 'read_only:0' or nil
end

-- The same for posts: 'slow:<ms>' where slow mode is on, and the person's last post is too recent.
local function post_restriction(person)
  local why = restriction(person)
  if why or slow == 0 then return why end
  local left = moment(get(room .. ':slow:' .. person), slow * 1000) - now
  return left > 0 and not is_moderator(person) and 'slow:' .. left or nil
end

local function count_in_slow_mode(person)
  if slow > 0 then redis.call('SET', room .. ':slow:' .. person, now + slow * 1000, 'PX', slow * 1000) end
end
