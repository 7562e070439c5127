//! Mistakes with indexes and tags.

use super::Mutant;
use super::swap::{ENLIST, MARK, STRIKE, VERSION, command, script, unlink};
use crate::backend::memory::Sabotage;

/// What the server does for it, if it is one of these.
pub(super) fn sabotage(mutant: Mutant) -> Option<Sabotage> {
    Some(match mutant {
        Mutant::IndexWrittenAfterFill => Sabotage {
            script: Some(|text| {
                if let Some(mark) = MARK.of(text) {
                    return Some(mark.behind(LIST_WHAT_IS_DUE));
                }
                ENLIST.replaced_by(text, ENLIST_LATER)
            }),
            command: Some(|words| {
                let is_scan = words.first().is_some_and(|word| *word == b"ZSCAN");
                is_scan.then(|| {
                    let scan = format!(
                        "{LIST_WHAT_IS_DUE} return redis.call('ZSCAN', KEYS[1], unpack(ARGV))"
                    );
                    let mut eval = vec![b"EVAL".to_vec(), scan.into_bytes(), b"1".to_vec()];
                    eval.extend(words[1..].iter().map(|word| word.to_vec()));
                    eval
                })
            }),
            ..Sabotage::default()
        },
        Mutant::IndexLeavesLoads => script(|text| {
            let voided = "tonumber(mark) > tonumber(ARGV[3])";
            Some(ENLIST.of(text)?.with(voided, "false"))
        }),
        Mutant::IndexForgetsMembers => script(|text| ENLIST.replaced_by(text, "return 1")),
        Mutant::IndexKeepsMembers => script(|text| STRIKE.replaced_by(text, "return 0")),
        Mutant::IndexWithoutEnd => script(|text| {
            let ends = "redis.call('PEXPIRE', KEYS[1], ARGV[2])";
            Some(
                ENLIST
                    .of(text)?
                    .with(ends, "redis.call('PERSIST', KEYS[1])"),
            )
        }),
        Mutant::TagReadAfterLoad => command(|words| {
            let is_of_tag = words
                .get(1)
                .is_some_and(|key| key.starts_with(b"simulated::#:"));
            is_of_tag
                .then(|| unlink(REMOVE_WHAT_IS_STORED, words))
                .flatten()
        }),
        Mutant::TagVersionRepeats => {
            script(|text| Some(VERSION.of(text)?.behind("ARGV[1] = 'always the same.'\n")))
        }
        Mutant::TagWithoutEnd => script(|text| {
            let ends = ", 'PX', string.format('%.0f', 2 * ARGV[2])";
            Some(VERSION.of(text)?.without(ends))
        }),
        _ => return None,
    })
}

/// In the place of listing an entry: it is listed a little later, when its value is there.
const ENLIST_LATER: &str = "
local time = redis.call('TIME')
local due = time[1] * 1000 + math.floor(time[2] / 1000) + 20
local late = 'late:' .. KEYS[1]
redis.call('HSET', late, ARGV[1], string.format('%.0f %s %s', due, ARGV[2], ARGV[3]))
redis.call('PEXPIRE', late, 5000)
return 1";

/// Lists what is due by now, unless the value was invalidated.
const LIST_WHAT_IS_DUE: &str = "
do
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local late = redis.call('HGETALL', 'late:' .. KEYS[1])
  for place = 1, #late, 2 do
    local due, lives, count = string.match(late[place + 1], '(%d+) (%d+) (%d*)')
    if tonumber(due) <= now then
      local mark = redis.call('ZSCORE', KEYS[1], '!')
      if not (mark and count ~= '' and tonumber(mark) > tonumber(count)) then
        redis.call('ZADD', KEYS[1], string.format('%.0f', due + lives), late[place])
        if redis.call('PTTL', KEYS[1]) < tonumber(lives) then
          redis.call('PEXPIRE', KEYS[1], lives)
        end
      end
      redis.call('HDEL', 'late:' .. KEYS[1], late[place])
    end
  end
end
";

/// In the place of removing the version of a tag: what is stored with it is removed, what is being
/// loaded is not.
const REMOVE_WHAT_IS_STORED: &str = "
local version = redis.call('GET', KEYS[1])
local page = redis.call('SCAN', '0', 'MATCH', 'simulated::users*', 'COUNT', '1000')
for _, key in ipairs(page[2]) do
  if version and redis.call('TYPE', key).ok == 'string'
    and string.find(redis.call('GET', key), version, 1, true) then
    redis.call('DEL', key)
  end
end
return 1";
