-- Lets an entry that was read live on, if it still holds what was read. Nothing is shortened, and nothing lives beyond its end.
-- KEYS[1]  the entry
-- ARGV[1]  the token of the load that has stored what was read
-- ARGV[2]  how long the entry lives from now, in milliseconds
-- ARGV[3]  its end at the latest, in milliseconds since 1970 by the server's clock, or 0 for a value without an end
-- ARGV[4]  how much longer it has to live by that, in milliseconds, unless that is its end: for less it is not written, since
--          those who keep copies hear of it
-- Reply    1, or 0 if it lives long enough; nil if it does not hold what was read any more
if redis.call('GETRANGE', KEYS[1], 42, 57) ~= ARGV[1] then
  return false
end
local left = redis.call('PTTL', KEYS[1])
local life = tonumber(ARGV[2])
local worth = tonumber(ARGV[4])
if ARGV[3] ~= '0' then
  local time = redis.call('TIME')
  local longest = ARGV[3] - time[1] * 1000 - math.floor(time[2] / 1000)
  if longest < life then
    -- The last time: after this it has all that it can have.
    life = longest
    worth = 1
  end
end
if left < 0 or life - left < worth then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], string.format('%.0f', life))
