-- Stores a value, unless somebody with a greater fence has done so.
-- KEYS[1]  the key
-- KEYS[2]  the greatest fence that has written it
-- ARGV[1]  the writer's fence, a whole number in decimal digits
-- ARGV[2]  the value
-- ARGV[3]  its TTL in milliseconds, or 0 for none
-- ARGV[4]  how long the fence is remembered, in milliseconds, or 0 for ever
-- Reply    {1}, or {0, greatest} if the writer comes too late
local function set(key, value, millis)
  if millis == '0' then
    redis.call('SET', key, value)
  else
    redis.call('SET', key, value, 'PX', millis)
  end
end

-- As digits: a number of Lua does not hold all of 64 bits.
local function is_less(one, other)
  if #one ~= #other then
    return #one < #other
  end
  return one < other
end

local greatest = redis.call('GET', KEYS[2])
if greatest and is_less(ARGV[1], greatest) then
  return {0, greatest}
end
set(KEYS[2], ARGV[1], ARGV[4])
set(KEYS[1], ARGV[2], ARGV[3])
return {1}
