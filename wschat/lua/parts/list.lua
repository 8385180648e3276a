-- Shared: the list of people in a room. `people` has for each: the name's skeletons with tabs between them, newline,
-- JSON. `names` has for each skeleton the id of its person.
-- Gives: json_of(), skeletons_of(), free_names(), take_off().

-- The JSON of a person in the list; nil for anything else.
local function json_of(listed) return string.match(listed or '', '\n(.*)$') end

-- Each skeleton of the name of a person in the list.
local function skeletons_of(listed) return string.gmatch(string.match(listed, '^[^\n]*'), '[^\t]+') end

-- Free the names of a person in the list, unless they are somebody else's by now.
local function free_names(names, person, listed)
  for skeleton in skeletons_of(listed) do
    if redis.call('HGET', names, skeleton) == person then redis.call('HDEL', names, skeleton) end
  end
end

-- Take a person who isn't online any more off the list; returns the JSON to tell others, nil if the list had none.
local function take_off(online, people, names, person)
  local listed = redis.call('HGET', people, person)
  local json = json_of(listed)
  redis.call('ZREM', online, person)
  redis.call('HDEL', people, person)
  if json then free_names(names, person, listed) end
  return json
end
