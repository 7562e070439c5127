//! Invariant 1: what was loaded before an invalidation is not read after it, from the cache or by
//! joining the load.
//!
//! What comes from the server holds to that at once. A copy on another node than the one that has
//! invalidated may be served until the node can have heard of it; on the same node, it may not. An
//! invalidation of which the server could not be told waits, and holds for its own process
//! meanwhile.

use std::time::Duration;

use super::super::action::{Action, Asking, Scope};
use super::super::address::Address;
use super::super::history::{Asked, Ending, History, Made, Operation, Spell, Stamp};
use super::super::trouble::{Fault, Place};

/// How long it takes until a node hears of a change if nothing is wrong with its connection.
const COHERENCE: Duration = Duration::from_millis(5);

/// By how much pushes come later where they come late, at most.
const LATE: Duration = Duration::from_millis(200);

/// For how long a node may believe that its connection is alive after it has heard the last of it.
const KNOWN_ALIVE: Duration = Duration::from_secs(1);

/// The server and the nodes count in milliseconds, and round.
const ROUNDING: Duration = Duration::from_millis(2);

pub(super) fn check(history: &History) -> Vec<String> {
    let invalidations = Invalidation::all(history);
    let mut found = Vec::new();
    for reader in &history.operations {
        let forbidding = |made: Made| {
            let mut all = invalidations.iter();
            all.find(|invalidation| invalidation.forbids(history, reader, made))
        };
        for origin in reader.returned() {
            let made = history.made(origin);
            if let Some(invalidation) = made.and_then(forbidding) {
                found.push(format!(
                    "#{} returned what {origin} had made before #{} made it invalid",
                    reader.number, invalidation.by.number,
                ));
            }
        }
        for address in named(reader) {
            let mut all = candidates(history, reader, address).peekable();
            if all.peek().is_some() && all.all(|made| forbidding(made).is_some()) {
                found.push(format!(
                    "#{} named {address}, of which all that was made was invalid",
                    reader.number
                ));
            }
        }
    }
    found
}

/// The entries whose keys the operation was told.
fn named(reader: &Operation) -> impl Iterator<Item = Address> {
    let addresses = match &reader.ended {
        Some((_, Ending::Named(addresses))) => addresses.as_slice(),
        _ => &[],
    };
    addresses.iter().copied().flatten()
}

/// What can have been stored of an entry that an index has named.
pub(super) fn candidates(
    history: &History,
    reader: &Operation,
    address: Address,
) -> impl Iterator<Item = Made> {
    let (Action::KeysByIndex(_, group) | Action::ByIndex(_, group)) = reader.action else {
        return None.into_iter().flatten();
    };
    let before = reader.end().unwrap_or(reader.began);
    let made = history.made_of(address, before);
    let made = made.filter(move |made| group.has(made.address, made.version));
    Some(made).into_iter().flatten()
}

struct Invalidation<'history> {
    by: &'history Operation,
    scope: Scope,
    ended: Stamp,
    reach: Reach,
}

/// For whom it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Everybody,
    /// The process that could not tell the server of it.
    ItsProcess,
}

impl<'history> Invalidation<'history> {
    fn all(history: &'history History) -> Vec<Self> {
        let operations = history.operations.iter();
        operations
            .filter_map(|by| {
                let ((scope, ended), reach) = match by.invalidated() {
                    Some(invalidated) => (invalidated, Reach::Everybody),
                    None => (by.queued()?, Reach::ItsProcess),
                };
                Some(Self {
                    by,
                    scope,
                    ended,
                    reach,
                })
            })
            .collect()
    }

    /// Whether it holds for the reader.
    fn reaches(&self, history: &History, reader: &Operation) -> bool {
        match self.reach {
            Reach::Everybody => true,
            Reach::ItsProcess => {
                let died = |spell: &Spell| {
                    spell.trouble.fault == Fault::DeadProcess
                        && self.by.node().map(Place::Node) == Some(spell.trouble.place)
                        && self.by.began.time <= spell.began
                        && spell.began <= reader.began.time
                };
                self.by.actor == reader.actor && !history.troubles.iter().any(died)
            }
        }
    }

    fn forbids(&self, history: &History, reader: &Operation, made: Made) -> bool {
        self.scope.covers(made.address, made.version)
            && self.reaches(history, reader)
            && made.since < self.by.began.order
            && self.ended.order < reader.began.order
            && self.copies_end(history, reader) <= reader.began.time
    }

    /// Until when the reader may be answered from a copy.
    fn copies_end(&self, history: &History, reader: &Operation) -> Duration {
        let ended = self.ended.time;
        let is_here = self.by.actor == reader.actor;
        if reader.asked == Asked::TheServer || is_here || !history.terms.keeps_copies() {
            return ended;
        }
        let most = match reader.action {
            Action::Call(_, _, Asking::AtLeast) if self.is_told() => return ended,
            Action::Call(_, _, Asking::MaxAge(limit)) => limit.min(history.terms.copies_live()),
            _ => history.terms.copies_live(),
        };
        self.is_heard(history, reader).min(ended + most + ROUNDING)
    }

    /// Whether who asks for what came after it gets it: it has answered a token.
    fn is_told(&self) -> bool {
        matches!(
            self.by.action,
            Action::Invalidate(_) | Action::InvalidateTag(_)
        )
    }

    /// When the reader's node has heard of it, or knows that it may not have.
    fn is_heard(&self, history: &History, reader: &Operation) -> Duration {
        let (began, ended) = (self.by.began.time, self.ended.time);
        let spells = |faults: &'static [Fault], until: Duration, after: Duration| {
            history.troubles.iter().filter(move |spell| {
                let place = reader.node().map(Place::Node);
                faults.contains(&spell.trouble.fault)
                    && Some(spell.trouble.place) == place
                    && spell.began <= until
                    && began <= spell.ended + after
            })
        };
        // The server tells once of a key that was read. If that push is still on its way when the
        // key is changed again, no other one comes.
        let arrives_late = |spell: &Spell| spell.ended.min(ended) + LATE + COHERENCE;
        let late = spells(&[Fault::LatePushes], ended, LATE).map(arrives_late);
        let arrives = late.fold(ended + COHERENCE, Duration::max);
        // When a connection is made anew, all copies are given up. While it is deaf, nobody vouches
        // for them any more at some time.
        let gives_up = |spell: &Spell| spell.ended.min(spell.began + KNOWN_ALIVE) + COHERENCE;
        let faults = &[Fault::LostPushes, Fault::BlackHole];
        let deaf = spells(faults, arrives, Duration::ZERO).map(gives_up);
        deaf.fold(arrives, Duration::max)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::groups::{Group, Label};
    use super::super::super::history::Draft;
    use super::*;
    use crate::cache::Local;

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
        draft.done(1, Action::Invalidate(Address(1)));
        let late = draft.call(0);
        draft.read(late, value);
        assert_eq!(check(&draft.history()), [""; 0]);
    }

    #[test]
    fn one_that_waits_holds_for_its_process() {
        let read_by = |node: usize, dies: bool| {
            let mut draft = Draft::default();
            let value = draft.load_at_once(0);
            let failed = draft.begin(1, INVALIDATE);
            draft.end(failed, Ending::Failed);
            if dies {
                draft.trouble(1, Fault::DeadProcess);
            }
            let late = draft.call(node);
            draft.read(late, value);
            check(&draft.history()).len()
        };
        assert_eq!(read_by(1, false), 1);
        assert_eq!(read_by(0, false), 0, "others have not heard of it");
        assert_eq!(read_by(1, true), 0, "nor has who came after it");
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

    /// Whether a copy that was made by somebody else's load may be served at this time, after an
    /// invalidation at 1000 ms.
    fn copy_is_served(millis: u64, asking: Asking, disturb: impl FnOnce(&mut Draft)) -> bool {
        let mut draft = Draft::default();
        draft.terms.local = Local::For(Duration::from_millis(1400));
        let value = draft.at(500).load_at_once(0);
        draft.at(1000);
        disturb(&mut draft);
        draft.done(1, INVALIDATE);
        let late = draft.at(millis).call_asking(0, asking);
        draft.read(late, value);
        check(&draft.history()).is_empty()
    }

    #[test]
    fn a_copy_on_another_node_may_be_served_until_it_can_have_heard() {
        assert!(copy_is_served(1004, Asking::Nothing, |_| {}));
        assert!(!copy_is_served(1005, Asking::Nothing, |_| {}));
        let late = |draft: &mut Draft| draft.trouble(0, Fault::LatePushes);
        assert!(copy_is_served(1204, Asking::Nothing, late));
        assert!(!copy_is_served(1205, Asking::Nothing, late));
        let elsewhere = |draft: &mut Draft| draft.trouble(2, Fault::LatePushes);
        assert!(!copy_is_served(1100, Asking::Nothing, elsewhere));
        // What it was told of before is still on its way.
        let was_late = |draft: &mut Draft| {
            draft.at(900).trouble(0, Fault::LatePushes);
            draft.at(950).heal(0);
            draft.at(1000);
        };
        assert!(copy_is_served(1154, Asking::Nothing, was_late));
        assert!(!copy_is_served(1155, Asking::Nothing, was_late));
    }

    #[test]
    fn a_deaf_node_serves_copies_until_nobody_vouches_for_them() {
        let is_deaf = |draft: &mut Draft| draft.at(900).trouble(0, Fault::LostPushes);
        assert!(copy_is_served(1904, Asking::Nothing, is_deaf));
        assert!(!copy_is_served(1905, Asking::Nothing, is_deaf));
        let was_deaf = |draft: &mut Draft| {
            draft.at(500).trouble(0, Fault::BlackHole);
            draft.at(900).heal(0);
        };
        assert!(!copy_is_served(1100, Asking::Nothing, was_deaf));
        let is_cut = |draft: &mut Draft| draft.trouble(0, Fault::Cut);
        assert!(!copy_is_served(1100, Asking::Nothing, is_cut), "it knows");
    }

    #[test]
    fn who_asks_for_more_gets_it() {
        let is_deaf = |draft: &mut Draft| draft.trouble(0, Fault::LostPushes);
        assert!(!copy_is_served(1001, Asking::AtLeast, is_deaf));
        let young = Asking::MaxAge(Duration::from_millis(100));
        assert!(copy_is_served(1101, young, is_deaf));
        assert!(!copy_is_served(1102, young, is_deaf));
    }

    #[test]
    fn what_comes_from_the_server_and_what_is_read_where_it_was_invalidated_is_never_old() {
        let read_by = |node: usize, asks: bool| {
            let mut draft = Draft::default();
            draft.terms.local = Local::WhileFresh;
            let value = draft.load_at_once(0);
            draft.done(1, INVALIDATE);
            let late = draft.call(node);
            if asks {
                draft.asks(late);
            }
            draft.read(late, value);
            check(&draft.history()).len()
        };
        assert_eq!(read_by(0, false), 0);
        assert_eq!(read_by(0, true), 1);
        assert_eq!(read_by(1, false), 1);
    }

    #[test]
    fn an_index_covers_the_versions_that_have_its_value_and_a_tag_covers_all() {
        let namespace = Draft::KEY.namespace();
        let cases = [
            (Action::InvalidateIndex(namespace, Group::Team(1)), 1),
            (Action::InvalidateIndex(namespace, Group::Team(0)), 0),
            (Action::InvalidateIndex(namespace, Group::Floor(0)), 1),
            (Action::InvalidateIndex(namespace, Group::Floor(1)), 0),
            (Action::InvalidateTag(Label::Directory), 1),
            (Action::InvalidateTag(Label::Floor(1)), 0),
        ];
        for (action, found) in cases {
            let mut draft = Draft::default();
            let value = draft.load_at_once(0);
            draft.done(1, action);
            let late = draft.call(0);
            draft.read(late, value);
            assert_eq!(check(&draft.history()).len(), found, "{action}");
        }
    }

    #[test]
    fn an_index_neither_reads_nor_names_what_is_invalid() {
        let namespace = Draft::KEY.namespace();
        let group = Group::Team(1);
        let mut draft = Draft::default();
        let value = draft.load_at_once(0);
        let ask = |draft: &mut Draft| {
            let read = draft.begin(0, Action::ByIndex(namespace, group));
            draft.end(read, Ending::Listed(vec![value]));
            let named = draft.begin(0, Action::KeysByIndex(namespace, group));
            draft.end(named, Ending::Named(vec![Some(Draft::KEY)]));
        };
        ask(&mut draft);
        draft.done(1, INVALIDATE);
        ask(&mut draft);
        let found = check(&draft.history());
        assert_eq!(
            found,
            [
                "#4 returned what origin 1 had made before #3 made it invalid",
                "#5 named users(\"a\", \"b:c\"), of which all that was made was invalid",
            ]
        );
    }
}
