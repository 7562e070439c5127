//! Invariant 1: what was loaded before an invalidation is not read after it, from the cache or by joining the load.

use std::time::Duration;

use super::super::action::{Action, Scope};
use super::super::history::{History, Operation, Stamp};
use super::super::source::Origin;

/// By how much a node may lag behind an invalidation on another one. A local tier may; without one, nothing does.
const LAG_ELSEWHERE: Duration = Duration::ZERO;

pub(super) fn check(history: &History) -> Vec<String> {
    let invalidations: Vec<Invalidation<'_>> = history
        .operations
        .iter()
        .filter_map(|by| {
            let (scope, ended) = by.invalidated()?;
            Some(Invalidation { by, scope, ended })
        })
        .collect();
    let readers = history.operations.iter().filter_map(|reader| {
        let origin = reader.returned()?;
        let invalidation = invalidations
            .iter()
            .find(|invalidation| invalidation.forbids(history, reader, origin))?;
        Some(format!(
            "#{} returned what {origin} had made before #{} made it invalid",
            reader.number, invalidation.by.number,
        ))
    });
    readers.collect()
}

struct Invalidation<'history> {
    by: &'history Operation,
    scope: Scope,
    ended: Stamp,
}

impl Invalidation<'_> {
    fn forbids(&self, history: &History, reader: &Operation, origin: Origin) -> bool {
        let is_covered = |address| self.scope.covers(address);
        reader.action.address().is_some_and(is_covered)
            && self.is_over_when(reader)
            && made_by(history, origin).is_some_and(|made| made < self.by.began.order)
    }

    fn is_over_when(&self, reader: &Operation) -> bool {
        let lag = if self.by.actor == reader.actor {
            Duration::ZERO
        } else {
            LAG_ELSEWHERE
        };
        self.ended.order < reader.began.order && self.ended.time + lag <= reader.began.time
    }
}

/// From when on what this origin made is as old as it looks: a load has read the source when it begins, a value that is put is
/// there at some time before the `put` ends.
fn made_by(history: &History, origin: Origin) -> Option<usize> {
    let load = history.load(origin).map(|load| load.began.order);
    let put = || {
        let put = history.put(origin)?;
        debug_assert!(matches!(put.action, Action::Put(..)));
        Some(put.end()?.order)
    };
    load.or_else(put)
}

#[cfg(test)]
mod tests {
    use super::super::super::history::{Draft, Ending};
    use super::*;

    const INVALIDATE: Action = Action::Invalidate(Draft::KEY);

    #[test]
    fn a_value_loaded_before_an_invalidation_is_not_read_after_it() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        draft.done(1, INVALIDATE);
        let late = draft.call(0);
        draft.read(late, value);
        let found = check(&draft.history());
        assert_eq!(
            found,
            ["#2 returned what origin 1 had made before #1 made it invalid"]
        );
    }

    #[test]
    fn nor_is_a_load_joined_that_began_before_it() {
        let mut draft = Draft::default();
        let early = draft.call(0);
        let value = draft.load(early);
        draft.done(1, Action::Clear(Draft::KEY.namespace()));
        let late = draft.call(0);
        draft.loaded(value);
        draft.read(early, value);
        draft.end(late, Ending::LoadFailed(value.origin));
        assert_eq!(check(&draft.history()).len(), 1, "the late one only");
    }

    #[test]
    fn who_called_before_it_was_over_may_have_the_old_value() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        let invalidation = draft.begin(1, INVALIDATE);
        let early = draft.call(0);
        draft.end(invalidation, Ending::Done);
        draft.read(early, value);
        assert_eq!(check(&draft.history()), [""; 0]);
    }

    #[test]
    fn an_invalidation_that_failed_or_is_of_something_else_promises_nothing() {
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        let failed = draft.begin(1, INVALIDATE);
        draft.end(failed, Ending::Failed);
        let dropped = draft.begin(1, INVALIDATE);
        draft.end(dropped, Ending::Dropped);
        draft.done(
            1,
            Action::Invalidate(super::super::super::address::Address(1)),
        );
        let late = draft.call(0);
        draft.read(late, value);
        assert_eq!(check(&draft.history()), [""; 0]);
    }

    #[test]
    fn what_was_put_is_as_old_as_the_end_of_the_put() {
        let mut draft = Draft::default();
        let value = draft.value_to_put();
        let put = draft.begin(0, Action::Put(Draft::KEY, value));
        draft.done(1, INVALIDATE);
        draft.end(put, Ending::Done);
        let allowed = draft.call(0);
        draft.read(allowed, value);
        draft.done(1, INVALIDATE);
        let forbidden = draft.call(0);
        draft.read(forbidden, value);
        assert_eq!(check(&draft.history()).len(), 1);
    }
}
