-- Store posts of one room, each once, number them, and publish them: one step. After forms.lua, numbering.lua.
-- KEYS: 1-3 as in numbering.lua, then for each post: where its number is remembered, the person's pace
-- ARGV: 1-7 as in numbering.lua, 8.. one per post: its body, a JSON object
-- Returns for each post, in order, its seq, or below 0 the ms after which that person may post again.
-- An id is remembered only for a post that the log has.
local stored = {}
for i = 4, #KEYS, 2 do
  local before = tonumber(get(KEYS[i]) or '')
  local pause = before and 0 or wait(KEYS[i + 1])
  if before then
    stored[#stored + 1] = before
  elseif pause > 0 then
    stored[#stored + 1] = -pause
  else
    local head, message = append('message', string.sub(ARGV[i / 2 + 6], 2))
    if not head then return message end
    redis.call('SET', KEYS[i], seq, 'EX', remember)
    redis.pcall('PUBLISH', channel, message)  -- nodes that hear nothing read the log
    stored[#stored + 1] = seq
  end
end
tidy()
return stored
