-- Removes an entry, or revokes its lease, if it is of this load.
-- KEYS[1]  the entry
-- ARGV[1]  the token of the load
-- ARGV[2]  where in an entry the token stands
-- ARGV[3]  'look' if the caller wants to see what was there
-- Reply    0 if it was of another load or not there; else what was there, or 1 for callers who do not look
local last = ARGV[2] + #ARGV[1] - 1
if redis.call('GETRANGE', KEYS[1], ARGV[2], last) ~= ARGV[1] then
  return 0
end
local held = 1
if ARGV[3] == 'look' then
  held = redis.call('GET', KEYS[1])
end
redis.call('UNLINK', KEYS[1])
return held
