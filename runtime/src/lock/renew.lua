-- Moves the ends of many held locks on, each if its holder is still there.
-- KEYS     the locks, as in turn.lua
-- ARGV     for each lock: the holder, and how long it is held from now, in milliseconds
-- Reply    for each lock 1, or 0 if the holder is not there any more
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local reply = {}
for place, key in ipairs(KEYS) do
  local holder, lease = ARGV[place * 2 - 1], ARGV[place * 2]
  reply[place] = 0
  -- Whatever somebody has put in a lock's place must not end the renewal of the others.
  local held = redis.pcall('HGET', key, holder)
  local since, life, fence
  if type(held) == 'string' then
    since, life, fence = string.match(held, '^(%d+)%+(%d+):(%d+)$')
  end
  local stop = since and since + life * 1000
  if stop and stop > now then
    if stop < now + lease * 1000 then
      redis.call('HSET', key, holder, string.format('%.0f', now) .. '+' .. lease .. ':' .. fence)
    end
    local kept = math.max(2500000000, lease)
    if redis.call('PTTL', key) < kept then
      redis.call('PEXPIRE', key, string.format('%.0f', math.max(2592000000, lease)))
    end
    reply[place] = 1
  end
end
return reply
