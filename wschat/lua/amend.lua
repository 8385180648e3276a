-- after: publish numbering restrictions
-- Change one message in one step: number the change, store the message's new form, and publish it.
-- KEYS: 1-3 as in numbering.lua, 4 reactions to the message (zset: emoji, tab, person),
--       5 where the answer is remembered, 6.. the pace of each person
-- ARGV: 1-10 as in numbering.lua, 11 its share of the room's pace, 12 id of the change, 13 seq of the message,
--       14 epoch to which that number belongs ('': the current one), 15 newest seq known in that epoch,
--       16 bytes that tell the message from any other, 17 edit, delete, confirm or react, then for
--       edit, delete: 18 the rev that the caller knows (0: never changed), 19 the new body, a JSON object, and for a
--         moderator's deletion 20 generation as the 4th of moderate.lua, 21 JSON of the act ('': it is part of another
--         recorded act, which counted for the pace)
--       confirm: 18 the rev that the caller knows, to find out whether the message has changed since
--       react: person, emoji, 1 (on) or 0 (off), for each person
--       forget delete, forget react: the same, also for a message of which only a form is left (left_over)
-- Returns {'conflict', the present form of the message}, {'gone'}, {'not_allowed'}, {'lost'} (the log is another one),
-- or {'done', seq of the change or the last one before it, and for each person: 0, the ms after which they may try
-- again, -1: there are too many kinds of reactions already, or a restriction in the form of restrictions.lua}.
local reactions, memory = KEYS[4], KEYS[5]
local share, change, of = tonumber(ARGV[11]), ARGV[12], ARGV[13]
local known_epoch, known_seq, likeness = ARGV[14], tonumber(ARGV[15]), ARGV[16]
local forgotten = string.match(ARGV[17], '^forget (%a+)$')
local act = forgotten or ARGV[17]
local FIRST = 18  -- the first argument for the act
local rev, body, generation, record
if act ~= 'react' then rev, body, generation, record = unpack(ARGV, FIRST) end
local KINDS, PEOPLE = 12, 20
local SLOT = 1e14  -- each kind has a range of scores of this size, in which its people are ordered by time
local MOST = (KINDS + 1) * SLOT - 1  -- the highest score that the chat uses

-- Whether it is still the log that the caller knows. If not, its numbers belong to other messages. The epoch is the
-- room's: restored messages have another one in their bytes.
local function is_same_log()
  return known_epoch == '' or epoch == known_epoch and seq >= known_seq
end

-- The parts of a form: before its rev, after its rev up to the reactions, and the reactions.
local function parts(form)
  local head, rest = string.match(form, '^({"type":"message","seq":%d+,"epoch":"[^"]*",)(.*)}$')
  rest = string.gsub(rest or '', '^"rev":%d+,', '')
  local at = string.find(rest, ',"reactions":[', 1, true) or #rest + 1
  return head, string.sub(rest, 1, at - 1), string.sub(rest, at)
end

local function range(slot) return slot * SLOT, (slot + 1) * SLOT - 1 end

-- The slot of a score; 0 if it is in none, and doesn't count.
local function slot_of(score)
  local slot = score and math.floor(tonumber(score) / SLOT) or 0
  return slot >= 1 and slot <= KINDS and slot or 0
end

-- The kinds of reactions that exist, in order: slot, emoji and number of people. It goes from one used slot to the
-- next, since most messages have one or two kinds.
local function kinds()
  local found, slot = {}, 0
  while true do
    local first = range(slot + 1)
    local member, score = unpack(redis.call('ZRANGEBYSCORE', reactions, first, MOST, 'WITHSCORES', 'LIMIT', 0, 1))
    if not member then return found end
    slot = slot_of(score)
    local emoji, count = string.match(member, '^[^\t]*'), redis.call('ZCOUNT', reactions, range(slot))
    found[#found + 1] = {slot = slot, emoji = emoji, count = count}
  end
end

local function free_slot(counts)
  for slot = 1, KINDS do
    if (counts[slot] or 0) == 0 then return slot end
  end
end

-- The result of all reactions in this call, in their order: member -> slot (0: taken back), member -> place, and the
-- answer to each. Only paces are written. If the message was never changed (`is_untouched`), reactions that exist all
-- the same are left over from a lost log.
local function decide(is_untouched)
  local slots, counts = {}, {}  -- emoji -> slot, slot -> how many people
  for _, kind in ipairs(is_untouched and {} or kinds()) do
    slots[kind.emoji], counts[kind.slot] = kind.slot, kind.count
  end
  local before, after, place, answers = {}, {}, {}, {}
  for i = FIRST, #ARGV, 3 do
    local person, emoji, on = ARGV[i], ARGV[i + 1], ARGV[i + 2] == '1'
    local why = is_restricted and on and restriction(person)
    local member, answer = emoji .. '\t' .. person, why or wait(KEYS[6 + #answers], interval, ahead)
    if before[member] == nil then
      before[member] = slot_of(not is_untouched and redis.call('ZSCORE', reactions, member))
      after[member] = before[member]
    end
    if answer == 0 and on ~= (after[member] ~= 0) then
      local slot = not on and after[member] or slots[emoji] or free_slot(counts)
      if slot then
        counts[slot] = (counts[slot] or 0) + (on and 1 or -1)
        if on then
          slots[emoji] = slot
        elseif counts[slot] == 0 and slots[emoji] == slot then
          slots[emoji] = nil
        end
        after[member] = on and slot or 0
        place[member] = #answers
      else
        answer = -1
      end
    end
    answers[#answers + 1] = answer
  end
  for member, slot in pairs(before) do
    if after[member] == slot then after[member] = nil end
  end
  return after, place, answers
end

-- The reactions in the JSON of a form.
local function summary()
  local listed = {}
  for i, kind in ipairs(kinds()) do
    local first, last = range(kind.slot)
    local people = redis.call('ZRANGEBYSCORE', reactions, first, last, 'LIMIT', 0, PEOPLE)
    for n, member in ipairs(people) do people[n] = cjson.encode(string.match(member, '\t(.*)$') or '') end
    listed[i] = '{"emoji":' .. cjson.encode(kind.emoji) .. ',"count":' .. kind.count
      .. ',"people":[' .. table.concat(people, ',') .. ']}'
  end
  return #listed > 0 and ',"reactions":[' .. table.concat(listed, ',') .. ']' or ''
end

local function react(after, place)
  for member, slot in pairs(after) do
    if slot == 0 then
      redis.call('ZREM', reactions, member)
    else
      redis.call('ZADD', reactions, slot * SLOT + seq * 1000 + place[member], member)
    end
  end
  if kept ~= 0 then redis.call('EXPIRE', reactions, 2 * kept) end
end

-- Delete the message's entry and reactions. XDEL only marks an entry as deleted in the stream's memory: purge.lua
-- removes the bytes. It may have begun to copy the log: then the copy loses the entry, too.
local function erase()
  redis.call('XDEL', log, of .. '-0')
  write('XDEL', log .. ':copy', of .. '-0')
  redis.call('DEL', reactions)
  redis.call('HSETNX', meta, 'purge', now)
end

-- The form of a message that the log no longer keeps, and whether anybody gets it, with its last change: nobody does if
-- that is trimmed, too, or if the form is left over from a lost log.
local function left_over()
  local form = redis.call('HGET', amended, of)
  if not form or not string.find(form, likeness, 1, true) then return nil end
  local first = oldest(log, amended) or seq + 1
  return form, tonumber(of) < first and revision(form) >= first
end

-- The same answer for each person.
local function for_all(answer)
  local found = {}
  for i = 1, #KEYS - 5 do found[i] = answer end
  return found
end

local known = get(memory)
if known then
  local answer = {'done'}
  for number in string.gmatch(known, '%S+') do answer[#answer + 1] = tonumber(number) or number end
  return answer
end

local is_allowed = not generation or generation == '*' or generation == field(room .. ':rules', 'generation')
if not is_allowed then return {'not_allowed'} end
if not is_same_log() then return {'lost'} end
make_way(amended, 'HLEN')
local form, is_read = present(of, likeness), true
if not form and forgotten then form, is_read = left_over() end
if form and not is_read then
  redis.call('HDEL', amended, of)
  redis.call('DEL', reactions)
  if not is_new then count_forms(amended, meta) end  -- or the next opening of the room wouldn't notice a loss
  return {'done', revision(form), unpack(for_all(0))}
end
if not form then return {known_epoch ~= '' and is_log_lost(log, seq, from) and 'lost' or 'gone'} end
local head, rest, reacted = parts(form)
if not head then return {'gone'} end
local after, place, answers = {}, {}, {0}
local size = act == 'react' and #form or #(body or '')
if act == 'react' then
  if is_tombstone(form) then return {'gone'} end
  local pause = room_wait(size, share)
  if pause > 0 then
    return {'done', revision(form), unpack(for_all(pause))}
  end
  after, place, answers = decide(revision(form) == 0)
  if not next(after) then return {'done', revision(form), unpack(answers)} end
else
  if revision(form) ~= tonumber(rev) then return {'conflict', form} end
  if act == 'confirm' then return {'done', revision(form), 0} end
  local why = is_restricted and act == 'edit' and restriction(string.match(KEYS[6], ':pace:(.*)$'))
  if why then return {'done', revision(form), why} end
  answers = {room_wait(size, share)}
  if answers[1] == 0 and record ~= '' then answers = {wait(KEYS[6], interval, ahead)} end
  if answers[1] > 0 then return {'done', revision(form), answers[1]} end
  rest = string.sub(body, 2, -2)
end

count_in_room(size, share)
local beginning, problem = append('amended', '"id":"' .. change .. '","of":' .. of .. '}')
if not beginning then return problem end
save_position()
if not swept then redis.call('HSET', meta, 'renewed', now) end
if act == 'react' then
  if revision(form) == 0 then redis.call('DEL', reactions) end
  react(after, place)
  reacted = summary()
elseif act == 'delete' then
  erase()
  reacted = ''
  if generation and record ~= '' then
    add_act(room .. ':acts', record)
  end
end
form = head .. '"rev":' .. seq .. ',' .. rest .. reacted .. '}'
if redis.call('HSET', amended, of, form) == 1 or not swept then count_forms(amended, meta) end
swept = swept or '0'
redis.call('SET', memory, seq .. ' ' .. table.concat(answers, ' '), 'EX', remember)
publish(beginning .. '"id":"' .. change .. '","message":' .. form .. '}')
tidy()
return {'done', seq, unpack(answers)}
