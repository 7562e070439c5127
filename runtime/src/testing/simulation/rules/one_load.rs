//! Invariant 2: while the lease of a load lives, nobody else loads the same key, in the whole
//! fleet.
//!
//! A second load beside a first is allowed only for a reason that the history shows: the first was
//! made invalid or is refreshed, the second has waited as long as it waits, or something was wrong
//! with one of the two nodes or the server.

use std::time::Duration;

use super::super::action::Action;
use super::super::history::{History, Load, Operation};

/// Timers fire up to a millisecond late, and never early: but two of them need not agree on the
/// millisecond.
const ROUNDING: Duration = Duration::from_millis(2);

pub(super) fn check(history: &History) -> Vec<String> {
    let calls: Vec<(&Load, &Operation)> = history
        .loads
        .iter()
        .filter_map(|load| {
            let operation = history.operations.get(load.operation)?;
            matches!(operation.action, Action::Call(..)).then_some((load, operation))
        })
        .collect();
    let mut found = Vec::new();
    for second in &calls {
        for first in &calls {
            if runs_beside(first.0, second.0) && !is_excused(history, *first, *second) {
                found.push(format!(
                    "#{} loaded {} while #{} did, for no reason",
                    second.1.number, second.0.address, first.1.number
                ));
            }
        }
    }
    found
}

/// Whether the second begins while the first is under way.
fn runs_beside(first: &Load, second: &Load) -> bool {
    first.address == second.address
        && first.began.order < second.began.order
        && first
            .ended
            .is_none_or(|ended| second.began.order < ended.order)
}

fn is_excused(history: &History, first: (&Load, &Operation), second: (&Load, &Operation)) -> bool {
    let begins = first.1.began.time.min(second.1.began.time);
    let ends = second.0.began.time;
    let is_troubled = |node| history.is_troubled(node, begins, ends);
    // Who has waited long enough loads without a lease, so a first one that did keeps nobody out.
    has_waited(history, first)
        || has_waited(history, second)
        || is_troubled(first.1.node())
        || is_troubled(second.1.node())
        || a_lease_was_lost(history, first, second)
}

fn has_waited(history: &History, (load, operation): (&Load, &Operation)) -> bool {
    let waited = load.began.time.saturating_sub(operation.began.time);
    waited + ROUNDING >= history.terms.wait
}

/// Whether somebody may have taken the lease of one of the two away before the second load began.
/// It may be the second's: it can have got and lost its lease before the first got its own, and
/// hear of it later.
fn a_lease_was_lost(
    history: &History,
    (first, first_by): (&Load, &Operation),
    (second, by): (&Load, &Operation),
) -> bool {
    let begins = first_by.began.order.min(by.began.order);
    history.operations.iter().any(|operation| {
        let takes_it = operation.may_invalidate(first)
            || operation.may_invalidate(second)
            || matches!(operation.action, Action::Refresh(address, _) if address == second.address);
        let ended_before = operation.end().is_some_and(|end| end.order < begins);
        // What the server could not be told of waits, and takes place when it can.
        let ended_before = ended_before && !operation.may_be_queued();
        takes_it && operation.began.order < second.began.order && !ended_before
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::history::{Draft, Ending};
    use super::super::super::trouble::Fault;
    use super::*;

    /// Two calls, each on a node of its own, that load at the same time; something happens before
    /// the second does.
    fn two_loads(happens: impl FnOnce(&mut Draft)) -> Vec<String> {
        let mut draft = Draft::default();
        let first = draft.at(1000).call(0);
        let one = draft.load(first);
        let second = draft.at(1010).call(1);
        happens(&mut draft);
        let other = draft.load(second);
        draft.loaded(one);
        draft.loaded(other);
        draft.read(first, one);
        draft.read(second, other);
        check(&draft.history())
    }

    #[test]
    fn two_loads_at_once_want_a_reason() {
        let found = two_loads(|_| {});
        assert_eq!(
            found,
            ["#1 loaded users(\"a\", \"b:c\") while #0 did, for no reason"]
        );
    }

    #[test]
    fn these_are_reasons() {
        assert_eq!(
            two_loads(|draft| draft.done(2, Action::Invalidate(Draft::KEY))),
            [""; 0]
        );
        let dropped_invalidation = |draft: &mut Draft| {
            let invalidation = draft.begin(2, Action::Invalidate(Draft::KEY));
            draft.end(invalidation, Ending::Dropped);
        };
        assert_eq!(two_loads(dropped_invalidation), [""; 0]);
        assert_eq!(two_loads(|draft| draft.trouble(1, Fault::Cut)), [""; 0]);
        assert_eq!(
            two_loads(|draft| {
                draft.at(1410);
            }),
            [""; 0],
            "it has waited enough"
        );
    }

    #[test]
    fn these_are_not() {
        let elsewhere = two_loads(|draft| draft.trouble(2, Fault::Cut));
        assert_eq!(elsewhere.len(), 1, "trouble of a third node");
        let other = super::super::super::address::Address(1);
        let other_key = two_loads(|draft| draft.done(2, Action::Invalidate(other)));
        assert_eq!(other_key.len(), 1, "an invalidation of another key");
        let peek = two_loads(|draft| draft.done(2, Action::Peek(Draft::KEY)));
        assert_eq!(peek.len(), 1, "somebody looks");
    }

    #[test]
    fn the_second_may_have_lost_its_lease_before_the_first_began() {
        let mut draft = Draft::default();
        let second = draft.call(1);
        draft.done(2, Action::Invalidate(Draft::KEY));
        let first = draft.call(0);
        draft.load(first);
        draft.load(second);
        assert_eq!(check(&draft.history()), [""; 0]);
    }

    #[test]
    fn trouble_that_was_over_long_before_is_no_reason() {
        let mut draft = Draft::default();
        draft.at(0).trouble(0, Fault::Cut);
        draft.at(10).heal(0);
        let first = draft.at(1000).call(0);
        let one = draft.load(first);
        let second = draft.call(1);
        let other = draft.load(second);
        draft.loaded(one);
        draft.loaded(other);
        assert_eq!(check(&draft.history()).len(), 1);
    }

    #[test]
    fn one_after_the_other_is_fine() {
        let mut draft = Draft::default();
        draft.load_at_once(0);
        draft.load_at_once(1);
        assert_eq!(check(&draft.history()), [""; 0]);
    }
}
