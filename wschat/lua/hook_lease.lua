-- Take, keep or give back the lease on calling a room's outgoing hooks, and store how far each was called.
-- KEYS: 1 hook lease (string: the node that has it), 2 hook cursors (hash: hook -> epoch, a space, number),
--       3 hooks (hash)
-- ARGV: 1 the node, 2 ms of the lease (0: give it back), then for each hook: its id, its cursor
-- Returns 1; 0 if another node has the lease: then nothing is stored.
local lease, cursors, hooks = unpack(KEYS)
local node, length = ARGV[1], ARGV[2]
local holder = redis.call('GET', lease)
if holder and holder ~= node then return 0 end
for i = 3, #ARGV, 2 do
  local hook = redis.call('HGET', hooks, ARGV[i])
  -- One that was revoked, or forgotten with its room, leaves nothing behind.
  if hook and hook ~= '' then redis.call('HSET', cursors, ARGV[i], ARGV[i + 1]) end
end
if length == '0' then redis.call('DEL', lease) else redis.call('SET', lease, node, 'PX', length) end
return 1
