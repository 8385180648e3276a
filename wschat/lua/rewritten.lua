-- Remove records when Redis has rewritten its file, except those of who has erased again since the rewrite began.
-- KEYS: 1 records (zset, see file_rewriting.py)
-- ARGV: what rewriting.lua returned when it began
-- Returns nothing.
local records = KEYS[1]
if type(redis.pcall('ZCARD', records)) == 'table' then redis.call('DEL', records) end  -- of another type
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', records, ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', records, ARGV[i]) end
end
