-- Takes the lease on a key that holds nothing, or says what it holds.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker, unique to this load
-- ARGV[2]  how long the lease lives, in milliseconds
-- ARGV[3]  the SHA-1 of what the caller has read there and cannot use, or ''
-- Reply    {1, now} if the lease was taken, where now is the server's time in milliseconds since 1970
--          {0, now, held, left} if something is there: what, and its PTTL
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('GET', KEYS[1])
if held and redis.sha1hex(held) ~= ARGV[3] then
  return {0, now, held, redis.call('PTTL', KEYS[1])}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, now}
