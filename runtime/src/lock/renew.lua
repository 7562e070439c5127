-- Moves the ends of many held locks on, each if its holder is still there.
-- KEYS     the locks
-- ARGV     for each lock: the holder, and how long it is held from now, in milliseconds
-- Reply    for each lock 1, or 0 if the holder is not there any more
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local reply = {}
for place, key in ipairs(KEYS) do
  local holder, lease = ARGV[place * 2 - 1], tonumber(ARGV[place * 2])
  reply[place] = 0
  -- Whatever somebody has put in a lock's place must not end the renewal of the others.
  local held = redis.pcall('HGET', key, holder)
  local stop, fence
  if type(held) == 'string' then
    stop, fence = string.match(held, '^(%d+):(%d+)$')
  end
  if stop and tonumber(stop) > now then
    local later = math.max(tonumber(stop), now + lease)
    redis.call('HSET', key, holder, string.format('%.0f', later) .. ':' .. fence)
    if redis.call('PTTL', key) < later - now then
      redis.call('PEXPIRE', key, later - now)
    end
    reply[place] = 1
  end
end
return reply
