-- Store posts of one room, each once, number them, and publish them: one step.
-- KEYS: 1 log (stream), 2 meta (hash), then for each post: where its number is remembered, the person's pace
-- ARGV: 1 channel, 2 how many messages the log keeps, 3 seconds that a post's id is remembered,
--       4 epoch to take if the log has none, 5 ms between two posts of a person (0: no limit), 6 ms that they may be ahead
--       of that, 7 seconds that the room is kept after it (0: for ever), 8 ms between two posts in the room, 9 bytes that
--       count as one post, 10 ms that the room may be ahead, 11.. for each post its body, a JSON object, and how much of
--       the room's pace it may use up: 1 all of it, 0 without regard to it, below 0 only its number is asked for
-- Returns for each post, in order, its seq (as a string where it was stored before), or below 0 the ms after which it
-- may come again.
-- Redis rolls nothing back when a script fails. So everything that can fail is read first, the log is written before
-- anything else, and an id is remembered only for a post that the log has.
local log, meta = KEYS[1], KEYS[2]
local channel, keep, remember = ARGV[1], ARGV[2], ARGV[3]
local interval, ahead = tonumber(ARGV[5]), tonumber(ARGV[6])
local room_interval, room_unit, room_ahead = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

-- The value of a string, or nil for anything else that may stand there.
local function get(key)
  local value = redis.pcall('GET', key)
  return type(value) == 'string' and value or nil
end

-- The last number that the log ever had, also where that message was deleted: a stream takes no number twice. The
-- numbers of a log whose meta was lost go on after it.
local function last()
  local info = redis.pcall('XINFO', 'STREAM', log)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return tonumber(string.match(info[i + 1], '^%d+')) end
  end
  return 0
end

local epoch, seq, room_full = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'pace'))
seq = string.match(seq or '0', '^%d+$') and #(seq or '') < 16 and tonumber(seq or 0)
local is_new = not seq or not epoch or #epoch > 64 or not string.match(epoch, '^[%w_-]+$')
if is_new then epoch, seq = ARGV[4], last() end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- A token bucket in one number: the moment at which it will be full again (the generic cell rate algorithm).
-- `text` is that moment as Redis has it; beyond `most` ms from now, the clock was put back.
local function moment(text, most)
  local full = tonumber(text or 0) or 0
  return full >= now and full <= now + most and full or now
end

room_full = moment(room_full, room_ahead)

-- Ms that the post must wait; 0 when it is within the person's pace and its share of the room's, and counted.
local function wait(pace, size, share)
  if interval == 0 then return 0 end
  local full = moment(get(pace), ahead) + interval
  local room = room_full + room_interval * math.max(1, size / room_unit)
  local pause = math.max(full - now - ahead, share > 0 and room - now - room_ahead * share or 0)
  if pause > 0 then return math.ceil(pause) end
  redis.call('SET', pace, full, 'PX', ahead)
  if share > 0 then room_full = room end
  return 0
end

-- Append the next message. Where the log is ahead of what meta knew, a new epoch begins after its end.
local function append(body)
  local message = '{"type":"message","seq":' .. seq + 1 .. ',"epoch":"' .. epoch .. '",' .. string.sub(body, 2)
  local stored = redis.pcall('XADD', log, 'MAXLEN', '~', keep, seq + 1 .. '-0', 'm', message)
  if type(stored) ~= 'table' then
    seq = seq + 1
    return message
  end
  if is_new or last() <= seq then return nil, stored end
  is_new, epoch, seq = true, ARGV[4], last()
  return append(body)
end

local stored = {}
for i = 3, #KEYS, 2 do
  local before = tonumber(get(KEYS[i]) or '')
  local body, share = ARGV[i + 8], tonumber(ARGV[i + 9])
  local pause = before and 0 or share < 0 and 1 or wait(KEYS[i + 1], #body, share)
  if before then
    stored[#stored + 1] = tostring(before)
  elseif pause > 0 then
    stored[#stored + 1] = -pause
  else
    local message, problem = append(body)
    if problem then return problem end
    if is_new then redis.call('HSET', meta, 'epoch', epoch) end
    redis.call('HSET', meta, 'seq', seq, 'pace', string.format('%.1f', room_full))
    redis.call('SET', KEYS[i], seq, 'EX', remember)
    redis.pcall('PUBLISH', channel, message)  -- nodes that hear nothing read the log
    stored[#stored + 1] = seq
  end
end
if ARGV[7] ~= '0' then
  redis.call('EXPIRE', log, ARGV[7])
  redis.call('EXPIRE', meta, ARGV[7])
end
return stored
