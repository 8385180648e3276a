-- Store posts of one room, each once, number them, and publish them: one step.
-- KEYS: 1 log (stream), 2 meta (hash), 3.. one per post: where its number is remembered
-- ARGV: 1 channel, 2 how many messages the log keeps, 3 seconds that a post's id is remembered,
--       4 epoch to take if the log has none, 5.. one per post: its body, a JSON object
-- Returns the seq of each post, in order.
local log, meta = KEYS[1], KEYS[2]
local channel, keep, remember = ARGV[1], ARGV[2], ARGV[3]

local epoch, seq = unpack(redis.call('HMGET', meta, 'epoch', 'seq'))
if not epoch then
  -- A new log, or one whose meta was lost: numbers go on after the newest entry.
  epoch = ARGV[4]
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  seq = newest and string.match(newest[1], '^%d+') or 0
  redis.call('HSET', meta, 'epoch', epoch)
end
seq = tonumber(seq) or 0

local stored = {}
for i = 3, #KEYS do
  local before = redis.call('GET', KEYS[i])
  if before then
    stored[#stored + 1] = tonumber(before)
  else
    seq = seq + 1
    local message = '{"type":"message","seq":' .. seq .. ',"epoch":"' .. epoch .. '",' .. string.sub(ARGV[i + 2], 2)
    redis.call('SET', KEYS[i], seq, 'EX', remember)
    redis.call('XADD', log, 'MAXLEN', '~', keep, seq .. '-0', 'm', message)
    redis.call('HSET', meta, 'seq', seq)
    redis.call('PUBLISH', channel, message)
    stored[#stored + 1] = seq
  end
end
return stored
