-- after: losses pace
-- Shared by post.lua and amend.lua: the next number of a log, the message with a number, the room's pace, tidying.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now)
-- ARGV: 1 channel as in publish.lua, 2 how many entries the log keeps, 3 seconds that an id is remembered,
--       4 epoch to take if the log has none, 5 ms between two posts of a person (0: no limit),
--       6 ms that they may be ahead of that, 7 seconds that the room is kept after it (0: for ever),
--       8 ms between two posts in the room, 9 bytes that count as one post, 10 ms that the room may be ahead
-- A post or a change has a share of the room's pace, which it may use up: 1: all of it, 0: the pace is ignored.
-- Redis rolls nothing back when a script fails. So everything that can fail is read first, and the log is written
-- before anything else.
-- Code outside of functions runs before the script's first line: it reads meta, and decides on the epoch.
-- Gives: log, meta, amended, room, remember, interval, ahead, kept, epoch, seq, swept, is_new, is_ruled, from,
-- room_wait(), count_in_room(), append(), save_position(), present(), revision(), tidy().
local log, meta, amended = KEYS[1], KEYS[2], KEYS[3]
local room = string.sub(log, 1, -#':log' - 1)
local keep, remember, new_epoch = ARGV[2], ARGV[3], ARGV[4]
local interval, ahead, kept = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local room_interval, room_unit, room_ahead = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local SWEEP = 16  -- forms checked in each call: more than a call adds

-- `swept`: where the sweep of `amended` is; false if no message of the room was ever changed. `is_ruled`: false if
-- the room was never moderated.
local epoch, seq, swept, renewed, room_full, is_ruled, from, forms =
  unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'swept', 'renewed', 'pace', 'rules', 'from', 'forms'))
seq = number_in(seq)
local is_new = not seq or not is_epoch(epoch) or are_forms_lost(amended, forms)
if is_new then
  if last(log) >= NUMBERS then drop_foreign(log, kept) end
  epoch, seq = new_epoch, math.max(seq or 0, last(log))
  is_ruled = is_ruled or moderated(room)  -- meta may have been lost alone
end

room_full = moment(room_full, room_ahead)

local function room_cost(size) return room_interval * math.max(1, size / room_unit) end

-- The ms after which an entry of `size` bytes is within its share of the room's pace; 0: it is now.
local function room_wait(size, share)
  if interval == 0 or share <= 0 then return 0 end
  return math.max(0, math.ceil(room_full + room_cost(size) - now - room_ahead * share))
end

local function count_in_room(size, share)
  if interval > 0 and share > 0 then room_full = room_full + room_cost(size) end
end

local may_make_log = is_new or (whole(from) or 1) > seq

local function add(entry)
  if may_make_log then return redis.pcall('XADD', log, 'MAXLEN', '~', keep, seq + 1 .. '-0', 'm', entry) end
  return redis.pcall('XADD', log, 'NOMKSTREAM', 'MAXLEN', '~', keep, seq + 1 .. '-0', 'm', entry)
end

-- Append the next entry and return its beginning and the whole entry; save_position() must follow. If the log is
-- ahead of meta, a new epoch begins after its end; if it is lost (false), the numbers continue in a new epoch.
local function append(kind, rest)
  local head = '{"type":"' .. kind .. '","seq":' .. seq + 1 .. ',"epoch":"' .. epoch .. '",'
  local stored = add(head .. rest)
  if type(stored) == 'string' then
    seq, may_make_log = seq + 1, true
    return head, head .. rest
  end
  if stored and last(log) >= NUMBERS then
    drop_foreign(log, kept)
    return append(kind, rest)
  end
  if stored and (is_new or last(log) <= seq) then return nil, stored end
  is_new, may_make_log, epoch, seq = true, true, new_epoch, math.max(seq, last(log))
  return append(kind, rest)
end

-- Write the log's position into meta, once for all entries of a call.
local function save_position()
  if is_new then
    redis.call('HSET', meta, 'epoch', epoch)
    count_forms(amended, meta)
  end
  if is_new and is_ruled then redis.call('HSET', meta, 'rules', is_ruled) end
  if room_interval == 0 then
    redis.call('HSET', meta, 'seq', seq)
  else
    redis.call('HSET', meta, 'seq', seq, 'pace', string.format('%.1f', room_full))
  end
end

-- The present form of message number `of`; nil if the log doesn't keep it, or another one has the number (`likeness`:
-- bytes that tell it from any other).
local function present(of, likeness)
  local logged = content(redis.call('XRANGE', log, of .. '-0', of .. '-0')[1])
  local form = as_now(redis.call('HGET', amended, of), logged)
  if not form or not string.find(form, likeness, 1, true) then return nil end
  return (logged or tonumber(of) >= (oldest(log, amended) or seq + 1)) and form or nil
end

local function revision(form)
  return tonumber(string.match(form, '^{"type":"message","seq":%d+,"epoch":"[^"]*","rev":(%d+),')) or 0
end

-- Delete forms whose message and last change are both older than the log: until then, somebody may come back who
-- doesn't know that change yet.
local function sweep()
  local entry, first = first_entry(log) or seq + 1, nil  -- `first`: the oldest message, read when needed
  local found = redis.pcall('HSCAN', amended, swept, 'COUNT', SWEEP)
  if found.err then found = {'0', {}} end
  local gone = 0
  for i = 1, #found[2], 2 do
    local number = tonumber(found[2][i])
    local is_past = number and math.max(number, revision(found[2][i + 1])) < entry
    if is_past then first = first or oldest(log, amended) or seq + 1 end
    if not number or is_past and math.max(number, revision(found[2][i + 1])) < first then
      gone = gone + redis.call('HDEL', amended, found[2][i])
      redis.call('DEL', reactions_of(amended, found[2][i]))
    end
  end
  if gone > 0 then count_forms(amended, meta) end
  if found[1] ~= swept then redis.call('HSET', meta, 'swept', found[1]) end
end

-- Renew the keys of reactions. They expire on their own, later than the room, and are renewed together, once in half
-- of its time.
local function renew_reactions()
  if now - (tonumber(renewed or '') or 0) < kept * 500 then return end
  local numbers = redis.pcall('HKEYS', amended)
  for _, number in ipairs(numbers.err and {} or numbers) do
    redis.call('EXPIRE', reactions_of(amended, number), 2 * kept)
  end
  renewed = now
  redis.call('HSET', meta, 'renewed', renewed)
end

-- The last step of each script: sweep, and let the room's keys expire, so that nothing is kept for ever unasked.
local function tidy()
  if swept then sweep() end
  if kept == 0 then return end
  if swept then renew_reactions() end
  for i = 1, swept and 3 or 2 do redis.call('EXPIRE', KEYS[i], kept) end
  for _, kind in ipairs(is_ruled and {'rules', 'barred', 'acts'} or {}) do
    redis.call('EXPIRE', room .. ':' .. kind, kept)
  end
end
