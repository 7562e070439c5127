-- Takes and gives back many locks, each as far as nobody else has it or waits for his turn.
-- KEYS     for each lock: it and its queue, as in turn.lua
-- ARGV     for each lock: the holder, and how long it is held from now, in milliseconds; 0 to give back what is shared with nobody
-- Reply    for each lock as turn.lua, or nil where turn.lua is to be asked: then nothing was done
local call, pcall, keys, words = redis.call, redis.pcall, KEYS, ARGV
local time = call('TIME')
local fence = time[1] .. string.sub('00000' .. time[2], -6)
local day = string.sub(fence, 1, 5) .. '00000000000'
local lease, held
local reply = {}
for place = 1, #keys, 2 do
  -- Whatever somebody has put in a lock's place must not end what is done for the others.
  local key, holder, answer = keys[place], words[place], false
  if words[place + 1] == '0' then
    -- As a holder leaves by himself.
    local has_left = pcall('HDEL', key, holder)
    if type(has_left) == 'number' then
      call('PUBLISH', keys[place + 1], 'free')
      answer = has_left
    end
  else
    -- As turn.lua does at its top.
    local stored = pcall('HGETALL', key)
    local last = stored[2] or ''
    local is_free = #stored == 0 and not stored.err or #stored == 2 and stored[1] == 'last' and #last == 16
    if words[place + 1] ~= lease then
      lease = words[place + 1]
      held = fence .. '+' .. lease .. ':' .. fence
    end
    if is_free and fence > last and #fence == 16 and #lease < 9 then
      call('HSET', key, 'last', fence, holder, held)
      if last < day then
        call('PEXPIRE', key, 2592000000)
      end
      answer = fence
    end
  end
  reply[(place + 1) / 2] = answer
end
return reply
