-- Takes a permit or a place in the queue, or leaves it, and gives free permits to those who have waited longest.
-- KEYS[1]  the permits: holders by their ends, in milliseconds since 1970
-- KEYS[2]  the queue: holders by their arrival, in microseconds since 1970
-- ARGV[1]  'take', 'queue' to take or get a place, 'leave'
-- ARGV[2]  the holder
-- ARGV[3]  how many permits there are
-- ARGV[4]  how long the permit is held from now, in milliseconds
-- ARGV[5]  how long places are kept, in milliseconds
-- ARGV[6]  how long whoever's turn it is has to come, in milliseconds
-- ARGV[7]  the channel: '{holder}' when it is his turn, '+{holder}' when he has come
-- Reply    {1, now, end} if the holder holds one; {0, now, end} if not, with the time at which the first of the others ends; {1, now, 0}
--          when it has left, {0, now, 0} if it was not there; times are milliseconds since 1970
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local verb, me, lease = ARGV[1], ARGV[2], tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local free = ARGV[3] - redis.call('ZCARD', KEYS[1])

local function lives(key, millis)
  if redis.call('PTTL', key) < millis then
    redis.call('PEXPIRE', key, millis)
  end
end

local function give(holder, millis)
  redis.call('ZADD', KEYS[1], now + millis, holder)
  lives(KEYS[1], millis)
end

-- Gives what is free to whoever is first, each in his turn; answers whether anybody still waits.
local function serve()
  local first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  while first and free > 0 do
    redis.call('ZREM', KEYS[2], first)
    free = free - 1
    if first == me then
      give(me, lease)
    else
      give(first, tonumber(ARGV[6]))
      redis.call('PUBLISH', ARGV[7], first)
    end
    first = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  end
  return first
end

if verb == 'leave' then
  local held = redis.call('ZREM', KEYS[1], me)
  local waited = redis.call('ZREM', KEYS[2], me)
  free = free + held
  serve()
  return {math.max(held, waited), now, 0}
end
if redis.call('ZSCORE', KEYS[1], me) then
  -- Sent again, or it was his turn.
  give(me, lease)
  if redis.call('EXISTS', KEYS[2]) == 1 then
    redis.call('PUBLISH', ARGV[7], '+' .. me)
  end
else
  if verb == 'queue' and not redis.call('ZSCORE', KEYS[2], me) then
    -- Behind whoever has come in the same microsecond.
    local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
    redis.call('ZADD', KEYS[2], string.format('%.0f', math.max(micros, (last or 0) + 1)), me)
    lives(KEYS[2], tonumber(ARGV[5]))
  end
  if not serve() and free > 0 and verb == 'take' then
    give(me, lease)
  end
end
local mine = redis.call('ZSCORE', KEYS[1], me)
if mine then
  return {1, now, tonumber(mine)}
end
return {0, now, tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or now)}
