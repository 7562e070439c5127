-- Moves the end of a held permit on.
-- KEYS[1]  the permits: holders by their ends, in milliseconds since 1970
-- ARGV[1]  the holder
-- ARGV[2]  how long the permit is held from now, in milliseconds
-- Reply    1, or 0 if the holder holds none any more
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not held or tonumber(held) <= now then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
