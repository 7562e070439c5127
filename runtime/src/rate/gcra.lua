-- Takes from every limit of one key, or from none: the generic cell rate algorithm (ITU-T I.371), which is a token bucket.
-- KEYS[1]  the state: eight bytes a limit, its theoretical arrival time
-- KEYS[2]  reservations: a sorted set of '{cost}:{id}', scored by the time at which they lapse
-- ARGV[1]  'take', 'peek' to change nothing, 'reserve' to take for now, 'settle' to replace a reservation's cost by another
-- ARGV[2]  the cost, in units
-- ARGV[3]  the reservation, '{cost}:{id}', or ''
-- ARGV[4]  microseconds until the reservation lapses, or 0
-- ARGV[5…] for each limit: how long a unit takes, how long the whole burst takes, both in 64ths of a microsecond
-- Reply    {allowed, now, retry_after, then for each limit: remaining units, microseconds until it is full again}
--          allowed is 1 or 0, or, when settling, whether the reservation still stood; now is in microseconds since 1970;
--          retry_after in microseconds, 0 if allowed
-- Times in the state are microseconds since 2025, so that a double has room for fractions of one.
local EPOCH = 1735689600
local FIRST = 5
local time = redis.call('TIME')
local now = (time[1] - EPOCH) * 1000000 + time[2]
local mode, cost = ARGV[1], tonumber(ARGV[2])
local units, bursts, times = {}, {}, {}

local function unpack_time(text, at)
  local a, b, c, d, e, f, g, h = string.byte(text, at, at + 7)
  if not h then
    return 0
  end
  return ((((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f) * 256 + g) + h / 256
end

local function pack_time(value)
  local whole = math.floor(value)
  local bytes = {0, 0, 0, 0, 0, 0, 0, math.floor((value - whole) * 256)}
  for place = 7, 1, -1 do
    bytes[place] = whole % 256
    whole = math.floor(whole / 256)
  end
  return string.char(unpack(bytes))
end

local function load()
  local state = redis.call('GET', KEYS[1]) or ''
  for limit = 1, (#ARGV - FIRST + 1) / 2 do
    units[limit] = ARGV[FIRST + limit * 2 - 2] / 64
    bursts[limit] = ARGV[FIRST + limit * 2 - 1] / 64
    times[limit] = math.max(unpack_time(state, limit * 8 - 7), now)
  end
end

local function store()
  local state, last = {}, now
  for limit, arrival in ipairs(times) do
    state[limit] = pack_time(arrival)
    last = math.max(last, arrival)
  end
  if last > now then
    redis.call('SET', KEYS[1], table.concat(state), 'PX', math.ceil((last - now) / 1000))
  else
    redis.call('DEL', KEYS[1])
  end
end

-- Takes these many units, or gives them back.
local function add(count)
  for limit, arrival in ipairs(times) do
    times[limit] = math.max(arrival + count * units[limit], now)
  end
end

-- How long until every limit has room for the cost.
local function wait()
  local longest = 0
  for limit, arrival in ipairs(times) do
    longest = math.max(longest, arrival + cost * units[limit] - now - bursts[limit])
  end
  return longest
end

local function cost_of(reservation)
  return tonumber(string.match(reservation, '^[^:]+'))
end

-- Gives back what was reserved and neither settled nor cancelled in time; answers whether there was any.
local function lapse()
  local lapsed = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 100)
  for _, reservation in ipairs(lapsed) do
    add(-cost_of(reservation))
  end
  if #lapsed > 0 and mode ~= 'peek' then
    redis.call('ZREM', KEYS[2], unpack(lapsed))
    store()
  end
  return #lapsed > 0
end

local function reserve()
  local lives, last = tonumber(ARGV[4]), now
  redis.call('ZADD', KEYS[2], now + lives, ARGV[3])
  for _, arrival in ipairs(times) do
    last = math.max(last, arrival)
  end
  -- Kept after it has lapsed, for as long as giving it back makes a difference.
  local millis = math.ceil((last - now + lives) / 1000)
  if redis.call('PTTL', KEYS[2]) < millis then
    redis.call('PEXPIRE', KEYS[2], millis)
  end
end

load()
local allowed, retry_after = true, 0
if mode == 'settle' then
  -- A reservation that has lapsed was given back: then all of the cost is taken now.
  allowed = redis.call('ZREM', KEYS[2], ARGV[3]) == 1
  add(cost - (allowed and cost_of(ARGV[3]) or 0))
  store()
else
  retry_after = wait()
  if retry_after > 0 and lapse() then
    retry_after = wait()
  end
  allowed = retry_after <= 0
  if allowed and mode ~= 'peek' and cost > 0 then
    add(cost)
    store()
    if mode == 'reserve' then
      reserve()
    end
  end
end
local reply = {allowed and 1 or 0, now + EPOCH * 1000000, math.ceil(math.max(retry_after, 0))}
for limit, arrival in ipairs(times) do
  local behind = arrival - now
  reply[limit * 2 + 2] = math.max(math.floor((bursts[limit] - behind) / units[limit]), 0)
  reply[limit * 2 + 3] = math.ceil(behind)
end
return reply
