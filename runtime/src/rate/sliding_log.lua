-- Takes from every limit of one key, or from none: keeps every unit that was taken for the longest period, so it is exact.
-- KEYS[1]  the log: a sorted set of '{microseconds}:{number}', scored by the microseconds; and of '{microseconds}', how long
--          units are kept for the sake of whoever has asked for that, scored by the negative of the time until which they are
-- ARGV[1]  'take', or 'peek' to change nothing
-- ARGV[2]  the cost, in units
-- ARGV[3…] for each limit: microseconds of its period, units a period; the longest period last
-- Reply    {allowed, now, retry_after, denier, then for each limit: remaining units, microseconds until it is full again}
--          allowed is 1 or 0; now is in microseconds since 1970; retry_after in microseconds and denier, the place of the limit
--          that waits longest, are 0 if allowed
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[2])
local longest = ARGV[#ARGV - 1]
-- A unit counts for exactly one period: one that is as old as that no longer does.
local function since(period)
  return string.format('(%.0f', now - period)
end
local retry_after, denier = 0, 0
local newest = redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', 0, 'WITHSCORES', 'LIMIT', 0, 1)[2]
local reply = {0, now, 0, 0}
for place = 3, #ARGV, 2 do
  local period, limit = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  local count = redis.call('ZCOUNT', KEYS[1], since(period), '+inf')
  local over = count + cost - limit
  if over > 0 then
    -- Room for the cost when the unit that is the last one too many has had its period.
    local leaving = redis.call('ZRANGEBYSCORE', KEYS[1], since(period), '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)[2]
    local wait = leaving and leaving + period - now or period
    if wait > retry_after then
      retry_after, denier = wait, (place - 1) / 2
    end
  end
  table.insert(reply, math.max(limit - count, 0))
  table.insert(reply, count > 0 and newest + period - now or 0)
end
if denier == 0 and ARGV[1] == 'take' and cost > 0 then
  redis.call('ZADD', KEYS[1], string.format('-%.0f', now + longest), longest)
  local kept, last = 0, 0
  local keeping = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('(-%.0f', now), 'WITHSCORES')
  for place = 1, #keeping, 2 do
    kept = math.max(kept, tonumber(keeping[place]))
    last = math.max(last, -keeping[place + 1] - now)
  end
  -- Whoever has not asked for so long, and then the units that nobody counts any more.
  redis.call('ZREMRANGEBYSCORE', KEYS[1], string.format('-%.0f', now), string.format('%.0f', now - kept))
  local number = redis.call('ZCARD', KEYS[1])
  for _ = 1, cost do
    -- A clock that was set back to this microsecond may have numbered units in it before.
    repeat
      number = number + 1
    until redis.call('ZADD', KEYS[1], 'NX', now, string.format('%.0f:%d', now, number)) == 1
  end
  redis.call('PEXPIRE', KEYS[1], math.ceil(last / 1000))
  for place = 5, #reply, 2 do
    reply[place] = reply[place] - cost
    reply[place + 1] = tonumber(ARGV[place - 2])
  end
end
reply[1] = denier == 0 and 1 or 0
reply[3], reply[4] = retry_after, denier
return reply
