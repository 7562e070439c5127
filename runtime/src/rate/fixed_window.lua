-- Takes from every limit of one key, or from none: counts in windows that are aligned to the server's clock.
-- KEYS[1]  the state, as in sliding_window.lua, for builds that count by that: a hash with a field for each limit's period,
--          '{window}:{count before}:{count}'
-- ARGV[1]  'take', or 'peek' to change nothing
-- ARGV[2]  the cost, in units
-- ARGV[3…] for each limit: microseconds of its period, units a period
-- Reply    {allowed, now, retry_after, denier, then for each limit: remaining units, microseconds until its window ends}
--          allowed is 1 or 0; now is in microseconds since 1970; retry_after in microseconds and denier, the place of the limit
--          that waits longest, are 0 if allowed
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[2])
local retry_after, denier, last = 0, 0, 0
local periods, windows, befores, counts, limits, ends = {}, {}, {}, {}, {}, {}
for place = 3, #ARGV, 2 do
  local period, limit = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  local window = math.floor(now / period)
  local held = redis.call('HGET', KEYS[1], ARGV[place])
  local since, before, count = string.match(held or '', '^(%d+):(%d+):(%d+)$')
  since, before, count = tonumber(since) or 0, tonumber(before) or 0, tonumber(count) or 0
  if since < window then
    before, count = since == window - 1 and count or 0, 0
  else
    -- A clock that was set back begins no window anew.
    window = since
  end
  table.insert(periods, ARGV[place])
  table.insert(windows, window)
  table.insert(limits, limit)
  table.insert(befores, before)
  table.insert(counts, count)
  table.insert(ends, (window + 1) * period - now)
  if count + cost > limit and ends[#ends] > retry_after then
    retry_after, denier = ends[#ends], #ends
  end
  last = math.max(last, ends[#ends])
end
if denier == 0 and ARGV[1] == 'take' and cost > 0 then
  for place, period in ipairs(periods) do
    counts[place] = counts[place] + cost
    local state = string.format('%.0f:%.0f:%.0f', windows[place], befores[place], counts[place])
    redis.call('HSET', KEYS[1], period, state)
  end
  -- Others may count by longer periods.
  local millis = math.ceil(last / 1000)
  if redis.call('PTTL', KEYS[1]) < millis then
    redis.call('PEXPIRE', KEYS[1], millis)
  end
end
local reply = {denier == 0 and 1 or 0, now, retry_after, denier}
for place, count in ipairs(counts) do
  table.insert(reply, math.max(limits[place] - count, 0))
  table.insert(reply, count > 0 and ends[place] or 0)
end
return reply
