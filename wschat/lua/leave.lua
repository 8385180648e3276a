-- after: now publish
-- Shorten the leases of people whose last session on a node has gone to the grace, so that a reload goes unnoticed.
-- Another node with sessions of theirs is told, and renews the lease.
-- KEYS: 1 online (zset; half a ms more than the end of the lease: the person is leaving)
-- ARGV: 1 signal channel as in publish.lua, 2 grace in ms, 3.. ids of people
-- Returns how many had a lease.
local online, grace = KEYS[1], ARGV[2]
local lease = now + grace
local leaving = {}
for i = 3, #ARGV do
  local before = tonumber(redis.call('ZSCORE', online, ARGV[i]))
  if before then
    redis.call('ZADD', online, math.min(lease, math.floor(before)) + 0.5, ARGV[i])
    leaving[#leaving + 1] = '"' .. ARGV[i] .. '"'
  end
end
if #leaving > 0 then
  publish('{"leaving":[' .. table.concat(leaving, ',') .. ']}')
end
return #leaving
