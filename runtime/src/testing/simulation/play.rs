//! Carrying out a plan.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::action::{Action, Asking, LoadEnd, LoadPlan};
use super::address::{Address, Namespace};
use super::groups::Group;
use super::history::{Actor, Event, History, Look, Remain};
use super::perform::{Means, perform};
use super::plan::{Plan, Step};
use super::source::Value;
use super::stage::{Acting, Crash, Hesitation, Stage};
use super::terms::Declared;
use super::trouble::Place;
use super::world::{Healed, World};

/// Longer than anybody takes when all is well again, by far.
const PATIENCE: Duration = Duration::from_secs(5);

/// Timers fire up to a millisecond late.
const ROUNDING: Duration = Duration::from_millis(2);

/// A world in which a plan is carried out.
pub(super) struct Play {
    stage: Arc<Stage>,
    world: World,
    tasks: Vec<JoinHandle<()>>,
    hesitation: u8,
}

impl Play {
    /// A play in this world, in which everybody hesitates in so many of a hundred polls.
    pub(super) fn new(world: World, hesitation: u8) -> Self {
        Self {
            stage: Arc::clone(&world.stage),
            world,
            tasks: Vec::new(),
            hesitation,
        }
    }

    /// Carries the plan out, lets everybody end, looks whether all is well, and answers what has
    /// happened.
    pub(super) async fn out(mut self, plan: &Plan, entries: u8) -> History {
        for (time, step) in &plan.steps {
            self.wait_until(*time).await;
            self.step(*step).await;
        }
        self.world.heal(Place::Server);
        self.note_healed(Place::Server);
        self.let_all_end().await;
        let remains = self.audit(entries).await;
        let terms = self.world.terms;
        self.stage.take_record().close(terms, remains)
    }

    async fn wait_until(&self, time: Duration) {
        let left = time.saturating_sub(self.stage.now());
        if !left.is_zero() {
            self.stage.clock.sleep(left).await;
        }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Begin {
                actor,
                action,
                crash,
            } => self.begin(actor, action, crash),
            Step::Write(address) => {
                let version = self.stage.source.change(address);
                self.stage.note(Event::SourceChanges { address, version });
            }
            Step::Trouble(trouble) => {
                self.stage.note(Event::TroubleBegins(trouble));
                self.world.trouble(trouble).await;
            }
            Step::Heal(place) => {
                if self.world.heal(place) == Healed::Yes {
                    self.note_healed(place);
                }
            }
        }
    }

    fn note_healed(&self, place: Place) {
        self.stage.note(Event::Heals(place));
        if place == Place::Server {
            for node in 0..self.world.size() {
                self.stage.note(Event::Heals(Place::Node(node)));
            }
        }
    }

    fn begin(&mut self, actor: Actor, action: Action, crash: Crash) {
        let action = match action {
            Action::Put(address, _) => Action::Put(address, self.to_put(address)),
            other => other,
        };
        let (seed, percent) = (self.world.draw(), self.hesitation);
        let hesitation = Hesitation::new(seed, percent);
        let number = match actor {
            Actor::Node(number) => number,
            Actor::Stranger => 0,
        };
        let means = Means {
            stage: Arc::clone(&self.stage),
            stranger: self.world.stranger.clone(),
            larder: self.world.node(number).larder.clone(),
            terms: self.world.terms,
        };
        let acting = Acting::begin(
            &self.stage,
            (actor, action),
            (crash, hesitation),
            |operation| perform(means, operation, action),
        );
        let task = tokio::spawn(acting);
        if let Actor::Node(number) = actor {
            self.world.node(number).owns(task.abort_handle());
        }
        self.tasks.push(task);
    }

    fn to_put(&self, address: Address) -> Value {
        let version = self.stage.source.version(address);
        let origin = self.stage.write(|record, _| record.next_origin());
        Value::new(address, version, origin)
    }

    async fn let_all_end(&mut self) {
        let deadline = self.stage.clock.now() + PATIENCE;
        for task in std::mem::take(&mut self.tasks) {
            // Who has not ended by then is found in the history, without an end. A panic is written
            // down as well.
            let _ = self.stage.clock.timeout_at(deadline, task).await;
        }
    }

    /// Looks whether all is well now that nothing disturbs.
    async fn audit(&mut self, entries: u8) -> Vec<Remain> {
        for address in Address::first(entries) {
            self.one_by_one(0, Action::Peek(address)).await;
        }
        let terms = self.world.terms;
        self.stage.clock.sleep(terms.lease + ROUNDING).await;
        let mut remains = self.world.remains(Look::WhenAllHaveEnded);
        self.stage.clock.sleep(terms.ttl).await;
        self.stage.note(Event::Quiet);
        let load = LoadPlan {
            takes: Duration::ZERO,
            end: LoadEnd::Value,
        };
        for address in Address::first(entries) {
            for node in 0..self.world.size() {
                let call = Action::Call(address, load, Asking::Nothing);
                self.one_by_one(node, call).await;
            }
        }
        if terms.indexes == Declared::Yes {
            self.audit_indexes().await;
        }
        remains.extend(self.world.remains(Look::WhenAllIsWell));
        remains
    }

    /// Has every value of every index read, or its keys, by some node.
    async fn audit_indexes(&mut self) {
        for namespace in Namespace::ALL {
            for group in Group::ALL {
                let drawn = self.world.draw() as usize;
                let node = drawn / 2 % self.world.size();
                let action = match drawn % 2 {
                    0 => Action::ByIndex(namespace, group),
                    _ => Action::KeysByIndex(namespace, group),
                };
                self.one_by_one(node, action).await;
            }
        }
    }

    async fn one_by_one(&mut self, node: usize, action: Action) {
        self.begin(Actor::Node(node), action, Crash::Never);
        self.let_all_end().await;
    }
}
