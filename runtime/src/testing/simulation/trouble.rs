//! What can go wrong, and how often it does.

use std::fmt;

/// A kind of fault that a [`Simulation`](super::Simulation) can bring about.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::{Fault, Faults, Simulation};
///
/// for fault in Fault::ALL {
///     let report = Simulation::seeded(7).faults(Faults::none().with(fault, 1)).run();
///     assert!(report.is_sound(), "{report}");
/// }
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A node's requests and replies take their time, more than a call may spend.
    Slow,
    /// A node's connection is cut, and it knows.
    Cut,
    /// What a node sends vanishes, and it does not know.
    BlackHole,
    /// A node hears of changes late.
    LatePushes,
    /// A node hears of no change.
    LostPushes,
    /// Requests of a node run, and their replies get lost.
    LostReplies,
    /// A caller is dropped: at one of its polls, when a request leaves, or when a reply arrives.
    DroppedCaller,
    /// A process dies with everything in it, and another takes its place.
    DeadProcess,
    /// The server goes away and comes back, with its data or without.
    Restart,
    /// The server forgets the scripts that it was taught.
    ForgottenScripts,
    /// The server's clock or a node's jumps forward.
    ClockJump,
}

/// How often each [`Fault`] happens, compared to the others and to operations.
///
/// ```
/// # extern crate larder_runtime as larder;
/// use larder::testing::simulation::{Fault, Faults, Simulation};
///
/// let networks = Faults::none().with(Fault::Cut, 3).with(Fault::BlackHole, 1);
/// let report = Simulation::seeded(7).faults(networks).run();
/// assert!(report.is_sound(), "{report}");
///
/// let no_restarts = Faults::all().with(Fault::Restart, 0);
/// # assert!(Simulation::seeded(7).faults(no_restarts).run().is_sound());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    weights: [u32; Fault::ALL.len()],
}

/// One fault, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) place: Place,
    pub(super) fault: Fault,
}

/// Where something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Node(usize),
    Server,
}

impl Fault {
    /// Every kind there is.
    pub const ALL: [Self; 11] = [
        Self::Slow,
        Self::Cut,
        Self::BlackHole,
        Self::LatePushes,
        Self::LostPushes,
        Self::LostReplies,
        Self::DroppedCaller,
        Self::DeadProcess,
        Self::Restart,
        Self::ForgottenScripts,
        Self::ClockJump,
    ];
}

impl Faults {
    /// Nothing ever goes wrong.
    pub fn none() -> Self {
        Self {
            weights: [0; Fault::ALL.len()],
        }
    }

    /// Everything goes wrong, each as often as the others.
    pub fn all() -> Self {
        Self {
            weights: [1; Fault::ALL.len()],
        }
    }

    /// This fault happens this often, compared to the others; zero is never.
    #[must_use]
    pub fn with(mut self, fault: Fault, weight: u32) -> Self {
        self.weights[fault as usize] = weight;
        self
    }

    /// How often it happens, compared to the others.
    pub(super) fn weight(&self, fault: Fault) -> u32 {
        self.weights[fault as usize]
    }
}

impl Trouble {
    /// Whether it is over as soon as it has happened, so that nothing heals it.
    pub(super) fn is_over_at_once(self) -> bool {
        match self.fault {
            Fault::DeadProcess
            | Fault::DroppedCaller
            | Fault::ForgottenScripts
            | Fault::ClockJump => true,
            Fault::Slow
            | Fault::Cut
            | Fault::BlackHole
            | Fault::LatePushes
            | Fault::LostPushes
            | Fault::LostReplies
            | Fault::Restart => false,
        }
    }
}

impl Place {
    /// Whether what is wrong here can be felt on that node.
    pub(super) fn concerns(self, node: Option<usize>) -> bool {
        match self {
            Self::Node(place) => node == Some(place),
            Self::Server => true,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(node) => write!(f, "node {node}"),
            Self::Server => write!(f, "the server"),
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, fault } = self;
        match fault {
            Fault::Slow => write!(f, "{place} is slow"),
            Fault::Cut => write!(f, "{place} is cut off"),
            Fault::BlackHole => write!(f, "what {place} sends vanishes"),
            Fault::LatePushes => write!(f, "{place} hears of changes late"),
            Fault::LostPushes => write!(f, "{place} hears of no change"),
            Fault::LostReplies => write!(f, "replies to {place} get lost"),
            Fault::DroppedCaller => write!(f, "a caller on {place} is dropped"),
            Fault::DeadProcess => write!(f, "{place} dies, and another takes its place"),
            Fault::Restart => write!(f, "{place} goes away"),
            Fault::ForgottenScripts => write!(f, "{place} forgets its scripts"),
            Fault::ClockJump => write!(f, "the clock of {place} jumps"),
        }
    }
}
