-- Says how often indexes were invalidated, before a load begins. A counter begins at the server's time in microseconds, so one
-- that was lost and made anew is ahead of all that it ever said.
-- KEYS[1]  the counter of the indexes of a namespace and version
-- ARGV[1]  how long the counter is to live from now at least, in milliseconds
-- Reply    the count, as text: it has more digits than Lua writes by itself
local held = redis.call('GET', KEYS[1])
if not held then
  local time = redis.call('TIME')
  held = string.format('%.0f', time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[1], held, 'PX', string.format('%.0f', 2 * ARGV[1]))
elseif redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 2 * ARGV[1]))
end
return held
