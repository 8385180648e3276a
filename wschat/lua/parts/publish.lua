-- Shared: publishing. The script's ARGV[1] is how to publish, a space, and the channel. How: PUBLISH; in a cluster
-- SPUBLISH, or BOTH where programs outside listen that can't do so.
-- Gives: publish().
local how, channel = string.match(ARGV[1], '^(%u+) (.*)$')
local command = how == 'BOTH' and 'SPUBLISH' or how

-- Nodes that hear nothing read what was published.
local function publish(event)
  redis.pcall(command, channel, event)
  if how == 'BOTH' then redis.pcall('PUBLISH', channel, event) end
end
