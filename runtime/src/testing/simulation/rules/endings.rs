//! Invariant 6: every key of ours has an end, and none later than it was declared.

use super::super::history::{History, Holds};

pub(super) fn check(history: &History) -> Vec<String> {
    let ours = history
        .remains
        .iter()
        .filter(|remain| !matches!(remain.holds, Holds::Foreign | Holds::ForeignTouched));
    let endless = ours.filter(|remain| {
        let most = match remain.holds {
            Holds::Lease => history.terms.lease,
            _ => history.terms.ttl,
        };
        remain.left.is_none_or(|left| left > most)
    });
    endless
        .map(|remain| format!("this lives longer than it was declared to: {remain}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::history::Draft;
    use super::*;

    #[test]
    fn values_and_leases_end_as_declared() {
        let value = Holds::Value(Draft::unheard_of());
        let cases = [
            (Some(1500), value, 0),
            (Some(1501), value, 1),
            (None, value, 1),
            (Some(120), Holds::Lease, 0),
            (Some(121), Holds::Lease, 1),
            (None, Holds::Foreign, 0),
        ];
        for (left, holds, found) in cases {
            let mut draft = Draft::default();
            draft.remains(left.map(Duration::from_millis), holds);
            assert_eq!(check(&draft.history()).len(), found, "{left:?} {holds:?}");
        }
    }
}
