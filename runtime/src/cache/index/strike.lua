-- Takes members off the list of a value of an index. A set of which only the mark is left ends with it.
-- KEYS[1]  the set
-- ARGV[1]  how long a mark lives, in milliseconds
-- ARGV[2…] the members
-- Reply    how many of them were there
local struck = redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
if redis.call('ZCARD', KEYS[1]) == 1
  and redis.call('PTTL', KEYS[1]) == -1
  and redis.call('ZSCORE', KEYS[1], '!') then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
return struck
