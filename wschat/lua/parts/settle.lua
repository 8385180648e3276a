-- after: bars
-- Shared: all bars of a room at once.
-- Gives: bar_parts(), settle_bars().

-- The end of a person's bar, when it was made, its addresses, its JSON; nil if it is over, or isn't one.
local function bar_parts(value)
  local ends, made, addresses, json = string.match(value or '', '^(%d+) (%d+) (%S*) (.*)$')
  ends, made = bar_end(ends), whole(made)
  if ends and made then return ends, made, addresses, json end
end

-- All bars of people (field -> value), and their number. Deletes those that are over, and derives the bars of
-- addresses from those of people; they last `address_max` ms at most.
local function settle_bars(rules, barred, address_max)
  local names, bars, addresses, count = redis.call('HKEYS', barred), {}, {}, 0
  for first = 1, #names, UNPACK_MAX do
    local some = {unpack(names, first, math.min(first + UNPACK_MAX - 1, #names))}
    for i, value in ipairs(redis.call('HMGET', barred, unpack(some))) do
      local ends, made, listed = bar_parts(value)
      if ends then
        bars[some[i]], count = value, count + 1
        local kind, longest = string.match(some[i], '^%a+'), made + address_max
        local last = ends == 0 and longest or math.min(ends, longest)
        for address in string.gmatch(listed, '[^,]+') do
          local name = 'address:' .. kind .. ':' .. address
          if last > now then addresses[name] = math.max(addresses[name] or 0, last) end
        end
      elseif string.sub(some[i], 1, 8) ~= 'address:' then
        redis.call('HDEL', barred, some[i])
      end
    end
  end
  for _, name in ipairs(names) do
    if string.sub(name, 1, 8) == 'address:' and not addresses[name] then redis.call('HDEL', barred, name) end
  end
  for name, last in pairs(addresses) do redis.call('HSET', barred, name, last) end
  if count > 0 or field(rules, 'bars') then redis.call('HSET', rules, 'bars', count) end  -- reading isn't an act
  return bars, count
end
