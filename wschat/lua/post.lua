-- after: publish numbering restrictions
-- Store posts of one room, each once, number them, and publish them, in one step.
-- KEYS: 1-3 as in numbering.lua, then for each post: where its number is remembered, the person's pace
-- ARGV: 1-10 as in numbering.lua, then for each post: its body, a JSON object; its share of the room's pace (below 0:
--       only its number is asked for)
-- Returns for each post, in order, its seq (as a string if it was stored before), below 0 the ms after which it may
-- come again, or a restriction in the form of restrictions.lua.
-- An id is remembered only for a post that the log has, as its number, a space, and the epoch at that time.
local PICTURES_REMEMBERED = 90000  -- s: longer than the receipt of a picture is valid
local NONE = {}
local REPLY = '^(.*,"reply":{)"id":("[^"]*"),("seq":(%d+),"from":{"id":("[^"]*"),.*)$'

-- The body of a post to be stored. A reply comes with the id of the message to which it replies: if that isn't kept
-- any more, or its number is another message's since the log was lost, the post becomes a plain one.
local function body_of(post)
  if not string.find(post, ',"reply":{"id":"', 1, true) then return post end
  local head, id, rest, of, author = string.match(post, REPLY)
  if not head then return post end
  local has_read, found = pcall(present, of, ',"id":' .. id .. ',"from":{"id":' .. author .. ',')
  return has_read and found and head .. rest or string.gsub(head, ',"reply":{$', '') .. '}'
end

-- Whether the log has the post under this number, or has trimmed it since that epoch.
local function has_post(number, of, likeness)
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  local since = string.match(content(first) or '', '^{"type":"%a+","seq":%d+,"epoch":"([^"]*)"')
  return first and number < number_of(first) and since == of or present(number, likeness)
end

-- The number under which a post was stored before. Nil also if another epoch has begun since (a moderator cleared the
-- room, say, or its log was lost) and the log doesn't have the post: then it is stored again.
local function number_before(memory, body)
  local number, of = string.match(get(memory) or '', '^(%d+) ?([^ ]*)$')
  number = number and number_in(number)
  if not number or (of == '' or of == epoch) and not is_log_lost(log, seq, from) then return number end
  local likeness = string.match(body, '"id":"[^"]*","from":{"id":"[^"]*",')
  local has_read, is_there = pcall(has_post, number, of, likeness or '\n')  -- which no JSON has
  return has_read and is_there and number or nil
end

-- The keys that remember the pictures of a post: each belongs to one message, and is deleted with it.
local function pictures_of(body)
  if not string.find(body, ',"pictures":[{', 1, true) then return NONE end
  local keys = {}
  for id in string.gmatch(string.match(body, ',"pictures":(%b[])'), '"id":"([^"]*)"') do
    keys[#keys + 1] = room .. ':picture:' .. id
  end
  return keys
end

local taken = {}  -- keys of pictures of posts stored by this call

local function is_one_taken(pictures)
  for _, key in ipairs(pictures) do
    if taken[key] or get(key) then return true end
  end
end

local answers, messages, numbers = {}, {}, {}  -- numbers: of posts stored by this call, by key
local problem
for i = 4, #KEYS, 2 do
  local memory, pace, body, share = KEYS[i], KEYS[i + 1], body_of(ARGV[i + 7]), tonumber(ARGV[i + 8])
  local before = numbers[memory] or number_before(memory, body)
  local person = is_restricted and string.match(pace, ':pace:(.*)$')
  local why = person and not before and post_restriction(person)
  local pictures = before and NONE or pictures_of(body)
  if is_one_taken(pictures) then why = why or 'picture_invalid:0' end
  local pause = (before or why) and 0 or share < 0 and 1 or room_wait(#body, share)
  if not before and not why and pause == 0 then pause = wait(pace, interval, ahead) end
  if before then
    answers[#answers + 1] = tostring(before)
  elseif why then
    answers[#answers + 1] = why
  elseif pause > 0 then
    answers[#answers + 1] = -pause
  else
    count_in_room(#body, share)
    local head, message = append('message', string.sub(body, 2))
    if not head then
      problem = message
      break
    end
    if person then count_in_slow_mode(person) end
    numbers[memory] = seq
    for _, key in ipairs(pictures) do taken[key] = true end
    messages[#messages + 1] = message
    answers[#answers + 1] = seq
  end
end
if #messages > 0 then save_position() end
for key, number in pairs(numbers) do redis.call('SET', key, number .. ' ' .. epoch, 'EX', remember) end
for key in pairs(taken) do redis.call('SET', key, 1, 'EX', PICTURES_REMEMBERED) end
for _, message in ipairs(messages) do publish(message) end
if problem then return problem end
tidy()
return answers
