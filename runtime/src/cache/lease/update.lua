-- Puts what was made of a value in its place. If somebody has changed, replaced or invalidated it meanwhile, nothing is written.
-- KEYS[1]  the entry
-- ARGV[1]  the SHA-1 of the value's envelope as it was read
-- ARGV[2]  the new value's envelope
-- ARGV[3]  its TTL in milliseconds, 0 for a value without an end, or 'keep' to leave the end as it is
-- Reply    1, or 0 if the value is no longer there and nothing was written
local held = redis.call('GET', KEYS[1])
if not held or redis.sha1hex(held) ~= ARGV[1] then
  return 0
end
if ARGV[3] == 'keep' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
elseif ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
