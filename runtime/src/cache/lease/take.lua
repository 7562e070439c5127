-- Takes the lease on a key whatever it holds, or only if it still holds what was read there.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker, unique to this load
-- ARGV[2]  how long the lease lives, in milliseconds
-- ARGV[3]  what must be there: its SHA-1, or the token of the refresh whose lease stands in it; or ''
-- Reply    {1, now, left, held} if the lease was taken, where now is the server's time in milliseconds since 1970, and held what
--          was there, or nothing, and left its PTTL; {0, now} if something else is there
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('GET', KEYS[1])
local is_there = true
if #ARGV[3] == 16 then
  is_there = held and string.sub(held, 63, 78) == ARGV[3]
elseif ARGV[3] ~= '' then
  is_there = held and redis.sha1hex(held) == ARGV[3]
end
if not is_there then
  return {0, now}
end
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, now, left, held or nil}
