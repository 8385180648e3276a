-- The room's position; its life begins here if it has none, and ends where the log turns out to have gone back.
-- KEYS: 1 log (stream), 2 meta (hash)
-- ARGV: 1 epoch to take if there is none, 2 epoch that the caller knows ('' for none), 3 newest seq it has seen in it
-- Returns {epoch, seq}.
local log, meta = KEYS[1], KEYS[2]
local epoch, seq = unpack(redis.call('HMGET', meta, 'epoch', 'seq'))
if not epoch then
  epoch = ARGV[1]
  local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  seq = newest and string.match(newest[1], '^%d+') or 0
  redis.call('HSET', meta, 'epoch', epoch, 'seq', seq)
elseif epoch == ARGV[2] and tonumber(seq or 0) < tonumber(ARGV[3]) then
  -- Messages that were delivered are gone (a replica that lagged, a restored backup): no position of before holds.
  epoch = ARGV[1]
  redis.call('HSET', meta, 'epoch', epoch)
end
return {epoch, tonumber(seq or 0)}
