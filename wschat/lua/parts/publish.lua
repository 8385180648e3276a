-- Shared: publishing. The script's ARGV[1] is how to publish, a space, and the channel. How: PUBLISH; in a cluster
-- SPUBLISH, or BOTH if other programs listen that can't use sharded channels.
-- Gives: publish().
local how, channel = string.match(ARGV[1], '^(%u+) (.*)$')
local command = how == 'BOTH' and 'SPUBLISH' or how

-- Publish an event. Errors are ignored: nodes that don't receive it will read it.
local function publish(event)
  redis.pcall(command, channel, event)
  if how == 'BOTH' then redis.pcall('PUBLISH', channel, event) end
end
