-- Counts an invalidation by index.
-- KEYS[1]  the counter of the indexes of a namespace and version
-- ARGV[1]  how long the counter is to live from now at least, in milliseconds
-- ARGV[2]  'make' a counter that is not there, or 'leave' it: then nothing of this version is being loaded
-- Reply    the count, as text; nil if there is none
local held = redis.call('GET', KEYS[1])
local count
if held then
  count = tonumber(held) + 1
elseif ARGV[2] == 'make' then
  local time = redis.call('TIME')
  count = time[1] * 1000000 + time[2]
else
  return false
end
local text = string.format('%.0f', count)
redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', 2 * ARGV[1]))
return text
