-- Puts a new value in the place of the one that was there when its load began. If that one was invalidated or overwritten
-- meanwhile, nothing is written.
-- KEYS[1]  the entry
-- ARGV[1]  the SHA-1 of the old value's envelope
-- ARGV[2]  the new value's envelope
-- ARGV[3]  its TTL in milliseconds, or 0 for a value without an end
-- Reply    1, or 0 if the old value is no longer there and nothing was written
local held = redis.call('GET', KEYS[1])
if not held or redis.sha1hex(held) ~= ARGV[1] then
  return 0
end
if ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
