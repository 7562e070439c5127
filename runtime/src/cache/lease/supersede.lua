-- Puts what a refresh has loaded in the place of the entry in which its lease stands. Whoever deleted or overwrote the entry
-- meanwhile, or took the lease over, has voided the refresh.
-- KEYS[1]  the entry
-- ARGV[1]  the token of the refresh
-- ARGV[2]  the new value's envelope
-- ARGV[3]  its TTL in milliseconds, or 0 for a value without an end
-- Reply    1, or 0 if the lease is no longer there and nothing was written
if redis.call('GETRANGE', KEYS[1], 62, 77) ~= ARGV[1] then
  return 0
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
