//! Mistakes with one entry and its lease.

use super::Mutant;
use super::swap::{
    ACQUIRE, EXTEND, FILL, RELEASE, REPLACE, UNCHECKED, command, lease_bytes, script, unlink,
};
use crate::backend::memory::Sabotage;

/// What the server does for it, if it is one of these.
pub(super) fn sabotage(mutant: Mutant) -> Option<Sabotage> {
    Some(match mutant {
        Mutant::FillWithoutLease => script(|text| Some(FILL.of(text)?.without(UNCHECKED))),
        Mutant::FillWithoutEnd => script(|text| Some(FILL.of(text)?.without(", 'PX', ARGV[3]"))),
        Mutant::FillForTooLong => {
            script(|text| Some(FILL.of(text)?.with("ARGV[3])", "ARGV[3] * 2)")))
        }
        Mutant::FillOverAnything => {
            script(|text| Some(FILL.of(text)?.with("~= ARGV[1]", "== false")))
        }
        Mutant::LeaseWithoutEnd => {
            script(|text| Some(ACQUIRE.of(text)?.without(", 'PX', ARGV[2]")))
        }
        Mutant::AcquireOverwrites => script(|text| {
            let bytes = lease_bytes();
            let is_value = format!("if held and #held > {bytes} and");
            Some(ACQUIRE.of(text)?.with("if held and", &is_value))
        }),
        Mutant::ReleaseRemovesAnything => script(|text| Some(RELEASE.of(text)?.without(UNCHECKED))),
        Mutant::ReleaseForgets => {
            script(|text| Some(RELEASE.of(text)?.with("redis.call('DEL', KEYS[1])", "1")))
        }
        Mutant::ExtendRevives => script(|text| {
            let revived = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) and 1";
            let extended = "redis.call('PEXPIRE', KEYS[1], ARGV[2])";
            let text = EXTEND.of(text)?.without(UNCHECKED);
            Some(text.replace(extended, revived))
        }),
        Mutant::RefreshWithoutCompare => script(|text| {
            let compared = "not held or redis.sha1hex(held) ~= ARGV[1]";
            Some(REPLACE.of(text)?.with(compared, "false"))
        }),
        Mutant::InvalidateNothing => command(|words| unlink("return #KEYS", words)),
        Mutant::InvalidateLeavesLeases => command(|words| {
            let values = format!(
                "for _, key in ipairs(KEYS) do local held = redis.call('GET', key)
                     if held and #held ~= {} then redis.call('DEL', key) end end
                     return #KEYS",
                lease_bytes()
            );
            unlink(&values, words)
        }),
        Mutant::InvalidateLetsJoin => Sabotage {
            command: Some(|words| {
                let marked = format!(
                        "for _, key in ipairs(KEYS) do local held = redis.call('GET', key)
                         if held and #held == {} then redis.call('SET', 'void:' .. key, '', 'PX', 1000)
                         else redis.call('DEL', key) end end
                         return #KEYS",
                        lease_bytes()
                    );
                unlink(&marked, words)
            }),
            script: Some(|text| {
                let marked = "if redis.call('DEL', 'void:' .. KEYS[1]) == 1 or redis.call";
                Some(FILL.of(text)?.with("if redis.call", marked))
            }),
            ..Sabotage::default()
        },
        // A wrong pattern alone would do no harm: what a clear finds beyond its namespace it leaves
        // alone.
        Mutant::ClearTakesOthers => command(|words| {
            let is_scan = words.first().is_some_and(|word| *word == b"SCAN");
            is_scan.then(|| {
                let greedy: &[u8] =
                    b"local page = redis.call('SCAN', ARGV[1], 'MATCH', 'simulated*')
                         for _, key in ipairs(page[2]) do redis.call('DEL', key) end
                         return page";
                [b"EVAL", greedy, b"0", words[1]]
                    .map(<[u8]>::to_vec)
                    .to_vec()
            })
        }),
        Mutant::NobodyIsTold => command(|words| {
            let is_caching = words.get(1).is_some_and(|word| *word == b"CACHING");
            is_caching.then(|| vec![b"PING".to_vec()])
        }),
        _ => return None,
    })
}
