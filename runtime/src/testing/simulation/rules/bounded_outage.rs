//! Invariant 3: an operation costs its budget, its own load, and what it waited for others; never
//! more.
//!
//! What it may wait for: that somebody else has the key. An operation has it from its beginning to
//! its end; for as long as a lease lives after that if it was dropped, failed to give the lease
//! back, or died. Who does not hear of changes in time looks again when the lease that it has seen
//! would have ended.

use std::time::Duration;

use super::super::action::Action;
use super::super::history::{Ending, History, Operation, Stamp};
use super::SLACK;

pub(super) fn check(history: &History) -> Vec<String> {
    let ended = history.ended().filter_map(|(operation, end)| {
        let took = end.time.saturating_sub(operation.began.time);
        let may_take = may_take(history, operation, end);
        (took > may_take).then(|| {
            format!(
                "#{} took {took:?}, and may take {may_take:?} at most",
                operation.number
            )
        })
    });
    ended.collect()
}

fn may_take(history: &History, operation: &Operation, end: Stamp) -> Duration {
    let once = operation
        .action
        .may_cost(&history.terms)
        .saturating_add(SLACK);
    let loading = time_loading(history, operation, end);
    let Action::Call(..) = operation.action else {
        return once + loading;
    };
    let is_troubled = history.is_troubled(operation.node(), operation.began.time, end.time);
    let hears_after = if is_troubled {
        history.terms.lease
    } else {
        Duration::ZERO
    };
    let others = others(history, operation, end, hears_after);
    // With a network that is slow, each time that it has waited it may spend its budget anew.
    let rounds = if is_troubled {
        others.len() as u32 + 1
    } else {
        1
    };
    let waiting = together(others).min(history.terms.wait + history.terms.budget);
    once * rounds + loading + waiting
}

/// How long loads of its own have run.
fn time_loading(history: &History, operation: &Operation, end: Stamp) -> Duration {
    let own = history
        .loads
        .iter()
        .filter(|load| load.operation == operation.number);
    own.map(|load| {
        let ended = load.ended.unwrap_or(end);
        ended.time.saturating_sub(load.began.time)
    })
    .sum()
}

/// When others had the key, as far as the operation has heard, within its time.
fn others(
    history: &History,
    operation: &Operation,
    end: Stamp,
    hears_after: Duration,
) -> Vec<(Duration, Duration)> {
    let others = history.operations.iter().filter(|other| {
        other.number != operation.number
            && other.action.address() == operation.action.address()
            && matches!(
                other.action,
                Action::Call(..) | Action::Refresh(..) | Action::Put(..)
            )
    });
    let spans = others.filter_map(|other| {
        let from = other.began.time.max(operation.began.time);
        let to = had_it_until(history, other).saturating_add(hears_after);
        let to = to.min(end.time);
        (from < to).then_some((from, to))
    });
    spans.collect()
}

/// Until when an operation may have had the key.
fn had_it_until(history: &History, operation: &Operation) -> Duration {
    let Some((end, ending)) = &operation.ended else {
        return Duration::MAX;
    };
    let was_troubled = history.is_troubled(
        operation.node(),
        operation.began.time,
        end.time + history.terms.lease,
    );
    if was_troubled {
        return end.time + history.terms.lease + history.terms.timeout;
    }
    match ending {
        // What it leaves is given back in the background.
        Ending::Dropped | Ending::Panicked => end.time + SLACK,
        _ => end.time,
    }
}

/// How long all of these are together, what they share counted once.
fn together(mut spans: Vec<(Duration, Duration)>) -> Duration {
    spans.sort();
    let mut sum = Duration::ZERO;
    let mut until = Duration::ZERO;
    for (from, to) in spans {
        sum += to.saturating_sub(from.max(until));
        until = until.max(to);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::super::history::Draft;
    use super::super::super::trouble::Fault;
    use super::*;

    #[test]
    fn a_call_costs_its_budget_and_its_load() {
        let costs = |millis: u64| {
            let mut draft = Draft::default();
            let call = draft.at(1000).call(0);
            let value = draft.load(call);
            draft.at(1300).loaded(value);
            draft.at(1300 + millis).read(call, value);
            check(&draft.history())
        };
        assert_eq!(costs(65), [""; 0]);
        assert_eq!(costs(66), ["#0 took 366ms, and may take 365ms at most"]);
    }

    /// A call that begins beside another one's load, which ends at 1100, and gets its value at this
    /// time.
    fn waits_until(millis: u64, ending: Ending, disturb: impl FnOnce(&mut Draft)) -> Vec<String> {
        let mut draft = Draft::default();
        let loading = draft.at(1000).call(0);
        let value = draft.load(loading);
        let waiting = draft.at(1010).call(1);
        disturb(&mut draft);
        draft.at(1100).loaded(value);
        draft.end(loading, ending);
        draft.at(millis).read(waiting, value);
        check(&draft.history())
    }

    #[test]
    fn it_may_wait_for_others_while_they_have_the_key() {
        let fine = || Ending::Read(None);
        assert_eq!(waits_until(1165, fine(), |_| {}), [""; 0]);
        assert_eq!(waits_until(1166, fine(), |_| {}).len(), 1);
        assert_eq!(waits_until(1190, Ending::Dropped, |_| {}), [""; 0]);
        assert_eq!(waits_until(1191, Ending::Dropped, |_| {}).len(), 1);
    }

    #[test]
    fn who_died_has_the_key_as_long_as_its_lease_lives() {
        let dies = |draft: &mut Draft| draft.trouble(0, Fault::DeadProcess);
        assert_eq!(waits_until(1400, Ending::Dropped, dies), [""; 0]);
        assert_eq!(waits_until(1500, Ending::Dropped, dies).len(), 1);
    }

    #[test]
    fn who_hears_of_changes_late_looks_when_the_lease_would_have_ended() {
        let is_deaf = |draft: &mut Draft| draft.trouble(1, Fault::LostPushes);
        let fine = || Ending::Read(None);
        assert_eq!(waits_until(1220, fine(), is_deaf), [""; 0]);
        assert_eq!(waits_until(1360, fine(), is_deaf).len(), 1);
    }

    #[test]
    fn what_is_asked_for_by_hand_costs_its_timeout() {
        let costs = |millis: u64| {
            let mut draft = Draft::default();
            let peek = draft.at(0).begin(0, Action::Peek(Draft::KEY));
            draft.at(millis).end(peek, Ending::Failed);
            check(&draft.history())
        };
        assert_eq!(costs(225), [""; 0]);
        assert_eq!(costs(226).len(), 1);
    }

    #[test]
    fn what_spans_share_counts_once() {
        let millis = Duration::from_millis;
        let spans = vec![
            (millis(5), millis(9)),
            (millis(1), millis(4)),
            (millis(2), millis(6)),
        ];
        assert_eq!(together(spans), millis(8));
    }
}
