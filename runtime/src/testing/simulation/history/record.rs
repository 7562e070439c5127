//! A history while it is being made.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::super::action::Action;
use super::super::address::Address;
use super::super::source::{Origin, Value};
use super::super::terms::Terms;
use super::super::trouble::{Place, Trouble};
use super::{Actor, Asked, Ending, Event, History, Load, Operation, Remain, Spell, Stamp};

/// What has happened so far. Whoever writes says what time it is.
#[derive(Debug, Default)]
pub(in super::super) struct Record {
    events: Vec<(Duration, Event)>,
    operations: usize,
    /// Those that have asked the server something.
    asking: BTreeSet<usize>,
    origins: u32,
}

impl Record {
    /// An operation begins; answers its number.
    pub(in super::super) fn begin(&mut self, at: Duration, actor: Actor, action: Action) -> usize {
        let operation = self.operations;
        self.operations += 1;
        let begins = Event::Begins {
            operation,
            actor,
            action,
        };
        self.note(at, begins);
        operation
    }

    /// An operation asks the server something.
    pub(in super::super) fn asks(&mut self, operation: usize) {
        self.asking.insert(operation);
    }

    /// An operation ends.
    pub(in super::super) fn end(&mut self, at: Duration, operation: usize, ending: Ending) {
        self.note(at, Event::Ends { operation, ending });
    }

    /// A load of this operation begins and reads this; answers what it will answer.
    pub(in super::super) fn begin_load(
        &mut self,
        at: Duration,
        operation: usize,
        address: Address,
        version: u64,
    ) -> Value {
        let origin = self.next_origin();
        let begins = Event::LoadBegins {
            origin,
            operation,
            address,
            version,
        };
        self.note(at, begins);
        Value::new(address, version, origin)
    }

    /// Something else happens.
    pub(in super::super) fn note(&mut self, at: Duration, event: Event) {
        self.events.push((at, event));
    }

    /// A number for a load or a `put` that no other has.
    pub(in super::super) fn next_origin(&mut self) -> Origin {
        self.origins += 1;
        Origin(self.origins)
    }

    /// The whole, with what was left in the server.
    pub(in super::super) fn close(self, terms: Terms, remains: Vec<Remain>) -> History {
        let mut reading = Reading::default();
        for (order, (time, event)) in self.events.iter().enumerate() {
            reading.read(Stamp { order, time: *time }, event);
        }
        for number in self.asking {
            if let Some(operation) = reading.operations.get_mut(number) {
                operation.asked = Asked::TheServer;
            }
        }
        let end = self.events.last().map_or(Duration::ZERO, |(time, _)| *time);
        let unhealed = reading.open.into_iter().map(|(began, trouble)| Spell {
            trouble,
            began,
            ended: end,
        });
        reading.troubles.extend(unhealed);
        History {
            terms,
            events: self.events,
            operations: reading.operations,
            loads: reading.loads.into_values().collect(),
            troubles: reading.troubles,
            quiet_since: reading.quiet_since,
            remains,
        }
    }
}

/// What has been read of the events.
#[derive(Default)]
struct Reading {
    operations: Vec<Operation>,
    loads: BTreeMap<Origin, Load>,
    open: Vec<(Duration, Trouble)>,
    troubles: Vec<Spell>,
    quiet_since: Option<Stamp>,
}

impl Reading {
    fn read(&mut self, at: Stamp, event: &Event) {
        match *event {
            Event::Begins {
                operation,
                actor,
                action,
            } => self.operations.push(Operation {
                number: operation,
                actor,
                action,
                began: at,
                ended: None,
                asked: Asked::Nobody,
            }),
            Event::Ends {
                operation,
                ref ending,
            } => {
                if let Some(operation) = self.operations.get_mut(operation) {
                    operation.ended = Some((at, ending.clone()));
                }
            }
            Event::LoadBegins {
                origin,
                operation,
                address,
                version,
            } => {
                let load = Load {
                    origin,
                    operation,
                    address,
                    version,
                    began: at,
                    ended: None,
                };
                self.loads.insert(origin, load);
            }
            Event::LoadEnds { origin } => {
                if let Some(load) = self.loads.get_mut(&origin) {
                    load.ended = Some(at);
                }
            }
            Event::TroubleBegins(trouble) if trouble.is_over_at_once() => {
                self.troubles.push(Spell {
                    trouble,
                    began: at.time,
                    ended: at.time,
                });
            }
            Event::TroubleBegins(trouble) => self.open.push((at.time, trouble)),
            Event::Heals(place) => self.heal(at.time, place),
            Event::Quiet => self.quiet_since = Some(at),
            Event::SourceChanges { .. } | Event::Passes { .. } => {}
        }
    }

    fn heal(&mut self, at: Duration, place: Place) {
        let healed = self
            .open
            .extract_if(.., |(_, trouble)| trouble.place == place);
        let spells = healed.map(|(began, trouble)| Spell {
            trouble,
            began,
            ended: at,
        });
        self.troubles.extend(spells);
    }
}
