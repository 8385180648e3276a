-- after: now values
-- Shared: who is muted or removed. `barred` has for each bar of a person (its field is `mute:` or `remove:` and the id):
-- its end in ms, 0: for good, when it was made, addresses with commas between, JSON. For each of these addresses it has
-- a bar (`address:mute:` and the address), which is only an end.
-- Gives: bar_end(), bar_left(), bars_in().

-- The end of a bar in ms, 0: it is for good; nil where it is over, or none.
local function bar_end(value)
  local ends = type(value) == 'string' and whole(string.match(value, '^%d+'))
  return ends and (ends == 0 or ends > now) and ends or nil
end

-- The ms that a bar lasts, 0: for good; nil where it is over, or none.
local function bar_left(value)
  local ends = bar_end(value)
  return ends and math.max(0, ends - now)
end

-- How many bars the rules say there are, 0: it isn't worth looking. Where they can't say, it is.
local function bars_in(text, is_hash)
  return whole(text) or (text or not is_hash) and 1 or 0
end
