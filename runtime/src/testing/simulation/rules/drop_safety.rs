//! Invariant 4: whoever is dropped, everybody else ends, no lease outlives its life, and nothing is
//! half written.

use super::super::history::{History, Holds};

pub(super) fn check(history: &History) -> Vec<String> {
    let hanging = history
        .operations
        .iter()
        .filter(|operation| operation.ended.is_none())
        .map(|operation| format!("#{} never ended", operation.number));
    let left = history
        .remains
        .iter()
        .filter(|remain| matches!(remain.holds, Holds::Lease | Holds::Unreadable))
        .map(|remain| format!("this is left when everybody has ended: {remain}"));
    hanging.chain(left).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::history::{Draft, Ending};
    use super::*;

    #[test]
    fn everybody_ends() {
        let mut draft = Draft::default();
        draft.call(0);
        let dropped = draft.call(0);
        draft.end(dropped, Ending::Dropped);
        assert_eq!(check(&draft.history()), ["#0 never ended"]);
    }

    #[test]
    fn nothing_but_values_is_left() {
        let mut draft = Draft::default();
        let left = Some(Duration::from_millis(1));
        draft.remains(left, Holds::Value(Draft::unheard_of()));
        draft.remains(left, Holds::Garbage);
        draft.remains(left, Holds::Lease);
        draft.remains(left, Holds::Unreadable);
        assert_eq!(check(&draft.history()).len(), 2);
    }
}
