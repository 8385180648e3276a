-- The records that are settled by a rewrite of Redis's file which begins now: of those who have erased. The others may
-- be about to erase something, unless they began long ago, or by a clock that was far ahead.
-- KEYS: 1 records (zset, see file_rewriting.py)
-- ARGV: 1 µs after which somebody who began to erase is taken to have been ended
-- Returns {who, their record, who, their record …}.
local time = redis.call('TIME')
local now, ended_after = time[1] * 1e6 + time[2], tonumber(ARGV[1])
local records = redis.pcall('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local settled = {}
for i = 1, #records, 2 do  -- none in a key of another type
  local since = tonumber(records[i + 1])
  if since <= 0 or math.abs(now - since) >= ended_after then
    settled[#settled + 1] = records[i]
    settled[#settled + 1] = records[i + 1]
  end
end
return settled
