-- Lets a run go on.
-- KEYS[1]  the record
-- ARGV[1]  the token of the attempt
-- ARGV[2]  how long the run may go on from now, in milliseconds
-- ARGV[3]  how long the record lives after that, in milliseconds
-- Reply    1, or 0 if the run is not this attempt's any more
local record = redis.call('HMGET', KEYS[1], 'token', 'result')
if record[1] ~= ARGV[1] or record[2] then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2] + ARGV[3])
return 1
