-- Takes a lock or a place in its queue, or leaves it, and says whose turn it is.
-- KEYS[1]  the lock, a hash: 'last' is the last fence; a holder, '{w|r}{request}', is '{since}+{lease}:{fence}': it is his since then, in microseconds since 1970,
--          for so many milliseconds; while somebody waits for his turn, 'queue' is how long whoever's turn it is has to come, in milliseconds
-- KEYS[2]  who waits for his turn: holders by their arrival. On the channel of this name is told 'free', 'turn {holder}', or 'held {milliseconds}' when somebody
--          has come whose turn it was
-- KEYS[3]  in a quorum: since when the server remembers, in milliseconds since 1970
-- ARGV[1]  the holder; 'w' shares with nobody, 'r' with others that are 'r'
-- ARGV[2]  how long the lock is held from now, in milliseconds; 0 to leave
-- ARGV[3]  to take or get a place in the queue: how long places are kept, in milliseconds
-- ARGV[4]  and how long whoever's turn it is has to come
-- Reply    to who takes it: the fence, as text, if he holds the lock; else the milliseconds until the others' ends. In a quorum {that, for how many milliseconds
--          the server has forgotten nothing}. To who leaves: 1, or 0 if he was not there
local me, lease = ARGV[1], ARGV[2]
local has_left = lease == '0' and redis.call('HDEL', KEYS[1], me) == 1
local stored = redis.call('HGETALL', KEYS[1])
-- Mostly nobody has the lock and nobody waits for it. Then times and fences stay texts, as writing a number takes as long as a command: they have 16 digits until the
-- year 2286. The key's end is moved on when the first five of them change, about once a day; a lease that is longer than that has nine.
local last = stored[2] or ''
local is_free = #stored == 0 or #stored == 2 and stored[1] == 'last' and #last == 16
if is_free and lease ~= '0' and #lease < 9 and not KEYS[3] then
  local time = redis.call('TIME')
  local fence = time[1] .. string.sub('00000' .. time[2], -6)
  if fence > last and #fence == 16 then
    redis.call('HSET', KEYS[1], 'last', fence, me, fence .. '+' .. lease .. ':' .. fence)
    if string.sub(fence, 1, 5) ~= string.sub(last, 1, 5) then
      redis.call('PEXPIRE', KEYS[1], 2592000000)
    end
    return fence
  end
end

-- How long the last fence is kept at least and at most, in milliseconds: even without it fences grow, unless the server's clock is set back.
local kept, longest_kept = 2500000000, 2592000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local queue, channel = KEYS[2], KEYS[2]
local ends, fences, holders, writers = {}, {}, 0, 0
local claim
last, lease = 0, tonumber(lease)

local function text(number)
  return string.format('%.0f', number)
end

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
  for place = 1, #stored, 2 do
    local name, value = stored[place], stored[place + 1]
    local since, life, fence = string.match(value, '^(%d+)%+(%d+):(%d+)$')
    local stop = since and since + life * 1000
    if name == 'last' then
      last = tonumber(value) or 0
    elseif name == 'queue' then
      claim = tonumber(value)
    elseif stop and stop > now then
      ends[name], fences[name] = stop, tonumber(fence)
      count(name, 1)
    else
      redis.call('HDEL', KEYS[1], name)
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

-- It is this holder's from now on for so long, if it is not for longer.
local function keep(holder, life)
  if (ends[holder] or 0) < now + life * 1000 then
    ends[holder] = now + life * 1000
    redis.call('HSET', KEYS[1], holder, text(now) .. '+' .. text(life) .. ':' .. text(fences[holder]))
  end
  if redis.call('PTTL', KEYS[1]) < math.max(kept, life) then
    redis.call('PEXPIRE', KEYS[1], text(math.max(longest_kept, life)))
  end
end

-- The fence is greater than all before it.
local function give(holder, life)
  last = math.max(last + 1, now)
  redis.call('HSET', KEYS[1], 'last', text(last))
  fences[holder] = last
  count(holder, 1)
  keep(holder, life)
end

-- Gives the lock to whoever is first in the queue, and to all readers behind a reader; answers who is first then.
local function serve()
  local first = claim and redis.call('ZRANGE', queue, 0, 0)[1]
  while first and admits(first) do
    redis.call('ZREM', queue, first)
    if first == me then
      give(first, lease)
    else
      give(first, claim)
      redis.call('PUBLISH', channel, 'turn ' .. first)
    end
    first = redis.call('ZRANGE', queue, 0, 0)[1]
  end
  if claim and not first then
    redis.call('HDEL', KEYS[1], 'queue')
  end
  return first
end

local function enqueue(life)
  if not redis.call('ZSCORE', queue, me) then
    -- Behind whoever has come in the same microsecond, and before the clock was set back.
    local newest = redis.call('ZREVRANGE', queue, 0, 0, 'WITHSCORES')[2]
    redis.call('ZADD', queue, text(math.max(now, (newest or 0) + 1)), me)
  end
  if not claim then
    redis.call('HSET', KEYS[1], 'queue', ARGV[4])
    claim = tonumber(ARGV[4])
  end
  if redis.call('PTTL', queue) < life then
    redis.call('PEXPIRE', queue, text(life))
  end
end

-- For how long the server has forgotten nothing: what it is told is gone together with this key, if it loses its memory.
local function remembers()
  local millis = math.floor(now / 1000)
  local since = tonumber(redis.call('GET', KEYS[3]) or '')
  if not since or since > millis then
    since = millis
    redis.call('SET', KEYS[3], text(millis))
  end
  redis.call('PEXPIRE', KEYS[3], longest_kept)
  return millis - since
end

local function answer(reply)
  if KEYS[3] then
    return {reply, remembers()}
  end
  return reply
end

load()
if lease == 0 then
  redis.call('ZREM', queue, me)
  local first = serve()
  if has_left and holders == 0 and not first then
    redis.call('PUBLISH', channel, 'free')
  end
  return has_left and 1 or 0
end
if ends[me] then
  -- Sent again, or it was his turn.
  keep(me, lease)
  if claim and redis.call('ZCARD', queue) > 0 then
    redis.call('PUBLISH', channel, 'held ' .. text(lease))
  end
else
  if ARGV[3] then
    enqueue(tonumber(ARGV[3]))
  end
  if not serve() and not ends[me] and admits(me) then
    give(me, lease)
  end
end
if ends[me] then
  return answer(text(fences[me]))
end
local stop = now
for _, other in pairs(ends) do
  stop = math.max(stop, other)
end
return answer(math.ceil((stop - now) / 1000))
