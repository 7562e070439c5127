//! The simulated world: a server, the nodes of a fleet, and what can be done to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::electors::Electors;
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
    electors: Option<Electors>,
    mutant: Option<Mutant>,
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
    /// Its links to the servers of the quorum.
    electors: Vec<LinkControl>,
    tasks: Vec<AbortHandle>,
}

/// A client that knows nothing of Larder, on a link that nothing ever disturbs.
#[derive(Clone)]
pub(super) struct Stranger {
    link: MemoryBackend,
    clock: Clock,
}

impl World {
    /// A server and so many nodes.
    pub(super) async fn new(
        stage: Arc<Stage>,
        (nodes, terms): (usize, Terms),
        (mutant, electors): (Option<Mutant>, usize),
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
        let electors =
            (electors > 0).then(|| Electors::new(electors, BEGINNING, mutant, &mut chance));
        let mut world = Self {
            electors,
            mutant,
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
        let electors = match &self.electors {
            Some(electors) => electors.connect(&mut self.chance),
            None => Vec::new(),
        };
        let controls: Vec<_> = electors.iter().map(MemoryBackend::control).collect();
        for link in &controls {
            self.stage.observe(number, link);
        }
        let mut builder = Larder::builder().quorum_on_memory_links(electors);
        if self.mutant == Some(Mutant::MinorityDecides) {
            builder = builder.mistaking_for_majority(controls.len() / 2);
        }
        let larder = builder
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
            electors: controls,
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
        let links = self.links_in_trouble(number, fault);
        let node = self.node(number);
        let each = |act: &dyn Fn(&LinkControl)| links.iter().for_each(act);
        match fault {
            Fault::Slow => each(&|link| {
                link.delay_requests(millis);
                link.delay_replies(other_millis);
            }),
            Fault::Cut => each(&LinkControl::cut),
            Fault::BlackHole => each(&LinkControl::black_hole),
            Fault::LatePushes => each(&|link| link.delay_pushes(millis)),
            Fault::LostPushes => each(&LinkControl::lose_pushes),
            Fault::LostReplies => each(&|link| link.lose_reply_of_next(replies)),
            Fault::ClockJump => node.clock.advance(millis),
            Fault::DeadProcess => {
                // Nothing that its tasks do while they are dropped reaches a server.
                each(&|link| {
                    if dies_silently {
                        link.black_hole();
                    } else {
                        link.cut();
                    }
                });
                node.tasks.drain(..).for_each(|task| task.abort());
                let next = self.process(number);
                *self.node(number) = next;
            }
            Fault::DroppedCaller | Fault::Restart | Fault::ForgottenScripts => {}
        }
    }

    /// The links of a node that a fault is about: the one there is, or some of those with the
    /// servers of a quorum; all of them where a process dies.
    fn links_in_trouble(&mut self, number: usize, fault: Fault) -> Vec<LinkControl> {
        let node = self.node(number);
        let (link, electors) = (node.link.clone(), node.electors.clone());
        if electors.is_empty() {
            return vec![link];
        }
        if fault == Fault::DeadProcess {
            return [vec![link], electors].concat();
        }
        let one = self.chance.usize(..electors.len());
        let links = electors.into_iter().enumerate();
        let links = links.filter(|(number, _)| *number == one || self.chance.bool());
        links.map(|(_, link)| link).collect()
    }

    async fn trouble_of_server(&mut self, fault: Fault) {
        if let Some(electors) = &mut self.electors {
            match fault {
                Fault::Restart => {
                    let links = self.nodes.iter().map(|node| node.electors.as_slice());
                    electors.restart(links, &mut self.chance).await;
                }
                Fault::ClockJump => {
                    let jump = Duration::from_millis(self.chance.u64(1..400));
                    electors.jump(jump, &mut self.chance);
                }
                _ => {}
            }
            return;
        }
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
            Place::Node(number) => {
                self.node(number).link.heal();
                self.heal_electors(number);
            }
            Place::Server => {
                self.is_server_away = false;
                self.nodes.iter().for_each(|node| node.link.heal());
                if let Some(electors) = &mut self.electors {
                    electors.come_back();
                }
                (0..self.nodes.len()).for_each(|number| self.heal_electors(number));
            }
        }
        Healed::Yes
    }

    /// Ends what is wrong with a node's links to the servers of a quorum that are there.
    fn heal_electors(&mut self, number: usize) {
        let links = self.node(number).electors.clone();
        let Some(electors) = &self.electors else {
            return;
        };
        let links = links.iter().enumerate();
        let present = links.filter(|(server, _)| !electors.is_away(*server));
        present.for_each(|(_, link)| link.heal());
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
        // It takes its time. What is made anew afterwards is not made in the microsecond in which
        // it was lost, as it could be where time stands still.
        self.clock.advance(Duration::from_millis(1));
        self.place_foreign_keys().await;
    }

    async fn place_foreign_keys(&self) {
        for (name, text) in remains::FOREIGN {
            self.run(Command::new("SET").arg(name).arg(text)).await;
        }
    }
}
