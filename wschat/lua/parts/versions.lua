-- after: values
-- Shared: versions, which count changes, so that nodes notice missed ones.
-- Gives: next_list_version(), next_version().

-- Count a change of the list of people; from 1 if meta has no valid number: nodes whose list is newer read it again.
local function next_list_version(meta)
  local version = redis.pcall('HINCRBY', meta, 'people', 1)
  if type(version) == 'number' then return version end
  redis.call('HSET', meta, 'people', 1)
  return 1
end

-- Count a change of the rules, also in meta, which posts and nodes read.
local function next_version(rules, meta)
  local known = whole(field(rules, 'version')) or whole(field(meta, 'rules')) or 0
  local version = string.format('%.0f', known + 1)
  redis.call('HSET', rules, 'version', version)
  redis.call('HSET', meta, 'rules', version)
  return version
end
