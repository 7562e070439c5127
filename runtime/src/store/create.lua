-- Runs a command that adds to a key. If this made the key, the key gets its end in the same step; else its end stays.
-- KEYS[1]  the key
-- ARGV[1]  how long a new key lives, in milliseconds
-- ARGV[2]  the command
-- ARGV[3]  what to answer: 'sum' or 'last' of the replies, should a long command be run in parts, or 'counter', as text
-- ARGV[4…] the command's arguments behind the key
-- Reply    the answer, or the command's error; then nothing was done
local is_new = redis.call('EXISTS', KEYS[1]) == 0
local answer = 0
-- Lua passes no more than about 8000 arguments. The step is even, so that pairs stay together.
for first = 4, #ARGV, 4000 do
  local reply = redis.pcall(ARGV[2], KEYS[1], unpack(ARGV, first, math.min(first + 3999, #ARGV)))
  if type(reply) == 'table' and reply.err then
    return reply
  end
  answer = ARGV[3] == 'sum' and answer + reply or reply
end
if is_new then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
end
if ARGV[3] == 'counter' then
  -- A counter has 64 bits, a number of Lua only 53: the sum is read as text.
  if ARGV[2] == 'HINCRBY' then
    return redis.call('HGET', KEYS[1], ARGV[4])
  end
  return redis.call('GET', KEYS[1])
end
return answer
