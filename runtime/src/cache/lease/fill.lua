-- Puts the loaded value in the place of its lease. Whoever deleted or overwrote the lease meanwhile has voided the load.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker
-- ARGV[2]  the value's envelope
-- ARGV[3]  its TTL in milliseconds, or 0 for a value without an end
-- Reply    1, or 0 if the lease is no longer there and nothing was written
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
