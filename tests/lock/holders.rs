//! What a server knows of a lock's holders.

use larder_runtime::backend::Command;

/// For how many milliseconds the last of them has it; -2 if there is none.
const LEFT: &str = r"
local time = redis.call('TIME')
local left = -2
for _, held in ipairs(redis.call('HVALS', KEYS[1])) do
  local since, lease = string.match(held, '^(%d+)%+(%d+):%d+$')
  if since then
    local past = time[1] * 1000000 + time[2] - since
    left = math.max(left, math.ceil(lease - past / 1000))
  end
end
return left
";

/// Asks for how many milliseconds the last holder of this lock has it; the answer is -2 if there is
/// none.
pub(crate) fn left(lock: &str) -> Command {
    Command::new("EVAL").arg(LEFT).arg("1").arg(lock)
}
