-- Store posts of one room, each once, number them, and publish them: one step.
-- KEYS: 1 log (stream), 2 meta (hash), then for each post: where its number is remembered, the person's pace
-- ARGV: 1 channel, 2 how many messages the log keeps, 3 seconds that a post's id is remembered,
--       4 epoch to take if the log has none, 5 ms between two posts of a person (0: no limit), 6 ms that they may be ahead
--       of that, 7 seconds that the room is kept after it (0: for ever), 8.. one per post: its body, a JSON object
-- Returns for each post, in order, its seq, or below 0 the ms after which that person may post again.
local log, meta = KEYS[1], KEYS[2]
local channel, keep, remember = ARGV[1], ARGV[2], ARGV[3]
local interval, ahead = tonumber(ARGV[5]), tonumber(ARGV[6])

local epoch, seq = unpack(redis.call('HMGET', meta, 'epoch', 'seq'))
if not epoch then
  -- A new log, or one whose meta was lost: numbers go on after the newest entry.
  epoch = ARGV[4]
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  seq = newest and string.match(newest[1], '^%d+') or 0
  redis.call('HSET', meta, 'epoch', epoch)
end
seq = tonumber(seq) or 0

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Ms that the person must wait; 0 when the post is within their pace, and counted. A token bucket in one number: the
-- moment at which it will be full again (the generic cell rate algorithm).
local function wait(pace)
  if interval == 0 then return 0 end
  local full = tonumber(redis.call('GET', pace) or 0)
  if full < now or full > now + ahead then full = now end  -- beyond it: the clock was put back
  full = full + interval
  if full - now > ahead then return full - now - ahead end
  redis.call('SET', pace, full, 'PX', ahead)
  return 0
end

local stored = {}
for i = 3, #KEYS, 2 do
  local before = redis.call('GET', KEYS[i])
  local pause = before and 0 or wait(KEYS[i + 1])
  if before then
    stored[#stored + 1] = tonumber(before)
  elseif pause > 0 then
    stored[#stored + 1] = -pause
  else
    seq = seq + 1
    local message = '{"type":"message","seq":' .. seq .. ',"epoch":"' .. epoch .. '",' .. string.sub(ARGV[(i + 13) / 2], 2)
    redis.call('SET', KEYS[i], seq, 'EX', remember)
    redis.call('XADD', log, 'MAXLEN', '~', keep, seq .. '-0', 'm', message)
    redis.call('HSET', meta, 'seq', seq)
    redis.call('PUBLISH', channel, message)
    stored[#stored + 1] = seq
  end
end
if ARGV[7] ~= '0' then
  redis.call('EXPIRE', log, ARGV[7])
  redis.call('EXPIRE', meta, ARGV[7])
end
return stored
