-- Takes the lease of a refresh, which stands in the entry that is to be refreshed. The entry stays readable, and ends when it did.
-- KEYS[1]  the entry
-- ARGV[1]  the token of the load that the entry must come from
-- ARGV[2]  the token of this refresh
-- ARGV[3]  how long the lease lives, in milliseconds
-- ARGV[4]  'free' to take it if nobody has it, 'any' to take it from whoever has it
-- Reply    {1, now} if the lease was taken, where now is the server's time in milliseconds since 1970
--          {0, now} if somebody has it, or the entry is another or has no place for it
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local head = redis.call('GETRANGE', KEYS[1], 0, 85)
local has_place = #head == 86 and math.floor(string.byte(head, 6) / 16) % 2 == 1
if not has_place or string.sub(head, 43, 58) ~= ARGV[1] then
  return {0, now}
end
local ends = 0
for place = 79, 86 do
  ends = ends * 256 + string.byte(head, place)
end
if ARGV[4] == 'free' and ends > now then
  return {0, now}
end
local packed, rest = {}, now + ARGV[3]
for place = 8, 1, -1 do
  packed[place] = string.char(rest % 256)
  rest = math.floor(rest / 256)
end
redis.call('SETRANGE', KEYS[1], 62, ARGV[2] .. table.concat(packed))
return {1, now}
