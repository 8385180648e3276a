-- after: losses
-- The room's position. Begins its first epoch, and a new one if the log has gone back, or some of its data are lost.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now)
-- ARGV: 1 epoch to begin if needed, 2 epoch that the caller knows ('' for none), 3 newest seq that it has seen in it,
--       4 bytes that tell the entry with that number from any other ('' if it doesn't know),
--       5 seconds that the room is kept (0: for ever)
-- Returns {epoch, seq, number of the oldest message kept (seq + 1: none is), 1 if the epoch began when a moderator
-- cleared the room, else 0}.
local log, meta, amended = unpack(KEYS)
local new_epoch, known_epoch, known_seq, likeness, kept = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local epoch, seq, from, forms = unpack(redis.call('HMGET', meta, 'epoch', 'seq', 'from', 'forms'))
seq = number_in(seq)

-- Whether messages that were delivered are gone (a replica that lagged, a restored backup): numbers are missing, or
-- have been given to other messages, so that no earlier position is valid.
local function went_back()
  if seq < known_seq then return true end
  local there = redis.call('XRANGE', log, known_seq .. '-0', known_seq .. '-0')[1]
  return there and not string.find(content(there) or '', likeness, 1, true)
end

local entry = redis.call('XREVRANGE', log, OURS, '-', 'COUNT', 1)[1]
local newest = entry and number_of(entry) or 0
local ended = last(log)  -- the last number that was ever given: its entry may be deleted
if ended >= NUMBERS then  -- not by us
  pcall(drop_foreign, log, tonumber(kept))  -- a Redis that can't store now still lets people read
  ended = newest
end
local is_valid = seq and is_epoch(epoch) and newest <= seq
local is_lost = is_valid and (is_log_lost(log, seq, from) or are_forms_lost(amended, forms))
if not is_valid or is_lost then
  local given = math.max(seq or 0, ended)
  local former = is_lost and epoch or known_epoch ~= '' and known_seq == given and known_epoch
  epoch, seq = new_epoch, given
  -- A Redis that can't store now still lets people read: the former epoch holds until one can be stored.
  local stored = redis.pcall('HSET', meta, 'epoch', epoch, 'seq', seq)
  local version = moderated(string.match(log, '^(.*):log$'))
  if version and not field(meta, 'rules') then redis.pcall('HSET', meta, 'rules', version) end
  if type(stored) == 'table' then
    epoch = former or epoch
  else
    if ended < seq then redis.call('HSET', meta, 'from', seq + 1) end
    count_forms(amended, meta)
    if kept ~= '0' then redis.call('EXPIRE', meta, kept) end
  end
elseif epoch == known_epoch and went_back() then
  -- The former epoch holds then, too, but not if the log has grown since: new messages would seem to follow the old.
  local set = seq < known_seq and redis.pcall or redis.call
  local stored = set('HSET', meta, 'epoch', new_epoch)
  if type(stored) ~= 'table' then epoch = new_epoch end
end
return {epoch, seq, oldest(log, amended) or seq + 1, field(meta, 'cleared') == epoch and 1 or 0}
