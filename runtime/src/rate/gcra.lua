-- Takes from every limit of one key, or from none: the generic cell rate algorithm (ITU-T I.371), which is a token bucket.
-- KEYS[1]  the state: twelve bytes a limit, whoever has declared it: its period and its units, both in brief (2 and 2), and its
--          theoretical arrival time, at which all is there again (8: microseconds since 1970, and in the last byte 256ths).
--          While reservations stand, it begins with 255 and their units together (8), and each limit has 8 bytes more: its
--          arrival time without them
-- KEYS[2]  reservations: a sorted set of '{cost}:{id}', scored by the time at which they lapse
-- ARGV[1]  'take', 'peek' to change nothing, 'reserve' to take for now, 'settle' to replace a reservation's cost by another
-- ARGV[2]  the cost, in units
-- ARGV[3]  the reservation, '{cost}:{id}', or ''
-- ARGV[4]  microseconds until the reservation lapses, or 0
-- ARGV[5…] for each limit: milliseconds of its period, units a period, units at once
-- Reply    {allowed, now, retry_after, denier, then for each limit: remaining units, microseconds until it is full again}
--          allowed is 1 or 0, or, when settling, whether the reservation still stood; now is in microseconds since 1970;
--          retry_after in microseconds and denier, the place of the limit that waits longest, are 0 if allowed
-- Levels are microseconds until all is there again, of which a double holds 64ths up to this one, more than four years.
local LONGEST = 2 ^ 47
local FIRST, RESERVED = 5, 255
-- What has lapsed is given back by so many at once, and so often in one call.
local PAGE, PAGES = 100, 100
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local mode, cost = ARGV[1], tonumber(ARGV[2])
-- The caller's limits, then those of others; the units of all reservations that stand.
local limits, ours, standing = {}, (#ARGV - FIRST + 1) / 3, 0
-- Whether the state says something else than is known now.
local is_changed = false
local byte, char, ceil, floor, max, min = string.byte, string.char, math.ceil, math.floor, math.max, math.min

-- A level, or a number of units, in eight bytes: its fraction is the last of them.
local function read(text, at, from)
  local a, b, c, d, e, f, g, h = byte(text, at, at + 7)
  return max(((((((a * 256 + b) * 256 + c) * 256 + d) * 256 + e) * 256 + f) * 256 + g) - from + h / 256, 0)
end

local function write(value, from)
  local g = floor(value)
  local h = floor((value - g) * 256)
  g = g + from
  local f = floor(g / 256)
  local e = floor(f / 256)
  local d = floor(e / 256)
  local c = floor(d / 256)
  local b = floor(c / 256)
  local a = floor(b / 256)
  return char(a, b % 256, c % 256, d % 256, e % 256, f % 256, g % 256, h)
end

-- A number in two bytes: exact up to 2048, and beyond that the next of those that have eleven binary digits, so that periods
-- that are as good as the same are the same. Periods up to a year do not begin with 255.
local function brief(number)
  local fraction, exponent = math.frexp(number)
  return exponent * 1024 + ceil((fraction - 0.5) * 2048)
end

local function in_full(number)
  return math.ldexp(0.5 + number % 1024 / 2048, floor(number / 1024))
end

-- How long a unit takes, rounded up to a 64th: a limit is at most that much stricter than it says.
local function unit_of(period, count)
  return ceil(period * 64000 / count) / 64
end

-- The same units, counted by the limit's own count.
local function recount(limit)
  limit.level = ceil(limit.level / limit.unit * limit.own_unit * 64) / 64
  limit.firm = min(ceil(limit.firm / limit.unit * limit.own_unit * 64) / 64, limit.level)
  limit.count, limit.unit = limit.own_count, limit.own_unit
end

-- What was consumed under another count is as many units of this one. They come back as fast as by the faster of the two, until
-- a call passes by the slower one.
local function adopt(limit, count, level, firm)
  limit.is_known, limit.level, limit.firm = true, level, firm
  if count ~= limit.count then
    limit.count, limit.unit = count, unit_of(limit.length, in_full(count))
    if limit.unit > limit.own_unit then
      recount(limit)
      is_changed = true
    end
  end
end

local function load()
  for place = FIRST, #ARGV, 3 do
    local length, units = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
    local unit, count = unit_of(length, units), brief(units)
    limits[#limits + 1] = {
      length = length, period = brief(length), burst = tonumber(ARGV[place + 2]), level = 0, firm = 0,
      count = count, own_count = count, unit = unit, own_unit = unit,
    }
  end
  local state = redis.call('GET', KEYS[1]) or ''
  local first, size = 1, 12
  if byte(state) == RESERVED then
    first, size = 10, 20
    standing = read(state, 2, 0)
  end
  for at = first, #state, size do
    local a, b, c, d = byte(state, at, at + 3)
    local period, count, level = a * 256 + b, c * 256 + d, read(state, at + 4, now)
    local firm = size == 20 and read(state, at + 12, now) or level
    local place = 1
    while place <= ours and (limits[place].period ~= period or limits[place].is_known) do
      place = place + 1
    end
    if place <= ours then
      adopt(limits[place], count, level, firm)
    elseif level > 0 then
      -- A little longer than it takes: both numbers are rounded up.
      local unit = unit_of(in_full(period), in_full(count)) * 1025 / 1024
      table.insert(limits, {period = period, count = count, unit = unit, level = level, firm = firm})
    end
  end
end

local function store()
  local last, state = 0, ''
  -- As long as reservations may be given back.
  local lives = standing > 0 and redis.call('PTTL', KEYS[2]) or 0
  if lives > 0 then
    state = char(RESERVED) .. write(standing, 0)
  end
  for _, limit in ipairs(limits) do
    local period, count = limit.period, limit.count
    if limit.level > 0 then
      state = state .. char(floor(period / 256), period % 256, floor(count / 256), count % 256) .. write(limit.level, now)
      if lives > 0 then
        state = state .. write(limit.firm, now)
      end
      last = max(last, limit.level)
    end
  end
  lives = max(lives, ceil(last / 1000))
  if lives > 0 then
    redis.call('SET', KEYS[1], state, 'PX', lives)
  else
    redis.call('DEL', KEYS[1])
  end
end

-- Of what is settled there may be more than there is room for.
local function take(count)
  for place = 1, ours do
    local limit = limits[place]
    limit.level = min(limit.level + count * limit.unit, LONGEST)
    limit.firm = min(limit.firm + count * limit.unit, LONGEST)
  end
end

-- How long until every limit has room for the cost, and which is the last.
local function wait()
  local longest, denier = 0, 0
  for place = 1, ours do
    local limit = limits[place]
    local waits = limit.level + (cost - limit.burst) * limit.unit
    if waits > longest then
      longest, denier = waits, place
    end
  end
  return longest, denier
end

local function cost_of(reservation)
  return tonumber(string.match(reservation, '^[^:]+'))
end

-- A reservation's units come back with time like all others, so not all of them may be left to be given back. What is certain:
-- no more is consumed than without reservations, and by those that stand. So all together are given back what they have
-- reserved, less what has come back, whatever the order. What is kept was never taken from the limits of others.
local function give_back(units, kept)
  standing = max(standing - units, 0)
  for place, limit in ipairs(limits) do
    local firm = limit.firm + (place <= ours and kept or 0) * limit.unit
    limit.level = min(limit.level, firm + standing * limit.unit)
    limit.firm = min(firm, limit.level)
  end
end

-- Gives back a page of what was neither settled nor cancelled in time; answers how many there were.
local function lapse(skipped)
  local lapsed = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', skipped, PAGE)
  local units = 0
  for _, reservation in ipairs(lapsed) do
    units = units + cost_of(reservation)
  end
  give_back(units, 0)
  if #lapsed > 0 and mode ~= 'peek' then
    redis.call('ZREM', KEYS[2], unpack(lapsed))
    is_changed = true
  end
  return #lapsed
end

-- Gives back until there is room. Each was paid for by the call that reserved it. So that one call does not pay for all, it
-- looks at ten thousand, and whoever is then denied is told to come again at once.
local function make_room()
  local seen, is_over = 0, false
  for _ = 1, PAGES do
    local count = lapse(mode == 'peek' and seen or 0)
    seen = seen + count
    is_over = count < PAGE
    if is_over or wait() <= 0 then
      break
    end
  end
  local longest, denier = wait()
  return is_over and longest or min(longest, 1000), denier
end

local function reserve()
  local lives, last = tonumber(ARGV[4]), 0
  if standing == 0 then
    -- What has outlived its state is worth nothing.
    redis.call('DEL', KEYS[2])
  end
  redis.call('ZADD', KEYS[2], now + lives, ARGV[3])
  standing = standing + cost
  for place = 1, ours do
    local limit = limits[place]
    limit.level = limit.level + cost * limit.unit
    last = max(last, limit.level)
  end
  -- Kept after it has lapsed, for as long as giving it back makes a difference.
  local millis = ceil((last + lives) / 1000)
  if redis.call('PTTL', KEYS[2]) < millis then
    redis.call('PEXPIRE', KEYS[2], millis)
  end
end

local function settle()
  if redis.call('ZREM', KEYS[2], ARGV[3]) == 0 then
    -- It has lapsed and was given back: all of the cost is taken now.
    take(cost)
    return false
  end
  local reserved = cost_of(ARGV[3])
  give_back(reserved, min(cost, reserved))
  take(max(cost - reserved, 0))
  return true
end

load()
local allowed, retry_after, denier = true, 0, 0
if mode == 'settle' then
  allowed = settle()
  store()
else
  if mode == 'reserve' and standing > 0 then
    -- Where nobody is ever denied they would pile up.
    lapse(0)
  end
  retry_after, denier = wait()
  if retry_after > 0 and standing > 0 then
    retry_after, denier = make_room()
  end
  allowed = retry_after <= 0
  if allowed and mode ~= 'peek' and cost > 0 then
    for place = 1, ours do
      if limits[place].count ~= limits[place].own_count then
        recount(limits[place])
      end
    end
    if mode == 'reserve' then
      reserve()
    else
      take(cost)
    end
    store()
  elseif is_changed and mode ~= 'peek' then
    store()
  end
end
local reply = {allowed and 1 or 0, now, ceil(retry_after), denier}
for place = 1, ours do
  local limit = limits[place]
  reply[#reply + 1] = max(floor((limit.burst * limit.unit - limit.level) / limit.unit), 0)
  reply[#reply + 1] = ceil(limit.level)
end
return reply
