//! Mistakes that the protocol could have had, made by a server that runs something else than it is told: the rules must find them.

use crate::backend::memory::{OfCommand, OfScript, Sabotage};
use crate::cache::SCRIPTS;
use crate::codec::envelope::{self, Token};

/// A mistake that is planted to be found. For the tests of the simulation itself.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A load stores its value whether its lease is still there or not.
    FillWithoutLease,
    /// Values are stored without an end.
    FillWithoutEnd,
    /// Values are stored for longer than they were declared to live.
    FillForTooLong,
    /// A load stores its value over whatever is there, but not where nothing is.
    FillOverAnything,
    /// Leases have no end.
    LeaseWithoutEnd,
    /// A lease is given to everybody who asks, whoever has one.
    AcquireOverwrites,
    /// Giving a lease back removes whatever is there, somebody else's lease too.
    ReleaseRemovesAnything,
    /// A lease is never given back.
    ReleaseForgets,
    /// Extending a lease writes it anew, whether it is still there or not.
    ExtendRevives,
    /// A refresh overwrites whatever is there.
    RefreshWithoutCompare,
    /// An invalidation does nothing.
    InvalidateNothing,
    /// An invalidation removes values and leaves leases: the load that is under way stores what it has read before.
    InvalidateLeavesLeases,
    /// An invalidation keeps a load from storing, and lets later callers join it.
    InvalidateLetsJoin,
    /// Clearing a namespace takes keys of others with it.
    ClearTakesOthers,
    /// Nobody is told of changes.
    NobodyIsTold,
}

impl Mutant {
    /// All of them, each with the rules that may find it.
    pub const ALL: [(Self, &'static [&'static str]); 15] = [
        (Self::FillWithoutLease, &["stale_fill"]),
        (Self::FillWithoutEnd, &["endings"]),
        (Self::FillForTooLong, &["endings"]),
        (Self::FillOverAnything, &["stale_fill"]),
        (Self::LeaseWithoutEnd, &["drop_safety", "bounded_outage"]),
        (Self::AcquireOverwrites, &["one_load"]),
        (Self::ReleaseRemovesAnything, &["one_load"]),
        (Self::ReleaseForgets, &["bounded_outage"]),
        (Self::ExtendRevives, &["stale_fill"]),
        (Self::RefreshWithoutCompare, &["stale_fill"]),
        (Self::InvalidateNothing, &["stale_fill"]),
        (Self::InvalidateLeavesLeases, &["stale_fill"]),
        (Self::InvalidateLetsJoin, &["stale_fill"]),
        (Self::ClearTakesOthers, &["foreign_keys"]),
        (Self::NobodyIsTold, &["bounded_outage"]),
    ];

    /// What the server does for it.
    pub(super) fn sabotage(self) -> Sabotage {
        match self {
            Self::FillWithoutLease => script(|text| Some(FILL.of(text)?.without(UNCHECKED))),
            Self::FillWithoutEnd => script(|text| Some(FILL.of(text)?.without(", 'PX', ARGV[3]"))),
            Self::FillForTooLong => {
                script(|text| Some(FILL.of(text)?.with("ARGV[3])", "ARGV[3] * 2)")))
            }
            Self::FillOverAnything => {
                script(|text| Some(FILL.of(text)?.with("~= ARGV[1]", "== false")))
            }
            Self::LeaseWithoutEnd => {
                script(|text| Some(ACQUIRE.of(text)?.without(", 'PX', ARGV[2]")))
            }
            Self::AcquireOverwrites => script(|text| {
                let bytes = lease_bytes();
                let is_value = format!("if held and #held > {bytes} and");
                Some(ACQUIRE.of(text)?.with("if held and", &is_value))
            }),
            Self::ReleaseRemovesAnything => {
                script(|text| Some(RELEASE.of(text)?.without(UNCHECKED)))
            }
            Self::ReleaseForgets => {
                script(|text| Some(RELEASE.of(text)?.with("redis.call('DEL', KEYS[1])", "1")))
            }
            Self::ExtendRevives => script(|text| {
                let revived = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) and 1";
                let extended = "redis.call('PEXPIRE', KEYS[1], ARGV[2])";
                let text = EXTEND.of(text)?.without(UNCHECKED);
                Some(text.replace(extended, revived))
            }),
            Self::RefreshWithoutCompare => script(|text| {
                let compared = "not held or redis.sha1hex(held) ~= ARGV[1]";
                Some(REPLACE.of(text)?.with(compared, "false"))
            }),
            Self::InvalidateNothing => command(|words| unlink("return #KEYS", words)),
            Self::InvalidateLeavesLeases => command(|words| {
                let values = format!(
                    "for _, key in ipairs(KEYS) do local held = redis.call('GET', key)
                     if held and #held ~= {} then redis.call('DEL', key) end end
                     return #KEYS",
                    lease_bytes()
                );
                unlink(&values, words)
            }),
            Self::InvalidateLetsJoin => Sabotage {
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
            },
            // A wrong pattern alone would do no harm: what a clear finds beyond its namespace it leaves alone.
            Self::ClearTakesOthers => command(|words| {
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
            Self::NobodyIsTold => command(|words| {
                let is_caching = words.get(1).is_some_and(|word| *word == b"CACHING");
                is_caching.then(|| vec![b"PING".to_vec()])
            }),
        }
    }
}

/// A script by its name.
struct Named(&'static str);

const ACQUIRE: Named = Named("acquire");
const EXTEND: Named = Named("extend");
const FILL: Named = Named("fill");
const RELEASE: Named = Named("release");
const REPLACE: Named = Named("replace");

/// How scripts see to it that the lease is still theirs.
const UNCHECKED: &str = "if redis.call('GET', KEYS[1]) ~= ARGV[1] then\n  return 0\nend\n";

/// The text of a script that is about to be changed.
struct Text<'text>(&'text str);

impl Named {
    /// This text, if it is that script's.
    fn of<'text>(&self, text: &'text str) -> Option<Text<'text>> {
        let is_this = |(name, known): &(&str, &str)| *name == self.0 && *known == text;
        SCRIPTS.iter().any(is_this).then_some(Text(text))
    }
}

impl Text<'_> {
    /// The text with one thing in the place of another.
    fn with(&self, right: &str, wrong: &str) -> String {
        debug_assert!(self.0.contains(right), "the script has changed: {}", self.0);
        self.0.replace(right, wrong)
    }

    /// The text with something left out.
    fn without(&self, right: &str) -> String {
        self.with(right, "")
    }
}

fn script(swap: OfScript) -> Sabotage {
    Sabotage {
        script: Some(swap),
        command: None,
    }
}

fn command(swap: OfCommand) -> Sabotage {
    Sabotage {
        script: None,
        command: Some(swap),
    }
}

/// Another script in the place of an `UNLINK`, of the same keys.
fn unlink(script: &str, words: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let (name, keys) = words.split_first()?;
    if *name != b"UNLINK" {
        return None;
    }
    let count = keys.len().to_string();
    let mut eval = vec![b"EVAL".to_vec(), script.into(), count.into()];
    eval.extend(keys.iter().map(|key| key.to_vec()));
    Some(eval)
}

/// Leases are all of one length, and shorter than any value.
fn lease_bytes() -> usize {
    envelope::write_lease(b"", Token::default()).len()
}
