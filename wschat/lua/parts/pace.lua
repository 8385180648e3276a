-- after: now values
-- Shared: paces, which limit how fast somebody may post or act. A pace is a token bucket in one number: the moment in
-- ms at which it will be full again (the generic cell rate algorithm).
-- Gives: moment(), wait().

-- The moment in a stored pace; now if it is past, or more than `most` ms ahead, since the clock was put back.
local function moment(text, most)
  local full = tonumber(text or 0) or 0
  return full >= now and full <= now + most and full or now
end

-- The ms until one more is within this pace, which allows one every `interval` ms, and `ahead` ms in advance; 0: it
-- is now, and is counted. `interval` 0: no limit.
local function wait(pace, interval, ahead)
  if interval == 0 then return 0 end
  local full = moment(get(pace), ahead) + interval
  if full - now > ahead then return full - now - ahead end
  redis.call('SET', pace, full, 'PX', ahead)
  return 0
end
