//! Everything that the server's lock guards, and how one command runs on it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::channel::Channels;
use super::dictionary::Bytes;
use super::eviction::{Room, make_room};
use super::keyspace::Keyspace;
use super::mailbox::Mailbox;
use super::refusal::Outcome;
use super::sabotage::{Sabotage, Told};
use super::session::{Caching, Session, SessionId, TrackingMode};
use crate::backend::{Push, Reply};

/// How many keys that have ended each step clears away on its way.
const SWEEP: usize = 20;

/// The state of a server.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) keyspace: Keyspace,
    pub(super) channels: Channels,
    pub(super) random: fastrand::Rng,
    pub(super) step: Step,
    /// In order, so that all are told of a flush in the same order at every run of a simulation.
    sessions: BTreeMap<SessionId, Session>,
    last_session: SessionId,
    max_memory: Option<usize>,
    /// The commands that have run and how often, by their numbers in the table.
    calls: Vec<(&'static str, u64)>,
    /// What the sessions will be told when this step is over.
    outbox: Vec<(SessionId, Push)>,
    sabotage: Sabotage,
}

/// What holds during one atomic step: a command, a transaction or a script.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Whose step it is.
    pub(super) session: SessionId,
    /// The time, which stands still during the step.
    pub(super) now: Duration,
    /// Which protocol its replies speak.
    pub(super) protocol: Protocol,
    /// Whether it may take more memory.
    pub(super) room: Room,
    /// Whether it may change anything.
    pub(super) access: Access,
}

/// The two ways to write a reply: links get the newer, scripts the older, as in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Resp2,
    Resp3,
}

/// What a script may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    ReadAndWrite,
    ReadOnly,
}

impl Database {
    pub(super) fn new(max_memory: Option<usize>, seed: u64, sabotage: Sabotage) -> Self {
        Self {
            keyspace: Keyspace::default(),
            channels: Channels::default(),
            random: fastrand::Rng::with_seed(seed),
            step: Step {
                session: 0,
                now: Duration::ZERO,
                protocol: Protocol::Resp3,
                room: Room::Enough,
                access: Access::ReadAndWrite,
            },
            sessions: BTreeMap::new(),
            last_session: 0,
            max_memory,
            calls: Vec::new(),
            outbox: Vec::new(),
            sabotage,
        }
    }

    /// Begins a step of this session at this time.
    pub(super) fn begin(&mut self, session: SessionId, now: Duration) {
        self.step = Step {
            session,
            now,
            protocol: Protocol::Resp3,
            room: Room::Enough,
            access: Access::ReadAndWrite,
        };
        self.keyspace
            .set_now(u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        self.keyspace.sweep(SWEEP);
        self.collect_notices();
    }

    /// Sees to it that there is room for a step that may need more memory.
    pub(super) fn make_room(&mut self) {
        self.step.room = make_room(&mut self.keyspace, self.max_memory, &mut self.random);
        self.collect_notices();
    }

    /// Counts that the command of this number and name ran.
    pub(super) fn count_call(&mut self, number: usize, name: &'static str) {
        if self.calls.len() <= number {
            self.calls.resize(number + 1, ("", 0));
        }
        let (known, calls) = &mut self.calls[number];
        *known = name;
        *calls += 1;
    }

    /// The commands that have run and how often, in the order of the table.
    pub(super) fn calls(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.calls.iter().copied().filter(|(_, calls)| *calls > 0)
    }

    /// The session of this step.
    pub(super) fn session(&mut self) -> Option<&mut Session> {
        self.sessions.get_mut(&self.step.session)
    }

    /// How many connections there are.
    pub(super) fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Lets a connection in.
    pub(super) fn connect(&mut self, mailbox: Arc<Mailbox>) -> SessionId {
        self.last_session += 1;
        self.sessions
            .insert(self.last_session, Session::new(mailbox));
        self.last_session
    }

    /// Forgets a connection and whatever was its own.
    pub(super) fn disconnect(&mut self, id: SessionId) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        for channel in &session.subscriptions {
            self.channels.unsubscribe(channel, id);
        }
        if session.tracking != TrackingMode::Off {
            self.keyspace.tracking.forget(id);
        }
    }

    /// Forgets `CLIENT CACHING YES` when the command or transaction that it was meant for is over.
    pub(super) fn end_caching(&mut self) {
        if let Some(session) = self.session()
            && session.tracking == TrackingMode::OptIn(Caching::NextCommand)
        {
            session.tracking = TrackingMode::OptIn(Caching::NotAsked);
        }
    }

    /// Tells the subscribers of a channel and answers how many they are.
    pub(super) fn publish(&mut self, channel: &[u8], payload: &[u8]) -> usize {
        let before = self.outbox.len();
        for session in self.channels.subscribers(channel) {
            let push = Push::Message {
                channel: channel.to_vec(),
                payload: payload.to_vec(),
            };
            self.outbox.push((session, push));
        }
        self.outbox.len() - before
    }

    /// Removes every key and tells whoever tracks anything.
    pub(super) fn flush(&mut self) {
        self.keyspace.clear();
        self.keyspace.tracking.clear();
        for (id, session) in &self.sessions {
            if session.tracking != TrackingMode::Off {
                self.outbox.push((*id, Push::InvalidatedAll));
            }
        }
    }

    /// Hands what the sessions are to be told to their mailboxes, and answers those that got
    /// something.
    pub(super) fn post(&mut self) -> Vec<Arc<Mailbox>> {
        let mut mailboxes = Vec::new();
        let mut last = None;
        for (id, push) in self.outbox.drain(..) {
            let Some(session) = self.sessions.get(&id) else {
                continue;
            };
            session.mailbox.put(push);
            if last.replace(id) != Some(id) {
                mailboxes.push(Arc::clone(&session.mailbox));
            }
        }
        mailboxes
    }

    /// From now on, or from the reply on, this session is told of changes of what it reads.
    pub(super) fn remember_reads<'k>(&mut self, keys: impl Iterator<Item = &'k [u8]>) {
        let id = self.step.session;
        if !self.sessions.get(&id).is_some_and(Session::remembers_reads) {
            return;
        }
        for key in keys {
            match self.sabotage.of_read(key) {
                Told::FromTheReadOn => {
                    self.keyspace.tracking.remember(id, key, &mut self.random);
                }
                Told::FromItsReplyOn => {
                    if let Some(session) = self.sessions.get_mut(&id) {
                        session.late_reads.push(key.to_vec());
                    }
                }
            }
        }
    }

    /// From now on this session is told of what it has read.
    pub(super) fn remember_late_reads(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        for key in std::mem::take(&mut session.late_reads) {
            self.keyspace.tracking.remember(id, &key, &mut self.random);
        }
    }

    /// Turns what the keyspace noted into pushes, behind those that are there.
    pub(super) fn collect_notices(&mut self) {
        for (channel, payload) in self.keyspace.notifications.take() {
            self.publish(&channel, &payload);
        }
        for (id, key) in self.keyspace.tracking.take_notices() {
            let is_tracking = self
                .sessions
                .get(&id)
                .is_some_and(|session| session.tracking != TrackingMode::Off);
            if !is_tracking {
                continue;
            }
            let same_reader = self.outbox.last_mut().filter(|(reader, _)| *reader == id);
            match same_reader {
                Some((_, Push::Invalidated(keys))) => keys.push(key),
                _ => self.outbox.push((id, Push::Invalidated(vec![key]))),
            }
        }
    }

    /// Subscribes the session of this step and answers how many channels it hears now.
    pub(super) fn subscribe(&mut self, channel: &[u8]) -> usize {
        let id = self.step.session;
        let channel: Bytes = Arc::from(channel);
        let Some(session) = self.sessions.get_mut(&id) else {
            return 0;
        };
        self.channels.subscribe(&channel, id);
        session.subscriptions.insert(channel);
        session.subscriptions.len()
    }

    /// Ends a subscription of the session of this step and answers how many channels it still
    /// hears.
    pub(super) fn unsubscribe(&mut self, channel: &[u8]) -> usize {
        let id = self.step.session;
        self.channels.unsubscribe(channel, id);
        self.sessions.get_mut(&id).map_or(0, |session| {
            session.subscriptions.remove(channel);
            session.subscriptions.len()
        })
    }
}

/// The reply for an outcome, the error in its place.
pub(super) fn reply(outcome: Outcome) -> Reply {
    outcome.unwrap_or_else(Reply::Error)
}
