-- Gives up a run, as if it had never begun, so that whoever waits may run.
-- KEYS[1]  the record
-- ARGV[1]  the token of the attempt
-- Reply    1, or 0 if the run is not this attempt's any more
local record = redis.call('HMGET', KEYS[1], 'token', 'result')
if record[1] ~= ARGV[1] or record[2] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
