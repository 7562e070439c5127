-- Begins the one run of a call, or says what has become of it.
-- KEYS[1]  the record: a hash of 'fingerprint' and 'token', of 'until' while the call runs, of 'result' when it has completed
-- ARGV[1]  the token, unique to this attempt
-- ARGV[2]  the fingerprint of the request
-- ARGV[3]  how long the run may go on without being continued, in milliseconds
-- ARGV[4]  how long the record lives after that, in milliseconds
-- Reply    {now, 'run'}; {now, 'running', ends}: another runs, until then unless it is continued;
--          {now, 'done', result}; {now, 'other'}: the record is of another request; times are milliseconds since 1970
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local record = redis.call('HMGET', KEYS[1], 'fingerprint', 'token', 'until', 'result')
local fingerprint, token, ends, result = record[1], record[2], tonumber(record[3] or '0'), record[4]
if fingerprint and fingerprint ~= ARGV[2] then
  return {now, 'other'}
end
if result then
  return {now, 'done', result}
end
-- Who asks again because the answer was lost has its own run.
if token and token ~= ARGV[1] and now < ends then
  return {now, 'running', ends}
end
redis.call('HSET', KEYS[1], 'fingerprint', ARGV[2], 'token', ARGV[1], 'until', now + ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3] + ARGV[4])
return {now, 'run'}
