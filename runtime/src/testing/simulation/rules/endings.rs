//! Invariant 6: every key of ours has an end, and none later than it was declared.

use std::time::Duration;

use super::super::history::{History, Holds, Marked};
use super::super::terms::Terms;

/// How long it may be remembered that a value of an index was invalidated.
const MARK: Duration = Duration::from_mins(61);

/// How long it may be remembered how often that happened.
const COUNT: Duration = Duration::from_hours(4);

/// By how much the version of a tag may outlive the entries that carry it, before it is doubled.
const VERSION: Duration = Duration::from_hours(1);

/// How long what is sent to see whether pushes arrive may be there.
const CANARY: Duration = Duration::from_secs(1);

pub(super) fn check(history: &History) -> Vec<String> {
    let ours = history
        .remains
        .iter()
        .filter(|remain| !matches!(remain.holds, Holds::Foreign | Holds::ForeignTouched));
    let endless = ours.filter(|remain| {
        let most = may_live(remain.holds, &history.terms);
        remain.left.is_none_or(|left| left > most)
    });
    endless
        .map(|remain| format!("this lives longer than it was declared to: {remain}"))
        .collect()
}

/// How long this may be there at most.
fn may_live(holds: Holds, terms: &Terms) -> Duration {
    match holds {
        Holds::Lease => terms.lease,
        Holds::List {
            marked: Marked::Yes,
            ..
        } => MARK,
        // What is listed may be stored as late as its lease ends.
        Holds::List { .. } => terms.ttl + terms.lease,
        Holds::Count => COUNT,
        Holds::Version => (terms.ttl + VERSION) * 2,
        Holds::Canary => CANARY,
        _ => terms.ttl,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::*;

    #[test]
    fn values_and_leases_end_as_declared() {
        let value = Holds::Value(Draft::unheard_of());
        let list = |marked| Holds::List { garbage: 0, marked };
        let cases = [
            (Some(1500), value, 0),
            (Some(1501), value, 1),
            (None, value, 1),
            (Some(120), Holds::Lease, 0),
            (Some(121), Holds::Lease, 1),
            (None, Holds::Foreign, 0),
            (Some(1620), list(Marked::No), 0),
            (Some(1621), list(Marked::No), 1),
            (Some(3_660_000), list(Marked::Yes), 0),
            (None, list(Marked::Yes), 1),
            (Some(14_400_000), Holds::Count, 0),
            (None, Holds::Count, 1),
            (Some(7_203_000), Holds::Version, 0),
            (None, Holds::Version, 1),
        ];
        for (left, holds, found) in cases {
            let mut draft = Draft::default();
            draft.remains(left.map(Duration::from_millis), holds);
            assert_eq!(check(&draft.history()).len(), found, "{left:?} {holds:?}");
        }
    }
}
