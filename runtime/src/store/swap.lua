-- Puts a value in the place of another, if that one is still there.
-- KEYS[1]  the key
-- ARGV[1]  the bytes that must be there, or '' if there must be nothing
-- ARGV[2]  the new bytes
-- ARGV[3]  their TTL in milliseconds, 0 for none, or 'keep' to leave the end as it is
-- Reply    {1}, or {0, held} if something else is there: what, nil for nothing. An error if the key holds no string
local held = redis.pcall('GET', KEYS[1])
if type(held) == 'table' then
  return held
end
if (held or '') ~= ARGV[1] then
  return {0, held}
end
if ARGV[3] == 'keep' then
  redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
elseif ARGV[3] == '0' then
  redis.call('SET', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return {1}
