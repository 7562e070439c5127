-- Takes from every limit of one key, or from none: counts in aligned windows, of which the one before weighs as much as is left of it.
-- KEYS[1]  the state: a hash with a field for each limit's period, '{window}:{count before}:{count}'
-- ARGV[1]  'take', or 'peek' to change nothing
-- ARGV[2]  the cost, in units
-- ARGV[3…] for each limit: microseconds of its period, units a period
-- Reply    {allowed, now, retry_after, denier, then for each limit: remaining units, microseconds until it is full again}
--          allowed is 1 or 0; now is in microseconds since 1970; retry_after in microseconds and denier, the place of the limit
--          that waits longest, are 0 if allowed
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[2])
local retry_after, denier, last = 0, 0, 0
local rows = {}

-- How long until `count` units, whose weight falls evenly to nothing within `period`, weigh no more than `room`.
local function falls(count, room, period)
  return math.ceil(period * (1 - room / count))
end

for place = 3, #ARGV, 2 do
  local period, limit = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
  local window = math.floor(now / period)
  local elapsed = now - window * period
  local held = redis.call('HGET', KEYS[1], ARGV[place])
  local since, before, count = string.match(held or '', '^(%d+):(%d+):(%d+)$')
  since, before, count = tonumber(since) or 0, tonumber(before) or 0, tonumber(count) or 0
  if since == window - 1 then
    before, count = count, 0
  elseif since < window then
    before, count = 0, 0
  elseif since > window then
    -- A clock that was set back begins no window anew.
    window, elapsed = since, 0
  end
  local ends = (window + 1) * period - now
  local weight = before * (period - elapsed) / period
  if weight + count + cost > limit then
    local wait
    if count + cost <= limit then
      wait = ends - period + falls(before, limit - count - cost, period)
    else
      -- Not in this window: in the next one this window's count is what falls.
      wait = ends + falls(count, math.max(limit - cost, 0), period)
    end
    wait = math.max(wait, 1)
    if wait > retry_after then
      retry_after, denier = wait, #rows + 1
    end
  end
  last = math.max(last, ends + period)
  table.insert(rows, {
    period = ARGV[place], window = window, before = before, count = count,
    remaining = math.max(math.floor(limit - weight - count), 0),
    full = count > 0 and ends + period or before > 0 and ends or 0,
  })
end
if denier == 0 and ARGV[1] == 'take' and cost > 0 then
  for _, row in ipairs(rows) do
    local state = string.format('%.0f:%.0f:%.0f', row.window, row.before, row.count + cost)
    redis.call('HSET', KEYS[1], row.period, state)
    row.remaining = math.max(row.remaining - cost, 0)
  end
  -- Others may count by longer periods.
  local millis = math.ceil(last / 1000)
  if redis.call('PTTL', KEYS[1]) < millis then
    redis.call('PEXPIRE', KEYS[1], millis)
  end
end
local reply = {denier == 0 and 1 or 0, now, retry_after, denier}
for _, row in ipairs(rows) do
  table.insert(reply, row.remaining)
  table.insert(reply, row.full)
end
return reply
