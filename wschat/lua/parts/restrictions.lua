-- after: numbering bars
-- Shared by post.lua and amend.lua: restrictions, which the rules of the room put on a person.
-- A room that was never moderated has no `rules` in its meta: then nothing is read here.
-- Gives: is_restricted, restriction(), post_restriction(), count_in_slow_mode().
local slow, is_read_only, bars = 0, false, 0
if is_ruled then
  local found, is_hash = fields(room .. ':rules', 'slow', 'read_only', 'bars')
  slow, is_read_only, bars = whole(found[1], SLOW_MAX) or 0, found[2], bars_in(found[3], is_hash)
end
local is_restricted = slow > 0 or is_read_only or bars > 0
local OPERATOR = 'operator'  -- nobody's token is for this id

-- The ms that a mute lasts, 0: for good; nil if there is none. It may be that of the address from which the person
-- came (enter.lua, whose mute_of() has the same rule, as has look() in rules.lua).
local function mute_of(person)
  local barred = room .. ':barred'
  return bar_of(barred, 'mute', person) or bar_of(barred, 'address:mute', get(room .. ':muted:' .. person) or '')
end

local function is_exempt(person)
  return person == OPERATOR or is_moderator(field(room .. ':people', person))
end

-- Why the person may not post, edit or react: 'barred:<ms>', 'muted:<ms>' or 'read_only:0'; nil if they may.
local function restriction(person)
  if is_exempt(person) then return nil end
  local removed, muted
  if bars > 0 then removed, muted = bar_of(room .. ':barred', 'remove', person), mute_of(person) end
  return removed and 'barred:' .. removed or muted and 'muted:' .. muted or is_read_only and 'read_only:0' or nil
end

-- Why the person may not post: as restriction(), or 'slow:<ms>' if slow mode is on and their last post is too recent.
local function post_restriction(person)
  local why = restriction(person)
  if why or slow == 0 then return why end
  local left = moment(get(room .. ':slow:' .. person), slow * 1000) - now
  return left > 0 and not is_exempt(person) and 'slow:' .. left or nil
end

local function count_in_slow_mode(person)
  if slow > 0 then redis.call('SET', room .. ':slow:' .. person, now + slow * 1000, 'PX', slow * 1000) end
end
