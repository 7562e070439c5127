//! What is known of each channel, and what is to be said to the server next.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::runtime;
use tokio::sync::{Notify, broadcast};

use super::announced::Announced;
use super::place::{Errand, Place};
use crate::backend::Push;
use crate::error::Error;

/// How many messages a listener may be behind before it misses some.
const BACKLOG: usize = 1024;

/// Who listens to which channel.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    state: Mutex<State>,
    /// There is something to do for those who tend.
    pub(super) wanted: Notify,
    /// Something was done.
    pub(super) done: Notify,
    /// Whoever has the turn is to say that he is there.
    pub(super) knocks: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// In the order of their names, so that they are tended in the same order at every run of a
    /// simulation.
    pub(super) channels: BTreeMap<Vec<u8>, Channel>,
    /// In which runtimes a task tends.
    pub(super) tended_in: Vec<runtime::Id>,
    /// Who speaks to the server.
    pub(super) turn: Option<Place>,
    /// How many turns there were.
    pub(super) turns: u64,
    /// How often the connection has come and gone.
    pub(super) changes: u64,
}

#[derive(Debug)]
pub(super) struct Channel {
    phase: Phase,
    listeners: usize,
    sender: broadcast::Sender<Announced>,
}

/// What the server knows of a channel.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    /// It was not told yet.
    Wanted,
    /// It was told on a connection that is gone.
    Lost,
    /// It delivers.
    Subscribed,
    /// It will not deliver.
    Refused(Error),
}

impl Subscriptions {
    /// Passes on what a push says of channels.
    pub(crate) fn hear(&self, push: &Push) {
        match push {
            Push::Message { channel, payload } => {
                if let Some(channel) = self.state().channels.get(channel) {
                    // Nobody listens any more: then nobody misses it.
                    let _ = channel
                        .sender
                        .send(Announced::Message(payload.as_slice().into()));
                }
            }
            Push::Connected | Push::Disconnected | Push::Unsubscribed => {
                let mut state = self.state();
                state.changes += 1;
                for channel in state.channels.values_mut() {
                    channel.lose();
                }
                drop(state);
                self.wanted.notify_waiters();
            }
            Push::Invalidated(_) | Push::InvalidatedAll => {}
        }
    }

    /// One more listens to this channel.
    pub(super) fn add(&self, channel: &[u8]) -> broadcast::Receiver<Announced> {
        let mut state = self.state();
        let known = state
            .channels
            .entry(channel.to_vec())
            .or_insert_with(|| Channel {
                phase: Phase::Wanted,
                listeners: 0,
                sender: broadcast::Sender::new(BACKLOG),
            });
        known.listeners += 1;
        // Asked again for a new listener: what was refused may be allowed now.
        if matches!(known.phase, Phase::Refused(_)) {
            known.phase = Phase::Wanted;
        }
        known.sender.subscribe()
    }

    /// One less listens to it.
    pub(super) fn remove(&self, channel: &[u8]) {
        if let Some(channel) = self.state().channels.get_mut(channel) {
            channel.listeners -= 1;
        }
    }

    pub(super) fn phase_of(&self, channel: &[u8]) -> Option<Phase> {
        let state = self.state();
        state
            .channels
            .get(channel)
            .map(|channel| channel.phase.clone())
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The server delivers this channel, unless the connection has changed since it was asked.
    pub(super) fn joined(&mut self, name: &[u8], changes: u64) {
        if self.changes == changes {
            self.settle(name, Phase::Subscribed);
        }
    }

    /// The server does not let anybody here listen to this channel.
    pub(super) fn refused(&mut self, name: &[u8], error: Error) {
        self.settle(name, Phase::Refused(error));
    }

    /// The server was told that nobody listens. Somebody may do so again: then it is to be told
    /// that.
    pub(super) fn left(&mut self, name: &[u8]) {
        if let Entry::Occupied(mut channel) = self.channels.entry(name.to_vec()) {
            if channel.get().listeners == 0 {
                channel.remove();
            } else {
                channel.get_mut().phase = Phase::Wanted;
            }
        }
    }

    /// The server may have been told that nobody listens, by somebody whom another has overtaken.
    pub(super) fn may_have_left(&mut self, name: &[u8]) {
        if let Some(channel) = self.channels.get_mut(name) {
            channel.lose();
        }
    }

    fn settle(&mut self, name: &[u8], phase: Phase) {
        let Some(channel) = self.channels.get_mut(name) else {
            return;
        };
        let before = std::mem::replace(&mut channel.phase, phase);
        let announced = match (before, &channel.phase) {
            (_, Phase::Refused(error)) => Announced::Ended(error.clone()),
            (Phase::Lost, _) => Announced::Missed,
            _ => return,
        };
        let _ = channel.sender.send(announced);
    }
}

impl Channel {
    /// What is to be said of it to the server.
    pub(super) fn next(&mut self, name: &[u8]) -> Option<Errand> {
        if self.listeners == 0 {
            // Whoever listens again before the server was told that nobody does is not heard yet.
            self.phase = Phase::Wanted;
            return Some(Errand::Leave(name.to_vec()));
        }
        let is_wanted = matches!(self.phase, Phase::Wanted | Phase::Lost);
        is_wanted.then(|| Errand::Join(name.to_vec()))
    }

    fn lose(&mut self) {
        if matches!(self.phase, Phase::Subscribed) {
            self.phase = Phase::Lost;
        }
    }
}
