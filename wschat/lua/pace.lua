-- after: now values
-- Shared: how fast somebody may post or act. A pace is a token bucket in one number: the moment in ms at which it will
-- be full again (the generic cell rate algorithm).

-- That moment as Redis has it, the present where it is past. Beyond `most` ms from now, the clock was put back.
local function moment(text, most)
  local full = tonumber(text or 0) or 0
  return full >= now and full <= now + most and full or now
end

-- Ms to wait until what has this pace is `interval` ms each, and at most `ahead` ms before its time; 0 when it may be
-- done, and is counted. `interval`: 0 without a limit.
local function wait(pace, interval, ahead)
  if interval == 0 then return 0 end
  local full = moment(get(pace), ahead) + interval
  if full - now > ahead then return full - now - ahead end
  redis.call('SET', pace, full, 'PX', ahead)
  return 0
end
