-- Lists an entry under a value of an index, unless that value was invalidated after the entry's load began. Members that have
-- ended make room, a few at a time, so that garbage goes as fast as members come.
-- KEYS[1]  the set: its members are scored by when they end; the score of '!' says at which count it was last invalidated
-- ARGV[1]  the member
-- ARGV[2]  how long the entry lives at most, in milliseconds, or 0 for one without an end
-- ARGV[3]  what the counter said when the load began, or '' for an entry that no invalidation can have come before
-- ARGV[4]  how many members that have ended are removed at most
-- Reply    1, or 0 if the value was invalidated and nothing was listed
local mark = redis.call('ZSCORE', KEYS[1], '!')
if mark and ARGV[3] ~= '' and tonumber(mark) > tonumber(ARGV[3]) then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = string.format('(%.0f', now)
local ended = redis.call('ZRANGE', KEYS[1], '-inf', before, 'BYSCORE', 'LIMIT', '0', ARGV[4])
if #ended > 0 then
  redis.call('ZREM', KEYS[1], unpack(ended))
end
local lives = tonumber(ARGV[2])
-- -2 for a set that is not there, -1 for one without an end
local left = redis.call('PTTL', KEYS[1])
if lives == 0 then
  redis.call('ZADD', KEYS[1], '+inf', ARGV[1])
  redis.call('PERSIST', KEYS[1])
  return 1
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + lives), ARGV[1])
if left ~= -1 and left < lives then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
