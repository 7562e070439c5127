//! The simulated world: a server, the nodes of a fleet, and what can be done to them.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::address::{Address, Namespace};
use super::history::{Holds, Remain};
use super::mutant::Mutant;
use super::source::Value;
use super::stage::Stage;
use super::terms::{APP, Terms};
use super::trouble::{Fault, Place, Trouble};
use crate::backend::memory::{LinkControl, MemoryBackend, MemoryServer, StoredKey};
use crate::backend::{Backend, Call, Command, Reply, Resend};
use crate::clock::Clock;
use crate::codec::envelope;
use crate::larder::{Cache, Larder};

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

/// Keys of others, that look like ours, before, behind and between them.
const FOREIGN: [(&str, &str); 5] = [
    ("simulated", "app"),
    ("simulated::user:1:a:b", "a namespace that ours begins with"),
    ("simulated::usersx:1:a:b", "one that begins with ours"),
    ("simulated2::users:1:a:b", "another application"),
    ("session:42", "somebody"),
];

/// What a stranger puts over ours.
pub(super) const GARBAGE: &str = "not a value";

impl World {
    /// A server and so many nodes.
    pub(super) async fn new(
        stage: Arc<Stage>,
        nodes: usize,
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
            terms: Terms::standard(),
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
    pub(super) fn remains(&self) -> Vec<Remain> {
        let keys = self.server.stored_keys();
        let foreign = FOREIGN.iter().map(|(name, text)| {
            let as_it_was = |key: &&StoredKey| {
                key.name == name.as_bytes()
                    && key.text.as_deref() == Some(text.as_bytes())
                    && key.left.is_none()
            };
            Remain {
                name: (*name).to_owned(),
                left: None,
                holds: match keys.iter().find(as_it_was) {
                    Some(_) => Holds::Foreign,
                    None => Holds::ForeignTouched,
                },
            }
        });
        let is_foreign =
            |key: &&StoredKey| FOREIGN.iter().any(|(name, _)| key.name == name.as_bytes());
        let ours = keys
            .iter()
            .filter(|key| !is_foreign(key))
            .map(|key| Remain {
                name: String::from_utf8_lossy(&key.name).into_owned(),
                left: key.left,
                holds: holds(key),
            });
        ours.chain(foreign).collect()
    }
}

/// Whether a place is well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Healed {
    Yes,
    NotYet,
}

fn holds(key: &StoredKey) -> Holds {
    let Some(text) = &key.text else {
        return Holds::Unreadable;
    };
    if text == GARBAGE.as_bytes() {
        return Holds::Garbage;
    }
    if envelope::lease_token(text, &key.name).is_some() {
        return Holds::Lease;
    }
    let codec = crate::codec::Codec::MessagePack;
    let expected = envelope::Expectation {
        codec,
        fingerprint: 0,
        max_bytes: usize::MAX,
    };
    match envelope::read(text, &key.name, expected) {
        Ok(envelope::Envelope::Value { payload, .. }) => codec
            .decode(payload)
            .map_or(Holds::Unreadable, Holds::Value),
        _ => Holds::Unreadable,
    }
}

impl Node {
    /// The cache of this namespace.
    pub(super) fn cache(&self, namespace: Namespace) -> Cache<Value> {
        let spec = Terms::standard().spec(namespace.name());
        self.larder.cache(spec)
    }

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
        self.place_foreign_keys().await;
    }

    async fn place_foreign_keys(&self) {
        for (name, text) in FOREIGN {
            self.run(Command::new("SET").arg(name).arg(text)).await;
        }
    }
}

/// The key of an address, as every node writes it.
pub(super) fn key_of(cache: &Cache<Value>, address: Address) -> Option<String> {
    cache.entry(|key| address.write(key)).key().ok()
}
