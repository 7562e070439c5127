//! Histories written by hand, to try the rules on.

use std::time::Duration;

use super::super::action::{Action, Asking, LoadEnd, LoadPlan};
use super::super::address::Address;
use super::super::source::{Origin, Value};
use super::super::terms::Terms;
use super::super::trouble::{Fault, Place, Trouble};
use super::{Actor, Ending, Event, History, Holds, Look, Record, Remain};

/// A history that a test writes line by line. Times are milliseconds.
pub(in super::super) struct Draft {
    /// What the caches are declared with.
    pub(in super::super) terms: Terms,
    record: Record,
    now: Duration,
    remains: Vec<Remain>,
}

impl Draft {
    /// The entry that most of these histories are about.
    pub(in super::super) const KEY: Address = Address(0);

    /// What follows happens at this time.
    pub(in super::super) fn at(&mut self, millis: u64) -> &mut Self {
        self.now = Duration::from_millis(millis);
        self
    }

    /// A node begins something; answers the number of the operation.
    pub(in super::super) fn begin(&mut self, node: usize, action: Action) -> usize {
        self.record.begin(self.now, Actor::Node(node), action)
    }

    /// A node calls for the key.
    pub(in super::super) fn call(&mut self, node: usize) -> usize {
        self.call_asking(node, Asking::Nothing)
    }

    /// A node calls for the key and asks this of a copy.
    pub(in super::super) fn call_asking(&mut self, node: usize, asking: Asking) -> usize {
        let load = LoadPlan {
            takes: Duration::ZERO,
            end: LoadEnd::Value,
        };
        self.begin(node, Action::Call(Self::KEY, load, asking))
    }

    /// An operation asks the server.
    pub(in super::super) fn asks(&mut self, operation: usize) {
        self.record.asks(operation);
    }

    /// An operation ends.
    pub(in super::super) fn end(&mut self, operation: usize, ending: Ending) {
        self.record.end(self.now, operation, ending);
    }

    /// An operation ends with this value.
    pub(in super::super) fn read(&mut self, operation: usize, value: Value) {
        self.end(operation, Ending::Read(Some(value)));
    }

    /// An operation loads the key; answers what it will get.
    pub(in super::super) fn load(&mut self, operation: usize) -> Value {
        self.record.begin_load(self.now, operation, Self::KEY, 1)
    }

    /// A load is over.
    pub(in super::super) fn loaded(&mut self, value: Value) {
        let origin = value.origin;
        self.record.note(self.now, Event::LoadEnds { origin });
    }

    /// A value that somebody is about to put.
    pub(in super::super) fn value_to_put(&mut self) -> Value {
        Value::new(Self::KEY, 1, self.record.next_origin())
    }

    /// A node calls for the key, loads it and ends, all at once.
    pub(in super::super) fn load_at_once(&mut self, node: usize) -> Value {
        let call = self.call(node);
        let value = self.load(call);
        self.loaded(value);
        self.read(call, value);
        value
    }

    /// A whole operation that ends well, all at once.
    pub(in super::super) fn done(&mut self, node: usize, action: Action) {
        let operation = self.begin(node, action);
        self.end(operation, Ending::Done);
    }

    /// Something goes wrong with a node's link.
    pub(in super::super) fn trouble(&mut self, node: usize, fault: Fault) {
        let place = Place::Node(node);
        let trouble = Trouble { place, fault };
        self.record.note(self.now, Event::TroubleBegins(trouble));
    }

    /// A node's link is well again.
    pub(in super::super) fn heal(&mut self, node: usize) {
        self.record.note(self.now, Event::Heals(Place::Node(node)));
    }

    /// All is well and everybody has ended.
    pub(in super::super) fn quiet(&mut self) {
        self.record.note(self.now, Event::Quiet);
    }

    /// This is left in the server.
    pub(in super::super) fn remains(&mut self, left: Option<Duration>, holds: Holds) {
        self.remains.push(Remain {
            look: Look::WhenAllIsWell,
            name: "simulated::users:1:a".to_owned(),
            left,
            holds,
        });
    }

    /// A value that nothing in this history has made.
    pub(in super::super) fn unheard_of() -> Value {
        Value::new(Self::KEY, 1, Origin(u32::MAX))
    }

    /// The history as it is written.
    pub(in super::super) fn history(self) -> History {
        self.record.close(self.terms, self.remains)
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            terms: Terms::standard(),
            record: Record::default(),
            now: Duration::ZERO,
            remains: Vec::new(),
        }
    }
}
