-- Shared: the records that Redis's file is to be rewritten (file_rewriting.py).
-- Gives: note().

-- Record that `name` has erased something. A key of another type makes way: it mustn't fail after the erasure.
local function note(records, name)
  local done = redis.pcall('ZADD', records, 0, name)
  if type(done) == 'table' and string.find(done.err, 'WRONGTYPE', 1, true) then
    redis.call('DEL', records)
    redis.call('ZADD', records, 0, name)
  end
end
