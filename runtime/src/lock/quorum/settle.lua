-- Has one server of a quorum know the fence that a holder was given: the greatest of those that the servers have given him.
-- KEYS[1]  the lock, as in turn.lua
-- ARGV[1]  the holder
-- ARGV[2]  his fence
-- Reply    1 if he holds the lock here, 0 if not: then nothing was done
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local stored = redis.call('HMGET', KEYS[1], ARGV[1], 'last')
local since, life = string.match(stored[1] or '', '^(%d+)%+(%d+):%d+$')
if not since or since + life * 1000 <= now then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], since .. '+' .. life .. ':' .. ARGV[2])
if (tonumber(stored[2]) or 0) < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], 'last', ARGV[2])
end
return 1
