//! A simulated fleet in the hands of somebody's own code.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};

use super::action::Action;
use super::history::{Actor, Ending};
use super::plan::{Plan, Step};
use super::stage::{Acting, Crash, Hesitation, Stage};
use super::trouble::Place;
use super::world::World;
use crate::larder::Larder;

/// The processes of a [`Simulation`](super::Simulation), for code of your own: see
/// [`play`](super::Simulation::play). Clones are the same fleet.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::Simulation;
/// use std::time::Duration;
///
/// let answer = Simulation::seeded(7).nodes(2).play(async |fleet| {
///     fleet.sleep(Duration::from_secs(1)).await;             // of virtual time, in which something may go wrong
///     assert!(fleet.elapsed() >= Duration::from_secs(1));
///     fleet.heal().await;                                     // from here on nothing does
///     let larder = fleet.node(1).await;
///     println!("{:?}", larder.health().await);
///     fleet.call(1, async { 42 }).await
/// });
/// assert_eq!(answer, Some(42));
/// ```
#[derive(Clone)]
pub struct Fleet {
    world: Arc<Mutex<World>>,
    stage: Arc<Stage>,
    callers: Callers,
    is_calm: Arc<AtomicBool>,
}

/// Whether callers are dropped now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callers {
    Stay,
    MayBeDropped,
}

/// Of so many callers one is dropped.
const DROPPED_OF: u64 = 6;

impl Fleet {
    pub(super) fn new(world: World, callers: Callers) -> Self {
        Self {
            stage: Arc::clone(&world.stage),
            world: Arc::new(Mutex::new(world)),
            callers,
            is_calm: Arc::default(),
        }
    }

    /// The Larder of the process that runs on this node now; numbers go round. When a process dies,
    /// another takes its place.
    pub async fn node(&self, number: usize) -> Larder {
        self.world.lock().await.node(number).larder.clone()
    }

    /// Runs a future on this node, as a request to that process would be served: annotated
    /// functions in it use the node's Larder. Answers nothing if the caller was dropped, as chance
    /// may have it, or the process died.
    ///
    /// # Panics
    /// If the future does.
    pub async fn call<T, F>(&self, number: usize, future: F) -> Option<T>
    where
        F: Future<Output = T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let task = {
            let mut world = self.world.lock().await;
            let number = number % world.size();
            let hesitation = Hesitation::new(world.draw(), 20);
            let crash = self.draw_crash(&mut world);
            let larder = world.node(number).larder.clone();
            let acting = Acting::begin(
                &self.stage,
                (Actor::Node(number), Action::Scenario),
                (crash, hesitation),
                |_| async move {
                    // Nobody waits for it any more if the scenario has dropped this call.
                    let _ = answer.send(larder.scope(future).await);
                    Ending::Done
                },
            );
            let task = tokio::spawn(acting);
            world.node(number).owns(task.abort_handle());
            task
        };
        match task.await {
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            _ => answered.await.ok(),
        }
    }

    /// Lets so much virtual time pass.
    pub async fn sleep(&self, time: Duration) {
        self.stage.clock.sleep(time).await;
    }

    /// How much virtual time has passed since the simulation began.
    pub fn elapsed(&self) -> Duration {
        self.stage.now()
    }

    /// Ends every fault, and lets none begin any more.
    pub async fn heal(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        self.world.lock().await.heal(Place::Server);
    }

    /// Carries out the troubles of a plan.
    pub(super) async fn suffer(self, plan: Plan) {
        for (time, step) in plan.steps {
            let left = time.saturating_sub(self.stage.now());
            self.stage.clock.sleep(left).await;
            if self.is_calm.load(Ordering::Relaxed) {
                return;
            }
            let mut world = self.world.lock().await;
            match step {
                Step::Trouble(trouble) => world.trouble(trouble).await,
                Step::Heal(place) => {
                    world.heal(place);
                }
                Step::Begin { .. } | Step::Write(_) => {}
            }
        }
    }

    fn draw_crash(&self, world: &mut World) -> Crash {
        let drawn = world.draw();
        if self.callers == Callers::Stay || self.is_calm.load(Ordering::Relaxed) {
            return Crash::Never;
        }
        let at = (world.draw() % 6) as u32 + 1;
        match drawn % (DROPPED_OF * 3) {
            0 => Crash::AtPoll(at),
            1 => Crash::AtRequest(at),
            2 => Crash::AtReply(at),
            _ => Crash::Never,
        }
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}
