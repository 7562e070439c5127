-- Gives a lease back, so that whoever waits may load.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker
-- Reply    1, or 0 if the lease is no longer there
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
