-- after: now values
-- Shared: bars. `barred` has for each bar of a person (its field is `mute:` or `remove:` and the id): its end in ms,
-- 0: for good, when it was made, comma-separated addresses, JSON. For each of these addresses it has a bar
-- (`address:mute:` and the address), which is only an end.
-- Gives: bar_end(), bar_left(), bar_of(), bars_in().

-- The end of a bar in ms, 0: it is for good; nil if it is over, or isn't one.
local function bar_end(value)
  local ends = type(value) == 'string' and whole(string.match(value, '^%d+'))
  return ends and (ends == 0 or ends > now) and ends or nil
end

-- The ms that a bar lasts, 0: for good; nil if it is over, or isn't one.
local function bar_left(value)
  local ends = bar_end(value)
  return ends and math.max(0, ends - now)
end

-- The ms that a bar lasts, 0: for good; nil if there is none. `kind`: mute or remove; with `address:` before it, `who`
-- is an address, else a person.
local function bar_of(barred, kind, who)
  return bar_left(field(barred, kind .. ':' .. who))
end

-- The number of bars according to the rules; 0: skip the lookup. 1 if the rules can't tell.
local function bars_in(text, is_hash)
  return whole(text) or (text or not is_hash) and 1 or 0
end
