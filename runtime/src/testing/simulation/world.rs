//! The simulated world: a server, the nodes of a fleet, and what can be done to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::history::{Look, Remain};
use super::mutant::Mutant;
use super::remains;
use super::stage::Stage;
use super::terms::{APP, Terms};
use super::trouble::{Fault, Place, Trouble};
use crate::backend::memory::{LinkControl, MemoryBackend, MemoryServer};
use crate::backend::{Backend, Call, Command, Reply, Resend};
use crate::clock::Clock;
use crate::larder::Larder;

/// When a simulation begins, by the server's clock: 1 January 2030.
const BEGINNING: Duration = Duration::from_hours(24 * 21_915);

/// Everything there is.
pub(super) struct World {
    pub(super) stage: Arc<Stage>,
    pub(super) terms: Terms,
    pub(super) stranger: Stranger,
    server: MemoryServer,
    nodes: Vec<Node>,
    /// What chance still has to decide while the plan is carried out.
    chance: fastrand::Rng,
    is_server_away: bool,
}

/// One process of the fleet.
pub(super) struct Node {
    pub(super) larder: Larder,
    clock: Clock,
    link: LinkControl,
    tasks: Vec<AbortHandle>,
}

/// A client that knows nothing of Larder, on a link that nothing ever disturbs.
#[derive(Clone)]
pub(super) struct Stranger {
    link: MemoryBackend,
    clock: Clock,
}

/// What a stranger puts over ours.
pub(super) const GARBAGE: &str = "not a value";

impl World {
    /// A server and so many nodes.
    pub(super) async fn new(
        stage: Arc<Stage>,
        (nodes, terms): (usize, Terms),
        mutant: Option<Mutant>,
        mut chance: fastrand::Rng,
    ) -> Self {
        let clock = Clock::starting_at(BEGINNING);
        let mut builder = MemoryServer::builder()
            .clock(clock.clone())
            .seed(chance.u64(..));
        if let Some(mutant) = mutant {
            builder = builder.sabotage(mutant.sabotage());
        }
        let server = builder.build();
        let stranger = Stranger {
            link: server.connect(),
            clock,
        };
        let mut world = Self {
            stage,
            terms,
            stranger,
            server,
            nodes: Vec::new(),
            chance,
            is_server_away: false,
        };
        world.stranger.place_foreign_keys().await;
        for number in 0..nodes {
            let node = world.process(number);
            world.nodes.push(node);
        }
        world
    }

    /// How many nodes there are.
    pub(super) fn size(&self) -> usize {
        self.nodes.len()
    }

    /// A number by chance.
    pub(super) fn draw(&mut self) -> u64 {
        self.chance.u64(..)
    }

    /// The process that runs on this node now.
    pub(super) fn node(&mut self, number: usize) -> &mut Node {
        let size = self.nodes.len();
        &mut self.nodes[number % size]
    }

    fn process(&mut self, number: usize) -> Node {
        // No two machines agree on the time.
        let skew = Duration::from_millis(self.chance.u64(..100_000));
        let clock = Clock::starting_at(BEGINNING + skew);
        let backend = self.server.connect();
        let link = backend.control();
        self.stage.observe(number, &link);
        if self.is_server_away {
            link.cut();
        } else if self.chance.bool() {
            link.delay_requests(Duration::from_millis(self.chance.u64(..3)));
            link.delay_replies(Duration::from_millis(self.chance.u64(..3)));
        }
        let larder = Larder::builder()
            .app(APP)
            .clock(clock.clone())
            .call_budget(self.terms.budget)
            .command_timeout(self.terms.timeout)
            .identity(self.chance.u64(..))
            .on_memory_link(backend);
        Node {
            larder,
            clock,
            link,
            tasks: Vec::new(),
        }
    }

    /// Brings a trouble about.
    pub(super) async fn trouble(&mut self, trouble: Trouble) {
        match trouble.place {
            Place::Node(number) => self.trouble_of_node(number, trouble.fault),
            Place::Server => self.trouble_of_server(trouble.fault).await,
        }
    }

    fn trouble_of_node(&mut self, number: usize, fault: Fault) {
        let millis = Duration::from_millis(self.chance.u64(1..200));
        let other_millis = Duration::from_millis(self.chance.u64(..100));
        let replies = self.chance.u64(1..4);
        let dies_silently = self.chance.bool();
        let node = self.node(number);
        match fault {
            Fault::Slow => {
                node.link.delay_requests(millis);
                node.link.delay_replies(other_millis);
            }
            Fault::Cut => node.link.cut(),
            Fault::BlackHole => node.link.black_hole(),
            Fault::LatePushes => node.link.delay_pushes(millis),
            Fault::LostPushes => node.link.lose_pushes(),
            Fault::LostReplies => node.link.lose_reply_of_next(replies),
            Fault::ClockJump => node.clock.advance(millis),
            Fault::DeadProcess => {
                // Nothing that its tasks do while they are dropped reaches the server.
                if dies_silently {
                    node.link.black_hole();
                } else {
                    node.link.cut();
                }
                node.tasks.drain(..).for_each(|task| task.abort());
                let next = self.process(number);
                *self.node(number) = next;
            }
            Fault::DroppedCaller | Fault::Restart | Fault::ForgottenScripts => {}
        }
    }

    async fn trouble_of_server(&mut self, fault: Fault) {
        match fault {
            Fault::Restart => {
                self.is_server_away = true;
                self.nodes.iter().for_each(|node| node.link.cut());
                self.stranger.run(Command::new("SCRIPT").arg("FLUSH")).await;
                if self.chance.bool() {
                    self.stranger.flush().await;
                }
            }
            Fault::ForgottenScripts => {
                self.stranger.run(Command::new("SCRIPT").arg("FLUSH")).await;
            }
            Fault::ClockJump => {
                let jump = Duration::from_millis(self.chance.u64(1..400));
                self.server.clock().advance(jump);
            }
            _ => {}
        }
    }

    /// Ends every trouble of this place, unless it is a part of a larger one.
    pub(super) fn heal(&mut self, place: Place) -> Healed {
        match place {
            Place::Node(_) if self.is_server_away => return Healed::NotYet,
            Place::Node(number) => self.node(number).link.heal(),
            Place::Server => {
                self.is_server_away = false;
                self.nodes.iter().for_each(|node| node.link.heal());
            }
        }
        Healed::Yes
    }

    /// What is stored, as the rules look at it.
    pub(super) fn remains(&self, look: Look) -> Vec<Remain> {
        remains::sort(&self.server.stored_keys(), look)
    }
}

/// Whether a place is well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Healed {
    Yes,
    NotYet,
}

impl Node {
    /// A task that dies with this process.
    pub(super) fn owns(&mut self, task: AbortHandle) {
        self.tasks.retain(|task| !task.is_finished());
        self.tasks.push(task);
    }
}

impl Stranger {
    /// Runs a command.
    pub(super) async fn run(&self, command: Command) -> Option<Reply> {
        let call = Call {
            deadline: self.clock.now() + Duration::from_secs(1),
            resend: Resend::Never,
        };
        self.link.run(&command, &call).await.ok()
    }

    /// Removes everything that is not somebody else's.
    pub(super) async fn flush(&self) {
        self.run(Command::new("FLUSHALL")).await;
        // It takes its time. What is made anew afterwards is not made in the microsecond in which it was lost, as it could be where
        // time stands still.
        self.clock.advance(Duration::from_millis(1));
        self.place_foreign_keys().await;
    }

    async fn place_foreign_keys(&self) {
        for (name, text) in remains::FOREIGN {
            self.run(Command::new("SET").arg(name).arg(text)).await;
        }
    }
}
