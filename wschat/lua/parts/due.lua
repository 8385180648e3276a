-- Shared: the records that Redis's file is to be rewritten (file_rewriting.py).
-- Gives: note().

-- Record that `name` erases, or has erased (`is_over`), with the present time in µs: so each note differs from the one
-- before. A key of another type makes way: it mustn't fail after the erasure. Returns Redis's reply.
local function note(records, name, is_over)
  local time = redis.call('TIME')
  local score = string.format('%.0f', (is_over and -1 or 1) * (time[1] * 1e6 + time[2]))
  local done = redis.pcall('ZADD', records, score, name)
  if type(done) == 'table' and string.find(done.err, 'WRONGTYPE', 1, true) then
    redis.call('DEL', records)
    return redis.call('ZADD', records, score, name)
  end
  return done
end
