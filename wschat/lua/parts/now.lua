-- Shared: the current time by Redis's clock, in ms. Leases, bars and paces use it.
-- Gives: now.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
