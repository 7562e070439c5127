-- The version of a tag, before a load begins. A tag that has none gets one that no tag ever had.
-- KEYS[1]  the tag
-- ARGV[1]  the version that a tag without one gets
-- ARGV[2]  how long the version is to live from now at least, in milliseconds, or 0 if it is to have no end
-- Reply    the version
local held = redis.call('GET', KEYS[1])
if ARGV[2] == '0' then
  if not held then
    redis.call('SET', KEYS[1], ARGV[1])
  else
    redis.call('PERSIST', KEYS[1])
  end
elseif not held then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', 2 * ARGV[2]))
else
  local left = redis.call('PTTL', KEYS[1])
  if left >= 0 and left < tonumber(ARGV[2]) then
    -- For twice as long, so that it is not written for each load: those who keep copies hear of each time.
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', 2 * ARGV[2]))
  end
end
return held or ARGV[1]
