//! The faults of a link, and what a request meets on its way.

use std::future::pending;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;

use super::super::request::Request;
use super::super::turn::{Inner, lock};
use super::round_trips::RoundTrips;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};

/// The faults of one link.
#[derive(Default)]
pub(in super::super) struct Faults {
    state: Mutex<State>,
    /// Rung whenever the state changes. Who waits is woken in the order in which it came, so
    /// that runs can be repeated.
    changed: Notify,
    round_trips: Mutex<RoundTrips>,
    observer: OnceLock<Box<Observer>>,
}

/// Looks at all that passes.
pub(in super::super) type Observer = dyn Fn(Way, Request<'_>) -> Passage + Send + Sync;

/// Which way a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// It leaves for the server.
    There,
    /// It has run, and its reply comes back.
    Back,
}

/// What becomes of what an observer has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It goes on.
    Free,
    /// It goes nowhere, for its caller is about to be dropped.
    Closed,
}

/// What is wrong just now.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct State {
    pub(in super::super) reach: Reach,
    pub(in super::super) before: Duration,
    pub(in super::super) after: Duration,
    /// How many of the next replies get lost.
    pub(in super::super) lost_replies: u64,
    /// Whether callers wait for a reply that got lost.
    pub(in super::super) has_lost_replies: bool,
    pub(in super::super) loses_pushes: bool,
    /// Grows whenever the connection breaks: calls that were under way on an older one never
    /// get their answer.
    pub(in super::super) connection: u64,
}

/// Whether the server can be reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) enum Reach {
    #[default]
    Whole,
    Cut,
    BlackHole,
}

/// A request that reached the server: on which connection, and whether its reply gets lost.
#[derive(Debug)]
pub(in super::super) struct Sent {
    connection: u64,
    reply: Delivery,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    Arrives,
    GetsLost,
}

impl Faults {
    /// The way to the server.
    pub(in super::super) async fn send(
        &self,
        server: &Inner,
        request: Request<'_>,
    ) -> Result<Sent> {
        self.pass(Way::There, request).await;
        let state = self.state();
        match state.reach {
            Reach::Whole => {}
            Reach::Cut => return Err(unreachable().unsent()),
            Reach::BlackHole => return Err(self.broken(state.connection).await),
        }
        self.wait(server.clock(), state.before, state.connection)
            .await?;
        let mut reply = Delivery::Arrives;
        {
            let mut state = lock(&self.state);
            if state.lost_replies > 0 {
                state.lost_replies -= 1;
                state.has_lost_replies = true;
                reply = Delivery::GetsLost;
            }
        }
        let name = request.name().to_ascii_uppercase();
        lock(&self.round_trips).count(name);
        Ok(Sent {
            connection: state.connection,
            reply,
        })
    }

    /// The way back.
    pub(in super::super) async fn receive(
        &self,
        server: &Inner,
        request: Request<'_>,
        sent: Sent,
    ) -> Result<()> {
        self.pass(Way::Back, request).await;
        if sent.reply == Delivery::GetsLost {
            return Err(self.broken(sent.connection).await);
        }
        let state = self.state();
        if state.connection != sent.connection {
            return Err(unreachable());
        }
        if state.reach == Reach::BlackHole {
            return Err(self.broken(sent.connection).await);
        }
        self.wait(server.clock(), state.after, sent.connection)
            .await
    }

    /// Waits this long, unless the connection breaks meanwhile; a black hole on the way keeps
    /// what is under way.
    async fn wait(&self, clock: &Clock, time: Duration, connection: u64) -> Result<()> {
        if time.is_zero() {
            return Ok(());
        }
        tokio::select! {
            biased;
            error = self.broken(connection) => return Err(error),
            () = clock.sleep(time) => {}
        }
        if self.state().reach == Reach::BlackHole {
            return Err(self.broken(connection).await);
        }
        Ok(())
    }

    /// Ready when this connection is no more.
    async fn broken(&self, connection: u64) -> Error {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if self.state().connection != connection {
                return unreachable();
            }
            changed.await;
        }
    }

    /// Lets an observer look, if there is one, and stops whatever it does not let pass.
    async fn pass(&self, way: Way, request: Request<'_>) {
        let passage = self.observer.get().map(|look| look(way, request));
        if passage == Some(Passage::Closed) {
            pending::<()>().await;
        }
    }

    pub(in super::super) fn state(&self) -> State {
        *lock(&self.state)
    }

    /// Whoever waits looks again.
    pub(in super::super) fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_waiters();
    }

    pub(in super::super) fn round_trips(&self) -> RoundTrips {
        lock(&self.round_trips).clone()
    }

    /// Has all that passes looked at, from now on and by the first observer alone.
    pub(in super::super) fn observe(&self, observer: Box<Observer>) {
        let _ = self.observer.set(observer);
    }
}

fn unreachable() -> Error {
    Error::new(
        ErrorKind::Unreachable,
        "memory",
        "the link to the embedded server is cut",
    )
}
