-- Has one server of a quorum know the fence that a holder was given: the greatest of those that the servers have given him.
-- KEYS[1]  the lock, as in turn.lua
-- KEYS[2]  the last fence
-- ARGV[1]  the holder
-- ARGV[2]  his fence
-- ARGV[3]  how long the last fence is kept, in milliseconds
-- Reply    1 if he holds the lock here, 0 if not: then nothing was done
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HGET', KEYS[1], ARGV[1])
local stop = held and string.match(held, '^(%d+):%d+$')
if not stop or tonumber(stop) <= now then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], stop .. ':' .. ARGV[2])
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if last < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
return 1
