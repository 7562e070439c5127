-- Marks a value of an index as invalidated, so that no load that began before is listed under it any more.
-- KEYS[1]  the set
-- ARGV[1]  the count of the invalidation
-- ARGV[2]  how long the mark lives, in milliseconds
-- Reply    1
local mark = redis.call('ZSCORE', KEYS[1], '!')
if not mark or tonumber(mark) < tonumber(ARGV[1]) then
  redis.call('ZADD', KEYS[1], ARGV[1], '!')
end
local left = redis.call('PTTL', KEYS[1])
-- -1 is a set without an end: a new one, if the mark is all there is in it
if left >= 0 and left < tonumber(ARGV[2]) or left == -1 and redis.call('ZCARD', KEYS[1]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
