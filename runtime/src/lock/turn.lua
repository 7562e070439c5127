-- Takes a lock or a place in its queue, or leaves it, and says whose turn it is.
-- KEYS[1]  the lock: a hash of its holders, '{w|r}{request}' to '{end}:{fence}', where the end is in milliseconds since 1970
-- KEYS[2]  the last fence
-- KEYS[3]  who waits for his turn: holders by their arrival
-- KEYS[4]  in a quorum: since when the server remembers, in milliseconds since 1970
-- ARGV[1]  'take', 'queue' to take or get a place, 'leave'
-- ARGV[2]  the holder; 'w' shares with nobody, 'r' with others that are 'r'
-- ARGV[3]  how long the lock is held from now, in milliseconds
-- ARGV[4]  how long places are kept, in milliseconds
-- ARGV[5]  how long whoever's turn it is has to come, in milliseconds
-- ARGV[6]  how long the last fence is kept, in milliseconds
-- ARGV[7]  the channel: 'free', 'turn {holder}', or 'held {milliseconds}' when somebody has come whose turn it was
-- Reply    {1, fence} if the holder holds it; {0, left} if not, with the milliseconds until the others' ends; {1, 0} when it has left, {0, 0} if it was not there.
--          To who takes it in a quorum also for how many milliseconds the server has forgotten nothing
local verb, me, channel = ARGV[1], ARGV[2], ARGV[7]
local has_left = verb == 'leave' and redis.call('HDEL', KEYS[1], me) == 1
-- Mostly nobody else has the lock and nobody waits for it, and then there is little to do.
local is_alone = redis.call('EXISTS', KEYS[1], KEYS[3]) == 0
if is_alone and verb == 'leave' then
  if has_left then
    redis.call('PUBLISH', channel, 'free')
  end
  return {has_left and 1 or 0, 0}
end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local lease = tonumber(ARGV[3])

local function text(number)
  return string.format('%.0f', number)
end

-- A fence that is greater than all before it.
local function next_fence()
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  local fence = math.max(last + 1, micros)
  redis.call('SET', KEYS[2], text(fence), 'PX', ARGV[6])
  return fence
end

-- What a server is told is gone together with this key, if it loses its memory.
local function remembers()
  local since = tonumber(redis.call('GET', KEYS[4]) or '')
  if not since or since > now then
    since = now
    redis.call('SET', KEYS[4], text(now), 'PX', ARGV[6])
  end
  redis.call('PEXPIRE', KEYS[4], ARGV[6])
  return now - since
end

local function answer(is_held, number)
  if KEYS[4] then
    return {is_held, number, remembers()}
  end
  return {is_held, number}
end

if is_alone then
  local fence = next_fence()
  redis.call('HSET', KEYS[1], me, text(now + lease) .. ':' .. text(fence))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return answer(1, fence)
end
local claim = tonumber(ARGV[5])
local ends, fences, holders, writers = {}, {}, 0, 0

local function is_writer(holder)
  return string.sub(holder, 1, 1) == 'w'
end

local function count(holder, step)
  holders = holders + step
  if is_writer(holder) then
    writers = writers + step
  end
end

local function load()
  local stored = redis.call('HGETALL', KEYS[1])
  for place = 1, #stored, 2 do
    local holder = stored[place]
    local stop, fence = string.match(stored[place + 1], '^(%d+):(%d+)$')
    if stop and tonumber(stop) > now then
      ends[holder], fences[holder] = tonumber(stop), tonumber(fence)
      count(holder, 1)
    else
      redis.call('HDEL', KEYS[1], holder)
    end
  end
end

-- Whether the lock is free for this holder.
local function admits(holder)
  if is_writer(holder) then
    return holders == 0
  end
  return writers == 0
end

-- Moves a holder's end on.
local function keep(holder, life)
  ends[holder] = math.max(ends[holder] or 0, now + life)
  redis.call('HSET', KEYS[1], holder, text(ends[holder]) .. ':' .. text(fences[holder]))
  if redis.call('PTTL', KEYS[1]) < ends[holder] - now then
    redis.call('PEXPIRE', KEYS[1], ends[holder] - now)
  end
end

local function give(holder, life)
  fences[holder] = next_fence()
  count(holder, 1)
  keep(holder, life)
end

-- Gives the lock to whoever is first in the queue, and to all readers behind a reader.
local function serve()
  local first = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  while first and admits(first) do
    redis.call('ZREM', KEYS[3], first)
    if first == me then
      give(first, lease)
    else
      give(first, claim)
      redis.call('PUBLISH', channel, 'turn ' .. first)
    end
    first = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
  end
  return first
end

local function queue()
  if not redis.call('ZSCORE', KEYS[3], me) then
    redis.call('ZADD', KEYS[3], text(micros), me)
  end
  if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[4]) then
    redis.call('PEXPIRE', KEYS[3], ARGV[4])
  end
end

load()
if verb == 'leave' then
  redis.call('ZREM', KEYS[3], me)
  local first = serve()
  if has_left and holders == 0 and not first then
    redis.call('PUBLISH', channel, 'free')
  end
  return {has_left and 1 or 0, 0}
end
if ends[me] then
  -- Sent again, or it was his turn.
  keep(me, lease)
  if redis.call('ZCARD', KEYS[3]) > 0 then
    redis.call('PUBLISH', channel, 'held ' .. text(lease))
  end
else
  if verb == 'queue' then
    queue()
  end
  if not serve() and not ends[me] and admits(me) then
    give(me, lease)
  end
end
if ends[me] then
  return answer(1, fences[me])
end
local last = now
for _, stop in pairs(ends) do
  last = math.max(last, stop)
end
return answer(0, last - now)
