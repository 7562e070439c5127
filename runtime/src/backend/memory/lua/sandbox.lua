-- The world that scripts see: the names that Redis gives them, and no way to change it or to look out of it.
--
-- Called once with `host`, a table of the server's functions:
--   call(...)        runs a command; fails if its reply is an error
--   pcall(...)       runs a command; answers errors as replies
--   line()           the line of the script that is running, if any
--   words(failure)   what a failure says, beginning with an error code
--   log(level, ...)  checks what is said to the log, which is not kept
--   sha1hex(text)    the digest of a text
--   random()         the next number of a row, from 0 to 1
--   randomseed(n)    begins another row
-- Answers
--   world            the environment of every script
--   names            where KEYS and ARGV are put
--   run(script)      runs a script; answers true and its result, or false and a table with the fields err and line

local host = ...
local error, pairs, setmetatable, tostring, type, xpcall = error, pairs, setmetatable, tostring, type, xpcall

local function refuse_change()
  error("Attempt to modify a readonly table", 2)
end

local function locked(fields)
  return setmetatable({}, { __index = fields, __newindex = refuse_change, __metatable = false })
end

local function copy(fields)
  local result = {}
  for name, value in pairs(fields) do
    result[name] = value
  end
  return result
end

local redis = {
  LOG_DEBUG = 0,
  LOG_VERBOSE = 1,
  LOG_NOTICE = 2,
  LOG_WARNING = 3,
  REPL_NONE = 0,
  REPL_AOF = 1,
  REPL_SLAVE = 2,
  REPL_REPLICA = 2,
  REPL_ALL = 3,
  REDIS_VERSION = "7.0.0",
  REDIS_VERSION_NUM = 0x00070000,
  call = host.call,
  pcall = host.pcall,
  sha1hex = host.sha1hex,
  log = host.log,
}

function redis.error_reply(text)
  if type(text) ~= "string" then
    return { err = "ERR wrong number or type of arguments" }
  end
  if text:sub(1, 1) == "-" then
    text = text:sub(2)
  end
  if not text:find(" ", 1, true) then
    text = "ERR " .. text
  end
  return { err = text }
end

function redis.status_reply(text)
  if type(text) ~= "string" then
    return { err = "ERR wrong number or type of arguments" }
  end
  return { ok = text }
end

-- There are no replicas and no append-only file here.
function redis.replicate_commands()
  return true
end

function redis.set_repl() end

function redis.setresp(version)
  if version ~= 2 then
    error("the embedded server gives scripts replies of RESP2 only", 2)
  end
end

local math = copy(math)

function math.random(low, high)
  local drawn = host.random()
  if low == nil then
    return drawn
  end
  if high == nil then
    low, high = 1, low
  end
  if low > high then
    error("bad argument #1 to 'random' (interval is empty)", 2)
  end
  return math.floor(drawn * (high - low + 1)) + low
end

math.randomseed = host.randomseed

-- As in Redis, a script that catches a failure gets its words: not the table, nor what the server threw.
local function wordy(fine, failure, ...)
  if fine then
    return fine, failure, ...
  end
  if type(failure) == "table" and type(failure.err) == "string" then
    return fine, failure.err
  end
  if type(failure) == "userdata" then
    return fine, host.words(failure)
  end
  return fine, failure
end

local function guarded(...)
  return wordy(pcall(...))
end

local function guarded_with(action, handler, ...)
  return xpcall(action, function(failure)
    if type(failure) == "userdata" then
      failure = { err = host.words(failure) }
    end
    return handler(failure)
  end, ...)
end

-- Strings answer to their methods through this table: it must be as hard to change as the others.
getmetatable("").__metatable = false

local names = {
  redis = locked(redis),
  math = locked(math),
  string = locked(string),
  table = locked(table),
  assert = assert,
  error = error,
  getmetatable = getmetatable,
  ipairs = ipairs,
  next = next,
  pairs = pairs,
  pcall = guarded,
  rawequal = rawequal,
  rawget = rawget,
  select = select,
  setmetatable = setmetatable,
  tonumber = tonumber,
  tostring = tostring,
  type = type,
  unpack = unpack,
  xpcall = guarded_with,
  _VERSION = _VERSION,
}

setmetatable(names, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
})

local world = locked(names)
names._G = world

local function explain(failure)
  local words = type(failure) == "table" and failure.err or host.words(failure)
  return { err = words, line = host.line() }
end

local function run(script)
  return xpcall(script, explain)
end

return world, names, run
