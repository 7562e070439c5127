-- Keeps the lease of a refresh for so long from now: while its load runs, or after it has failed, so that nobody tries again before.
-- KEYS[1]  the entry
-- ARGV[1]  the token of the refresh
-- ARGV[2]  how long, in milliseconds; 0 to give it back
-- Reply    1, or 0 if the lease is no longer there
if redis.call('GETRANGE', KEYS[1], 62, 77) ~= ARGV[1] then
  return 0
end
-- One that is given back has long ended: by this moment's end, others would take it for held whose idea of this clock is late.
local packed, rest = {}, 0
if ARGV[2] ~= '0' then
  local time = redis.call('TIME')
  rest = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
end
for place = 8, 1, -1 do
  packed[place] = string.char(rest % 256)
  rest = math.floor(rest / 256)
end
redis.call('SETRANGE', KEYS[1], 78, table.concat(packed))
return 1
