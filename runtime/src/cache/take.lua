-- Takes the lease on a key whatever it holds, or only if it still holds what was read there.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker, unique to this load
-- ARGV[2]  how long the lease lives, in milliseconds
-- ARGV[3]  the SHA-1 of what must be there, or ''
-- Reply    {1, now, held} if the lease was taken, where now is the server's time in milliseconds since 1970 and held what was
--          there, or nothing; {0, now} if something else is there
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('GET', KEYS[1])
if ARGV[3] ~= '' and not (held and redis.sha1hex(held) == ARGV[3]) then
  return {0, now}
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, now, held or nil}
