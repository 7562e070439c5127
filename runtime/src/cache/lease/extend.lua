-- Keeps a lease alive while its load runs.
-- KEYS[1]  the entry
-- ARGV[1]  the lease marker
-- ARGV[2]  how long the lease lives from now, in milliseconds
-- Reply    1, or 0 if the lease is no longer there
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
