//! The one task that makes connections: nobody else dials, so an outage brings no stampede, and it
//! heals without a call.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::sync::watch;

use super::back_off::BackOff;
use super::dial::{Dialed, Dialer};
use super::driver::Driver;
use super::failure::Loss;
use super::link::Link;
use super::purpose::Purpose;
use super::slot::{End, Slot};
use crate::clock::{Clock, Moment};
use crate::error::{Error, ErrorKind};

/// Holds a connection until it is told to stop.
pub(super) struct Keeper {
    dialer: Arc<Dialer>,
    slot: Arc<Slot>,
    clock: Clock,
    purpose: Purpose,
    /// The task of the present connection.
    driver: Option<Driver>,
}

/// A stretch of time without a connection.
struct Outage {
    began: Moment,
    /// What the last attempt failed for: only a change is worth a warning.
    last: Option<ErrorKind>,
}

impl Keeper {
    /// Keeps the connections that `dialer` makes in its slot.
    pub(super) fn new(dialer: Arc<Dialer>, purpose: Purpose) -> Self {
        Self {
            slot: Arc::clone(dialer.slot()),
            clock: dialer.clock().clone(),
            purpose,
            dialer,
            driver: None,
        }
    }

    /// Works until `stop` says so or is gone, beginning with a connection that is in place already,
    /// if there is one.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>, first: Option<Dialed>) {
        tokio::select! {
            never = self.keep(first) => match never {},
            _ = stop.wait_for(|stop| *stop) => {}
        }
        self.slot.end(End::Closed);
        self.let_go().await;
    }

    async fn keep(&mut self, mut first: Option<Dialed>) -> Infallible {
        let longest = self.dialer.settings().back_off_max;
        let mut back_off = BackOff::new(self.dialer.settings().back_off_initial, longest);
        let mut outage = Outage {
            began: self.clock.now(),
            last: None,
        };
        loop {
            let dialed = match first.take() {
                Some(dialed) => dialed,
                None => self.dial(&mut back_off, &mut outage).await,
            };
            let connected = self.clock.now();
            self.driver = Some(dialed.driver);
            let loss = self.watch(&dialed.link).await;
            drop(dialed.link);

            outage = Outage {
                began: self.clock.now(),
                last: Some(ErrorKind::Unreachable),
            };
            let (server, purpose) = (self.slot.server(), self.purpose);
            tracing::warn!(server, %purpose, reason = %loss, "lost the connection to Redis");
            if outage.began.saturating_since(connected) > longest {
                back_off.reset();
            } else {
                // Connections that are made and lost again at once must not be made in a hurry.
                self.clock.sleep(back_off.pause()).await;
            }
        }
    }

    /// Dials until there is a connection, and puts it in place.
    async fn dial(&self, back_off: &mut BackOff, outage: &mut Outage) -> Dialed {
        loop {
            match self.dialer.dial().await {
                Ok(dialed) => {
                    self.slot.put(Arc::clone(&dialed.link));
                    let took = self.clock.now().saturating_since(outage.began);
                    let (server, purpose) = (self.slot.server(), self.purpose);
                    tracing::info!(server, %purpose, after = ?took, "connected to Redis");
                    return dialed;
                }
                Err(error) => self.failed(&error, outage),
            }
            self.clock.sleep(back_off.pause()).await;
        }
    }

    fn failed(&self, error: &Error, outage: &mut Outage) {
        self.slot.explain(error.message());
        if outage.last.replace(error.kind()) == Some(error.kind()) {
            tracing::debug!(%error, purpose = %self.purpose, "still no connection to Redis");
        } else {
            tracing::warn!(%error, purpose = %self.purpose, "no connection to Redis; trying on");
        }
    }

    /// Ready when the connection is lost; finds out whether it is, where there is reason to ask.
    async fn watch(&self, link: &Link) -> Loss {
        loop {
            if let Some(loss) = self.slot.loss_of(link.generation()) {
                return loss;
            }
            if link.take_suspicion() {
                self.probe(link).await;
                continue;
            }
            tokio::select! {
                () = self.slot.alarm() => {}
                () = self.heartbeat() => if !link.traffic().take_heard() {
                    self.probe(link).await;
                },
            }
        }
    }

    /// Gives the connection up unless something comes in. Part of an answer to anybody will do:
    /// behind the requests of a busy connection, or a long reply, the `PING` may have to wait.
    async fn probe(&self, link: &Link) {
        link.traffic().take_heard();
        let deadline = self.clock.now() + self.dialer.settings().probe_timeout;
        let ping = redis::cmd("PING");
        let loss = match self.clock.timeout_at(deadline, link.send(&ping)).await {
            Ok(Ok(_)) => return,
            Ok(Err(_)) => Loss::Dropped,
            Err(_) if link.traffic().take_heard() => return,
            Err(_) => Loss::Unanswered,
        };
        self.slot.lose(link.generation(), loss);
    }

    async fn heartbeat(&self) {
        match self.dialer.settings().heartbeat {
            Some(pause) => self.clock.sleep(pause).await,
            None => std::future::pending().await,
        }
    }

    /// Lets the requests that are on their way get their replies, within reason.
    async fn let_go(&mut self) {
        if let Some(mut driver) = self.driver.take() {
            let deadline = self.clock.now() + self.dialer.settings().probe_timeout;
            let _ = self.clock.timeout_at(deadline, driver.ended()).await;
        }
    }
}

impl Drop for Keeper {
    /// A keeper that was not told to stop is gone because its runtime is.
    fn drop(&mut self) {
        self.slot.end(End::Abandoned);
    }
}
