-- Stores the result of a run. Whoever was superseded stores nothing.
-- KEYS[1]  the record
-- ARGV[1]  the token of the attempt
-- ARGV[2]  the result
-- ARGV[3]  how long it is kept, in milliseconds
-- Reply    1, or 0 if the run is not this attempt's any more
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'result', ARGV[2])
redis.call('HDEL', KEYS[1], 'until')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
