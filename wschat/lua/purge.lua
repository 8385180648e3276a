-- after: now forms values
-- Remove the bytes of deleted messages, which a stream keeps after XDEL, in memory and in every file written from it:
-- copy the log, a portion in each call, and put the copy in its place.
-- KEYS: 1 log (stream), 2 meta (hash), 3 copy (stream)
-- ARGV: 1 ms that must have gone by since the first of them was deleted, 2-3 entries in a portion and their bytes, as
--       portion_of() takes them, 4 seconds that the room is kept (0: for ever)
-- Returns 1 if there is more to copy, 2 if the copy is in place, but some of its entries were deleted meanwhile, whose
-- bytes another call begins to remove; 0 if there is nothing more to do, or not yet.
local log, meta, copy = unpack(KEYS)
local pause, most, bytes, kept = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local since = redis.call('HGET', meta, 'purge')
if not since then return 0 end
since = tonumber(since) or 0
if now - since < pause and since <= now then return 0 end

-- A script that deletes an entry meanwhile deletes it from the copy as well: to begin anew each time might never end.
-- One that trims the log by age drops the copy, which begins anew. Entries that a post trims by number are trimmed from
-- the copy with the next entry, and there is one: that post's. Their bytes stay, too, as those of deleted entries.
local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
if not first then
  redis.call('DEL', copy)
  redis.call('HDEL', meta, 'purge')
  return 0
end
make_way(copy, 'XRANGE', '-', '+', 'COUNT', 1)
local copied = redis.call('XREVRANGE', copy, '+', '-', 'COUNT', 1)[1]
local trimmed = redis.call('XRANGE', copy, '-', '(' .. first[1], 'COUNT', 1)[1]
if trimmed then redis.call('XDEL', copy, trimmed[1]) end  -- so that Redis notes that there are such bytes
local entries, is_end = portion_of(log, copied and '(' .. copied[1] or '-', '+', most, bytes)
for i, entry in ipairs(entries) do
  local text = content(entry) or ''  -- only our field: another program's may be too many for a script
  redis.call('XADD', copy, 'MINID', '=', first[1], entry[1], 'm', text)
  if i == 1 then redis.call('EXPIRE', copy, 60) end  -- the next portion may never come
end
if not is_end then return 1 end
-- The last number that was ever given may be a deleted message's: it isn't given again.
redis.call('XSETID', copy, last_id(log))
local deleted = stream_info(copy, 'max-deleted-entry-id')
redis.call('RENAME', copy, log)
redis.call('PERSIST', log)
if kept ~= '0' then redis.call('EXPIRE', log, kept) end
if deleted and deleted ~= '0-0' then
  redis.call('HSET', meta, 'purge', now)
  return 2
end
redis.call('HDEL', meta, 'purge')
return 0
