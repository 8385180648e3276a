-- after: publish versions
-- Read or replace the generation of a room's moderators' links.
-- KEYS: 1 rules (hash), 2 meta (hash)
-- ARGV: 1 signal channel as in publish.lua, 2 s that the room is kept (0: for ever), 3 a new generation,
--       4 1: replace the former one, which revokes its links; 0: only if there is none
-- Returns the generation.
local rules, meta = unpack(KEYS)
local kept, new, replaces = ARGV[2], ARGV[3], ARGV[4] == '1'
redis.call('HGET', meta, 'rules')  -- any failure must come before the first write
make_way(rules, 'HLEN')
local before = redis.call('HGET', rules, 'generation')
if before and not replaces then return before end
redis.call('HSET', rules, 'generation', new)
next_version(rules, meta)
if kept ~= '0' then
  for i = 1, 2 do redis.call('EXPIRE', KEYS[i], kept) end
end
publish('{"rules":null}')  -- nodes that receive it read the rules
return new
