//! What has happened in a simulation: every operation, load and fault, in one order.

use std::time::Duration;

use super::action::{Action, Scope};
use super::address::Address;
use super::source::{Origin, Value};
use super::terms::Terms;
use super::trouble::{Place, Trouble};

#[cfg(test)]
mod draft;
mod record;
mod render;

#[cfg(test)]
pub(super) use draft::Draft;
pub(super) use record::Record;

/// A whole run, as the rules look at it.
#[derive(Debug)]
pub(super) struct History {
    pub(super) terms: Terms,
    /// Everything, in order. The place of an event here is its [`order`](Stamp::order).
    pub(super) events: Vec<(Duration, Event)>,
    pub(super) operations: Vec<Operation>,
    /// In the order of their numbers.
    pub(super) loads: Vec<Load>,
    pub(super) troubles: Vec<Spell>,
    /// From when on no fault was active and no operation under way, save those that look whether all is well.
    pub(super) quiet_since: Option<Stamp>,
    /// What was in the server in the end.
    pub(super) remains: Vec<Remain>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    Begins {
        operation: usize,
        actor: Actor,
        action: Action,
    },
    Ends {
        operation: usize,
        ending: Ending,
    },
    LoadBegins {
        origin: Origin,
        operation: usize,
        address: Address,
        version: u64,
    },
    LoadEnds {
        origin: Origin,
    },
    SourceChanges {
        address: Address,
        version: u64,
    },
    TroubleBegins(Trouble),
    /// Every trouble of this place is over.
    Heals(Place),
    /// All is healed and everybody has ended.
    Quiet,
    /// A request or its reply passes a link.
    Passes {
        node: usize,
        operation: Option<usize>,
        what: String,
    },
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Actor {
    Node(usize),
    /// A client that knows nothing of Larder.
    Stranger,
}

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It read or made this, or found nothing.
    Read(Option<Value>),
    /// The load that it ran or joined has failed.
    LoadFailed(Origin),
    /// It did what it was to do.
    Done,
    /// It could not, and said so.
    Failed,
    /// Its load panicked.
    Panicked,
    /// It was dropped.
    Dropped,
}

/// A point in time and in the order of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) order: usize,
    pub(super) time: Duration,
}

/// An operation from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) number: usize,
    pub(super) actor: Actor,
    pub(super) action: Action,
    pub(super) began: Stamp,
    pub(super) ended: Option<(Stamp, Ending)>,
}

/// A load from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) origin: Origin,
    pub(super) operation: usize,
    pub(super) address: Address,
    pub(super) version: u64,
    pub(super) began: Stamp,
    pub(super) ended: Option<Stamp>,
}

/// A trouble from its beginning to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spell {
    pub(super) trouble: Trouble,
    pub(super) began: Duration,
    pub(super) ended: Duration,
}

/// A key that is left in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remain {
    pub(super) name: String,
    /// How long it still lives.
    pub(super) left: Option<Duration>,
    pub(super) holds: Holds,
}

/// What a key that is left holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A value of ours.
    Value(Value),
    /// The mark of a load.
    Lease,
    /// What a stranger has put over ours.
    Garbage,
    /// Something else under a name of ours.
    Unreadable,
    /// A key of somebody else, as it was.
    Foreign,
    /// A key of somebody else that is gone or was changed.
    ForeignTouched,
}

impl Operation {
    /// When it was over, if it was.
    pub(super) fn end(&self) -> Option<Stamp> {
        self.ended.map(|(stamp, _)| stamp)
    }

    /// Where what it returned was made; nothing if it returned nothing that was made.
    pub(super) fn returned(&self) -> Option<Origin> {
        match self.ended?.1 {
            Ending::Read(value) => value.map(|value| value.origin),
            Ending::LoadFailed(origin) => Some(origin),
            Ending::Done | Ending::Failed | Ending::Panicked | Ending::Dropped => None,
        }
    }

    /// What it has made invalid for certain.
    pub(super) fn invalidated(&self) -> Option<(Scope, Stamp)> {
        match self.ended? {
            (end, Ending::Done) => Some((self.action.invalidates()?, end)),
            _ => None,
        }
    }

    /// What it may have made invalid, whether it ended well or not.
    pub(super) fn may_invalidate(&self, address: Address) -> bool {
        let scope = self.action.invalidates();
        scope.is_some_and(|scope| scope.covers(address))
    }

    /// Whether it may take place after it has ended: an invalidation that a node could not carry out waits until it can.
    pub(super) fn may_be_queued(&self) -> bool {
        let is_put = matches!(self.action, Action::Put(..));
        let ending = self.ended.map(|(_, ending)| ending);
        let was_done = !matches!(ending, Some(Ending::Failed | Ending::Dropped));
        self.action.invalidates().is_some() && !is_put && !was_done
    }

    /// Which node it ran on.
    pub(super) fn node(&self) -> Option<usize> {
        match self.actor {
            Actor::Node(node) => Some(node),
            Actor::Stranger => None,
        }
    }
}

impl History {
    /// The operations that have ended.
    pub(super) fn ended(&self) -> impl Iterator<Item = (&Operation, Stamp)> {
        let operations = self.operations.iter();
        operations.filter_map(|operation| Some((operation, operation.end()?)))
    }

    /// The load with this number.
    pub(super) fn load(&self, origin: Origin) -> Option<&Load> {
        let place = self.loads.binary_search_by_key(&origin, |load| load.origin);
        place.ok().map(|place| &self.loads[place])
    }

    /// The `put` of the value with this number.
    pub(super) fn put(&self, origin: Origin) -> Option<&Operation> {
        self.operations.iter().find(
            |operation| matches!(operation.action, Action::Put(_, value) if value.origin == origin),
        )
    }

    /// Whether anything was wrong with the server or with the node between these two times, or shortly before the first: what a
    /// fault has begun lasts until leases have ended and budgets are spent.
    pub(super) fn is_troubled(&self, node: Option<usize>, from: Duration, to: Duration) -> bool {
        let aftermath = self.terms.lease + self.terms.budget;
        self.troubles.iter().any(|spell| {
            spell.trouble.place.concerns(node)
                && spell.began <= to
                && from <= spell.ended + aftermath
        })
    }
}
