//! The independent servers that keep the locks with `quorum`, and what can be done to them.

use std::time::Duration;

use super::mutant::Mutant;
use crate::backend::memory::{LinkControl, MemoryBackend, MemoryServer};
use crate::backend::{Backend, Call, Command, Resend};
use crate::clock::Clock;

/// By how much the clocks of two of them differ: less than any lease.
const SKEW_IN_MILLIS: u64 = 200;

/// The servers. The same minority of them fails again and again in one simulation; a majority never
/// does.
pub(super) struct Electors {
    servers: Vec<MemoryServer>,
    /// The first of those that may fail, and how many.
    weak: (usize, usize),
    /// Those that are away.
    away: Vec<bool>,
}

/// How a server goes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Absence {
    /// Its connections end.
    Ended,
    /// It says nothing.
    Silent,
}

impl Electors {
    pub(super) fn new(
        number: usize,
        beginning: Duration,
        mutant: Option<Mutant>,
        chance: &mut fastrand::Rng,
    ) -> Self {
        let server = |_| {
            let skew = Duration::from_millis(chance.u64(..SKEW_IN_MILLIS));
            let mut builder = MemoryServer::builder()
                .clock(Clock::starting_at(beginning + skew))
                .seed(chance.u64(..));
            if let Some(mutant) = mutant {
                builder = builder.sabotage(mutant.sabotage());
            }
            builder.build()
        };
        let servers: Vec<_> = (0..number).map(server).collect();
        Self {
            weak: (chance.usize(..number.max(1)), number.saturating_sub(1) / 2),
            away: vec![false; number],
            servers,
        }
    }

    /// A link of a process to each of them.
    pub(super) fn connect(&self, chance: &mut fastrand::Rng) -> Vec<MemoryBackend> {
        let link = |(server, is_away): (&MemoryServer, &bool)| {
            let link = server.connect();
            let control = link.control();
            if *is_away {
                control.cut();
            } else if chance.bool() {
                control.delay_requests(Duration::from_millis(chance.u64(..3)));
                control.delay_replies(Duration::from_millis(chance.u64(..3)));
            }
            link
        };
        self.servers.iter().zip(&self.away).map(link).collect()
    }

    /// One of the weak ones goes away and comes back: with what it knew, or without.
    pub(super) async fn restart<'node>(
        &mut self,
        nodes: impl Iterator<Item = &'node [LinkControl]>,
        chance: &mut fastrand::Rng,
    ) {
        let Some(server) = self.draw_weak(chance) else {
            return;
        };
        let absence = if chance.bool() {
            Absence::Ended
        } else {
            Absence::Silent
        };
        self.away[server] = true;
        for links in nodes {
            match absence {
                Absence::Ended => links[server].cut(),
                Absence::Silent => links[server].black_hole(),
            }
        }
        self.run(server, Command::new("SCRIPT").arg("FLUSH")).await;
        if chance.bool() {
            self.run(server, Command::new("FLUSHALL")).await;
            // It takes its time: see `Stranger::flush`.
            self.servers[server]
                .clock()
                .advance(Duration::from_millis(1));
        }
    }

    /// The clock of one of the weak ones jumps forward.
    pub(super) fn jump(&self, by: Duration, chance: &mut fastrand::Rng) {
        if let Some(server) = self.draw_weak(chance) {
            self.servers[server].clock().advance(by);
        }
    }

    /// All of them are there again.
    pub(super) fn come_back(&mut self) {
        self.away.fill(false);
    }

    /// Whether this one is away, whatever a node's own connection is like.
    pub(super) fn is_away(&self, server: usize) -> bool {
        self.away[server]
    }

    fn draw_weak(&self, chance: &mut fastrand::Rng) -> Option<usize> {
        let (first, number) = self.weak;
        (number > 0).then(|| (first + chance.usize(..number)) % self.servers.len())
    }

    async fn run(&self, server: usize, command: Command) {
        let server = &self.servers[server];
        let call = Call {
            deadline: server.clock().now() + Duration::from_secs(1),
            resend: Resend::Never,
        };
        // On a link that nothing disturbs.
        let _ = server.connect().run(&command, &call).await;
    }
}
