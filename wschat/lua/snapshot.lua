-- after: losses
-- Read a portion of a log as it is stored, and the present forms of the messages that its changes refer to. A key of
-- another type counts as missing, and so does an entry whose number isn't the room's.
-- KEYS: 1 log (stream), 2 meta (hash), 3 amended (hash: seq -> the message as it is now)
-- ARGV: 1 number after which it begins, 2 entries in a portion
-- Returns {epoch, seq, {number, entry...}, {number, form, {member, score...}...}}. Fewer entries than requested: the
-- log ends here, and all that was returned before is also as it is at this moment.
local log, meta, amended = unpack(KEYS)
local epoch, seq = unpack(fields(meta, 'epoch', 'seq'), 1, 2)
local logged = redis.pcall('XRANGE', log, '(' .. ARGV[1] .. '-0', OURS, 'COUNT', tonumber(ARGV[2]))
local entries, forms, about = {}, {}, {}

for _, entry in ipairs(logged.err and {} or logged) do
  local text = content(entry) or ''
  entries[#entries + 1] = number_of(entry)
  entries[#entries + 1] = text
  local of = changed_by(text)
  if of then about[of] = true end
end

for of in pairs(about) do
  local form = field(amended, of)
  if form then
    forms[#forms + 1] = tonumber(of)
    forms[#forms + 1] = form
    local members = redis.pcall('ZRANGE', reactions_of(amended, of), 0, -1, 'WITHSCORES')
    forms[#forms + 1] = members.err and {} or members
  end
end
-- A last number that comes from another program's entry isn't the log's, even if that entry was deleted.
local newest = last(log)
return {epoch or '', math.max(number_in(seq) or 0, newest < NUMBERS and newest or 0), entries, forms}
