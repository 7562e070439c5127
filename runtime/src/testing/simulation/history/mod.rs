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
    /// From when on no fault was active and no operation under way, save those that look whether
    /// all is well.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// It read or made this, or found nothing.
    Read(Option<Value>),
    /// It read all of these.
    Listed(Vec<Value>),
    /// It was told the keys of these; of a key of nobody it is not known whose it is.
    Named(Vec<Option<Address>>),
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
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) number: usize,
    pub(super) actor: Actor,
    pub(super) action: Action,
    pub(super) began: Stamp,
    pub(super) ended: Option<(Stamp, Ending)>,
    pub(super) asked: Asked,
}

/// Whom an operation has asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    TheServer,
    /// It had a copy, or joined somebody who asked.
    Nobody,
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
    pub(super) look: Look,
    pub(super) name: String,
    /// How long it still lives.
    pub(super) left: Option<Duration>,
    pub(super) holds: Holds,
}

/// When somebody looked at what was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// When everybody had ended and no lease could live any more.
    WhenAllHaveEnded,
    /// When in addition everything had been asked for once more, with nothing wrong.
    WhenAllIsWell,
}

/// What a key that is left holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A value of ours.
    Value(Value),
    /// The mark of a load.
    Lease,
    /// What an index lists under one value.
    List {
        /// How many of its members are no entries of that value.
        garbage: usize,
        marked: Marked,
    },
    /// How often indexes were invalidated.
    Count,
    /// The version of a tag.
    Version,
    /// What a node has sent to see whether pushes arrive.
    Canary,
    /// What a stranger has put over ours.
    Garbage,
    /// Something else under a name of ours.
    Unreadable,
    /// A key of somebody else, as it was.
    Foreign,
    /// A key of somebody else that is gone or was changed.
    ForeignTouched,
}

/// Whether a list says that its value was invalidated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    Yes,
    No,
}

/// A value or an error: what of, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) address: Address,
    pub(super) version: u64,
    /// It is as old as it looks from here on: a load has read the source when it begins, a value
    /// that is put is there at some time before the `put` ends.
    pub(super) since: usize,
}

impl Operation {
    /// When it was over, if it was.
    pub(super) fn end(&self) -> Option<Stamp> {
        self.ended.as_ref().map(|(stamp, _)| *stamp)
    }

    /// Where all that it returned was made.
    pub(super) fn returned(&self) -> Vec<Origin> {
        let Some((_, ending)) = &self.ended else {
            return Vec::new();
        };
        match ending {
            Ending::Read(Some(value)) => vec![value.origin],
            Ending::Listed(values) => values.iter().map(|value| value.origin).collect(),
            Ending::LoadFailed(origin) => vec![*origin],
            Ending::Read(None)
            | Ending::Named(_)
            | Ending::Done
            | Ending::Failed
            | Ending::Panicked
            | Ending::Dropped => Vec::new(),
        }
    }

    /// What it has made invalid for certain.
    pub(super) fn invalidated(&self) -> Option<(Scope, Stamp)> {
        match self.ended.as_ref()? {
            (end, Ending::Done) => Some((self.action.invalidates()?, *end)),
            _ => None,
        }
    }

    /// What it will have made invalid when the server can be told of it.
    pub(super) fn queued(&self) -> Option<(Scope, Stamp)> {
        let waits = matches!(
            self.action,
            Action::Invalidate(_)
                | Action::InvalidateIndex(..)
                | Action::InvalidateTag(_)
                | Action::Clear(_)
        );
        match self.ended.as_ref()? {
            (end, Ending::Failed) if waits => Some((self.action.invalidates()?, *end)),
            _ => None,
        }
    }

    /// Whether it may have made what this load reads invalid, whether it ended well or not.
    pub(super) fn may_invalidate(&self, load: &Load) -> bool {
        let scope = self.action.invalidates();
        scope.is_some_and(|scope| scope.covers(load.address, load.version))
    }

    /// Whether it may take place after it has ended: an invalidation that a node could not carry
    /// out waits until it can.
    pub(super) fn may_be_queued(&self) -> bool {
        let is_put = matches!(self.action, Action::Put(..));
        let ending = self.ended.as_ref().map(|(_, ending)| ending);
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

    /// What this load or `put` made; nothing of one that has not ended.
    pub(super) fn made(&self, origin: Origin) -> Option<Made> {
        if let Some(load) = self.load(origin) {
            return Some(Made {
                address: load.address,
                version: load.version,
                since: load.began.order,
            });
        }
        made_by_put(self.put(origin)?)
    }

    /// Everything that was made of this entry before this.
    pub(super) fn made_of(&self, address: Address, before: Stamp) -> impl Iterator<Item = Made> {
        let loads = self
            .loads
            .iter()
            .filter(move |load| load.address == address && load.began.order < before.order);
        let puts = self.operations.iter().filter(move |operation| {
            operation.action.address() == Some(address) && operation.began.order < before.order
        });
        loads
            .filter_map(|load| self.made(load.origin))
            .chain(puts.filter_map(made_by_put))
    }

    /// Whether anything was wrong with the server or with the node between these two times, or
    /// shortly before the first: what a fault has begun lasts until leases have ended and budgets
    /// are spent.
    pub(super) fn is_troubled(&self, node: Option<usize>, from: Duration, to: Duration) -> bool {
        let aftermath = self.terms.lease + self.terms.budget;
        self.troubles.iter().any(|spell| {
            spell.trouble.place.concerns(node)
                && spell.began <= to
                && from <= spell.ended + aftermath
        })
    }
}

fn made_by_put(operation: &Operation) -> Option<Made> {
    let Action::Put(address, value) = operation.action else {
        return None;
    };
    Some(Made {
        address,
        version: value.version,
        since: operation.end()?.order,
    })
}
