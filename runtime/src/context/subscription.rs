//! The channels that this process listens to: subscribed once each, however many listen, and again
//! after every reconnect.
//!
//! One task a Larder sends `SUBSCRIBE` and `UNSUBSCRIBE`, so that the two cannot overtake each
//! other. It runs while anybody listens to anything.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, broadcast};

use super::Context;
use crate::backend::{Backend, Command, Push, Resend};
use crate::error::{Error, ErrorKind, Result};

/// How many messages a listener may be behind before it misses some.
const BACKLOG: usize = 1024;
/// How long the task waits after a failure before it tries again.
const PAUSE: Duration = Duration::from_millis(100);

/// Who listens to which channel.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    state: Mutex<State>,
    /// There is something to do for the task.
    wanted: Notify,
    /// Something was done.
    done: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// In the order of their names, so that they are tended in the same order at every run of a
    /// simulation.
    channels: BTreeMap<Vec<u8>, Channel>,
    is_tended: bool,
}

#[derive(Debug)]
struct Channel {
    phase: Phase,
    listeners: usize,
    sender: broadcast::Sender<Announced>,
}

/// What the server knows of a channel.
#[derive(Debug, Clone)]
enum Phase {
    /// It was not told yet.
    Wanted,
    /// It was told on a connection that is gone.
    Lost,
    /// It delivers.
    Subscribed,
    /// It will not deliver.
    Refused(Error),
}

/// What comes in on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Announced {
    /// A message.
    Message(Arc<[u8]>),
    /// Messages may have been missed before this one: the connection was lost, or the listener was
    /// too slow.
    Missed,
    /// Nothing will come in any more: the server refuses, or the Larder was closed.
    Ended,
}

/// A subscription; ends when dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    context: Arc<Context>,
    channel: Vec<u8>,
    receiver: broadcast::Receiver<Announced>,
}

impl Context {
    /// Listens to a channel. When this returns, the server delivers.
    pub(crate) async fn subscribe(self: &Arc<Self>, channel: Vec<u8>) -> Result<Subscription> {
        let deadline = self.clock.now() + self.limits.command_timeout;
        let subscription = self.listen(channel);
        let heard = self.clock.timeout_at(deadline, subscription.is_heard());
        match heard.await {
            Ok(heard) => heard.map(|()| subscription),
            Err(_elapsed) => Err(Error::new(
                ErrorKind::Timeout,
                "SUBSCRIBE",
                "the server did not answer in time",
            )),
        }
    }

    /// Listens to a channel from when the server delivers, which
    /// [`is_heard`](Subscription::is_heard) tells.
    pub(crate) fn listen(self: &Arc<Self>, channel: Vec<u8>) -> Subscription {
        let subscription = Subscription::new(self, channel);
        self.subscriptions.tend(self);
        subscription
    }
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
                for channel in self.state().channels.values_mut() {
                    if matches!(channel.phase, Phase::Subscribed) {
                        channel.phase = Phase::Lost;
                    }
                }
                self.wanted.notify_one();
            }
            Push::Invalidated(_) | Push::InvalidatedAll => {}
        }
    }

    fn add(&self, channel: &[u8]) -> broadcast::Receiver<Announced> {
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

    /// Sees to it that the task runs and looks.
    fn tend(self: &Arc<Self>, context: &Arc<Context>) {
        self.wanted.notify_one();
        let was_tended = std::mem::replace(&mut self.state().is_tended, true);
        if !was_tended {
            tokio::spawn(tend(Arc::clone(self), Arc::downgrade(context)));
        }
    }

    /// What the server is to be told next. Without anything to listen to the task ends.
    fn next_task(&self) -> Task {
        let mut state = self.state();
        if state.channels.is_empty() {
            state.is_tended = false;
            return Task::End;
        }
        let next = state.channels.iter_mut().find(|(_, channel)| {
            channel.listeners == 0 || matches!(channel.phase, Phase::Wanted | Phase::Lost)
        });
        match next {
            Some((name, channel)) if channel.listeners == 0 => {
                // Whoever listens again before the server was told that nobody does is not heard
                // yet.
                channel.phase = Phase::Wanted;
                Task::Leave(name.clone())
            }
            Some((name, _)) => Task::Join(name.clone()),
            None => Task::Wait,
        }
    }

    /// The server has answered.
    fn settle(&self, name: &[u8], phase: Phase) {
        if let Some(channel) = self.state().channels.get_mut(name) {
            let before = std::mem::replace(&mut channel.phase, phase);
            let announced = match (before, &channel.phase) {
                (_, Phase::Refused(_)) => Some(Announced::Ended),
                (Phase::Lost, _) => Some(Announced::Missed),
                _ => None,
            };
            if let Some(announced) = announced {
                let _ = channel.sender.send(announced);
            }
        }
        self.done.notify_waiters();
    }

    /// The server was told that nobody listens. Somebody may do so again: then it is to be told
    /// that.
    fn left(&self, name: Vec<u8>) {
        if let Entry::Occupied(mut channel) = self.state().channels.entry(name) {
            if channel.get().listeners == 0 {
                channel.remove();
            } else {
                channel.get_mut().phase = Phase::Wanted;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is to do.
#[derive(Debug)]
enum Task {
    Join(Vec<u8>),
    Leave(Vec<u8>),
    Wait,
    End,
}

/// Brings the server up to date until nobody listens any more.
async fn tend(subscriptions: Arc<Subscriptions>, context: Weak<Context>) {
    loop {
        let task = subscriptions.next_task();
        let Some(context) = context.upgrade() else {
            return;
        };
        let call = context.command_call(Resend::Idempotent);
        match task {
            Task::Join(name) => {
                let join = Command::new("SUBSCRIBE").arg(&name);
                match context.backend.run(&join, &call).await {
                    Ok(_) => subscriptions.settle(&name, Phase::Subscribed),
                    Err(error) if is_final(&error) => {
                        subscriptions.settle(&name, Phase::Refused(error));
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a channel could not be subscribed to; it is tried again");
                        context.clock.sleep(PAUSE).await;
                    }
                }
            }
            Task::Leave(name) => {
                let leave = Command::new("UNSUBSCRIBE").arg(&name);
                // Where that fails the connection is gone, and the subscription with it.
                let _ = context.backend.run(&leave, &call).await;
                subscriptions.left(name);
            }
            Task::Wait => {
                // Not while it waits: the task must not keep the Larder alive.
                drop(context);
                subscriptions.wanted.notified().await;
            }
            Task::End => return,
        }
    }
}

/// Whether trying again would end alike.
fn is_final(error: &Error) -> bool {
    !matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unreachable)
}

impl Subscription {
    fn new(context: &Arc<Context>, channel: Vec<u8>) -> Self {
        Self {
            receiver: context.subscriptions.add(&channel),
            context: Arc::clone(context),
            channel,
        }
    }

    /// What comes in next.
    pub(crate) async fn next(&mut self) -> Announced {
        match self.receiver.recv().await {
            Ok(announced) => announced,
            // The sender lives as long as the channel, and that as long as this.
            Err(_lagged) => Announced::Missed,
        }
    }

    /// Forgets what came in and was not asked for: the next is what comes in from now on.
    pub(crate) fn forget_past(&mut self) {
        self.receiver = self.receiver.resubscribe();
    }

    /// Ready when the server delivers, or says that it will not.
    pub(crate) async fn is_heard(&self) -> Result<()> {
        loop {
            let done = self.context.subscriptions.done.notified();
            let phase = self
                .context
                .subscriptions
                .state()
                .channels
                .get(&self.channel)
                .map(|channel| channel.phase.clone());
            match phase {
                Some(Phase::Refused(error)) => return Err(error),
                Some(Phase::Wanted | Phase::Lost) | None => done.await,
                Some(Phase::Subscribed) => return Ok(()),
            }
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let subscriptions = &self.context.subscriptions;
        if let Some(channel) = subscriptions.state().channels.get_mut(&self.channel) {
            channel.listeners -= 1;
        }
        subscriptions.wanted.notify_one();
    }
}
