-- Store posts of one room, each once, number them, and publish them: one step.
-- KEYS: 1 log (stream), 2 meta (hash), then for each post: where its number is remembered, the person's pace
-- ARGV: 1 channel, 2 how many messages the log keeps, 3 seconds that a post's id is remembered,
--       4 epoch to take if the log has none, 5 ms between two posts of a person (0: no limit), 6 ms that they may be ahead
--       of that, 7 seconds that the room is kept after it (0: for ever), 8.. one per post: its body, a JSON object
-- Returns for each post, in order, its seq, or below 0 the ms after which that person may post again.
-- Redis rolls nothing back when a script fails. So everything that can fail is read first, the log is written before
-- anything else, and an id is remembered only for a post that the log has.
local log, meta = KEYS[1], KEYS[2]
local channel, keep, remember = ARGV[1], ARGV[2], ARGV[3]
local interval, ahead = tonumber(ARGV[5]), tonumber(ARGV[6])

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

local epoch, seq = unpack(redis.call('HMGET', meta, 'epoch', 'seq'))
seq = string.match(seq or '0', '^%d+$') and #(seq or '') < 16 and tonumber(seq or 0)
local is_new = not seq or not epoch or #epoch > 64 or not string.match(epoch, '^[%w_-]+$')
if is_new then epoch, seq = ARGV[4], last() end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Ms that the person must wait; 0 when the post is within their pace, and counted. A token bucket in one number: the
-- moment at which it will be full again (the generic cell rate algorithm).
local function wait(pace)
  if interval == 0 then return 0 end
  local full = tonumber(get(pace) or 0) or 0
  if full < now or full > now + ahead then full = now end  -- beyond it: the clock was put back
  full = full + interval
  if full - now > ahead then return full - now - ahead end
  redis.call('SET', pace, full, 'PX', ahead)
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
  local pause = before and 0 or wait(KEYS[i + 1])
  if before then
    stored[#stored + 1] = before
  elseif pause > 0 then
    stored[#stored + 1] = -pause
  else
    local message, problem = append(ARGV[(i + 13) / 2])
    if problem then return problem end
    if is_new then redis.call('HSET', meta, 'epoch', epoch) end
    redis.call('HSET', meta, 'seq', seq)
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
